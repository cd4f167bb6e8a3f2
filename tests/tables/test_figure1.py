"""Figure 1's claims are judged by intervals over images and over seeds, not by the order of values."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from annn import tables
from annn.analysis.comparison import Comparison
from annn.analysis.consistency import MEASURES, Counts
from annn.tables.differences import margin

IMAGES, CLASSES = 40, 3


def counted(mixed: float, right: float) -> Counts:
    """Counts of a network: the share of mixed segments, and of pixels that are right, the same in every image."""
    random = np.random.default_rng(0)  # segments are those of the truth
    confusion = np.empty((IMAGES, CLASSES, CLASSES), dtype=np.int64)
    confusion[:] = np.round(1000 * (np.eye(CLASSES) * right + (1 - right) / CLASSES))
    segments = random.integers(20, 30, IMAGES)
    several = np.round(mixed * segments).astype(int)
    return Counts(segments=segments, mixed=several, pieces=segments + several, near=confusion, inside=confusion)


def comparison(by_seed: Sequence[dict[str, tuple[float, float]]], net: float = 5) -> Comparison:
    """Networks by seed and variant as (mixed, right); `net` pixels of 100 in each image go to Full."""
    counts = {seed: {name: counted(*numbers) for name, numbers in one.items()} for seed, one in enumerate(by_seed)}
    line = {"counted": 100, "better": 10 + net, "worse": 10, "better regions": 3, "better largest": 4,
            "worse regions": 2, "worse largest": 5}  # fmt: skip
    variants = [name for name in by_seed[0] if name != "Full"]
    pixels = pd.DataFrame([{"image": i, "variant": v, **line} for v in variants for i in range(IMAGES)])
    labels = np.zeros((10, 10), dtype=np.uint8)
    return Comparison(
        reference="Full", truths=[labels] * IMAGES, predictions=dict.fromkeys(by_seed[0], [labels] * IMAGES),
        pixels=dict.fromkeys(counts, pixels), counts=counts,
    )  # fmt: skip


def test_a_variant_equal_to_the_reference_is_within_noise() -> None:
    found = comparison([{"a": (0.5, 0.7), "Full": (0.5, 0.7)}], net=0)
    table, pixels = tables.figure1_consistency(found), tables.figure1_pixels(found)
    for measure in MEASURES:
        line = table.loc[(measure, "a")]
        assert line["difference"] == line["difference low"] == line["difference high"] == 0
        assert line["verdict"] == "within noise" and table.loc[(measure, "Full"), "verdict"] == "reference"
    assert pixels.loc["a", "verdict"] == "within noise" and pixels.loc["a", "difference"] == 0
    claims = tables.figure1_claims(pixels, table, "Full")
    assert [one["verdict"] for one in claims] == ["within noise", "within noise"]


def test_better_depends_on_the_measure() -> None:
    """Fewer mixed segments and more mIoU are better; the point lies in its interval."""
    table = tables.figure1_consistency(comparison([{"a": (0.7, 0.6), "b": (0.3, 0.8), "Full": (0.5, 0.7)}]))
    for measure in MEASURES:
        assert table.loc[(measure, "a"), "verdict"] == "Full better"
        assert table.loc[(measure, "b"), "verdict"] == "Full worse"
    within = (table["difference low"] <= table["difference"] + 1e-9) & (
        table["difference"] - 1e-9 <= table["difference high"]
    )
    assert within.all() and (table["low"] <= table["value"] + 1e-9).all()
    (name,) = {name for name in table.index.unique("measure") if name.startswith("segments")}
    assert table.loc[(name, "a"), "value"] == pytest.approx(70, abs=1)


def test_seeds_that_disagree_are_noise() -> None:
    """On the images alone each seed's difference is sure; over the seeds it is not."""
    seeds = [{"a": (0.7, 0.6), "Full": (0.5, 0.7)}, {"a": (0.55, 0.75), "Full": (0.6, 0.7)}]
    table = tables.figure1_consistency(comparison(seeds))
    line = table.loc[(MEASURES[0], "a")]
    each = [tables.figure1_consistency(comparison([one])).loc[(MEASURES[0], "a")] for one in seeds]
    assert [one["verdict"] for one in each] == ["Full better", "Full worse"]
    assert line["difference"] == pytest.approx(np.mean([one["difference"] for one in each]))
    assert line["difference low"] > 0 and line["verdict"] == "within noise" and line["seeds"] == 2
    differences = pd.Series([one["difference"] for one in each])
    assert line["over seeds"] == pytest.approx(margin(differences))


@pytest.mark.parametrize(
    ("net", "variants", "verdicts"),
    [
        (5, {"a": (0.7, 0.6), "b": (0.7, 0.6)}, ["holds", "holds"]),
        (-5, {"a": (0.7, 0.6), "b": (0.5, 0.7)}, ["does not hold", "within noise"]),
        (5, {"a": (0.3, 0.6), "b": (0.7, 0.6)}, ["holds", "holds for 2 of 4; does not hold for 2 of 4"]),
    ],
)
def test_claims_are_judged_by_the_verdicts(net: int, variants: dict, verdicts: list[str]) -> None:
    found = comparison([{**variants, "Full": (0.5, 0.7)}], net)
    pixels, table = tables.figure1_pixels(found), tables.figure1_consistency(found)
    claims = tables.figure1_claims(pixels, table, "Full")
    assert [one["verdict"] for one in claims] == verdicts and "one seed" in claims[0]["here"]
    text = tables.figure1_conclusion(pixels, table, "Full")
    assert ("corrects more pixels than it spoils against a and b" in text) == (net > 0)
    assert "with one seed" in text
    assert tables.figure1_claims(pixels, table, "Full", papers=False) == []


def test_what_is_shown_has_seeds_only_where_there_are_several() -> None:
    one = [{"a": (0.7, 0.6), "Full": (0.5, 0.7)}]
    for seeds in (1, 3):
        found = comparison(one * seeds)
        for table in (tables.figure1_consistency(found), tables.figure1_pixels(found)):
            texts = tables.figure1_shown(table)
            assert ("its 95 % over seeds" in texts) == (seeds > 1)
            assert "Full better" in set(texts["verdict"])
        assert tables.figure1_about(found, tables.figure1_pixels(found))["pixels"]["a"]["better regions"] == 3 * IMAGES
