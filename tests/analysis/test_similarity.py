"""CKA is the mathematics it claims to be."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from annn.analysis import stages
from annn.analysis.similarity import LinearCKA, affordable_groups, debiased_hsic, positions
from annn.backbone import ResNet
from annn.errors import ConfigError
from annn.model import ModelConfig


@pytest.fixture
def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def features(random: torch.Generator, samples: int, channels: int) -> Tensor:
    return torch.randn(samples, channels, generator=random, dtype=torch.float64) + 3


def cka(x: Tensor, y: Tensor, batches: int = 1) -> float:
    measured = LinearCKA()
    for a, b in zip(x.chunk(batches), y.chunk(batches), strict=True):
        measured.add(a, b)
    return measured.value()


def textbook_hsic(x: Tensor, y: Tensor) -> float:
    """Equation 5 of Song et al. with the kernel matrices written out."""
    n = len(x)
    k, m = x @ x.T, y @ y.T
    k.fill_diagonal_(0)
    m.fill_diagonal_(0)
    one = torch.ones(n, dtype=x.dtype)
    terms = (k @ m).trace() + one @ k @ one * (one @ m @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * one @ k @ m @ one
    return float(terms / (n * (n - 3)))


def test_hsic_is_the_textbooks(random: torch.Generator) -> None:
    x, y = features(random, 30, 5), features(random, 30, 7)
    assert debiased_hsic(x, y) == pytest.approx(textbook_hsic(x, y), rel=1e-9, abs=1e-12)


def test_hsic_of_independent_features_is_zero_on_average(random: torch.Generator) -> None:
    values = [debiased_hsic(features(random, 12, 4), features(random, 12, 3)) for _ in range(400)]
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(len(values))


def test_the_same_features_have_cka_one(random: torch.Generator) -> None:
    x = features(random, 40, 6)
    assert cka(x, x) == pytest.approx(1, abs=1e-12)


def test_rotation_scale_and_shift_change_nothing(random: torch.Generator) -> None:
    x, y = features(random, 50, 6), features(random, 50, 4)
    y = y + x[:, :4]
    rotation, _ = torch.linalg.qr(features(random, 6, 6))
    expected = cka(x, y)
    assert 0.1 < expected < 0.9
    assert cka(x @ rotation, y) == pytest.approx(expected, abs=1e-9)
    assert cka(1e-3 * x, 1e4 * y) == pytest.approx(expected, abs=1e-9)
    assert cka(x + 100, y - 5) == pytest.approx(expected, abs=1e-7)


def test_cka_is_symmetric(random: torch.Generator) -> None:
    x = features(random, 30, 5)
    y = torch.cat([x[:, :2], features(random, 30, 3)], dim=1)
    assert cka(x, y) == pytest.approx(cka(y, x), abs=1e-12)


def test_another_linear_map_does_change_it(random: torch.Generator) -> None:
    x = features(random, 200, 6)
    assert cka(x, x * torch.tensor([100.0, 1, 1, 1, 1, 1])) < 0.9


@pytest.mark.parametrize("batches", [2, 7, 60])
def test_batches_add_up_to_the_whole(random: torch.Generator, batches: int) -> None:
    x = features(random, 60, 8)
    y = x @ features(random, 8, 5) + features(random, 60, 5)
    assert cka(x, y, batches) == pytest.approx(cka(x, y), rel=1e-9)


def test_unrelated_features_have_cka_about_zero_in_many_channels(random: torch.Generator) -> None:
    assert abs(cka(features(random, 300, 200), features(random, 300, 200))) < 0.05


def test_taken_twice_is_taken_once(random: torch.Generator) -> None:
    """Copies count as the same sample, so the weights of all images may be doubled: nearly nothing changes."""
    x = features(random, 400, 5)
    y = x[:, :3] + features(random, 400, 3)
    measured = LinearCKA()
    for a, b in zip(x.chunk(20), y.chunk(20), strict=True):
        measured.add(a, b)
    assert measured.value(torch.full((20,), 2.0)) == pytest.approx(measured.value(), abs=2e-3)
    kept = torch.ones(20)
    kept[3] = 0
    without = torch.cat([torch.arange(60), torch.arange(80, 400)])
    assert measured.value(kept) == pytest.approx(cka(x[without], y[without]), rel=1e-9)


def test_the_interval_holds_the_value_and_narrows_with_images(random: torch.Generator) -> None:
    widths = []
    for images in (10, 160):
        measured = LinearCKA()
        for _ in range(images):
            x = features(random, 8, 4)
            measured.add(x, x + 2 * features(random, 8, 4))
        found = measured.interval(draws=60)
        assert found.low <= found.cka <= found.high
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 2


def test_refuses_what_it_cannot_compare(random: torch.Generator) -> None:
    with pytest.raises(ConfigError, match="4 and of 5 samples"):
        LinearCKA().add(features(random, 4, 2), features(random, 5, 2))
    measured = LinearCKA()
    measured.add(features(random, 3, 2), features(random, 3, 2))
    with pytest.raises(ConfigError, match="fewer than 4"):
        measured.value()


def test_features_that_do_not_vary_have_no_cka(random: torch.Generator) -> None:
    assert math.isnan(cka(torch.ones(10, 3), features(random, 10, 3)))


def test_positions_are_the_same_places_in_maps_of_any_size() -> None:
    rows, columns = positions(10, 20, 50, image=3)
    fine_rows, fine_columns = positions(40, 80, 50, image=3)
    assert torch.equal(fine_rows // 4, rows) and torch.equal(fine_columns // 4, columns)
    assert int(rows.max()) < 10 and int(columns.max()) < 20
    assert not torch.equal(positions(10, 20, 50, image=4)[0], rows)


@pytest.fixture(scope="module")
def backbones() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return ResNet(depth=18, width=8), ResNet(depth=18, width=8)


def test_a_network_is_like_itself_in_every_stage(backbones: tuple[nn.Module, nn.Module]) -> None:
    images = list(np.random.default_rng(0).integers(0, 256, (4, 32, 64, 3), dtype=np.uint8))
    pairs = {"itself": (backbones[0], backbones[0]), "other": backbones}
    found = stages.similarity(pairs, images, count=16, groups=3, draws=10, progress=False)
    assert list(found.columns) == ["pair", "stage", "cka", "low", "high"]
    assert found[found["pair"] == "itself"]["cka"].to_numpy() == pytest.approx(np.ones(5), abs=1e-9)
    assert (found[found["pair"] == "other"]["cka"] < 0.999).all()


def test_wide_networks_are_drawn_in_fewer_groups() -> None:
    assert affordable_groups(128, 128) == affordable_groups(512, 512) == 100
    assert affordable_groups(2048, 2048) == 20
    assert affordable_groups(100_000, 2048) == 2


def measured(**pairs: Sequence[float]) -> pd.DataFrame:
    names = {"pair": stages.PAIR, "seeds": stages.SEEDS, "task": stages.TASK, "apart": stages.APART}
    lines = [(names[name], *line) for name, values in pairs.items() for line in enumerate(values, 1)]
    return pd.DataFrame(lines, columns=["pair", "stage", "cka"]).assign(low=lambda x: x.cka, high=lambda x: x.cka)


@pytest.mark.parametrize(
    ("pair", "seeds", "said"),
    [
        (
            (0.67, 0.45, 0.39, 0.36, 0.49),
            (0.78, 0.67, 0.66, 0.68, 0.77),
            "its largest fall is between Stage1 and Stage2 (0.22); the claim expects it between Stage3 and Stage4, "
            "where CKA falls by 0.03 here. Two segmentation networks from the same start have 0.78, 0.67, 0.66, 0.68, "
            "0.77: this is what chance in the training changes. The change of task goes beyond it most in Stage4 (by "
            "0.32).",
        ),
        ((0.9, 0.8, 0.8, 0.8, 0.6), (1, 1, 1, 1, 1), "where CKA stays as it is here."),
        ((0.9, 0.8, 0.6, 0.7, 0.6), (1, 1, 1, 1, 1), "where CKA rises by 0.10 here."),
        ((0.9, 0.8, 0.8, 0.3, 0.2), (1, 1, 1, 1, 1), "Stage4 (0.50), where the claim expects it. Two segmentation"),
        ((0.1, 0.2, 0.3, 0.4, 0.5), (1, 1, 1, 1, 1), "it never falls, but the claim expects a fall between Stage3"),
        ((0.9, 0.8, 0.7, 0.6, 0.5), (0.8, 0.7, 0.7, 0.6, 0.3), "The change of task goes beyond it in no stage."),
    ],
)
def test_the_conclusion_says_what_was_measured(pair: Sequence[float], seeds: Sequence[float], said: str) -> None:
    assert said in stages.conclusion(measured(pair=pair, seeds=seeds))
    assert "There is no control" in stages.conclusion(measured(pair=pair))


def test_start_and_task_come_apart() -> None:
    text = stages.conclusion(
        measured(
            pair=(0.9, 0.9, 0.8, 0.6, 0.5), seeds=(1, 1, 1, 0.9, 0.9), task=(0.5, 0.5, 0.5, 0.5, 0.7),
            apart=(0.5, 0.4, 0.3, 0.2, 0.2),
        )
    )  # fmt: skip
    assert "the shared start adds +0.40, +0.50, +0.50, +0.40, +0.30" in text
    assert "the shared task adds +0.00, +0.10, +0.20, +0.30, +0.50" in text


def test_the_pairs_are_those_that_there_are_networks_for() -> None:
    config = ModelConfig(classes=2, depth=18, width=8)
    roles = ("classification", "segmentation", "second seed", "random start")
    networks = {role: ResNet(depth=18, width=8) for role in roles}
    pairs = stages.pairs_of(networks, config, 0)
    assert list(pairs) == [stages.PAIR, stages.SEEDS, stages.TASK, stages.APART, stages.UNTRAINED]
    assert pairs[stages.APART] == (networks["classification"], networks["random start"])
    few = stages.pairs_of({role: networks[role] for role in roles[:2]}, config, 0)
    assert list(few) == [stages.PAIR, stages.UNTRAINED]


def test_equal_maps_have_equal_colors() -> None:
    maps = torch.rand(5, 6, 7)
    first, second = stages.shared_colors([maps, maps.clone()])
    assert first.shape == (6, 7, 3) and first.min() >= 0 and first.max() <= 1
    np.testing.assert_allclose(first, second, atol=1e-6)
    first, scaled = stages.shared_colors([maps, 10 * maps + 3])
    np.testing.assert_allclose(first, scaled, atol=1e-6)


def test_the_channel_mean_lies_between_zero_and_one() -> None:
    maps = torch.randn(5, 6, 7) * torch.tensor([1.0, 10, 100, 0, 3])[:, None, None]
    mean = stages.channel_mean(maps)
    assert mean.shape == (6, 7) and mean.min() >= 0 and mean.max() <= 1
