"""What one block of one network does on one picture, position by position, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from annn.analysis.attention import centres
from annn.attention import Attention
from annn.augment import normalise
from annn.data.space import IGNORE
from annn.errors import ConfigError
from annn.explorer.pictures import Picture
from annn.model import ANNN

LARGEST = 64 * 1024**2  # weights of one view, a byte each: what a browser still takes


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """The attention of a block (one image, float32, on the CPU) and what the network says at each query.

    A query stands for a patch of pixels; its class, confidence and truth are those of the patch's centre pixel.
    prediction: train ids of the whole picture. truth: None without labels, `IGNORE` where a pixel does not count.
    """

    model: str
    block: str
    attention: Attention
    prediction: UInt8[np.ndarray, "H W"]
    predicted: UInt8[np.ndarray, " N"]
    confidence: Float[np.ndarray, " N"]
    truth: UInt8[np.ndarray, " N"] | None

    @property
    def key(self) -> str:
        """How the view is called in the explorer."""
        return view_key(self.model, self.block)

    @property
    def weights(self) -> Float[Tensor, "N S"]:
        return self.attention.weights[0]

    def query(self, row: int, column: int) -> int:
        """The index of a query from its place in the grid, pulled to the border where it lies outside."""
        height, width = self.attention.query_grid
        return min(max(row, 0), height - 1) * width + min(max(column, 0), width - 1)


def view_key(model: str, block: str) -> str:
    return f"{model} · {block}" if model else block


def choose_blocks(models: dict[str, ANNN], blocks: Sequence[str] | None) -> dict[str, list[str]]:
    """The blocks to show of each network: all of them, or those named; raises ConfigError where one has none."""
    there = {name: list(model.samplings()) for name, model in models.items()}
    for name, model in models.items():
        for sampling in model.samplings().values():
            if sampling.drawn or not sampling.linear:
                raise ConfigError(
                    f"model {name!r}: pooling={sampling.pooling!r}; expected 'average', whose anchors are cells of a "
                    "pyramid that can be drawn. `model.attention` returns the weights of other anchors."
                )
    known = list(dict.fromkeys(block for found in there.values() for block in found))
    unknown = [block for block in blocks or () if block not in known]
    chosen = {name: [b for b in found if blocks is None or b in blocks] for name, found in there.items()}
    for name, found in chosen.items():
        if unknown or not found:
            title = f"the model {name!r}" if name else "the model"
            raise ConfigError(
                f"blocks={None if blocks is None else list(blocks)}: {title} has "
                f"{' and '.join(there[name]) or 'no attention block'}; expected a network with "
                f"{' or '.join(map(repr, unknown or blocks or ['an AFNB or APNB']))}. Choose other blocks, or leave "
                "out this network (a Baseline has nothing to show)."
            )
    return chosen


@torch.inference_mode()
def look(model: ANNN, picture: Picture, name: str = "", blocks: Sequence[str] | None = None) -> list[View]:
    """Views of the blocks of a network (all by default) on a picture; the model's mode is left as it was.

    Raises ConfigError where a block is not there, and for a dense block on an image whose matrix no page can hold.
    """
    chosen = choose_blocks({name: model}, blocks)[name]
    height, width = picture.image.shape[:2]
    stride = model.backbone.strides[5]
    positions = -(-height // stride) * -(-width // stride)
    if any(model.samplings()[block].dense for block in chosen) and positions**2 > LARGEST:
        raise ConfigError(
            f"{picture.name}: the dense block's {positions} x {positions} weights of an image of {height} x {width} "
            f"pixels are {positions**2 / 1e6:.0f} MB, expected at most {LARGEST / 1e6:.0f} MB: they grow with the "
            "square of the positions, and no page can hold them. Use a smaller image, or APNB."
        )
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    try:
        images = normalise(picture.image)[None].to(device)
        found = model.attention(images)
        probability, prediction = model(images).main[0].float().softmax(0).max(0)
    finally:
        model.train(training)
    labels = prediction.byte().cpu().numpy()
    views = []
    for block in chosen:
        attention = replace(found[block], weights=found[block].weights.float().cpu())
        rows, columns = centres(attention.query_grid, picture.image.shape[:2])
        views.append(
            View(
                model=name,
                block=block,
                attention=attention,
                prediction=labels,
                predicted=labels[rows, columns],
                confidence=probability.cpu().numpy()[rows, columns],
                truth=None if picture.label is None else picture.label[rows, columns],
            )
        )
    return views


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
    """What a view says about one query, in numbers. entropy is in bits, at most log2(S)."""

    row: int
    column: int
    predicted: int
    confidence: float
    truth: int | None
    entropy: float
    shares: dict[str, float]
    top: list[tuple[Anchor, float]]


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


def read(view: View, row: int, column: int, top: int = 5) -> Reading:
    """The reading of the query at (row, column) of the query grid."""
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
    )
