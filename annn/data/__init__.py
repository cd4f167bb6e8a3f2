"""Data sets: one module each, with the label space and a reader for the published layout.

In: image and label files. Out: `dataset[i]`, a `Sample` whose label holds train ids. A reader raises
`DataError` for missing files when it is created, and for a damaged file when it reads that file. `open` opens the real
files, or generates stand-ins first (`scenes`); `images` and `predictions` read and write single pictures.
To add a data set, write its module and name its reader in `DATASETS` below.
"""

from collections.abc import Mapping
from pathlib import Path

from annn.data.ade20k import Ade20k
from annn.data.camvid import CamVid
from annn.data.cityscapes import Cityscapes
from annn.data.coco_stuff import CocoStuff
from annn.data.config import DataConfig
from annn.data.files import STAND_IN_FILE, Dataset, FileDataset, Pair, Sample, either, is_stand_in
from annn.data.memory import InMemory
from annn.data.nyud import NyuDepthV2
from annn.data.pascal_context import PascalContext
from annn.data.report import Report, SplitReport, inspect
from annn.data.space import LabelSpace
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
"""The data sets for segmentation, by name."""


def reader(name: str) -> type[FileDataset]:
    """The reader with a name in `DATASETS`; raises `DataError` for an unknown name."""
    return _named(name)


def open_dataset(name: str, root: str | Path, split: str) -> FileDataset:
    """Open one split of a data set by its name in `DATASETS`; raises `DataError` if that is not possible."""
    return reader(name)(root, split)


def check(name: str, root: str | Path) -> Report:
    """Report which files of a data set are there; reads the first pair of each split.

    Raises `DataError` only for a name that is not in `DATASETS`; the report lists other problems.
    """
    return inspect(_named(name), Path(root))


def space_of(classes: int) -> LabelSpace | None:
    """The first label space of a data set with this number of classes, or None."""
    spaces = (space for kind in DATASETS.values() for space in (kind.space, *kind.other_spaces))
    return next((space for space in spaces if len(space.classes) == classes), None)


def in_words(
    data: DataConfig,
    stand_in: bool,
    images: Mapping[str, int] | None = None,
    about: Mapping[str, str] | None = None,
) -> str:
    """A readable name of the data: "CamVid test", or "generated street scenes" for a stand-in.

    images: how many there are for training ("train") and testing ("val"), as far as known. Where the published data set
    has other numbers, the name says so: "NYUD-V2, own split 439/215". about: "name" and "split", where about.toml of
    the data says them.
    """
    about = about or {}
    kind, images = reader(data.name), images or {}
    if stand_in:
        return kind.generator.words if kind.generator else f"a stand-in for {kind.space.name}"
    splits = {"train": data.train, "val": data.val}
    if all(count == kind.official.get(splits[part], count) for part, count in images.items()):
        return f"{about.get('name') or kind.space.name} {about.get('split') or data.val}"
    counts = "/".join(str(images[part]) for part in splits if part in images)
    name = " ".join(filter(None, (about.get("name") or kind.space.name, about.get("split"))))
    return f"{name}, own split {counts}"


def _named(name: str) -> type[FileDataset]:
    if name not in DATASETS:
        raise DataError(f"There is no data set called '{name}'; use {either(tuple(DATASETS))}.")
    return DATASETS[name]
