"""Consistency measures on drawn cases."""

import numpy as np
import pytest
import torch

from annn.analysis.consistency import Counts, count, fragments, near_outlines, segments, values
from annn.data.cityscapes import CITYSCAPES
from annn.data.space import IGNORE
from annn.metrics import Scores


def test_segments_are_connected_regions_of_one_class() -> None:
    truth = np.zeros((10, 12), dtype=np.uint8)
    truth[:, 6:] = 1
    truth[2:4, 8:10] = 0
    truth[8:, :2] = IGNORE
    assert sorted(int(one.inside.sum()) for one in segments(truth)) == [4, 56, 56]
    assert sorted(int(one.inside.sum()) for one in segments(truth, smallest=5)) == [56, 56]


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


def found(truth: np.ndarray, prediction: np.ndarray, smallest: int = 64) -> tuple[Counts, dict[str, float]]:
    counts = count([truth], {"one": [prediction]}, len(CITYSCAPES.classes), smallest=smallest)["one"]
    names = ("mixed", "pieces", "near", "inside")
    return counts, dict(zip(names, values(counts)[0].tolist(), strict=True))


@pytest.fixture
def halves() -> np.ndarray:
    truth = np.zeros((20, 20), dtype=np.uint8)
    truth[:, 10:] = 1
    return truth


def test_a_perfect_prediction_is_consistent(halves: np.ndarray) -> None:
    counts, measured = found(halves, halves)
    assert counts.segments.tolist() == [2]
    assert measured == {"mixed": 0, "pieces": 1, "near": 100, "inside": 100}


def test_a_seam_counts_near_the_outline_alone(halves: np.ndarray) -> None:
    seam = halves.copy()
    seam[:10, 10] = 0  # 9 of 200 pixels: less than a twentieth of the segment
    seam[9, 10] = 1
    counts, measured = found(halves, seam)
    assert measured["mixed"] == 0 and measured["pieces"] == 1 and measured["inside"] == 100
    (near,) = counts.near
    assert near.sum() == 6 * 20 and np.trace(near) == 6 * 20 - 9


def test_a_hole_counts_elsewhere_alone(halves: np.ndarray) -> None:
    hole = halves.copy()
    hole[5:15, 0:4] = 8  # another class far from the outline
    counts, measured = found(halves, hole)
    assert measured["mixed"] == 50 and measured["pieces"] == 1.5 and measured["near"] == 100
    scores = Scores.of(torch.from_numpy(counts.inside.sum(0)), CITYSCAPES.classes)
    assert measured["inside"] == pytest.approx(100 * scores.miou_present) and scores.miou_present < 1


def test_without_segments_there_is_nothing_to_say() -> None:
    nothing = np.full((8, 8), IGNORE, dtype=np.uint8)
    counts, measured = found(nothing, np.zeros((8, 8), dtype=np.uint8))
    assert counts.segments.tolist() == [0] and np.isnan(list(measured.values())).all()


def test_images_are_pooled_and_can_be_weighted() -> None:
    """A draw that holds an image twice is the set with that image twice; mIoU is of the pooled matrix."""
    random = np.random.default_rng(0)
    truths = [np.kron(random.integers(0, 3, (4, 5), dtype=np.uint8), np.ones((8, 8), np.uint8)) for _ in range(3)]
    drawn = [np.where(random.random(truth.shape) < 0.2, 1, truth).astype(np.uint8) for truth in truths]
    once = count(truths, {"one": drawn}, 3)["one"]
    twice = count([truths[0], truths[2], truths[2]], {"one": [drawn[0], drawn[2], drawn[2]]}, 3)["one"]
    weighted = values(once, np.array([[1.0, 1, 1], [1, 0, 2]]))
    np.testing.assert_allclose(weighted, np.concatenate([values(once), values(twice)]))
    pooled = Scores.of(torch.from_numpy(once.inside.sum(0)), ("a", "b", "c")).miou_present
    assert weighted[0, 3] == pytest.approx(100 * pooled)


def test_a_class_that_a_draw_does_not_hold_is_left_out() -> None:
    truths = [np.full((8, 8), place, dtype=np.uint8) for place in range(2)]
    counts = count(truths, {"one": [truths[0], truths[0]]}, 2)["one"]
    assert values(counts, np.array([[1.0, 0], [0, 1]]))[:, 3].tolist() == [100, 0]
