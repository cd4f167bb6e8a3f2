"""One block of bytes for the page: a JSON header, then arrays.

    "ANNX", uint32 length of the header, the header (UTF-8), padding to 4 bytes, the arrays, all little-endian

The header names each array as {"array": type, "at": offset, "count": elements}: the type as u1, u2 or f4, the offset
in bytes from the first array. Per query a view holds S weights
as uint8 with one float32 scale (weight = scale * byte), and, exact to 1.5e-5, the entropy and each level's share as
uint16: about 126 bytes a query for S = 110. What P is follows from the grids in the header: per level it is separable,
and the page computes it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from matplotlib import colormaps
from PIL import Image
from torch import Tensor

from annn.attention import averaging_matrix
from annn.data.space import IGNORE, LabelSpace
from annn.explorer.pictures import Picture
from annn.explorer.views import View, levels_of

MAGIC = b"ANNX"
COLORMAPS = {"viridis": "viridis", "cividis": "cividis", "magma": "magma", "grey": "gray"}  # perceptually uniform
_SHOWN = 1024  # pixels of the longer side of a picture in the page
_LOSSLESS = 300_000  # pixels up to which a picture is sent as PNG, above as JPEG


def quantise(weights: Float[Tensor, "N S"]) -> tuple[UInt8[np.ndarray, "N S"], Float[np.ndarray, " N"]]:
    """Weights as bytes with a scale per row: `scale[:, None] * bytes` is off by at most scale / 2."""
    scale = weights.amax(dim=1, keepdim=True).clamp(min=1e-30) / 255
    return (weights / scale).round().byte().numpy(), scale[:, 0].float().numpy()


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


@dataclass
class _Arrays:
    """Arrays one behind the other, each starting at a multiple of 4 bytes."""

    parts: list[bytes] = field(default_factory=list)
    length: int = 0

    def add(self, content: np.ndarray | bytes) -> dict[str, Any]:
        if isinstance(content, bytes):
            content = np.frombuffer(content, np.uint8)
        place = {"array": f"{content.dtype.kind}{content.itemsize}", "at": self.length, "count": content.size}
        data = content.astype(content.dtype.newbyteorder("<")).tobytes()
        data += bytes(-len(data) % 4)
        self.parts.append(data)
        self.length += len(data)
        return place


def pack(
    pictures: Sequence[Picture],
    views: dict[tuple[int, str], View],
    space: LabelSpace,
    keys: Sequence[str],
) -> bytes:
    """The payload of the given views, by picture and key. Pictures without a view are only named.

    keys: all views that there are of a picture, given or not.
    """
    arrays = _Arrays()
    shown = {index for index, _ in views}
    header: dict[str, Any] = {
        "classes": list(space.classes),
        "colors": [list(color) for color in space.colors],
        "colormaps": {name: arrays.add(_lookup(name)) for name in COLORMAPS},
        "keys": list(keys),
        "pictures": [_picture(arrays, p, space, i in shown) for i, p in enumerate(pictures)],
        "views": [_view(arrays, index, view, space) for (index, _), view in views.items()],
    }
    head = json.dumps(header, ensure_ascii=False).encode()
    head += b" " * (-len(head) % 4)
    return b"".join([MAGIC, len(head).to_bytes(4, "little"), head, *arrays.parts])


def _lookup(name: str) -> UInt8[np.ndarray, "256 3"]:
    return (colormaps[COLORMAPS[name]](np.arange(256))[:, :3] * 255).round().astype(np.uint8)


def _picture(arrays: _Arrays, picture: Picture, space: LabelSpace, shown: bool) -> dict[str, Any]:
    height, width = picture.image.shape[:2]
    entry: dict[str, Any] = {"name": picture.name, "size": [height, width]}
    if shown:
        image = _fitted(Image.fromarray(picture.image), Image.Resampling.LANCZOS)
        entry["image"] = arrays.add(_png(image) if image.width * image.height <= _LOSSLESS else _jpeg(image))
        entry["truth"] = None if picture.label is None else arrays.add(_painted(picture.label, space))
    return entry


def _view(arrays: _Arrays, index: int, view: View, space: LabelSpace) -> dict[str, Any]:
    s = view.weights.shape[1]
    data, scale = quantise(view.weights)
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
        "weights": arrays.add(data),
        "scale": arrays.add(scale),
        "entropy": arrays.add(_fraction(entropy / full)),
        "shares": arrays.add(_fraction(shares)),
        "confidence": arrays.add((view.confidence * 255).round().astype(np.uint8)),
        "predicted": arrays.add(view.predicted),
        "truth": None if view.truth is None else arrays.add(view.truth),
        "prediction": arrays.add(_painted(view.prediction, space)),
    }


def _fraction(x: Tensor) -> np.ndarray:
    """Numbers from 0 to 1 as uint16."""
    return (x.clamp(0, 1) * 65535).round().numpy().astype(np.uint16)


def _fitted(image: Image.Image, resampling: Image.Resampling) -> Image.Image:
    shrink = _SHOWN / max(image.size)
    return image if shrink >= 1 else image.resize([max(1, round(s * shrink)) for s in image.size], resampling)


def _painted(labels: np.ndarray, space: LabelSpace) -> bytes:
    """Train ids as a PNG with the label space's palette."""
    image = _fitted(Image.fromarray(labels), Image.Resampling.NEAREST)
    palette = np.full((256, 3), space.void_color, dtype=np.uint8)
    palette[: len(space.colors)] = space.colors
    palette[IGNORE] = space.void_color
    image.putpalette(palette.tobytes())
    return _png(image)


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()
