"""The catalogue: what each class of a label space looks like, as a function of its number and the number of classes.

Even numbers are stuff, which covers regions of the ground in pale colors; odd ones are things, which lie on it in
darker colors and shapes of their own. Colors are as different as so many can be, and a pattern mixes each with another
tone of it. The last classes of a space have another task, see `planted`.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from annn.data.palette import spread_colors
from annn.data.scenes.light import Color
from annn.data.scenes.mosaic.shape import SHAPES
from annn.errors import ConfigError

CLASSES = range(2, 251)
"""How many classes a label space may have."""

# pattern and angle in degrees; a mirrored image must not show another class, so nothing leans to one side only
SURFACES: tuple[tuple[str, int], ...] = (
    ("grain", 0), ("stripes", 0), ("checks", 0), ("dots", 0), ("stripes", 90), ("bricks", 0), ("zigzag", 0),
    ("rings", 0), ("grid", 0), ("stripes", 45), ("stains", 0), ("triangles", 0), ("checks", 45), ("basket", 0),
    ("waves", 0), ("crosses", 0), ("grid", 45),
)  # fmt: skip
PERIOD = 0.11


@dataclass(frozen=True, kw_only=True)
class Look:
    """Colors in 0..1; the pattern's angle in radians and its period as a share of the image's shorter side; the shape
    of a thing, None for stuff."""

    first: Color
    second: Color
    pattern: str
    angle: float
    period: float
    shape: str | None


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The looks by class. stuff, things: the ordinary classes. twins: pairs of classes with one look, which the
    `marker` tells apart; without twins it is None."""

    looks: tuple[Look, ...]
    stuff: tuple[int, ...]
    things: tuple[int, ...]
    twins: tuple[tuple[int, int], ...]
    marker: int | None


@lru_cache
def catalogue(classes: int) -> Catalogue:
    """The catalogue of a label space with so many classes; raises ConfigError for fewer than 2 or more than 250."""
    if classes not in CLASSES:
        raise ConfigError(
            f"Mosaics need a label space of {CLASSES[0]} to {CLASSES[-1]} classes, got {classes}. Leave rare classes "
            "out, or draw the scenes by code of your own."
        )
    pairs = 0 if classes < 6 else min(4, max(1, classes // 16))
    ordinary = classes - 2 * pairs - (pairs > 0)
    dark = ordinary // 2 + pairs
    colors = _colors(ordinary + pairs)
    looks = [_look(number, colors[number // 2 + (0 if number % 2 else dark)]) for number in range(ordinary)]
    for pair in range(pairs):
        looks += 2 * [_look(2 * (ordinary // 2 + pair) + 1, colors[ordinary // 2 + pair])]
    looks += [_look(1, colors[0])] * (pairs > 0)  # of the marker, which is painted in colors of its own
    return Catalogue(
        looks=tuple(looks),
        stuff=tuple(range(0, ordinary, 2)),
        things=tuple(range(1, ordinary, 2)),
        twins=tuple((ordinary + 2 * pair, ordinary + 2 * pair + 1) for pair in range(pairs)),
        marker=classes - 1 if pairs else None,
    )


def _colors(count: int) -> list[Color]:
    """So many colors, darker ones first; muted, so that a marker stands out."""
    muted = [_mixed((r / 255, g / 255, b / 255), 0.58, 0.14) for r, g, b in spread_colors(count)]
    return sorted(muted, key=lambda color: 0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2])


def _look(number: int, color: Color) -> Look:
    thing = number % 2
    pattern, angle = SURFACES[(number // 2 + 5 * thing) % len(SURFACES)]
    return Look(
        first=color,
        second=_mixed(color, 1.0, 0.24) if thing else _mixed(color, 0.0, 0.18),
        pattern=pattern,
        angle=math.radians(angle),
        period=PERIOD,
        shape=tuple(SHAPES)[number // 2 % len(SHAPES)] if thing else None,
    )


def _mixed(color: Color, grey: float, share: float) -> Color:
    """The color with a share of a grey from black (0) to white (1)."""
    r, g, b = (channel + share * (grey - channel) for channel in color)
    return r, g, b
