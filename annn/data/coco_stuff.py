"""The 171 classes of COCO-Stuff-10K v1.1: 80 things and 91 kinds of stuff.

First the label space, then the reader.
"""

from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8

from annn.data.config import StandIn
from annn.data.files import Crop, FileDataset, Generator, Pair
from annn.data.mat5 import as_label_map, read_mat
from annn.data.palette import spread_colors
from annn.data.photographs import pair_listed, read_photograph
from annn.data.space import IGNORE, LabelSpace
from annn.errors import DataError

COCO_STUFF_UNUSED = {
    12: "street sign", 26: "hat", 29: "shoe", 30: "eye glasses", 45: "plate", 66: "mirror", 68: "window", 69: "desk",
    71: "door", 83: "blender", 91: "hair brush",
}  # fmt: skip
"""Thing ids that COCO never annotated. They belong to no class; pixels with such an id are ignored."""

# Names of cocostuff-labels.txt, in id order. Things: ids 1..91 without the 11 above.
_THINGS = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant",
    "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
    "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli",
    "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
    "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip
# Stuff: ids 92..182.
_STUFF = (
    "banner", "blanket", "branch", "bridge", "building-other", "bush", "cabinet", "cage", "cardboard", "carpet",
    "ceiling-other", "ceiling-tile", "cloth", "clothes", "clouds", "counter", "cupboard", "curtain", "desk-stuff",
    "dirt", "door-stuff", "fence", "floor-marble", "floor-other", "floor-stone", "floor-tile", "floor-wood", "flower",
    "fog", "food-other", "fruit", "furniture-other", "grass", "gravel", "ground-other", "hill", "house", "leaves",
    "light", "mat", "metal", "mirror-stuff", "moss", "mountain", "mud", "napkin", "net", "paper", "pavement",
    "pillow", "plant-other", "plastic", "platform", "playingfield", "railing", "railroad", "river", "road", "rock",
    "roof", "rug", "salad", "sand", "sea", "shelf", "sky-other", "skyscraper", "snow", "solid-other", "stairs",
    "stone", "straw", "structural-other", "table", "tent", "textile-other", "towel", "tree", "vegetable",
    "wall-brick", "wall-concrete", "wall-other", "wall-panel", "wall-stone", "wall-tile", "wall-wood", "water-other",
    "waterdrops", "window-blind", "window-other", "wood",
)  # fmt: skip

# train_ids below has an entry for every id, also for unused ones: code that only renumbers the used ids leaves a stray
# 12 unchanged, which then counts as class 12.
_FILE_IDS = tuple(file_id for file_id in range(1, 183) if file_id not in COCO_STUFF_UNUSED)

COCO_STUFF = LabelSpace(
    name="COCO-Stuff-10K",
    classes=_THINGS + _STUFF,
    colors=spread_colors(len(_FILE_IDS)),
    train_ids={
        0: IGNORE,
        **dict.fromkeys(COCO_STUFF_UNUSED, IGNORE),
        **{file_id: train_id for train_id, file_id in enumerate(_FILE_IDS)},
    },
    void_id=0,
    hints={255: "The value 255 usually means that another program subtracted 1 from the ids."},
)
"""File ids are those of v1.1: 0 unlabeled, 1..91 things, 92..182 stuff. Code bases use different colours for these
classes; here they are those of `annn.data.palette`."""


class CocoStuff(FileDataset):
    """COCO-Stuff-10K v1.1 in its official layout under `root`.

        images/<stem>.jpg   annotations/<stem>.mat   imageLists/{all,train,test}.txt

    A list has one stem per line; a folder before it and an extension after it are ignored. Images have many sizes;
    grey ones are returned as RGB. A label map is the field S of a MAT v5 file, stored as bytes or as doubles. The field
    `names` distinguishes v1.1 from v1.0, whose ids mean other classes. Raises `DataError` for v1.0, for missing
    folders, lists and files, and for stems that are listed twice.
    """

    name = "cocostuff10k"
    space = COCO_STUFF
    splits = ("train", "test", "all")
    test_split = "test"
    official: ClassVar = {"train": 9000, "test": 1000}
    joined: ClassVar = {"all": ("train", "test")}
    source = (
        "Run `annn data get cocostuff10k`; or download cocostuff-10k-v1.1.zip (2.0 GB), linked from "
        "https://github.com/nightrome/cocostuff10k, and unpack it into one folder"
    )
    citation = "Caesar et al. 2018"
    # 171 logits per pixel make a step slow, so the crops are smaller than those of other sets.
    crops: ClassVar = {
        "quick": Crop(size=(129, 161), scale=(0.25, 0.5), test_scale=0.4),
        "evening": Crop(size=(257, 321), scale=(0.5, 1.2), test_scale=0.8),
        "standard": Crop(size=(320, 416)),
    }
    generator = Generator(
        folder="mosaic-coco-stuff",
        words="generated patterns and shapes (171 classes)",
        writer="annn.data.scenes.mosaic.photographs:write_coco_stuff",
        sizes={
            "quick": StandIn(train=500, val=100, size=(120, 160)),
            "standard": StandIn(train=2000, val=400, size=(240, 320)),
        },
    )

    def find_pairs(self) -> tuple[Pair, ...]:
        """Read the list of the split and check that both files of each stem exist."""
        path = self.root / "imageLists" / f"{self.split}.txt"
        line_format = "a stem such as COCO_train2014_000000000077"
        return pair_listed(path, self.root / "images", self.root / "annotations", ".mat", self.source, line_format)

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The photograph as RGB; grey files are converted."""
        return read_photograph(pair.image)

    def read_label(self, pair: Pair) -> UInt8[np.ndarray, "H W"]:
        """Field S as train ids, after a check of `names` that its ids are those of v1.1."""
        fields = read_mat(pair.label, "S", "names")
        _check_version(fields.get("names"), pair.label)
        return self.space.encode(as_label_map(fields.get("S"), pair.label, "S", 182), f"{pair.label}, field S")


def _check_version(names: object, path: Path) -> None:
    """Check that the 182 names have the order of v1.1. Their wording may differ, as in the published files."""
    if not isinstance(names, list) or len(names) not in (172, 182):
        state = f"has {len(names)} entries" if isinstance(names, list) else "is missing or not a cell"
        raise DataError(
            f"{path}, field names: {state}; expected the 182 names of COCO-Stuff-10K v1.1. "
            f"Restore the file from the data set's archive."
        )
    if len(names) == 172:
        raise DataError(
            f"{path}, field names: has 172 entries, so this is COCO-Stuff-10K v1.0 (1 unlabeled, 2..81 things, 82..172 "
            f"stuff); expected v1.1 with 182 names, whose ids mean other classes. Download cocostuff-10k-v1.1.zip, or "
            f"convert the folder with the data set's convertAnnotationsToVersion11.m."
        )
    expected = dict(zip(COCO_STUFF.classes, COCO_STUFF.file_ids, strict=True))
    for file_id, name in enumerate(names, start=1):
        if expected.get(name, file_id) != file_id:
            raise DataError(
                f"{path}, field names: entry {file_id} is '{name}', which is entry {expected[name]} of v1.1; expected "
                f"the order of COCO-Stuff-10K v1.1. Restore the file from the data set's archive."
            )
