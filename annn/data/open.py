"""Open the data of a recipe: the files of a real data set, or scenes that are generated in its layout first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from annn.data import FileDataset, open_dataset
from annn.data.config import DataConfig
from annn.data.scenes import write_cityscapes
from annn.data.scenes.everyday import write_ade20k, write_pascal_context
from annn.data.scenes.kinds import write_kinds
from annn.data.scenes.rooms import write_nyud
from annn.data.scenes.stuff import write_coco_stuff
from annn.files import project_root

STAND_INS: dict[str, tuple[str, Callable[..., Path]]] = {
    "ade20k": ("everyday-ade20k", write_ade20k),
    "cityscapes": ("street", write_cityscapes),
    "cocostuff10k": ("stuff", write_coco_stuff),
    "image-folder": ("kinds", write_kinds),
    "nyud": ("rooms", write_nyud),
    "pascal_context": ("everyday-pascal-context", write_pascal_context),
}
"""Per data set the name of its generated scenes' folder, and what writes them."""


def open_data(
    data: DataConfig, root: str | Path | None = None, *, progress: bool = True
) -> tuple[FileDataset, FileDataset]:
    """The training and the validation split of a recipe's data; a stand-in is generated if it is not there yet.

    root: the data set's folder or one that holds it under its name (default data/<name>), or the folder in which
    stand-ins are kept (default data/stand_in). Raises DataError with the way to the data where a real set is missing.
    """
    folder = _data_folder(data, root, progress)
    return open_dataset(data.name, folder, data.train), open_dataset(data.name, folder, data.val)


def open_validation(data: DataConfig, root: str | Path | None = None, *, progress: bool = True) -> FileDataset:
    """The validation split alone, as `open_data` gives it; of real data, the training split need not be there."""
    return open_dataset(data.name, _data_folder(data, root, progress), data.val)


def _data_folder(data: DataConfig, root: str | Path | None, progress: bool) -> Path:
    if data.stand_in is None:
        root = Path(root or project_root() / "data" / data.name)
        return root / data.name if (root / data.name).is_dir() else root
    wanted = data.stand_in
    height, width = wanted.size
    name, write = STAND_INS[data.name]
    folder = f"{name}-{height}x{width}-train{wanted.train}-val{wanted.val}-seed{wanted.seed}"
    return write(
        Path(root or project_root() / "data" / "stand_in") / folder,
        train=wanted.train, val=wanted.val, size=wanted.size, seed=wanted.seed, progress=progress,
    )  # fmt: skip
