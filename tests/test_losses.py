"""The loss equals a loop over pixels that follows the released code line by line."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from annn.data.space import IGNORE
from annn.errors import ConfigError
from annn.losses import LossConfig, balanced_weights, cross_entropy, ohem_cross_entropy, segmentation_loss
from annn.model import Prediction

K = 4
WEIGHT = torch.tensor([0.5, 1.0, 2.0, 0.25])


def batch(seed: int, ignored: float = 0.3, sharp: float = 3.0) -> tuple[Tensor, Tensor]:
    """Random logits [2, K, 5, 6] and labels, some ignored."""
    rng = torch.Generator().manual_seed(seed)
    logits = sharp * torch.randn(2, K, 5, 6, generator=rng)
    labels = torch.randint(0, K, (2, 5, 6), generator=rng)
    return logits, torch.where(torch.rand(2, 5, 6, generator=rng) < ignored, IGNORE, labels)


def loop(logits: Tensor, labels: Tensor, weight: Tensor | None, threshold: float, min_kept: int) -> float:
    """OHEM pixel by pixel, in float64."""
    pixels = []
    for scores, label in zip(logits.double().permute(0, 2, 3, 1).reshape(-1, K).numpy(), labels.flatten(), strict=True):
        if label != IGNORE:
            probability = np.exp(scores[label] - scores.max()) / np.exp(scores - scores.max()).sum()
            scale = 1.0 if weight is None else float(weight[label])
            pixels.append((probability, -scale * math.log(probability)))
    pixels.sort()
    limit = max(threshold, pixels[min(min_kept, len(pixels) - 1)][0])
    kept = [loss for probability, loss in pixels if probability < limit]
    return sum(kept) / len(kept)


@settings(deadline=None)
@given(
    seed=st.integers(0, 10**6), threshold=st.sampled_from([0.1, 0.7, 1.0]), min_kept=st.integers(1, 80),
    weighted=st.booleans(), sharp=st.sampled_from([0.1, 3.0]),
)  # fmt: skip
def test_ohem_equals_the_loop(seed: int, threshold: float, min_kept: int, weighted: bool, sharp: float):
    logits, labels = batch(seed, sharp=sharp)
    weight = WEIGHT if weighted else None
    ours = ohem_cross_entropy(logits.double(), labels, None if weight is None else weight.double(), threshold, min_kept)
    assert float(ours) == pytest.approx(loop(logits, labels, weight, threshold, min_kept), rel=1e-10)


def test_exactly_min_kept_pixels_are_kept_where_all_are_easy():
    logits, labels = batch(0, ignored=0)
    logits = (logits + 20 * F.one_hot(labels, K).permute(0, 3, 1, 2)).double().requires_grad_()  # every p is above 0.7
    ohem_cross_entropy(logits, labels, min_kept=7).backward()
    assert logits.grad is not None
    assert int((logits.grad != 0).any(dim=1).sum()) == 7


def test_only_kept_pixels_get_gradients_and_ignored_ones_never():
    logits, labels = batch(1)
    logits.requires_grad_()
    ohem_cross_entropy(logits, labels, min_kept=5).backward()
    assert logits.grad is not None
    probability = logits.softmax(1).gather(1, torch.where(labels == IGNORE, 0, labels)[:, None])[:, 0]
    hard = (labels != IGNORE) & (probability < 0.7)
    assert torch.equal((logits.grad != 0).any(dim=1), hard)


@pytest.mark.parametrize("loss", [cross_entropy, ohem_cross_entropy])
def test_without_a_valid_pixel_the_loss_is_zero_with_a_zero_gradient(loss):
    logits, labels = batch(2, ignored=1)
    logits.requires_grad_()
    for weight in (None, WEIGHT):
        value = loss(logits, labels, weight)
        value.backward()
        assert value == 0
        assert logits.grad is not None and not logits.grad.any()


@pytest.mark.parametrize("true_class_logit", [0.0, 5.0], ids=["p=1/4", "p=0.98"])
def test_equal_pixels_are_all_kept(true_class_logit: float):
    _, labels = batch(3)
    logits = true_class_logit * F.one_hot(torch.where(labels == IGNORE, 0, labels), K).permute(0, 3, 1, 2).float()
    for min_kept in (1, 10, 100_000):
        value = ohem_cross_entropy(logits, labels, min_kept=min_kept)
        assert value == pytest.approx(math.log(1 + 3 * math.exp(-true_class_logit)), rel=1e-6)


def test_a_single_valid_pixel_still_teaches_something():
    logits, labels = batch(4, ignored=1)
    labels[0, 0, 0] = 1
    logits[0, 1, 0, 0] = 9.0
    assert ohem_cross_entropy(logits, labels) == pytest.approx(float(cross_entropy(logits, labels)))
    assert cross_entropy(logits, labels) > 0


def test_a_probability_at_the_threshold_is_easy():
    logits = torch.tensor([[1.0, 2.0], [0.0, 0.0]], dtype=torch.float64).reshape(1, 2, 1, 2)
    labels = torch.zeros(1, 1, 2, dtype=torch.int64)
    hard, easy = F.cross_entropy(logits, labels, reduction="none").flatten()
    value = ohem_cross_entropy(logits, labels, threshold=float(torch.exp(-easy)), min_kept=1)
    assert value == hard > easy


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_plain_cross_entropy_is_that_of_pytorch(weight: Tensor | None):
    logits, labels = batch(5)
    expected = F.cross_entropy(logits, labels, weight=weight, ignore_index=IGNORE)
    torch.testing.assert_close(cross_entropy(logits, labels, weight), expected)


@pytest.mark.parametrize("ohem", [True, False])
def test_the_auxiliary_head_adds_four_tenths_of_plain_cross_entropy(ohem: bool):
    (main, labels), (auxiliary, _) = batch(6), batch(7)
    config = LossConfig(ohem=ohem, min_kept=5, class_weights=tuple(WEIGHT.tolist()))
    head = ohem_cross_entropy(main, labels, WEIGHT, 0.7, 5) if ohem else cross_entropy(main, labels, WEIGHT)
    alone = segmentation_loss(Prediction(main, None), labels, config)
    both = segmentation_loss(Prediction(main, auxiliary), labels, config)
    torch.testing.assert_close(alone, head)
    torch.testing.assert_close(both, head + 0.4 * cross_entropy(auxiliary, labels, WEIGHT))


def test_bfloat16_logits_are_scored_in_float32():
    logits, labels = batch(8)
    half = logits.bfloat16()
    value = segmentation_loss(Prediction(half, half), labels)
    assert value.dtype == torch.float32
    assert torch.equal(value, segmentation_loss(Prediction(half.float(), half.float()), labels))


@pytest.mark.parametrize("loss", [cross_entropy, ohem_cross_entropy])
def test_a_diverged_network_is_not_hidden(loss):
    logits, labels = batch(9, ignored=0)
    logits[0, 0, 0, 0] = math.nan
    assert loss(logits, labels).isnan()
    assert loss(torch.full_like(logits, math.nan), labels).isnan()


def test_class_weights_must_fit_the_classes():
    logits, labels = batch(10)
    with pytest.raises(ConfigError, match=r"class_weights holds 2 values, .* 4 classes"):
        segmentation_loss(Prediction(logits, None), labels, LossConfig(class_weights=(1.0, 1.0)))


@pytest.mark.parametrize(
    "wrong", [{"threshold": 0.0}, {"min_kept": 0}, {"auxiliary_weight": -1.0}, {"class_weights": (1.0, math.nan)}]
)
def test_settings_out_of_range_are_refused(wrong: dict):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        LossConfig(**wrong)


def test_balanced_weights_follow_the_frequencies_and_average_to_one():
    labels = [np.array([[0, 0, 0, 0], [1, 255, 255, 255]], dtype=np.uint8)]
    weights = balanced_weights(labels, 3, 0.5)
    assert weights[1] / weights[0] == pytest.approx(2)  # a quarter of the pixels, twice the weight
    assert (weights[0] + weights[1]) / 2 == pytest.approx(1)
    assert weights[2] == 1
    assert balanced_weights(labels, 3, 0.0) == (1, 1, 1)


@pytest.mark.parametrize("settings", [{"balance": 2}, {"balance": 0.5, "class_weights": (1.0,)}])
def test_balance_that_cannot_work_is_refused(settings):
    with pytest.raises(ConfigError, match="balance"):
        LossConfig(**settings)
