"""Things that stand or move out of doors: boats, aircraft, kites, trains, benches, huts and street furniture."""

import itertools
import math

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.people import BRIGHT
from annn.data.scenes.stuff.sketch import Drawing, Sketch, mixed, oval, shaded

GLASS: Color = (0.16, 0.2, 0.25)
STEEL: Color = (0.5, 0.52, 0.54)


def paint_boat(sketch: Sketch, chance: Chance, x: float, z: float, long: float, kind: str, water: str = "sea") -> None:
    """A sailing boat, a motor boat, a rowing boat or a ship, in the water, with its reflection."""
    d = Drawing(sketch, "boat", x, z, size=long, facing=chance.side())
    color = chance.tint(chance.pick(BRIGHT))
    deep = {"sail": 0.1, "motor": 0.12, "row": 0.1, "ship": 0.12}[kind]
    hull = [(-0.5, deep), (-0.42, 0.0), (0.36, 0.0), (0.54, deep * 1.25)]
    shine = sketch.ink(
        water, shaded(color, 0.55), plane=Plane("y", 0.0), second=(0.2, 0.35, 0.42), tile="rain", metres=(3, 1)
    )
    corners = [d.at(a, 0.0) for a, _ in hull[:1] + hull[3:]]
    sketch.polygon(
        shine,
        [(a, 0.0, b) for a, _, b in corners]
        + [(corners[1][0], 0.0, z - long * 0.25), (corners[0][0], 0.0, z - long * 0.25)],
    )
    d.fill(d.ink(color), hull)
    d.fill(d.ink(shaded(color, 0.6)), [(-0.45, 0.04), (-0.42, 0.0), (0.36, 0.0), (0.41, 0.04)])
    d.line(d.ink((0.93, 0.93, 0.9)), (-0.5, deep), (0.53, deep * 1.2), 0.02)
    if kind == "sail":
        high = chance.uniform(0.95, 1.25)
        white = chance.tint(chance.pick(((0.95, 0.95, 0.92), (0.95, 0.95, 0.92), (0.85, 0.3, 0.25), (0.9, 0.75, 0.3))))
        d.line(d.ink((0.5, 0.42, 0.32)), (0.04, deep), (0.04, high + 0.05), 0.02)
        d.smooth(d.ink(white, 1.3), [(0.02, high), (0.0, deep + 0.06), (-0.42, deep + 0.06), (-0.24, 0.5)])
        d.smooth(
            d.ink(shaded(white, 0.85), 1.3),
            [(0.07, high * 0.9), (0.07, deep + 0.06), (0.44, deep + 0.05), (0.22, 0.45)],
        )
    elif kind == "motor":
        d.fill(d.ink((0.93, 0.93, 0.92)), [(-0.25, deep), (0.2, deep), (0.08, 0.26), (-0.22, 0.26)])
        d.fill(d.ink(GLASS, 1.5), [(-0.05, 0.16), (0.15, 0.16), (0.07, 0.24), (-0.05, 0.24)])
    elif kind == "ship":
        for k, (a, b) in enumerate(((-0.42, 0.15), (-0.38, 0.05), (-0.34, -0.05))):
            low = deep + 0.07 * k
            d.fill(
                d.ink((0.92, 0.92, 0.9), 1.15 + 0.05 * k), [(a, low), (b, low), (b - 0.02, low + 0.07), (a, low + 0.07)]
            )
            for j in range(8):
                t = a + 0.04 + (b - a - 0.08) * j / 7
                d.fill(
                    d.ink(GLASS, 1.3),
                    [(t, low + 0.025), (t + 0.025, low + 0.025), (t + 0.025, low + 0.05), (t, low + 0.05)],
                )
        d.fill(
            d.ink(color, 1.1), [(-0.25, deep + 0.2), (-0.15, deep + 0.2), (-0.17, deep + 0.34), (-0.25, deep + 0.34)]
        )
    else:
        d.fill(d.ink((0.45, 0.32, 0.2)), [(-0.46, deep), (0.48, deep * 1.15), (0.4, deep * 0.75), (-0.4, deep * 0.7)])


def paint_airplane(
    sketch: Sketch, chance: Chance, x: float, z: float, long: float, foot: float = 0.0, turn: float = 0.0
) -> None:
    """An airliner from the side: on its gear with foot 0, in the air above it."""
    d = Drawing(sketch, "airplane", x, z, foot=foot, size=long, facing=chance.side(), turn=turn)
    white, color = (0.9, 0.91, 0.92), chance.tint(chance.pick(BRIGHT[:6]))
    up = 0.085 if foot < 1 else 0.0
    if foot < 1:
        sketch.stain(x, z, long * 0.5, long * 0.08, 0.8)
        for a in (-0.02, 0.03, 0.36):
            d.line(d.ink((0.3, 0.3, 0.32)), (a, 0.03), (a, up), 0.012)
            d.disc(d.ink((0.06, 0.06, 0.06)), a, 0.022, 0.022)
    d.fill(
        d.ink(shaded(white, 0.72)), [(-0.06, up + 0.05), (0.1, up + 0.06), (-0.1, up + 0.2), (-0.16, up + 0.2)]
    )  # far wing
    d.body(
        white,
        [
            (-0.5, up + 0.1),
            (-0.3, up + 0.02),
            (0.3, up),
            (0.46, up + 0.02),
            (0.5, up + 0.05),
            (0.42, up + 0.1),
            (0.3, up + 0.12),
            (-0.4, up + 0.12),
        ],
        second=(0.8, 0.82, 0.86),
        metres=2.0,
    )
    d.fill(d.ink(color), [(-0.38, up + 0.115), (-0.3, up + 0.115), (-0.42, up + 0.31), (-0.5, up + 0.31)])
    d.fill(d.ink(shaded(white, 0.8)), [(-0.45, up + 0.09), (-0.36, up + 0.09), (-0.46, up + 0.15), (-0.53, up + 0.15)])
    d.line(d.ink(color), (-0.42, up + 0.055), (0.44, up + 0.045), 0.012)
    for k in range(20):
        a = -0.32 + 0.034 * k
        d.fill(
            d.ink((0.2, 0.25, 0.32)),
            [(a, up + 0.073), (a + 0.016, up + 0.073), (a + 0.016, up + 0.093), (a, up + 0.093)],
        )
    d.fill(d.ink(GLASS), [(0.42, up + 0.075), (0.465, up + 0.07), (0.44, up + 0.095), (0.41, up + 0.1)])
    d.fill(
        d.ink(shaded(white, 0.86)), [(0.09, up + 0.045), (-0.07, up + 0.04), (-0.27, up - 0.045), (-0.2, up - 0.045)]
    )
    d.smooth(d.ink(color, 1.0), [(0.02, up - 0.01), (-0.07, up - 0.01), (-0.08, up - 0.045), (0.02, up - 0.05)])
    d.disc(d.ink((0.15, 0.16, 0.18)), 0.018, up - 0.03, 0.009, 0.02)


def paint_kite(
    sketch: Sketch, chance: Chance, x: float, z: float, y: float, size: float, hand: tuple[float, float, float] | None
) -> None:
    """A diamond, delta or parafoil kite with its tail, on a line to a hand."""
    d = Drawing(sketch, "kite", x, z, foot=y, size=size, turn=chance.uniform(-0.5, 0.5))
    a, b = chance.pick(BRIGHT), chance.pick(BRIGHT)
    b = b if a != b else (0.1, 0.12, 0.2)
    if hand:
        hx, hy, hz = hand
        line = sketch.ink("kite", (0.85, 0.85, 0.85), z=z, glow=True)
        w = size * 0.006
        sketch.polygon(line, [(hx, hy, hz), (hx + 0.01, hy, hz), (x + w, y, z), (x - w, y, z)])
    kind = chance.pick(("diamond", "diamond", "delta", "foil"))
    if kind == "diamond":
        d.fill(d.ink(a, 1.3), [(0, 0.6), (0.4, 0.1), (0, -0.6)])
        d.fill(d.ink(b, 1.3), [(0, 0.6), (-0.4, 0.1), (0, -0.6)])
        d.fill(d.ink(shaded(a, 0.7), 1.3), [(0.4, 0.1), (0, 0.1), (0, -0.6)])
        tail = [(0.06 * math.sin(2.2 * k), -0.6 - 0.2 * k) for k in range(6)]
        d.limb(d.ink(b, 1.2), tail, (0.03,) * 6)
        for p, q in tail[1:]:
            d.fill(d.ink(a, 1.2), [(p - 0.1, q + 0.05), (p - 0.1, q - 0.05), (p + 0.1, q + 0.05), (p + 0.1, q - 0.05)])
    elif kind == "delta":
        d.fill(d.ink(a, 1.3), [(0, 0.45), (0.75, -0.3), (0, -0.12)])
        d.fill(d.ink(b, 1.3), [(0, 0.45), (-0.75, -0.3), (0, -0.12)])
        for s in (-0.1, 0.1):
            d.limb(d.ink(b), ((s, -0.15), (s * 2, -0.7), (s, -1.2)), (0.05, 0.04, 0.03))
    else:
        arc = [(0.8 * math.cos(t), 0.45 * math.sin(t)) for t in (0.35 + 2.45 * k / 8 for k in range(9))]
        for k, ((p, q), (r, s)) in enumerate(itertools.pairwise(arc)):
            d.fill(d.ink(a if k % 2 else b, 1.3), [(p, q), (r, s), (r * 0.78, s - 0.22), (p * 0.78, q - 0.22)])
        for p, q in (arc[0], arc[4], arc[8]):
            d.line(d.ink((0.6, 0.6, 0.6)), (p * 0.8, q - 0.2), (0.0, -0.9), 0.012)


def paint_bench(sketch: Sketch, chance: Chance, x: float, z: float, foot: float = 0.0) -> None:
    """A park bench seen from the front."""
    d = Drawing(sketch, "bench", x, z, foot=foot)
    wood = chance.tint(chance.pick(((0.5, 0.33, 0.18), (0.36, 0.26, 0.18), (0.25, 0.4, 0.28))))
    sketch.stain(x, z, 1.0, 0.35)
    for a in (-0.75, 0.75):
        d.line(d.ink((0.2, 0.2, 0.21)), (a, 0.0), (a, 0.85), 0.07)
    for low in (0.52, 0.66, 0.8):
        d.fill(d.ink(wood), [(-0.9, low), (0.9, low), (0.9, low + 0.1), (-0.9, low + 0.1)])
    sketch.ground(
        sketch.ink("bench", shaded(wood, 1.15), plane=Plane("y", foot + 0.44)),
        (x - 0.92, x + 0.92),
        (z - 0.45, z),
        foot + 0.44,
    )
    d.fill(d.ink(shaded(wood, 0.7)), [(-0.92, 0.38), (0.92, 0.38), (0.92, 0.44), (-0.92, 0.44)])


def paint_hut(sketch: Sketch, chance: Chance, x: float, z: float, wide: float, name: str = "house") -> None:
    """A house or cabin with a pitched roof, door and windows."""
    high = wide * chance.uniform(0.45, 0.6)
    wall = chance.tint(chance.pick(((0.85, 0.82, 0.74), (0.55, 0.3, 0.2), (0.72, 0.7, 0.65), (0.6, 0.42, 0.28))))
    tile = "boards" if chance.true(0.5) else "bricks"
    roof = chance.tint(chance.pick(((0.45, 0.2, 0.15), (0.3, 0.29, 0.3), (0.36, 0.26, 0.2))))
    sketch.box(
        name,
        wall,
        (x - wide / 2, x + wide / 2),
        (0, high),
        (z, z + wide * 0.7),
        second=shaded(wall, 0.75),
        tile=tile,
        metres=2.0,
    )
    sketch.cast(
        [(x - wide / 2, 0, z), (x + wide / 2, 0, z), (x + wide / 2, high * 1.4, z), (x - wide / 2, high * 1.4, z)]
    )
    ink = sketch.ink(name, roof, z=z, second=shaded(roof, 0.65), tile="roof", metres=3.0)
    eave, ridge = wide * 0.56, high + wide * chance.uniform(0.28, 0.42)
    sketch.polygon(
        ink,
        [
            (x - eave, high * 0.97, z),
            (x + eave, high * 0.97, z),
            (x + eave * 0.82, ridge, z + wide * 0.3),
            (x - eave * 0.82, ridge, z + wide * 0.3),
        ],
    )
    d = Drawing(sketch, name, x, z, size=wide)
    glass, frame = d.ink((0.2, 0.26, 0.33), 1.3), d.ink((0.93, 0.92, 0.88))
    for a in (-0.3, 0.3):
        for ink, m in ((frame, 0.085), (glass, 0.066)):
            d.fill(ink, [(a - m, 0.27 - m), (a + m, 0.27 - m), (a + m, 0.27 + m), (a - m, 0.27 + m)])
        d.line(frame, (a, 0.2), (a, 0.34), 0.012)
    d.fill(d.ink((0.32, 0.2, 0.14)), [(-0.07, 0.0), (0.07, 0.0), (0.07, 0.3), (-0.07, 0.3)])


def paint_hydrant(sketch: Sketch, chance: Chance, x: float, z: float, foot: float) -> None:
    d = Drawing(sketch, "fire hydrant", x, z, foot=foot, size=chance.uniform(0.75, 0.95))
    color = chance.tint(chance.pick(((0.8, 0.12, 0.1), (0.92, 0.75, 0.15), (0.75, 0.75, 0.75))))
    for a, b, gain in ((-0.17, 0.17, 0.75), (-0.15, 0.04, 1.2)):
        d.fill(d.ink(color, gain * 1.1), [(a, 0.08), (b, 0.08), (b, 0.72), (a, 0.72)])
    d.fill(d.ink(shaded(color, 0.8)), [(-0.24, 0), (0.24, 0), (0.24, 0.09), (-0.24, 0.09)])
    d.smooth(d.ink(color, 1.3), [(-0.2, 0.7), (0.2, 0.7), (0.13, 0.92), (-0.13, 0.92)])
    d.line(d.ink(shaded(color, 0.8)), (0, 0.9), (0, 1.0), 0.09)
    for s in (-1, 1):
        d.fill(d.ink(shaded(color, 0.85)), [(s * 0.15, 0.45), (s * 0.3, 0.45), (s * 0.3, 0.62), (s * 0.15, 0.62)])
    d.disc(d.ink(shaded(color, 0.6)), 0.0, 0.42, 0.09)


def paint_meter(sketch: Sketch, chance: Chance, x: float, z: float, foot: float) -> None:
    d = Drawing(sketch, "parking meter", x, z, foot=foot, size=1.35)
    grey = chance.tint((0.42, 0.44, 0.48))
    d.line(d.ink(grey), (0, 0), (0, 0.7), 0.055)
    d.body(grey, [(-0.11, 0.66), (0.11, 0.66), (0.14, 0.88), (0.08, 1.0), (-0.08, 1.0), (-0.14, 0.88)])
    d.disc(d.ink((0.85, 0.88, 0.85)), 0, 0.88, 0.08, 0.065)
    d.fill(d.ink((0.8, 0.2, 0.15)), [(-0.05, 0.72), (0.05, 0.72), (0.05, 0.77), (-0.05, 0.77)])


def paint_stop_sign(sketch: Sketch, x: float, z: float, foot: float) -> None:
    d = Drawing(sketch, "stop sign", x, z, foot=foot)
    d.line(d.ink(STEEL, name="metal"), (0, 0), (0, 2.0), 0.07)
    for color, r in (((0.93, 0.93, 0.9), 0.42), ((0.78, 0.06, 0.08), 0.375)):
        d.fill(d.ink(color, 1.3), oval(0, 2.2, r, r, 8, math.pi / 8))
    for k in range(4):
        a = -0.24 + 0.16 * k
        d.line(d.ink((0.95, 0.95, 0.93), 1.3), (a, 2.12), (a, 2.28), 0.05)
        d.line(
            d.ink((0.95, 0.95, 0.93), 1.3),
            (a - 0.04, 2.28 if k % 2 else 2.13),
            (a + 0.04, 2.28 if k % 2 else 2.13),
            0.045,
        )


def paint_parasol(sketch: Sketch, chance: Chance, x: float, z: float, high: float = 2.3) -> None:
    """A beach umbrella in two colors."""
    d = Drawing(sketch, "umbrella", x, z, size=high, turn=chance.uniform(-0.2, 0.2))
    a, b = chance.pick(BRIGHT), (0.94, 0.93, 0.9)
    sketch.stain(x + 0.3, z, high * 0.5, high * 0.2, 0.8)
    d.line(d.ink((0.85, 0.85, 0.82)), (0, 0), (0, 0.9), 0.025)
    for k in range(6):
        p, q = -0.55 + 1.1 * k / 6, -0.55 + 1.1 * (k + 1) / 6
        ends = [(p, 0.72 + 0.02 * (k % 2)), (q, 0.72 + 0.02 * ((k + 1) % 2))]
        rim = [(0.62 * q, 0.94 - 0.25 * (0.62 * q) ** 2), (0.62 * p, 0.94 - 0.25 * (0.62 * p) ** 2)]
        d.fill(d.ink(shaded(a if k % 2 else b, 1.15 - 0.08 * k), 1.25), [*ends, *rim])
        d.fill(d.ink(shaded(a if k % 2 else b, 1.15 - 0.08 * k), 1.3), [*rim, (0, 1.0)])


def paint_tent(sketch: Sketch, chance: Chance, x: float, z: float, wide: float, high: float) -> None:
    """An open market tent: four posts and a striped roof."""
    d = Drawing(sketch, "tent", x, z)
    a, b = chance.tint(chance.pick(BRIGHT[:5])), (0.93, 0.92, 0.88)
    for s in (-1, 1):
        d.line(d.ink((0.75, 0.75, 0.75), name="metal"), (s * wide * 0.48, 0), (s * wide * 0.48, high), 0.07)
    n = 10
    for k in range(n):
        p, q = wide * (-0.5 + k / n), wide * (-0.5 + (k + 1) / n)
        tone = a if k % 2 else b
        d.fill(d.ink(tone, 1.25), [(p, high), (q, high), (q * 0.55, high * 1.32), (p * 0.55, high * 1.32)])
        d.fill(
            d.ink(shaded(tone, 0.8), 1.2),
            [(p, high), (q, high), (q, high - 0.18), ((p + q) / 2, high - 0.3), (p, high - 0.18)],
        )


def paint_banner(sketch: Sketch, chance: Chance, x: tuple[float, float], y: tuple[float, float], z: float) -> None:
    """Advertising boards side by side, with blocks and bars that stand for lettering."""
    a, (low, high) = x[0], y
    while a < x[1]:
        wide = min((high - low) * chance.uniform(2.5, 5), x[1] - a)
        ground, mark = chance.pick(BRIGHT), chance.pick(((0.95, 0.95, 0.95), (0.1, 0.12, 0.25), (0.95, 0.85, 0.2)))
        sketch.front(sketch.ink("banner", mixed(ground, (0.2, 0.2, 0.3), 0.15), z=z), (a, a + wide), y, z)
        ink, b = sketch.ink("banner", mark, z=z), a + wide * 0.12
        while b < a + wide * 0.82:
            step = (high - low) * chance.uniform(0.15, 0.45)
            sketch.front(ink, (b, b + step), (low + (high - low) * 0.3, low + (high - low) * 0.72), z)
            b += step * 1.5
        a += wide + 0.05
