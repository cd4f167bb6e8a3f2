"""Circles and regions of disagreement on drawn cases."""

import math

import numpy as np
import pytest

from annn.analysis.disagreement import compare, enclosing_circle, net, ranked, regions, summed
from annn.data.space import IGNORE


def drawn(*boxes: tuple[int, int, int, int, int], size: tuple[int, int] = (20, 30)) -> np.ndarray:
    """A map of zeros with boxes (top, left, height, width, value)."""
    labels = np.zeros(size, dtype=np.uint8)
    for top, left, height, width, value in boxes:
        labels[top : top + height, left : left + width] = value
    return labels


def test_regions_are_where_one_is_right_and_the_other_wrong_largest_first() -> None:
    truth = drawn((0, 0, 20, 15, 1))
    good = truth.copy()
    bad = drawn((0, 0, 20, 15, 1), (2, 2, 3, 4, 5), (10, 5, 6, 7, 3), (5, 20, 3, 3, 2))
    found = regions(truth, good, bad)
    assert [region.area for region in found] == [42, 12, 9]
    assert [(region.truth, region.mistake) for region in found] == [(1, 3), (1, 5), (0, 2)]
    assert found[0].circle[:2] == (12.5, 8.0)
    assert found[0].circle.radius == pytest.approx(math.hypot(2.5, 3))
    assert regions(truth, bad, good) == []
    assert [region.area for region in regions(truth, good, bad, smallest=10)] == [42, 12]


def test_both_wrong_and_ignored_pixels_make_no_region() -> None:
    truth = drawn((5, 5, 5, 5, 1), (12, 5, 5, 5, IGNORE))
    bad = drawn((5, 5, 5, 5, 2))
    also_bad = drawn((5, 5, 5, 5, 3), (12, 5, 5, 5, 7))
    assert regions(truth, bad, also_bad) == regions(truth, also_bad, bad) == []


def test_seams_tie_nothing_together() -> None:
    """Two blocks joined by a line one pixel wide are two regions, unless thin parts are kept."""
    truth = drawn()
    bad = drawn((4, 2, 6, 6, 1), (4, 20, 6, 6, 1), (6, 8, 1, 12, 1))
    assert [region.area for region in regions(truth, truth, bad)] == [36, 36]
    assert [region.area for region in regions(truth, truth, bad, opened=0)] == [84]


def test_corners_connect() -> None:
    bad = drawn((0, 0, 4, 4, 1), (4, 4, 4, 4, 1))
    assert len(regions(drawn(), drawn(), bad)) == 1


def test_a_circle_through_an_obtuse_triangle_spans_its_longest_side() -> None:
    assert enclosing_circle(np.array([[0.0, 0], [0, 10], [1, 5]])) == (0, 5, 5)


def test_the_smallest_circle_of_drawn_shapes() -> None:
    rows, columns = np.mgrid[-12:13, -12:13]
    disc = np.argwhere(rows**2 + columns**2 <= 100).astype(float)
    assert enclosing_circle(disc) == pytest.approx((12, 12, 10))
    assert enclosing_circle(np.array([[3.0, 4.0]])) == (3, 4, 0)
    line = np.stack([np.arange(9.0), np.full(9, 2.0)], axis=1)
    assert enclosing_circle(line) == pytest.approx((4, 2, 4))


@pytest.mark.parametrize("seed", range(5))
def test_no_circle_is_smaller(seed: int) -> None:
    """Every point lies inside; at least two on the rim, and no half of the rim is free of them."""
    points = np.random.default_rng(seed).integers(0, 40, (60, 2)).astype(float)
    circle = enclosing_circle(points)
    distance = np.hypot(points[:, 0] - circle.row, points[:, 1] - circle.column)
    assert distance.max() == pytest.approx(circle.radius)
    rim = points[distance > circle.radius - 1e-6] - [circle.row, circle.column]
    angles = np.sort(np.unique(np.arctan2(rim[:, 0], rim[:, 1]).round(9)))
    assert np.diff([*angles, angles[0] + 2 * math.pi]).max() <= math.pi + 1e-6


def test_images_are_ranked_by_what_the_reference_has_over_all_variants() -> None:
    truths = [drawn() for _ in range(3)]
    full = [drawn(), drawn(), drawn((0, 0, 9, 9, 1))]
    one = [drawn((0, 0, 4, 4, 1)), drawn((0, 0, 5, 5, 1)), drawn()]
    two = [drawn((0, 0, 4, 4, 2)), drawn(), drawn()]
    compared = compare(truths, {"one": one, "two": two, "Full": full}, "Full", smallest=20)
    assert list(compared[compared["variant"] == "one"]["better"]) == [16, 25, 0]
    assert list(compared[compared["variant"] == "one"]["better regions"]) == [0, 1, 0]
    assert ranked(compared) == [0, 1, 2]  # 16 + 16 pixels, then 25
    assert ranked(compared, "worse")[0] == 2
    total = summed(compared)
    assert total.loc["one", "better"] == pytest.approx(100 * 41 / 1800)
    assert net(compared, np.ones((1, 3)))["one"] == pytest.approx([100 * (41 - 81) / 1800])
    assert net(compared, np.array([[0.0, 3, 0]]))["one"] == pytest.approx([100 * 25 / 600])
    assert total.loc["two", "worse largest"] == 81
