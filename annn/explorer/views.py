"""What one block of one network does on one picture, position by position, ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from annn.analysis.attention import centres
from annn.analysis.effects import Head, head_of, without
from annn.attention import Attention
from annn.augment import normalise
from annn.blocks import APNB
from annn.data import space_of
from annn.data.space import LabelSpace
from annn.errors import ConfigError
from annn.explorer.pictures import Picture
from annn.model import ANNN
from annn.upsample import upsample

LARGEST = 64 * 1024**2  # weights of one view, a byte each: what a browser still takes
_MOST_ANCHORS = 1024  # up to which the dense block has a head in its view: its responses are as many as its anchors


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """The attention of a block (one image, float32, on the CPU) and what the network says at each query.

    A query stands for a patch of pixels; its class, confidence and truth are those of the patch's centre pixel.
    prediction: train ids of the whole picture. truth: None without labels, `IGNORE` where a pixel does not count.
    head: what lies behind the anchors of the context block (B = 1), for effects of anchors; None for AFNB, whose effect
    passes the layers behind it, and for a large dense block. align_corners: of the upsampling behind the head.
    """

    model: str
    block: str
    attention: Attention
    prediction: UInt8[np.ndarray, "H W"]
    predicted: UInt8[np.ndarray, " N"]
    confidence: Float[np.ndarray, " N"]
    truth: UInt8[np.ndarray, " N"] | None
    head: Head | None = None
    align_corners: bool = True

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


def space_of_all(models: Mapping[str, ANNN], space: LabelSpace | None = None) -> LabelSpace:
    """`space`, or the label space with this number of classes, or numbered classes if none is known.

    Raises ConfigError if networks or the label space have different numbers of classes.
    """
    counts = {model.config.classes for model in models.values()} | ({len(space.classes)} if space else set())
    if len(counts) > 1:
        raise ConfigError(
            f"model {', '.join(map(repr, models))}: found {' and '.join(map(str, sorted(counts)))} classes"
            f"{f' (space={space.name!r} among them)' if space else ''}; expected the same number everywhere."
        )
    if space:
        return space
    (count,) = counts
    if (known := space_of(count)) is not None:
        return known
    colors = tuple((37 * i % 256, 91 * i % 256, (150 + 59 * i) % 256) for i in range(count))
    names = tuple(f"class {i}" for i in range(count))
    return LabelSpace(
        name="numbered", classes=names, colors=colors, train_ids={i: i for i in range(count)}, void_id=255
    )


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
    found, logits, head = _run(model, picture)
    probability, prediction = logits.float().softmax(0).max(0)
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
                head=head if block == model.config.context else None,
                align_corners=model.config.align_corners,
            )
        )
    return views


def _run(model: ANNN, picture: Picture) -> tuple[dict[str, Attention], Float[Tensor, "K H W"], Head | None]:
    """The attention of all blocks, the logits of the picture and the head, by one pass of the backbone."""
    reduced: list[Tensor] = []

    def keep(module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        reduced.append(output)

    handle = model.reduce.register_forward_hook(keep)
    training = model.training
    model.eval()
    try:
        found = model.attention(normalise(picture.image)[None].to(next(model.parameters()).device))
        (x,) = reduced
        scores = model.classifier(x if model.context is None else model.context(x))
        anchors = found[str(model.config.context)].weights.shape[2] if str(model.config.context) in found else 0
        head = head_of(model, x) if isinstance(model.context, APNB) and anchors <= _MOST_ANCHORS else None
    finally:
        handle.remove()
        model.train(training)
    height, width = picture.image.shape[:2]
    logits = upsample(scores, (height, width), model.config.align_corners)[0]
    return found, logits, None if head is None else Head(*(part.detach().float().cpu() for part in head))


@torch.inference_mode()
def predict_without(
    model: ANNN, picture: Picture, block: str, off: Sequence[int], convention: str
) -> UInt8[np.ndarray, "H W"]:
    """Train ids of the picture by a network without some anchors of a block; the model's mode is left as it was.

    off, convention, and the errors raised: see `analysis.effects.without`.
    """
    training = model.training
    try:
        images = normalise(picture.image)[None].to(next(model.parameters()).device)
        return without(model, images, {block: off}, convention)[0].argmax(0).byte().cpu().numpy()
    finally:
        model.train(training)
