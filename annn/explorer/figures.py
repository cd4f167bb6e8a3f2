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
from annn.data.space import LabelSpace
from annn.explorer.payload import COLORMAPS, largest_on_positions
from annn.explorer.pictures import Picture
from annn.explorer.readings import levels_of, read, read_anchor, region, same_anchor
from annn.explorer.views import View
from annn.figures import WIDTH, style

PINS = ("#c84a06", "#1971c2", "#27823a", "#9c36b5")
_TITLE, _NOTES, _GAP, _BAR = 0.32, 0.62, 0.22, 0.07  # inches


def pinned(
    picture: Picture,
    views: Sequence[View],
    pins: Sequence[Sequence[int]],
    space: LabelSpace,
    settings: Mapping[str, Any] | None = None,
) -> Figure:
    """A row per pin and view. A query (row, column): its weight per position, as multiples of uniform, and per anchor.

    An anchor (its index into S in the first view): the weight of each query on it, and the mean weight on all anchors.
    settings: the page's settings for drawing: `colors`, `scale` ("query" or "absolute") and `opacity`.
    """
    settings = {"colors": "viridis", "scale": "query", "opacity": 0.6, **(settings or {})}
    paint = _Paint(
        colormaps[COLORMAPS[settings["colors"]]], float(settings["opacity"]), settings["scale"] == "absolute"
    )
    height, width = picture.image.shape[:2]
    rows = [(number, pin, view) for number, pin in enumerate(pins) for view in views]
    across = (WIDTH - 2 * _GAP - 0.3) / 3
    down = across * height / width
    tall = _TITLE + down + _NOTES
    pale = (picture.image.mean(axis=2, keepdims=True) * 0.75 + picture.image * 0.25) / 255
    with style():
        figure = Figure(figsize=(WIDTH, len(rows) * tall))
        for line, (number, pin, view) in enumerate(rows):
            color = PINS[number % len(PINS)]
            panels = []
            for k in range(3):
                left, bottom = 0.15 + k * (across + _GAP), (len(rows) - 1 - line) * tall + _NOTES
                box = (left / WIDTH, bottom / (len(rows) * tall), across / WIDTH, down / (len(rows) * tall))
                panels.append(figure.add_axes(box))
                _plain(panels[-1], picture.image.shape)
            drawn = _row_content(view, views[0], pin, space, paint.absolute)
            _where(panels[0], picture, view, drawn, color, number + 1)
            _map(panels[1], pale, drawn, paint, color)
            _anchors(panels[2], pale, view, drawn, paint)
        # The name of the image, with its source if it has one.
        figure.text(1 - 0.15 / WIDTH, 0, picture.name, ha="right", va="bottom", fontsize="x-small", color="0.4")
    return figure


class _RowContent(NamedTuple):
    """The content of a row of the figure: a region (top, left, bottom, right in fractions), a note, a map, a row of S.

    limit: the largest value of the colour scale; None means the largest value of the map.
    """

    region: tuple[float, float, float, float]
    note: str
    map: np.ndarray
    limit: float | None
    title: str
    unit: str
    form: str
    row: np.ndarray
    row_title: str


def _row_content(view: View, first: View, pin: Sequence[int], space: LabelSpace, absolute: bool = False) -> _RowContent:
    if len(pin) > 1:
        return _query(view, pin[0], pin[1], space, absolute)
    return _anchor(view, same_anchor(view, first, pin[0]), space, absolute)


def _query(view: View, row: int, column: int, space: LabelSpace, absolute: bool) -> _RowContent:
    reading = read(view, row, column)
    q = view.query(reading.row, reading.column)
    weights = view.attention.on_positions(torch.tensor([q]))[0, 0].numpy()
    rows, columns = view.attention.query_grid
    truth = "" if view.truth is None else f"truth: {_name(space, reading.truth)}; "
    return _RowContent(
        region=(reading.row / rows, reading.column / columns, (reading.row + 1) / rows, (reading.column + 1) / columns),
        note=(
            f"row {reading.row}, column {reading.column}: {_name(space, reading.predicted)} "
            f"{100 * reading.confidence:.0f} %\n{truth}entropy {reading.entropy:.2f} of "
            f"{np.log2(view.weights.shape[1]):.2f} bits"
        ),
        map=weights * weights.size,
        limit=largest_on_positions(view) * weights.size if absolute else None,
        title="weight per position",
        unit="times uniform attention",
        form="{x:.2g}",
        row=view.weights[q].numpy(),
        row_title="weight per anchor",
    )


def _anchor(view: View, index: int, space: LabelSpace, absolute: bool) -> _RowContent:
    reading = read_anchor(view, index)
    place = reading.anchor
    name, mean = reading.classes[0]
    return _RowContent(
        region=region(view.attention, place),
        note=(
            f"anchor {place.level}, row {place.row}, column {place.column}: average "
            f"{100 * reading.average:.2f} %\nuniform {100 * reading.uniform:.2f} %; most from {_name(space, name)} "
            f"{100 * mean:.2f} %"
        ),
        map=100 * view.weights[:, index].reshape(view.attention.query_grid).numpy(),
        limit=100 * float(view.weights.max()) if absolute else None,
        title="who looks at it",
        unit="of a position's attention",
        form="{x:.2g} %",
        row=view.weights.mean(0).numpy(),
        row_title="average weight per anchor",
    )


class _Paint(NamedTuple):
    cmap: Colormap
    opacity: float
    absolute: bool


def sentences(view: View, first: View, pins: Sequence[Sequence[int]], space: LabelSpace, settings) -> list[str]:
    """One line for each pin, a query or an anchor of the first view."""
    lines = []
    for pin in pins:
        note = _row_content(view, first, pin, space).note.replace("\n", "; ")
        if len(pin) > 1:
            reading = read(view, pin[0], pin[1])
            best, weight = reading.top[0]
            shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in reading.shares.items())
            note += (
                f"; levels {shares}; most on {best.level} row {best.row}, column {best.column}: {100 * weight:.2f} %"
            )
        lines.append(note)
    return lines


def _name(space: LabelSpace, index: int | None) -> str:
    if index is None:
        return "does not count"
    return space.classes[index] if index < len(space.classes) else str(index)


def _plain_text(text: str) -> str:
    """Escape dollar signs, which would start a formula."""
    return text.replace("$", r"\$")


def _plain(axes: Axes, shape: tuple[int, ...]) -> None:
    axes.set(xticks=[], yticks=[], xlim=(0, shape[1]), ylim=(shape[0], 0))
    axes.spines[:].set_visible(False)


def _extent(shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    return (0, shape[1], shape[0], 0)


def _frame(axes: Axes, drawn: _RowContent, shape: tuple[int, ...], color: str) -> None:
    top, left, bottom, right = np.array(drawn.region) * (*shape[:2], *shape[:2])
    for line, edge in ((2.6, "white"), (1.4, color)):
        axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, lw=line, ec=edge))


def _where(axes: Axes, picture: Picture, view: View, drawn: _RowContent, color: str, number: int) -> None:
    axes.imshow(picture.image, extent=_extent(picture.image.shape), aspect="auto")
    _frame(axes, drawn, picture.image.shape, color)
    axes.set_title(_plain_text(f"{number}  {view.key}"), color=color)
    axes.annotate(
        _plain_text(drawn.note), (0, 0), (0, -5), "axes fraction", "offset points", fontsize=8, va="top", color="0.25"
    )


def _map(axes: Axes, pale: np.ndarray, drawn: _RowContent, paint: _Paint, color: str) -> None:
    norm = Normalize(0, drawn.limit or float(drawn.map.max()))
    axes.imshow(pale, extent=_extent(pale.shape), aspect="auto")
    axes.imshow(
        drawn.map, extent=_extent(pale.shape), cmap=paint.cmap, norm=norm, alpha=paint.opacity, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    _frame(axes, drawn, pale.shape, color)
    axes.set_title(drawn.title)
    _bar(axes, norm, paint, drawn.unit, drawn.form)


def _anchors(axes: Axes, pale: np.ndarray, view: View, drawn: _RowContent, paint: _Paint) -> None:
    """All levels in one panel, two by two, each a small copy of the picture."""
    row = 100 * drawn.row
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
    axes.set_title(drawn.row_title)
    _bar(axes, norm, paint, "of the attention, per cell", "{x:.2g} %")


def _bar(axes: Axes, norm: Normalize, paint: _Paint, label: str, form: str) -> None:
    """A thin colour bar below a panel, with labels at its ends."""
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
    """A heat map per block: the weight of queries of a class on a class, divided by that of uniform attention.

    Logarithmic around 1 (white): 2 is twice as much. Classes with fewer than `smallest` queries are left out.
    """
    first = next(iter(statistics.values()))
    frequent = np.flatnonzero(first.queries >= smallest)
    names = [_plain_text(first.classes[i]) for i in frequent]
    side = WIDTH / 2 - 0.6
    with style():
        figure = Figure(figsize=(side * len(statistics) + 1.2, side + 0.2), layout="constrained")
        grid = figure.subplots(1, len(statistics), squeeze=False, sharey=True)[0]
        for axes, (block, measured) in zip(grid, statistics.items(), strict=True):
            with np.errstate(invalid="ignore", divide="ignore"):
                lift = np.log2(measured.between[:, :-1] / measured.uniform[:, :-1])[np.ix_(frequent, frequent)]
            drawn = axes.imshow(lift, cmap="RdBu_r", norm=Normalize(-2, 2))
            axes.set_xticks(range(len(frequent)), names, rotation=90, fontsize=7.5)
            axes.set_yticks(range(len(frequent)), names, fontsize=7.5)
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
            axes.set(title=block, xlabel="weight on pixels of")
        grid[0].set_ylabel("queries of")
        bar = figure.colorbar(drawn, ax=grid, shrink=0.6, aspect=30, extend="both", ticks=[-2, -1, 0, 1, 2])
        bar.ax.set_yticklabels(["1/4", "1/2", "1", "2", "4"], fontsize=7.5)
        bar.set_label("times uniform attention", fontsize=8)
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    return figure
