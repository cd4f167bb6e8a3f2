"""Weight and effect of anchors over images: what is known of them, and two ways to compute the same."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from annn.analysis.cue import area_under_curve, banner_found, cue_scenes
from annn.analysis.decisions import (
    MEASURES,
    Decisions,
    DecisionStatistics,
    decision_statistics,
    decisions,
    rank_correlation,
)
from annn.analysis.effects import CONVENTIONS, without
from annn.analysis.levels import ALL, DENSE, Change, worth_of_levels
from annn.attention import Attention, Sampling
from annn.augment import normalise
from annn.data.files import Sample
from annn.errors import ConfigError
from annn.evaluate import predict
from annn.metrics import confusion_matrix
from annn.model import ANNN, ModelConfig
from annn.tables import decisions as tables
from annn.tables.decisions import Subject

CONFIG = ModelConfig(classes=5, depth=18, width=8, pyramid=(1, 2), head=16, auxiliary=8, key=8, value=8)


def network(**changes) -> ANNN:
    torch.manual_seed(0)
    model = ANNN(replace(CONFIG, **changes)).eval()
    for name, tensor in model.state_dict().items():
        if name.startswith(("fusion", "context")) and name.endswith((".W.weight", "key.0.weight", "query.0.weight")):
            torch.nn.init.normal_(tensor, std=0.5)
    return model


def samples(count: int = 3) -> list[Sample]:
    generator = np.random.default_rng(0)
    return [
        Sample(
            generator.integers(0, 256, (40, 56, 3), dtype=np.uint8),
            generator.choice([0, 1, 2, 3, 4, 255], (40, 56)).astype(np.uint8),
            str(index),
        )
        for index in range(count)
    ]


def made_up(weights: list[list[float]], margins: list[list[float]], margin: float = 1.0) -> Decisions:
    """Decisions between two classes; anchors of two levels, 1x1 and 2x2, change the margin so much."""
    effects = torch.tensor(margins)
    scores = torch.tensor([[margin, 0.0]]).expand(len(margins), 2)
    sampling = Sampling(pyramid=(1, 2))
    attention = Attention(
        weights=torch.tensor([weights]), query_grid=(1, len(weights)), value_grid=(2, 2), sampling=sampling
    )
    without = torch.stack([scores[:, :1] - effects, scores[:, 1:].expand_as(effects)], dim=2)
    return Decisions(attention=attention, scores=scores, without=without, truth=np.zeros(len(weights), np.uint8))


def test_rank_correlation_is_scipys() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.integers(0, 6, (2, 20, 9)).astype(float)  # with ties
    expected = [spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(rank_correlation(a, b), expected, atol=1e-12)
    assert np.isnan(rank_correlation(np.ones((1, 4)), b[:1, :4])).all()


def test_measures_of_a_known_case() -> None:
    # The third anchor has the largest weight and no effect; the last one changes the decision.
    found = made_up([[0.1, 0.1, 0.6, 0.15, 0.05]], [[0.1, 0.2, 0.0, -0.3, 1.5]]).measures()
    values = {name: value[0] for name, value in found.items()}
    assert values["most attended"] == 0
    assert values["random, its level"] == pytest.approx(1 / 3)  # of the three others of 2x2, one
    assert values["most effective"] == values["any"] == 1
    assert values["random, that level"] == 0
    assert list(values) == list(MEASURES)


def test_the_anchor_of_a_level_of_its_own_is_not_compared() -> None:
    found = made_up([[0.9, 0.1, 0.0, 0.0, 0.0]], [[5.0, 0.0, 0.0, 0.0, 0.0]]).measures()
    assert found["any"][0] == 1 and found["most effective"][0] == found["most attended"][0] == 0


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("block", ["afnb 4&5", "apnb"])
def test_decisions_are_those_of_the_network_without_each_anchor(block: str, convention: str) -> None:
    """APNB's by formula, AFNB's with an anchor off for all positions at once: of APNB no position sees another."""
    model, (sample, *_) = network(), samples()
    found = decisions(model, sample.image, sample.label, block, convention)
    images = normalise(sample.image)[None]
    grid = found.attention.query_grid
    whole = model(images, grid).main[0].flatten(1).T
    torch.testing.assert_close(found.scores, whole, rtol=1e-4, atol=1e-5)
    for anchor in range(5):
        expected = without(model, images, {block: [anchor]}, convention, grid)[0].flatten(1).T
        torch.testing.assert_close(found.without[:, anchor], expected, rtol=1e-4, atol=1e-5)
    best = whole.topk(2, dim=1)
    margin = best.values[:, 0] - best.values[:, 1]
    of, against = best.indices.unbind(1)
    rows = torch.arange(len(whole))
    left = found.without[rows, 2, of] - found.without[rows, 2, against]
    torch.testing.assert_close(found.effects[:, 2], margin - left, rtol=1e-4, atol=1e-5)


def test_statistics_count_each_position_whose_truth_counts_once() -> None:
    model, images = network(), samples()
    names = ("a", "b", "c", "d", "e")
    found = decision_statistics(model, images, names, progress=False)
    each = [decisions(model, s.image, s.label) for s in images]
    assert found.positions == sum(int((one.truth < 5).sum()) for one in each)
    values = np.concatenate([one.measures()["weight and size"][one.truth < 5] for one in each])
    mean, low, high = found.overall("weight and size")
    assert mean == pytest.approx(values.mean()) and low <= mean <= high
    assert sum(line[3] for line in found.by_class("any").values()) == found.positions
    with pytest.raises(ConfigError, match="there is no image"):
        decision_statistics(model, [], names, progress=False)
    with pytest.raises(ConfigError, match="block='afnb 2&5': the network has 'afnb 4&5' and 'apnb'"):
        decision_statistics(model, images, names, "afnb 2&5", progress=False)


def test_area_under_the_curve() -> None:
    positive = torch.tensor([True, False, False, True])
    values = torch.tensor([[4.0, 1, 2, 3], [1, 2, 3, 0], [1, 1, 1, 1], [2, 1, 3, 2]])
    assert area_under_curve(values, positive).tolist() == [1, 0, 0.5, 0.5]


def test_the_banner_is_found_by_a_value_that_marks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = list(cue_scenes(5, (64, 128), 3))
    model = network(classes=19, pyramid=(1, 8))
    found = banner_found(model, scenes, "apnb", progress=False)
    assert set(found) == {"weight", "effect", "size of the effect"}
    assert all(((values >= 0) & (values <= 1)).all() and len(values) == 3 for values in found.values())
    from annn.analysis import cue

    shows = cue._shows(model.attention(normalise(scenes[0].image)[None])["apnb"], scenes[0].banner)
    monkeypatch.setattr(cue, "decisions", lambda *a: _marked(decisions(*a), shows))
    assert banner_found(model, scenes[:1], "apnb", progress=False)["weight"].tolist() == [1.0]


def _marked(found: Decisions, shows: torch.Tensor) -> Decisions:
    weights = shows.float().expand_as(found.attention.weights)
    return replace(found, attention=replace(found.attention, weights=weights))


def test_levels_are_scored_as_by_the_network_without_them() -> None:
    model, images = network(), samples(2)
    worth = worth_of_levels(model, images, progress=False)
    assert [change.level for change in worth.changed if change.block == "apnb"] == [
        "1x1", "1x1", "2x2", "2x2", ALL, DENSE,
    ]  # fmt: skip
    for place, sample in enumerate(images):
        pixels = normalise(sample.image)[None]
        truth = torch.from_numpy(sample.label)
        assert (
            worth.whole[place] == confusion_matrix(truth, torch.from_numpy(predict(model, sample.image)), 5).numpy()
        ).all()
        for change in (Change("afnb 4&5", "2x2", "renormalised"), Change("apnb", ALL, "removed")):
            level = "all" if change.level == ALL else change.level
            prediction = without(model, pixels, {change.block: level}, change.convention)[0].argmax(0)
            assert (worth.changed[change][place] == confusion_matrix(truth, prediction, 5).numpy()).all()
    dense = ANNN(replace(model.config, context="nonlocal")).eval()
    dense.load_state_dict(model.state_dict())
    expected = confusion_matrix(torch.from_numpy(images[0].label), torch.from_numpy(predict(dense, images[0].image)), 5)
    assert (worth.changed[Change("apnb", DENSE, "")][0] == expected.numpy()).all()


def test_levels_of_a_network_without_any_are_refused() -> None:
    with pytest.raises(ConfigError, match="no block with a pyramid"):
        worth_of_levels(network(fuse=(), context=None), samples(1), progress=False)
    with pytest.raises(ConfigError, match=r"blocks=\['afnb 2&5'\]: the network has 'afnb 4&5' and 'apnb'"):
        worth_of_levels(network(), samples(1), ["afnb 2&5"], progress=False)


def statistics(value: float, images: int = 4) -> DecisionStatistics:
    counts = {name: np.full((images, 2), 50.0) for name in MEASURES}
    return DecisionStatistics(
        classes=("a", "b"), counts=counts, sums={name: value * count for name, count in counts.items()}
    )


def test_tables_and_sentences_say_the_numbers_with_their_intervals() -> None:
    measured = {Subject("photographs", block, "removed"): statistics(0.25) for block in ("apnb", "afnb 4&5")}
    decided = tables.decision_table(measured)
    line = decided[(decided["measure"] == "most attended") & (decided["block"] == "apnb")].iloc[0]
    assert (line["value"], line["low"], line["high"], line["decisions"]) == (25.0, 25.0, 25.0, 400)
    assert list(tables.by_class(statistics(0.25), "any").index) == ["a", "b"]
    assert tables.by_class(statistics(0.25), "any", fewest=1000).empty
    assert tables.wide(decided).loc["apnb", "weight and size"] == "0.25 (0.25 to 0.25)"

    banner = tables.banner_table({
        Subject("streets", "apnb", "removed"): {
            "weight": np.full(3, 0.6), "effect": np.full(3, 0.5), "size of the effect": np.full(3, 0.9)
        }
    })  # fmt: skip
    worth = worth_of_levels(network(), samples(2), progress=False)
    said = tables.findings(decided, banner, tables.level_table({"noise": worth}))
    assert list(said) == list("abcde")
    assert "weakly correlated: 0.25 (0.25 to 0.25)" in said["a"] and "photographs" in said["a"]
    assert "25.00 % (25.00 to 25.00) of the decisions change" in said["b"] and said["b"].split(".")[0] in said["e"]
    assert "the size of the effect finds it best" in said["c"]
    assert f"{worth.miou:.1f} mIoU" in said["d"] and "Every position as an anchor" in said["d"]
    assert tables.findings(decided[decided["block"] == "apnb"], banner, tables.level_table({"noise": worth}))["e"] == (
        "Not measured here."
    )
