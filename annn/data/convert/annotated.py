"""What a format of annotations brings: classes, and for each image its label map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt16
from PIL import Image

from annn.data.files import DECODING_ERRORS
from annn.data.folders import absence, content
from annn.data.images import SUFFIXES
from annn.data.space import Color
from annn.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A class as classes.toml will have it: its value in label maps, whether it is ignored, its colour in figures."""

    name: str
    id: int
    ignore: bool = False
    draw: Color | None = None


class Labelled(NamedTuple):
    """An image and its label map of the same size; `name` is the path of both in the new folder, without suffix."""

    name: str
    image: Path
    label: UInt16[np.ndarray, "H W"]


@runtime_checkable
class Annotations(Protocol):
    """The images of one split with their annotations. Both parts raise `DataError` for what they cannot use."""

    @property
    def classes(self) -> Sequence[Entry]: ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Labelled]: ...


def existing(path: Path, what: str, *, folder: bool) -> Path:
    """The path itself; raises `DataError` if there is no such file or folder."""
    if path.is_dir() if folder else path.is_file():
        return path
    state = absence(path) if not path.exists() else f"is {'a file' if folder else 'a folder'}"
    parent = path.parent
    beside = f"; {parent} holds {content(parent)}" if parent.is_dir() else ""
    raise DataError(f"{path}: {state}{beside}; expected {what}. Check the path in your command.")


def check_size(image: Path, expected: tuple[int, int], source: str) -> None:
    """Raise `DataError` if an image's file cannot be read or has another size (height, width) than its annotations."""
    try:
        with Image.open(image) as file:
            size = (file.height, file.width)
    except DECODING_ERRORS as error:
        raise DataError(
            f"{image}: cannot be read as an image ({error}); expected the one of {source}. Fetch it again."
        ) from error
    if size != expected:
        raise DataError(
            f"{image}: measures {size[1]}x{size[0]} (width x height), but {source} says {expected[1]}x{expected[0]}; "
            "expected the image that was annotated. Take the images that belong to this annotation file."
        )


def images_below(folder: Path) -> dict[str, Path]:
    """The image files at any depth of a folder, by their paths below it without suffix; hidden ones do not count."""
    found: dict[str, Path] = {}
    for path in sorted(existing(folder, "the folder of the images", folder=True).rglob("*")):
        below = path.relative_to(folder)
        if path.suffix.lower() in SUFFIXES and path.is_file() and not any(part[0] == "." for part in below.parts):
            found[below.with_suffix("").as_posix()] = path
    return found
