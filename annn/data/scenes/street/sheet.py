"""A contact sheet: scenes beside their labels, to look at."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.scenes.street.cityscapes import color_table
from annn.data.scenes.street.scene import draw
from annn.errors import ConfigError

GAP = 6  # pixels between scenes
COLUMNS = 3


def contact_sheet(seed: int, count: int = 12, size: tuple[int, int] = (128, 256)) -> UInt8[np.ndarray, "H W 3"]:
    """The first `count` scenes of a seed, each with its labels in Cityscapes' colors below it, in rows of three."""
    if count < 1:
        raise ConfigError(f"A contact sheet needs at least one scene, got count {count}.")
    height, width = size
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (2 * height + GAP) + GAP), (255, 255, 255))
    for number in range(count):
        scene = draw(seed, number, size)
        pair = np.concatenate([scene.image, color_table()[scene.label]])
        row, column = divmod(number, columns)
        sheet.paste(Image.fromarray(pair), (GAP + column * (width + GAP), GAP + row * (2 * height + GAP)))
    return np.array(sheet)
