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
from annn.data.config import DataConfig
from annn.data.files import STAND_IN_FILE, Dataset, FileDataset, Pair, Sample, either, is_stand_in
from annn.data.image_folder import ImageFolder
from annn.data.memory import InMemory
from annn.data.nyud import NyuDepthV2
from annn.data.pascal_context import PascalContext
from annn.data.report import Report, SplitReport, inspect
from annn.data.space import LabelSpace
from annn.errors import DataError

__all__ = [
    "DATASETS",
    "READERS",
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
    "in_words",
    "is_stand_in",
    "open_dataset",
    "reader",
    "space_of",
]

DATASETS: dict[str, type[FileDataset]] = {
    kind.name: kind for kind in (Cityscapes, CamVid, CocoStuff, NyuDepthV2, Ade20k, PascalContext)
}
"""The data sets that segmentation is trained and scored on, by name."""

READERS: dict[str, type[FileDataset]] = {**DATASETS, ImageFolder.name: ImageFolder}
"""All readers by name, that of images for classification among them."""


def reader(name: str) -> type[FileDataset]:
    """The reader of a name in `READERS`; raises `DataError` for any other."""
    return _named(name, READERS)


def open_dataset(name: str, root: str | Path, split: str) -> FileDataset:
    """Open one split of a data set by its name in `READERS`; raises `DataError` where that is not possible."""
    return reader(name)(root, split)


def check(name: str, root: str | Path) -> Report:
    """Look at a data set on disk without raising for what is missing; the first pair of each split is decoded.

    Raises `DataError` only for a name that is not in `DATASETS`.
    """
    return inspect(_named(name, DATASETS), Path(root))


def space_of(classes: int) -> LabelSpace | None:
    """The first label space of a data set with so many classes; None where no set has as many."""
    spaces = (space for kind in DATASETS.values() for space in (kind.space, *kind.other_spaces))
    return next((space for space in spaces if len(space.classes) == classes), None)


def in_words(data: DataConfig, stand_in: bool) -> str:
    """What a network is scored on, for people: "CamVid test", or "generated street scenes" for a stand-in."""
    kind = reader(data.name)
    if not stand_in:
        return f"{kind.space.name} {data.val}"
    return kind.generator.words if kind.generator else f"a stand-in for {kind.space.name}"


def _named(name: str, known: dict[str, type[FileDataset]]) -> type[FileDataset]:
    if name not in known:
        raise DataError(f"There is no data set called '{name}'; use {either(tuple(known))}.")
    return known[name]
