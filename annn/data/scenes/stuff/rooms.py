"""Rooms seen towards their back wall: what all have, living room and bedroom."""

from dataclasses import dataclass

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.animals import paint_animal, paint_teddy
from annn.data.scenes.stuff.household import (
    CLOTHS,
    WOODS,
    paint_bed,
    paint_chair,
    paint_clock,
    paint_couch,
    paint_door,
    paint_lamp,
    paint_picture,
    paint_shelf,
    paint_table,
    paint_tv,
    paint_window,
    panel,
    wood,
)
from annn.data.scenes.stuff.people import BRIGHT, Person
from annn.data.scenes.stuff.plants import paint_pot
from annn.data.scenes.stuff.sketch import Sketch, shaded

# class, colors, second color's gain, tile, metres
WALLS: dict[str, tuple[tuple[Color, ...], float, str, float]] = {
    "wall-other": (((0.85, 0.82, 0.75), (0.7, 0.76, 0.8), (0.8, 0.72, 0.66), (0.72, 0.78, 0.68)), 0.94, "blotch", 3.0),
    "wall-concrete": (((0.88, 0.87, 0.85), (0.7, 0.7, 0.7), (0.8, 0.78, 0.74)), 0.92, "grain", 2.0),
    "wall-panel": (((0.78, 0.75, 0.68), (0.6, 0.66, 0.7)), 0.85, "corrugated", 2.4),
    "wall-wood": (((0.6, 0.42, 0.26), (0.72, 0.56, 0.38)), 0.7, "boards", 1.4),
    "wall-brick": (((0.62, 0.33, 0.24), (0.72, 0.68, 0.62)), 1.35, "bricks", 1.6),
    "wall-tile": (((0.86, 0.88, 0.88), (0.7, 0.8, 0.82), (0.9, 0.87, 0.8)), 0.82, "slabs", 1.3),
    "wall-stone": (((0.6, 0.57, 0.52), (0.52, 0.5, 0.47)), 0.72, "cobbles", 2.6),
}
FLOORS: dict[str, tuple[tuple[Color, ...], float, str, float]] = {
    "floor-wood": (WOODS[:4], 0.75, "boards", 1.4),
    "floor-tile": (((0.76, 0.73, 0.68), (0.6, 0.6, 0.6), (0.82, 0.8, 0.78)), 0.8, "slabs", 3.0),
    "floor-marble": (((0.84, 0.82, 0.79), (0.45, 0.44, 0.44)), 0.82, "stones", 2.5),
    "floor-stone": (((0.56, 0.53, 0.48),), 0.75, "cobbles", 5.0),
    "floor-other": (((0.5, 0.5, 0.5), (0.6, 0.55, 0.48)), 0.9, "blotch", 2.0),
    "carpet": (((0.62, 0.56, 0.48), (0.45, 0.48, 0.55), (0.55, 0.35, 0.32)), 0.88, "grain", 0.7),
}


@dataclass(frozen=True)
class Room:
    """Extents in metres: the back wall at z, side walls at left and right, the ceiling's height."""

    z: float
    left: float
    right: float
    high: float


def paint_room(sketch: Sketch, chance: Chance, walls: tuple[str, ...], floors: tuple[str, ...]) -> Room:
    """Floor, walls and ceiling of one of the classes each."""
    room = Room(
        chance.uniform(4.2, 5.6), -chance.uniform(1.9, 2.9), chance.uniform(1.9, 2.9), chance.uniform(2.45, 2.9)
    )
    wall, floor = chance.pick(walls), chance.pick(floors)
    colors, gain, tile, metres = WALLS[wall]
    color = chance.tint(chance.pick(colors))
    look = {"second": shaded(color, gain), "tile": tile, "metres": metres}
    z, left, right, high = room.z, room.left, room.right, room.high
    ceiling = "ceiling-tile" if chance.true(0.15) else "ceiling-other"
    top = sketch.ink(
        ceiling,
        (0.92, 0.91, 0.89),
        second=(0.8, 0.79, 0.77),
        tile="concrete" if ceiling == "ceiling-tile" else "blotch",
        metres=1.2,
        plane=Plane("y", high),
        gain=1.15,
    )
    sketch.ground(top, (left, right), (-3, z), high)
    for x, light in ((left, 0.94), (right, 0.84)):
        side = sketch.ink(wall, color, plane=Plane("x", x), gain=light, grounded=True, **look)
        sketch.polygon(side, [(x, 0, -3), (x, 0, z), (x, high, z), (x, high, -3)])
    sketch.front(sketch.ink(wall, color, z=z, grounded=True, **look), (left, right), (0, high), z)
    colors, gain, tile, metres = FLOORS[floor]
    color = chance.tint(chance.pick(colors))
    ink = sketch.ink(
        floor,
        color,
        second=shaded(color, gain),
        tile=tile,
        metres=(metres, metres * (4 if tile == "boards" else 1)),
        plane=Plane("y", 0.0),
    )
    sketch.ground(ink, (left, right), (-3, z))
    skirting = chance.pick(((0.93, 0.92, 0.9), (0.4, 0.28, 0.18)))
    panel(sketch, wall, skirting, (left, right), (0, 0.1), z)
    sketch.shadow([(left, 0, z - 0.25), (right, 0, z - 0.25), (right, 0, z), (left, 0, z)], 0.5)
    return room


def _wall_things(sketch: Sketch, chance: Chance, room: Room, free: tuple[float, float], low: float) -> None:
    """Pictures, a clock or a window on the back wall between two x."""
    a, b = free
    if b - a > 1.2 and chance.true(0.65):
        x = chance.uniform(a + 0.1, b - 1.1)
        paint_window(
            sketch,
            chance,
            (x, x + 1.1),
            (max(low, 0.9), 2.1),
            room.z,
            chance.pick(("curtain", "curtain", "blind", "none")),
        )
        a, b = (a, x - 0.4) if x - a > b - x - 1.1 else (x + 1.5, b)
    if b - a > 0.5:
        what = chance.unit()
        if what < 0.55:
            paint_picture(sketch, chance, a + 0.05, max(low, 1.25), room.z, min(0.6, b - a - 0.1))
        elif what < 0.8:
            paint_clock(sketch, chance, (a + b) / 2, 1.85, room.z, 0.18)


def paint_living_room(sketch: Sketch, chance: Chance) -> None:
    """Couch, television, shelves, a low table on a rug, curtains, pets and people."""
    room = paint_room(
        sketch,
        chance,
        ("wall-other", "wall-other", "wall-concrete", "wall-brick", "wall-wood", "wall-panel", "wall-stone"),
        ("floor-wood", "floor-wood", "carpet", "floor-tile", "floor-other"),
    )
    z, x = room.z, room.left + 0.1
    if chance.true(0.3):
        paint_door(sketch, chance, x + 0.5, z)
        x += 1.1
    middle = chance.uniform(-0.4, 0.5)
    television = chance.true(0.45)
    _wall_things(sketch, chance, room, (x, room.right - 0.9), 1.25)
    if chance.true(0.6):
        paint_shelf(sketch, chance, (room.right - 0.95, room.right - 0.05), z, chance.uniform(1.2, 2.1))
    if television:
        color = chance.tint(chance.pick(WOODS))
        wood(
            sketch,
            "cabinet" if chance.true(0.5) else "furniture-other",
            color,
            (middle - 0.8, middle + 0.8),
            (0.05, 0.5),
            (z - 0.45, z),
        )
        paint_tv(sketch, chance, middle, 0.5, z - 0.25, chance.uniform(0.9, 1.3))
    else:
        paint_couch(sketch, chance, middle, z, chance.uniform(1.6, 2.3))
        if chance.true(0.5):
            Person(sketch, chance, middle + chance.uniform(-0.4, 0.4), z - 0.75, "sit", foot=0.02, shadow=False)
    if chance.true(0.6):
        paint_lamp(sketch, chance, room.left + 0.45, 0.0, z - 0.4, 1.6)
    if chance.true(0.55):
        paint_pot(sketch, chance, room.right - 0.5, z - 0.8, 0.0, chance.uniform(0.8, 1.3))
    _rug_and_table(sketch, chance, middle)
    if chance.true(0.5):
        at = chance.side() * chance.uniform(0.9, 1.4)
        paint_animal(sketch, chance, chance.pick(("cat", "cat", "dog")), at, chance.uniform(2.4, 3.0))


def _rug_and_table(sketch: Sketch, chance: Chance, x: float) -> None:
    z = 2.9
    if chance.true(0.7):
        color = chance.tint(chance.pick(CLOTHS))
        rug = sketch.ink(
            "rug",
            color,
            second=shaded(color, 1.5),
            tile=chance.pick(("corrugated", "cobbles", "hazard")),
            metres=1.0,
            plane=Plane("y", 0.005),
        )
        sketch.ground(rug, (x - 1.3, x + 1.3), (z - 0.6, z + 0.9), 0.005)
    if chance.true(0.65):
        color = chance.tint(chance.pick(WOODS))
        paint_table(sketch, "table", color, (x - 0.5, x + 0.5), (z - 0.15, z + 0.4), 0.4)
        for what, share in (("book", 0.6), ("remote", 0.5), ("cup", 0.5), ("vase", 0.35), ("cell phone", 0.2)):
            if not chance.true(share):
                continue
            a, b = x + chance.uniform(-0.35, 0.35), z + chance.uniform(0.0, 0.25)
            if what == "vase":
                paint_pot(sketch, chance, a, b, 0.4, 0.4, True)
                continue
            wide, high, deep = {
                "book": (0.24, 0.04, 0.17),
                "remote": (0.06, 0.03, 0.18),
                "cup": (0.08, 0.1, 0.08),
                "cell phone": (0.08, 0.02, 0.15),
            }[what]
            sketch.box(
                what,
                chance.tint(chance.pick(BRIGHT)) if what in ("book", "cup") else (0.08, 0.08, 0.09),
                (a, a + wide),
                (0.4, 0.4 + high),
                (b, b + deep),
            )
    elif chance.true(0.5):
        paint_chair(sketch, chance, x + chance.side() * 0.9, z - 0.3, chance.tint(chance.pick(WOODS)), chance.true(0.5))


def paint_bedroom(sketch: Sketch, chance: Chance) -> None:
    """A bed with pillows and blanket, bedside lamps, a window, a cabinet, toys and pets."""
    room = paint_room(
        sketch,
        chance,
        ("wall-other", "wall-other", "wall-concrete", "wall-panel", "wall-wood"),
        ("carpet", "floor-wood", "floor-wood", "floor-other"),
    )
    z, x, wide = room.z, chance.uniform(-0.4, 0.4), chance.uniform(1.0, 1.9)
    _wall_things(sketch, chance, room, (room.left + 0.2, x - wide / 2 + 0.3), 1.2)
    if chance.true(0.5):
        _wall_things(sketch, chance, room, (x, room.right - 0.2), 1.25)
    if chance.true(0.5):
        a = room.right - 0.95
        color = chance.tint(chance.pick(WOODS))
        high = chance.uniform(0.9, 2.0)
        wood(sketch, "cabinet", color, (a, room.right), (0.03, high), (z - 0.55, z))
        for k in range(3):
            panel(
                sketch,
                "cabinet",
                shaded(color, 0.75),
                (a + 0.05, room.right - 0.05),
                (high * (0.08 + 0.31 * k), high * (0.34 + 0.31 * k)),
                z - 0.56,
            )
            panel(
                sketch,
                "cabinet",
                shaded(color, 1.05),
                (a + 0.07, room.right - 0.07),
                (high * (0.09 + 0.31 * k), high * (0.33 + 0.31 * k)),
                z - 0.57,
            )
    for s in (-1, 1):
        if chance.true(0.7):
            a = x + s * (wide / 2 + 0.35)
            wood(sketch, "table", chance.tint(chance.pick(WOODS)), (a - 0.22, a + 0.22), (0.0, 0.5), (z - 0.42, z))
            paint_lamp(sketch, chance, a, 0.5, z - 0.3, 0.5)
    paint_bed(sketch, chance, x, z, wide)
    if chance.true(0.45):
        paint_teddy(sketch, chance, x + chance.uniform(-0.3, 0.3), z - 1.0, 0.56, chance.uniform(0.35, 0.5))
    elif chance.true(0.5):
        paint_animal(sketch, chance, "cat", x + chance.uniform(-0.3, 0.3), z - 1.2, foot=0.56)
    if chance.true(0.3):
        a = x + chance.uniform(-0.3, 0.3)
        sketch.box(
            "book" if chance.true(0.5) else "clothes",
            chance.tint(chance.pick(BRIGHT)),
            (a, a + 0.4),
            (0.56, 0.62),
            (z - 1.7, z - 1.4),
        )
    if chance.true(0.4):
        rug = chance.tint(chance.pick(CLOTHS))
        sketch.disc(
            sketch.ink("rug", rug, second=shaded(rug, 1.4), tile="corrugated", metres=0.8, plane=Plane("y", 0.01)),
            room.left + 0.9,
            0.01,
            2.6,
            0.7,
            0.5,
        )
    if chance.true(0.3):
        Person(sketch, chance, room.right - 0.8, z - 1.6, "stand")
