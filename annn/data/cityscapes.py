"""The 35 labels of Cityscapes, 19 of which are evaluated.

First the label space, then the reader.
"""

from pathlib import Path
from typing import ClassVar, NamedTuple

from annn.data.config import StandIn
from annn.data.files import Crop, FileDataset, Generator, Pair, check_counterparts
from annn.data.folders import check_links, existing_folder, files_in, visible
from annn.data.space import Color, LabelSpace
from annn.errors import DataError


class CityscapesLabel(NamedTuple):
    """One row of the official Cityscapes table (`cityscapesscripts/helpers/labels.py`)."""

    id: int
    train_id: int
    name: str
    category: str
    has_instances: bool
    ignore_in_eval: bool
    color: Color


CITYSCAPES_LABELS = tuple(
    CityscapesLabel(*row)
    for row in (
        (0, 255, "unlabeled", "void", False, True, (0, 0, 0)),
        (1, 255, "ego vehicle", "void", False, True, (0, 0, 0)),
        (2, 255, "rectification border", "void", False, True, (0, 0, 0)),
        (3, 255, "out of roi", "void", False, True, (0, 0, 0)),
        (4, 255, "static", "void", False, True, (0, 0, 0)),
        (5, 255, "dynamic", "void", False, True, (111, 74, 0)),
        (6, 255, "ground", "void", False, True, (81, 0, 81)),
        (7, 0, "road", "flat", False, False, (128, 64, 128)),
        (8, 1, "sidewalk", "flat", False, False, (244, 35, 232)),
        (9, 255, "parking", "flat", False, True, (250, 170, 160)),
        (10, 255, "rail track", "flat", False, True, (230, 150, 140)),
        (11, 2, "building", "construction", False, False, (70, 70, 70)),
        (12, 3, "wall", "construction", False, False, (102, 102, 156)),
        (13, 4, "fence", "construction", False, False, (190, 153, 153)),
        (14, 255, "guard rail", "construction", False, True, (180, 165, 180)),
        (15, 255, "bridge", "construction", False, True, (150, 100, 100)),
        (16, 255, "tunnel", "construction", False, True, (150, 120, 90)),
        (17, 5, "pole", "object", False, False, (153, 153, 153)),
        (18, 255, "polegroup", "object", False, True, (153, 153, 153)),
        (19, 6, "traffic light", "object", False, False, (250, 170, 30)),
        (20, 7, "traffic sign", "object", False, False, (220, 220, 0)),
        (21, 8, "vegetation", "nature", False, False, (107, 142, 35)),
        (22, 9, "terrain", "nature", False, False, (152, 251, 152)),
        (23, 10, "sky", "sky", False, False, (70, 130, 180)),
        (24, 11, "person", "human", True, False, (220, 20, 60)),
        (25, 12, "rider", "human", True, False, (255, 0, 0)),
        (26, 13, "car", "vehicle", True, False, (0, 0, 142)),
        (27, 14, "truck", "vehicle", True, False, (0, 0, 70)),
        (28, 15, "bus", "vehicle", True, False, (0, 60, 100)),
        (29, 255, "caravan", "vehicle", True, True, (0, 0, 90)),
        (30, 255, "trailer", "vehicle", True, True, (0, 0, 110)),
        (31, 16, "train", "vehicle", True, False, (0, 80, 100)),
        (32, 17, "motorcycle", "vehicle", True, False, (0, 0, 230)),
        (33, 18, "bicycle", "vehicle", True, False, (119, 11, 32)),
        (-1, -1, "license plate", "vehicle", False, True, (0, 0, 142)),
    )
)
"""All 35 rows. No label file holds the id -1 (license plate): the official scripts skip negative ids."""

_CITYSCAPES_COUNTED = sorted((row for row in CITYSCAPES_LABELS if not row.ignore_in_eval), key=lambda row: row.train_id)

# The authors' hypes/seg/cityscapes/fs_annn_cityscapes_seg.json, in train-id order.
_CITYSCAPES_WEIGHTS = (
    0.8373, 0.9180, 0.8660, 1.0345, 1.0166, 0.9969, 0.9754, 1.0489, 0.8786, 1.0023,
    0.9539, 0.9843, 1.1116, 0.9037, 1.0865, 1.0955, 1.0865, 1.1529, 1.0507,
)  # fmt: skip

CITYSCAPES = LabelSpace(
    name="Cityscapes",
    classes=tuple(row.name for row in _CITYSCAPES_COUNTED),
    colors=tuple(row.color for row in _CITYSCAPES_COUNTED),
    train_ids={row.id: row.train_id for row in CITYSCAPES_LABELS if row.id >= 0},
    void_id=0,
    class_weights=_CITYSCAPES_WEIGHTS,
    hints={255: "The value 255 usually means a *_labelTrainIds.png in place of a *_labelIds.png."},
)


class Cityscapes(FileDataset):
    """Cityscapes, fine annotations, in its official layout under `root`; reads `*_labelIds.png`.

        leftImg8bit/{train,val}/<city>/<city>_<seq>_<frame>_leftImg8bit.png
        gtFine/{train,val}/<city>/<city>_<seq>_<frame>_gtFine_labelIds.png

    The number of images may be any above zero, so subsets and generated stand-ins work. The test split does not: its
    published annotations hold no classes. Raises `DataError` for missing folders and for files without
    their counterpart.
    """

    name = "cityscapes"
    space = CITYSCAPES
    splits = ("train", "val")
    official: ClassVar = {"train": 2975, "val": 500}
    source = (
        "Register at https://www.cityscapes-dataset.com, download leftImg8bit_trainvaltest.zip and "
        "gtFine_trainvaltest.zip, and unpack both into one folder"
    )
    citation = "Cordts et al. 2016"
    streets = True
    crops: ClassVar = {  # of images of 1024x2048
        "quick": Crop(size=(161, 321), scale=(0.15, 0.3), test_scale=0.25),
        "evening": Crop(size=(257, 513), scale=(0.25, 0.75), test_scale=0.5),
        "standard": Crop(size=(512, 1024)),
    }
    generator = Generator(
        folder="street",
        words="generated street scenes",
        writer="annn.data.scenes.street.cityscapes:write_cityscapes",
        sizes={
            "quick": StandIn(train=600, val=100, size=(128, 256)),
            "standard": StandIn(train=3000, val=500, size=(256, 512)),
        },
    )

    def __init__(self, root: str | Path, split: str) -> None:
        if split == "test":
            raise DataError(
                "Cityscapes: the split 'test' has no public classes (its gtFine holds only ignored regions), so "
                "nothing can be trained or evaluated on it here; use 'train' or 'val'."
            )
        super().__init__(root, split)

    def find_pairs(self) -> tuple[Pair, ...]:
        """Match images and label maps of a city by `<city>_<seq>_<frame>`."""
        images = self._find("leftImg8bit", "_leftImg8bit.png")
        labels = self._find("gtFine", "_gtFine_labelIds.png")
        if not images and not labels:
            raise DataError(
                f"{self.root}: the split '{self.split}' is empty; expected files leftImg8bit/{self.split}/<city>/"
                f"<city>_<seq>_<frame>_leftImg8bit.png. {self.source} (`data/README.md`)."
            )
        check_counterparts(images, labels, "image", "label map", "from gtFine_trainvaltest.zip")
        check_counterparts(labels, images, "label map", "image", "from leftImg8bit_trainvaltest.zip")
        return tuple(Pair(key.split("/")[-1], images[key], labels[key]) for key in sorted(images))

    def _find(self, kind: str, suffix: str) -> dict[str, Path]:
        """Files of one kind, by `<city>/<city>_<seq>_<frame>`."""
        folder = existing_folder(self.root / kind / self.split, f"{self.space.name} {self.split}", self.source)
        cities = visible(folder)
        check_links(cities)
        return {
            f"{city.name}/{name.removesuffix(suffix)}": path
            for city in cities
            if city.is_dir()
            for name, path in files_in(city, lambda name: name.endswith(suffix)).items()
        }
