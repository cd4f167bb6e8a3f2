"""The catalogue: what each class of a label space looks like, as a function of its number and the number of classes.

Even numbers are stuff, which covers regions of the ground; odd ones are things, which lie on it in a shape of their
own. A look is a pair of muted colors and a pattern that mixes them. Hues follow the golden angle, so that classes with
neighbouring hues have other patterns. The last classes of a space have another task, see `planted`.
"""

import colorsys
import math
from dataclasses import dataclass
from functools import lru_cache

from annn.data.scenes.light import Color
from annn.data.scenes.mosaic.shape import SHAPES
from annn.errors import ConfigError

CLASSES = range(2, 251)
"""How many classes a label space may have."""

GOLDEN = (math.sqrt(5) - 1) / 2
THEME = 16  # classes that occur together, about
# pattern and angle in degrees; a mirrored image must not show another class, so nothing leans to one side only
SURFACES: tuple[tuple[str, int], ...] = (
    ("plain", 0), ("stripes", 0), ("checks", 0), ("dots", 0), ("stripes", 90), ("bricks", 0), ("zigzag", 0),
    ("rings", 0), ("grid", 0), ("stripes", 45), ("stains", 0), ("triangles", 0), ("checks", 45), ("basket", 0),
    ("waves", 0), ("crosses", 0), ("grid", 45),
)  # fmt: skip
LIGHTNESS = (0.52, 0.70, 0.38)
PERIODS = (0.085, 0.12)


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
    looks = [_look(number) for number in range(ordinary)]
    for pair in range(pairs):
        looks += 2 * [_look(2 * (ordinary + pair) + 1)]
    looks += [_look(1)] * (pairs > 0)  # of the marker, which is painted in colors of its own
    count = max(1, round(ordinary / THEME))
    return Catalogue(
        looks=tuple(looks),
        themes=tuple(tuple(range(theme, ordinary, count)) for theme in range(count)),
        twins=tuple((ordinary + 2 * pair, ordinary + 2 * pair + 1) for pair in range(pairs)),
        marker=classes - 1 if pairs else None,
    )


def _look(number: int) -> Look:
    """Hue, lightness, pattern and shape repeat after different numbers of classes."""
    pattern, angle = SURFACES[number % len(SURFACES)]
    hue, light = number * GOLDEN % 1, LIGHTNESS[number % 3]
    other = hue + (0.08, 0.5, -0.2, 0.33)[number % 4]
    return Look(
        first=_color(hue, light),
        second=_color(other, light + (0.27 if light < 0.6 else -0.3)),
        pattern=pattern,
        angle=math.radians(angle),
        period=PERIODS[number // len(SURFACES) % len(PERIODS)],
        shape=tuple(SHAPES)[number // 2 % len(SHAPES)] if number % 2 else None,
    )


def _color(hue: float, lightness: float) -> Color:
    return colorsys.hls_to_rgb(hue % 1, lightness, 0.42)
