"""What anchors do to decisions, as plots (notebook 8): every number as a dot with its 95 % interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from annn.figures.style import GREY, WIDTH, palette, style


def interval_dots(
    frame: pd.DataFrame, *, panel: str, row: str, series: str, unit: str, reference: float | None = None, said: str = ""
) -> Figure:
    """Dots with intervals (columns value, low, high): panels side by side, rows from top to bottom, series by colour.

    panel, row, series: columns of the frame. reference: where a dashed line stands, which `said` explains.
    """
    panels, colors = list(frame[panel].unique()), palette(list(frame[series].unique()))
    rows = [list(frame.loc[frame[panel] == name, row].unique()) for name in panels]
    tallest = max(map(len, rows))
    with style():
        figure = Figure(figsize=(WIDTH, 1.3 + (0.14 + 0.16 * len(colors)) * tallest), layout="constrained")
        grid = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, name, own in zip(grid, panels, rows, strict=True):
            part = frame[frame[panel] == name]
            _panel(axes, part, own, row, series, colors)
            if reference is not None:
                axes.axvline(reference, color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
            axes.set(ylim=(tallest - 0.5, -0.5), xlabel=unit)
            axes.set_title(name, fontsize=9.5)
        if len(colors) > 1:
            handles, labels = grid[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=4)
        if said:
            grid[0].annotate(
                said, (reference or 0.0, 1.0), (3, -2), ("data", "axes fraction"), "offset points", fontsize=7.5,
                color=GREY, va="top",
            )  # fmt: skip
    return figure


def _panel(axes: Axes, part: pd.DataFrame, rows: list[str], row: str, series: str, colors: dict) -> None:
    for shift, (name, color) in enumerate(colors.items()):
        lines = part[part[series] == name]
        places = [rows.index(label) + 0.22 * (shift - (len(colors) - 1) / 2) for label in lines[row]]
        reach = [lines["value"] - lines["low"], lines["high"] - lines["value"]]
        axes.errorbar(
            lines["value"], places, xerr=[part.clip(lower=0) for part in reach], fmt="o", ms=5, color=color,
            elinewidth=1.4, capsize=2.5, label=name,
        )  # fmt: skip
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", lw=0.5, color="0.9")
    axes.set_axisbelow(True)
