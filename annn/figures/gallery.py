"""Images, labels and predictions side by side, with a legend of the classes that occur."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from annn.data.files import FileDataset, Sample
from annn.data.space import IGNORE, Color, LabelSpace
from annn.figures import photographs
from annn.figures.style import WIDTH, Labels, style


def prediction_rows(
    samples: Sequence[Sample], predictions: Mapping[str, Sequence[Labels]], data: FileDataset
) -> Figure:
    """A column per image, a row per model: image, truth, then each model's prediction of train ids.

    Pixels that do not count in the truth are black there, and pale in the predictions. data: the data set of the
    images; of photographs only the first are shown, as many as `photographs` allows, with their source.
    """
    fit = photographs.images_that_fit(data, 2 + len(predictions), len(samples))
    samples, predictions = samples[:fit], {model: drawn[:fit] for model, drawn in predictions.items()}
    space, truths = data.space, [sample.label for sample in samples]
    rows: dict[str, list[np.ndarray]] = {
        "image": [sample.image for sample in samples],
        "truth": [space.colorize(truth) for truth in truths],
    }
    for model, drawn in predictions.items():
        rows[model] = [paled(space, labels, truth) for labels, truth in zip(drawn, truths, strict=True)]
    present = classes_in(labels for drawn in (truths, *predictions.values()) for labels in drawn)
    width = photographs.width_of(data, len(samples), beside=0.15, panel=WIDTH / 4)
    return photographs.with_source(_gallery(list(rows.values()), list(rows), present, space, width), data)


def contact_sheet(samples: Sequence[Sample], space: LabelSpace, columns: int = 4) -> Figure:
    """Generated images with their labels (train ids) below them, `columns` side by side, and the classes that occur."""
    rows = []
    for start in range(0, len(samples), columns):
        chunk = samples[start : start + columns]
        rows += [[sample.image for sample in chunk], [space.colorize(sample.label) for sample in chunk]]
    present = classes_in(sample.label for sample in samples)
    return _gallery(rows, [""] * len(rows), present, space)


def classes_in(maps: Iterable[Labels]) -> list[int]:
    """Train ids that occur anywhere, `IGNORE` last."""
    return sorted({int(index) for labels in maps for index in np.unique(labels)})


def _gallery(
    rows: list[list[np.ndarray]], names: list[str], present: list[int], space: LabelSpace, width: float = WIDTH
) -> Figure:
    """Images in a grid, with names left of the rows and a legend of the classes below."""
    columns = max(map(len, rows))
    across = width / columns
    shapes = {image.shape[:2] for images in rows for image in images}
    aspect = "auto" if len(shapes) == 1 else "equal"  # those of one shape fill their places, others keep their own
    tall = min(1.0, max(tall / wide for tall, wide in shapes)) * across
    patches = swatches(present, space)
    beside = legend_columns(width)
    lines = -(-len(patches) // beside)
    with style():
        figure = Figure(figsize=(width, len(rows) * (tall + 0.06) + 0.27 * lines + 0.2))
        figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for axes in grid.flat:
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        for line, name, images in zip(grid, names, rows, strict=True):
            line[0].set_ylabel(name, fontsize=8.5)
            for axes, image in zip(line, images, strict=False):
                axes.imshow(image, interpolation="nearest", aspect=aspect)
        figure.legend(handles=patches, loc="outside lower center", ncols=beside, fontsize=8.5, handlelength=1.2)
    return figure


def legend_columns(width: float) -> int:
    """How many classes stand beside each other in the legend of a figure of this width in inches."""
    return max(2, int(7 * width / WIDTH))


def swatches(present: Sequence[int], space: LabelSpace) -> list[Patch]:
    """Patches for a legend of the given train ids."""
    patches = [_swatch(space.colors[index], space.classes[index]) for index in present if index != IGNORE]
    return patches + ([_swatch(space.void_color, "does not count")] if IGNORE in present else [])


def _swatch(color: Color, label: str) -> Patch:
    red, green, blue = (channel / 255 for channel in color)
    return Patch(color=(red, green, blue), label=label)


def paled(space: LabelSpace, labels: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The colours of predicted train ids, pale where the truth does not count."""
    colors = space.colorize(labels)
    uncounted = truth == IGNORE
    colors[uncounted] = (0.35 * colors[uncounted] + 0.65 * 255).astype(np.uint8)
    return colors
