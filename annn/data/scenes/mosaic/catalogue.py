"""The catalogue: what each class of a label space looks like, as a function of its number and the number of classes.

Even numbers are stuff, which covers regions of the ground in pale colors; odd ones are things, which lie on it in
strong colors and shapes of their own. Of 16 neighbours, all things share a pattern and a tone, and so does all stuff;
their hues differ. The last classes of a space have another task, see `planted`.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from annn.data.scenes.light import Color
from annn.data.scenes.mosaic.shape import SHAPES
from annn.errors import ConfigError

CLASSES = range(2, 251)
"""How many classes a label space may have."""

HUES: tuple[Color, ...] = (
    (0.74, 0.30, 0.29), (0.27, 0.46, 0.72), (0.86, 0.70, 0.27), (0.49, 0.36, 0.65), (0.40, 0.60, 0.30),
    (0.80, 0.45, 0.62), (0.22, 0.58, 0.56), (0.86, 0.52, 0.26),
)  # fmt: skip
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
    looks = [_look(number) for number in range(ordinary)]
    for pair in range(pairs):
        looks += 2 * [_look(ordinary + 2 * pair + 1 - ordinary % 2)]
    looks += [_look(1)] * (pairs > 0)  # of the marker, which is painted in colors of its own
    return Catalogue(
        looks=tuple(looks),
        stuff=tuple(range(0, ordinary, 2)),
        things=tuple(range(1, ordinary, 2)),
        twins=tuple((ordinary + 2 * pair, ordinary + 2 * pair + 1) for pair in range(pairs)),
        marker=classes - 1 if pairs else None,
    )


def _look(number: int) -> Look:
    thing, group = number % 2, number // 16
    pattern, angle = SURFACES[(2 * group + thing) % len(SURFACES)]
    hue, tone = HUES[number // 2 % len(HUES)], group % 3
    first = _mixed(hue, 0.0, (0.0, 0.15, 0.3)[tone]) if thing else _mixed(hue, 1.0, (0.3, 0.45, 0.6)[tone])
    return Look(
        first=first,
        second=_mixed(first, 1.0, 0.5) if group // 3 % 2 == thing else _mixed(first, 0.0, 0.3),
        pattern=pattern,
        angle=math.radians(angle),
        period=PERIOD,
        shape=tuple(SHAPES)[(number // 2 + group) % len(SHAPES)] if thing else None,
    )


def _mixed(color: Color, grey: float, share: float) -> Color:
    """The color with a share of black (0) or white (1)."""
    r, g, b = (channel + share * (grey - channel) for channel in color)
    return r, g, b
