"""Consistency measures on drawn cases."""

import numpy as np
import pytest

from annn.analysis.consistency import fragments, measure, near_outlines, segments
from annn.data.cityscapes import CITYSCAPES
from annn.data.space import IGNORE


def test_segments_are_connected_regions_of_one_class() -> None:
    truth = np.zeros((10, 12), dtype=np.uint8)
    truth[:, 6:] = 1
    truth[2:4, 8:10] = 0
    truth[8:, :2] = IGNORE
    assert sorted(int(inside.sum()) for inside in segments(truth)) == [4, 56, 56]
    assert sorted(int(inside.sum()) for inside in segments(truth, smallest=5)) == [56, 56]


def test_one_piece_two_pieces_and_crumbs() -> None:
    inside = np.zeros((10, 20), dtype=bool)
    inside[1:9, 1:19] = True
    prediction = np.full((10, 20), 3, dtype=np.uint8)
    assert fragments(prediction, inside) == 1
    prediction[1, 1] = 5  # a crumb, and pixels outside, do not count
    prediction[0] = 7
    assert fragments(prediction, inside) == 1
    prediction[:, 9:12] = 5  # a stripe through the middle leaves a piece on each side of it
    assert fragments(prediction, inside) == 3


def test_a_mosaic_of_crumbs_is_one_fragment() -> None:
    prediction = (np.arange(400).reshape(20, 20) % 19).astype(np.uint8)
    assert fragments(prediction, np.ones((20, 20), dtype=bool), share=0.5) == 1


def test_the_band_lies_along_outlines_between_classes() -> None:
    truth = np.zeros((6, 12), dtype=np.uint8)
    truth[:, 6:] = 1
    truth[:, 11] = IGNORE
    for width in (1, 2, 3):
        band = near_outlines(truth, width)
        assert np.flatnonzero(band[0]).tolist() == list(range(6 - width, 6 + width))
        assert (band == band[0]).all()
    assert not near_outlines(np.zeros((4, 4), dtype=np.uint8), 3).any()


def test_a_perfect_prediction_is_consistent() -> None:
    truth = np.zeros((20, 20), dtype=np.uint8)
    truth[:, 10:] = 1
    found = measure([truth], [truth], CITYSCAPES)
    assert (found.segments, found.mixed, found.fragments) == (2, 0, 1)
    assert found.near.miou_present == found.inside.miou_present == 1


def test_mistakes_are_told_apart_by_where_they_lie() -> None:
    truth = np.zeros((20, 20), dtype=np.uint8)
    truth[:, 10:] = 1
    seam = truth.copy()
    seam[:, 10] = 0  # one column off at the outline
    found = measure([truth], [seam], CITYSCAPES, band=3, share=0.2)
    assert found.mixed == 0 and found.fragments == 1
    assert found.inside.miou == 1 and found.near.pixel_accuracy == pytest.approx(5 / 6)

    hole = truth.copy()
    hole[5:15, 0:4] = 8  # another class far from the outline
    found = measure([truth], [hole], CITYSCAPES, band=3)
    assert found.mixed == 0.5 and found.fragments == 1.5
    assert found.near.miou_present == 1 and found.inside.pixel_accuracy < 1


def test_without_segments_there_is_nothing_to_say() -> None:
    nothing = np.full((8, 8), IGNORE, dtype=np.uint8)
    found = measure([nothing], [np.zeros((8, 8), dtype=np.uint8)], CITYSCAPES)
    assert found.segments == 0 and np.isnan(found.mixed) and np.isnan(found.fragments)
