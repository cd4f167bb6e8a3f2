"""A contact sheet of rooms."""

import numpy as np
from jaxtyping import UInt8

from annn.data.nyud.labels import NYUD, NYUD_894
from annn.data.scenes.rooms.scene import draw
from annn.data.scenes.sheet import lay_out
from annn.errors import ConfigError


def contact_sheet(seed: int, count: int = 12, size: tuple[int, int] = (240, 320)) -> UInt8[np.ndarray, "H W 3"]:
    """The first `count` rooms of a seed, each with its 40 classes in color below it, in rows of three.

    Raises ConfigError for a count below one.
    """
    if count < 1:
        raise ConfigError(f"A contact sheet needs at least one scene, got count {count}.")
    scenes = [draw(seed, number, size) for number in range(count)]
    return lay_out([(scene.image, NYUD.colorize(NYUD_894.encode(scene.label, "a drawn room"))) for scene in scenes])
