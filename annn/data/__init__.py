"""Data sets: one module each, with the label space and a reader for the published layout.

In: image and label files. Out: `dataset[i]`, a `Sample` whose label holds train ids. A reader raises
`DataError` for missing files when it is created, and for a damaged file when it reads that file. `open` opens the real
files, or generates stand-ins first (`scenes`); `images` and `predictions` read and write single pictures.
To add a data set, write its module and name its reader in `DATASETS` below. `own` reads a folder of any person.
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
from annn.data.own import OwnFolder, is_place, own_place, own_reader, reader_of
from annn.data.pascal_context import PascalContext
from annn.data.report import Report, SplitReport, inspect
from annn.data.space import LabelSpace
from annn.errors import DataError
from annn.files import data_folder

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
    "OwnFolder",
    "Pair",
    "PascalContext",
    "Report",
    "Sample",
    "SplitReport",
    "as_published",
    "check",
    "in_words",
    "is_own",
    "is_stand_in",
    "kind_of",
    "open_dataset",
    "reader",
    "space_of",
]

DATASETS: dict[str, type[FileDataset]] = {
    kind.name: kind for kind in (Cityscapes, CamVid, CocoStuff, NyuDepthV2, Ade20k, PascalContext)
}
"""The data sets for segmentation, by name."""


def reader(name: str) -> type[FileDataset]:
    """The reader with a name in `DATASETS`, or of a person's own folder by its path; raises `DataError` for others."""
    return own_reader(name, DATASETS) if is_own(name) else _named(name)


def is_own(name: str) -> bool:
    """Whether a text names a person's own folder by its path, not a data set of `DATASETS`."""
    return name not in DATASETS and is_place(name)


def kind_of(data: DataConfig) -> type[FileDataset]:
    """The reader of a recipe's data; of an own folder by what the recipe says of it, so that it may be elsewhere."""
    return reader(data.name) if data.own is None else reader_of(data.name, data.own)


def open_dataset(name: str, root: str | Path | None, split: str | None = None) -> FileDataset:
    """Open one split of a data set by its name in `DATASETS`, or of a person's own folder by its path.

    root: the data set's folder; None is the path of an own folder, and data/NAME of others. split: by default the first
    one. Raises `DataError` if that is not possible.
    """
    kind = reader(name)
    place = root or (data_folder() / name if kind.own is None else own_place(kind.own.place))
    return kind(place, split or kind.splits[0])


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
    the data says them: "Rooms at night, by scene 439/215".
    """
    kind, images, about = kind_of(data), images or {}, about or {}
    if stand_in:
        if data.own is not None:
            return about.get("name") or f"generated scenes ({data.name})"
        return kind.generator.words if kind.generator else f"a stand-in for {kind.space.name}"
    name, division = about.get("name") or kind.space.name, about.get("split")
    if not division and as_published(data, stand_in, images):
        return f"{name} {data.val}"
    counts = "/".join(str(images[part]) for part in ("train", "val") if part in images)
    return f"{name}, {division or 'own split'} {counts}".rstrip()


def as_published(
    data: DataConfig,
    stand_in: bool,
    images: Mapping[str, int] | None = None,
    about: Mapping[str, str] | None = None,
) -> bool:
    """Whether this is a data set as it was published, so that its scores may be compared with those of papers.

    Parameters as of `in_words`: it has the published numbers of images, and no about.toml says that it is another.
    """
    kind, splits, about = kind_of(data), {"train": data.train, "val": data.val}, about or {}
    named = about.get("name") or kind.space.name
    counted = all(count == kind.published(splits[part]) for part, count in (images or {}).items())
    return not stand_in and data.own is None and counted and named == kind.space.name and not about.get("split")


def _named(name: str) -> type[FileDataset]:
    if name not in DATASETS:
        raise DataError(
            f"There is no data set called '{name}'; use {either(tuple(DATASETS))}, or the path of a folder of your own."
        )
    return DATASETS[name]
