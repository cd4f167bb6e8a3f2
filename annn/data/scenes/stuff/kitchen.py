"""A kitchen."""

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.food import PIECES, paint_piece
from annn.data.scenes.stuff.household import WOODS, Span, paint_chair, paint_table, paint_window, panel, wood
from annn.data.scenes.stuff.people import BRIGHT, Person
from annn.data.scenes.stuff.plants import paint_pot
from annn.data.scenes.stuff.rooms import Room, paint_room
from annn.data.scenes.stuff.sketch import Drawing, Sketch, shaded


def paint_kitchen(sketch: Sketch, chance: Chance) -> None:
    """A kitchen unit along the wall: refrigerator, oven, sink, cupboards, microwave; perhaps a cook and a table."""
    room = paint_room(
        sketch,
        chance,
        ("wall-tile", "wall-tile", "wall-other", "wall-concrete"),
        ("floor-tile", "floor-tile", "floor-wood", "floor-marble"),
    )
    z, front = room.z, room.z - 0.62
    color = chance.tint(chance.pick((*WOODS, (0.85, 0.85, 0.82), (0.3, 0.42, 0.42))))
    x = room.left + 0.05
    if chance.true(0.8):
        _paint_refrigerator(sketch, chance, x, front, z)
        x += 0.8
    units, wide = [], 0.6
    while x < room.right - 0.3:
        units.append((x, min(x + wide, room.right)))
        x += wide
    oven = chance.integer(0, max(0, len(units) - 2))
    basin = (oven + 2) % max(len(units), 1)
    counter = chance.tint(chance.pick(((0.3, 0.29, 0.28), (0.8, 0.77, 0.72), (0.5, 0.36, 0.22))))
    _paint_fronts(sketch, chance, units, oven, color, front, z)
    start = units[0][0]
    sketch.box(
        "counter",
        counter,
        (start, room.right),
        (0.86, 0.92),
        (front - 0.03, z),
        second=shaded(counter, 1.2),
        tile="grain",
        metres=0.5,
    )
    a, b = units[oven]
    for dx in (0.16, 0.44):
        for dz in (0.16, 0.44):
            sketch.disc(sketch.ink("oven", (0.06, 0.06, 0.07), plane=Plane("y", 0.93)), a + dx, 0.93, front + dz, 0.11)
    _paint_sink(sketch, units[basin][0], front, z)
    upper = [u for k, u in enumerate(units) if k != basin]
    if chance.true(0.75):
        a = units[basin][0] - 0.25
        paint_window(sketch, chance, (a, a + 1.1), (1.2, 2.1), z, chance.pick(("curtain", "blind", "none")))
    for a, b in upper:
        if chance.true(0.75):
            wood(sketch, "cupboard", shaded(color, 1.04), (a, b), (1.5, 2.2), (z - 0.34, z))
            panel(sketch, "cupboard", shaded(color, 0.85), (a + 0.05, b - 0.05), (1.55, 2.15), z - 0.34)
            panel(sketch, "cupboard", shaded(color, 1.06), (a + 0.07, b - 0.07), (1.57, 2.13), z - 0.345)
    _on_the_counter(sketch, chance, units, oven, basin, front)
    _add_cook(sketch, chance, room, front)


def _add_cook(sketch: Sketch, chance: Chance, room: Room, front: float) -> None:
    """Perhaps a cook, and a table."""
    if chance.true(0.45):
        person = chance.uniform(room.left + 1.0, room.right - 0.5)
        Person(sketch, chance, person, front - 0.5, chance.pick(("stand", "look")))
    if chance.true(0.5):
        at, wood_color = chance.uniform(-0.9, 0.5), chance.tint(chance.pick(WOODS))
        if chance.true(0.6):
            paint_chair(sketch, chance, at + 0.2, 3.2, wood_color, False)
        paint_table(
            sketch,
            "dining table",
            wood_color,
            (at - 0.6, at + 0.8),
            (2.35, 3.1),
            0.76,
            chance.pick((None, None, (0.85, 0.3, 0.25))),
        )
        _laid(sketch, chance, at, 2.7, 0.77)


def _paint_refrigerator(sketch: Sketch, chance: Chance, x: float, front: float, z: float) -> None:
    tone = chance.pick(((0.76, 0.77, 0.78), (0.92, 0.92, 0.91), (0.2, 0.2, 0.22)))
    sketch.box("refrigerator", tone, (x, x + 0.75), (0.05, 1.8), (front - 0.05, z))
    panel(sketch, "refrigerator", shaded(tone, 0.55), (x, x + 0.75), (1.2, 1.215), front - 0.05)
    for low, top in ((0.7, 1.1), (1.3, 1.6)):
        panel(sketch, "refrigerator", shaded(tone, 0.6), (x + 0.64, x + 0.67), (low, top), front - 0.06)


def _paint_fronts(
    sketch: Sketch, chance: Chance, units: list[Span], oven: int, color: Color, front: float, z: float
) -> None:
    """Doors below the counter, and the oven among them."""
    for k, (a, b) in enumerate(units):
        if k == oven:
            _paint_oven(sketch, chance, a, b, front)
            continue
        name = "cabinet" if chance.true(0.2) else "cupboard"
        wood(sketch, name, color, (a, b), (0.08, 0.86), (front, z))
        panel(sketch, name, shaded(color, 0.82), (a + 0.05, b - 0.05), (0.14, 0.8), front)
        panel(sketch, name, color, (a + 0.07, b - 0.07), (0.16, 0.78), front - 0.005)
        panel(sketch, "metal", (0.75, 0.75, 0.76), (a + 0.22, b - 0.22), (0.68, 0.7), front - 0.02)


def _paint_oven(sketch: Sketch, chance: Chance, a: float, b: float, front: float) -> None:
    tone = chance.pick(((0.75, 0.76, 0.77), (0.12, 0.12, 0.13), (0.93, 0.93, 0.92)))
    panel(sketch, "oven", tone, (a + 0.01, b - 0.01), (0.05, 0.86), front)
    panel(sketch, "oven", (0.07, 0.07, 0.08), (a + 0.08, b - 0.08), (0.24, 0.6), front - 0.01)
    panel(sketch, "oven", (0.25, 0.2, 0.17), (a + 0.12, b - 0.12), (0.28, 0.45), front - 0.015)
    panel(sketch, "oven", (0.5, 0.5, 0.52), (a + 0.08, b - 0.08), (0.64, 0.67), front - 0.02)
    for k in range(4):
        d = Drawing(sketch, "oven", a + 0.12 + 0.12 * k, front - 0.03, foot=0.76, size=0.035)
        d.disc(d.ink((0.1, 0.1, 0.1) if sum(tone) > 1 else (0.8, 0.8, 0.8)), 0, 0, 1)


def _paint_sink(sketch: Sketch, a: float, front: float, z: float) -> None:
    steel = Plane("y", 0.925)
    sketch.ground(
        sketch.ink("sink", (0.8, 0.81, 0.82), plane=steel), (a + 0.02, a + 0.58), (front + 0.06, z - 0.12), 0.925
    )
    sketch.ground(
        sketch.ink("sink", (0.45, 0.46, 0.48), plane=steel, second=(0.3, 0.3, 0.32)),
        (a + 0.06, a + 0.54),
        (front + 0.1, z - 0.18),
        0.93,
    )
    d = Drawing(sketch, "sink", a + 0.3, z - 0.12, foot=0.93, size=0.3)
    d.limb(d.ink((0.85, 0.86, 0.87)), ((0, 0), (0, 0.9), (0.25, 1.05), (0.4, 0.7)), (0.12, 0.1, 0.1, 0.09))


def _on_the_counter(sketch: Sketch, chance: Chance, units: list[Span], oven: int, basin: int, front: float) -> None:
    """Small appliances and provisions on the counter."""
    for k, (a, _) in enumerate(units):
        if k in (oven, basin):
            continue
        what, z, y = (
            chance.pick(("microwave", "toaster", "bottle", "fruit", "pot", "towel", "knife", "bottle", "cup")),
            front + 0.22,
            0.92,
        )
        if what == "microwave":
            tone = chance.pick(((0.8, 0.81, 0.82), (0.15, 0.15, 0.16)))
            sketch.box("microwave", tone, (a + 0.03, a + 0.55), (y, y + 0.3), (z, z + 0.34))
            panel(sketch, "microwave", (0.08, 0.09, 0.1), (a + 0.07, a + 0.4), (y + 0.05, y + 0.25), z)
            panel(sketch, "microwave", (0.3, 0.9, 0.6), (a + 0.44, a + 0.52), (y + 0.21, y + 0.25), z, glow=True)
        elif what == "toaster":
            tone = chance.tint(chance.pick(((0.8, 0.8, 0.82), (0.75, 0.15, 0.12))))
            sketch.box("toaster", tone, (a + 0.12, a + 0.42), (y, y + 0.2), (z, z + 0.18))
            panel(
                sketch,
                "sandwich" if chance.true(0.1) else "toaster",
                (0.7, 0.5, 0.28),
                (a + 0.17, a + 0.37),
                (y + 0.2, y + 0.26),
                z + 0.09,
            )
        elif what in ("bottle", "cup"):
            for j in range(chance.integer(1, 3)):
                d = Drawing(
                    sketch,
                    what,
                    a + 0.12 + 0.16 * j,
                    z,
                    foot=y,
                    size=chance.uniform(0.24, 0.34) if what == "bottle" else 0.13,
                )
                tone = chance.tint(chance.pick(BRIGHT))
                if what == "bottle":
                    d.body(
                        tone,
                        [
                            (-0.17, 0),
                            (0.17, 0),
                            (0.17, 0.55),
                            (0.06, 0.75),
                            (0.06, 1.0),
                            (-0.06, 1.0),
                            (-0.06, 0.75),
                            (-0.17, 0.55),
                        ],
                    )
                else:
                    d.fill(d.ink(tone), [(-0.3, 0), (0.3, 0), (0.34, 0.9), (-0.34, 0.9)])
        elif what == "fruit":
            _laid(sketch, chance, a + 0.3, z, y, 3)
        elif what == "pot":
            paint_pot(sketch, chance, a + 0.3, z, y, 0.42, chance.true(0.4))
        elif what == "towel":
            panel(sketch, "towel", chance.tint(chance.pick(BRIGHT)), (a + 0.12, a + 0.42), (0.4, 0.88), front - 0.04)
        else:
            sketch.box("wood", (0.6, 0.42, 0.25), (a + 0.15, a + 0.35), (y, y + 0.22), (z, z + 0.12))
            for j in range(3):
                panel(
                    sketch,
                    "knife",
                    (0.1, 0.1, 0.1),
                    (a + 0.17 + 0.06 * j, a + 0.2 + 0.06 * j),
                    (y + 0.22, y + 0.32),
                    z + 0.05,
                )


def _laid(sketch: Sketch, chance: Chance, x: float, z: float, y: float, count: int = 5) -> None:
    """Fruit, a bowl or cups standing on a surface at height y, seen from near eye height."""
    for k in range(count):
        a = x + (k - count / 2) * 0.2 + chance.uniform(-0.04, 0.04)
        kind = chance.pick((*PIECES, "bowl", "cup", "wine glass"))
        if kind in PIECES:
            paint_piece(Drawing(sketch, PIECES[kind], a, z, foot=y, size=0.12), chance, kind)
            continue
        d = Drawing(sketch, kind, a, z, foot=y, size=0.2)
        tone = chance.tint(chance.pick(BRIGHT))
        if kind == "bowl":
            d.body(tone, [(-0.25, 0.0), (0.25, 0.0), (0.55, 0.45), (0.5, 0.5), (-0.5, 0.5), (-0.55, 0.45)])
        elif kind == "cup":
            d.fill(d.ink(tone), [(-0.22, 0), (0.22, 0), (0.25, 0.55), (-0.25, 0.55)])
        else:
            d.line(d.ink((0.8, 0.84, 0.86)), (0, 0), (0, 0.6), 0.06)
            d.smooth(d.ink((0.6, 0.12, 0.18)), [(-0.2, 0.95), (-0.16, 0.62), (0.16, 0.62), (0.2, 0.95)])
