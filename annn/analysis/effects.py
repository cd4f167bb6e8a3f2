"""What an anchor does to a decision: exact effects of single anchors, and the network without some of them.

In eval mode the class scores of a position n, before upsampling, are Wc ReLU(p_n + A_n U) + b: p_n is what the position
brings itself, U (S x O) what each anchor answers (`blocks.Terms`), Wc and b the classifier. The sum inside is linear in
the anchors, so the scores without one of them cost a ReLU and a small product, for all anchors at once.

Two conventions for what is switched off:

    removed        its terms are left out, the other weights stay
    renormalised   the other weights are scaled up to sum to one again, as if it had never been there

Where nothing is left to scale (all anchors are off, or one has all the weight), both leave the position's own part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from annn.attention import Attention, Sampling
from annn.blocks import AFNB, APNB, AsymmetricAttention
from annn.errors import ConfigError
from annn.model import ANNN

CONVENTIONS = ("removed", "renormalised")
_AT_ONCE = 2**24  # numbers in a temporary: queries x anchors x channels


@dataclass(frozen=True, kw_only=True)
class Rectangle:
    """A rectangle of an image in fractions of its height and width, such as (0, 0.5, 1, 1) for its right half."""

    top: float
    left: float
    bottom: float
    right: float

    def __post_init__(self) -> None:
        if not (0 <= self.top < self.bottom <= 1 and 0 <= self.left < self.right <= 1):
            raise ConfigError(
                f"Rectangle: found top={self.top:g}, left={self.left:g}, bottom={self.bottom:g}, right={self.right:g}; "
                "expected fractions of the image, 0 <= top < bottom <= 1 and 0 <= left < right <= 1."
            )

    def covers(self, grid: tuple[int, int]) -> Float[Tensor, " M"]:
        """How much of each position of a grid that covers the image lies inside, from 0 to 1 (float64, row-major)."""
        rows, columns = (
            ((edge + 1).clamp(max=high * len(edge)) - edge.clamp(min=low * len(edge))).clamp(min=0)
            for edge, low, high in (
                (torch.arange(grid[0], dtype=torch.float64), self.top, self.bottom),
                (torch.arange(grid[1], dtype=torch.float64), self.left, self.right),
            )
        )
        return torch.outer(rows, columns).flatten()


Off: TypeAlias = Sequence[int] | str | Rectangle
"""What is switched off in a block: indices into S, a pyramid level such as "3x3", "all", or a rectangle of the image.

A rectangle switches off positions: each anchor keeps the part of its response that comes from outside.
"""


def check_convention(convention: str) -> None:
    """Raises ConfigError for an unknown convention."""
    if convention not in CONVENTIONS:
        raise ConfigError(f"convention={convention!r} is not known; choose one of {', '.join(map(repr, CONVENTIONS))}.")


class Head(NamedTuple):
    """Everything behind APNB's anchors: Wc ReLU(own + weights @ responses) + bias is `ANNN.scores`."""

    own: Float[Tensor, "B N O"]
    weights: Float[Tensor, "B N S"]
    responses: Float[Tensor, "B S O"]
    classifier: Float[Tensor, "K O"]
    bias: Float[Tensor, " K"]

    def scores(self, off: Int[Tensor, " _"] | None = None, convention: str = "removed") -> Float[Tensor, "B N K"]:
        """The class scores of every position without the anchors `off`; with all of them when None."""
        keep = torch.ones(self.weights.shape[2], dtype=torch.bool, device=self.weights.device)
        keep[[] if off is None else off] = False
        weights = kept_weights(self.weights, keep, convention)
        return self._classified(torch.baddbmm(self.own, weights, self.responses))

    def effects(self, queries: Int[Tensor, " Q"] | None, convention: str) -> Float[Tensor, "B Q S K"]:
        """See `effects`."""
        check_convention(convention)
        every = torch.arange(self.own.shape[1], device=self.own.device)
        parts = (every if queries is None else queries.to(every)).split(self._at_once())
        return torch.cat([self._effects(part, convention) for part in parts], dim=1)

    def _at_once(self) -> int:
        batch, anchors, channels = self.responses.shape
        return max(1, _AT_ONCE // (batch * anchors * channels))

    def _effects(self, queries: Tensor, convention: str) -> Tensor:
        own, weights = self.own[:, queries, None], self.weights[:, queries, :, None]
        terms = weights * self.responses[:, None]
        rest = terms.sum(2, keepdim=True) - terms
        if convention == "renormalised":
            rest, left = _sum_of_others(terms), _sum_of_others(weights)
            rest = torch.where(left > 0, rest / left.clamp_min(_smallest(left)), torch.zeros_like(rest))
        every = self._classified(own + terms.sum(2, keepdim=True))
        return every - self._classified(own + rest)

    def _classified(self, total: Tensor) -> Tensor:
        return F.linear(total.relu(), self.classifier, self.bias)


def _smallest(like: Tensor) -> float:
    return torch.finfo(like.dtype).tiny


def _sum_of_others(x: Float[Tensor, "B Q S C"]) -> Float[Tensor, "B Q S C"]:
    """For each anchor, the sum over all others, without a difference: of a weight near one almost nothing is left."""
    zero = torch.zeros_like(x[:, :, :1])
    before = torch.cat([zero, x[:, :, :-1]], dim=2).cumsum(2)
    behind = torch.cat([zero, x[:, :, 1:].flip(2)], dim=2).cumsum(2).flip(2)
    return before + behind


def kept_weights(
    weights: Float[Tensor, "B N S"], keep: Bool[Tensor, " S"] | Float[Tensor, " S"], convention: str
) -> Float[Tensor, "B N S"]:
    """The weights of the anchors that are kept; `keep` is 1 or 0 for each, or the part of each that is left.

    removed: the others are zero. renormalised: what is left of the weights sums to one; zero where nothing is left.
    """
    check_convention(convention)
    kept = weights * keep.to(weights) if keep.dtype == torch.bool else weights
    if convention == "removed":
        return kept
    left = (weights * keep.to(weights)).sum(2, keepdim=True)
    return torch.where(left > 0, kept / left.clamp_min(_smallest(left)), torch.zeros_like(kept))


@torch.no_grad()
def head(model: ANNN, images: Float[Tensor, "B 3 h w"]) -> Head:
    """What lies behind the anchors of the context block, for normalised images; the model is put into eval mode.

    Raises ConfigError for a network without APNB or the dense block.
    """
    model.eval()
    _context(model)
    return head_of(model, model.reduce(model.features(images)))


def head_of(model: ANNN, reduced: Float[Tensor, "B C H W"]) -> Head:
    """The head of a network in eval mode from the map that its context block reads: what `model.reduce` gives.

    Raises ConfigError as `head`, and in training mode.
    """
    terms = _context(model).terms(reduced)
    classifier = model.classifier[1]
    assert isinstance(classifier, nn.Conv2d) and classifier.bias is not None
    return Head(*terms, classifier.weight.flatten(1), classifier.bias)


def _context(model: ANNN) -> APNB:
    if not isinstance(model.context, APNB):
        raise ConfigError(
            f"context={model.config.context!r}: effects are those of the anchors of APNB (or the dense block), which "
            "this network has not. `without` switches off anchors of AFNB."
        )
    return model.context


def effects(
    model: ANNN,
    images: Float[Tensor, "B 3 h w"],
    queries: Int[Tensor, " Q"] | None = None,
    convention: str = "removed",
) -> Float[Tensor, "B Q S K"]:
    """What each anchor of the context block adds to each class score of a query: the score minus that without it.

    images: normalised. queries: indices into the N positions of Stage5's grid, row-major; all when None (B x N x S x K
    numbers). The scores are those before upsampling (`ANNN.scores`). Scores of one position may all be shifted by one
    number without changing its probabilities; only differences between classes mean something. Raises ConfigError for
    an unknown convention, and for a network without APNB.
    """
    check_convention(convention)
    return head(model, images).effects(queries, convention)


@torch.no_grad()
def without(
    model: ANNN,
    images: Float[Tensor, "B 3 h w"],
    off: Mapping[str, Off],
    convention: str = "removed",
    size: tuple[int, int] | None = None,
) -> Float[Tensor, "B K H W"]:
    """The logits of the network with anchors switched off, by a forward pass through its own modules.

    images: normalised. off: for each block, named as in `ANNN.attention` ("apnb", "afnb 4&5"), what to switch off, see
    `Off`. size: of the logits, (H, W); the images' by default. The model is put into eval mode. Raises ConfigError for
    an unknown block, anchor, level or convention, and for a rectangle where anchors have no positions (max pooling).
    """
    model.eval()
    with switched_off(model, off, convention):
        return model(images, size).main


@contextmanager
def switched_off(model: ANNN, off: Mapping[str, Off], convention: str = "removed") -> Iterator[None]:
    """Inside the block, forward passes of the model (in any mode) do without these anchors; see `without`."""
    check_convention(convention)
    branches = _branches(model)
    unknown = [name for name in off if name not in branches]
    if unknown:
        raise ConfigError(
            f"off: the network has no block {unknown[0]!r}; expected {' or '.join(map(repr, branches)) or 'none'}."
        )
    handles = [
        branches[name].register_forward_hook(partial(_masked, choice=choice, convention=convention, name=name))
        for name, choice in off.items()
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _branches(model: ANNN) -> dict[str, AsymmetricAttention]:
    """The attention of each block, named as in `ANNN.attention`."""
    found: dict[str, Any] = {}
    for target, block in model.fusion.items():
        assert isinstance(block, AFNB)
        sources = sorted(s for s, t in model.config.fuse if t == int(target))
        found |= {f"afnb {s}&{target}": branch for s, branch in zip(sources, block.branches, strict=True)}
    if isinstance(model.context, APNB):
        found[str(model.config.context)] = model.context.branch
    return found


def _masked(
    branch: AsymmetricAttention, inputs: tuple[Tensor, Tensor], result: tuple[Tensor, Tensor], *, choice: Off,
    convention: str, name: str,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    weights, responses = result
    low = inputs[0]
    grid = (low.shape[2], low.shape[3])
    if isinstance(choice, Rectangle):
        outside = 1 - choice.covers(grid).to(weights)
        part = (branch.sampling.matrix(grid).to(weights) * outside).sum(1)
        values = branch.key(low) if branch.value is None else branch.value(low)
        answers = branch.W(values) * outside.view(1, 1, *grid)
        return kept_weights(weights, part, convention), branch.sampling.pool(answers)
    keep = torch.ones(weights.shape[2], dtype=torch.bool, device=weights.device)
    keep[anchors_of(choice, branch.sampling, grid, name)] = False
    return kept_weights(weights, keep, convention), responses


def anchors_of(choice: Sequence[int] | str, sampling: Sampling, grid: tuple[int, int], name: str = "") -> list[int]:
    """The indices into S that are meant: those of a level such as "3x3", of all, or the indices themselves.

    Raises ConfigError for a level or an index that is not there.
    """
    count = sampling.count(grid)
    if isinstance(choice, str):
        levels = {"all": slice(0, count)}
        if sampling.pyramid is not None and not sampling.drawn:
            names = [f"{s}x{s}" for s in sampling.pyramid]
            levels |= dict(zip(names, sampling.levels(grid), strict=True))
        if choice not in levels:
            raise ConfigError(
                f"off[{name!r}]={choice!r} is no level of this block; expected {', '.join(map(repr, levels))}, or "
                "indices of anchors."
            )
        return list(range(count))[levels[choice]]
    wrong = [index for index in choice if not 0 <= index < count]
    if wrong:
        raise ConfigError(f"off[{name!r}]: there is no anchor {wrong[0]}; this block has {count}, counted from 0.")
    return list(choice)


def inside(attention: Attention, rectangle: Rectangle) -> list[int]:
    """The anchors of which at least half lies inside a rectangle; for the 1x1 anchor: half of the image."""
    part = attention.matrix() @ rectangle.covers(attention.value_grid)
    return torch.nonzero(part >= 0.5 - 1e-9).flatten().tolist()
