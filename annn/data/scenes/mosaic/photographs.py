"""Mosaics as the photographs of the web: of several sizes, upright ones among them, a few of them grey."""

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.scenes.chance import Chance
from annn.data.scenes.mosaic.scene import LEAST, Scene, draw
from annn.data.space import LabelSpace

SHAPE = 3  # stream of chance that decides an image's size
# height and width as shares of the nominal ones, where True stands on its side: most as asked, as in the real sets
SIZES: tuple[tuple[float, float, bool], ...] = (
    (1.0, 1.0, False), (1.0, 1.0, False), (1.0, 1.0, False), (1.0, 1.0, False), (0.89, 1.0, False), (1.0, 1.0, True),
    (1.0, 1.0, True), (1.0, 0.89, True), (1.0, 0.78, False), (0.7, 0.7, False),
)  # fmt: skip
SMALLEST = round(LEAST / 0.7 + 0.5)  # pixels per side of the nominal size


def image_size(seed: int, index: int, size: tuple[int, int]) -> tuple[int, int]:
    """The size (height, width) of one scene's image, by the nominal one."""
    high, wide, on_its_side = Chance(seed, index, SHAPE).pick(SIZES)
    height, width = round(size[0] * high), round(size[1] * wide)
    return (width, height) if on_its_side else (height, width)


def draw_photograph(space: LabelSpace, seed: int, index: int, size: tuple[int, int]) -> Scene:
    """`draw` at a size around the nominal `size`."""
    return draw(space, seed, index, image_size(seed, index, size))


def photograph(image: UInt8[np.ndarray, "H W 3"], number: int) -> np.ndarray:
    """The image of a split's scene as it is saved: one in 97 is grey."""
    return np.array(Image.fromarray(image).convert("L")) if number % 97 == 3 else image
