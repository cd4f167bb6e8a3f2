"""What a view says about one query or one anchor, in numbers without rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from annn.analysis.effects import Head, check_convention
from annn.attention import Attention
from annn.data.space import IGNORE
from annn.errors import ConfigError
from annn.explorer.views import View


class Decisions(NamedTuple):
    """How queries decide between their two best classes, before upsampling, and what each anchor does to it.

    Scores of one position may all be shifted by one number without changing its probabilities, so only their
    differences mean something. margin: the best class's score minus the runner-up's. effects: the margin with all
    anchors minus that without one; positive where the anchor pushes towards the best class.
    """

    best: Int[Tensor, " Q"]
    runner_up: Int[Tensor, " Q"]
    margin: Float[Tensor, " Q"]
    effects: Float[Tensor, "Q S"]


def decide(head: Head, queries: Int[Tensor, " Q"], convention: str = "removed") -> Decisions:
    """The decisions of some queries of a head of one image. Raises ConfigError for an unknown convention.

    A network of one class decides nothing: its runner-up is the class itself.
    """
    check_convention(convention)
    some = head._replace(own=head.own[:, queries], weights=head.weights[:, queries])
    scores, effects = some.scores()[0], some.effects(None, convention)[0]
    two = scores.topk(min(2, scores.shape[1]), dim=1)
    best, runner_up = two.indices[:, 0], two.indices[:, -1]
    row = torch.arange(len(queries))
    difference = effects[row, :, best] - effects[row, :, runner_up]
    return Decisions(best, runner_up, two.values[:, 0] - two.values[:, -1], difference)


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """One cell of the pyramid: `index` into S, grid of its level, and place in that grid (from 0)."""

    index: int
    level: str
    row: int
    column: int


def region(attention: Attention, place: Anchor) -> tuple[float, float, float, float]:
    """Top, left, bottom and right of the positions that an anchor averages, in fractions of the image."""
    cells = map(int, place.level.split("x"))
    (top, bottom), (left, right) = (
        (index * length // count / length, -(-(index + 1) * length // count) / length)
        for index, count, length in zip((place.row, place.column), cells, attention.value_grid, strict=True)
    )
    return top, left, bottom, right


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a view says about one query, in numbers. entropy is in bits, at most log2(S).

    decision, runner_up, margin, effects: see `Decisions`, of the position itself, while `predicted` is the class of the
    pixel at its centre; the five anchors of largest effect, in either direction. None where the view has no head.
    """

    row: int
    column: int
    predicted: int
    confidence: float
    truth: int | None
    entropy: float
    shares: dict[str, float]
    top: list[tuple[Anchor, float]]
    decision: int | None = None
    runner_up: int | None = None
    margin: float | None = None
    effects: list[tuple[Anchor, float]] | None = None


def levels_of(attention: Attention) -> list[tuple[int, int]]:
    """Rows and columns of each pyramid level; the dense block is one level as large as its map."""
    pyramid = attention.sampling.pyramid
    return [attention.value_grid] if pyramid is None else [(s, s) for s in pyramid]


def anchor(attention: Attention, index: int) -> Anchor:
    """Which cell of the pyramid an index into S is."""
    for (rows, columns), part in zip(levels_of(attention), attention.levels(), strict=True):
        if part.start <= index < part.stop:
            row, column = divmod(index - part.start, columns)
            return Anchor(index=index, level=f"{rows}x{columns}", row=row, column=column)
    raise ConfigError(f"anchor={index}: this block has {attention.weights.shape[-1]} anchors, counted from 0.")


@dataclass(frozen=True, kw_only=True)
class AnchorReading:
    """What a view says about one anchor, in numbers: who looks at it.

    average: weight over all queries, of which uniform attention gives `uniform`. classes: predicted classes and the
    average weight of their queries, top: (row, column) of queries and their weights, both largest first.
    """

    anchor: Anchor
    average: float
    uniform: float
    classes: list[tuple[int, float]]
    top: list[tuple[tuple[int, int], float]]


def read_anchor(view: View, index: int, top: int = 5) -> AnchorReading:
    """The reading of an anchor, by its index into S; raises ConfigError where there is none."""
    found = anchor(view.attention, index)
    weights = view.weights[:, index].double()
    best = weights.topk(min(top, len(weights)))
    predicted = torch.from_numpy(view.predicted)
    means = {int(c): float(weights[predicted == c].mean()) for c in predicted.unique()}
    columns = view.attention.query_grid[1]
    return AnchorReading(
        anchor=found,
        average=float(weights.mean()),
        uniform=1 / view.weights.shape[1],
        classes=sorted(means.items(), key=lambda pair: -pair[1]),
        top=[(divmod(int(q), columns), float(w)) for w, q in zip(*best, strict=True)],
    )


def same_anchor(view: View, other: View, index: int) -> int:
    """The anchor of `view` that is the same cell as an anchor of another view; the first where there is none."""
    wanted = anchor(other.attention, index)
    for (rows, columns), part in zip(levels_of(view.attention), view.attention.levels(), strict=True):
        if f"{rows}x{columns}" == wanted.level:
            return part.start + wanted.row * columns + wanted.column
    return 0


def read(view: View, row: int, column: int, top: int = 5, convention: str = "removed") -> Reading:
    """The reading of the query at (row, column) of the query grid; convention: of the effects."""
    q = view.query(row, column)
    weights = view.weights[q].double()
    best = weights.topk(min(top, len(weights)))
    truth = None if view.truth is None or view.truth[q] == IGNORE else int(view.truth[q])
    names = [f"{r}x{c}" for r, c in levels_of(view.attention)]
    return Reading(
        row=q // view.attention.query_grid[1],
        column=q % view.attention.query_grid[1],
        predicted=int(view.predicted[q]),
        confidence=float(view.confidence[q]),
        truth=truth,
        entropy=abs(float(torch.xlogy(weights, weights).sum() / np.log(2))),
        shares={name: float(weights[part].sum()) for name, part in zip(names, view.attention.levels(), strict=True)},
        top=[(anchor(view.attention, int(i)), float(w)) for w, i in zip(*best, strict=True)],
        **({} if view.head is None else _decision(view.attention, view.head, q, top, convention)),
    )


def effects_of(view: View, q: int, convention: str = "removed") -> Float[np.ndarray, " S"]:
    """The effect of each anchor on the margin of a query, see `Decisions`; raises ConfigError without a head."""
    return decide(head_in(view), torch.tensor([q]), convention).effects[0].numpy()


def head_in(view: View) -> Head:
    """The view's head; raises ConfigError where it has none."""
    if view.head is None:
        raise ConfigError(
            f"view {view.key!r}: found no effects of single anchors; expected the context block (APNB, or the dense "
            "block on a small image), behind which only a ReLU and the classifier lie. Choose that view, or switch off "
            "anchors (mode='off'), which runs the whole network."
        )
    return view.head


def _decision(attention: Attention, head: Head, q: int, top: int, convention: str) -> dict[str, Any]:
    found = decide(head, torch.tensor([q]), convention)
    effects = found.effects[0]
    largest = effects.abs().topk(min(top, len(effects))).indices
    return {
        "decision": int(found.best[0]),
        "runner_up": int(found.runner_up[0]),
        "margin": float(found.margin[0]),
        "effects": [(anchor(attention, int(i)), float(effects[i])) for i in largest],
    }
