"""The explorer's views as matplotlib figures: for papers, and for pages without a kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from annn.analysis.attention import AttentionStatistics
from annn.explorer.payload import COLORMAPS, largest_on_positions
from annn.explorer.pictures import Picture
from annn.explorer.views import Reading, View, levels_of, read
from annn.figures import WIDTH, style
from annn.labels import LabelSpace

PINS = ("#e8590c", "#1c7ed6", "#2f9e44", "#9c36b5")


_TITLE, _NOTES, _GAP, _BAR = 0.32, 0.62, 0.22, 0.07  # inches


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
    settings = {"colors": "viridis", "scale": "query", "opacity": 0.6, **(settings or {})}
    paint = _Paint(
        colormaps[COLORMAPS[settings["colors"]]], float(settings["opacity"]), settings["scale"] == "absolute"
    )
    height, width = picture.image.shape[:2]
    rows = [(number, query, view) for number, query in enumerate(queries) for view in views]
    across = (WIDTH - 2 * _GAP - 0.3) / 3
    down = across * height / width
    tall = _TITLE + down + _NOTES
    pale = (picture.image.mean(axis=2, keepdims=True) * 0.75 + picture.image * 0.25) / 255
    with style():
        figure = Figure(figsize=(WIDTH, len(rows) * tall))
        for line, (number, (row, column), view) in enumerate(rows):
            reading = read(view, row, column)
            color = PINS[number % len(PINS)]
            panels = []
            for k in range(3):
                left, bottom = 0.15 + k * (across + _GAP), (len(rows) - 1 - line) * tall + _NOTES
                box = (left / WIDTH, bottom / (len(rows) * tall), across / WIDTH, down / (len(rows) * tall))
                panels.append(figure.add_axes(box))
                _plain(panels[-1], picture.image.shape)
            _where(panels[0], picture, view, reading, space, color, number + 1)
            _positions(panels[1], pale, view, reading, paint, color)
            _anchors(panels[2], pale, view, reading, paint)
    return figure


class _Paint(NamedTuple):
    cmap: Colormap
    opacity: float
    absolute: bool


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
    if index is None:
        return "does not count"
    return space.classes[index] if index < len(space.classes) else str(index)


def _plain_text(text: str) -> str:
    """Dollar signs would start a formula."""
    return text.replace("$", r"\$")


def _plain(axes: Axes, shape: tuple[int, ...]) -> None:
    axes.set(xticks=[], yticks=[], xlim=(0, shape[1]), ylim=(shape[0], 0))
    axes.spines[:].set_visible(False)


def _extent(shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    return (0, shape[1], shape[0], 0)


def _frame(axes: Axes, view: View, reading: Reading, shape: tuple[int, ...], color: str) -> None:
    rows, columns = view.attention.query_grid
    h, w = shape[0] / rows, shape[1] / columns
    for line, edge in ((2.6, "white"), (1.4, color)):
        axes.add_patch(Rectangle((reading.column * w, reading.row * h), w, h, fill=False, lw=line, ec=edge))


def _where(
    axes: Axes, picture: Picture, view: View, reading: Reading, space: LabelSpace, color: str, number: int
) -> None:
    axes.imshow(picture.image, extent=_extent(picture.image.shape), aspect="auto")
    _frame(axes, view, reading, picture.image.shape, color)
    axes.set_title(_plain_text(f"{number}  {view.key}"), color=color)
    truth = "" if view.truth is None else f", truth: {_name(space, reading.truth)}"
    note = (
        f"row {reading.row}, column {reading.column}: {_name(space, reading.predicted)} "
        f"{100 * reading.confidence:.0f} %{truth}\nentropy {reading.entropy:.2f} of "
        f"{np.log2(view.weights.shape[1]):.2f} bits"
    )
    axes.annotate(
        _plain_text(note), (0, 0), (0, -5), "axes fraction", "offset points", fontsize=8, va="top", color="0.25"
    )


def _positions(axes: Axes, pale: np.ndarray, view: View, reading: Reading, paint: _Paint, color: str) -> None:
    q = view.query(reading.row, reading.column)
    weights = view.attention.on_positions(torch.tensor([q]))[0, 0].numpy()
    relative = weights * weights.size
    norm = Normalize(0, largest_on_positions(view) * weights.size if paint.absolute else float(relative.max()))
    axes.imshow(pale, extent=_extent(pale.shape), aspect="auto")
    axes.imshow(
        relative, extent=_extent(pale.shape), cmap=paint.cmap, norm=norm, alpha=paint.opacity, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    _frame(axes, view, reading, pale.shape, color)
    axes.set_title("weight per position")
    _bar(axes, norm, paint, "times uniform attention", "{x:.2g}")


def _anchors(axes: Axes, pale: np.ndarray, view: View, reading: Reading, paint: _Paint) -> None:
    """All levels in one panel, two by two, each a small copy of the picture."""
    row = 100 * view.weights[view.query(reading.row, reading.column)].numpy()
    norm = Normalize(0, 100 * float(view.weights.max()) if paint.absolute else float(row.max()))
    levels = levels_of(view.attention)
    across = int(np.ceil(np.sqrt(len(levels))))
    height, width = pale.shape[0] / across, pale.shape[1] / across
    gap = 0.012 * pale.shape[1] if across > 1 else 0
    for i, ((rows, columns), part) in enumerate(zip(levels, view.attention.levels(), strict=True)):
        x, y = i % across * (width + gap / across), i // across * (height + gap / across)
        w, h = width - gap, height - gap
        axes.imshow(pale, extent=(x, x + w, y + h, y), aspect="auto")
        cells = row[part].reshape(rows, columns)
        axes.imshow(
            cells, extent=(x, x + w, y + h, y), cmap=paint.cmap, norm=norm, alpha=paint.opacity, aspect="auto",
            interpolation="nearest",
        )  # fmt: skip
        if rows < 20:  # a dense block's cells are too small to outline
            axes.hlines(y + h * np.arange(rows + 1) / rows, x, x + w, color="white", lw=0.4, alpha=0.6)
            axes.vlines(x + w * np.arange(columns + 1) / columns, y, y + h, color="white", lw=0.4, alpha=0.6)
        text = axes.text(x + w / 40, y + h / 24, f"{rows}x{columns}: {row[part].sum():.1f} %", va="top", fontsize=6.5)
        text.set(color="white", path_effects=[withStroke(linewidth=1.4, foreground="black")])
    _plain(axes, pale.shape)
    axes.set_title("weight per anchor")
    _bar(axes, norm, paint, "of the attention, per cell", "{x:.2g} %")


def _bar(axes: Axes, norm: Normalize, paint: _Paint, label: str, form: str) -> None:
    """A thin colour bar right below a panel, its ends labelled."""
    figure, place = axes.figure, axes.get_position()
    inch = 1 / figure.get_figheight()  # pyright: ignore[reportAttributeAccessIssue]
    bar = figure.add_axes((place.x0, place.y0 - (_BAR + 0.07) * inch, place.width, _BAR * inch))
    bar.imshow(np.linspace(0, 1, 256)[None], cmap=paint.cmap, aspect="auto")
    bar.set(xticks=[], yticks=[])
    bar.spines[:].set_visible(False)
    for x, side, text in (
        (0, "left", form.format(x=0)),
        (0.5, "center", label),
        (1, "right", form.format(x=norm.vmax)),
    ):
        bar.annotate(
            text, (x, 0), (0, -3), "axes fraction", "offset points", fontsize=7.5, va="top", ha=side, color="0.25"
        )


def class_attention(statistics: Mapping[str, AttentionStatistics], smallest: int = 50) -> Figure:
    """Per block a heat map: how much more weight queries of a class put on a class than uniform attention would.

    Logarithmic around 1 (white): 2 is twice as much. Classes with fewer than `smallest` queries are left out.
    """
    first = next(iter(statistics.values()))
    shown = np.flatnonzero(first.queries >= smallest)
    names = [_plain_text(first.classes[i]) for i in shown]
    side = WIDTH / 2 - 0.6
    with style():
        figure = Figure(figsize=(side * len(statistics) + 1.2, side + 0.2), layout="constrained")
        grid = figure.subplots(1, len(statistics), squeeze=False, sharey=True)[0]
        for axes, (block, measured) in zip(grid, statistics.items(), strict=True):
            with np.errstate(invalid="ignore", divide="ignore"):
                lift = np.log2(measured.between[:, :-1] / measured.uniform[:, :-1])[np.ix_(shown, shown)]
            drawn = axes.imshow(lift, cmap="RdBu_r", norm=Normalize(-2, 2))
            axes.set_xticks(range(len(shown)), names, rotation=90, fontsize=7.5)
            axes.set_yticks(range(len(shown)), names, fontsize=7.5)
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
            axes.set(title=block, xlabel="weight on pixels of")
        grid[0].set_ylabel("queries of")
        bar = figure.colorbar(drawn, ax=grid, shrink=0.6, aspect=30, extend="both", ticks=[-2, -1, 0, 1, 2])
        bar.ax.set_yticklabels(["1/4", "1/2", "1", "2", "4"], fontsize=7.5)
        bar.set_label("times uniform attention", fontsize=8)
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    return figure
