"""Open the data of a recipe: a real data set, or scenes, which are generated first."""

from __future__ import annotations

from pathlib import Path

from annn.data import DATASETS, kind_of, reader
from annn.data.config import DataConfig, StandIn
from annn.data.files import FileDataset, Generator, either, is_stand_in
from annn.data.folders import visible
from annn.data.own import own_place
from annn.errors import DataError
from annn.files import data_folder


def open_data(
    data: DataConfig, root: str | Path | None = None, *, progress: bool = True
) -> tuple[FileDataset, FileDataset]:
    """The training and the validation split of a recipe's data; a missing stand-in is generated.

    root: the data set's folder, or its parent if the folder has the data set's name (default: <name> in
    `files.data_folder`, or where an own folder was when the recipe was made); for a stand-in, the parent of all
    stand-ins (default: stand_in in `files.data_folder`). Raises DataError if a real data set is missing, with where to
    get it.
    """
    folder = _data_folder(data, root, progress)
    kind = kind_of(data)
    return kind(folder, data.train), kind(folder, data.val)


def open_validation(data: DataConfig, root: str | Path | None = None, *, progress: bool = True) -> FileDataset:
    """The validation split of `open_data`; the training split of real data may be missing."""
    return kind_of(data)(_data_folder(data, root, progress), data.val)


def at_hand(name: str) -> bool:
    """Whether the real files of a data set lie in `files.data_folder`, under its name."""
    folder = data_folder() / name
    return folder.is_dir() and any(visible(folder)) and not is_stand_in(folder)


def generator_of(name: str) -> Generator:
    """The generator of a data set's stand-in; raises DataError if it has none."""
    generator = reader(name).generator
    if generator is None:
        known = tuple(name for name, kind in DATASETS.items() if kind.generator)
        raise DataError(f"{name}: no scenes are generated for this data set; expected {either(known)}.")
    return generator


def make_stand_in(
    name: str, scenes: StandIn, root: str | Path | None = None, *, workers: int = 1, progress: bool = True
) -> Path:
    """Generate scenes in the layout of a data set, unless they exist, and return their folder.

    root: the folder to write; by default the one that recipes use. Raises DataError for a data set
    without a generator, and if the folder cannot be written.
    """
    generator = generator_of(name)
    folder = Path(root or _stand_ins() / generator.name(scenes))
    return generator.write(folder, scenes, workers=workers, progress=progress)


def _data_folder(data: DataConfig, root: str | Path | None, progress: bool) -> Path:
    if data.own is not None:
        if not root and not data.own.place:
            raise DataError(
                f"{data.name}: nothing says where this folder lies (weights files do not say it); expected its path. "
                "Name it: --data FOLDER, or data_root."
            )
        return Path(root or own_place(data.own.place))
    if data.stand_in is None:
        root = Path(root or data_folder() / data.name)
        return root / data.name if (root / data.name).is_dir() else root
    folder = Path(root or _stand_ins()) / generator_of(data.name).name(data.stand_in)
    return make_stand_in(data.name, data.stand_in, folder, progress=progress)


def _stand_ins() -> Path:
    return data_folder() / "stand_in"
