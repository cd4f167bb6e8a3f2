"""A contact sheet of a data set: images above their labels, and the colours of the classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from annn.data.files import Sample
from annn.data.predictions import overlay
from annn.data.space import LabelSpace

_WIDTH, _GAP, _LINE, _COLUMNS = 240, 6, 18, 4  # pixels of a picture, between pictures and of a line of text


def contact_sheet(samples: Sequence[Sample], space: LabelSpace) -> UInt8[np.ndarray, "H W 3"]:
    """Images with their labels laid over them below, in rows of four, and a legend of the classes, on white."""
    columns = min(_COLUMNS, len(samples))
    cells = [_cell(sample, space) for sample in samples]
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    font = ImageFont.load_default(12)
    width = max(columns * (_WIDTH + _GAP) + _GAP, 2 * _WIDTH)
    names = [(name, color) for name, color in zip(space.classes, space.colors, strict=True)]
    names.append(("does not count", space.void_color))
    legend = _legend(names, width, font)
    height = sum(max(cell.height for cell in row) + _GAP for row in rows) + _GAP
    sheet = Image.new("RGB", (width, height + legend.height), "white")
    top = _GAP
    for row in rows:
        for column, cell in enumerate(row):
            sheet.paste(cell, (_GAP + column * (_WIDTH + _GAP), top))
        top += max(cell.height for cell in row) + _GAP
    sheet.paste(legend, (0, height))
    return np.array(sheet)


def _cell(sample: Sample, space: LabelSpace) -> Image.Image:
    """An image, the same under its labels, and its name, at the width of a column."""
    both = np.concatenate([sample.image, overlay(sample.image, sample.label, space)])
    picture = Image.fromarray(both)
    picture = picture.resize((_WIDTH, max(2, round(picture.height * _WIDTH / picture.width))))
    cell = Image.new("RGB", (_WIDTH, picture.height + _LINE), "white")
    cell.paste(picture)
    name = sample.name if len(sample.name) < 36 else f"...{sample.name[-33:]}"
    ImageDraw.Draw(cell).text((0, picture.height + 2), name, fill=(80, 80, 80), font=ImageFont.load_default(12))
    return cell


def _legend(
    names: Sequence[tuple[str, tuple[int, int, int]]], width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> Image.Image:
    """A square in each class's colour with its name, in as many lines as they need."""
    places, left, line = [], _GAP, 0
    for name, _ in names:
        wide = int(font.getlength(name)) + _LINE + 2 * _GAP
        if left + wide > width and left > _GAP:
            left, line = _GAP, line + 1
        places.append((left, line * _LINE))
        left += wide
    legend = Image.new("RGB", (width, (line + 1) * _LINE + _GAP), "white")
    draw = ImageDraw.Draw(legend)
    for (name, color), (x, y) in zip(names, places, strict=True):
        draw.rectangle((x, y + 3, x + 11, y + 14), fill=color)
        draw.text((x + _LINE - 2, y + 1), name, fill="black", font=font)
    return legend
