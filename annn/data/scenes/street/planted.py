"""The planted long-range dependency: surfaces that look alike, and a beacon across the street that names them.

In three scenes of five a plain panel barrier stands along one side: a wall or a fence. In two of five a plain vehicle
body without visible wheels stands there: a bus or a train. Nothing about
the surface tells which. A banner on a tall mast at the opposite edge of the image does: its colour decides the barrier
(warm: wall, cool: fence), the emblem on it the vehicle (upright bar: train, disc: bus). Whoever labels the surface has
to look across more than a third of the image.
"""

from dataclasses import dataclass

from annn.data.scenes.camera import Camera, Point
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color, times
from annn.data.scenes.street.furniture import STEEL, flat, paint_pole, polygon
from annn.data.scenes.street.ground import upright
from annn.data.scenes.street.layout import GARDEN, Side, Stage, Street
from annn.data.scenes.street.vehicles import Body, Frame

WALL, FENCE, BUS, TRAIN, SIGN = 12, 13, 28, 31, 20
PANEL, BODY = 1, 2  # values in the map of planted surfaces
REACH = 0.36  # of the image width between banner and surface, at least, where the surface begins
WARM: tuple[Color, ...] = ((0.95, 0.22, 0.08), (0.98, 0.45, 0.05), (0.90, 0.10, 0.12))
COOL: tuple[Color, ...] = ((0.06, 0.32, 0.95), (0.04, 0.60, 0.90), (0.16, 0.18, 0.85))
PAINTS: tuple[Color, ...] = (
    (0.62, 0.63, 0.62), (0.70, 0.66, 0.56), (0.50, 0.55, 0.52), (0.46, 0.50, 0.58), (0.60, 0.52, 0.46),
    (0.78, 0.78, 0.76),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cue:
    """What the banner says. warm: the barrier is a wall, else a fence. bar: the vehicle is a train, else a bus."""

    warm: bool
    bar: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which planted surfaces a scene has, on which side, and where its banner hangs (in fractions of the image)."""

    panel: bool
    body: bool
    side: int
    banner: bool
    across: float
    up: float
    size: float


def draw_cue(chance: Chance) -> Cue:
    """Two fair coins; drawn from a stream of its own, so that nothing else in the scene depends on them."""
    return Cue(warm=chance.true(0.5), bar=chance.true(0.5))


def draw_plan(chance: Chance) -> Plan:
    """A barrier in three scenes of five, a body in two of five; a banner with either, and in some others too."""
    panel, body = chance.true(0.6), chance.true(0.4)
    return Plan(
        panel=panel,
        body=body,
        side=chance.side(),
        banner=panel or body or chance.true(0.3),
        across=chance.uniform(0.075, 0.15),
        up=chance.uniform(0.12, 0.26),
        size=chance.uniform(0.065, 0.085),
    )


def add_planted(stage: Stage, canvas: Canvas, chance: Chance, street: Street, plan: Plan, cue: Cue) -> None:
    """Puts the barrier, the body and the banner of a plan on the stage."""
    side = street.sides[plan.side]
    if plan.panel:
        _add_panel(stage, canvas, chance, side, plan, cue)
    if plan.body:
        _add_body(stage, canvas, chance, side, plan, cue)
    if plan.banner:
        _add_banner(stage, canvas, chance, street.sides[-plan.side], plan, cue)


def _nearest_column(camera: Camera, x: float, z: float, plan: Plan) -> float:
    """Distance in image widths between the banner and the point (x, 0, z), positive away from the banner."""
    sign = -plan.side if camera.mirrored else plan.side
    column = camera.project([(x, 0.0, z)])[0][0] / camera.width
    return column - plan.across if sign > 0 else (1 - plan.across) - column


def _last_depth(camera: Camera, x: float, start: float, end: float, plan: Plan) -> float:
    """How far along the street a surface may reach and still keep its distance from the banner."""
    while end > start + 4 and _nearest_column(camera, x, end, plan) < REACH:
        end -= 2.0
    return end


def _add_panel(stage: Stage, canvas: Canvas, chance: Chance, side: Side, plan: Plan, cue: Cue) -> None:
    x = side.sign * (side.front + 0.1)
    high, color = chance.uniform(2.2, 3.4), chance.tint(chance.pick(PAINTS), 0.05)
    z0 = chance.uniform(1.5, 6.0)
    z1 = _last_depth(canvas.camera, x, z0, chance.uniform(28, 60), plan)
    label = WALL if cue.warm else FENCE

    def act() -> None:
        plane = Plane("x", x)
        body = canvas.paint(color, second=times(color, 0.78), tile="corrugated",
                            metres=(2.4, 2.4), label=label, plane=plane, planted=PANEL)  # fmt: skip
        canvas.polygon(body, upright("x", x, z0, z1, 0.0, high))
        edge = canvas.paint(color, label=label, plane=plane, planted=PANEL, gain=0.7)
        for low, top in ((high - 0.14, high), (0.1, 0.3)):
            canvas.polygon(edge, upright("x", x, z0, z1, low, top))
        z = z0
        while z < z1:
            canvas.polygon(edge, upright("x", x, z, z + 0.12, 0.0, high))
            z += 3.0
        canvas.cast(upright("x", x, z0, z1, 0.0, high))

    stage.add(GARDEN, z0, act)


def _add_body(stage: Stage, canvas: Canvas, chance: Chance, side: Side, plan: Plan, cue: Cue) -> None:
    width, high = 2.5, chance.uniform(2.9, 3.3)
    x = side.sign * (side.edge - width - 0.25)
    # behind the near part of a barrier, which it would hide
    z0 = chance.uniform(13.0, 19.0) if plan.panel else chance.uniform(9.0, 15.0)
    z1 = _last_depth(canvas.camera, x, z0 + 5, z0 + chance.uniform(11, 20), plan)
    frame = Frame(x, z0, z1 - z0, width, True)
    color = chance.tint(chance.pick(PAINTS), 0.05)
    trim = chance.pick(((0.30, 0.33, 0.36), (0.55, 0.52, 0.46), (0.36, 0.40, 0.36)))
    label = TRAIN if cue.bar else BUS

    def act() -> None:
        body = Body(canvas, label, frame, high, BODY)
        long = frame.length
        body.end(body.paint(trim), 0.0, (0.0, width), (0.06, 0.5))
        body.end(body.paint(color), 0.0, (0.0, width), (0.5, high))
        body.end(body.paint((0.12, 0.15, 0.18), gain=1.3), 0.0, (0.16, width - 0.16), (1.35, 2.45))
        plane = frame.side_plane()
        side_paint = canvas.paint(color, second=(0.13, 0.16, 0.19), tile="carriage", metres=(6.0, high), label=label,
                                  plane=plane, origin=(z0, 0.0), instance=body.instance, planted=BODY)  # fmt: skip
        body.side(side_paint, (0.0, long), (0.0, high))
        body.side(body.paint(trim, "side"), (0.0, long), (0.06, 0.5))
        if high < canvas.camera.eye:
            return
        body.side(body.paint(trim, "side"), (0.0, long), (high - 0.12, high))

    stage.add(side.edge - width / 2, z0, act)


def _add_banner(stage: Stage, canvas: Canvas, chance: Chance, side: Side, plan: Plan, cue: Cue) -> None:
    """The mast at the depth where it meets the image at plan.across, and the banner in front of all else."""
    camera = canvas.camera
    x = side.sign * (side.kerb + 0.6)
    z = 5.0
    while z < 40 and abs(_edge_fraction(camera, x, z, plan)) > 0.004:
        z += 0.1
        if _edge_fraction(camera, x, z, plan) > 0:
            break
    metre = camera.pixels_per_unit / z
    top = (camera.horizon - plan.up) * camera.height / metre + camera.eye
    half = plan.size * camera.width / metre / 2
    shade = chance.integer(0, len(WARM) - 1)
    color = (WARM if cue.warm else COOL)[shade]
    stage.add(side.kerb + 0.6, z, lambda: paint_pole(canvas, x, z, top, 0.2, STEEL))

    def act() -> None:
        canvas.polygon(flat(canvas, (0.05, 0.05, 0.05), SIGN, z, glow=True), _square(x, top, z, half))
        canvas.polygon(flat(canvas, color, SIGN, z, glow=True), _square(x, top, z, half * 0.9))
        emblem = flat(canvas, (0.98, 0.98, 0.96), SIGN, z, glow=True)
        if cue.bar:
            canvas.polygon(
                emblem, upright("z", z, x - half * 0.2, x + half * 0.2, top - half * 0.78, top + half * 0.78)
            )
        else:
            canvas.polygon(emblem, polygon(x, top, z, half * 0.52, 20))

    stage.add_last(act)


def _edge_fraction(camera: Camera, x: float, z: float, plan: Plan) -> float:
    """How far the point (x, 0, z) lies inside of the banner's column, in image widths."""
    return -_nearest_column(camera, x, z, plan) if plan.side * x > 0 else _nearest_column(camera, x, z, plan)


def _square(x: float, y: float, z: float, half: float) -> list[Point]:
    return upright("z", z, x - half, x + half, y - half, y + half)
