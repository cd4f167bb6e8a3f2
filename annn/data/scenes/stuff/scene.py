"""Thing-and-stuff scenes with exact labels, in the ids of COCO-Stuff v1.1: 0 unlabeled, 1..91 things, 92..182 stuff.

Each scene is of one kind (beach, kitchen, ...) with its own composition, viewpoint and palette. It is fixed by
(seed, index), and drawn at any size.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from annn.data.scenes.camera import Camera
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Light, draw_light
from annn.data.scenes.street.scene import check_size
from annn.data.scenes.stuff import (
    bathroom,
    coast,
    countryside,
    desk,
    kitchen,
    market,
    park,
    rooms,
    sports,
    tabletop,
    town,
    travel,
    winter,
)
from annn.data.scenes.stuff.sketch import Sketch
from annn.errors import ConfigError

SCENE, NOISE, DECK = 0, 1, 3  # streams of chance within a seed
Span = tuple[float, float]


class Scene(NamedTuple):
    """One drawn scene. label: COCO-Stuff v1.1 ids 0..182, 0 for unlabeled. kind: one of `KINDS`."""

    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"]
    kind: str


@dataclass(frozen=True, kw_only=True)
class View:
    """How a kind of scene is seen: ranges of the camera's numbers (see `Camera`), and whether the sun shines there."""

    paint: Callable[[Sketch, Chance], None]
    horizon: Span = (0.30, 0.5)
    eye: Span = (1.4, 2.4)
    focal: Span = (0.75, 1.0)
    pitch: Span = (-0.02, 0.02)
    turn: float = 0.1
    share: int = 2  # how often it lies in the deck of kinds
    indoors: bool = False


VIEWS: dict[str, View] = {
    "beach": View(paint=coast.paint_beach, focal=(0.9, 1.4), horizon=(0.25, 0.45), eye=(1.7, 3.5)),
    "harbour": View(paint=coast.paint_harbour, focal=(0.95, 1.4), eye=(1.9, 3.0)),
    "snow": View(paint=winter.paint_snow, focal=(0.95, 1.5), horizon=(0.35, 0.55), eye=(1.6, 2.4)),
    "savanna": View(paint=countryside.paint_savanna, focal=(1.0, 1.7), horizon=(0.4, 0.55)),
    "pasture": View(paint=countryside.paint_pasture, focal=(1.0, 1.7), horizon=(0.3, 0.45)),
    "river": View(paint=countryside.paint_river, focal=(0.9, 1.2), horizon=(0.35, 0.5), eye=(1.8, 2.8)),
    "park": View(paint=park.paint_park, focal=(0.9, 1.4)),
    "airport": View(paint=travel.paint_airport, focal=(1.0, 1.5), horizon=(0.5, 0.66), eye=(1.7, 4.0)),
    "station": View(paint=travel.paint_station, horizon=(0.4, 0.5), eye=(2.3, 2.9), turn=0.05),
    "kites": View(paint=park.paint_kites, focal=(0.8, 1.1), horizon=(0.68, 0.84), eye=(1.5, 2.0)),
    "skate park": View(paint=sports.paint_skate_park, focal=(1.0, 1.5), horizon=(0.4, 0.52), eye=(1.2, 1.8)),
    "market": View(paint=market.paint_market, horizon=(0.36, 0.46), eye=(1.6, 1.8), turn=0.05),
    "ball game": View(paint=sports.paint_ball_game, focal=(1.0, 1.6), horizon=(0.3, 0.45), eye=(1.6, 2.4)),
    "tennis": View(paint=sports.paint_tennis, focal=(0.9, 1.2), horizon=(0.2, 0.34), eye=(2.2, 4.5)),
    "street": View(paint=town.paint_street, horizon=(0.42, 0.55), eye=(1.6, 3.2), focal=(0.7, 0.9), turn=0.2, share=3),
    "kitchen": View(paint=kitchen.paint_kitchen, eye=(1.5, 1.7), focal=(0.8, 1.0), indoors=True),
    "living room": View(paint=rooms.paint_living_room, eye=(1.35, 1.6), focal=(0.8, 1.0), indoors=True),
    "bedroom": View(paint=rooms.paint_bedroom, eye=(1.5, 1.8), focal=(0.8, 1.0), indoors=True),
    "bathroom": View(paint=bathroom.paint_bathroom, eye=(1.5, 1.7), focal=(1.05, 1.3), indoors=True, share=2),
    "desk": View(
        paint=desk.paint_desk,
        horizon=(0.4, 0.5),
        eye=(5.2, 6.6),
        focal=(1.0, 1.25),
        pitch=(-0.58, -0.44),
        turn=0.06,
        indoors=True,
    ),
    "meal": View(
        paint=tabletop.paint_meal,
        horizon=(0.4, 0.5),
        eye=(4.4, 6.5),
        focal=(1.0, 1.2),
        pitch=(-0.85, -0.5),
        turn=0.12,
        indoors=True,
        share=4,
    ),
}
KINDS: tuple[str, ...] = tuple(VIEWS)
# Kinds are dealt like cards, so that already a small set has all of them.
_DECK = tuple(kind for kind, view in VIEWS.items() for _ in range(view.share))


def kind_of(seed: int, index: int) -> str:
    """The kind of the scene of this seed and index."""
    _check_numbers(seed, index)
    deal, card = divmod(index, len(_DECK))
    chance = Chance(seed, deal, DECK)
    return sorted(_DECK, key=lambda _: chance.unit())[card]


def draw(seed: int, index: int, size: tuple[int, int] = (240, 320)) -> Scene:
    """Draws the scene of this seed and index at `size` (height, width). Raises ConfigError on impossible numbers."""
    kind = kind_of(seed, index)
    height, width = check_size(size)
    chance = Chance(seed, index, SCENE)
    view = VIEWS[kind]
    light = _room_light(chance) if view.indoors else _day_light(chance)
    sketch = Sketch(_draw_camera(chance, view, height, width), light)
    view.paint(sketch, chance)
    noise = Chance(seed, index, NOISE)
    painted = sketch.develop((noise.integer(0, 511), noise.integer(0, 1023)))
    return Scene(painted.image, painted.label, kind)


def _check_numbers(seed: int, index: int) -> None:
    if seed < 0 or index < 0:
        raise ConfigError(f"A scene needs a seed and an index of at least 0, got seed {seed} and index {index}.")


def _draw_camera(chance: Chance, view: View, height: int, width: int) -> Camera:
    """A camera in the view's ranges; upright pictures keep the angle of view along their longer side."""
    return Camera(
        width=width,
        height=height,
        focal=chance.uniform(*view.focal) * max(1.0, 0.85 * height / width),
        horizon=chance.uniform(*view.horizon),
        eye=chance.uniform(*view.eye),
        yaw=chance.uniform(-view.turn, view.turn),
        pitch=chance.uniform(*view.pitch),
        roll=chance.uniform(-0.02, 0.02),
        mirrored=chance.true(0.5),
    )


def _day_light(chance: Chance) -> Light:
    """The street's weather, fair more often and brighter under clouds; thinner haze, as views are wider."""
    light = draw_light(chance)
    if light.clouds == "overcast" and chance.true(0.55):
        light = draw_light(chance)
    gain = {"clear": 1.04, "sunset": 1.18}.get(light.weather, 1.16)
    ambient, sky, cloud, air = (
        tuple(min(1.0, c * gain) for c in color) for color in (light.ambient, light.sky, light.cloud, light.air)
    )
    return replace(light, ambient=ambient, sky=sky, cloud=cloud, air=air, haze=light.haze * 0.7)


def _room_light(chance: Chance) -> Light:
    """Light indoors: from above and before the scene, warm or cool, without haze."""
    warm, level = chance.uniform(-0.08, 0.14), chance.uniform(0.8, 1.08)
    tone = (1 + warm, 1.0, 1 - warm)
    r, g, b = (level * t for t in tone)
    return Light(
        weather="indoors",
        sun=(chance.uniform(-0.5, 0.5), 0.72, -0.6),
        ambient=(0.8 * r, 0.8 * g, 0.82 * b),
        direct=(0.42 * r, 0.42 * g, 0.4 * b),
        sky=(0.6, 0.75, 0.92),
        cloud=(0.95, 0.95, 0.97),
        air=(0.8, 0.8, 0.8),
        haze=1e-6,
        shadow=0.45,
        wet=0.0,
        clouds="flat",
        noise=chance.uniform(0.004, 0.014),
        blur=chance.uniform(0.02, 0.2),
        vignette=chance.uniform(0.05, 0.3),
    )
