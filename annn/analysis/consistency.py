"""Semantic consistency: is a segment of the truth predicted as one class, inside and at its outline?

`count` counts in each image; `values` turns counts into the measures, of all images or of any draw of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, UInt8
from scipy import ndimage

from annn.analysis.bootstrap import miou
from annn.analysis.disagreement import EIGHT, smallest_region
from annn.data.space import IGNORE
from annn.metrics import confusion_matrix

Labels = UInt8[np.ndarray, "H W"]
BAND = 3  # pixels from an outline that count as near it
SHARE = 0.05  # of a segment: what covers less does not count
MEASURES = (
    "segments in several classes, % ↓", "pieces per segment ↓",
    f"mIoU within {BAND} px of outlines, % ↑", "mIoU elsewhere, % ↑",
)  # fmt: skip
"""The names of the measures; the arrow shows which direction is better."""


class Segment(NamedTuple):
    """A connected region of one class in the truth: the box around it, and which pixels of the box belong to it."""

    box: tuple[slice, slice]
    inside: Bool[np.ndarray, "h w"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Counts:
    """What a network's predictions have in each of I images, K classes; see `count`.

    segments: of the truth. mixed: those with more than one predicted class. pieces: the predicted pieces in all of
    them, at best one each. near, inside: confusion matrices (row truth) within `BAND` pixels of an outline, and
    elsewhere.
    """

    segments: Int64[np.ndarray, " I"]
    mixed: Int64[np.ndarray, " I"]
    pieces: Int64[np.ndarray, " I"]
    near: Int64[np.ndarray, "I K K"]
    inside: Int64[np.ndarray, "I K K"]

    def __len__(self) -> int:
        return len(self.segments)


def count(
    truths: Sequence[Labels], predictions: Mapping[str, Sequence[Labels]], classes: int, *, smallest: int = 0
) -> dict[str, Counts]:
    """What the predictions of each network have in each image.

    A segment is a connected region of one class in the truth, of at least `smallest` pixels (0 takes
    `smallest_region`); pixels that touch at a corner are connected. It is mixed if a second class covers at least the
    fraction `SHARE` of it, so a line of one pixel along the outline does not count. Its pieces are the connected pieces
    of one predicted class that cover at least this fraction. An outline is between two neighbour pixels of different
    classes (not ignored ones).
    """
    lines: dict[str, list[tuple]] = {name: [] for name in predictions}
    for place, truth in enumerate(truths):
        found = list(segments(truth, smallest or smallest_region(truths[0])))
        close = near_outlines(truth, BAND)
        parts = [torch.from_numpy(np.where(area, truth, IGNORE)) for area in (close, ~close)]
        for name, drawn in predictions.items():
            labels = torch.from_numpy(drawn[place])
            boxes = [(drawn[place][segment.box], segment.inside) for segment in found]
            mixed = sum(several_classes(box, inside) for box, inside in boxes)
            pieces = sum(fragments(box, inside) for box, inside in boxes)
            confusion = [confusion_matrix(part, labels, classes).numpy() for part in parts]
            lines[name].append((len(found), mixed, pieces, *confusion))
    names = ("segments", "mixed", "pieces", "near", "inside")
    return {
        network: Counts(**{
            name: np.array(column, dtype=np.int64) for name, column in zip(names, zip(*rows, strict=True), strict=True)
        })
        for network, rows in lines.items()
    }  # fmt: skip


def values(counts: Counts, weights: Float[np.ndarray, "D I"] | None = None) -> Float[np.ndarray, "D M"]:
    """The `MEASURES` of D draws of the images, each image counted as often as `weights` says; by default once.

    mIoU is over the classes with truth in the draw, from one confusion matrix over all its images. NaN where a draw
    holds no segment, or no pixel that counts.
    """
    weights = np.ones((1, len(counts))) if weights is None else weights
    with np.errstate(invalid="ignore"):
        mixed, pieces = (weights @ column / (weights @ counts.segments) for column in (counts.mixed, counts.pieces))
    return np.stack([100 * mixed, pieces, *(100 * miou(part, weights) for part in (counts.near, counts.inside))], 1)


def segments(truth: Labels, smallest: int = 1) -> Iterator[Segment]:
    """The connected regions of one class with at least `smallest` pixels, class by class, without ignored pixels."""
    for index in np.unique(truth[truth != IGNORE]):
        numbers, _ = ndimage.label(truth == index, EIGHT)
        for number, box in enumerate(ndimage.find_objects(numbers), start=1):
            inside = numbers[box] == number
            if inside.sum() >= smallest:
                yield Segment(box, inside)


def several_classes(prediction: Labels, segment: Bool[np.ndarray, "H W"], share: float = SHARE) -> bool:
    """Whether a second class covers at least the fraction `share` of a segment."""
    return bool((np.bincount(prediction[segment]) >= share * segment.sum()).sum() > 1)


def fragments(prediction: Labels, segment: Bool[np.ndarray, "H W"], share: float = SHARE) -> int:
    """The number of connected pieces of one predicted class in a segment, without pieces below `share` of it.

    At least 1, also for a segment with only small pieces.
    """
    least, found = share * segment.sum(), 0
    areas = np.bincount(prediction[segment])
    for index in np.flatnonzero(areas >= max(1, least)):  # a rarer class has no piece that counts
        numbers, _ = ndimage.label(segment & (prediction == index), EIGHT)
        found += int((np.bincount(numbers.ravel())[1:] >= least).sum())
    return max(1, found)


def near_outlines(truth: Labels, band: int) -> Bool[np.ndarray, "H W"]:
    """Pixels at most `band` pixels from an outline; 1 means the pixels beside it."""
    beside = np.zeros(truth.shape, dtype=bool)
    for axis in (0, 1):
        first, second = [np.take(truth, np.arange(n, truth.shape[axis] - 1 + n), axis) for n in (0, 1)]
        differ = (first != second) & (first != IGNORE) & (second != IGNORE)
        pad = [(0, 0), (0, 0)]
        for n in (0, 1):
            pad[axis] = (n, 1 - n)
            beside |= np.pad(differ, pad)
    if not beside.any():
        return beside
    return ndimage.distance_transform_edt(~beside) <= band - 1
