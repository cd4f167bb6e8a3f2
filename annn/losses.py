"""The training loss: cross-entropy on the hard pixels (OHEM) plus the auxiliary head's cross-entropy.

Nothing here waits for the GPU: sums mask ignored and easy pixels instead of selecting the others by index. Of several
processes each computes its rows of the global batch; counts and thresholds are those of the global batch, and the mean
of the processes' losses, which `parallel.shared` takes of their gradients, is its loss.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from annn.data.space import IGNORE
from annn.errors import ConfigError
from annn.model import Prediction
from annn.parallel import gathered, size, total


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """The paper's loss on Cityscapes; `ohem=False` gives plain cross-entropy on the main output.

    `threshold`: a pixel is easy from this probability of its true class on. `min_kept`: the minimum number of pixels of
    a batch that count. `class_weights`: one weight per class in train-id order. `balance`: compute the weights from the
    training labels instead (see `balanced_weights`); 0 is off. Raises `ConfigError` for values out of range.
    """

    ohem: bool = True
    threshold: float = 0.7
    min_kept: int = 100_000
    auxiliary_weight: float = 0.4
    class_weights: tuple[float, ...] | None = None
    balance: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.balance <= 1:
            raise ConfigError(f"LossConfig: balance is {self.balance}, expected an exponent in 0..1.")
        if self.balance and self.class_weights is not None:
            raise ConfigError("LossConfig: both balance and class_weights are set; expected at most one of them.")
        if not 0 < self.threshold <= 1:
            raise ConfigError(
                f"LossConfig: threshold is {self.threshold}, expected a probability above 0 and at most 1."
            )
        if self.min_kept < 1:
            raise ConfigError(f"LossConfig: min_kept is {self.min_kept}, expected at least 1 pixel.")
        if not 0 <= self.auxiliary_weight < math.inf:
            raise ConfigError(f"LossConfig: auxiliary_weight is {self.auxiliary_weight}, expected 0 or above.")
        if self.class_weights is not None and not all(0 <= weight < math.inf for weight in self.class_weights):
            raise ConfigError(
                f"LossConfig: class_weights are {self.class_weights}, expected finite values of at least 0."
            )


def segmentation_loss(
    prediction: Prediction, labels: Int64[Tensor, "B H W"], config: LossConfig | None = None
) -> Float[Tensor, ""]:
    """The training loss, in float32: main head (OHEM or plain) + `auxiliary_weight` (0.4) x auxiliary head (plain).

    Raises `ConfigError` if `class_weights` does not match the number of classes.
    """
    config = config if config is not None else LossConfig()
    weight = _class_weights(config, prediction.main)
    if config.ohem:
        loss = ohem_cross_entropy(prediction.main, labels, weight, config.threshold, config.min_kept)
    else:
        loss = cross_entropy(prediction.main, labels, weight)
    if prediction.auxiliary is not None:
        loss = loss + config.auxiliary_weight * cross_entropy(prediction.auxiliary, labels, weight)
    return loss


def balanced_weights(labels: Iterable[UInt8[np.ndarray, "H W"]], classes: int, balance: float) -> tuple[float, ...]:
    """Class weights frequency ** -balance, divided by their mean and then limited to 0.1..10.

    labels: the label maps of the training set (train ids). balance: 0 is plain cross-entropy, 1 is fully balanced, 0.5
    uses the square root. Classes that do not occur get weight 1 and do not count in the mean.
    """
    counts = sum((np.bincount(label.ravel(), minlength=256)[:classes] for label in labels), np.zeros(classes))
    present = counts > 0
    raw = (counts[present] / counts.sum()) ** -balance
    weights = np.ones(classes)
    weights[present] = np.clip(raw / raw.mean(), 0.1, 10)
    return tuple(weights.tolist())


def cross_entropy(
    logits: Float[Tensor, "B K H W"], labels: Int64[Tensor, "B H W"], weight: Float[Tensor, " K"] | None = None
) -> Float[Tensor, ""]:
    """Cross-entropy averaged over the valid pixels, weighted by class: PyTorch's, but 0 if no pixel is valid."""
    losses, valid = _pixel_losses(logits, labels)
    share = valid.to(losses.dtype) if weight is None else weight[torch.where(valid, labels, 0)] * valid
    return (losses * share).sum() / _per_process(share.sum(), torch.finfo(losses.dtype).tiny, losses.dtype)


def ohem_cross_entropy(
    logits: Float[Tensor, "B K H W"],
    labels: Int64[Tensor, "B H W"],
    weight: Float[Tensor, " K"] | None = None,
    threshold: float = 0.7,
    min_kept: int = 100_000,
) -> Float[Tensor, ""]:
    """Cross-entropy averaged over the hard pixels of the batch: online hard example mining, as in the released code.

    Let p be the probability of the true class. The loss keeps the pixels with p < max(threshold, p_hard). p_hard is
    entry `min_kept` (counted from 0) of all valid p in ascending order, or the last entry if there are fewer. So at
    least `min_kept` pixels are kept, apart from ties. Class weights scale each pixel's loss; the mean is unweighted.

    In two cases the released code gives NaN. Here, if no pixel is valid, the loss is 0 with zero gradient. If p <
    p_hard holds for no pixel, because the hardest pixels are tied (such as a single valid pixel), the ties are kept.
    Source: `FSOhemCELoss` of the authors' loss module.
    """
    losses, valid = _pixel_losses(logits, labels)
    probability = torch.exp(-losses.detach())
    limit = _hard_limit(probability, valid, min_kept).clamp_min(threshold)
    kept = valid & ~(probability >= limit)  # not "<": a NaN must reach the loss, so that the training loop stops
    kept = kept | (valid & (probability <= limit) & (total(kept.sum()) == 0))
    if weight is not None:
        losses = losses * weight[torch.where(valid, labels, 0)]
    return torch.where(kept, losses, 0).sum() / _per_process(kept.sum(), 1, losses.dtype)


def _hard_limit(probability: Float[Tensor, "B H W"], valid: Bool[Tensor, "B H W"], min_kept: int) -> Float[Tensor, ""]:
    """Entry `min_kept` of the sorted valid probabilities, or the largest if there are fewer; -inf if none is valid."""
    candidates = torch.where(valid, probability, math.inf).flatten()
    # topk, since kthvalue is not deterministic on CUDA. k is fixed, so that the CPU need not wait for a count.
    count = min(min_kept + 1, candidates.numel() * size())
    hardest = candidates.topk(min(count, candidates.numel()), largest=False, sorted=False).values
    if size() > 1:
        hardest = gathered(hardest).topk(count, largest=False, sorted=False).values
    return torch.where(hardest.isfinite(), hardest, -math.inf).amax()


def _per_process(count: Tensor, least: float, dtype: torch.dtype) -> Float[Tensor, ""]:
    """The global count per process: sums divided by it, averaged over the processes, are the global mean."""
    return total(count).clamp_min(least).to(dtype) / size()


def _pixel_losses(
    logits: Float[Tensor, "B K H W"], labels: Int64[Tensor, "B H W"]
) -> tuple[Float[Tensor, "B H W"], Bool[Tensor, "B H W"]]:
    """Unweighted cross-entropy of each pixel (at least float32, 0 if ignored), and which pixels are valid."""
    exact = logits if logits.dtype == torch.float64 else logits.float()  # autocast may return bfloat16
    # reduction="none": the CUDA kernel that sums is not deterministic
    return F.cross_entropy(exact, labels, ignore_index=IGNORE, reduction="none"), labels != IGNORE


def _class_weights(config: LossConfig, logits: Tensor) -> Tensor | None:
    if config.class_weights is None:
        return None
    if len(config.class_weights) != logits.shape[1]:
        raise ConfigError(
            f"LossConfig: class_weights holds {len(config.class_weights)} values, but the network predicts "
            f"{logits.shape[1]} classes; pass one weight per class of the data set, or None."
        )
    dtype = torch.float64 if logits.dtype == torch.float64 else torch.float32
    return _constant(config.class_weights, dtype, logits.device)


@lru_cache(maxsize=8)  # a copy to the GPU makes the CPU wait: do it once, not in every step
def _constant(values: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor(values, dtype=dtype, device=device)
