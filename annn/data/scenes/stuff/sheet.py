"""A contact sheet: scenes above their labels in COCO-Stuff's colors, to look at."""

import numpy as np
from jaxtyping import UInt8

from annn.data.coco_stuff import COCO_STUFF
from annn.data.scenes.sheet import lay_out
from annn.data.scenes.stuff.scene import draw


def contact_sheet(seed: int, count: int = 12, size: tuple[int, int] = (180, 240)) -> UInt8[np.ndarray, "H W 3"]:
    """The first `count` scenes of a seed, each with its labels below it, in rows of three."""
    scenes = [draw(seed, number, size) for number in range(count)]
    return lay_out([(s.image, COCO_STUFF.colorize(COCO_STUFF.encode(s.label, s.kind))) for s in scenes])
