"""A contact sheet of any generator's scenes: each above its labels, in rows of three, to look at."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.errors import ConfigError

GAP = 6  # pixels between scenes
COLUMNS = 3


def lay_out(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> UInt8[np.ndarray, "H W 3"]:
    """One white sheet with every (image, colored labels) pair, all of the size [h w 3] of the first.

    Raises ConfigError without any pair.
    """
    if not pairs:
        raise ConfigError("A contact sheet needs at least one scene, got none.")
    height, width = pairs[0][0].shape[:2]
    columns = min(COLUMNS, len(pairs))
    rows = -(-len(pairs) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (2 * height + GAP) + GAP), (255, 255, 255))
    for number, pair in enumerate(pairs):
        row, column = divmod(number, columns)
        place = (GAP + column * (width + GAP), GAP + row * (2 * height + GAP))
        sheet.paste(Image.fromarray(np.concatenate(pair)), place)
    return np.array(sheet)
