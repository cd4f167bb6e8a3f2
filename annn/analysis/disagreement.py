"""Find connected regions where one network is right and another wrong, and circles around them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

from annn.data.space import IGNORE

Labels = UInt8[np.ndarray, "H W"]
_SMALLEST = 0.001  # of an image
EIGHT = np.ones((3, 3), dtype=bool)  # all eight neighbours are connected


class Circle(NamedTuple):
    """A circle in pixels; (0, 0) is the centre of the top left pixel."""

    row: float
    column: float
    radius: float


@dataclass(frozen=True, kw_only=True)
class Region:
    """A connected region where one network is right and another wrong.

    area: in pixels. circle: the smallest circle around the centres of its pixels. truth: its most frequent true class.
    mistake: the most frequent class that the wrong network predicts.
    """

    area: int
    circle: Circle
    truth: int
    mistake: int


def advantage(truth: Labels, better: Labels, worse: Labels) -> Bool[np.ndarray, "H W"]:
    """Where `better` is right and `worse` is wrong; without ignored pixels."""
    return (truth != IGNORE) & (better == truth) & (worse != truth)


def regions(truth: Labels, better: Labels, worse: Labels, smallest: int = 1, opened: int = 1) -> list[Region]:
    """The connected regions where `better` is right and `worse` is wrong, largest first; ties from the top left.

    opened: first remove parts thinner than about 2 * `opened` + 1 pixels: networks differ by a pixel or two along every
    outline, and these lines would connect unrelated regions; 0 keeps them. smallest: smaller regions are left out.
    Pixels that touch at a corner are connected.
    """
    mask = advantage(truth, better, worse)
    if opened:
        mask = ndimage.binary_opening(mask, EIGHT, iterations=opened)
    numbers, count = ndimage.label(mask, EIGHT)
    result = []
    for number, box in enumerate(ndimage.find_objects(numbers, count), start=1):
        inside = numbers[box] == number
        area = int(inside.sum())
        if area < smallest:
            continue
        points = _row_ends(inside) + np.array([box[0].start, box[1].start])
        truths, mistakes = np.bincount(truth[box][inside]), np.bincount(worse[box][inside])
        result.append(
            Region(
                area=area,
                circle=enclosing_circle(points.astype(float)),
                truth=int(truths.argmax()),
                mistake=int(mistakes.argmax()),
            )
        )
    return sorted(result, key=lambda region: -region.area)


def enclosing_circle(points: Float[np.ndarray, "n 2"]) -> Circle:
    """The smallest circle around points (row, column), exactly: Welzl's algorithm without the recursion."""
    points = np.random.default_rng(0).permutation(np.unique(points, axis=0))  # the order changes only the time
    circle = _at(points[0])
    for i, p in enumerate(points):
        if _holds(circle, p):
            continue
        circle = _at(p)
        for j, q in enumerate(points[:i]):
            if _holds(circle, q):
                continue
            circle = _across(p, q)
            for r in points[:j]:
                if not _holds(circle, r):
                    circle = _through(p, q, r)
    return circle


def compare(
    truths: Sequence[Labels], predictions: Mapping[str, Sequence[Labels]], reference: str, smallest: int = 1
) -> pd.DataFrame:
    """Compare `reference` with each variant on each image, in both directions.

    Columns: image (its index), variant, counted (pixels with a truth), and for "better" (`reference` is right, the
    variant wrong) and "worse" (the opposite) the number of pixels, the number of regions of at least `smallest` pixels,
    and the pixels of the largest region.
    """
    lines = []
    for variant, predicted in predictions.items():
        if variant == reference:
            continue
        for image, (truth, ours, theirs) in enumerate(zip(truths, predictions[reference], predicted, strict=True)):
            line: dict[str, object] = {"image": image, "variant": variant, "counted": int((truth != IGNORE).sum())}
            for way, right, wrong in (("better", ours, theirs), ("worse", theirs, ours)):
                regions_of_way = regions(truth, right, wrong, smallest)
                line[way] = int(advantage(truth, right, wrong).sum())
                line[f"{way} regions"] = len(regions_of_way)
                line[f"{way} largest"] = regions_of_way[0].area if regions_of_way else 0
            lines.append(line)
    return pd.DataFrame(lines)


def ranked(compared: pd.DataFrame, way: str = "better") -> list[int]:
    """Indices of all images, sorted by "better" (or "worse") pixels over all variants, largest first."""
    totals = compared.groupby("image")[way].sum()
    return [int(place) for place in totals.sort_values(ascending=False, kind="stable").index]


def summed(compared: pd.DataFrame) -> pd.DataFrame:
    """The result of `compare` over all images: per variant the pixels of both directions in % and the regions."""
    by_variant = compared.groupby("variant", sort=False)
    total = by_variant[["counted", "better", "worse", "better regions", "worse regions"]].sum()
    largest = by_variant[["better largest", "worse largest"]].max()
    share = 100 * total[["better", "worse"]].div(total["counted"], axis=0)
    return share.join(total[["better regions", "worse regions"]]).join(largest)


def net(compared: pd.DataFrame, weights: Float[np.ndarray, "D I"]) -> dict[str, Float[np.ndarray, " D"]]:
    """By variant, better minus worse pixels in % of those that count, in D draws of the images.

    This is the pixel accuracy of the reference minus that of the variant. weights: how often a draw holds each image.
    """
    found = {}
    for variant, lines in compared.groupby("variant", sort=False):
        better, worse, counted = (weights @ lines.sort_values("image")[name] for name in ("better", "worse", "counted"))
        with np.errstate(invalid="ignore"):
            found[str(variant)] = 100 * (better - worse) / counted
    return found


def largest_circles(
    truth: Labels, predictions: Mapping[str, Labels], reference: str, *, way: str = "better", smallest: int, most: int
) -> dict[str, list[Circle]]:
    """Per variant, circles around the `most` largest regions of one image where `reference` is "better" or "worse"."""
    circles = {}
    for variant, theirs in predictions.items():
        if variant != reference:
            pair = (predictions[reference], theirs) if way == "better" else (theirs, predictions[reference])
            circles[variant] = [region.circle for region in regions(truth, *pair, smallest)[:most]]
    return circles


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Images in which `way` ("better" or "worse") shows most: their places, and for each the circles by variant."""

    way: str
    places: list[int]
    circles: list[dict[str, list[Circle]]]


def examples(
    compared: pd.DataFrame,
    truths: Sequence[Labels],
    predictions: Mapping[str, Sequence[Labels]],
    reference: str,
    way: str = "better",
    *,
    images: int = 4,
    most: int = 3,
) -> Examples:
    """The images that come first by `ranked`, and in each the circles around the `most` largest regions of a variant.

    Regions are at least as large as `smallest_region`.
    """
    places, circles = ranked(compared, way)[:images], []
    for place in places:
        drawn = {name: maps[place] for name, maps in predictions.items()}
        smallest = smallest_region(truths[place])
        circles.append(largest_circles(truths[place], drawn, reference, way=way, smallest=smallest, most=most))
    return Examples(way=way, places=places, circles=circles)


def smallest_region(truth: Labels) -> int:
    """The pixels that a region needs to be circled or counted: a thousandth of the image."""
    return max(1, round(_SMALLEST * truth.size))


def _row_ends(inside: Bool[np.ndarray, "h w"]) -> np.ndarray:
    """The first and the last pixel of each row (row, column): the pixels between do not change a circle."""
    rows = np.flatnonzero(inside.any(axis=1))
    first, last = inside[rows].argmax(axis=1), inside.shape[1] - 1 - inside[rows, ::-1].argmax(axis=1)
    return np.concatenate([np.stack([rows, first], axis=1), np.stack([rows, last], axis=1)])


def _holds(circle: Circle, point: np.ndarray) -> bool:
    return math.hypot(point[0] - circle.row, point[1] - circle.column) <= circle.radius * (1 + 1e-9) + 1e-9


def _at(point: np.ndarray) -> Circle:
    return Circle(float(point[0]), float(point[1]), 0.0)


def _across(p: np.ndarray, q: np.ndarray) -> Circle:
    """The circle with p and q on opposite sides."""
    row, column = (p + q) / 2
    return Circle(float(row), float(column), float(np.hypot(*(p - q)) / 2))


def _through(p: np.ndarray, q: np.ndarray, r: np.ndarray) -> Circle:
    """The circle through three points; around the two farthest points if the three are on a line."""
    (ay, ax), (by, bx) = q - p, r - p
    cross = 2 * (ay * bx - ax * by)
    if abs(cross) < 1e-12:
        return max((_across(p, q), _across(p, r), _across(q, r)), key=lambda circle: circle.radius)
    a, b = ay * ay + ax * ax, by * by + bx * bx
    y, x = (bx * a - ax * b) / cross, (ay * b - by * a) / cross
    return Circle(float(p[0] + y), float(p[1] + x), math.hypot(y, x))
