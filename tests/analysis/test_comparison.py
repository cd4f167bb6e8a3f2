"""Intervals over images: the bootstrap, and what it says of two networks on the same images."""

import time
from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import pytest

from annn.analysis import bootstrap, comparison, consistency, disagreement
from annn.analysis.comparison import Comparison, compare
from annn.data import Sample
from annn.data.camvid import CAMVID

Labels = np.ndarray


def maps(count: int, seed: int = 0) -> list[Labels]:
    random = np.random.default_rng(seed)
    return [np.kron(random.integers(0, 4, (4, 5), dtype=np.uint8), np.ones((6, 6), np.uint8)) for _ in range(count)]


def worse(truths: list[Labels], share: float, seed: int) -> list[Labels]:
    """The truth with squares of another class."""
    random = np.random.default_rng(seed)
    squares = [np.kron(random.random((8, 10)) < share, np.ones((3, 3), bool)) for _ in truths]
    return [
        np.where(wrong, (truth + 1) % 4, truth).astype(np.uint8) for wrong, truth in zip(squares, truths, strict=True)
    ]


def compared(truths: list[Labels], predictions: Mapping[int, Mapping[str, list[Labels]]]) -> Comparison:
    """A comparison of drawn predictions, by seed and variant, with "Full"."""
    pixels = {seed: disagreement.compare(truths, drawn, "Full") for seed, drawn in predictions.items()}
    counts = {seed: consistency.count(truths, drawn, 4) for seed, drawn in predictions.items()}
    first = next(iter(predictions.values()))
    return Comparison(reference="Full", truths=truths, predictions=first, pixels=pixels, counts=counts)


def test_a_draw_holds_as_many_images_as_there_are() -> None:
    weights = bootstrap.once_and_resampled(7, draws=50)
    assert (weights[0] == 1).all() and weights.shape == (51, 7) and (weights.sum(1) == 7).all()
    np.testing.assert_array_equal(weights, bootstrap.once_and_resampled(7, draws=50))
    assert (bootstrap.resampled(7, 50, seed=1) != weights[1:]).any()


def test_the_interval_of_a_constant_has_no_width() -> None:
    """Images with the same counts give the same measures in any mixture."""
    truths = maps(1) * 9
    found = compared(truths, {0: {"a": worse(maps(1), 0.3, 0) * 9, "Full": truths}})
    for measures in found.consistency()["a"][0].T:
        assert bootstrap.interval(measures[1:]) == pytest.approx((measures[0], measures[0]))
    assert np.isnan(bootstrap.interval(np.full(5, np.nan))).all()


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    """Of 300 samples of 60 normal values, about 95 % have the true mean in their interval."""
    random, weights = np.random.default_rng(0), bootstrap.resampled(60, 400)
    limits = [bootstrap.interval(weights @ random.normal(5, 2, 60) / 60) for _ in range(300)]
    assert 0.90 < np.mean([low < 5 < high for low, high in limits]) < 0.98


def test_a_variant_equal_to_the_reference_differs_by_nothing() -> None:
    truths = maps(12)
    same = worse(truths, 0.2, 1)
    found = compared(truths, {0: {"a": same, "Full": same}})
    assert (found.net()["a"] == 0).all()
    measured = found.consistency()
    np.testing.assert_array_equal(measured["a"], measured["Full"])


def test_the_first_value_is_that_of_all_images_and_net_is_the_pixel_accuracy() -> None:
    truths = maps(12)
    drawn = {"a": worse(truths, 0.3, 2), "Full": worse(truths, 0.1, 3)}
    found = compared(truths, {0: drawn})
    accuracy = {name: np.mean([p == t for p, t in zip(d, truths, strict=True)]) for name, d in drawn.items()}
    assert found.net()["a"][0, 0] == pytest.approx(100 * (accuracy["Full"] - accuracy["a"]))
    counts = consistency.count(truths, drawn, 4)["a"]
    np.testing.assert_allclose(found.consistency()["a"][0, 0], consistency.values(counts)[0])


def test_pairing_by_image_narrows_the_interval() -> None:
    """Where both networks fail on the same images, their difference depends less on the images than either does."""
    truths = maps(30)
    share = np.linspace(0, 0.6, 30)
    both = [[worse([t], s, 9 + n)[0] for n, (t, s) in enumerate(zip(truths, share + more, strict=True))]
            for more in (0.05, 0.0)]  # fmt: skip
    measured = compared(truths, {0: dict(zip(("a", "Full"), both, strict=True))}).consistency()
    own, theirs = (measured[name][0, :, 3] for name in ("a", "Full"))
    assert np.std(own - theirs) < 0.5 * min(np.std(own), np.std(theirs))


def test_totals_are_means_over_the_seeds() -> None:
    truths = maps(6)
    by_seed = {seed: {"a": worse(truths, 0.3, seed), "Full": worse(truths, 0.1, 10 + seed)} for seed in range(3)}
    found = compared(truths, by_seed)
    each = [disagreement.summed(frame) for frame in found.pixels.values()]
    assert found.totals().loc["a", "better"] == pytest.approx(np.mean([one.loc["a", "better"] for one in each]))
    assert found.totals().loc["a", "better largest"] == max(one.loc["a", "better largest"] for one in each)
    assert found.net()["a"].shape == (3, 1 + bootstrap.DRAWS)


def test_predictions_of_the_first_seed_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    truths = maps(5)
    samples = [Sample(np.zeros((*t.shape, 3), np.uint8), t, str(n)) for n, t in enumerate(truths)]
    drawn = {seed: {"a": worse(truths, 0.3, seed), "Full": truths} for seed in (4, 7)}
    monkeypatch.setattr(comparison, "predictions", lambda networks, _: dict(networks))
    found = compare.__wrapped__(drawn, "Full", samples, CAMVID, progress=False)
    assert found.seeds == [4, 7] and found.variants == ["a", "Full"] and found.predictions == drawn[4]
    assert found.examples("better", 2).places == disagreement.ranked(found.pixels[4])[:2]
    assert found.size["images measured"] == 5


def test_a_thousand_draws_of_a_test_set_take_no_time() -> None:
    random = np.random.default_rng(0)
    shape = {"segments": 233, "mixed": 233, "pieces": 233, "near": (233, 11, 11), "inside": (233, 11, 11)}
    counts = [
        consistency.Counts(**{f.name: random.integers(1, 50, shape[f.name]) for f in fields(consistency.Counts)})
        for _ in range(4)
    ]
    start = time.process_time()
    weights = bootstrap.once_and_resampled(233)
    assert all(consistency.values(one, weights).shape == (1001, 4) for one in counts)
    assert time.process_time() - start < 10  # 0.15 s here; a loop over draws would take minutes
