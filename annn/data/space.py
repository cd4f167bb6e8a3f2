"""The label space of a data set: classes, colours, and the mapping between file ids and train ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Integer, UInt8

from annn.errors import DataError

IGNORE = 255
_UNOWNED = 254  # in the lookup table, marks file ids without a class; no data set has that many classes

Color = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class LabelSpace:
    """The classes of one data set, in train-id order, and the file ids that stand for them.

    `train_ids` maps every valid value of a label file; ignored ids map to `IGNORE`. `void_id` is the file id for
    `IGNORE`. `class_weights` are the paper's weights of the loss, if it has any. `hints` explains typical invalid
    values in error messages.
    """

    name: str
    classes: tuple[str, ...]
    colors: tuple[Color, ...]
    train_ids: Mapping[int, int] = field(hash=False)
    void_id: int
    void_color: Color = (0, 0, 0)
    class_weights: tuple[float, ...] | None = None
    hints: Mapping[int, str] = field(default_factory=dict, hash=False)

    @cached_property
    def file_ids(self) -> tuple[int, ...]:
        """The file id of each class, in train-id order (the smallest one where several ids share a class)."""
        return tuple(
            min(file_id for file_id, train_id in self.train_ids.items() if train_id == index)
            for index in range(len(self.classes))
        )

    @cached_property
    def _to_train(self) -> np.ndarray:
        table = np.full(max(256, max(self.train_ids) + 1), _UNOWNED, dtype=np.uint8)
        for file_id, train_id in self.train_ids.items():
            table[file_id] = train_id
        return table

    @cached_property
    def _to_file(self) -> np.ndarray:
        table = np.full(256, self.void_id, dtype=np.uint8 if max(self.train_ids) < 256 else np.uint16)
        table[: len(self.classes)] = self.file_ids
        return table

    @cached_property
    def _to_color(self) -> np.ndarray:
        table = np.full((256, 3), self.void_color, dtype=np.uint8)
        table[: len(self.classes)] = self.colors
        return table

    def encode(self, ids: Integer[np.ndarray, "H W"], source: str | Path) -> UInt8[np.ndarray, "H W"]:
        """Turn the file ids of a label map into train ids.

        Raises `DataError`, with `source` (the file) and every invalid value in it.
        """
        table = self._to_train
        if ids.dtype != np.uint8:  # uint8 values are always in the table
            outside = (ids < 0) | (ids >= len(table))
            if outside.any():
                raise DataError(self._explain_unowned(np.unique(ids[outside]), source))
        train = table[ids]
        unowned = train == _UNOWNED
        if unowned.any():
            raise DataError(self._explain_unowned(np.unique(ids[unowned]), source))
        return train

    def decode(self, train_ids: UInt8[np.ndarray, "H W"]) -> Integer[np.ndarray, "H W"]:
        """Turn train ids back into file ids, for a submission or a label file; `IGNORE` becomes `void_id`."""
        return self._to_file[train_ids]

    def colorize(self, train_ids: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
        """Paint train ids in the data set's own colours (RGB); `IGNORE` in `void_color`."""
        return self._to_color[train_ids]

    def _explain_unowned(self, values: np.ndarray, source: str | Path) -> str:
        listing = ", ".join(str(value) for value in values[:8]) + (", ..." if len(values) > 8 else "")
        hint = "".join(f" {self.hints[int(value)]}" for value in values if int(value) in self.hints)
        return (
            f"{source}: the label map holds the value{'s' if len(values) > 1 else ''} {listing}, which no {self.name} "
            f"class has; expected {_ranges(self.train_ids)}.{hint} Restore the file from the data set's own archive."
        )


def _ranges(ids: Mapping[int, int]) -> str:
    """Ids as ranges, such as `0..33` or `0..11, 13..24`."""
    runs: list[list[int]] = []
    for value in sorted(ids):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ", ".join(f"{first}..{last}" if first < last else str(first) for first, last in runs)
