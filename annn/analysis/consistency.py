"""Semantic consistency: is a segment of the truth predicted as one class, inside and at its outline?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, UInt8
from scipy import ndimage

from annn.analysis.disagreement import EIGHT, smallest_region
from annn.data.space import IGNORE, LabelSpace
from annn.metrics import Scores, confusion_matrix

Labels = UInt8[np.ndarray, "H W"]


@dataclass(frozen=True, kw_only=True)
class Consistency:
    """How consistently segments of the truth are predicted; see `measure`.

    segments: their number. mixed: the fraction of them with more than one predicted class. fragments: predicted pieces
    per segment, at best 1. near, inside: scores within `band` pixels of an outline, and elsewhere.
    """

    segments: int
    mixed: float
    fragments: float
    near: Scores
    inside: Scores
    band: int


def measure(
    truths: Sequence[Labels],
    predictions: Sequence[Labels],
    space: LabelSpace,
    *,
    smallest: int = 64,
    share: float = 0.05,
    band: int = 3,
) -> Consistency:
    """Semantic consistency of predictions over a set of images.

    A segment is a connected region of one class in the truth, of at least `smallest` pixels; pixels
    that touch at a corner are connected. It is mixed if a second class covers at least the fraction `share` of it, so a
    line of one pixel along the outline does not count. Its fragments are the connected pieces of one predicted class
    that cover at least this fraction. An outline is between two neighbour pixels of different classes (not ignored
    ones); `band` is the distance to it in pixels.
    """
    classes = len(space.classes)
    confusion = {"near": torch.zeros(classes, classes, dtype=torch.int64)}
    confusion["inside"] = torch.zeros_like(confusion["near"])
    mixed, pieces = [], []
    for truth, prediction in zip(truths, predictions, strict=True):
        for inside in segments(truth, smallest):
            class_shares = np.bincount(prediction[inside]) / inside.sum()
            mixed.append(int((class_shares >= share).sum() > 1))
            pieces.append(fragments(prediction, inside, share))
        close = near_outlines(truth, band)
        for place, area in (("near", close), ("inside", ~close)):
            labels = torch.from_numpy(np.where(area, truth, IGNORE))
            confusion[place] += confusion_matrix(labels, torch.from_numpy(prediction), classes)
    scores = {place: Scores.of(counts, space.classes) for place, counts in confusion.items()}
    return Consistency(
        segments=len(mixed),
        mixed=float(np.mean(mixed)) if mixed else math.nan,
        fragments=float(np.mean(pieces)) if pieces else math.nan,
        near=scores["near"],
        inside=scores["inside"],
        band=band,
    )


def measure_all(
    truths: Sequence[Labels], predictions: Mapping[str, Sequence[Labels]], space: LabelSpace
) -> dict[str, Consistency]:
    """`measure` for each variant; segments are at least as large as `disagreement.smallest_region`."""
    smallest = smallest_region(truths[0])
    return {name: measure(truths, drawn, space, smallest=smallest) for name, drawn in predictions.items()}


def size(measured: Mapping[str, Consistency], truths: Sequence[Labels]) -> dict[str, int]:
    """How many segments were measured, and how small they may be, under names for a table's JSON file."""
    first = next(iter(measured.values()))
    return {"segments": first.segments, "smallest region, pixels": smallest_region(truths[0])}


def tabulated(measured: Mapping[str, Consistency]) -> pd.DataFrame:
    """A table with a row per variant; the arrow in a column name shows which direction is better."""
    lines = {
        variant: {
            "segments in several classes, % ↓": 100 * result.mixed,
            "pieces per segment ↓": result.fragments,
            f"mIoU within {result.band} px of outlines, % ↑": 100 * result.near.miou_present,
            "mIoU elsewhere, % ↑": 100 * result.inside.miou_present,
        }
        for variant, result in measured.items()
    }
    return pd.DataFrame(lines).T


def conclusion(table: pd.DataFrame, reference: str) -> str:
    """A sentence on the measures in which `reference` is best; needs at least two variants."""
    best = best_measures(table, reference)
    if len(best) == len(table.columns):
        return f"{reference} is the most consistent by all {len(best)} measures, as the supplement says."
    if not best:
        return (
            f"{reference} is the most consistent by none of the {len(table.columns)} measures: the claim "
            "of the supplement does not hold here."
        )
    return f"{reference} is the most consistent by {len(best)} of {len(table.columns)} measures: {'; '.join(best)}."


def best_measures(table: pd.DataFrame, reference: str) -> list[str]:
    """The measures, without their arrows, in which `reference` is better than every other variant."""
    best = []
    for name, values in table.items():
        rest = values.drop(reference)
        wins = values[reference] < rest.min() if str(name).endswith("↓") else values[reference] > rest.max()
        best += [str(name)[:-2]] if wins else []
    return best


def segments(truth: Labels, smallest: int = 1) -> Iterator[Bool[np.ndarray, "H W"]]:
    """The connected regions of one class with at least `smallest` pixels, class by class, without ignored pixels."""
    for index in np.unique(truth[truth != IGNORE]):
        numbers, count = ndimage.label(truth == index, EIGHT)
        areas = np.bincount(numbers.ravel(), minlength=count + 1)
        for number in range(1, count + 1):
            if areas[number] >= smallest:
                yield numbers == number


def fragments(prediction: Labels, segment: Bool[np.ndarray, "H W"], share: float = 0.05) -> int:
    """The number of connected pieces of one predicted class in a segment, without pieces below `share` of it.

    At least 1, also for a segment with only small pieces.
    """
    rows, columns = ndimage.find_objects(segment.astype(np.int8))[0]
    box, within = prediction[rows, columns], segment[rows, columns]
    least, count = share * within.sum(), 0
    for index in np.unique(box[within]):
        numbers, _ = ndimage.label(within & (box == index), EIGHT)
        count += int((np.bincount(numbers.ravel())[1:] >= least).sum())
    return max(1, count)


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
