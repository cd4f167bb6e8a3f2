"""One block of bytes for the page: a JSON header, then arrays.

    "ANNX", uint32 length of the header, the header (UTF-8), padding to 4 bytes, the arrays, all little-endian

The header names each array as {"array": type, "at": offset, "count": elements}: the type as u1, u2 or f4, the offset
in bytes from the first array. Maps are deflated, see `Arrays.deflate`. Per query a view holds S weights as uint8 with
one float32 scale (weight = scale * byte), and, exact to 1.5e-5, the entropy and each level's share as uint16: at most
126 bytes a query for S = 110. What P is follows from the grids in the header: per level it is separable, and the page
computes it.

A view with a head also holds, per query, its O own terms as uint8; up to `_FINE` numbers they and the weights are
uint16, which the effect of an anchor of little weight needs. The error of all these bytes in
the class scores is sent, too, as K bytes a query, and the page adds it to every score: with all anchors on its scores
are exact to 1/510 of that error's range, and most of the error is gone with some of them off.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from matplotlib import colormaps
from PIL import Image
from torch import Tensor

from annn.analysis.effects import CONVENTIONS, Head
from annn.attention import averaging_matrix
from annn.data.space import LabelSpace
from annn.explorer.arrays import Arrays, quantise, quantise_columns
from annn.explorer.pictures import Picture
from annn.explorer.readings import decide, levels_of
from annn.explorer.views import View
from annn.model import ANNN

MAGIC = b"ANNX"
DIVERGING = "RdBu"  # red below zero, blue above; both are told apart by the colour-blind
COLORMAPS = {"viridis": "viridis", "cividis": "cividis", "magma": "magma", "grey": "gray"}  # perceptually uniform
_SHOWN = 1024  # pixels of the longer side of a picture in the page
BYTES_PER_POSITION = 126
_PEAK = 256  # queries that the largest effect of a view is looked for at
_FINE = 500_000  # numbers of a view up to which they have two bytes
_LOSSLESS = 300_000  # pixels up to which a picture is sent as PNG, above as JPEG


def largest_on_positions(view: View) -> float:
    """The largest weight that any query puts on any position of the value map.

    Positions that lie in the same cells of all levels have equal weight; one of each kind is enough.
    """
    attention = view.attention
    pyramid = attention.sampling.pyramid
    if pyramid is None:
        return float(view.weights.max())
    rows, columns = (
        torch.cat([averaging_matrix(s, length) for s in pyramid]).unique(dim=1).float()
        for length in attention.value_grid
    )
    kinds = [
        torch.kron(r.contiguous(), c.contiguous())
        for r, c in zip(rows.split(pyramid), columns.split(pyramid), strict=True)
    ]
    matrix = torch.cat(kinds)
    return max(float((part @ matrix).max()) for part in view.weights.split(4096))


def at_most(model: ANNN, blocks: Sequence[str], pictures: Sequence[Picture]) -> int:
    """Bytes that the views of some blocks of a network take at most, without the pictures, for 110 anchors."""
    stride, config = model.backbone.strides[5], model.config
    positions = sum(-(-p.image.shape[0] // stride) * -(-p.image.shape[1] // stride) for p in pictures)
    numbers = BYTES_PER_POSITION * len(blocks)
    if config.context in blocks:
        numbers += BYTES_PER_POSITION + 2 * config.head + config.classes
    return positions * numbers


def pack(
    pictures: Sequence[Picture],
    views: dict[tuple[int, str], View],
    space: LabelSpace,
    keys: Sequence[str],
) -> bytes:
    """The payload of the given views, by picture and key. Pictures without a view are only named.

    keys: all views that there are of a picture, given or not.
    """
    arrays = Arrays()
    shown = {index for index, _ in views}
    header: dict[str, Any] = {
        "classes": list(space.classes),
        "colors": [list(color) for color in space.colors],
        "void": list(space.void_color),
        "colormaps": {name: arrays.add(_lookup(known)) for name, known in COLORMAPS.items()},
        "diverging": arrays.add(_lookup(DIVERGING)),
        "keys": list(keys),
        "pictures": [_picture(arrays, p, i in shown) for i, p in enumerate(pictures)],
        "views": [_view(arrays, index, view) for (index, _), view in views.items()],
    }
    head = json.dumps(header, ensure_ascii=False).encode()
    head += b" " * (-len(head) % 4)
    return b"".join([MAGIC, len(head).to_bytes(4, "little"), head, *arrays.parts])


def _lookup(name: str) -> UInt8[np.ndarray, "256 3"]:
    return (colormaps[name](np.arange(256))[:, :3] * 255).round().astype(np.uint8)


def _picture(arrays: Arrays, picture: Picture, shown: bool) -> dict[str, Any]:
    height, width = picture.image.shape[:2]
    entry: dict[str, Any] = {"name": picture.name, "size": [height, width]}
    if shown:
        image = _fitted(Image.fromarray(picture.image), Image.Resampling.LANCZOS)
        entry["image"] = arrays.add(_png(image) if image.width * image.height <= _LOSSLESS else _jpeg(image))
        entry["shown"] = [image.height, image.width]
        entry["truth"] = None if picture.label is None else arrays.deflate(fitted(picture.label))
    return entry


def _view(arrays: Arrays, index: int, view: View) -> dict[str, Any]:
    s = view.weights.shape[1]
    levels = 65535 if fine(view.weights.shape[0], s, view.head) else 255
    data, scale = quantise(view.weights, levels)
    weights = view.weights.double()
    entropy = -torch.xlogy(weights, weights).sum(1) / np.log(2)
    full = max(float(np.log2(s)), 1e-9)
    shares = torch.stack([weights[:, part].sum(1) for part in view.attention.levels()], dim=1)
    return {
        "picture": index,
        "key": view.key,
        "queries": list(view.attention.query_grid),
        "values": list(view.attention.value_grid),
        "levels": [list(level) for level in levels_of(view.attention)],
        # the ends of the absolute scales; per position as a multiple of uniform attention
        "peak": {
            "cells": float(view.weights.max()),
            "pixels": largest_on_positions(view) * view.attention.value_grid[0] * view.attention.value_grid[1],
        },
        "weights": arrays.deflate(_planes(data, view)),
        "scale": arrays.add(scale),
        "entropy": arrays.add(_fraction(entropy / full)),
        "shares": arrays.add(_fraction(shares)),
        "confidence": arrays.add((view.confidence * 255).round().astype(np.uint8)),
        "predicted": arrays.add(view.predicted),
        "truth": None if view.truth is None else arrays.add(view.truth),
        "prediction": arrays.deflate(fitted(view.prediction)),
        "head": None if view.head is None else _head(arrays, view, view.head, data * scale[:, None], levels),
    }


def _head(arrays: Arrays, view: View, head: Head, weights: Float[np.ndarray, "N S"], levels: int) -> dict[str, Any]:
    """What the page needs to compute class scores. weights: as the page has them. levels: of the own terms."""
    # What an anchor can add to a channel at most; below, the ReLU is shut whatever is switched off.
    shut = -head.responses[0].amax(0).clamp(min=0)
    own, low, step = quantise_columns(torch.maximum(head.own[0], shut), levels)
    page = head._replace(
        own=torch.from_numpy(low + step * own)[None], weights=torch.from_numpy(weights)[None].to(head.weights)
    )
    error, error_low, error_step = quantise_columns((head.scores() - page.scores())[0])
    return {
        "align": view.align_corners,
        "own": arrays.deflate(_planes(own, view)),
        "low": arrays.add(low),
        "step": arrays.add(step),
        "responses": arrays.add(head.responses[0].numpy()),
        "classifier": arrays.add(head.classifier.numpy()),
        "bias": arrays.add(head.bias.numpy()),
        "error": arrays.deflate(_planes(error, view)),
        "errorLow": arrays.add(error_low),
        "errorStep": arrays.add(error_step),
        "peak": largest_effects(view, head),
    }


def largest_effects(view: View, head: Head) -> dict[str, dict[str, float]]:
    """The ends of the absolute scales of effects, by convention: per anchor, and spread over M positions, times M.

    Looked for at some queries, evenly spread: all of them would take as long as the network itself.
    """
    queries = head.own.shape[1]
    some = torch.linspace(0, queries - 1, min(_PEAK, queries)).long()
    effects = {name: decide(head, some, name).effects for name in CONVENTIONS}
    matrix = view.attention.matrix().float()
    return {
        name: {"cells": float(found.abs().max()), "pixels": float((found @ matrix).abs().max()) * matrix.shape[1]}
        for name, found in effects.items()
    }


def fine(queries: int, anchors: int, head: Head | None) -> bool:
    """Whether a view's weights and own terms have two bytes: where effects are computed, unless that is large."""
    return head is not None and queries * (anchors + head.own.shape[2]) <= _FINE


def _planes(x: np.ndarray, view: View) -> np.ndarray:
    return np.ascontiguousarray(x.T).reshape(-1, *view.attention.query_grid)


def _fraction(x: Tensor) -> np.ndarray:
    """Numbers from 0 to 1 as uint16."""
    return (x.clamp(0, 1) * 65535).round().numpy().astype(np.uint16)


def _fitted(image: Image.Image, resampling: Image.Resampling) -> Image.Image:
    shrink = _SHOWN / max(image.size)
    return image if shrink >= 1 else image.resize([max(1, round(s * shrink)) for s in image.size], resampling)


def fitted(labels: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "h w"]:
    """Train ids in the size in which the page shows the picture."""
    return np.asarray(_fitted(Image.fromarray(labels), Image.Resampling.NEAREST))


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()
