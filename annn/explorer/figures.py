"""The explorer's views as matplotlib figures: for papers, and for pages without a kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from annn.analysis.attention import AttentionStatistics
from annn.data.space import LabelSpace
from annn.explorer.payload import COLORMAPS, DIVERGING
from annn.explorer.pictures import Picture
from annn.explorer.readings import levels_of
from annn.explorer.rows import Row, row_of
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
    settings: the page's settings for drawing: `colors`, `scale` ("query" or "absolute"), `opacity`, `view` ("effect"
    draws what each anchor does to a query's decision, where the view has a head) and `convention`.
    """
    settings = {"colors": "viridis", "opacity": 0.6, **(settings or {})}
    paint = _Paint(colormaps[COLORMAPS[settings["colors"]]], float(settings["opacity"]))
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
            drawn = row_of(view, views[0], pin, space, settings)
            _where(panels[0], picture, view, drawn, color, number + 1)
            _map(panels[1], pale, drawn, paint.of(drawn), color)
            _anchors(panels[2], pale, view, drawn, paint.of(drawn))
        # The name of the image, with its source if it has one.
        figure.text(1 - 0.15 / WIDTH, 0, picture.name, ha="right", va="bottom", fontsize="x-small", color="0.4")
    return figure


class _Paint(NamedTuple):
    cmap: Colormap
    opacity: float

    def of(self, drawn: Row) -> _Paint:
        """The paint of a row: effects have colours of their own, around zero."""
        return self._replace(cmap=colormaps[DIVERGING]) if drawn.centred else self


def _norm(values: np.ndarray, limit: float | None, centred: bool) -> Normalize:
    limit = limit or float(np.abs(values).max()) or 1.0
    return Normalize(-limit if centred else 0, limit)


def _plain_text(text: str) -> str:
    """Escape dollar signs, which would start a formula."""
    return text.replace("$", r"\$")


def _plain(axes: Axes, shape: tuple[int, ...]) -> None:
    axes.set(xticks=[], yticks=[], xlim=(0, shape[1]), ylim=(shape[0], 0))
    axes.spines[:].set_visible(False)


def _extent(shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    return (0, shape[1], shape[0], 0)


def _frame(axes: Axes, drawn: Row, shape: tuple[int, ...], color: str) -> None:
    top, left, bottom, right = np.array(drawn.region) * (*shape[:2], *shape[:2])
    for line, edge in ((2.6, "white"), (1.4, color)):
        axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, lw=line, ec=edge))


def _where(axes: Axes, picture: Picture, view: View, drawn: Row, color: str, number: int) -> None:
    axes.imshow(picture.image, extent=_extent(picture.image.shape), aspect="auto")
    _frame(axes, drawn, picture.image.shape, color)
    axes.set_title(_plain_text(f"{number}  {view.key}"), color=color)
    axes.annotate(
        _plain_text(drawn.note), (0, 0), (0, -5), "axes fraction", "offset points", fontsize=8, va="top", color="0.25"
    )


def _map(axes: Axes, pale: np.ndarray, drawn: Row, paint: _Paint, color: str) -> None:
    norm = _norm(drawn.map, drawn.limit, drawn.centred)
    axes.imshow(pale, extent=_extent(pale.shape), aspect="auto")
    axes.imshow(
        drawn.map, extent=_extent(pale.shape), cmap=paint.cmap, norm=norm, alpha=paint.opacity, aspect="auto",
        interpolation="nearest",
    )  # fmt: skip
    _frame(axes, drawn, pale.shape, color)
    axes.set_title(drawn.title)
    _bar(axes, norm, paint, drawn.unit, drawn.form)


def _anchors(axes: Axes, pale: np.ndarray, view: View, drawn: Row, paint: _Paint) -> None:
    """All levels in one panel, two by two, each a small copy of the picture."""
    row = drawn.row
    norm = _norm(row, drawn.row_limit, drawn.centred)
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
        share = "" if drawn.centred else f": {row[part].sum():.1f} %"  # effects of single anchors do not add up
        text = axes.text(x + w / 40, y + h / 24, f"{rows}x{columns}{share}", va="top", fontsize=6.5)
        text.set(color="white", path_effects=[withStroke(linewidth=1.4, foreground="black")])
    _plain(axes, pale.shape)
    axes.set_title(drawn.row_title)
    _bar(axes, norm, paint, drawn.row_unit, drawn.row_form)


def _bar(axes: Axes, norm: Normalize, paint: _Paint, label: str, form: str) -> None:
    """A thin colour bar below a panel, with labels at its ends."""
    figure, place = axes.figure, axes.get_position()
    inch = 1 / figure.get_figheight()  # pyright: ignore[reportAttributeAccessIssue]
    bar = figure.add_axes((place.x0, place.y0 - (_BAR + 0.07) * inch, place.width, _BAR * inch))
    bar.imshow(np.linspace(0, 1, 256)[None], cmap=paint.cmap, aspect="auto")
    bar.set(xticks=[], yticks=[])
    bar.spines[:].set_visible(False)
    for x, side, text in (
        (0, "left", form.format(x=norm.vmin)),
        (0.5, "center", _plain_text(label)),
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
