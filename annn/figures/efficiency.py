"""Plots of what the blocks cost: growth with the map, small maps, work of the head, ratios to the textbook."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from annn.figures.style import GREY, WIDTH, palette, style

_FORMS = ("dense", "dense, fused kernel", "textbook", "ours", "folded", "ours compiled", "folded compiled")
_STEPS = (
    "AFNB projections", "AFNB attention", "AFNB fuse", "3x3 convolution",
    "APNB projections", "APNB attention", "APNB fuse", "the rest",
)  # fmt: skip
_MARKS: dict[str, str] = dict(zip(_FORMS, "osDv^P*", strict=True))


def growth_panels(frame: pd.DataFrame, time: pd.Series, memory: pd.Series, smallest: int = 2000) -> Figure:
    """Seconds and temporary memory against the number of positions, on log axes, with fitted exponents.

    frame: lines of one level and mode (`tables.bench_frame`). time, memory: exponents by form (`tables.growth`).
    """
    with style():
        figure = Figure(figsize=(WIDTH, 4.1), layout="constrained")
        left, right = figure.subplots(1, 2)
        _curves(left, frame, "seconds", time, smallest)
        left.set(title="Time of one map", ylabel="seconds")
        _curves(right, frame, "temporary", memory, smallest)
        right.set(title="Memory, without input and output", ylabel="MB")
    return figure


def small_maps(frame: pd.DataFrame, anchors: int = 110) -> Figure:
    """Work and time relative to the dense block on small maps, where the anchors outnumber the positions."""
    forms = [form for form in _FORMS if form in set(frame["form"]) and form != "dense"]
    colors = palette(_FORMS)
    dense = frame[frame["form"] == "dense"].set_index("positions")
    with style():
        figure = Figure(figsize=(WIDTH, 3.5), layout="constrained")
        for axes, quantity, title in zip(
            figure.subplots(1, 2), ("work", "seconds"), ("Multiply-adds", "Time"), strict=True
        ):
            axes.axhline(1, color=GREY, lw=1, ls=(0, (4, 3)))
            axes.axvspan(frame["positions"].min() * 0.9, anchors, color="0.93", lw=0)
            axes.annotate(f"N < {anchors}", (anchors, 0), (-6, 8), "data", "offset points",
                          ha="right", fontsize=8.5, color="0.3")  # fmt: skip
            for form in forms:
                lines = frame[frame["form"] == form].set_index("positions")
                relative = lines[quantity] / dense[quantity]
                axes.plot(relative.index, relative, marker=_MARKS[form], ms=6, color=colors[form], label=form)
            _positions(axes, frame["positions"].unique())
            axes.set(title=f"{title}: relative to the dense block", ylim=(0, None))
        axes.legend()
    return figure


def work_bars(steps: Mapping[str, Mapping[str, int]], title: str) -> Figure:
    """Multiply-adds of the head, a stacked bar per form; steps: by form, then by step (`cost.head_steps`)."""
    steps = {form: _without_crumbs(work, 0.004 * max(map(_total, steps.values()))) for form, work in steps.items()}
    shown = sorted({name for work in steps.values() for name in work}, key=_STEPS.index)
    colors = palette(_STEPS)
    with style():
        figure = Figure(figsize=(WIDTH, 1.5 + 0.5 * len(steps)), layout="constrained")
        axes = figure.subplots()
        for place, work in enumerate(steps.values()):
            start = 0.0
            for name in shown:
                length = work.get(name, 0) / 1e9
                axes.barh(place, length, left=start, height=0.62, color=colors[name], edgecolor="white", lw=0.6)
                start += length
            axes.annotate(f"{start:.0f} G", (start, place), (4, 0), textcoords="offset points", va="center", fontsize=9)
        axes.set_yticks(range(len(steps)), list(steps))
        axes.set_ylim(len(steps) - 0.5, -0.5)
        axes.margins(x=0.08)
        axes.tick_params(axis="y", length=0)
        axes.set(title=title, xlabel="G multiply-adds")
        handles = [Patch(color=colors[name], label=name) for name in shown]
        figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=8)
    return figure


def ratio_dots(ratios: pd.DataFrame, title: str) -> Figure:
    """Time relative to the textbook: a dot at the median of the rounds' ratios, a bar over their middle half."""
    forms = list(dict.fromkeys(ratios["form"]))
    colors = palette(_FORMS)
    with style():
        figure = Figure(figsize=(WIDTH, 1.3 + 0.36 * len(ratios)), layout="constrained")
        axes = figure.subplots()
        axes.axvline(1, color=GREY, lw=1, ls=(0, (4, 3)))
        for place, (_, line) in enumerate(ratios.iterrows()):
            color = colors[line["form"]]
            axes.plot([line["low"], line["high"]], [place] * 2, color=color, lw=4, alpha=0.35, solid_capstyle="butt")
            axes.plot(line["time"], place, marker=_MARKS[line["form"]], ms=8, color=color)
            if np.isfinite(line["work"]):
                axes.plot(line["work"], place, marker="|", ms=13, mew=1.8, color="black", zorder=1)
            axes.annotate(
                f"{line['time']:.2f}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=9
            )
        axes.set_yticks(range(len(ratios)), [_named(line) for _, line in ratios.iterrows()])
        axes.set_ylim(len(ratios) - 0.5, -0.5)
        axes.set_xlim(0, max(1.05, 1.05 * ratios["high"].max()))
        axes.grid(axis="x", lw=0.5, color="0.9")
        axes.tick_params(axis="y", length=0)
        axes.set(title=title, xlabel="time relative to the textbook, same round (black stroke: multiply-adds)")
        assert forms
    return figure


def _named(line: pd.Series) -> str:
    layout = ", channels last" if line["layout"] == "channels last" else ""
    return f"{line['part']}{layout}: {line['form']}"


def _total(work: Mapping[str, int]) -> int:
    return sum(work.values())


def _without_crumbs(work: Mapping[str, int], least: float) -> dict[str, int]:
    """The steps of at least so many multiply-adds, and the sum of the others."""
    shown = {name: value for name, value in work.items() if value >= least}
    return {**shown, "the rest": _total(work) - _total(shown)}


def _curves(axes: Axes, frame: pd.DataFrame, quantity: str, exponents: pd.Series, smallest: int) -> None:
    colors = palette(_FORMS)
    for form in [form for form in _FORMS if form in set(frame["form"])]:
        lines = frame[(frame["form"] == form) & np.isfinite(frame[quantity])].sort_values("positions")
        label = f"{form}  ~ N^{exponents[form]:.2f}" if form in exponents.index else form
        axes.plot(lines["positions"], lines[quantity], marker=_MARKS[form], ms=5.5, color=colors[form], label=label)
    axes.set_yscale("log")
    _positions(axes, frame["positions"].unique())
    axes.axvline(smallest, color=GREY, lw=0.8, ls=":")
    axes.grid(axis="y", lw=0.5, color="0.92")
    axes.legend(fontsize=8.5)


def _positions(axes: Axes, positions: np.ndarray) -> None:
    axes.set_xscale("log")
    axes.set_xticks(sorted(positions))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value:.0f}" if value < 10000 else f"{value / 1000:.0f}k")
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("positions N")
