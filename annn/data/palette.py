"""Colours for data sets without a palette."""

from functools import lru_cache

import numpy as np

from annn.data.space import Color


@lru_cache
def spread_colors(count: int) -> tuple[Color, ...]:
    """`count` colours as different as possible; the result is fixed, and a prefix of any longer palette.

    Farthest point sampling on a grid of 13^3 sRGB values: each next colour is the one with the largest CIELAB distance
    to all chosen ones. Black (void) and white (paper) count as chosen. Very dark colours are left out.
    """
    levels = np.round(np.linspace(0, 255, 13)).astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    lab = _lab(grid)
    bright = lab[:, 0] > 3000  # L* above 30
    grid, lab = grid[bright], lab[bright]
    excluded = _lab(np.array([[0, 0, 0], [255, 255, 255]], dtype=np.uint8))
    nearest = ((lab[:, None] - excluded) ** 2).sum(axis=-1).min(axis=1)
    colors = []
    for _ in range(count):
        farthest = int(nearest.argmax())
        colors.append(tuple(int(value) for value in grid[farthest]))
        nearest = np.minimum(nearest, ((lab - lab[farthest]) ** 2).sum(axis=-1))
    return tuple(colors)


def _lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB (D65) times 100 of uint8 sRGB, as integers, so that distances are the same on all machines."""
    value = rgb / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = linear @ to_xyz.T / [0.95047, 1.0, 1.08883]
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    lightness = 116 * f[:, 1] - 16
    lab = np.stack([lightness, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1)
    return np.round(lab * 100).astype(np.int64)
