"""A desk from above, with a computer and what lies around, in units of ten centimetres."""

import math

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.food import (
    Dish,
)
from annn.data.scenes.stuff.household import CLOTHS
from annn.data.scenes.stuff.people import BRIGHT
from annn.data.scenes.stuff.plants import paint_pot
from annn.data.scenes.stuff.sketch import Drawing, Sketch, shaded
from annn.data.scenes.stuff.tabletop import SILVER, paint_top, put


def paint_desk(sketch: Sketch, chance: Chance) -> None:
    """A desk with a laptop or a screen, keyboard, mouse and what lies around."""
    edge = chance.uniform(8.5, 10.5)
    paint_top(sketch, chance, "desk-stuff", edge)
    middle = sketch.camera.eye / math.tan(-sketch.camera.pitch) * 0.82
    x, z = chance.uniform(-1.2, 1.2), min(middle, edge - 1.5)
    laptop = chance.true(0.6)
    if laptop:
        _paint_laptop(sketch, chance, x, z)
    else:
        _paint_screen(sketch, chance, x, z + 0.8)
    if not laptop or chance.true(0.4):
        _paint_keyboard(sketch, chance, x, z - (1.6 if not laptop else 3.4))
    dish = Dish(sketch, chance, x + chance.side() * 3.0, z - 1.3)
    if chance.true(0.8):
        sketch.stain(dish.x + 0.1, dish.z, 0.42, 0.6, 0.8)
        tone = chance.pick(((0.12, 0.12, 0.13), (0.9, 0.9, 0.9), (0.4, 0.1, 0.1)))
        for share, up, gain in ((1.0, 0.05, 0.7), (0.95, 0.25, 1.0), (0.6, 0.33, 1.2)):
            dish.disc("mouse", tone, 0.33 * share, up, rz=0.52 * share, gain=gain)
        dish.shape("mouse", shaded(tone, 0.6), [(-0.015, 0.1), (0.015, 0.1), (0.015, 0.45), (-0.015, 0.45)], 0.34)
    acts = []
    for px, pz in (
        (x - 3.6, z + 1.4),
        (x + 3.7, z + 1.6),
        (x - 3.8, z - 0.8),
        (x + 4.3, z - 0.4),
        (x - 4.8, z + 0.4),
        (x - 2.9, z - 2.4),
        (x + 2.6, z - 2.6),
    ):
        if chance.true(0.6) and pz < edge - 0.7:
            what = chance.pick(
                ("cup", "books", "paper", "phone", "scissors", "bottle", "pot", "lamp", "remote", "books", "paper")
            )
            acts.append((pz, lambda w=what, a=px, b=pz: _put_on_desk(sketch, chance, w, a, b)))
    for _, act in sorted(acts, key=lambda pair: -pair[0]):
        act()


def _put_on_desk(sketch: Sketch, chance: Chance, what: str, x: float, z: float) -> None:
    dish = Dish(sketch, chance, x, z)
    if what == "books":
        up = 0.0
        for _ in range(chance.integer(1, 4)):
            color, thick = chance.tint(chance.pick(BRIGHT + CLOTHS)), chance.uniform(0.15, 0.35)
            a = x + chance.uniform(-0.15, 0.15)
            sketch.box("book", color, (a - 0.9, a + 0.9), (up, up + thick), (z - 0.65, z + 0.65))
            sketch.front(
                sketch.ink("book", (0.93, 0.91, 0.84), z=z),
                (a - 0.8, a + 0.88),
                (up + 0.04, up + thick - 0.04),
                z - 0.66,
            )
            up += thick
    elif what == "paper":
        for _ in range(chance.integer(1, 3)):
            t, c = chance.uniform(-0.5, 0.5), (0.95, 0.95, 0.93)
            rot = [
                (a * math.cos(t) - b * math.sin(t), a * math.sin(t) + b * math.cos(t))
                for a, b in ((-0.75, -1.0), (0.75, -1.0), (0.75, 1.0), (-0.75, 1.0))
            ]
            dish.shape("paper", c, rot, 0.02, second=(0.75, 0.76, 0.8), tile="roof", metres=1.6)
    elif what == "scissors":
        for s in (-1, 1):
            dish.shape(
                "scissors", SILVER, [(s * -0.22, -0.2), (s * -0.12, -0.25), (s * 0.22, 0.9), (s * 0.16, 0.95)], 0.05
            )
            dish.disc("scissors", (0.85, 0.2, 0.1), 0.22, 0.06, dx=s * 0.26, dz=-0.5, rz=0.32)
            dish.disc("desk-stuff", (0.5, 0.4, 0.3), 0.12, 0.065, dx=s * 0.26, dz=-0.5, rz=0.2)
    elif what == "remote":
        dish.shape("remote", (0.1, 0.1, 0.11), [(-0.25, -0.9), (0.25, -0.9), (0.22, 0.9), (-0.22, 0.9)], 0.1)
        for k in range(10):
            dish.disc(
                "remote",
                (0.75, 0.75, 0.78) if k else (0.9, 0.15, 0.1),
                0.06,
                0.11,
                dx=-0.1 + 0.2 * (k % 2),
                dz=0.7 - 0.15 * k,
            )
    elif what == "pot":
        sketch.stain(x + 0.1, z, 0.6, 0.5)
        paint_pot(sketch, chance, x, z, 0.0, 2.2)
    elif what == "lamp":
        d = Drawing(sketch, "light", x, z, size=1.0)
        sketch.stain(x, z, 0.8, 0.6)
        dish.disc("light", (0.2, 0.2, 0.22), 0.65, 0.1)
        d.limb(d.ink((0.25, 0.25, 0.27)), ((0, 0.1), (-0.5, 1.7), (0.5, 3.0)), (0.12, 0.12, 0.12))
        d.fill(d.ink(chance.pick(BRIGHT)), [(0.2, 3.2), (0.7, 3.3), (1.35, 2.5), (0.3, 2.3)])
        d.disc(d.ink((1, 0.95, 0.7), glow=True), 0.85, 2.4, 0.4, 0.13, -0.2)
    else:
        put(sketch, chance, what, x, z)


def _screen_picture(
    sketch: Sketch,
    chance: Chance,
    name: str,
    corner: tuple[float, float, float],
    wide: float,
    rise: tuple[float, float],
) -> None:
    """What a screen shows: a window with lines of text, or a landscape. rise: (up, back) of its upper edge."""
    x, y, z = corner
    (up, back), plane = rise, Plane("z", z)

    def area(a: float, b: float, c: float, e: float, color: Color) -> None:
        ink = sketch.ink(name, color, plane=plane, glow=True)
        sketch.polygon(ink, [(x + p * wide, y + q * up, z + q * back) for p, q in ((a, c), (b, c), (b, e), (a, e))])

    ground = chance.pick(((0.15, 0.3, 0.55), (0.1, 0.12, 0.16), (0.85, 0.88, 0.92), (0.25, 0.5, 0.45)))
    area(0, 1, 0, 1, ground)
    if chance.true(0.4):
        area(0, 1, 0, 0.4, (0.25, 0.5, 0.22))
        area(0.55, 0.8, 0.38, 0.62, (0.55, 0.5, 0.48))
        return
    a, c = chance.uniform(0.05, 0.3), chance.uniform(0.1, 0.25)
    area(a, a + 0.62, c, c + 0.66, (0.96, 0.96, 0.96))
    area(a, a + 0.62, c + 0.6, c + 0.66, (0.5, 0.55, 0.62))
    for k in range(7):
        area(a + 0.04, a + chance.uniform(0.2, 0.58), c + 0.06 + 0.075 * k, c + 0.09 + 0.075 * k, (0.35, 0.38, 0.45))


def _paint_keys(
    sketch: Sketch, name: str, x: tuple[float, float], z: tuple[float, float], up: float, color: Color
) -> None:
    rows, columns = 5, 13
    ink = sketch.ink(name, color, plane=Plane("y", up))
    for row in range(rows):
        for column in range(columns):
            if row == 0 and 3 < column < 9:
                continue
            a, b = x[0] + (x[1] - x[0]) * column / columns, z[0] + (z[1] - z[0]) * row / rows
            sketch.ground(ink, (a, a + (x[1] - x[0]) / columns * 0.8), (b, b + (z[1] - z[0]) / rows * 0.76), up)
    sketch.ground(
        ink,
        (x[0] + (x[1] - x[0]) * 4 / columns, x[0] + (x[1] - x[0]) * 8.8 / columns),
        (z[0], z[0] + (z[1] - z[0]) / rows * 0.76),
        up,
    )


def _paint_laptop(sketch: Sketch, chance: Chance, x: float, z: float) -> None:
    body = chance.tint(chance.pick(((0.72, 0.73, 0.75), (0.16, 0.16, 0.18), (0.85, 0.85, 0.86))))
    w, deep = 1.75, 2.3
    sketch.stain(x, z - deep / 2, 2.1, 1.5, 0.8)
    back = sketch.ink("laptop", shaded(body, 0.5), z=z)
    sketch.polygon(back, [(x - w, 0.1, z), (x + w, 0.1, z), (x + w, 2.3, z + 0.7), (x - w, 2.3, z + 0.7)])
    _screen_picture(sketch, chance, "laptop", (x - w + 0.12, 0.28, z + 0.04), 2 * w - 0.24, (1.9, 0.6))
    sketch.box("laptop", body, (x - w, x + w), (0.02, 0.16), (z - deep, z))
    _paint_keys(
        sketch,
        "laptop",
        (x - w + 0.2, x + w - 0.2),
        (z - 1.2, z - 0.15),
        0.17,
        shaded(body, 0.3) if sum(body) > 1 else (0.32, 0.32, 0.34),
    )
    sketch.ground(
        sketch.ink("laptop", shaded(body, 0.85), plane=Plane("y", 0.165)),
        (x - 0.55, x + 0.55),
        (z - 2.15, z - 1.4),
        0.165,
    )


def _paint_screen(sketch: Sketch, chance: Chance, x: float, z: float) -> None:
    sketch.stain(x, z, 1.4, 0.8, 0.8)
    dark = (0.1, 0.1, 0.11)
    Dish(sketch, chance, x, z).disc("tv", dark, 1.0, 0.1, rz=0.6)
    sketch.front(sketch.ink("tv", shaded(dark, 1.6), z=z), (x - 0.25, x + 0.25), (0.1, 1.2), z)
    sketch.front(sketch.ink("tv", dark, z=z), (x - 2.4, x + 2.4), (0.9, 3.9), z - 0.1)
    _screen_picture(sketch, chance, "tv", (x - 2.25, 1.05, z - 0.12), 4.5, (2.7, 0.0))


def _paint_keyboard(sketch: Sketch, chance: Chance, x: float, z: float) -> None:
    body = chance.pick(((0.12, 0.12, 0.13), (0.88, 0.88, 0.87)))
    sketch.stain(x, z, 2.1, 0.85, 0.7)
    sketch.box("keyboard", body, (x - 1.9, x + 1.9), (0.02, 0.16), (z - 0.65, z + 0.65))
    _paint_keys(
        sketch,
        "keyboard",
        (x - 1.8, x + 1.8),
        (z - 0.56, z + 0.58),
        0.17,
        (0.3, 0.3, 0.32) if sum(body) < 1 else (0.97, 0.97, 0.96),
    )
