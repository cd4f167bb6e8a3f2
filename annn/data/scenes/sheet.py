"""A contact sheet of generated scenes: each above its labels, in rows of three, to look at."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.scenes.mosaic import scene as mosaic
from annn.data.scenes.street import scene as street
from annn.data.scenes.street.cityscapes import color_table
from annn.data.space import LabelSpace
from annn.errors import ConfigError

GAP = 6  # pixels between scenes
COLUMNS = 3
MOST = 300  # scenes: more are higher than a JPEG may be


def contact_sheet(
    seed: int, count: int = 12, size: tuple[int, int] = (128, 256), space: LabelSpace | None = None
) -> UInt8[np.ndarray, "H W 3"]:
    """The first `count` scenes of a seed on white: streets, or the mosaics of a label space, in its colors.

    Raises ConfigError for a count that is no sheet, and for a seed below zero.
    """
    if not 1 <= count <= MOST or seed < 0:
        raise ConfigError(
            f"A contact sheet has 1 to {MOST} scenes of a seed of at least 0, got count {count} and seed {seed}."
        )
    height, width = size
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (2 * height + GAP) + GAP), (255, 255, 255))
    for number in range(count):
        scene = street.draw(seed, number, size) if space is None else mosaic.draw(space, seed, number, size)
        colors = color_table()[scene.label] if space is None else space.colorize(scene.label)
        row, column = divmod(number, columns)
        place = (GAP + column * (width + GAP), GAP + row * (2 * height + GAP))
        sheet.paste(Image.fromarray(np.concatenate([scene.image, colors])), place)
    return np.array(sheet)
