"""Data sets: one file each, with the label space and the reader in the layout in which the set is published.

In: image and label files. Out: `dataset[i]`, a `Sample` whose label holds train ids. A reader reports what is missing
from a folder when it is made, and what is wrong inside a file when that file is read; both as `DataError`. `open` takes
the real files or draws stand-ins first (`scenes`); `images` and `predictions` read and write single pictures.
To add a data set, write its file and name its reader in `DATASETS` below.
"""

from pathlib import Path

from annn.data.ade20k import Ade20k
from annn.data.camvid import CamVid
from annn.data.cityscapes import Cityscapes
from annn.data.coco_stuff import CocoStuff
from annn.data.files import STAND_IN_FILE, Dataset, FileDataset, Pair, Sample, either, is_stand_in
from annn.data.image_folder import ImageFolder
from annn.data.memory import InMemory
from annn.data.nyud import NyuDepthV2
from annn.data.pascal_context import PascalContext
from annn.data.report import Report, SplitReport, inspect
from annn.errors import DataError

__all__ = [
    "DATASETS",
    "STAND_IN_FILE",
    "Ade20k",
    "CamVid",
    "Cityscapes",
    "CocoStuff",
    "Dataset",
    "FileDataset",
    "ImageFolder",
    "InMemory",
    "NyuDepthV2",
    "Pair",
    "PascalContext",
    "Report",
    "Sample",
    "SplitReport",
    "check",
    "is_stand_in",
    "open_dataset",
]

DATASETS: dict[str, type[FileDataset]] = {
    "cityscapes": Cityscapes,
    "camvid": CamVid,
    "cocostuff10k": CocoStuff,
    "nyud": NyuDepthV2,
    "ade20k": Ade20k,
    "pascal_context": PascalContext,
}
"""The data sets that segmentation is trained and scored on."""


def open_dataset(name: str, root: str | Path, split: str) -> FileDataset:
    """Open one split of a data set by name; raises `DataError` where that is not possible.

    name: a key of `DATASETS`, or "image-folder" for the images of a classification task.
    """
    return ImageFolder(root, split) if name == "image-folder" else _named(name)(root, split)


def check(name: str, root: str | Path) -> Report:
    """Look at a data set on disk without raising for what is missing; the first pair of each split is decoded.

    Raises `DataError` only for a name that is not in `DATASETS`.
    """
    return inspect(_named(name), Path(root))


def _named(name: str) -> type[FileDataset]:
    if name not in DATASETS:
        raise DataError(f"There is no data set called '{name}'; use {either(tuple(DATASETS))}.")
    return DATASETS[name]
