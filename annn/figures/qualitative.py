"""Figure 1: variants side by side with circles where they differ, and semantic consistency in numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from annn.analysis.disagreement import Circle, Examples
from annn.data.files import Sample
from annn.data.space import LabelSpace
from annn.figures.gallery import classes_in, paled, swatches
from annn.figures.style import GREY, WIDTH, Labels, palette, style

_LEAST = 0.035  # of an image's width: circles are drawn no smaller, and this much wider than what they hold


def variant_columns(
    samples: Sequence[Sample],
    predictions: Mapping[str, Sequence[Labels]],
    circles: Sequence[Mapping[str, Sequence[Circle]]],
    space: LabelSpace,
    color: str = "red",
) -> Figure:
    """Two lines per image, three pictures each: image, truth and variants' predictions of train ids, circles on some.

    circles: per image and variant, in pixels; drawn a little wider than they are, so as not to hide what they hold.
    """
    truths = [sample.label for sample in samples]
    titles = ["image", "truth", *predictions]
    present = classes_in(labels for drawn in (truths, *predictions.values()) for labels in drawn)
    patches = swatches(present, space)
    height, width = truths[0].shape
    columns = -(-len(titles) // 2)
    tall, lines = WIDTH / columns * height / width + 0.2, -(-len(patches) // 7)
    with style():
        figure = Figure(figsize=(WIDTH, 2 * len(samples) * tall + 0.21 * lines + 0.2))
        figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
        grid = figure.subplots(2 * len(samples), columns, squeeze=False)
        for axes in grid.flat:
            axes.axis("off")
        for row, (sample, cells) in enumerate(zip(samples, grid.reshape(len(samples), -1), strict=True)):
            labels = [drawn[row] for drawn in predictions.values()]
            pictures = [sample.image, space.colorize(sample.label), *(paled(space, x, sample.label) for x in labels)]
            for axes, title, picture in zip(cells, titles, pictures, strict=False):
                axes.imshow(picture, interpolation="nearest")
                axes.set_title(title, fontsize=9, loc="left", pad=2)
                for circle in circles[row].get(title, ()):
                    reach = 2 * (circle.radius + 0.5 + _LEAST * picture.shape[1])
                    axes.add_patch(
                        Ellipse((circle.column, circle.row), reach, reach, fill=False, edgecolor=color, lw=1.8)
                    )
        figure.legend(handles=patches, loc="outside lower center", ncols=7, fontsize=8, handlelength=1.2)
    return figure


def example_columns(
    samples: Sequence[Sample],
    predictions: Mapping[str, Sequence[Labels]],
    examples: Examples,
    space: LabelSpace,
) -> Figure:
    """`variant_columns` of the images that `disagreement.examples` chose; circles are red, for "worse" dark red."""
    places = examples.places
    chosen = {name: [maps[place] for place in places] for name, maps in predictions.items()}
    color = {"better": "red", "worse": "darkred"}[examples.way]
    return variant_columns([samples[place] for place in places], chosen, examples.circles, space, color)


def both_ways(summed: pd.DataFrame, reference: str) -> Figure:
    """Per variant, the pixels where `reference` alone is right (to the right) and where the variant alone is (left).

    summed: rows are variants, columns better and worse in % of the pixels that count (`disagreement.summed`).
    """
    rows = list(summed.index)
    with style():
        figure = Figure(figsize=(WIDTH, 1.1 + 0.42 * len(rows)), layout="constrained")
        axes = figure.subplots()
        axes.barh(rows, summed["better"], color="#2a7f62", height=0.6)
        axes.barh(rows, -summed["worse"], color="#c8553d", height=0.6)
        for place, row in enumerate(rows):
            for way, sign in (("better", 1), ("worse", -1)):
                axes.annotate(
                    f"{summed.loc[row, way]:.2f}", (sign * float(summed.loc[row, way]), place), (4 * sign, 0),
                    textcoords="offset points", va="center", ha="left" if sign > 0 else "right", fontsize=8.5,
                )  # fmt: skip
        limit = 1.25 * max(float(summed[["better", "worse"]].max().max()), 0.1)
        axes.set_xlim(-limit, limit)
        axes.axvline(0, color=GREY, lw=1)
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        axes.set_xlabel("% of the pixels that count")
        axes.set_title(f"the variant alone is right  ◄   ►  {reference} alone is right", loc="center")
    return figure


def consistency_panels(table: pd.DataFrame) -> Figure:
    """A panel per column of a table of variants: a dot each, with its value.

    Column names say what better is: they end in "↓" where less is, in "↑" where more is.
    """
    rows = list(table.index)
    colors = palette(rows)
    with style():
        figure = Figure(figsize=(WIDTH, 1.35 + 0.34 * len(rows)), layout="constrained")
        grid = figure.subplots(1, len(table.columns), sharey=True, squeeze=False)[0]
        for axes, (name, values) in zip(grid, table.items(), strict=True):
            best = values.min() if str(name).endswith("↓") else values.max()
            spread = max(float(values.max() - values.min()), 1e-3 * abs(float(values.max())), 1e-6)
            for place, row in enumerate(rows):
                value = float(values[row])
                axes.plot(value, place, "o", color=colors[row], ms=8)
                axes.annotate(
                    f"{value:.2f}" if value < 10 else f"{value:.1f}", (value, place), (0, 6),
                    textcoords="offset points", ha="center", fontsize=8.5,
                    fontweight="bold" if np.isclose(value, best) else "normal",
                )  # fmt: skip
            axes.set_xlim(float(values.min()) - 0.35 * spread, float(values.max()) + 0.35 * spread)
            axes.set_ylim(len(rows) - 0.5, -0.8)
            title = f"{str(name)[:-2]}\N{NO-BREAK SPACE}{str(name)[-1]}"  # the arrow stays with the last word
            axes.set_title(textwrap.fill(title, 22), fontsize=9)
            axes.set_yticks(range(len(rows)), rows)
            axes.grid(axis="y", lw=0.5, color="0.9")
            axes.tick_params(axis="y", length=0)
            axes.locator_params(axis="x", nbins=4)
    return figure
