"""Open the data of a recipe: the files of a real data set, or scenes that are generated in its layout first."""

from __future__ import annotations

from pathlib import Path

from annn.data import READERS, open_dataset, reader
from annn.data.config import DataConfig, StandIn
from annn.data.files import FileDataset, Generator, either
from annn.errors import DataError
from annn.files import data_folder


def open_data(
    data: DataConfig, root: str | Path | None = None, *, progress: bool = True
) -> tuple[FileDataset, FileDataset]:
    """The training and the validation split of a recipe's data; a stand-in is generated if it is not there yet.

    root: the data set's folder or one that holds it under its name (default: <name> in `files.data_folder`), or the
    folder in which stand-ins are kept (default: stand_in in it). Raises DataError with the way to the data where a real
    set is missing.
    """
    folder = _data_folder(data, root, progress)
    return open_dataset(data.name, folder, data.train), open_dataset(data.name, folder, data.val)


def open_validation(data: DataConfig, root: str | Path | None = None, *, progress: bool = True) -> FileDataset:
    """The validation split alone, as `open_data` gives it; of real data, the training split need not be there."""
    return open_dataset(data.name, _data_folder(data, root, progress), data.val)


def generator_of(name: str) -> Generator:
    """What draws the stand-in of a data set; raises DataError where nothing does."""
    generator = reader(name).generator
    if generator is None:
        known = tuple(name for name, kind in READERS.items() if kind.generator)
        raise DataError(f"{name}: no scenes are generated for this data set; expected {either(known)}.")
    return generator


def make_stand_in(
    name: str, scenes: StandIn, root: str | Path | None = None, *, workers: int = 1, progress: bool = True
) -> Path:
    """Generate scenes in the files of a data set, where they are not there yet, and return their folder.

    root: the folder itself; by default the one in which recipes look for it. Raises DataError for a
    data set that nothing is generated for, and where the folder cannot be written.
    """
    generator = generator_of(name)
    folder = Path(root or _stand_ins() / generator.name(scenes))
    return generator.write(folder, scenes, workers=workers, progress=progress)


def _data_folder(data: DataConfig, root: str | Path | None, progress: bool) -> Path:
    if data.stand_in is None:
        root = Path(root or data_folder() / data.name)
        return root / data.name if (root / data.name).is_dir() else root
    folder = Path(root or _stand_ins()) / generator_of(data.name).name(data.stand_in)
    return make_stand_in(data.name, data.stand_in, folder, progress=progress)


def _stand_ins() -> Path:
    return data_folder() / "stand_in"
