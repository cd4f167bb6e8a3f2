"""Procedural street scenes with exact labels, in the label ids of Cityscapes.

A scene is a pinhole view along a street, fixed by (seed, index); another size is the same view at another resolution.
All 19 classes of the benchmark and most ignored ids occur.

One long-range dependency is planted (see `planted.py`): `Scene.planted` marks the barrier with 1 and the body with 2.
Walls, fences, buses and trains that are recognisable by themselves occur as well: barriers in gardens of any scene,
buses and trams in scenes without a planted body.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt8

from annn.data.scenes.camera import Camera
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import draw_light
from annn.data.scenes.stand_in import check_size
from annn.data.scenes.street.frontage import add_frontage, paint_passage
from annn.data.scenes.street.ground import paint_ground, paint_sky
from annn.data.scenes.street.layout import Stage, draw_street
from annn.data.scenes.street.planted import Cue, Plan, add_planted, draw_cue, draw_plan
from annn.data.scenes.street.traffic import (
    add_crossing_traffic,
    add_furniture,
    add_lanes,
    add_parked,
    add_people,
    add_wires,
)
from annn.errors import ConfigError

LAYOUT, CUE, NOISE = 0, 1, 2  # streams of chance within a scene


class Scene(NamedTuple):
    """One drawn scene. label: Cityscapes label ids 0..33. instances: Cityscapes instance ids (id, or id * 1000 + k).
    planted: 0, or 1 on a planted barrier, 2 on a planted vehicle body."""

    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"]
    instances: Int[np.ndarray, "H W"]
    planted: UInt8[np.ndarray, "H W"]


@dataclass(frozen=True, kw_only=True)
class Description:
    """What fixes a scene: the street is drawn from (seed, index); the cue is apart, so that it can be turned over."""

    seed: int
    index: int
    plan: Plan
    cue: Cue


def describe(seed: int, index: int) -> Description:
    """The scene of this seed and index, not drawn yet."""
    if seed < 0 or index < 0:
        raise ConfigError(f"A scene needs a seed and an index of at least 0, got seed {seed} and index {index}.")
    return Description(
        seed=seed, index=index, plan=draw_plan(Chance(seed, index, LAYOUT)), cue=draw_cue(Chance(seed, index, CUE))
    )


def draw(seed: int, index: int, size: tuple[int, int] = (256, 512)) -> Scene:
    """Draws the scene of this seed and index at `size` (height, width). Raises ConfigError on impossible numbers."""
    return render(describe(seed, index), size)


def render(description: Description, size: tuple[int, int]) -> Scene:
    """Draws a described scene; if only the cue of two descriptions differs, only the banner of their images does."""
    height, width = check_size(size)
    plan, cue = description.plan, description.cue
    chance = Chance(description.seed, description.index, LAYOUT, 1)
    planted = plan.panel or plan.body
    canvas = Canvas(_draw_camera(chance, height, width, plan.banner), draw_light(chance))
    street = draw_street(chance, plan.side if plan.body else None)
    stage = Stage(street.passage[1] if street.passage else float("inf"))
    paint_sky(canvas, chance)
    paint_ground(canvas, chance, street)
    for side in street.sides.values():
        add_frontage(stage, canvas, chance, street, side, plan.panel and side.sign == plan.side)
        if not (planted and side.sign == plan.side):
            add_parked(stage, canvas, chance, side)
    if street.passage:
        kind, z = street.passage
        stage.add_across(z, lambda: paint_passage(canvas, chance, street, kind, z))
    # ordinary signs keep smaller than a banner, so that nothing can be taken for it
    add_furniture(stage, canvas, chance, street, 17.0 if plan.banner else 8.0)
    add_people(stage, canvas, chance, street)
    add_lanes(stage, canvas, chance, street, plan.side if plan.body else None, not plan.body)
    add_wires(stage, canvas, chance, street)
    add_crossing_traffic(stage, canvas, chance, street)
    add_planted(stage, canvas, chance, street, plan, cue)
    stage.play()
    _paint_own_car(canvas, chance)
    noise = Chance(description.seed, description.index, NOISE)
    return Scene(*canvas.develop((noise.integer(0, 511), noise.integer(0, 1023))))


def _draw_camera(chance: Chance, height: int, width: int, steady: bool) -> Camera:
    """A camera behind the windscreen. steady: turned only a little, so that both sides of the street stay in view."""
    turn = 0.035 if steady else 0.10
    return Camera(
        width=width,
        height=height,
        focal=chance.uniform(0.60, 0.80),
        horizon=chance.uniform(0.40, 0.50),
        eye=chance.uniform(1.3, 1.9),
        yaw=chance.uniform(-turn, turn),
        pitch=chance.uniform(-0.015, 0.015),
        roll=chance.uniform(-0.012, 0.012),
        mirrored=chance.true(0.5),
    )


def _paint_own_car(canvas: Canvas, chance: Chance) -> None:
    """The bonnet (1), and the edges that rectification (2) and the region of interest (3) leave at the border."""
    w, h = canvas.camera.width, canvas.camera.height
    plane = Plane("z", 1.0)
    if chance.true(0.45):
        color = chance.tint(chance.pick(((0.1, 0.1, 0.11), (0.3, 0.31, 0.33), (0.55, 0.56, 0.58))))
        top, bulge = chance.uniform(0.87, 0.95) * h, chance.uniform(0.02, 0.05) * h
        for lower, gain in ((0.0, 1.2), (0.02 * h, 0.8)):
            paint = canvas.paint(color, second=tuple(min(1, c * 1.8) for c in color), tile="rain", metres=(1, 1),  # type: ignore[arg-type]
                                 label=1, plane=plane, gain=gain, grounded=False)  # fmt: skip
            crest = [(w * k / 16, top + lower + bulge * ((k - 8) / 8) ** 2 * 2.2) for k in range(17)]
            canvas.pixels(paint, [(-2.0, h + 2.0), (-2.0, crest[0][1]), *crest, (w + 2.0, h + 2.0)])
    if chance.true(0.35):
        paint = canvas.paint((0.0, 0.0, 0.0), label=2, plane=plane, glow=True)
        thick = chance.uniform(0.006, 0.016) * w
        edge = [(-1.0, -1.0), (thick * 0.4, -1.0), (thick, h * 0.5), (thick * 0.5, h + 1.0), (-1.0, h + 1.0)]
        canvas.pixels(paint, edge)
        canvas.pixels(paint, [(w - x, h - y) for x, y in edge])
    if chance.true(0.35):
        paint = canvas.paint((0.02, 0.02, 0.02), label=3, plane=plane, glow=True)
        edge = max(1, round(w / 256)) - 1
        canvas.pixels(paint, [(0, 0), (w - 1, 0), (w - 1, edge), (0, edge)])
        canvas.pixels(paint, [(0, h - 1 - edge), (w - 1, h - 1 - edge), (w - 1, h - 1), (0, h - 1)])
