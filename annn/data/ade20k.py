"""The 150 classes of ADE20K's scene parsing challenge, in the order of its objectInfo150.txt.

Names: the first synonym of each class in objectInfo150.txt of CSAILVision/sceneparsing. mmsegmentation has the same
names (mmseg/datasets/ade.py), except for one "television receiver". Colours: the usual palette, as in mmsegmentation
and Mask2Former (register_ade20k_panoptic.py); it has the same colour for road and skyscraper.

First the label space, then the reader.
"""

from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8

from annn.data.config import StandIn
from annn.data.files import Crop, FileDataset, Generator, Pair
from annn.data.folders import content
from annn.data.photographs import pair_folders, read_photograph
from annn.data.space import IGNORE, Color, LabelSpace
from annn.errors import DataError

_CLASSES: tuple[tuple[str, Color], ...] = (
    ("wall", (120, 120, 120)), ("building", (180, 120, 120)), ("sky", (6, 230, 230)), ("floor", (80, 50, 50)),
    ("tree", (4, 200, 3)), ("ceiling", (120, 120, 80)), ("road", (140, 140, 140)), ("bed", (204, 5, 255)),
    ("windowpane", (230, 230, 230)), ("grass", (4, 250, 7)), ("cabinet", (224, 5, 255)),
    ("sidewalk", (235, 255, 7)), ("person", (150, 5, 61)), ("earth", (120, 120, 70)), ("door", (8, 255, 51)),
    ("table", (255, 6, 82)), ("mountain", (143, 255, 140)), ("plant", (204, 255, 4)), ("curtain", (255, 51, 7)),
    ("chair", (204, 70, 3)), ("car", (0, 102, 200)), ("water", (61, 230, 250)), ("painting", (255, 6, 51)),
    ("sofa", (11, 102, 255)), ("shelf", (255, 7, 71)), ("house", (255, 9, 224)), ("sea", (9, 7, 230)),
    ("mirror", (220, 220, 220)), ("rug", (255, 9, 92)), ("field", (112, 9, 255)), ("armchair", (8, 255, 214)),
    ("seat", (7, 255, 224)), ("fence", (255, 184, 6)), ("desk", (10, 255, 71)), ("rock", (255, 41, 10)),
    ("wardrobe", (7, 255, 255)), ("lamp", (224, 255, 8)), ("bathtub", (102, 8, 255)), ("railing", (255, 61, 6)),
    ("cushion", (255, 194, 7)), ("base", (255, 122, 8)), ("box", (0, 255, 20)), ("column", (255, 8, 41)),
    ("signboard", (255, 5, 153)), ("chest of drawers", (6, 51, 255)), ("counter", (235, 12, 255)),
    ("sand", (160, 150, 20)), ("sink", (0, 163, 255)), ("skyscraper", (140, 140, 140)),
    ("fireplace", (250, 10, 15)), ("refrigerator", (20, 255, 0)), ("grandstand", (31, 255, 0)),
    ("path", (255, 31, 0)), ("stairs", (255, 224, 0)), ("runway", (153, 255, 0)), ("case", (0, 0, 255)),
    ("pool table", (255, 71, 0)), ("pillow", (0, 235, 255)), ("screen door", (0, 173, 255)),
    ("stairway", (31, 0, 255)), ("river", (11, 200, 200)), ("bridge", (255, 82, 0)), ("bookcase", (0, 255, 245)),
    ("blind", (0, 61, 255)), ("coffee table", (0, 255, 112)), ("toilet", (0, 255, 133)), ("flower", (255, 0, 0)),
    ("book", (255, 163, 0)), ("hill", (255, 102, 0)), ("bench", (194, 255, 0)), ("countertop", (0, 143, 255)),
    ("stove", (51, 255, 0)), ("palm", (0, 82, 255)), ("kitchen island", (0, 255, 41)), ("computer", (0, 255, 173)),
    ("swivel chair", (10, 0, 255)), ("boat", (173, 255, 0)), ("bar", (0, 255, 153)),
    ("arcade machine", (255, 92, 0)), ("hovel", (255, 0, 255)), ("bus", (255, 0, 245)), ("towel", (255, 0, 102)),
    ("light", (255, 173, 0)), ("truck", (255, 0, 20)), ("tower", (255, 184, 184)), ("chandelier", (0, 31, 255)),
    ("awning", (0, 255, 61)), ("streetlight", (0, 71, 255)), ("booth", (255, 0, 204)),
    ("television", (0, 255, 194)), ("airplane", (0, 255, 82)), ("dirt track", (0, 10, 255)),
    ("apparel", (0, 112, 255)), ("pole", (51, 0, 255)), ("land", (0, 194, 255)), ("bannister", (0, 122, 255)),
    ("escalator", (0, 255, 163)), ("ottoman", (255, 153, 0)), ("bottle", (0, 255, 10)), ("buffet", (255, 112, 0)),
    ("poster", (143, 255, 0)), ("stage", (82, 0, 255)), ("van", (163, 255, 0)), ("ship", (255, 235, 0)),
    ("fountain", (8, 184, 170)), ("conveyer belt", (133, 0, 255)), ("canopy", (0, 255, 92)),
    ("washer", (184, 0, 255)), ("plaything", (255, 0, 31)), ("swimming pool", (0, 184, 255)),
    ("stool", (0, 214, 255)), ("barrel", (255, 0, 112)), ("basket", (92, 255, 0)), ("waterfall", (0, 224, 255)),
    ("tent", (112, 224, 255)), ("bag", (70, 184, 160)), ("minibike", (163, 0, 255)), ("cradle", (153, 0, 255)),
    ("oven", (71, 255, 0)), ("ball", (255, 0, 163)), ("food", (255, 204, 0)), ("step", (255, 0, 143)),
    ("tank", (0, 255, 235)), ("trade name", (133, 255, 0)), ("microwave", (255, 0, 235)), ("pot", (245, 0, 255)),
    ("animal", (255, 0, 122)), ("bicycle", (255, 245, 0)), ("lake", (10, 190, 212)), ("dishwasher", (214, 255, 0)),
    ("screen", (0, 204, 255)), ("blanket", (20, 0, 255)), ("sculpture", (255, 255, 0)), ("hood", (0, 153, 255)),
    ("sconce", (0, 41, 255)), ("vase", (0, 255, 204)), ("traffic light", (41, 0, 255)), ("tray", (41, 255, 0)),
    ("ashcan", (173, 0, 255)), ("fan", (0, 245, 255)), ("pier", (71, 0, 255)), ("crt screen", (122, 0, 255)),
    ("plate", (0, 255, 184)), ("monitor", (0, 92, 255)), ("bulletin board", (184, 255, 0)),
    ("shower", (0, 133, 255)), ("radiator", (255, 214, 0)), ("glass", (25, 194, 194)), ("clock", (102, 255, 0)),
    ("flag", (92, 0, 255)),
)  # fmt: skip

ADE20K = LabelSpace(
    name="ADE20K",
    classes=tuple(name for name, _ in _CLASSES),
    colors=tuple(color for _, color in _CLASSES),
    train_ids={0: IGNORE, **{train_id + 1: train_id for train_id in range(len(_CLASSES))}},
    void_id=0,
    hints={
        255: "The value 255 usually means that another program subtracted 1 from the labels (0 becomes 255).",
    },
)
"""File ids: 0 is everything else and is ignored, 1..150 are the classes."""


_FOLDERS = {"train": "training", "val": "validation"}
_ARCHIVE = "ADEChallengeData2016"


class Ade20k(FileDataset):
    """ADE20K with the 150 classes of its scene parsing challenge, in the published layout or in the authors'.

        images/{training,validation}/<stem>.jpg   annotations/{training,validation}/<stem>.png    as published
        {train,val}/image/<stem>.jpg              {train,val}/label/<stem>.png                    the authors'

    `root` is the folder ADEChallengeData2016 or its parent. The label maps of both layouts are the same: 0 for anything
    that is none of the 150 classes. A few photographs are grey; they are returned as RGB. A few training label maps are
    0 everywhere; none of their pixels counts. Raises `DataError` for missing folders, for files without their
    counterpart, for the test split, which has no public label maps, and for the full ADE20K, which has another format.
    """

    name = "ade20k"
    space = ADE20K
    splits = ("train", "val")
    official: ClassVar = {"train": 20210, "val": 2000}
    source = (
        f"Run `annn data get ade20k`; or download {_ARCHIVE}.zip from http://data.csail.mit.edu/places/ADEchallenge/ "
        "(see http://sceneparsing.csail.mit.edu) and unpack it"
    )
    citation = "Zhou et al. 2017"
    # Almost as many logits per pixel as COCO-Stuff, so the crops are as small.
    crops: ClassVar = {
        "quick": Crop(size=(129, 161), scale=(0.25, 0.5), test_scale=0.4),
        "evening": Crop(size=(257, 321), scale=(0.5, 1.2), test_scale=0.8),
        "standard": Crop(size=(320, 416)),
    }
    generator = Generator(
        folder="mosaic-ade20k",
        words="generated patterns and shapes (150 classes)",
        writer="annn.data.scenes.mosaic.photographs:write_ade20k",
        sizes={
            "quick": StandIn(train=500, val=100, size=(120, 160)),
            "standard": StandIn(train=2000, val=400, size=(240, 320)),
        },
    )

    def __init__(self, root: str | Path, split: str) -> None:
        if split == "test":
            raise DataError(
                "ADE20K: the split 'test' has no public label maps, so nothing can be trained or evaluated on it here; "
                "use 'train' or 'val'."
            )
        super().__init__(root, split)

    def find_pairs(self) -> tuple[Pair, ...]:
        """Match the photographs of the split with their label maps."""
        inner = self.root / _ARCHIVE
        self.root = inner if inner.is_dir() else self.root
        published = (self.root / "annotations").is_dir()
        if not published and not any((self.root / split / "label").is_dir() for split in self.splits):
            raise DataError(
                f"{self.root}: no label maps of ADE20K's scene parsing challenge; found {content(self.root)}, expected "
                f"images and annotations (the full ADE20K, with *_seg.png beside its images, has other classes). "
                f"{self.source} (`data/README.md`)."
            )
        if published:
            folder = _FOLDERS[self.split]
            images, labels = self.root / "images" / folder, self.root / "annotations" / folder
        else:
            self.layout = "{train,val}/image and label (the authors' code base)"
            images, labels = self.root / self.split / "image", self.root / self.split / "label"
        return pair_folders(images, labels, f"{self.space.name} {self.split}", self.source)

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The photograph as RGB; grey files are converted."""
        return read_photograph(pair.image)
