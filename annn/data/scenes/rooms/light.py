"""Light in a room: from the ceiling, from lamps and through windows, with the sun's patch on floor and walls."""

from dataclasses import dataclass, field
from typing import NamedTuple

from annn.data.scenes.camera import Point
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color


class Lamp(NamedTuple):
    """A small source. facing: the direction it shines to, None for all around; reach: metres to half its power."""

    at: Point
    color: Color
    reach: float
    facing: Point | None = None


class Opening(NamedTuple):
    """A rectangular hole in the wall whose coordinate on `axis` (0 or 2) is `at`; spans along the wall and upwards."""

    axis: int
    at: float
    along: tuple[float, float]
    up: tuple[float, float]


@dataclass(kw_only=True)
class RoomLight:
    """Linear light per channel. sun: unit vector towards it and its color, where it shines through `openings`."""

    mood: str
    ambient: Color
    outside: Color
    outside_glow: float
    lamps: list[Lamp] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    sun: Point | None = None
    sun_color: Color = (0.0, 0.0, 0.0)
    target: float = 0.2
    cast: Color = (1.0, 1.0, 1.0)
    noise: float = 0.01
    blur: float = 0.1
    vignette: float = 0.1

    def add_window(self, opening: Opening, inwards: Point) -> None:
        """Daylight through a window."""
        self.openings.append(opening)
        if self.mood == "night":
            return
        middle, high = sum(opening.along) / 2, sum(opening.up) / 2
        at = (opening.at, high, middle) if opening.axis == 0 else (middle, high, opening.at)
        area = (opening.along[1] - opening.along[0]) * (opening.up[1] - opening.up[0])
        place = (at[0] - 0.15 * inwards[0], at[1], at[2] - 0.15 * inwards[2])
        r, g, b = (c * 1.3 * min(1.6, area) for c in self.outside)
        self.lamps.append(Lamp(place, (r, g, b), 1.3, inwards))


def draw_light(chance: Chance, cold: bool) -> RoomLight:
    """A random mood: day, lamps by day, or night. cold: fluorescent light, as in offices and schools."""
    mood = chance.pick(("day", "day", "lamps", "lamps", "night"))
    warm = chance.uniform(0.62, 0.85)
    bulb: Color = (1.0, 0.97, 0.92) if cold else (1.0, 0.55 + 0.5 * (warm - 0.3), warm * warm)
    strength = {"day": 0.30, "lamps": 0.30, "night": 0.22}[mood] * chance.uniform(0.8, 1.2)
    tone = chance.uniform(0.0, 1.0) if mood == "lamps" else float(mood == "night")
    r, g, b = (strength * (tone * c + (1 - tone) * d) for c, d in zip(bulb, (0.92, 0.97, 1.05), strict=True))
    outside = (0.75, 0.88, 1.0) if chance.true(0.6) else (1.0, 0.93, 0.80)
    light = RoomLight(
        mood=mood,
        ambient=(r, g, b),
        outside=outside,
        outside_glow=0.012 if mood == "night" else chance.uniform(1.0, 2.4),
        target=chance.uniform(0.17, 0.30),
        cast=(1.0 + chance.uniform(-0.05, 0.07), 1.0, 1.0 + chance.uniform(-0.08, 0.05)),
        noise=chance.uniform(0.004, 0.014),
        blur=chance.uniform(0.04, 0.2),
        vignette=chance.uniform(0.05, 0.25),
    )
    if mood == "day" and chance.true(0.6):
        x, z = chance.uniform(-0.8, 0.8), chance.uniform(-0.3, 0.8)
        y = chance.uniform(0.5, 1.0)
        long = (x * x + y * y + z * z) ** 0.5
        light.sun, light.sun_color = (x / long, y / long, z / long), (3.2, 2.8, 2.2)
    return light


def ceiling_lamp(light: RoomLight, chance: Chance, at: Point, cold: bool) -> None:
    """The room's own lamp; weak by day."""
    power = {"day": 0.35, "lamps": 1.2, "night": 1.5}[light.mood] * chance.uniform(0.7, 1.3)
    color = (power, 0.97 * power, 0.92 * power) if cold else (power, 0.86 * power, 0.66 * power)
    light.lamps.append(Lamp(at, color, 1.8))
