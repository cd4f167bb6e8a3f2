"""What a label space is, whatever the data set."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Integer, UInt8

from annn.errors import DataError

IGNORE = 255
_UNOWNED = 254  # marks file ids that belong to no class in the lookup table; no data set has that many classes

Color = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class LabelSpace:
    """The classes of one data set, in train-id order, and the file ids that stand for them.

    `train_ids` lists every value that may occur in a label file; ids that do not count map to `IGNORE`. `void_id` is
    the file id that `IGNORE` is written as. `class_weights` are the paper's weights of the loss, where it has any.
    `hints` says, for a value that no class owns, what it usually means.
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

        Raises `DataError`, which names `source` (the file) and every value in it that no class owns.
        """
        table = self._to_train
        if ids.dtype != np.uint8:  # uint8 always lies within the table
            outside = (ids < 0) | (ids >= len(table))
            if outside.any():
                raise DataError(self._explain_unowned(np.unique(ids[outside]), source))
        train = table[ids]
        unowned = train == _UNOWNED
        if unowned.any():
            raise DataError(self._explain_unowned(np.unique(ids[unowned]), source))
        return train

    def decode(self, train_ids: UInt8[np.ndarray, "H W"]) -> Integer[np.ndarray, "H W"]:
        """Turn train ids back into file ids, as a submission or a label file needs them; `IGNORE` becomes `void_id`."""
        return self._to_file[train_ids]

    def colorize(self, train_ids: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W 3"]:
        """Paint train ids in the data set's own colours (RGB); `IGNORE` in `void_color`."""
        return self._to_color[train_ids]

    def _explain_unowned(self, values: np.ndarray, source: str | Path) -> str:
        found = ", ".join(str(value) for value in values[:8]) + (", ..." if len(values) > 8 else "")
        hint = "".join(f" {self.hints[int(value)]}" for value in values if int(value) in self.hints)
        return (
            f"{source}: the label map holds the value{'s' if len(values) > 1 else ''} {found}, which no {self.name} "
            f"class owns; expected {_ranges(self.train_ids)}.{hint} Restore the file from the data set's own archive."
        )


def _ranges(ids: Mapping[int, int]) -> str:
    """Consecutive ids as `0..33`, gaps as `0..11, 13..24`."""
    runs: list[list[int]] = []
    for value in sorted(ids):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ", ".join(f"{first}..{last}" if first < last else str(first) for first, last in runs)
