"""Food: small pieces as flat drawings, and dishes on a table top seen from above.

On table tops one unit is ten centimetres, so that the camera's near plane is out of the way.
"""

import math

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.sketch import Drawing, Sketch, oval, shaded

# Single pieces and the class each belongs to.
PIECES: dict[str, str] = {
    "banana": "banana", "apple": "apple", "orange": "orange", "broccoli": "broccoli", "carrot": "carrot",
    "tomato": "vegetable", "pear": "fruit", "salad": "salad",
}  # fmt: skip
CHINA: tuple[Color, ...] = (
    (0.94, 0.94, 0.92),
    (0.94, 0.94, 0.92),
    (0.8, 0.86, 0.9),
    (0.9, 0.82, 0.68),
    (0.3, 0.4, 0.5),
)


def paint_piece(d: Drawing, chance: Chance, kind: str) -> None:
    """One fruit or vegetable, about one unit across, standing on the drawing's foot point."""
    if kind in ("apple", "orange", "tomato", "pear"):
        color = chance.tint({"apple": chance.pick(((0.75, 0.12, 0.12), (0.55, 0.7, 0.2))), "orange": (0.95, 0.55, 0.08),
                             "tomato": (0.85, 0.16, 0.1), "pear": (0.75, 0.75, 0.25)}[kind])  # fmt: skip
        outline = oval(0, 0.42, 0.48, 0.45, 10)
        if kind == "pear":
            outline = [(-0.4, 0.3), (-0.15, 0.0), (0.2, 0.0), (0.4, 0.3), (0.15, 0.75), (0.0, 0.95), (-0.15, 0.75)]
        d.body(color, outline)
        d.disc(d.ink(shaded(color, 1.35), 1.3), -0.16, 0.58, 0.11, 0.08)
        if kind != "orange":
            d.line(d.ink((0.3, 0.25, 0.1)), (0, 0.8), (0.06, 1.0), 0.06)
    elif kind == "banana":
        color = chance.tint((0.95, 0.8, 0.2), 0.04)
        for k, gain in enumerate((0.75, 0.95, 1.1)):
            y = 0.1 * k
            d.limb(
                d.ink(shaded(color, gain)),
                ((-0.75, 0.55 + y), (-0.35, 0.15 + y), (0.3, 0.12 + y), (0.75, 0.5 + y)),
                (0.08, 0.25, 0.27, 0.1),
            )
        d.disc(d.ink((0.3, 0.22, 0.1)), 0.76, 0.66, 0.07)
    elif kind == "carrot":
        color = (0.92, 0.45, 0.1)
        for k in range(3):
            d.limb(d.ink((0.3, 0.55, 0.15)), ((-0.5, 0.3), (-0.85, 0.15 + 0.2 * k)), (0.1, 0.06))
        d.limb(d.ink(shaded(color, 0.75)), ((-0.5, 0.26), (0.75, 0.2)), (0.34, 0.05))
        d.limb(d.ink(color), ((-0.5, 0.31), (0.7, 0.22)), (0.24, 0.03))
    elif kind == "broccoli":
        d.limb(d.ink((0.62, 0.74, 0.4)), ((0, 0.0), (0, 0.45)), (0.22, 0.4))
        for a, b, r in ((-0.3, 0.5, 0.27), (0.3, 0.5, 0.27), (0, 0.72, 0.32), (0.0, 0.5, 0.25)):
            d.disc(d.ink(chance.tint((0.16, 0.4, 0.12)), second=(0.35, 0.6, 0.22), tile="leaves", metres=0.8), a, b, r)
    else:  # salad
        for k in range(7):
            a = -0.4 + 0.8 * chance.unit()
            ink = d.ink(chance.tint((0.4, 0.65, 0.2), 0.15), second=(0.75, 0.88, 0.45), tile="leaves", metres=0.6)
            d.smooth(ink, [(a, 0), (a - 0.3, 0.4), (a - 0.05, 0.65 + 0.05 * (k % 3)), (a + 0.3, 0.4)])


class Dish:
    """A place on a table top: flat shapes at a height above it, in units of ten centimetres."""

    def __init__(self, sketch: Sketch, chance: Chance, x: float, z: float) -> None:
        self.sketch, self.chance, self.x, self.z = sketch, chance, x, z

    def disc(
        self,
        name: str,
        color: Color,
        r: float,
        up: float,
        *,
        dx: float = 0.0,
        dz: float = 0.0,
        gain: float = 1.0,
        second: Color | None = None,
        tile: str = "blotch",
        metres: float = 1.5,
        rz: float = 0.0,
        turn: float = 0.0,
    ) -> None:
        """A horizontal ellipse at a height."""
        ink = self.sketch.ink(name, color, second=second, tile=tile, metres=metres, gain=gain, plane=Plane("y", up))
        self.sketch.disc(ink, self.x + dx, up, self.z + dz, r, rz or r, turn)

    def shape(
        self,
        name: str,
        color: Color,
        points: list[tuple[float, float]],
        up: float,
        *,
        gain: float = 1.0,
        second: Color | None = None,
        tile: str = "blotch",
        metres: float = 1.0,
    ) -> None:
        ink = self.sketch.ink(name, color, second=second, tile=tile, metres=metres, gain=gain, plane=Plane("y", up))
        self.sketch.polygon(ink, [(self.x + a, up, self.z + b) for a, b in points])

    def upright(self, name: str, dx: float, dz: float, up: float, size: float) -> Drawing:
        return Drawing(self.sketch, name, self.x + dx, self.z + dz, foot=up, size=size, facing=self.chance.side())

    def plate(self, r: float) -> None:
        """A plate; "plate" has no class in COCO-Stuff, so it stays unlabeled."""
        color = self.chance.tint(self.chance.pick(CHINA), 0.03)
        self.sketch.stain(self.x + 0.12, self.z - 0.12, r * 1.06, r * 1.06, 0.8)
        self.disc("unlabeled", shaded(color, 0.8), r, 0.04)
        self.disc("unlabeled", color, r, 0.14)
        self.disc("unlabeled", shaded(color, 0.86), r * 0.72, 0.15)
        self.disc("unlabeled", shaded(color, 0.97), r * 0.69, 0.155)


def paint_pizza(dish: Dish, r: float) -> None:
    chance = dish.chance
    crust = chance.tint((0.8, 0.57, 0.3))
    dish.disc("pizza", shaded(crust, 0.7), r, 0.18)
    dish.disc("pizza", crust, r, 0.3, second=shaded(crust, 0.7))
    dish.disc("pizza", (0.75, 0.26, 0.12), r * 0.88, 0.305)
    dish.disc("pizza", (0.95, 0.8, 0.45), r * 0.85, 0.31, second=(0.88, 0.5, 0.22), tile="leaves", metres=1.6)
    topping = chance.pick(
        (
            ((0.7, 0.14, 0.1),),
            ((0.7, 0.14, 0.1), (0.15, 0.4, 0.12)),
            ((0.15, 0.13, 0.14), (0.85, 0.2, 0.12)),
            ((0.95, 0.93, 0.85), (0.2, 0.5, 0.15)),
        )
    )
    for k in range(15):
        a, out = k * 2.4, r * 0.76 * math.sqrt((k + 0.5) / 15)
        color = chance.pick(topping)
        dish.disc("pizza", shaded(color, 0.6), r * 0.115, 0.32, dx=out * math.cos(a), dz=out * math.sin(a))
        dish.disc("pizza", color, r * 0.105, 0.34, dx=out * math.cos(a), dz=out * math.sin(a))
    if chance.true(0.5):
        for k in range(4):
            a = k * math.pi / 4 + 0.3
            c, s = math.cos(a), math.sin(a)
            dish.shape(
                "pizza",
                (0.55, 0.33, 0.16),
                [
                    (-r * c - 0.02 * s, -r * s),
                    (r * c - 0.02 * s, r * s),
                    (r * c + 0.03 * s, r * s),
                    (-r * c + 0.03 * s, -r * s),
                ],
                0.345,
            )


def paint_cake(dish: Dish, r: float) -> None:
    chance = dish.chance
    icing = chance.tint(chance.pick(((0.95, 0.92, 0.88), (0.4, 0.22, 0.14), (0.93, 0.65, 0.72), (0.75, 0.85, 0.95))))
    x, z, high = dish.x, dish.z, r * chance.uniform(0.6, 0.95)
    dish.sketch.turned("cake", icing, x, z, [(r, 0.16), (r, high)])
    band = chance.pick(((0.85, 0.2, 0.3), (0.95, 0.9, 0.8), (0.3, 0.2, 0.15)))
    dish.sketch.turned("cake", band, x, z, [(r * 1.02, 0.16), (r * 1.02, 0.3)])
    dish.disc("cake", shaded(icing, 1.06), r, high)
    dish.disc("cake", shaded(icing, 0.93), r * 0.8, high + 0.005)
    for k in range(10):
        a = k * math.pi / 5
        d = dish.upright("cake", r * 0.86 * math.cos(a), r * 0.86 * math.sin(a), high, 0.34)
        d.disc(d.ink(band), 0, 0.3, 0.42, 0.38)
    for k in range(chance.integer(0, 6)):
        a = k * 1.05
        d = dish.upright("cake", r * 0.45 * math.cos(a), r * 0.45 * math.sin(a), high, 0.9)
        d.line(d.ink(chance.pick(((0.3, 0.5, 0.8), (0.9, 0.8, 0.3)))), (0, 0), (0, 0.8), 0.12)
        d.disc(d.ink((1.0, 0.75, 0.2), glow=True), 0, 0.98, 0.08, 0.16)


def paint_donuts(dish: Dish, r: float) -> None:
    chance = dish.chance
    for k in range(chance.integer(1, 4)):
        a = k * 2.1
        dx, dz, s = (r * 0.45 * math.cos(a), r * 0.45 * math.sin(a), r * 0.42) if k else (0.0, 0.0, r * 0.45)
        dough = chance.tint((0.78, 0.52, 0.26))
        dish.sketch.turned("donut", dough, dish.x + dx, dish.z + dz, [(s * 0.92, 0.16), (s, 0.32), (s * 0.9, 0.5)])
        glaze = chance.pick(((0.9, 0.5, 0.62), (0.35, 0.2, 0.12), (0.95, 0.92, 0.85), (0.85, 0.6, 0.3)))
        dish.disc("donut", glaze, s * 0.92, 0.5, dx=dx, dz=dz)
        dish.disc("donut", shaded(glaze, 1.12), s * 0.7, 0.53, dx=dx, dz=dz)
        dish.disc("donut", shaded(dough, 0.5), s * 0.26, 0.54, dx=dx, dz=dz)
        for j in range(9):
            b = j * 0.7
            dish.disc(
                "donut",
                chance.pick(((0.95, 0.9, 0.3), (0.3, 0.6, 0.9), (0.95, 0.95, 0.95))),
                s * 0.06,
                0.55,
                dx=dx + s * 0.58 * math.cos(b),
                dz=dz + s * 0.58 * math.sin(b),
            )


def paint_hot_dog(dish: Dish, r: float) -> None:
    turn = dish.chance.uniform(-0.6, 0.6)
    for color, rx, rz, up in (
        ((0.72, 0.47, 0.24), 0.85, 0.36, 0.2),
        ((0.88, 0.64, 0.36), 0.83, 0.34, 0.4),
        ((0.55, 0.2, 0.12), 0.9, 0.17, 0.5),
        ((0.72, 0.3, 0.18), 0.86, 0.12, 0.56),
    ):
        dish.disc("hot dog", color, r * rx, up, rz=r * rz, turn=turn)
    c, s = math.cos(turn), math.sin(turn)
    for k in range(9):
        a, b = r * (-0.7 + 0.175 * k), r * 0.06 * (1 if k % 2 else -1)
        dish.disc("hot dog", (0.95, 0.75, 0.12), r * 0.09, 0.6, dx=a * c - b * s, dz=a * s + b * c)


def paint_sandwich(dish: Dish, r: float) -> None:
    chance = dish.chance
    for k, shift in enumerate((-0.35, 0.35)[: chance.integer(1, 2)]):
        corners = (
            [(-0.6, -0.3), (0.6, -0.3), (0.0, 0.55)]
            if chance.true(0.5)
            else [(-0.5, -0.4), (0.5, -0.4), (0.5, 0.4), (-0.5, 0.4)]
        )
        points = [(r * (a * 0.85 + shift), r * (b * 0.85 + 0.2 * k)) for a, b in corners]
        layers = (
            ((0.75, 0.55, 0.32), 0.2),
            ((0.9, 0.78, 0.55), 0.34),
            ((0.35, 0.62, 0.2), 0.42),
            ((0.85, 0.3, 0.22), 0.48),
            ((0.95, 0.8, 0.35), 0.54),
            ((0.72, 0.5, 0.28), 0.62),
            ((0.85, 0.65, 0.4), 0.74),
        )
        for color, up in layers:
            dish.shape("sandwich", color, points, up, second=shaded(color, 0.85))


def paint_pieces(dish: Dish, kind: str, count: int, r: float, up: float) -> None:
    """Several pieces, the far ones first."""
    chance = dish.chance
    places = sorted(
        (r * math.sqrt(chance.unit()) * math.sin(k * 2.4), r * math.sqrt(chance.unit()) * math.cos(k * 2.4))
        for k in range(count)
    )
    for dx, dz in sorted(places, key=lambda place: -place[1]):
        paint_piece(dish.upright(PIECES[kind], dx, dz, up, 0.85), chance, kind)


def paint_bowl(dish: Dish, r: float) -> None:
    """A bowl of salad, soup, fruit or rice."""
    chance, s = dish.chance, dish.sketch
    color = chance.tint(chance.pick((*CHINA, (0.6, 0.25, 0.2), (0.2, 0.35, 0.3))), 0.05)
    high = r * 0.62
    s.stain(dish.x + 0.15, dish.z - 0.1, r, r, 0.8)
    s.turned("bowl", color, dish.x, dish.z, [(r * 0.5, 0.02), (r * 0.85, high * 0.45), (r, high)])
    dish.disc("bowl", shaded(color, 1.1), r, high)
    dish.disc("bowl", shaded(color, 0.6), r * 0.93, high + 0.005)
    what = chance.pick(("salad", "soup", "rice", "apple", "orange", "pear", "broccoli"))
    if what == "soup":
        soup = chance.pick(((0.8, 0.4, 0.12), (0.55, 0.6, 0.22), (0.6, 0.2, 0.12)))
        dish.disc("food-other", soup, r * 0.86, high * 0.94, second=shaded(soup, 1.3))
    elif what == "rice":
        dish.disc(
            "food-other", (0.92, 0.88, 0.78), r * 0.84, high * 0.95, second=(0.78, 0.62, 0.4), tile="leaves", metres=0.6
        )
        d = dish.upright("food-other", 0, 0, high, r)
        d.smooth(
            d.ink((0.93, 0.9, 0.8), second=(0.75, 0.6, 0.4), tile="leaves", metres=0.4),
            [(-0.75, 0), (-0.4, 0.3), (0.2, 0.35), (0.75, 0)],
        )
    else:
        paint_pieces(dish, what, 12 if what == "salad" else 7, r * 0.62, high * 0.9)
