"""Table tops from above, in units of ten centimetres: what all have, and meals."""

import math

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.food import (
    Dish,
    paint_bowl,
    paint_cake,
    paint_donuts,
    paint_hot_dog,
    paint_pieces,
    paint_pizza,
    paint_sandwich,
)
from annn.data.scenes.stuff.household import CLOTHS, WOODS
from annn.data.scenes.stuff.people import BRIGHT
from annn.data.scenes.stuff.plants import paint_pot
from annn.data.scenes.stuff.sketch import Sketch, mixed, shaded

TOP = Plane("y", 0.0)
SILVER: Color = (0.74, 0.75, 0.77)


def paint_top(sketch: Sketch, chance: Chance, name: str, edge: float) -> None:
    """What lies behind the table, and the table itself up to z = edge."""
    wall, floor = chance.tint(chance.pick(CLOTHS), 0.1), chance.tint(chance.pick(WOODS[:4]))
    w, h = sketch.camera.width, sketch.camera.height
    back = edge + 14.0
    sketch.pixels(sketch.ink("wall-other", wall, z=back, metres=8.0, gain=0.9), [(-1, -1), (w, -1), (w, h), (-1, h)])
    ground = sketch.ink(
        "floor-wood" if chance.true(0.6) else "floor-other",
        floor,
        second=shaded(floor, 0.7),
        tile="boards",
        metres=(10, 60),
        plane=Plane("y", -7.0),
        gain=0.75,
    )
    sketch.ground(ground, (-90, 90), (0, back), -7.0)
    wooden = chance.true(0.7)
    color = chance.tint(
        chance.pick(WOODS) if wooden else chance.pick(((0.9, 0.9, 0.88), (0.2, 0.2, 0.22), (0.55, 0.3, 0.25)))
    )
    top = sketch.ink(
        name,
        color,
        second=shaded(color, 0.72),
        tile="boards" if wooden else "blotch",
        metres=(9.0, 60.0) if wooden else 6.0,
        plane=TOP,
    )
    sketch.ground(top, (-60, 60), (-4, edge))
    sketch.front(sketch.ink(name, shaded(color, 1.15), z=edge, gain=0.9), (-60, 60), (-0.25, 0.0), edge)


def paint_meal(sketch: Sketch, chance: Chance) -> None:
    """A laid table: plates of food, bowls, cups, glasses and cutlery, on wood or a cloth."""
    edge = chance.uniform(9, 16)
    paint_top(sketch, chance, chance.pick(("dining table", "dining table", "dining table", "table")), edge)
    # the point of the table that the camera looks at
    middle = sketch.camera.eye / math.tan(-sketch.camera.pitch)
    if chance.true(0.3):
        cloth = chance.tint(chance.pick((*CLOTHS, (0.92, 0.91, 0.88), (0.8, 0.3, 0.28))))
        ink = sketch.ink(
            "cloth",
            cloth,
            second=mixed(cloth, (0.95, 0.94, 0.9), 0.6),
            tile=chance.pick(("corrugated", "hazard", "blotch")),
            metres=4.0,
            plane=TOP,
        )
        sketch.ground(ink, (-60, 60), (-4, edge - 1.0))
    main = chance.pick(
        (paint_pizza, paint_pizza, paint_cake, paint_donuts, paint_hot_dog, paint_sandwich, paint_bowl, _mixed_plate)
    )
    acts: list[tuple[float, object]] = []
    x, z, r = chance.uniform(-0.5, 0.5), middle + chance.uniform(-0.6, 0.1), chance.uniform(1.35, 1.75)
    if chance.true(0.35):
        turn = chance.uniform(-0.2, 0.2)
        mat = sketch.ink(
            chance.pick(("mat", "napkin", "paper")),
            chance.tint(chance.pick(CLOTHS)),
            second=(0.85, 0.82, 0.75),
            tile="corrugated",
            metres=1.5,
            plane=TOP,
        )
        c, s = math.cos(turn), math.sin(turn)
        sketch.polygon(
            mat,
            [
                (x + a * c - b * s, 0, z + a * s + b * c)
                for a, b in ((-2.5, -1.8), (2.5, -1.8), (2.5, 1.8), (-2.5, 1.8))
            ],
        )

    def serve() -> None:
        dish = Dish(sketch, chance, x, z)
        if main is paint_bowl:
            paint_bowl(dish, r * 0.95)
            return
        dish.plate(r * 1.12)
        main(dish, r * (1.0 if main is paint_pizza else 0.66 if main is paint_cake else 0.85))

    acts.append((z, serve))
    _lay_cutlery(sketch, chance, x, z, r)
    places = [
        (x - 1.9, z - 2.5),
        (x + 2.1, z - 2.6),
        (x - 3.1, z + 2.0),
        (x + 3.1, z + 2.3),
        (x + 0.3, z + 3.6),
        (x - 3.4, z - 0.6),
        (x + 3.5, z - 0.8),
        (x - 1.2, z + 5.6),
        (x + 3.0, z + 5.4),
    ]
    for px, pz in places:
        if pz < edge - 0.8 and chance.true(0.62):
            what = chance.pick(
                ("cup", "cup", "wine glass", "bottle", "bowl", "plate", "pieces", "vase", "phone", "jar")
            )
            at = (px + chance.uniform(-0.4, 0.4), pz + chance.uniform(-0.3, 0.3))
            acts.append((at[1], lambda w=what, a=at: put(sketch, chance, w, *a)))
    for _, act in sorted(acts, key=lambda pair: -pair[0]):
        act()  # type: ignore[operator]


def _mixed_plate(dish: Dish, r: float) -> None:
    """Several foods on one plate."""
    chance = dish.chance
    kinds = ["broccoli", "carrot", "salad", "meat", "mash", "tomato", "banana", "apple"]
    for k in range(3):
        a = 2.1 * k + chance.uniform(0, 0.8)
        part = Dish(dish.sketch, chance, dish.x + r * 0.5 * math.cos(a), dish.z + r * 0.5 * math.sin(a))
        kind = kinds.pop(chance.integer(0, len(kinds) - 1))
        if kind in ("meat", "mash"):
            color: Color = (0.45, 0.26, 0.15) if kind == "meat" else (0.92, 0.84, 0.62)
            for share, up, gain in ((1.0, 0.2, 0.7), (0.95, 0.38, 1.0), (0.6, 0.44, 1.12)):
                part.disc(
                    "food-other",
                    color,
                    r * 0.48 * share,
                    up,
                    gain=gain,
                    second=shaded(color, 0.75),
                    rz=r * 0.36 * share,
                )
        else:
            paint_pieces(part, kind, 4, r * 0.32, 0.16)


def _lay_cutlery(sketch: Sketch, chance: Chance, x: float, z: float, r: float) -> None:
    dish = Dish(sketch, chance, x, z)
    out = r * 1.12 + 0.35
    if chance.true(0.35):
        dish.shape(
            "napkin",
            chance.tint(chance.pick((*BRIGHT, (0.95, 0.95, 0.93)))),
            [(-out - 0.75, -1.0), (-out + 0.2, -1.0), (-out + 0.2, 0.9), (-out - 0.75, 0.9)],
            0.02,
            second=(0.9, 0.9, 0.88),
        )
    if chance.true(0.75):
        a = -out - 0.25
        dish.shape(
            "fork",
            SILVER,
            [
                (a - 0.07, -1.2),
                (a + 0.07, -1.2),
                (a + 0.05, 0.3),
                (a + 0.19, 0.5),
                (a + 0.2, 0.75),
                (a - 0.2, 0.75),
                (a - 0.19, 0.5),
                (a - 0.05, 0.3),
            ],
            0.05,
        )
        for k in range(4):
            b = a - 0.2 + 0.115 * k
            dish.shape("fork", SILVER, [(b, 0.72), (b + 0.055, 0.72), (b + 0.05, 1.15), (b, 1.15)], 0.05)
    if chance.true(0.65):
        a = out + 0.2
        dish.shape(
            "knife",
            SILVER,
            [(a - 0.06, 0.0), (a + 0.12, 0.0), (a + 0.12, 1.0), (a - 0.02, 1.25), (a - 0.06, 1.1)],
            0.05,
            second=(0.95, 0.95, 0.96),
        )
        dish.shape(
            "knife",
            chance.pick(((0.12, 0.12, 0.13), SILVER, (0.4, 0.25, 0.15))),
            [(a - 0.09, -1.2), (a + 0.12, -1.2), (a + 0.12, 0.02), (a - 0.07, 0.02)],
            0.05,
        )
    if chance.true(0.45):
        a = out + 0.6
        dish.shape("spoon", SILVER, [(a - 0.05, -1.2), (a + 0.05, -1.2), (a + 0.04, 0.5), (a - 0.04, 0.5)], 0.05)
        dish.disc("spoon", SILVER, 0.2, 0.05, dx=a, dz=0.75, rz=0.33)
        dish.disc("spoon", shaded(SILVER, 0.75), 0.14, 0.055, dx=a, dz=0.75, rz=0.26)


def put(sketch: Sketch, chance: Chance, what: str, x: float, z: float) -> None:
    """One thing on the table."""
    dish = Dish(sketch, chance, x, z)
    color = chance.tint(chance.pick(BRIGHT + CLOTHS))
    if what not in ("plate", "pieces", "phone"):
        sketch.stain(x + 0.15, z - 0.05, 0.6, 0.55, 0.8)
    if what == "cup":
        d = dish.upright("cup", 0.5, 0.0, 0.18, 0.62)
        d.fill(
            d.ink(shaded(color, 0.8)),
            [(0.35 * math.cos(t), 0.6 + 0.42 * math.sin(t)) for t in (k * 0.52 for k in range(12))],
        )
        sketch.turned("cup", color, x, z, [(0.36, 0.03), (0.42, 0.3), (0.42, 0.85)])
        dish.disc("cup", shaded(color, 1.15), 0.42, 0.85)
        dish.disc("cup", (0.28, 0.16, 0.08) if chance.true(0.6) else (0.75, 0.45, 0.15), 0.36, 0.852)
    elif what == "wine glass":
        clear = (0.74, 0.78, 0.8)
        dish.disc("wine glass", clear, 0.38, 0.03)
        sketch.turned("wine glass", clear, x, z, [(0.05, 0.05), (0.06, 0.8)])
        wine = chance.pick(((0.45, 0.05, 0.12), (0.88, 0.8, 0.5)))
        sketch.turned("wine glass", wine, x, z, [(0.1, 0.8), (0.36, 1.1), (0.4, 1.4)])
        sketch.turned("wine glass", clear, x, z, [(0.4, 1.4), (0.34, 1.85)])
        dish.disc("wine glass", shaded(clear, 0.9), 0.34, 1.85)
    elif what in ("bottle", "jar"):
        glass = chance.pick(((0.12, 0.3, 0.14), (0.35, 0.18, 0.08), (0.7, 0.12, 0.1), (0.75, 0.82, 0.85)))
        tall = 2.3 if what == "bottle" else 1.5
        sketch.turned("bottle", glass, x, z, [(0.36, 0.03), (0.37, tall * 0.55), (0.14, tall * 0.75), (0.13, tall)])
        sketch.turned(
            "bottle",
            chance.pick(((0.93, 0.9, 0.8), (0.9, 0.75, 0.2))),
            x,
            z,
            [(0.375, tall * 0.18), (0.375, tall * 0.42)],
        )
        dish.disc("bottle", (0.8, 0.15, 0.12), 0.14, tall)
    elif what == "bowl":
        paint_bowl(dish, chance.uniform(0.8, 1.05))
    elif what == "plate":
        dish.plate(1.15)
        chance.pick((paint_sandwich, paint_donuts, _mixed_plate))(dish, 0.85)
    elif what == "vase":
        paint_pot(sketch, chance, x, z, 0.0, 2.2, flowers=True)
    elif what == "phone":
        dish.shape("cell phone", (0.08, 0.08, 0.09), [(-0.35, -0.7), (0.35, -0.7), (0.35, 0.7), (-0.35, 0.7)], 0.06)
        dish.shape("cell phone", (0.25, 0.4, 0.6), [(-0.3, -0.58), (0.3, -0.58), (0.3, 0.58), (-0.3, 0.58)], 0.065)
    else:
        paint_pieces(dish, chance.pick(("apple", "orange", "banana", "carrot", "pear")), chance.integer(1, 4), 0.5, 0.0)
