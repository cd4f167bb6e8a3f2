"""Attention over a data set: what is known of uniform and of perfectly selective attention, and of turned cues."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch

from annn.analysis.attention import (
    AttentionStatistics,
    areas,
    attention_statistics,
    centres,
    distances,
    entropy,
    level_shares,
    weight_on,
)
from annn.analysis.cue import attention_to_cue, cue_scenes
from annn.attention import PYRAMID, Attention, Sampling
from annn.data.cityscapes import CITYSCAPES
from annn.data.space import IGNORE
from annn.errors import ConfigError
from annn.explorer import figures, tables
from annn.model import ANNN, ModelConfig
from annn.weights import Pretrained, load

ROOT = Path(__file__).parents[2]


class Labelled(NamedTuple):
    image: np.ndarray
    label: np.ndarray


def attention(weights: torch.Tensor, grid: tuple[int, int], pyramid=PYRAMID) -> Attention:
    return Attention(weights=weights[None], query_grid=grid, value_grid=grid, sampling=Sampling(pyramid=pyramid))


def uniform(n: int, s: int) -> torch.Tensor:
    return torch.full((n, s), 1 / s)


def test_entropy_is_zero_for_one_anchor_and_the_logarithm_for_all_alike():
    assert entropy(torch.eye(110)[:4]).tolist() == [0, 0, 0, 0]
    assert entropy(uniform(1, 110)).item() == pytest.approx(np.log2(110))


def test_shares_of_levels_sum_to_one():
    weights = torch.softmax(torch.randn(24, 110), dim=1)
    shares = level_shares(attention(weights, (4, 6)))
    assert shares.shape == (24, 4)
    torch.testing.assert_close(shares.sum(1), torch.ones(24, dtype=torch.float64))
    expected = torch.tensor([1, 9, 36, 64], dtype=torch.float64) / 110
    torch.testing.assert_close(level_shares(attention(uniform(24, 110), (4, 6)))[0], expected)


def test_areas_are_the_classes_shares_of_each_patch():
    label = np.full((16, 32), IGNORE, dtype=np.uint8)
    label[:8, :4] = 2  # half of the first patch
    area = areas(label, (2, 4), 3)
    assert area.shape == (8, 4)
    assert area[0].tolist() == [0, 0, 0.5, 0.5]
    assert (area[1:, 3] == 1).all()


def test_weight_on_everything_is_one_and_on_parts_adds_up():
    weights = torch.softmax(torch.randn(24, 110), dim=1)
    area = torch.rand(24, 3, dtype=torch.float64)
    area /= area.sum(1, keepdim=True)
    torch.testing.assert_close(weight_on(attention(weights, (4, 6)), area).sum(1), torch.ones(24, dtype=torch.float64))


def test_weight_on_a_region_is_the_sum_over_its_positions():
    weights = torch.softmax(torch.randn(24, 110), dim=1)
    seen = attention(weights, (4, 6))
    mask = torch.zeros(24, 1, dtype=torch.float64)
    mask[[3, 7, 20]] = 1
    expected = seen.on_positions()[0].flatten(1).double()[:, [3, 7, 20]].sum(1)
    torch.testing.assert_close(weight_on(seen, mask)[:, 0], expected, rtol=1e-5, atol=1e-7)


def test_distance_of_attention_to_itself_is_zero_and_of_uniform_attention_the_average():
    itself = attention(torch.eye(24), (4, 6), None)
    mine, average = distances(itself, (64, 96))
    torch.testing.assert_close(mine, torch.zeros(24, dtype=torch.float64))
    y, x = np.divmod(np.arange(24), 6)
    places = np.stack([(y + 0.5) / 4 * 64 / 96, (x + 0.5) / 6], axis=1)
    expected = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.testing.assert_allclose(average, expected.mean(1))
    everything, _ = distances(attention(uniform(24, 24), (4, 6), None), (64, 96))
    np.testing.assert_allclose(everything, expected.mean(1), rtol=1e-5)


def test_centres_are_pixels_of_their_patches():
    rows, columns = centres((2, 3), (16, 24))
    assert rows.tolist() == [4, 4, 4, 12, 12, 12] and columns.tolist() == [4, 12, 20] * 2


@pytest.fixture(scope="module")
def model() -> ANNN:
    torch.manual_seed(0)
    return ANNN(ModelConfig(classes=19, depth=18, width=8)).eval()


@pytest.fixture(scope="module")
def streets():
    return list(cue_scenes(5, (64, 128), 3))


@pytest.fixture(scope="module")
def statistics(model, streets) -> dict[str, AttentionStatistics]:
    return attention_statistics(model, streets, CITYSCAPES, progress=False)


def test_statistics_are_averages_over_the_queries_of_each_class(streets, statistics):
    measured = statistics["apnb"]
    rows, columns = centres((8, 16), (64, 128))
    labels = np.concatenate([street.label[rows, columns] for street in streets])
    np.testing.assert_array_equal(measured.queries, np.bincount(labels[labels != IGNORE], minlength=19))
    there = measured.queries > 0
    np.testing.assert_allclose(measured.between[there].sum(1), 1)
    np.testing.assert_allclose(measured.shares[there].sum(1), 1)
    assert np.isnan(measured.entropy[~there]).all()
    overall = measured.overall()
    expected = (measured.queries * np.nan_to_num(measured.entropy)).sum() / measured.queries.sum()
    assert overall["entropy"] == pytest.approx(expected)
    assert 0 < overall["entropy"] <= measured.bits + 1e-6


def test_a_class_without_labels_and_unknown_blocks(model):
    blank = Labelled(np.zeros((64, 128, 3), np.uint8), np.full((64, 128), IGNORE, np.uint8))
    found = attention_statistics(model, [blank], CITYSCAPES, ["apnb"], progress=False)
    assert list(found) == ["apnb"] and np.isnan(found["apnb"].between).all()
    with pytest.raises(ConfigError, match="afnb 2&5"):
        attention_statistics(model, [blank], CITYSCAPES, ["afnb 2&5"], progress=False)


def test_turning_the_cue_changes_the_banner_alone(streets):
    for street in streets:
        changed = (street.image != street.turned).any(axis=2)
        np.testing.assert_array_equal(changed, street.banner)
        assert not street.planted[street.banner].any()
        assert 8 <= street.banner.sum() < 0.1 * street.banner.size
        row, column = street.query((8, 16))
        rows, columns = centres((8, 16), (64, 128))
        assert street.planted[rows, columns].reshape(8, 16)[row, column]


def test_uniform_attention_has_no_preference_for_the_cue(streets):
    class Uniform(ANNN):
        def attention(self, images):
            dense = Attention(
                weights=uniform(128, 128)[None], query_grid=(8, 16), value_grid=(8, 16), sampling=Sampling(pyramid=None)
            )
            return {"dense": dense}

    lifts = attention_to_cue(Uniform(ModelConfig(classes=19, depth=18, width=8)), streets)
    assert list(lifts["dense"].values()) == pytest.approx([1] * len(lifts["dense"]))


def test_tables_and_figures_of_the_tour(statistics, tmp_path):
    overall = tables.attention(statistics)
    assert list(overall.index) == ["afnb 4&5", "apnb", "uniform"]
    np.testing.assert_allclose(overall.filter(like="share").sum(axis=1), 100)
    assert 1 <= len(tables.global_anchor(statistics)) <= 6
    assert (tables.own_kind(statistics) > 0).all().all()
    figures.class_attention(statistics, smallest=1).savefig(tmp_path / "classes.png")
    assert (tmp_path / "classes.png").stat().st_size > 1000


def test_findings_say_what_was_measured_on_what(statistics):
    cue = pd.DataFrame({kind: {"afnb 4&5": 4.0, "apnb": 1.0} for kind in ("barriers", "everything else")})
    table = tables.findings(statistics, cue)
    assert set(table["paper"]) == {"none"}
    assert list(table.columns[1:]) == [
        "afnb 4&5, generated street scenes", "apnb, generated street scenes", "uniform"
    ]  # fmt: skip
    assert table.loc["weight of barriers on the banner, times uniform"].tolist()[1:] == [4, 1, 1]


def test_a_weights_file_tells_what_it_holds():
    facts = tables.network(load(ROOT / "results" / "checkpoint" / "full-street.safetensors"))[""]
    assert facts["network"] == "ResNet-18 of width 16, AFNB 4 & 5, APNB, 19 classes"
    assert facts["mIoU, measured here"].endswith(" %") and "generated street scenes" in facts["data"]
    model = ANNN(ModelConfig(classes=5, depth=18, width=8, fuse=()))
    foreign = Pretrained(model=model, source="mmsegmentation", classes=None, about={"notes": ["odd", "even"]})
    assert tables.network(foreign)[""].to_dict() == {
        "file": "of mmsegmentation",
        "network": "ResNet-18 of width 8, APNB, 5 classes",
        "note 1": "odd",
        "note 2": "even",
    }
