"""Every plot: data in, matplotlib Figure out. Nothing is displayed, and no global state is touched.

Rows of a table keep one colour in all plots, from a palette that colour-blind readers can tell apart; classes have the
colours of their data set. `save` writes PNG, SVG or PDF. Plots that belong to one notebook are taken from their module:
`qualitative` (Figure 1), `stages` (Figure 2), `viewers` (the widgets of notebooks 3, 4 and 6).
"""

from annn.figures.bars import class_bars, gain_dots
from annn.figures.efficiency import growth_panels, ratio_dots, small_maps, work_bars
from annn.figures.gallery import contact_sheet, prediction_rows
from annn.figures.pyramid import pyramid_on
from annn.figures.style import WIDTH, Image, Labels, palette, private, save, style
from annn.figures.tables import class_iou, learning_curves, table_panels

__all__ = [
    "WIDTH",
    "Image",
    "Labels",
    "class_bars",
    "class_iou",
    "contact_sheet",
    "gain_dots",
    "growth_panels",
    "learning_curves",
    "palette",
    "prediction_rows",
    "private",
    "pyramid_on",
    "ratio_dots",
    "save",
    "small_maps",
    "style",
    "table_panels",
    "work_bars",
]
