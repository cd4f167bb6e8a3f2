"""Figure 1: variants side by side with circles where they differ, and semantic consistency in numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence, Sized

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.patheffects import withStroke

from annn.analysis.disagreement import Circle, Examples
from annn.data.files import FileDataset, Sample
from annn.figures import photographs
from annn.figures.gallery import classes_in, legend_columns, paled, swatches
from annn.figures.style import GREY, WIDTH, Labels, named, palette, style

_LEAST = 0.035  # of an image's width: circles are drawn no smaller, and this much wider than what they hold


def variant_columns(
    samples: Sequence[Sample],
    predictions: Mapping[str, Sequence[Labels]],
    circles: Sequence[Mapping[str, Sequence[Circle]]],
    data: FileDataset,
    color: str = "red",
    name: str = "",
) -> Figure:
    """Two lines per image, three pictures each: image, truth and variants' predictions of train ids, circles on some.

    circles: per image and variant, in pixels; drawn a little wider than they are, so as not to hide what they hold.
    data: the data set of the images; of photographs only the first are shown, as many as `photographs` allows, with
    their source. name: of the networks, printed above.
    """
    titles = ["image", "truth", *predictions]
    samples = samples[: photographs.images_that_fit(data, len(titles), len(samples))]
    space, truths = data.space, [sample.label for sample in samples]
    shown = [drawn[: len(samples)] for drawn in predictions.values()]
    patches = swatches(classes_in(labels for drawn in (truths, *shown) for labels in drawn), space)
    height, width = truths[0].shape
    columns = -(-len(titles) // 2)
    across = photographs.width_of(data, columns)
    beside = legend_columns(across)
    tall, lines = across / columns * height / width + 0.2, -(-len(patches) // beside)
    with style():
        figure = Figure(figsize=(across, 2 * len(samples) * tall + 0.21 * lines + 0.2 + 0.25 * bool(name)))
        figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
        grid = figure.subplots(2 * len(samples), columns, squeeze=False)
        for axes in grid.flat:
            axes.axis("off")
        for row, (sample, cells) in enumerate(zip(samples, grid.reshape(len(samples), -1), strict=True)):
            pictures = [sample.image, space.colorize(sample.label)]
            pictures += [paled(space, drawn[row], sample.label) for drawn in shown]
            for axes, title, picture in zip(cells, titles, pictures, strict=False):
                axes.imshow(picture, interpolation="nearest")
                axes.set_title(title, fontsize=9, loc="left", pad=2)
                for circle in circles[row].get(title, ()):
                    reach = 2 * (circle.radius + 0.5 + _LEAST * picture.shape[1])
                    ring = Ellipse((circle.column, circle.row), reach, reach, fill=False, edgecolor=color, lw=1.8)
                    ring.set_path_effects([withStroke(linewidth=3.6, foreground="white")])  # some classes are red
                    axes.add_patch(ring)
        figure.legend(handles=patches, loc="outside lower center", ncols=beside, fontsize=8, handlelength=1.2)
        named(figure, name)
        return photographs.with_source(figure, data)


def images_shown(networks: Sized, data: FileDataset) -> int:
    """How many images the figure shows: four, of photographs as many as `photographs` allows (two of four networks)."""
    return photographs.images_that_fit(data, 2 + len(networks), 4)


def example_columns(
    samples: Sequence[Sample],
    predictions: Mapping[str, Sequence[Labels]],
    examples: Examples,
    data: FileDataset,
    name: str = "",
) -> Figure:
    """`variant_columns` of the images that `disagreement.examples` chose; circles are red, for "worse" dark red."""
    places = examples.places
    chosen = {network: [maps[place] for place in places] for network, maps in predictions.items()}
    color = {"better": "red", "worse": "darkred"}[examples.way]
    return variant_columns([samples[place] for place in places], chosen, examples.circles, data, color, name)


def both_ways(summed: pd.DataFrame, reference: str, name: str = "") -> Figure:
    """Per variant, the pixels where `reference` alone is right (to the right) and where the variant alone is (left).

    summed: rows are variants, columns better and worse in % of the pixels that count (`disagreement.summed`).
    """
    rows = list(summed.index)
    with style():
        figure = Figure(figsize=(WIDTH, 1.1 + 0.42 * len(rows) + 0.25 * bool(name)), layout="constrained")
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
        named(figure, name)
    return figure


def consistency_panels(table: pd.DataFrame, reference: str, name: str = "") -> Figure:
    """A panel per measure, a dot per variant: filled where it differs from `reference` beyond noise, else hollow.

    table: as `tables.figure1_consistency` gives it. The dashed line is the reference's value. Around each dot lie the
    two 95 % intervals of its difference to that: over images (broad), and over seeds (thin, where there are several; it
    may go on beyond the axis). A difference is within noise where one of them touches the line.
    """
    measures = list(table.index.unique("measure"))
    rows = list(table.index.unique("row"))
    with style():
        figure = Figure(figsize=(WIDTH, 1.35 + 0.34 * len(rows) + 0.25 * bool(name)), layout="constrained")
        grid = figure.subplots(1, len(measures), sharey=True, squeeze=False)[0]
        for axes, measure in zip(grid, measures, strict=True):
            _measure_panel(axes, table.loc[measure], reference)
            title = f"{measure[:-2]}\N{NO-BREAK SPACE}{measure[-1]}"  # the arrow stays with the last word
            axes.set_title(textwrap.fill(title, 22), fontsize=9)
        named(figure, name)
    return figure


def _measure_panel(axes: Axes, lines: pd.DataFrame, reference: str) -> None:
    """One measure: lines are variants."""
    colors = palette(list(lines.index))
    middle = lines.loc[reference, "value"]
    axes.axvline(middle, color=GREY, lw=1, ls=(0, (4, 3)), zorder=0)
    for place, (row, line) in enumerate(lines.iterrows()):
        value, low, high = line["value"], middle + line["difference low"], middle + line["difference high"]
        color, sure = colors[str(row)], line["verdict"] != "within noise"
        axes.barh(place, high - low, left=low, height=0.42, color=color, alpha=0.25, lw=0)
        if line["over seeds"] == line["over seeds"] and row != reference:
            axes.plot([value - line["over seeds"], value + line["over seeds"]], [place] * 2, color=color, lw=1.2)
        axes.plot(value, place, "o", color=color, ms=7, mfc=color if sure else "white", mew=1.6)
        axes.annotate(
            f"{value:.2f}" if value < 10 else f"{value:.1f}", (value, place), (0, 7), textcoords="offset points",
            ha="center", fontsize=8.5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )  # fmt: skip
    ends = pd.concat([lines["value"], middle + lines["difference low"], middle + lines["difference high"]])
    spread = max(float(ends.max() - ends.min()), 1e-3 * abs(float(ends.max())), 1e-6)
    axes.set_xlim(float(ends.min()) - 0.25 * spread, float(ends.max()) + 0.25 * spread)
    axes.set_ylim(len(lines) - 0.5, -0.8)
    axes.set_yticks(range(len(lines)), list(lines.index))
    axes.grid(axis="y", lw=0.5, color="0.9")
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=4)
