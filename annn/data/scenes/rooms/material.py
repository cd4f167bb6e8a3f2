"""What surfaces are made of: two colors mixed by a periodic tile, and the palettes that rooms choose from."""

from functools import lru_cache

import numpy as np
from jaxtyping import UInt8
from scipy import ndimage

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.texture import HIGH, LEVELS, LOW, SIZE, noise

Material = tuple[float, ...]  # two linear colors (6), number of the tile, tiles per metre (2), light of its own

NAMES = ("flat", "grain", "blotch", "planks", "parquet", "wood", "tiles", "bricks", "stripes", "damask", "carpet",
         "weave", "folds", "checks", "ceiling", "rug", "marble", "outdoors", "screen", "print", "shade", "picture",
         "landscape", "portrait")  # fmt: skip
NUMBER = {name: number for number, name in enumerate(NAMES)}


def material(
    color: Color,
    second: Color | None = None,
    tile: str = "flat",
    metres: tuple[float, float] = (1.0, 1.0),
    glow: float = 0.0,
) -> Material:
    """A material: `tile` mixes from `color` to `second` and repeats every `metres`; `glow` is light that it emits."""
    other = color if second is None else second
    first = [c * c for c in color]  # linear light: the picture's gamma is 2
    return (*first, *(c * c - f for c, f in zip(other, first, strict=True)), float(NUMBER[tile]),
            SIZE / metres[0], SIZE / metres[1], glow)  # fmt: skip


def shade(color: Color, gain: float) -> Color:
    r, g, b = (min(1.0, c * gain) for c in color)
    return r, g, b


WOODS: tuple[Color, ...] = (
    (0.62, 0.42, 0.24), (0.45, 0.28, 0.16), (0.30, 0.18, 0.11), (0.76, 0.60, 0.40), (0.55, 0.33, 0.20),
    (0.85, 0.82, 0.76), (0.66, 0.50, 0.34),
)  # fmt: skip
FABRICS: tuple[Color, ...] = (
    (0.55, 0.18, 0.16), (0.20, 0.30, 0.48), (0.35, 0.42, 0.28), (0.72, 0.66, 0.55), (0.42, 0.38, 0.36),
    (0.62, 0.48, 0.32), (0.25, 0.24, 0.27), (0.60, 0.58, 0.62), (0.45, 0.30, 0.45), (0.82, 0.78, 0.70),
    (0.20, 0.42, 0.42), (0.78, 0.55, 0.22),
)  # fmt: skip
WALLS: tuple[Color, ...] = (
    (0.88, 0.85, 0.78), (0.84, 0.84, 0.82), (0.80, 0.76, 0.62), (0.70, 0.76, 0.72), (0.72, 0.78, 0.84),
    (0.86, 0.74, 0.62), (0.74, 0.66, 0.56), (0.88, 0.82, 0.60), (0.64, 0.70, 0.56), (0.80, 0.66, 0.64),
)  # fmt: skip
VIVID: tuple[Color, ...] = (
    (0.75, 0.14, 0.12), (0.14, 0.28, 0.60), (0.16, 0.48, 0.28), (0.88, 0.72, 0.16), (0.90, 0.88, 0.84),
    (0.12, 0.12, 0.14), (0.55, 0.22, 0.50), (0.85, 0.45, 0.14), (0.20, 0.55, 0.62), (0.50, 0.34, 0.20),
)  # fmt: skip
WHITE: Color = (0.90, 0.90, 0.88)
STEEL: Color = (0.62, 0.63, 0.65)
DARK: Color = (0.09, 0.09, 0.10)


def wood(chance: Chance, color: Color | None = None) -> Material:
    """Wood with its grain along the first edge of a face."""
    base = chance.tint(color or chance.pick(WOODS), 0.05)
    return material(base, shade(base, 0.66), "wood", (1.3, 0.5))


def fabric(chance: Chance, color: Color | None = None) -> Material:
    """Cloth: woven, plain or with a pattern."""
    base = chance.tint(color or chance.pick(FABRICS))
    style = chance.pick(("weave", "weave", "blotch", "checks", "damask", "stripes"))
    if style in ("checks", "stripes", "damask"):
        size = chance.uniform(0.35, 0.9)
        return material(base, chance.tint(chance.pick(FABRICS)), style, (size, size))
    return material(base, shade(base, 0.72), style, (0.5, 0.5))


def plain(chance: Chance, color: Color, amount: float = 0.04) -> Material:
    """A painted surface with faint unevenness."""
    base = chance.tint(color, amount)
    return material(base, shade(base, 0.88), "blotch", (1.4, 1.4))


def _grid() -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    return x, y


def _planks(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Staggered boards, each with its own tone and grain along x."""
    x, y = _grid()
    high, wide = SIZE // rows, SIZE // columns
    row = y // high
    shifted = (x + rng.integers(0, SIZE, rows)[row]) % SIZE
    tone = rng.random((rows, columns))[row, shifted // wide]
    fibre = ndimage.gaussian_filter(rng.random((SIZE, SIZE)), (0.4, 6), mode="wrap")
    fibre = (fibre - fibre.mean()) / fibre.std()
    joint = (y % high == 0) | (shifted % wide == 0)
    return np.where(joint, 1.25, 0.55 * tone + 0.10 * fibre + 0.1)


def _outdoors(rng: np.random.Generator) -> np.ndarray:
    """A bright view through a window: v upwards, foliage below (dark), sky above."""
    _, y = _grid()
    line = 40 + 40 * noise(rng, 4, 4)
    leaves = 0.55 + 0.75 * noise(rng, 24, 3, 0.9)
    return np.where(y < line, leaves, 0.05 * noise(rng, 3, 4))


def _picture(rng: np.random.Generator) -> np.ndarray:
    return np.clip(2.2 * (noise(rng, 3, 4, 0.7) - 0.5) + 0.5, -0.3, 1.3)


def _landscape(rng: np.random.Generator) -> np.ndarray:
    _, y = _grid()
    hills = 44 + 30 * noise(rng, 2, 3)[0][None, :]
    return np.where(y < hills, 0.75 + 0.4 * noise(rng, 10, 3), 0.25 * noise(rng, 3, 4) - 0.1)


def _portrait(rng: np.random.Generator) -> np.ndarray:
    x, y = _grid()
    head = ((x - 64) / 20.0) ** 2 + ((y - 82) / 26.0) ** 2 < 1
    body = (((x - 64) / 44.0) ** 2 + ((y - 12) / 44.0) ** 2 < 1) & (y > 0)
    return np.where(head, 1.15, np.where(body, 0.75, 0.25 * noise(rng, 3, 3)))


def _print(rng: np.random.Generator) -> np.ndarray:
    """Lines of text, with a heading."""
    x, y = _grid()
    length = 60 + 56 * rng.random(16)
    text = (y % 8 < 3) & (x > 10) & (x < length[y // 8]) & (y < 104)
    return np.where(text, 0.8 * (rng.random((SIZE, SIZE)) > 0.25), 0.0) + np.where(
        (y > 110) & (x > 10) & (x < 80), 1, 0
    )


def _patterns(rng: np.random.Generator) -> dict[str, np.ndarray]:
    x, y = _grid()
    bump = noise(rng, 4, 5)
    fibre = ndimage.gaussian_filter(rng.random((SIZE, SIZE)), (0.8, 10), mode="wrap")
    fibre = (fibre - fibre.min()) / np.ptp(fibre)
    joints = ((x % 32 < 1) | (y % 32 < 1)).astype(float)
    running = ((x + (y // 16 % 2) * 16) % 32 < 2) | (y % 16 < 2)
    flower = np.cos(2 * np.pi * x / 32) * np.cos(2 * np.pi * y / 32) + 0.5 * np.cos(2 * np.pi * (x + y) / 32)
    edge = np.minimum(np.minimum(x, SIZE - 1 - x), np.minimum(y, SIZE - 1 - y))
    grain = noise(rng, 64, 2, 0.9)
    veins = np.abs(noise(rng, 3, 5, 0.7) - 0.5)
    return {
        "flat": np.zeros((SIZE, SIZE)),
        "grain": grain,
        "blotch": bump,
        "planks": _planks(rng, 8, 1),
        "parquet": _planks(rng, 8, 4),
        "wood": np.clip(1.3 * fibre - 0.1 + 0.25 * (noise(rng, 3, 3) - 0.5), -0.2, 1.2),
        "tiles": np.where(joints > 0, 1.0, 0.25 * rng.random((4, 4))[y // 32, x // 32] + 0.1 * grain),
        "bricks": np.where(running, 1.0, 0.4 * rng.random((8, 4))[y // 16, x // 32] + 0.15 * grain),
        "stripes": (x // 16 % 2).astype(float) + 0.1 * grain,
        "damask": np.clip(3 * (np.cos(2 * np.pi * x / 32) * np.cos(2 * np.pi * y / 64) + 0.3 * bump - 0.5), 0, 1)
        + 0.1 * grain,
        "carpet": 0.65 * grain + 0.35 * bump,
        "weave": 0.45 * ((x // 2 + y // 2) % 2) + 0.4 * bump + 0.2 * grain,
        "folds": 0.5 + 0.45 * np.sin(2 * np.pi * x / 16 + 2.5 * bump) + 0.12 * bump,
        "checks": 0.5 * (x // 32 % 2) + 0.5 * (y // 32 % 2),
        "ceiling": np.where((x % 64 < 2) | (y % 64 < 2), 0.9, 0.35 * grain),
        "rug": np.where((edge > 6) & (edge < 14), 1.0, np.where(edge > 24, 0.6 * (flower > 0.4), 0.1)) + 0.15 * grain,
        "marble": np.clip(1.0 - 9 * veins, 0, 1) * 0.6 + 0.35 * bump,
        "outdoors": _outdoors(rng),
        "screen": np.where((edge < 6) | (y > 112), 0.8, 0.2 * (y % 16 < 8) * (x < 96)) + 0.1 * bump,
        "print": _print(rng),
        "shade": 1.0 - np.clip(np.hypot((x - 64) / 64.0, (y - 50) / 80.0), 0, 1.2),
        "picture": _picture(rng),
        "landscape": _landscape(rng),
        "portrait": _portrait(rng),
    }


@lru_cache(maxsize=1)
def atlas() -> UInt8[np.ndarray, " texels"]:
    """All tiles at all levels, flat: texel = ((level * tiles + tile) * 128 + row) * 128 + column."""
    tiles = _patterns(np.random.default_rng(20201014))
    levels = []
    for level in range(LEVELS):
        sigma = 0.0 if level == 0 else 0.55 * 2.0**level
        levels.append([ndimage.gaussian_filter(tiles[name], sigma, mode="wrap") if sigma else tiles[name]
                       for name in NAMES])  # fmt: skip
    weights = (np.array(levels) - LOW) / (HIGH - LOW)
    return np.round(np.clip(weights, 0, 1) * 255).astype(np.uint8).ravel()
