"""Texture tiles: periodic 128 x 128 patterns that mix a surface's two colors, with blurred levels for the distance.

A tile holds a mixing weight per texel: 0 shows the first color, 1 the second, a little beyond either end is allowed.
All tiles are made once per process from a fixed seed.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from scipy import ndimage

SIZE = 128
LEVELS = 7
LOW, HIGH = -0.3, 1.3  # mixing weights that the stored bytes 0 and 255 stand for

NAMES = (
    "flat", "grain", "blotch", "asphalt", "slabs", "cobbles", "grass", "leaves", "bricks", "concrete", "corrugated",
    "mesh", "pickets", "bars", "clouds", "overcast", "ballast", "roof", "boards", "carriage", "shop",
    "facade0", "facade1", "facade2", "facade3", "facade4", "facade5", "facade6", "facade7", "stones", "rain",
)  # fmt: skip
TILE = {name: number for number, name in enumerate(NAMES)}

Tile = Float[np.ndarray, "128 128"]


def noise(rng: np.random.Generator, cells: int, octaves: int = 4, persistence: float = 0.55) -> Tile:
    """Periodic value noise in [0, 1] whose coarsest features number `cells` across the tile."""
    total: np.ndarray = np.zeros((SIZE, SIZE))
    weight = 1.0
    for octave in range(octaves):
        count = min(cells * 2**octave, SIZE)
        grid = rng.random((count, count))
        fine = ndimage.zoom(np.pad(grid, 3, mode="wrap"), SIZE / count, order=1, grid_mode=True, mode="grid-wrap")
        margin = 3 * SIZE // count
        total += weight * fine[margin : margin + SIZE, margin : margin + SIZE]
        weight *= persistence
    total -= total.min()
    return total / total.max()


def _grid() -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    return x, y


def _joints(rows: int, columns: int, width: int, staggered: bool) -> np.ndarray:
    """1 on the joints of a pattern of rows x columns rectangles, 0 inside them."""
    x, y = _grid()
    high, wide = SIZE // rows, SIZE // columns
    shift = (y // high % 2) * (wide // 2) if staggered else 0
    return (((x + shift) % wide < width) | (y % high < width)).astype(float)


def _per_cell(rng: np.random.Generator, rows: int, columns: int, staggered: bool) -> np.ndarray:
    x, y = _grid()
    high, wide = SIZE // rows, SIZE // columns
    shift = (y // high % 2) * (wide // 2) if staggered else 0
    return rng.random((rows, columns))[y // high, (x + shift) % SIZE // wide]


def _facade(rng: np.random.Generator, kind: int) -> Tile:
    """Four bays by four storeys of windows; v runs upwards. Glass is 1, frames and sills lie below 0."""
    tile = 0.10 * noise(rng, 8) - 0.02
    left, right = ((8, 23), (5, 26), (10, 21), (2, 29), (7, 24), (6, 14), (11, 20), (4, 27))[kind]
    low, high = ((8, 26), (7, 25), (6, 27), (9, 24), (4, 28), (8, 26), (10, 25), (12, 26))[kind]
    for row in range(4):
        for column in range(4):
            y, x = row * 32, column * 32
            tile[y + low - 2 : y + high + 2, x + left - 2 : x + right + 2] = -0.22
            glass = rng.choice([0.95, 1.0, 1.08, 0.75]) - (rng.random() < 0.12) * 0.7
            tile[y + low : y + high, x + left : x + right] = glass
            if rng.random() < 0.4:  # a blind or a curtain in the upper part
                tile[y + high - 6 : y + high, x + left : x + right] = 0.3
            if kind in (0, 2, 4, 7):
                tile[y + low : y + high, x + (left + right) // 2] = -0.15
            if kind == 5:
                tile[y + low - 2 : y + high + 2, x + 16 : x + 28] = -0.22
                tile[y + low : y + high, x + 18 : x + 26] = glass * 0.9
    if kind in (1, 4, 6):
        tile[[0, 1, 32, 33, 64, 65, 96, 97]] = -0.28
    if kind == 6:
        tile = tile + 0.12 * _joints(32, 16, 1, True) * (np.abs(tile) < 0.12)
    return tile


def _shop(rng: np.random.Generator) -> Tile:
    """Ground floor of shops: two wide windows with a door and a sign band above."""
    tile = 0.08 * noise(rng, 8)
    for x in (0, 64):
        tile[10:88, x + 4 : x + 42] = 0.95 + 0.1 * noise(rng, 16)[10:88, :38]
        tile[2:88, x + 47 : x + 60] = 0.8
        tile[10:88, x + 22 : x + 24] = -0.1
        tile[96:118, x + 4 : x + 60] = rng.choice([0.5, -0.3, 0.35])
    return tile


def _ballast(rng: np.random.Generator) -> Tile:
    """Gravel with sleepers: u across the track (one tile is 2.8 m wide), v along it."""
    x, y = _grid()
    tile = 0.25 + 0.35 * noise(rng, 32, 2)
    tile[(y % 32 < 12) & (x > 12) & (x < 116)] += 0.25
    return tile


def _carriage(rng: np.random.Generator) -> Tile:
    """Plain vehicle side: u along the body, v from the bottom (0) to the roof (1): one dark band of windows."""
    x, _ = _grid()
    tile = 0.05 * noise(rng, 8)
    tile[66:104] = 1.0
    tile[66:104][(x % 32 < 2)[66:104]] = 0.25
    tile[14:20] = 0.35
    tile[118:] = 0.2
    return tile


def _patterns(rng: np.random.Generator) -> dict[str, np.ndarray]:
    x, y = _grid()
    wave = np.sin(2 * np.pi * x / 16)
    leaf = noise(rng, 16, 3, 0.9)
    bump = noise(rng, 4, 5)
    diagonal = np.minimum((x + y) % 16, (x - y) % 16)
    cloud = noise(rng, 2, 6, 0.55)
    tiles = {
        "flat": np.zeros((SIZE, SIZE)),
        "grain": noise(rng, 64, 2),
        "blotch": noise(rng, 3, 5),
        "asphalt": 0.5 * noise(rng, 64, 2, 0.9) + 0.5 * noise(rng, 2, 5),
        "slabs": 0.8 * _joints(8, 4, 2, True) + 0.35 * _per_cell(rng, 8, 4, True) + 0.2 * noise(rng, 32, 2),
        "cobbles": 0.8 * _joints(16, 16, 2, True) + 0.5 * _per_cell(rng, 16, 16, True),
        "grass": 0.6 * noise(rng, 64, 2, 0.9) + 0.5 * bump,
        "leaves": np.clip(1.9 * leaf - 0.5, -0.2, 1.2),
        "bricks": 1.0 * _joints(16, 8, 2, True) + 0.45 * _per_cell(rng, 16, 8, True) * (1 - _joints(16, 8, 2, True)),
        "concrete": 0.5 * bump + 0.5 * _joints(2, 2, 2, False) + 0.2 * noise(rng, 32, 2),
        "corrugated": 0.5 + 0.3 * wave + 0.12 * bump,
        "mesh": np.where(diagonal < 3, 0.0, 0.85 + 0.2 * bump),
        "pickets": np.where(x % 16 < 10, 0.12 * bump, 1.0),
        "bars": np.where((x % 16 < 5) | (y > 116) | ((y > 10) & (y < 20)), 0.0, 0.9 + 0.15 * bump),
        "clouds": np.clip(3.2 * (cloud - 0.48), 0, 1.15),
        "overcast": np.clip(1.6 * cloud - 0.2, 0, 1.1),
        "roof": 0.7 * (y % 8 < 2) + 0.3 * _per_cell(rng, 16, 16, True),
        "boards": 0.8 * (x % 16 < 2) + 0.35 * _per_cell(rng, 1, 8, False) + 0.15 * noise(rng, 16, 2),
        "stones": np.clip(3.0 * np.abs(noise(rng, 12, 1) - 0.5), 0, 1) + 0.3 * noise(rng, 8, 3),
        "rain": np.clip(2.5 * (noise(rng, 3, 4) - 0.4), -0.1, 1.1),
        "ballast": _ballast(rng),
        "carriage": _carriage(rng),
        "shop": _shop(rng),
    }
    return tiles | {f"facade{kind}": _facade(rng, kind) for kind in range(8)}


@lru_cache(maxsize=1)
def atlas() -> UInt8[np.ndarray, " texels"]:
    """All tiles at all levels, flat: texel = ((level * tiles + tile) * 128 + row) * 128 + column."""
    tiles = _patterns(np.random.default_rng(20190827))
    levels = []
    for level in range(LEVELS):
        sigma = 0.0 if level == 0 else 0.55 * 2.0**level
        stack = [ndimage.gaussian_filter(tiles[name], sigma, mode="wrap") if sigma else tiles[name] for name in NAMES]
        levels.append(np.stack(stack))
    weights = (np.stack(levels) - LOW) / (HIGH - LOW)
    return np.round(np.clip(weights, 0, 1) * 255).astype(np.uint8).ravel()


@lru_cache(maxsize=1)
def crowns() -> tuple[Image.Image, ...]:
    """Ragged silhouettes of tree crowns and clumps of leaves, 96 x 96: 255 inside, 0 outside."""
    rng = np.random.default_rng(20190828)
    axis = np.linspace(-1, 1, 96)
    radius = np.hypot(axis[None, :], axis[:, None])
    shapes = []
    for _ in range(12):
        rough = noise(rng, 6, 4, 0.8)[:96, :96] - 0.5
        inside = (radius + 0.75 * rough < 0.80) & (radius < 0.99)
        shapes.append(Image.fromarray(inside.astype(np.uint8) * 255))
    return tuple(shapes)


@lru_cache(maxsize=1)
def sensor_noise() -> Float[np.ndarray, "512 1024"]:
    """Noise of unit variance, close to normal, to be shifted at random over an image."""
    rng = np.random.default_rng(20190829)
    return ((rng.random((6, 512, 1024)).sum(axis=0) - 3.0) * np.sqrt(2.0)).astype(np.float32)
