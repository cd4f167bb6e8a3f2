"""Plots of what the tables hold: a dot per run, IoU per class, losses over steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from annn.figures.style import GREY, WIDTH, palette, style


def table_panels(paper: Mapping[str, float], measured: pd.DataFrame, baseline: str, measured_on: str) -> Figure:
    """A table's rows twice: the paper's numbers, and ours, in panels with axes of their own.

    measured: columns row, seed, mIoU (%); a dot per seed, a bar across their mean. The two panels share nothing but the
    names of the rows, and as many points of mIoU to an inch; a line marks the baseline. Rows that `paper` does not have
    say so on the left.
    """
    rows = list(measured["row"].unique())
    quoted = pd.DataFrame([{"row": row, "mIoU": paper[row]} for row in rows if row in paper], columns=["row", "mIoU"])
    spans = [(frame["mIoU"].min(), frame["mIoU"].max()) for frame in (quoted, measured) if len(frame)]
    reach = max(high - low for low, high in spans) * 0.62 + 0.4  # half of what both axes show
    with style():
        figure = Figure(figsize=(WIDTH, 1.3 + 0.48 * len(rows)), layout="constrained")
        left, right = figure.subplots(1, 2)
        _strip(left, quoted, rows, baseline, reach, "Paper: Cityscapes val, ResNet-101")
        _strip(right, measured, rows, baseline, reach, f"Here: {measured_on}")
        seeds = measured["seed"].nunique()
        right.set_xlabel(f"mIoU, %, {seeds} seed{'s' if seeds > 1 else ''}")
        right.set_yticklabels([])
    return figure


def class_iou(frame: pd.DataFrame, baseline: str, marked: Sequence[str] = ()) -> Figure:
    """IoU of each class (%), row by class, and below it what each row gains over the baseline (points).

    marked: classes whose names are printed bold.
    """
    with style():
        others = frame.drop(index=baseline, errors="ignore")
        compared = baseline in frame.index and len(others) > 0
        heights = [len(frame), len(others)] if compared else [len(frame)]
        figure = Figure(figsize=(WIDTH, 1.5 + 0.42 * sum(heights)), layout="constrained")
        axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
        look = {"annot": True, "annot_kws": {"size": 7.5}, "linewidths": 0.8, "cbar_kws": {"pad": 0.01, "aspect": 12}}
        sns.heatmap(frame, ax=axes[0], fmt=".0f", vmin=0, vmax=100, cmap="crest", **look)
        axes[0].set_title("IoU of each class, %")
        if compared:
            gain = others - frame.loc[baseline]
            largest = float(np.nanmax(np.abs(gain.to_numpy()), initial=0.0))
            digits, limit = int(largest < 3), max(3.0, largest)  # what is small looks small, and is told apart
            gain = gain.round(digits) + 0.0  # no "-0"
            sns.heatmap(gain, ax=axes[1], fmt=f"+.{digits}f", vmin=-limit, vmax=limit, cmap="vlag_r", **look)
            axes[1].set_title(f"Gain over {baseline}, points")
        for panel in axes:
            panel.set(xlabel="", ylabel="", facecolor="0.92")  # grey: the class is nowhere
            panel.tick_params(length=0)
            panel.tick_params(axis="y", rotation=0)
        names = axes[-1].set_xticklabels(axes[-1].get_xticklabels(), rotation=40, ha="right", rotation_mode="anchor")
        for name in names:
            name.set_fontweight("bold" if name.get_text() in marked else "normal")
    return figure


def learning_curves(logs: pd.DataFrame, smooth: int = 5) -> Figure:
    """Loss over steps, on a log axis: per row the mean over seeds, in a band from the lowest to the highest seed.

    logs: columns row, seed, step, loss. smooth: log lines in the running mean of each run. Steps that the logs leave
    out at the beginning, those of a network that all rows continue from, are not shown.
    """
    loss = logs.groupby(["row", "seed"], sort=False)["loss"]
    smoothed = logs.assign(loss=loss.transform(lambda values: values.rolling(smooth, min_periods=1).mean()))
    rows = list(logs["row"].unique())
    with style():
        figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
        axes = figure.subplots()
        sns.lineplot(
            smoothed, x="step", y="loss", hue="row", hue_order=rows, palette=palette(rows), ax=axes, lw=1.5,
            errorbar=("pi", 100),
        )  # fmt: skip
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.grid(axis="y", lw=0.5, color="0.92")
        begin, end = logs["step"].min(), logs["step"].max()
        axes.set_xlim(begin if 2 * begin > end else 0, end)
        axes.set(xlabel="step", ylabel="training loss")
        seeds = logs["seed"].nunique()
        of = f" of {rows[0]}" if len(rows) == 1 else ""
        axes.set_title(f"Training loss{of}, running mean of {smooth} log lines" + (f", {seeds} seeds" * (seeds > 1)))
        handles, labels = axes.get_legend_handles_labels()
        axes.legend().remove()
        if len(rows) > 1:  # below: a curve may run anywhere
            figure.legend(handles, labels, ncols=min(4, len(rows)), loc="outside lower center")
    return figure


def _strip(axes: Axes, frame: pd.DataFrame, rows: list[str], baseline: str, reach: float, title: str) -> None:
    """A dot per seed, the mean in figures, and a tick across the dots at the mean where there are several.

    A row without numbers has a text in their place.
    """
    means = frame.groupby("row")["mIoU"].mean()
    if baseline in means.index:
        axes.axvline(means[baseline], color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
    if len(frame):
        sns.stripplot(
            frame, x="mIoU", y="row", hue="row", order=rows, hue_order=rows, palette=palette(rows), ax=axes, size=7,
            jitter=False, alpha=0.75, legend=False,
        )  # fmt: skip
    else:  # nothing that would make an axis of rows
        axes.set(xticks=[], yticks=range(len(rows)), yticklabels=rows)
    for place, row in enumerate(rows):
        if row not in means.index:
            axes.text(
                0.5, place, "no number", transform=axes.get_yaxis_transform(), ha="center", va="center", color=GREY,
                fontsize=8.5,
            )  # fmt: skip
            continue
        if (frame["row"] == row).sum() > 1:
            axes.plot([means[row]] * 2, [place - 0.25, place + 0.25], color="black", lw=1.6, solid_capstyle="butt")
        axes.annotate(
            f"{means[row]:.1f}", (means[row], place - 0.28), (0, 3), textcoords="offset points", ha="center",
            va="bottom", fontsize=8.5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    middle = (frame["mIoU"].min() + frame["mIoU"].max()) / 2 if len(frame) else 0.0
    axes.set_xlim(middle - reach, middle + reach)
    axes.set_ylim(len(rows) - 0.5, -0.75)
    axes.grid(axis="y", lw=0.5, color="0.9")
    axes.set(xlabel="mIoU, %", ylabel="", title=title)
    axes.tick_params(axis="y", length=0)
