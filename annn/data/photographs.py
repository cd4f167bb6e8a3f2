"""JPEG photographs and the label maps with the same stems."""

from pathlib import Path, PurePosixPath

import numpy as np
from jaxtyping import UInt8

from annn.data.files import Pair, check_counterparts, decode
from annn.data.folders import absence, existing_folder, files_in, names_in
from annn.data.lists import each_once, read_list
from annn.errors import DataError


def read_photograph(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    """The photograph as RGB, also from a grey file; raises `DataError` if it cannot be read."""
    image = decode(path, ("RGB", "L"), "an 8-bit RGB or grey image")
    return image if image.ndim == 3 else np.stack([image] * 3, axis=-1)


def pair_folders(images: Path, labels: Path, what: str, source: str) -> tuple[Pair, ...]:
    """Every <stem>.jpg of one folder with <stem>.png of the other, sorted by name.

    what: the data set and split, for messages. Raises `DataError` if a folder is missing, if both are empty, and for a
    file without its counterpart; for links that lead nowhere, too.
    """
    photographs = _by_stem(existing_folder(images, what, source), ".jpg")
    maps = _by_stem(existing_folder(labels, what, source), ".png")
    if not photographs and not maps:
        raise DataError(
            f"{images}: {what} is empty; expected photographs <stem>.jpg here, and label maps <stem>.png in {labels}. "
            f"{source} (`data/README.md`)."
        )
    check_counterparts(photographs, maps, "photograph", "label map", f"in {labels}. {source}")
    check_counterparts(maps, photographs, "label map", "photograph", f"in {images}. {source}")
    return tuple(Pair(stem, photographs[stem], maps[stem]) for stem in sorted(photographs))


def pair_listed(
    path: Path, images: Path, labels: Path, suffix: str, source: str, what: str = "the stem of an image"
) -> tuple[Pair, ...]:
    """<stem>.jpg and <stem><suffix> for each stem of the list at `path`, in its order.

    A folder before a stem and an extension after it are ignored. what: the contents of a line, for messages. Raises
    `DataError` for a list that is missing, empty or not text, and for stems that are listed twice or have no files.
    """
    names = {folder: names_in(folder) for folder in (images, labels)}
    pairs = []
    for where, fields in read_list(path, what, source):
        stem = PurePosixPath(fields[0]).name.removesuffix(".jpg").removesuffix(suffix)
        if len(fields) != 1 or not stem:
            raise DataError(f"{where}: found '{' '.join(fields)[:120]}', expected {what}. Restore the list. {source}.")
        pairs.append((where, Pair(stem, images / f"{stem}.jpg", labels / f"{stem}{suffix}")))
        for file in pairs[-1][1][1:]:
            if file.name not in names[file.parent]:
                raise DataError(
                    f"{file.with_name(file.name[:120])}: this file {absence(file)}, but {where} names it "
                    f"({len(names[file.parent])} files are there). Complete the folder, or take the line out. {source}."
                )
    return each_once(pairs)


def _by_stem(folder: Path, suffix: str) -> dict[str, Path]:
    files = files_in(folder, lambda name: name.endswith(suffix))
    return {name.removesuffix(suffix): path for name, path in files.items()}
