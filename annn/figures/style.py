"""The look that all plots share, and writing them to files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from IPython.display import Markdown
from jaxtyping import UInt8
from matplotlib.figure import Figure

from annn.files import make_folder, replacing

WIDTH = 9.6  # inches: the width of a notebook's output at 100 dots per inch
DPI = 150  # dots per inch of saved PNGs
GREY = "0.45"

Image = UInt8[np.ndarray, "H W 3"]
Labels = UInt8[np.ndarray, "H W"]


@contextmanager
def style() -> Iterator[None]:
    """The look of all plots, for as long as one is being drawn or written."""
    settings: dict[Any, Any] = {
        **sns.axes_style("ticks"),
        **sns.plotting_context("notebook", font_scale=0.85),
        "figure.dpi": 100,
        "savefig.dpi": DPI,
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
    make_folder(path.parent)
    written = [path.with_name(f"{path.name}.{suffix}") for suffix in formats]
    for file, suffix in zip(written, formats, strict=True):
        with style(), replacing(file) as temporary:
            metadata = {"Date": None} if suffix == "svg" else None
            figure.savefig(temporary, format=suffix, bbox_inches="tight", metadata=metadata)
    return written


def named(figure: Figure, name: str) -> None:
    """Print what a figure is of (data, preset, seeds) above it, on the left."""
    if name:
        figure.suptitle(name, x=0.005, ha="left", fontsize=9, color="0.25")


def private(shown: Any, show_images: bool, path: Path | None = None) -> Any:
    """What shows images of a data set, or a sentence in its place where they must not leave the machine.

    path: where a figure that may be shown is saved, as PNG.
    """
    if not show_images:
        return Markdown("*Images are not shown here.*")
    if path is not None:
        save(shown, path, ["png"])
    return shown


def palette(rows: Sequence[str]) -> dict[str, tuple[float, float, float]]:
    """A color per row of a table, the same in every plot."""
    return dict(zip(rows, sns.color_palette("colorblind", max(len(rows), 1)), strict=True))
