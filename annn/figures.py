"""Every plot: data in, matplotlib Figure out. Nothing is shown, and no global state is touched.

Rows of a table keep one colour in all plots, from a palette that colour-blind readers can tell apart; classes have the
colours of their data set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from jaxtyping import UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from annn.atomic import replacing
from annn.datasets import Sample
from annn.labels import IGNORE, Color, LabelSpace

WIDTH = 9.6  # inches: the width of a notebook's output at 100 dots per inch
_GREY = "0.45"

Image = UInt8[np.ndarray, "H W 3"]
Labels = UInt8[np.ndarray, "H W"]


@contextmanager
def style() -> Iterator[None]:
    """The look of all plots, for as long as one is being drawn or written."""
    settings: dict[Any, Any] = {
        **sns.axes_style("ticks"),
        **sns.plotting_context("notebook", font_scale=0.85),
        "figure.dpi": 100,
        "savefig.dpi": 150,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10.5,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "legend.frameon": False,
        "svg.hashsalt": "annn",  # the same plot is the same file
    }
    with mpl.rc_context(settings):
        yield


def save(figure: Figure, path: Path, formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Write a figure as `path` with each suffix, whole or not at all; raises `RunError` where that is not possible."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [path.with_name(f"{path.name}.{suffix}") for suffix in formats]
    for file, suffix in zip(written, formats, strict=True):
        with style(), replacing(file) as temporary:
            metadata = {"Date": None} if suffix == "svg" else None
            figure.savefig(temporary, format=suffix, bbox_inches="tight", metadata=metadata)
    return written


def table_panels(paper: Mapping[str, float], measured: pd.DataFrame, baseline: str, measured_on: str) -> Figure:
    """A table's rows twice: the paper's numbers, and ours, in panels with axes of their own.

    measured: columns row, seed, mIoU (%); a dot per seed, a bar across their mean. The two panels share nothing but the
    names of the rows, and as many points of mIoU to an inch; a line marks the baseline.
    """
    rows = list(measured["row"].unique())
    quoted = pd.DataFrame({"row": rows, "mIoU": [paper[row] for row in rows]})
    spans = [(frame["mIoU"].min(), frame["mIoU"].max()) for frame in (quoted, measured)]
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
            gain = (others - frame.loc[baseline]).round() + 0.0  # no "-0"
            limit = max(1.0, float(np.nanmax(np.abs(gain.to_numpy()), initial=0.0)))
            sns.heatmap(gain, ax=axes[1], fmt="+.0f", vmin=-limit, vmax=limit, cmap="vlag_r", **look)
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
    """Loss over steps: per row the mean over seeds, in a band from the lowest to the highest seed.

    logs: columns row, seed, step, loss. smooth: log lines in the running mean of each run.
    """
    loss = logs.groupby(["row", "seed"], sort=False)["loss"]
    smoothed = logs.assign(loss=loss.transform(lambda values: values.rolling(smooth, min_periods=1).mean()))
    rows = list(logs["row"].unique())
    with style():
        figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
        axes = figure.subplots()
        sns.lineplot(
            smoothed, x="step", y="loss", hue="row", hue_order=rows, palette=_palette(rows), ax=axes, lw=1.5,
            errorbar=("pi", 100),
        )  # fmt: skip
        # The first steps fall from far above; the axis is for what the rows differ in.
        axes.set_ylim(0.95 * smoothed["loss"].min(), 1.05 * smoothed["loss"].quantile(0.97))
        axes.set_xlim(0, logs["step"].max())
        axes.set(xlabel="step", ylabel="training loss")
        seeds = logs["seed"].nunique()
        axes.set_title(f"Training loss, running mean of {smooth} log lines" + (f", {seeds} seeds" * (seeds > 1)))
        axes.legend(title="", ncols=min(4, len(rows)), loc="upper right")
    return figure


def prediction_rows(
    samples: Sequence[Sample], predictions: Mapping[str, Sequence[Labels]], space: LabelSpace
) -> Figure:
    """A column per image, a row per model: image, truth, then each model's prediction of train ids.

    Pixels that do not count in the truth are black there, and pale in the predictions.
    """
    truths = [sample.label for sample in samples]
    rows: dict[str, list[np.ndarray]] = {
        "image": [sample.image for sample in samples],
        "truth": [space.colorize(truth) for truth in truths],
    }
    for model, drawn in predictions.items():
        rows[model] = [_paled(space, labels, truth) for labels, truth in zip(drawn, truths, strict=True)]
    present = _classes_in(labels for drawn in (truths, *predictions.values()) for labels in drawn)
    return _gallery(list(rows.values()), list(rows), present, space)


def contact_sheet(samples: Sequence[Sample], space: LabelSpace, columns: int = 4) -> Figure:
    """Images with their labels (train ids) below them, `columns` side by side, and the classes that occur."""
    rows = []
    for start in range(0, len(samples), columns):
        chunk = samples[start : start + columns]
        rows += [[sample.image for sample in chunk], [space.colorize(sample.label) for sample in chunk]]
    present = _classes_in(sample.label for sample in samples)
    return _gallery(rows, [""] * len(rows), present, space)


def _strip(axes: Axes, frame: pd.DataFrame, rows: list[str], baseline: str, reach: float, title: str) -> None:
    """A dot per seed, the mean in figures, and a tick across the dots at the mean where there are several."""
    means = frame.groupby("row")["mIoU"].mean()
    if baseline in means.index:
        axes.axvline(means[baseline], color=_GREY, lw=1, ls=(0, (4, 3)), zorder=0)
    sns.stripplot(
        frame, x="mIoU", y="row", hue="row", order=rows, hue_order=rows, palette=_palette(rows), ax=axes, size=7,
        jitter=False, alpha=0.75, legend=False,
    )  # fmt: skip
    for place, row in enumerate(rows):
        if (frame["row"] == row).sum() > 1:
            axes.plot([means[row]] * 2, [place - 0.25, place + 0.25], color="black", lw=1.6, solid_capstyle="butt")
        axes.annotate(
            f"{means[row]:.1f}", (means[row], place - 0.28), (0, 3), textcoords="offset points", ha="center",
            va="bottom", fontsize=8.5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip
    middle = (frame["mIoU"].min() + frame["mIoU"].max()) / 2
    axes.set_xlim(middle - reach, middle + reach)
    axes.set_ylim(len(rows) - 0.5, -0.75)
    axes.grid(axis="y", lw=0.5, color="0.9")
    axes.set(xlabel="mIoU, %", ylabel="", title=title)
    axes.tick_params(axis="y", length=0)


def _classes_in(maps: Iterable[Labels]) -> list[int]:
    """Train ids that occur anywhere, `IGNORE` last."""
    return sorted({int(index) for labels in maps for index in np.unique(labels)})


def _gallery(rows: list[list[np.ndarray]], names: list[str], present: list[int], space: LabelSpace) -> Figure:
    """Images in a grid, with names left of the rows and a legend of the classes below."""
    columns = max(map(len, rows))
    height, width = rows[0][0].shape[:2]
    across = WIDTH / columns
    shown = [index for index in present if index != IGNORE]
    patches = [_swatch(space.colors[index], space.classes[index]) for index in shown]
    if IGNORE in present:
        patches.append(_swatch(space.void_color, "does not count"))
    lines = -(-len(patches) // 7)
    with style():
        figure = Figure(figsize=(WIDTH, len(rows) * (across * height / width + 0.06) + 0.27 * lines + 0.2))
        figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for axes in grid.flat:
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        for line, name, images in zip(grid, names, rows, strict=True):
            line[0].set_ylabel(name, fontsize=8.5)
            for axes, image in zip(line, images, strict=False):
                axes.imshow(image, interpolation="nearest", aspect="auto")
        figure.legend(handles=patches, loc="outside lower center", ncols=7, fontsize=8, handlelength=1.2)
    return figure


def _swatch(color: Color, label: str) -> Patch:
    red, green, blue = (channel / 255 for channel in color)
    return Patch(color=(red, green, blue), label=label)


def _paled(space: LabelSpace, labels: np.ndarray, truth: np.ndarray) -> np.ndarray:
    colors = space.colorize(labels)
    uncounted = truth == IGNORE
    colors[uncounted] = (0.35 * colors[uncounted] + 0.65 * 255).astype(np.uint8)
    return colors


def _palette(rows: Sequence[str]) -> dict[str, tuple[float, float, float]]:
    return dict(zip(rows, sns.color_palette("colorblind", max(len(rows), 1)), strict=True))
