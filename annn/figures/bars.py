"""Bars of classes, and dots of rows that have no number in the paper."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from annn.data.space import LabelSpace
from annn.figures.style import GREY, WIDTH, palette, style
from annn.tables import margin


def class_bars(iou: pd.Series, space: LabelSpace, title: str, most: int = 20) -> Figure:
    """IoU of classes (%), highest first, in their data set's colors; with many classes the best and the worst `most`.

    iou: by class name; classes whose IoU is NaN (without truth or prediction) are left out. Where there are many, those
    at 0 are counted and not drawn.
    """
    ranked = iou.dropna().sort_values(ascending=False, kind="stable")
    counted, found = len(ranked), ranked[ranked > 0]
    missed = f"the other {counted - len(found)} of {counted} have 0 %"
    if counted > 2 * most and 0 < len(found) < counted:
        ranked = found
        if len(found) <= 2 * most:
            title = f"{title}: the {len(found)} classes found; {missed}"
    half = -(-len(ranked) // 2)
    if len(ranked) > 2 * most:
        last = f"worst {most} found; {missed}" if len(found) < counted else f"worst {most}"
        parts = {f"{title}: best {most} of {counted} classes": ranked[:most], last: ranked[-most:]}
    else:
        parts = {title: ranked[:half], "": ranked[half:]}
    tallest = max(max(map(len, parts.values())), 1)
    with style():
        figure = Figure(figsize=(WIDTH, 0.8 + 0.2 * tallest), layout="constrained")
        for axes, (name, part) in zip(figure.subplots(1, 2, sharex=True), parts.items(), strict=True):
            _bars(axes, part, space, tallest, max(10.0, 1.12 * ranked.max()))
            axes.set_title(name)
    return figure


def gain_dots(measured: pd.DataFrame, gain: pd.DataFrame, reference: str, title: str) -> Figure:
    """What each row gains over the reference: a dot per seed, a tick at the mean, and a band for the noise around it.

    The band is the mean's 95 % confidence interval (`tables.margin`); with two or three seeds it may be far wider than
    the axis, which shows all dots. measured: columns row, seed, mIoU. gain: row by seed, in points, paired by seed (see
    `tables.gains`).
    """
    rows = list(gain.index)
    colors = palette(rows)
    with style():
        figure = Figure(figsize=(WIDTH, 1.2 + 0.42 * len(rows)), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0, color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
        for place, row in enumerate(rows):
            values = gain.loc[row].dropna()
            mean = values.mean()
            axes.plot(values, [place] * len(values), "o", ms=7, color=colors[row], alpha=0.85, mew=0, clip_on=False)
            if len(values) > 1:
                error = margin(values)
                axes.barh(place, 2 * error, left=mean - error, height=0.55, color=colors[row], alpha=0.22, lw=0)
                axes.plot([mean] * 2, [place - 0.28, place + 0.28], color="black", lw=1.6, solid_capstyle="butt")
            score = measured.loc[measured["row"] == row, "mIoU"].mean()
            gained = "" if row == reference else f"  ({round(mean, 1) + 0.0:+.1f})"
            axes.annotate(
                f"{score:.1f} %{gained}", (1.0, place), (4, 0),
                ("axes fraction", "data"), "offset points", va="center", fontsize=8.5,
            )  # fmt: skip
        axes.set_yticks(range(len(rows)), rows)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.use_sticky_edges = False  # of the bands: without a margin, dots would lie on the axis's ends
        axes.margins(x=0.06)
        low, high = gain.min(axis=None), gain.max(axis=None)
        if low < high:  # bands may go on beyond the axis
            (left, right), room = axes.get_xlim(), (high - low) / 2
            axes.set_xlim(max(left, low - room), min(right, high + room))
        axes.grid(axis="x", lw=0.5, color="0.9")
        axes.tick_params(axis="y", length=0)
        seeds = measured["seed"].nunique()
        axes.set(xlabel=f"points of mIoU over '{reference}', {seeds} seed{'s' if seeds > 1 else ''}", title=title)
        sns.despine(figure, left=True)
    return figure


def _bars(axes: Axes, part: pd.Series, space: LabelSpace, places: int, reach: float) -> None:
    colors: Mapping[str, tuple[float, ...]] = {
        name: tuple(channel / 255 for channel in color) for name, color in zip(space.classes, space.colors, strict=True)
    }
    ticks = range(len(part))
    axes.barh(ticks, part, color=[colors[name] for name in part.index], height=0.78, edgecolor="0.35", linewidth=0.4)
    for place, value in zip(ticks, part, strict=True):
        axes.annotate(f"{value:.0f}", (value, place), (3, 0), textcoords="offset points", va="center", fontsize=7.5)
    axes.set_yticks(ticks, list(part.index), fontsize=8)
    axes.set_ylim(places - 0.4, -0.6)
    axes.set_xlim(0, reach)
    axes.set_xlabel("IoU, %")
    axes.tick_params(axis="y", length=0)
