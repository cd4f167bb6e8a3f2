"""Trees of other countries than the street's, flowers, rocks and what lies on the ground."""

import math

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.street.greenery import paint_bush as street_bush
from annn.data.scenes.street.greenery import paint_tree as street_tree
from annn.data.scenes.stuff.sketch import Drawing, Sketch, mixed, oval, shaded
from annn.data.scenes.texture import crowns

PETALS: tuple[Color, ...] = (
    (0.9, 0.2, 0.25),
    (0.95, 0.75, 0.15),
    (0.9, 0.45, 0.7),
    (0.95, 0.95, 0.9),
    (0.55, 0.3, 0.75),
)


def paint_tree(sketch: Sketch, chance: Chance, x: float, z: float, high: float) -> None:
    street_tree(sketch.street(), chance, x, z, high)


def paint_bush(sketch: Sketch, chance: Chance, x: float, z: float, size: float, name: str = "bush") -> None:
    street_bush(sketch.street({21: name}), chance, x, z, size)


def paint_fir(sketch: Sketch, chance: Chance, x: float, z: float, high: float, snow: float = 0.0) -> None:
    """A fir in tiers, each tier's edge lighter; snow: share of each tier that is white."""
    d = Drawing(sketch, "tree", x, z, size=high)
    color = chance.tint(chance.pick(((0.10, 0.2, 0.12), (0.13, 0.23, 0.11), (0.08, 0.17, 0.13))))
    sketch.stain(x, z, high * 0.2, high * 0.07, 0.6)
    d.cast([(-0.17, 0.1), (0.17, 0.1), (0, 1)])
    d.line(d.ink((0.25, 0.18, 0.13)), (0, 0), (0, 0.2), 0.05)
    tiers = 5
    for k in range(tiers):
        low, top = 0.1 + 0.165 * k, 0.1 + 0.165 * k + 0.3
        w = 0.24 * (1 - k / (tiers + 0.6))
        top = min(top, 1.0)
        zigzag = [
            (w * (1 - 2 * j / 8), low + (0.03 if j % 2 else 0.0) + chance.uniform(-0.012, 0.012)) for j in range(9)
        ]
        ink = d.ink(color, 1.2 + 0.06 * k, second=shaded(color, 2.2), tile="leaves", metres=0.3)
        d.fill(ink, [(0, top), *zigzag])
        if snow:
            white = d.ink((0.93, 0.95, 0.98), 1.15)
            d.fill(white, [(0, top), *((a * snow, low + (top - low) * (1 - snow) + (b - low)) for a, b in zigzag)])


def paint_palm(sketch: Sketch, chance: Chance, x: float, z: float, high: float) -> None:
    """A leaning palm with drooping fronds."""
    d = Drawing(sketch, "tree", x, z, size=high, facing=chance.side())
    sketch.stain(x, z, high * 0.1, high * 0.04)
    lean = chance.uniform(0.05, 0.25)
    trunk = [(0, 0), (lean * 0.3, 0.35), (lean * 0.75, 0.7), (lean, 0.9)]
    d.limb(
        d.ink((0.42, 0.34, 0.25), second=(0.25, 0.2, 0.15), tile="roof", metres=0.2), trunk, (0.06, 0.045, 0.04, 0.035)
    )
    green = chance.tint((0.16, 0.33, 0.12))
    for k in range(11):
        angle = math.pi * (-0.25 + 1.5 * k / 10)
        c, s = math.cos(angle), math.sin(angle)
        ink = d.ink(shaded(green, chance.uniform(0.7, 1.4)), second=shaded(green, 1.7), tile="leaves", metres=0.2)
        tip = (lean + 0.36 * c, 0.9 + 0.24 * s - 0.12)
        mid = (lean + 0.22 * c, 0.9 + 0.22 * s)
        d.smooth(ink, [(lean, 0.9), (mid[0] - 0.02, mid[1] + 0.035), tip, (mid[0] + 0.01, mid[1] - 0.05)])


def paint_acacia(sketch: Sketch, chance: Chance, x: float, z: float, high: float) -> None:
    """A flat-topped tree of the savanna."""
    d = Drawing(sketch, "tree", x, z, size=high)
    sketch.stain(x, z, high * 0.4, high * 0.1, 0.5)
    d.cast([(-0.5, 0.8), (0.5, 0.8), (0.4, 1), (-0.4, 1)])
    bark = d.ink((0.3, 0.23, 0.17))
    for tip in (-0.36, -0.12, 0.2, 0.4):
        d.limb(bark, ((0, 0), (0.02, 0.4), (tip, 0.82)), (0.06, 0.05, 0.015))
    color = chance.tint((0.22, 0.27, 0.1))
    masks = crowns()
    for gain, lift, share in ((0.75, 0.83, 1.0), (1.15, 0.89, 0.86)):
        ink = d.ink(color, gain * 1.3, second=(0.5, 0.54, 0.22), tile="leaves", metres=0.35)
        for at in (-0.38, 0.0, 0.36):
            sketch.stamp(
                ink, chance.pick(masks), (x + at * high * share, lift * high, z), 0.62 * high * share, 0.24 * high
            )


def paint_rock(sketch: Sketch, chance: Chance, x: float, z: float, size: float, name: str = "rock",
               color: Color = (0.45, 0.43, 0.4)) -> None:  # fmt: skip
    """A boulder of two or three facets of light."""
    d = Drawing(sketch, name, x, z, size=size, facing=chance.side())
    sketch.stain(x, z, size * 0.65, size * 0.25, 0.8)
    color = chance.tint(color, 0.1)
    top = [
        (chance.uniform(-0.35, -0.15), chance.uniform(0.5, 0.65)),
        (chance.uniform(0.0, 0.2), chance.uniform(0.6, 0.75)),
        (0.4, chance.uniform(0.3, 0.5)),
    ]
    look = {"tile": "stones", "metres": 0.8}
    d.fill(d.ink(shaded(color, 0.68), **look), [(-0.6, -0.02), (-0.55, 0.22), *top, (0.6, -0.02)])
    d.fill(d.ink(shaded(color, 1.15), **look), [(-0.52, 0.2), *top[:2], (0.05, 0.3)])
    d.fill(d.ink(shaded(color, 0.92), **look), [(0.05, 0.3), top[1], top[2], (0.3, 0.05)])


def paint_tuft(sketch: Sketch, chance: Chance, x: float, z: float, size: float, name: str, color: Color) -> None:
    """A tuft of blades."""
    d = Drawing(sketch, name, x, z, size=size)
    for k in range(chance.integer(5, 8)):
        a = chance.uniform(-0.5, 0.5)
        ink = d.ink(shaded(color, chance.uniform(0.7, 1.35)))
        d.fill(ink, [(a * 0.4 - 0.05, 0), (a * 0.4 + 0.06, 0), (a * 1.2 + 0.02 * k, chance.uniform(0.6, 1.0))])


def paint_flowers(sketch: Sketch, chance: Chance, x: float, z: float, wide: float) -> None:
    """A bed of flowers in leaves."""
    paint_bush(sketch, chance, x, z, wide * 0.7, "plant-other")
    petals = chance.pick(PETALS)
    for _ in range(chance.integer(9, 18)):
        d = Drawing(
            sketch, "flower", x + chance.uniform(-0.5, 0.5) * wide, z, foot=chance.uniform(0.1, 0.55) * wide * 0.7
        )
        r = chance.uniform(0.05, 0.09) * wide
        d.disc(d.ink(chance.tint(petals), 1.3), 0, 0, r, r * 0.85)
        d.disc(d.ink((0.95, 0.8, 0.2), 1.2), 0, 0, r * 0.35)


def paint_pot(
    sketch: Sketch, chance: Chance, x: float, z: float, foot: float, size: float, flowers: bool = False
) -> None:
    """A potted plant (one thing, pot and leaves), or flowers in a vase."""
    name = "vase" if flowers else "potted plant"
    d = Drawing(sketch, name, x, z, foot=foot, size=size)
    pot = chance.tint(chance.pick(((0.62, 0.33, 0.2), (0.85, 0.84, 0.8), (0.25, 0.35, 0.5), (0.3, 0.3, 0.3))))
    leaf = chance.tint((0.17, 0.36, 0.14))
    for k in range(9):
        a = -0.9 + 1.8 * k / 8 + chance.uniform(-0.1, 0.1)
        tip = (0.42 * math.sin(a * 1.4), 0.4 + 0.55 * math.cos(a * 1.2) * chance.uniform(0.8, 1.1))
        ink = d.ink(shaded(leaf, chance.uniform(0.7, 1.5)), name="flower" if flowers else name)
        mid = (tip[0] * 0.55, 0.35 + (tip[1] - 0.35) * 0.7)
        d.smooth(ink, [(0, 0.36), (mid[0] - 0.08, mid[1]), tip, (mid[0] + 0.08, mid[1] - 0.03)])
        if flowers:
            d.disc(d.ink(chance.tint(chance.pick(PETALS[:3]), 0.1), 1.3, name="flower"), *tip, 0.09)
    d.fill(d.ink(pot, 0.95), [(-0.17, 0.0), (0.17, 0.0), (0.22, 0.4), (-0.22, 0.4)])
    d.fill(d.ink(shaded(pot, 1.2)), [(-0.14, 0.0), (-0.02, 0.0), (-0.03, 0.36), (-0.18, 0.36)])
    d.fill(d.ink(shaded(pot, 1.15)), [(-0.24, 0.34), (0.24, 0.34), (0.24, 0.42), (-0.24, 0.42)])


def scatter(
    sketch: Sketch, chance: Chance, name: str, colors: tuple[Color, ...], count: int, size: float, reach: float
) -> None:
    """Small flat things all over the ground: leaves, pebbles, straw."""
    inks = [sketch.ink(name, chance.tint(color), plane=Plane("y", 0.01)) for color in colors]
    for _ in range(count):
        z = 1.5 + reach * chance.unit() ** 2
        x = chance.uniform(-0.65, 0.65) * (z + 1)
        r = size * chance.uniform(0.5, 1.3)
        sketch.polygon(chance.pick(inks), [(a, 0.01, b) for a, b in oval(x, z, r * 1.4, r, 6, chance.uniform(0, 3))])


def paint_log(sketch: Sketch, chance: Chance, x: float, z: float, long: float, name: str = "branch") -> None:
    """A fallen trunk or branch with stubs."""
    d = Drawing(sketch, name, x, z, size=long, facing=chance.side())
    sketch.stain(x, z, long * 0.5, long * 0.08)
    bark = mixed((0.33, 0.25, 0.18), (0.5, 0.45, 0.4), chance.unit())
    d.limb(d.ink(shaded(bark, 0.7)), ((-0.5, 0.04), (0.5, 0.09)), (0.11, 0.07))
    d.limb(d.ink(bark, 1.25), ((-0.5, 0.065), (0.5, 0.105)), (0.06, 0.03))
    d.line(d.ink(shaded(bark, 0.85)), (0.1, 0.08), (0.22, 0.26), 0.03)
    d.line(d.ink(shaded(bark, 0.85)), (-0.2, 0.08), (-0.28, 0.2), 0.025)
