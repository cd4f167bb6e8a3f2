"""Photographs of a licensed data set in figures: with their source, few of them, and small. Generated scenes are free.

The rule, for each figure with images of a real data set: its source stands at the lower edge; it has at most `MOST`
panels, and none is wider than `WIDEST` pixels in the saved PNG. Every panel counts that shows something of an image:
the photograph, its truth, a prediction or a map of features, alone or laid over it. (Label maps belong to the data set,
too, so they count like photographs.)
"""

from __future__ import annotations

from matplotlib.figure import Figure

from annn.data.files import FileDataset
from annn.errors import ConfigError
from annn.figures.style import DPI, WIDTH, style

MOST = 12  # panels of a figure
WIDEST = 480  # pixels of a panel in the saved file
_LINE = 0.17  # inches, of the line with the source


def source_of(data: FileDataset) -> str:
    """What a figure with images of a data set prints, "Images: CamVid, ..."; empty for generated scenes."""
    return f"Images: {data.credit}" if data.credit else ""


def images_that_fit(data: FileDataset, panels: int, wanted: int) -> int:
    """How many images a figure may show, with so many panels for each: all that are wanted, of photographs fewer.

    Raises ConfigError where the panels of one photograph are too many.
    """
    if not data.credit:
        return wanted
    if panels > MOST:
        raise ConfigError(
            f"A figure shows {panels} panels of each image of {data.space.name}, expected at most {MOST} in all of a "
            f"data set under licence. Show fewer networks."
        )
    return min(wanted, MOST // panels)


def width_of(data: FileDataset, columns: int, beside: float = 0.0, panel: float = WIDEST / DPI) -> float:
    """The width of a figure with so many columns of images, in inches: the page's, of photographs at most that.

    beside: inches that names left of the images take. panel: width of a photograph, `WIDEST` at most.
    """
    return min(WIDTH, beside + columns * min(panel, WIDEST / DPI)) if data.credit else WIDTH


def with_source(figure: Figure, data: FileDataset) -> Figure:
    """The figure with the source of its images in a line at its lower edge, which makes it taller by that line.

    Figures of generated scenes stay as they are. The layout is computed now, and does not change any more: a layout
    engine would put a legend at the lower edge in the same place.
    """
    if not (source := source_of(data)):
        return figure
    with style():
        figure.draw_without_rendering()
    figure.set_layout_engine("none")
    width, height = figure.get_size_inches()
    share = _LINE / (height + _LINE)
    for axes in figure.axes:
        left, low, wide, tall = axes.get_position(original=True).bounds
        axes.set_position((left, share + (1 - share) * low, wide, (1 - share) * tall))
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0, share, 1, 1 - share), figure.transFigure)  # pyright: ignore[reportArgumentType]
    for text in figure.texts:
        text.set_y(share + (1 - share) * text.get_position()[1])
    figure.set_size_inches(width, height + _LINE)
    figure.text(0.998, 0.15 * share, source, fontsize=7, color="0.35", ha="right", va="bottom")
    return figure
