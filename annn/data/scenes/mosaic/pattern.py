"""Patterns: how a surface mixes its two colors, as functions of the position on it, counted in periods.

Each returns weights in 0..1: 0 shows the first color, 1 the second. Edges are soft over a fraction of a period, so that
periods of a few pixels do not flicker.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from annn.data.scenes import texture

Line = Float[np.ndarray, " N"]
Pattern = Callable[[Line, Line], Line]
TAU = np.float32(2 * np.pi)


def _soft(x: Line, steep: float = 2.5) -> Line:
    """0 where x is below zero, 1 above, and soft between."""
    return np.clip(0.5 + np.float32(steep) * x, 0, 1)


def _from_centre(u: Line, v: Line) -> tuple[Line, Line]:
    """The offset from the centre of the cell around a point, each in -0.5..0.5."""
    return u % 1 - np.float32(0.5), v % 1 - np.float32(0.5)


def _saw(t: Line) -> Line:
    """A wave of straight lines between 0 and 1."""
    return np.abs(t % 1 - np.float32(0.5)) * 2


def _joint(t: Line) -> Line:
    """Thin lines at whole numbers."""
    return _soft(np.cos(TAU * t) - np.float32(0.72))


@lru_cache
def _cloud(cells: int, octaves: int) -> Float[np.ndarray, "128 128"]:
    return texture.noise(np.random.default_rng(cells), cells, octaves).astype(np.float32)


def _stains(u: Line, v: Line, cells: int, octaves: int) -> Line:
    """Noise whose features measure about a period."""
    scale = np.float32(texture.SIZE / cells)
    row, column = ((t * scale).astype(np.int32) & (texture.SIZE - 1) for t in (v, u))
    return _soft(_cloud(cells, octaves)[row, column] - np.float32(0.5))


def _bricks(u: Line, v: Line) -> Line:
    return np.maximum(_joint(2 * v), _joint(u + np.floor(2 * v) % 2 / 2))


def _basket(u: Line, v: Line) -> Line:
    lying = (np.floor(u) + np.floor(v)) % 2 < 1
    return _soft(np.sin(2 * TAU * np.where(lying, u, v)))


def _crosses(u: Line, v: Line) -> Line:
    x, y = (np.abs(t) for t in _from_centre(u, v))
    return _soft(np.minimum(0.14 - np.minimum(x, y), 0.4 - np.maximum(x, y)).astype(np.float32), 8)


PATTERNS: dict[str, Pattern] = {
    "plain": lambda u, v: np.zeros_like(u),
    "stripes": lambda u, v: _soft(np.sin(TAU * u) - np.float32(0.3)),
    "checks": lambda u, v: _soft(np.sin(TAU * u) * np.sin(TAU * v)),
    "dots": lambda u, v: _soft(0.3 - np.hypot(*_from_centre(u, v)), 8),
    "grid": lambda u, v: np.maximum(_joint(u), _joint(v)),
    "bricks": _bricks,
    "zigzag": lambda u, v: _soft(np.sin(TAU * (v + 0.5 * _saw(u)))),
    "waves": lambda u, v: _soft(np.sin(TAU * (v + 0.22 * np.sin(TAU * u / 2)))),
    "rings": lambda u, v: _soft(np.cos(2 * TAU * np.hypot(*_from_centre(u, v)))),
    "triangles": lambda u, v: _soft(_saw(u) - v % 1, 4),
    "basket": _basket,
    "crosses": _crosses,
    "stains": lambda u, v: _stains(u, v, 8, 2),
    "grain": lambda u, v: _stains(3 * u, 3 * v, 32, 1),
}
