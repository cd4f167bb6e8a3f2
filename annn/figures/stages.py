"""Figure 2: the maps of five stages of two networks, and how alike the networks are in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from annn.data.files import FileDataset
from annn.figures import photographs
from annn.figures.style import GREY, WIDTH, Image, style


def stage_rows(rows: Mapping[str, Sequence[np.ndarray]], image: Image, data: FileDataset) -> Figure:
    """A row per network, a column per stage; maps (h, w) in a colour map, (h, w, 3) as the RGB values (0..1) they are.

    image: the image behind the maps, shown before each row. data: its data set, whose source is printed
    (`photographs`). Raises ConfigError for more than 12 panels of a photograph.
    """
    stages = len(next(iter(rows.values())))
    columns = stages + 1
    photographs.images_that_fit(data, len(rows) * columns, 1)
    extent = (0, image.shape[1], image.shape[0], 0)
    width = photographs.width_of(data, columns)
    tall = width / columns * image.shape[0] / image.shape[1]
    with style():
        figure = Figure(figsize=(width, len(rows) * (tall + 0.22) + 0.25))
        figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for row, (name, maps) in enumerate(rows.items()):
            pictures, titles = [image, *maps], ["image", *(f"Stage{stage}" for stage in range(1, stages + 1))]
            for axes, title, picture in zip(grid[row], titles, pictures, strict=True):
                # All on one extent: a stage at stride 8 is shown as large as the image that it belongs to.
                axes.imshow(picture, cmap="viridis", interpolation="nearest", extent=extent)
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
                if row == 0:
                    axes.set_title(title, fontsize=9, loc="center")
            grid[row, 0].set_xlabel(name, fontsize=8.5, loc="left", labelpad=2)
    return photographs.with_source(figure, data)


def similarity_curves(measured: pd.DataFrame, chance: float | None = None) -> Figure:
    """CKA over stages, a line per pair of networks with its interval.

    measured: columns pair, stage, cka, low, high (`analysis.stages.similarity`).
    """
    pairs = list(measured["pair"].unique())
    colors = dict(zip(pairs, sns.color_palette("colorblind", len(pairs)), strict=True))
    with style():
        figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
        axes = figure.subplots()
        for place, pair in enumerate(pairs):
            lines = measured[measured["pair"] == pair].sort_values("stage")
            stage = lines["stage"] + 0.04 * (place - (len(pairs) - 1) / 2)
            reach = np.abs(lines[["low", "high"]].to_numpy().T - lines["cka"].to_numpy())
            axes.errorbar(
                stage, lines["cka"], yerr=reach, color=colors[pair], marker="o", lw=1.6, capsize=3, label=pair
            )
        if chance is not None:
            axes.axhline(chance, color=GREY, lw=1, ls=(0, (4, 3)))
        axes.axvspan(3.5, 5.5, color="0.95", zorder=0)
        axes.set(xlim=(0.6, 5.4), ylim=(min(0.0, measured["low"].min()) - 0.02, 1.03), ylabel="linear CKA, debiased")
        axes.set_xticks(range(1, 6), [f"Stage{stage}" for stage in range(1, 6)])
        axes.set_title("How alike are the stages of two networks? (95 % interval over images)")
        figure.legend(loc="outside lower center", ncols=2)
    return figure
