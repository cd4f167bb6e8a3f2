"""Do anchors decide? Weight and effect of every anchor on every decision of a data set, for APNB and for AFNB.

The decision of a position is the class with the largest score on Stage5's grid, before upsampling, against the
runner-up. The effect of an anchor on it is what the anchor adds to the margin between the two (`effects`). APNB's
effects are computed by formula, for each position on its own. AFNB's go through a 3x3 convolution and APNB: there, an
anchor is switched off for all positions at once, and the network's head computed again, once for each anchor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from scipy.stats import rankdata
from torch import Tensor
from tqdm import tqdm

from annn.analysis import bootstrap
from annn.analysis.attention import centres
from annn.analysis.effects import check_convention, head, switched_off
from annn.attention import Attention
from annn.augment import normalise
from annn.errors import ConfigError
from annn.model import ANNN
from annn.protocol import WHOLE, Protocol

MEASURES = {
    "weight and effect": "rank correlation of an anchor's weight and its effect on the margin",
    "weight and size": "the same with the size of the effect, whatever its direction",
    "most attended": "decisions that change without the anchor of the largest weight",
    "random, its level": "without another anchor of the same level (mean over all of them)",
    "most effective": "decisions that change without the anchor of the largest effect",
    "random, that level": "without another anchor of the same level as this one",
    "any": "decisions that change without one anchor or another",
}
"""What `Decisions.measures` holds, and what it means."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Decisions:
    """Every decision of one block on one image, N positions and S anchors.

    attention: of the one image. scores: with all anchors. without: those without each anchor. truth: train ids at the
    centre of each position's patch.
    """

    attention: Attention
    scores: Float[Tensor, "N K"]
    without: Float[Tensor, "N S K"]
    truth: UInt8[np.ndarray, " N"]

    @property
    def weights(self) -> Float[Tensor, "N S"]:
        return self.attention.weights[0]

    def margins(self, of: Int[Tensor, " N"], against: Int[Tensor, " N"]) -> Float[Tensor, "N S"]:
        """What each anchor adds to the score of one class over another: the effect on the margin between the two."""
        difference = self.scores[:, None] - self.without
        return (
            torch.take_along_dim(difference, of[:, None, None], 2)[..., 0]
            - (torch.take_along_dim(difference, against[:, None, None], 2)[..., 0])
        )

    @property
    def effects(self) -> Float[Tensor, "N S"]:
        """Of each anchor on the margin of the predicted class over the runner-up."""
        best = self.scores.topk(2, dim=1).indices
        return self.margins(best[:, 0], best[:, 1])

    @property
    def changes(self) -> Bool[Tensor, "N S"]:
        """Whether a position is decided otherwise without an anchor."""
        return self.without.argmax(2) != self.scores.argmax(1, keepdim=True)

    def measures(self) -> dict[str, Float[np.ndarray, " N"]]:
        """`MEASURES` for each position; shares as 0 or 1, so that means over positions are shares of decisions.

        Most attended and most effective anchors are those of the levels with several anchors: the 1x1 anchor has no
        other of its level to be compared with.
        """
        effects, changes = self.effects, self.changes.double()
        levels = self.attention.levels()
        several = [level for level in levels if level.stop - level.start > 1] or levels
        attended, effective = (_largest_in(values, several) for values in (self.weights, effects))
        return {
            "weight and effect": rank_correlation(self.weights.numpy(), effects.numpy()),
            "weight and size": rank_correlation(self.weights.numpy(), effects.abs().numpy()),
            "most attended": changes.gather(1, attended)[:, 0].numpy(),
            "random, its level": _others(changes, attended, several).numpy(),
            "most effective": changes.gather(1, effective)[:, 0].numpy(),
            "random, that level": _others(changes, effective, several).numpy(),
            "any": changes.amax(1).numpy(),
        }


def rank_correlation(a: Float[np.ndarray, "N S"], b: Float[np.ndarray, "N S"]) -> Float[np.ndarray, " N"]:
    """Spearman's correlation of each row of `a` with that of `b`; NaN where a row is constant."""
    ranks = [rankdata(values, axis=1) for values in (a, b)]
    centred = [values - values.mean(1, keepdims=True) for values in ranks]
    norms = [np.sqrt((values**2).sum(1)) for values in centred]
    with np.errstate(invalid="ignore"):
        return (centred[0] * centred[1]).sum(1) / (norms[0] * norms[1])


def _largest_in(values: Float[Tensor, "N S"], levels: Sequence[slice]) -> Int[Tensor, "N 1"]:
    """The anchor of the largest value among those of some levels."""
    allowed = torch.full_like(values, -torch.inf)
    for level in levels:
        allowed[:, level] = values[:, level]
    return allowed.argmax(1, keepdim=True)


def _others(values: Float[Tensor, "N S"], chosen: Int[Tensor, "N 1"], levels: Sequence[slice]) -> Float[Tensor, " N"]:
    """The mean over the other anchors of the level in which the chosen one is."""
    mean = torch.zeros(len(values), dtype=values.dtype)
    own = values.gather(1, chosen)[:, 0]
    for level in levels:
        here = ((chosen >= level.start) & (chosen < level.stop))[:, 0]
        others = max(1, level.stop - level.start - 1)
        mean = torch.where(here, (values[:, level].sum(1) - own) / others, mean)
    return mean


@torch.no_grad()
def decisions(
    model: ANNN,
    image: UInt8[np.ndarray, "H W 3"],
    truth: UInt8[np.ndarray, "h w"],
    block: str = "apnb",
    convention: str = "removed",
) -> Decisions:
    """The decisions of a network about an image, with and without each anchor of a block.

    block: as in `ANNN.attention`. truth: train ids at any size. The model is put into eval mode. Raises ConfigError for
    an unknown block or convention.
    """
    check_convention(convention)
    model.eval()
    images = normalise(image)[None].to(next(model.parameters()).device)
    stages = model.backbone(images)
    attention = _attention(model, images, block)
    if block == str(model.config.context):
        found = head(model, images)
        scores = found.scores()[0]
        without = scores[:, None] - found.effects(None, convention)[0]
    else:
        scores = model.scores(stages)[0].flatten(1).T
        without = torch.stack(
            [
                _scores_without(model, stages, block, [anchor], convention)
                for anchor in range(attention.weights.shape[2])
            ],
            dim=1,
        )
    rows, columns = centres(attention.query_grid, (truth.shape[0], truth.shape[1]))
    return Decisions(
        attention=replace(attention, weights=attention.weights.float().cpu()),
        scores=scores.cpu(),
        without=without.cpu(),
        truth=truth[rows, columns],
    )


def _attention(model: ANNN, images: Tensor, block: str) -> Attention:
    there = model.attention(images)
    if block not in there:
        raise ConfigError(f"block={block!r}: the network has {' and '.join(map(repr, there)) or 'no block'}.")
    return there[block]


def _scores_without(model: ANNN, stages: Any, block: str, off: list[int], convention: str) -> Float[Tensor, "N K"]:
    with switched_off(model, {block: off}, convention):
        return model.scores(stages)[0].flatten(1).T


@dataclass(kw_only=True, eq=False)
class DecisionStatistics:
    """Means of `MEASURES` over the decisions of I images, by class of the truth (K classes).

    counts, sums: of the positions with a value, by measure, a row per image.
    """

    classes: tuple[str, ...]
    counts: dict[str, Float[np.ndarray, "I K"]]
    sums: dict[str, Float[np.ndarray, "I K"]]

    @property
    def images(self) -> int:
        return len(next(iter(self.counts.values())))

    @property
    def positions(self) -> int:
        """The number of decisions that count."""
        return int(self.counts["any"].sum())

    def overall(self, measure: str) -> tuple[float, float, float]:
        """The mean over all positions, and its 95 % interval over images (bootstrap)."""
        weights = bootstrap.once_and_resampled(self.images)
        with np.errstate(invalid="ignore"):
            mean = (weights @ self.sums[measure].sum(1)) / (weights @ self.counts[measure].sum(1))
        return (float(mean[0]), *bootstrap.interval(mean[1:]))

    def by_class(self, measure: str) -> dict[str, tuple[float, float, float, int]]:
        """The same for each class that has positions, and their number."""
        weights = bootstrap.once_and_resampled(self.images)
        with np.errstate(invalid="ignore"):
            means = (weights @ self.sums[measure]) / (weights @ self.counts[measure])
        numbers = self.counts[measure].sum(0)
        return {
            name: (float(mean[0]), *bootstrap.interval(mean[1:]), int(number))
            for name, mean, number in zip(self.classes, means.T, numbers, strict=True)
            if number
        }


def decision_statistics(
    model: ANNN,
    samples: Iterable[Any],
    classes: tuple[str, ...],
    block: str = "apnb",
    convention: str = "removed",
    *,
    protocol: Protocol = WHOLE,
    progress: bool = True,
) -> DecisionStatistics:
    """Measure every decision of a network over samples (objects with `image` and `label`, train ids).

    protocol: whose first scale the network sees the images at. Positions whose truth does not count are left out.
    """
    bar = tqdm(samples, desc=f"effects of {block}", unit="image", disable=not progress)
    lines = list(
        _lines(bar, len(classes), lambda s: decisions(model, protocol.view(s.image), s.label, block, convention))
    )
    if not lines:
        raise ConfigError("samples: there is no image; expected one at least.")
    gathered = {name: np.stack([line[name] for line in lines]) for name in MEASURES}  # I x K x 2
    return DecisionStatistics(
        classes=classes,
        counts={name: values[..., 0] for name, values in gathered.items()},
        sums={name: values[..., 1] for name, values in gathered.items()},
    )


def _lines(
    samples: Iterable[Any], classes: int, decide: Callable[[Any], Decisions]
) -> Iterator[dict[str, Float[np.ndarray, "K 2"]]]:
    for sample in samples:
        found = decide(sample)
        line = {}
        for name, values in found.measures().items():
            counted = (found.truth < classes) & ~np.isnan(values)
            member = np.eye(classes)[found.truth[counted]]
            line[name] = np.stack([member.sum(0), member.T @ values[counted]], axis=1)
        yield line
