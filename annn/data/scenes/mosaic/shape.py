"""Shapes: which points lie inside of a thing, as functions of the position in it; each fits into the unit circle."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Float

Grid = Float[np.ndarray, "H W"]
Shape = Callable[[Grid, Grid], Bool[np.ndarray, "H W"]]


def _polygon(corners: int) -> Shape:
    def inside(x: Grid, y: Grid) -> Bool[np.ndarray, "H W"]:
        sector = 2 * np.pi / corners
        turned = (np.arctan2(x, -y) + sector / 2) % sector - sector / 2
        return np.hypot(x, y) * np.cos(turned) < np.cos(sector / 2)

    return inside


def _petals(count: int, deep: float, sharp: bool) -> Shape:
    """A star or a flower: the radius goes up and down `count` times, by `deep`."""

    def inside(x: Grid, y: Grid) -> Bool[np.ndarray, "H W"]:
        turn = np.arctan2(x, -y) * count
        wave = 1 - np.abs((turn / np.pi) % 2 - 1) if sharp else 0.5 - 0.5 * np.cos(turn)
        return np.hypot(x, y) < 1 - deep * wave

    return inside


def _bar(x: Grid, y: Grid, wide: float = 0.95, high: float = 0.36) -> Bool[np.ndarray, "H W"]:
    return (np.abs(x) < wide) & (np.abs(y) < high)


SHAPES: dict[str, Shape] = {
    "disc": lambda x, y: np.hypot(x, y) < 1,
    "square": lambda x, y: _bar(x, y, 0.78, 0.78),
    "triangle": _polygon(3),
    "star": _petals(5, 0.5, True),
    "ring": lambda x, y: np.abs(np.hypot(x, y) - 0.72) < 0.28,
    "bar": _bar,
    "flower": _petals(6, 0.32, False),
    "cross": lambda x, y: _bar(x, y) | _bar(y, x),
    "hexagon": _polygon(6),
    "crescent": lambda x, y: (np.hypot(x, y) < 1) & (np.hypot(x - 0.5, y) > 0.72),
    "arch": lambda x, y: _bar(x, y - 0.25, 0.75, 0.7) & ((np.abs(x) > 0.3) | (y < -0.05)),
    "drop": lambda x, y: (np.hypot(x, y - 0.3) < 0.7) | ((y < 0.3) & (np.abs(x) < 0.52 * (y + 1))),
}
