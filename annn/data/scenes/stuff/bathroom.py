"""A bathroom."""

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.stuff.animals import paint_animal
from annn.data.scenes.stuff.household import (
    CLOTHS,
    WOODS,
    panel,
    wood,
)
from annn.data.scenes.stuff.people import BRIGHT
from annn.data.scenes.stuff.rooms import Room, paint_room
from annn.data.scenes.stuff.sketch import Drawing, Sketch, oval, shaded


def paint_bathroom(sketch: Sketch, chance: Chance) -> None:
    """Toilet, basin with mirror, towels, toothbrushes; tiles all round."""
    room = paint_room(
        sketch,
        chance,
        ("wall-tile", "wall-tile", "wall-tile", "wall-other"),
        ("floor-tile", "floor-tile", "floor-marble", "floor-stone"),
    )
    z, white = room.z, (0.94, 0.94, 0.93)
    x = chance.uniform(-1.2, -0.6)
    d = Drawing(sketch, "toilet", x, z - 0.35)
    sketch.stain(x, z - 0.45, 0.4, 0.4, 0.8)
    sketch.box("toilet", white, (x - 0.24, x + 0.24), (0.42, 0.85), (z - 0.2, z))
    d.body(white, [(-0.13, 0.0), (0.13, 0.0), (0.2, 0.38), (-0.2, 0.38)])
    for r, up, gain in ((0.25, 0.4, 0.85), (0.25, 0.43, 1.05)):
        sketch.disc(sketch.ink("toilet", white, plane=Plane("y", up), gain=gain), x, up, z - 0.45, r, 0.3)
    if chance.true(0.5):
        sketch.disc(sketch.ink("toilet", (0.45, 0.5, 0.54), plane=Plane("y", 0.435)), x, 0.435, z - 0.47, 0.16, 0.19)
    a = chance.uniform(0.2, 0.5)
    color = chance.tint(chance.pick((*WOODS, (0.3, 0.4, 0.45))))
    wood(sketch, "cabinet", color, (a, a + 1.0), (0.1, 0.8), (z - 0.5, z))
    for k in (0, 1):
        panel(sketch, "cabinet", shaded(color, 0.8), (a + 0.04 + 0.48 * k, a + 0.48 + 0.48 * k), (0.16, 0.74), z - 0.51)
    sketch.box("counter", (0.85, 0.84, 0.82), (a - 0.03, a + 1.03), (0.8, 0.85), (z - 0.53, z))
    for r, tone in ((0.27, white), (0.22, (0.7, 0.72, 0.74))):
        sketch.disc(sketch.ink("sink", tone, plane=Plane("y", 0.86)), a + 0.5, 0.86, z - 0.27, r, r * 0.75)
    d = Drawing(sketch, "sink", a + 0.5, z - 0.06, foot=0.86, size=0.25)
    d.limb(d.ink((0.82, 0.83, 0.85)), ((0, 0), (0, 0.7), (0.1, 0.6)), (0.14, 0.12, 0.1))
    mirror = chance.pick(
        (oval(a + 0.5, 1.55, 0.38, 0.5, 20), [(a + 0.08, 1.15), (a + 0.92, 1.15), (a + 0.92, 2.0), (a + 0.08, 2.0)])
    )
    for share, tone in ((1.06, (0.5, 0.42, 0.3)), (1.0, (0.68, 0.76, 0.8))):
        ink = sketch.ink("mirror-stuff", tone, second=(0.85, 0.9, 0.92), z=z, metres=2.0)
        sketch.polygon(ink, [(a + 0.5 + (p - a - 0.5) * share, 1.55 + (q - 1.55) * share, z - 0.02) for p, q in mirror])
    _hang_towels(sketch, chance, room, a)


def _hang_towels(sketch: Sketch, chance: Chance, room: Room, a: float) -> None:
    """What stands on the washstand at a, and towels, curtain and mat."""
    z = room.z
    _on_the_washstand(sketch, chance, a, z)
    if chance.true(0.65):
        tone = chance.tint(chance.pick(BRIGHT))
        panel(sketch, "metal", (0.8, 0.8, 0.82), (-0.32, 0.1), (1.28, 1.3), z - 0.02)
        towel = sketch.ink("towel", tone, second=shaded(tone, 0.75), tile="corrugated", metres=0.6, z=z)
        sketch.front(towel, (-0.26, 0.04), (0.7, 1.3), z - 0.04)
    if chance.true(0.5):
        curtain = chance.tint(chance.pick(CLOTHS))
        at = room.right - 0.15
        ink = sketch.ink(
            "curtain", curtain, second=shaded(curtain, 0.8), tile="corrugated", metres=0.8, plane=Plane("x", at)
        )
        sketch.polygon(ink, [(at, 0.2, 1.5), (at, 0.2, z - 0.6), (at, 2.2, z - 0.6), (at, 2.2, 1.5)])
    if chance.true(0.6):
        mat = chance.tint(chance.pick(CLOTHS))
        sketch.ground(
            sketch.ink("mat", mat, second=shaded(mat, 1.2), tile="corrugated", metres=0.4, plane=Plane("y", 0.02)),
            (a, a + 0.9),
            (z - 1.3, z - 0.7),
            0.02,
        )
    if chance.true(0.3):
        paint_animal(sketch, chance, "cat", chance.uniform(-0.6, 0.2), z - 1.4)


def _on_the_washstand(sketch: Sketch, chance: Chance, a: float, z: float) -> None:
    d = Drawing(sketch, "cup", a + 0.12, z - 0.3, foot=0.85, size=0.14)
    for k in range(chance.integer(1, 3)):
        d.line(d.ink(chance.pick(BRIGHT), name="toothbrush"), (-0.2 + 0.2 * k, 0.5), (-0.6 + 0.55 * k, 1.7), 0.13)
        d.line(d.ink((0.95, 0.95, 0.95), name="toothbrush"), (-0.56 + 0.5 * k, 1.5), (-0.62 + 0.55 * k, 1.75), 0.22)
    d.fill(d.ink(chance.tint(chance.pick(BRIGHT))), [(-0.35, 0), (0.35, 0), (0.4, 1.0), (-0.4, 1.0)])
    if chance.true(0.5):
        d = Drawing(sketch, "hair drier", a + 0.88, z - 0.3, foot=0.86, size=0.24, facing=chance.side())
        tone = chance.tint(chance.pick(BRIGHT))
        d.limb(d.ink(shaded(tone, 0.8)), ((0.1, 0.5), (0.16, 0.0)), (0.22, 0.2))
        d.limb(d.ink(tone), ((0.15, 0.6), (-0.45, 0.6)), (0.42, 0.28))
        d.disc(d.ink((0.1, 0.1, 0.1)), -0.47, 0.6, 0.07, 0.14)
    elif chance.true(0.6):
        d = Drawing(sketch, "bottle", a + 0.86, z - 0.3, foot=0.85, size=0.24)
        d.body(
            chance.tint(chance.pick(BRIGHT)),
            [(-0.2, 0), (0.2, 0), (0.2, 0.7), (0.08, 0.8), (0.08, 1.0), (-0.08, 1.0), (-0.08, 0.8), (-0.2, 0.7)],
        )
