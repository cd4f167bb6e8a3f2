"""Label files of a person's own: indices of 8 or 16 bits, palettes, colours, a mask for each class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Integer, UInt8
from PIL import Image

from annn.data.config import OwnClass
from annn.data.files import DECODING_ERRORS, decode
from annn.data.own.matching import Labels
from annn.data.space import IGNORE, LabelSpace
from annn.errors import DataError

INDEX = ("1", "L", "P", "I;16", "I;16B")
COLOUR = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
CLEAR = -1
"""The value of a transparent pixel of a coloured label file, which does not count."""


def read_values(path: Path, classes: Sequence[OwnClass]) -> Integer[np.ndarray, "H W"]:
    """What a label file says of each pixel: its id, or its colour as one number (`packed`), or `CLEAR`.

    Files of one channel hold ids where a class has one, all others colours. Raises DataError for a file that cannot be
    read, of a lossy format, or of another kind than the classes.
    """
    indexed, coloured = any(entry.ids for entry in classes), any(entry.colors for entry in classes)
    if indexed and (not coloured or mode_of(path) in INDEX):
        return decode(path, INDEX, "label ids in one channel, since classes have ids and no colours", exact=True) * 1
    rgba = decode(path, COLOUR, "label colours, since classes have a color", exact=True, to="RGBA").astype(np.int32)
    return np.where(rgba[..., 3] == 0, CLEAR, packed(rgba))


def packed(colors: np.ndarray) -> np.ndarray:
    """Red, green and blue of the last axis as one number."""
    return (colors[..., 0] << 16) | (colors[..., 1] << 8) | colors[..., 2]


def in_words(value: int, coloured: bool) -> str:
    """A value of `read_values` as classes.toml would have it."""
    return f"[{value >> 16}, {value >> 8 & 255}, {value & 255}]" if coloured else str(value)


def has_colors(path: Path, classes: Sequence[OwnClass]) -> bool:
    """Whether the values that `read_values` finds in a file are colours."""
    return not any(entry.ids for entry in classes) or (
        any(entry.colors for entry in classes) and mode_of(path) not in INDEX
    )


def mode_of(path: Path) -> str:
    """Pillow's mode of a file, from its header; empty for what Pillow cannot open."""
    try:
        with Image.open(path) as file:
            return file.mode
    except PermissionError:
        raise
    except DECODING_ERRORS:
        return ""


def read_mask(path: Path) -> Bool[np.ndarray, "H W"]:
    """Where a binary mask is not zero; raises DataError for a file that cannot be read, and for a lossy format."""
    mask = decode(path, (*INDEX, *COLOUR), "a binary mask", exact=True)
    if mask.ndim == 3:
        mask = mask[..., : 3 if mask.shape[2] > 2 else 1].max(axis=2)  # without the alpha channel
    return mask != 0


class LabelReader:
    """Label files as train ids, by the classes of a folder. file: the classes.toml that messages name."""

    def __init__(self, classes: Sequence[OwnClass], space: LabelSpace, file: Path) -> None:
        self.classes, self.space, self.file = tuple(classes), space, file
        counted = [entry for entry in classes if not entry.ignore]
        self.train = [IGNORE if entry.ignore else counted.index(entry) for entry in classes]
        colors = {packed(np.array([c])).item(): t for e, t in zip(classes, self.train, strict=True) for c in e.colors}
        ids = {number: t for e, t in zip(classes, self.train, strict=True) for number in e.ids}
        self._tables = [_table(ids), _table({**colors, CLEAR: IGNORE})]

    def read(self, labels: Labels) -> UInt8[np.ndarray, "H W"]:
        """Train ids; raises DataError for values that no class owns, and for masks of different sizes."""
        if labels.masks:
            return self._merged(labels)
        values = read_values(labels.file, self.classes)
        train, strange = self.encode(labels.file, values)
        if strange.size:
            coloured = has_colors(labels.file, self.classes)
            listed = ", ".join(in_words(int(value), coloured) for value in strange[:8]) + ", ..." * (strange.size > 8)
            raise DataError(
                f"{labels.file}: holds the {'colours' if coloured else 'values'} {listed}, which no class of "
                f"{self.file} has; expected only those that it lists. Add each to a class there (id and color take "
                "lists; ignore = true for what does not count). `annn data check` counts them in all files."
            )
        return train

    def encode(self, path: Path, values: np.ndarray) -> tuple[UInt8[np.ndarray, "H W"], np.ndarray]:
        """Train ids of values of a file, and the values that no class owns, whose pixels are ignored here."""
        known, train = self._tables[has_colors(path, self.classes)]
        places = np.searchsorted(known, values).clip(max=len(known) - 1)
        owned = known[places] == values
        return np.where(owned, train[places], IGNORE).astype(np.uint8), np.unique(values[~owned])

    def _merged(self, labels: Labels) -> UInt8[np.ndarray, "H W"]:
        """Masks laid over one another in the order of the classes; the rest is of the class with `rest`, or ignored."""
        rest = next((t for entry, t in zip(self.classes, self.train, strict=True) if entry.rest), IGNORE)
        merged: np.ndarray | None = None
        for place, path in labels.masks:
            mask = read_mask(path)
            merged = np.full(mask.shape, rest, np.uint8) if merged is None else merged
            if mask.shape != merged.shape:
                first = labels.masks[0][1]
                raise DataError(
                    f"{path}: this mask measures {mask.shape[1]}x{mask.shape[0]} (width x height), but {first} "
                    f"{merged.shape[1]}x{merged.shape[0]}; expected one size for all masks of an image. Export them "
                    "again."
                )
            merged[mask] = self.train[place]
        assert merged is not None
        return merged


def _table(entries: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Values in ascending order, and the train id of each."""
    keys = sorted(entries) or [CLEAR]
    return np.array(keys, np.int64), np.array([entries.get(key, IGNORE) for key in keys], np.uint8)
