"""The catalogue: what each class of a label space looks like, as a function of its number and the number of classes.

Neighbouring classes, about 16, make a theme: they occur together, and share the color of their patterns. Within a
theme, even numbers are stuff, which covers regions of the ground in pale colors; odd ones are things, which lie on it
in strong colors and shapes of their own. The last classes of a space have another task, see `planted`.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from annn.data.scenes.light import Color
from annn.data.scenes.mosaic.shape import SHAPES
from annn.errors import ConfigError

CLASSES = range(2, 251)
"""How many classes a label space may have."""

THEME = 16  # classes that occur together, about
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
PERIODS = (0.14, 0.2)


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
    """The looks by class. themes: classes that occur together. twins: pairs of classes with one look, which the
    `marker` tells apart; without twins it is None."""

    looks: tuple[Look, ...]
    themes: tuple[tuple[int, ...], ...]
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
    count = max(1, round(ordinary / THEME))
    starts = [ordinary * theme // count for theme in range(count + 1)]
    themes = [tuple(range(*ends)) for ends in pairwise(starts)]
    looks = [
        _look(theme, place, number % 2 == 1) for theme in range(count) for place, number in enumerate(themes[theme])
    ]
    for pair in range(pairs):
        looks += 2 * [_look(count + pair, 17 + pair, True)]
    looks += [_look(0, 1, True)] * (pairs > 0)  # of the marker, which is painted in colors of its own
    return Catalogue(
        looks=tuple(looks),
        themes=tuple(themes),
        twins=tuple((ordinary + 2 * pair, ordinary + 2 * pair + 1) for pair in range(pairs)),
        marker=classes - 1 if pairs else None,
    )


def _look(theme: int, place: int, thing: bool) -> Look:
    """The look of the class at a place of a theme; themes that share a hue have other patterns."""
    pattern, angle = SURFACES[(place + 5 * theme + theme // len(HUES)) % len(SURFACES)]
    own, common = HUES[(place // 2 + theme) % len(HUES)], HUES[theme % len(HUES)]
    return Look(
        first=own if thing else _mixed(own, 1.0, 0.55),
        second=_mixed(common, 1.0, 0.75) if thing else _mixed(common, 0.0, 0.35),
        pattern=pattern,
        angle=math.radians(angle),
        period=PERIODS[theme // len(HUES) % len(PERIODS)],
        shape=tuple(SHAPES)[(place // 2 + theme) % len(SHAPES)] if thing else None,
    )


def _mixed(color: Color, grey: float, share: float) -> Color:
    r, g, b = (channel + share * (grey - channel) for channel in color)
    return r, g, b
