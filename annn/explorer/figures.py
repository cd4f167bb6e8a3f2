"""The explorer's views as matplotlib figures: for papers, and for pages without a kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from annn.explorer.payload import largest_on_positions
from annn.explorer.pictures import Picture
from annn.explorer.views import Reading, View, levels_of, read
from annn.figures import WIDTH, style
from annn.labels import LabelSpace

PINS = ("#e8590c", "#1c7ed6", "#2f9e44", "#9c36b5")


def pinned(
    picture: Picture,
    views: Sequence[View],
    queries: Sequence[tuple[int, int]],
    space: LabelSpace,
    settings: Mapping[str, Any] | None = None,
) -> Figure:
    """One row per query and view: where it is, its weight per position (as multiples of uniform), and per anchor.

    settings: those of the page that concern drawing: `colors`, `scale` ("query" or "absolute") and `opacity`.
    """
    settings = {"colors": "viridis", "scale": "query", "opacity": 0.7, **(settings or {})}
    cmap = colormaps["gray" if settings["colors"] == "grey" else settings["colors"]]
    opacity = float(settings["opacity"])
    height, width = picture.image.shape[:2]
    rows = [(number, query, view) for number, query in enumerate(queries) for view in views]
    across = WIDTH / 3.35
    tall = max(across * height / width, 0.85) + 0.72
    with style():
        figure = Figure(figsize=(WIDTH, len(rows) * tall))
        figure.set_layout_engine("constrained", w_pad=0.04, h_pad=0.06)
        grid = figure.subplots(len(rows), 3, squeeze=False)
        for (number, (row, column), view), line in zip(rows, grid, strict=True):
            reading = read(view, row, column)
            color = PINS[number % len(PINS)]
            _where(line[0], picture, view, reading, space, color, number + 1)
            grey = picture.image.mean(axis=2, keepdims=True).repeat(3, axis=2) * 0.75 + picture.image * 0.25
            absolute = settings["scale"] == "absolute"
            _positions(figure, line[1], grey / 255, view, reading, cmap, color, opacity, absolute)
            _anchors(figure, line[2], grey / 255, view, reading, cmap, opacity, absolute)
    return figure


def sentence(reading: Reading, view: View, space: LabelSpace) -> str:
    """One line for one reading."""
    truth = "" if view.truth is None else f" (truth: {_name(space, reading.truth)})"
    best, weight = reading.top[0]
    shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in reading.shares.items())
    return (
        f"row {reading.row}, column {reading.column}: {_name(space, reading.predicted)} "
        f"{100 * reading.confidence:.0f} %{truth}; entropy {reading.entropy:.2f} of "
        f"{np.log2(view.weights.shape[1]):.2f} bits; levels {shares}; most on {best.level} row {best.row}, column "
        f"{best.column}: {100 * weight:.2f} %"
    )


def _name(space: LabelSpace, index: int | None) -> str:
    """A class's name; dollar signs would start a formula in matplotlib."""
    if index is None:
        return "does not count"
    name = space.classes[index] if index < len(space.classes) else str(index)
    return name.replace("$", r"\$")


def _plain(axes: Axes, shape: tuple[int, ...]) -> None:
    axes.set(xticks=[], yticks=[], xlim=(0, shape[1]), ylim=(shape[0], 0))
    axes.spines[:].set_visible(False)


def _frame(axes: Axes, view: View, reading: Reading, shape: tuple[int, ...], color: str) -> None:
    rows, columns = view.attention.query_grid
    h, w = shape[0] / rows, shape[1] / columns
    for line, edge in ((2.6, "white"), (1.4, color)):
        axes.add_patch(Rectangle((reading.column * w, reading.row * h), w, h, fill=False, lw=line, ec=edge))


def _where(
    axes: Axes, picture: Picture, view: View, reading: Reading, space: LabelSpace, color: str, number: int
) -> None:
    _plain(axes, picture.image.shape)
    axes.imshow(picture.image, extent=_extent(picture.image.shape), aspect="equal")
    _frame(axes, view, reading, picture.image.shape, color)
    axes.set_title(f"{number}  {view.key.replace('$', chr(92) + '$')}", color=color)
    truth = "" if view.truth is None else f", truth {_name(space, reading.truth)}"
    axes.set_xlabel(
        f"row {reading.row}, column {reading.column}: {_name(space, reading.predicted)} "
        f"{100 * reading.confidence:.0f} %{truth}\nentropy {reading.entropy:.2f} of "
        f"{np.log2(view.weights.shape[1]):.2f} bits",
        fontsize=8,
    )


def _positions(
    figure: Figure, axes: Axes, grey: np.ndarray, view: View, reading: Reading, cmap: Colormap, color: str,
    opacity: float, absolute: bool,
) -> None:  # fmt: skip
    q = view.query(reading.row, reading.column)
    weights = view.attention.on_positions(torch.tensor([q]))[0, 0].numpy()
    relative = weights * weights.size
    top = largest_on_positions(view) * weights.size if absolute else float(relative.max())
    norm = Normalize(0, top)
    _plain(axes, grey.shape)
    axes.imshow(grey, extent=_extent(grey.shape), aspect="equal")
    axes.imshow(relative, extent=_extent(grey.shape), cmap=cmap, norm=norm, alpha=opacity, interpolation="nearest")
    _frame(axes, view, reading, grey.shape, color)
    axes.set_title("weight per position")
    _bar(figure, axes, cmap, norm, "× uniform attention", "{x:.1f}")


def _anchors(
    figure: Figure, axes: Axes, grey: np.ndarray, view: View, reading: Reading, cmap: Colormap, opacity: float,
    absolute: bool,
) -> None:  # fmt: skip
    """All levels in one panel, two by two."""
    row = view.weights[view.query(reading.row, reading.column)].numpy()
    norm = Normalize(0, 100 * float(view.weights.max() if absolute else row.max()))
    levels = levels_of(view.attention)
    height, width = grey.shape[:2]
    across = 1 if len(levels) == 1 else 2
    down = -(-len(levels) // across)
    gap = 0.06 * width
    label = 0.13 * height * across
    total = (down * (height + label), across * width + (across - 1) * gap)
    _plain(axes, total)
    axes.set_aspect("equal")
    for i, ((rows, columns), part) in enumerate(zip(levels, view.attention.levels(), strict=True)):
        y, x = i // across * (height + label) + label, i % across * (width + gap)
        extent = (x, x + width, y + height, y)
        axes.imshow(grey, extent=extent)
        cells = 100 * row[part].reshape(rows, columns)
        axes.imshow(cells, extent=extent, cmap=cmap, norm=norm, alpha=opacity, interpolation="nearest")
        for k in range(rows + 1):
            axes.plot([x, x + width], [y + k * height / rows] * 2, color="white", lw=0.5, alpha=0.6)
        for k in range(columns + 1):
            axes.plot([x + k * width / columns] * 2, [y, y + height], color="white", lw=0.5, alpha=0.6)
        name, share = f"{rows}×{columns}", float(row[part].sum())
        axes.text(x, y - 0.02 * height, f"{name}  {100 * share:.1f} %", fontsize=7, va="bottom", color="0.3")
    axes.set(xlim=(0, total[1]), ylim=(total[0], 0))
    axes.set_title("weight per anchor")
    _bar(figure, axes, cmap, norm, "% of the attention, per cell", "{x:.2g}")


def _extent(shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    return (0, shape[1], shape[0], 0)


def _bar(figure: Figure, axes: Axes, cmap: Colormap, norm: Normalize, label: str, form: str) -> None:
    bar = figure.colorbar(
        ScalarMappable(norm, cmap), ax=axes, orientation="horizontal", aspect=38, pad=0.02, format=form,
        ticks=[0, norm.vmax / 2, norm.vmax],  # pyright: ignore[reportOptionalOperand]
    )  # fmt: skip
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    bar.ax.tick_params(labelsize=7, length=2)
    bar.set_label(label, fontsize=7.5)
