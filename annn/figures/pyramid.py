"""What the pyramid makes of an image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure

from annn.attention import PYRAMID, pool_anchors
from annn.figures.style import WIDTH, Image, style


def pyramid_on(image: Image, sizes: Sequence[int] = PYRAMID) -> Figure:
    """An image, and its averages over the cells of each grid: what is left of a map when its anchors are made.

    The network pools maps of features this way, not colors; the cells are the same.
    """
    height, width = image.shape[:2]
    pixels = torch.from_numpy(image.copy()).permute(2, 0, 1)[None].double()
    levels = pool_anchors(pixels, sizes)[0].split([size * size for size in sizes])
    panels = [
        image,
        *(level.reshape(size, size, 3).round().byte().numpy() for level, size in zip(levels, sizes, strict=True)),
    ]
    names = [f"{height * width} pixels", *(f"{s}x{s}: {s * s} anchor{'s' * (s > 1)}" for s in sizes)]
    with style():
        across = WIDTH / len(panels)
        figure = Figure(figsize=(WIDTH, across * height / width + 0.4), layout="constrained")
        for axes, panel, name in zip(figure.subplots(1, len(panels)), panels, names, strict=True):
            axes.imshow(panel, interpolation="nearest", extent=(0, width, height, 0))
            axes.set_title(name, fontsize=9, loc="center", weight="normal")
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
    return figure
