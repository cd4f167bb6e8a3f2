"""Furniture and household things, built of boxes and flat fronts, for rooms with the camera at eye height."""

import math

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.people import BRIGHT
from annn.data.scenes.stuff.sketch import Drawing, Sketch, mixed, shaded

Span = tuple[float, float]
WOODS: tuple[Color, ...] = (
    (0.5, 0.34, 0.2),
    (0.66, 0.48, 0.3),
    (0.32, 0.21, 0.14),
    (0.78, 0.66, 0.5),
    (0.9, 0.89, 0.86),
)
CLOTHS: tuple[Color, ...] = (
    (0.35, 0.42, 0.5),
    (0.55, 0.2, 0.18),
    (0.62, 0.58, 0.5),
    (0.25, 0.38, 0.32),
    (0.85, 0.82, 0.76),
    (0.72, 0.55, 0.3),
    (0.3, 0.3, 0.33),
    (0.45, 0.3, 0.45),
)


def wood(sketch: Sketch, name: str, color: Color, x: Span, y: Span, z: Span, gain: float = 1.0) -> None:
    sketch.box(name, color, x, y, z, second=shaded(color, 0.7), tile="boards", metres=(1.6, 6.0), gain=gain)


def panel(
    sketch: Sketch, name: str, color: Color, x: Span, y: Span, z: float, gain: float = 1.0, glow: bool = False
) -> None:
    """A flat front a hair before what it lies on."""
    sketch.front(sketch.ink(name, color, z=z - 0.01, gain=gain, glow=glow), x, y, z - 0.01)


def paint_couch(sketch: Sketch, chance: Chance, x: float, z: float, wide: float) -> None:
    """A couch against the wall at z, with cushions."""
    color, look = chance.tint(chance.pick(CLOTHS)), {"tile": "grain", "metres": 0.5}
    left, right, front = x - wide / 2, x + wide / 2, z - 0.9
    sketch.stain(x, z - 0.5, wide * 0.55, 0.6, 0.8)
    sketch.box("couch", color, (left, right), (0.1, 0.85), (z - 0.3, z), **look)
    sketch.box("couch", shaded(color, 1.1), (left, right), (0.1, 0.45), (front, z - 0.3), **look)
    seats = 3 if wide > 1.8 else 2
    for k in range(1, seats):
        at = left + wide * k / seats
        panel(sketch, "couch", shaded(color, 0.6), (at - 0.012, at + 0.012), (0.2, 0.45), front)
        panel(sketch, "couch", shaded(color, 0.65), (at - 0.012, at + 0.012), (0.45, 0.85), z - 0.3)
    for at in (left, right - 0.2):
        sketch.box("couch", shaded(color, 0.95), (at, at + 0.2), (0.1, 0.62), (front, z), **look)
    for _ in range(chance.integer(1, 3)):
        at = chance.uniform(left + 0.4, right - 0.4)
        d = Drawing(sketch, "pillow", at, z - 0.34, foot=0.45, size=0.42, turn=chance.uniform(-0.15, 0.15))
        d.body(
            chance.tint(chance.pick(BRIGHT)),
            [(-0.5, 0.0), (0.5, 0.0), (0.45, 0.5), (0.5, 0.95), (-0.5, 0.95), (-0.45, 0.5)],
        )


def paint_bed(sketch: Sketch, chance: Chance, x: float, z: float, wide: float) -> None:
    """A bed with its head at the wall z: mattress, blanket and pillows."""
    frame, cover = chance.tint(chance.pick(WOODS)), chance.tint(chance.pick(CLOTHS))
    left, right, foot = x - wide / 2, x + wide / 2, z - 2.0
    sketch.stain(x, z - 1.0, wide * 0.62, 1.2, 0.8)
    wood(sketch, "bed", frame, (left - 0.05, right + 0.05), (0.0, 1.1), (z - 0.08, z))
    sketch.box("bed", (0.9, 0.89, 0.86), (left, right), (0.2, 0.52), (foot, z - 0.08))
    wood(sketch, "bed", frame, (left - 0.03, right + 0.03), (0.12, 0.3), (foot - 0.04, foot))
    for at in (-1, 1) if wide > 1.3 else (0,):
        px = x + at * wide * 0.24
        d = Drawing(sketch, "pillow", px, z - 0.3, foot=0.5, size=min(0.62, wide * 0.44))
        d.body(
            chance.tint((0.92, 0.91, 0.89), 0.04),
            [(-0.5, 0.02), (0.5, 0.02), (0.52, 0.3), (0.42, 0.52), (-0.42, 0.52), (-0.52, 0.3)],
        )
    top = sketch.ink(
        "blanket",
        cover,
        second=shaded(cover, 1.35),
        tile=chance.pick(("blotch", "corrugated", "cobbles")),
        metres=1.2,
        plane=Plane("y", 0.55),
    )
    sketch.ground(top, (left - 0.03, right + 0.03), (foot - 0.03, z - 0.75), 0.55)
    for at, seen in ((left - 0.03, left > 0), (right + 0.03, right < 0)):
        if seen:
            side = sketch.ink("blanket", shaded(cover, 0.8), plane=Plane("x", at))
            sketch.polygon(side, [(at, 0.22, foot), (at, 0.22, z - 0.75), (at, 0.55, z - 0.75), (at, 0.55, foot)])
    panel(sketch, "blanket", shaded(cover, 0.85), (left - 0.03, right + 0.03), (0.2, 0.55), foot - 0.04)


def paint_table(
    sketch: Sketch, name: str, color: Color, x: Span, z: Span, high: float, cloth: Color | None = None
) -> None:
    """A table on four legs; with a cloth hanging over its edge."""
    sketch.stain((x[0] + x[1]) / 2, (z[0] + z[1]) / 2, (x[1] - x[0]) * 0.5, (z[1] - z[0]) * 0.5, 0.6)
    for depth in (z[1] - 0.1, z[0]):
        for at in (x[0] + 0.04, x[1] - 0.12):
            wood(sketch, name, shaded(color, 0.8), (at, at + 0.08), (0, high - 0.05), (depth, depth + 0.08))
    wood(sketch, name, color, x, (high - 0.06, high), z)
    if cloth:
        top = sketch.ink(
            "cloth", cloth, second=shaded(cloth, 0.85), tile="corrugated", metres=1.0, plane=Plane("y", high + 0.01)
        )
        sketch.ground(top, (x[0] + 0.1, x[1] - 0.1), (z[0], z[1]), high + 0.01)
        panel(sketch, "cloth", shaded(cloth, 0.85), (x[0] + 0.1, x[1] - 0.1), (high - 0.22, high + 0.01), z[0])


def paint_chair(sketch: Sketch, chance: Chance, x: float, z: float, color: Color, back_to_us: bool) -> None:
    sketch.stain(x, z + 0.2, 0.3, 0.28)
    w, look = 0.22, 1.0
    if not back_to_us:
        for k in (-0.16, -0.05, 0.06, 0.16):
            wood(sketch, "chair", shaded(color, 0.9), (x + k - 0.02, x + k + 0.02), (0.45, 0.9), (z + 0.4, z + 0.43))
        wood(sketch, "chair", color, (x - w, x + w), (0.84, 0.95), (z + 0.4, z + 0.44))
    for depth in (z + 0.38, z):
        for at in (x - w, x + w - 0.045):
            wood(sketch, "chair", shaded(color, 0.75), (at, at + 0.045), (0, 0.44), (depth, depth + 0.045))
    wood(sketch, "chair", color, (x - w, x + w), (0.43, 0.48), (z, z + 0.42), look)
    if back_to_us:
        for at in (x - w, x + w - 0.05):
            wood(sketch, "chair", shaded(color, 0.85), (at, at + 0.05), (0.45, 0.95), (z, z + 0.04))
        for low in (0.58, 0.72, 0.86):
            wood(sketch, "chair", color, (x - w, x + w), (low, low + 0.08), (z, z + 0.035))


def paint_shelf(sketch: Sketch, chance: Chance, x: Span, z: float, high: float) -> None:
    """A shelf of books and things against the wall at z."""
    color = chance.tint(chance.pick(WOODS))
    wood(sketch, "shelf", color, x, (0, high), (z - 0.32, z))
    rows = max(2, round(high / 0.36))
    for row in range(rows):
        low, top = high * row / rows + 0.03, high * (row + 1) / rows - 0.03
        panel(sketch, "shelf", shaded(color, 0.4), (x[0] + 0.04, x[1] - 0.04), (low, top), z - 0.32)
        at = x[0] + 0.06
        while at < x[1] - 0.1:
            wide = chance.uniform(0.03, 0.075)
            if chance.true(0.82):
                tall = low + (top - low) * chance.uniform(0.62, 0.95)
                panel(
                    sketch,
                    "book",
                    chance.tint(chance.pick(BRIGHT + CLOTHS), 0.1),
                    (at, min(at + wide, x[1] - 0.05)),
                    (low, tall),
                    z - 0.335,
                    0.9,
                )
            elif chance.true(0.2) and at < x[1] - 0.3:
                d = Drawing(sketch, "vase", at + 0.1, z - 0.34, foot=low, size=top - low)
                d.body(chance.pick(BRIGHT), [(-0.2, 0), (0.2, 0), (0.3, 0.4), (0.12, 0.75), (-0.12, 0.75), (-0.3, 0.4)])
                wide = 0.2
            at += wide + 0.004


def paint_tv(sketch: Sketch, chance: Chance, x: float, y: float, z: float, wide: float, stand: bool = True) -> None:
    """A flat screen, dark or showing a landscape."""
    high = wide * 0.58
    if stand:
        panel(sketch, "tv", (0.07, 0.07, 0.08), (x - wide * 0.18, x + wide * 0.18), (y, y + 0.03), z)
        panel(sketch, "tv", (0.09, 0.09, 0.1), (x - 0.04, x + 0.04), (y, y + 0.1), z)
        y += 0.08
    panel(sketch, "tv", (0.05, 0.05, 0.055), (x - wide / 2, x + wide / 2), (y, y + high), z)
    m = wide * 0.03
    inner, low, top = (x - wide / 2 + m, x + wide / 2 - m), y + m, y + high - m
    if chance.true(0.45):
        panel(sketch, "tv", (0.1, 0.11, 0.13), inner, (low, top), z - 0.01)
        ink = sketch.ink("tv", (0.2, 0.22, 0.25), z=z - 0.02)
        sketch.polygon(
            ink, [(inner[0], top, z - 0.03), (inner[0] + wide * 0.4, top, z - 0.03), (inner[0], low, z - 0.03)]
        )
        return
    panel(
        sketch,
        "tv",
        chance.pick(((0.35, 0.6, 0.9), (0.9, 0.55, 0.3), (0.2, 0.25, 0.5))),
        inner,
        (low, top),
        z - 0.01,
        glow=True,
    )
    panel(
        sketch,
        "tv",
        chance.pick(((0.2, 0.5, 0.2), (0.5, 0.4, 0.25), (0.1, 0.3, 0.5))),
        inner,
        (low, low + (top - low) * 0.45),
        z - 0.02,
        glow=True,
    )


def paint_window(sketch: Sketch, chance: Chance, x: Span, y: Span, z: float, dress: str) -> None:
    """A window in the wall at z with what shows outside; dress: "curtain", "blind" or "none"."""
    panel(sketch, "window-other", (0.92, 0.91, 0.88), x, y, z)
    sky = chance.pick(((0.6, 0.78, 0.95), (0.85, 0.88, 0.92), (0.95, 0.75, 0.55), (0.12, 0.15, 0.28)))
    m, mid = 0.05, (x[0] + x[1]) / 2
    for a, b in ((x[0] + m, mid - m / 2), (mid + m / 2, x[1] - m)):
        panel(sketch, "window-other", sky, (a, b), (y[0] + m, y[1] - m), z - 0.01, glow=True)
        if sky[1] > 0.5:
            hill = sketch.ink(
                "window-other", (0.35, 0.5, 0.28), second=(0.5, 0.62, 0.38), tile="leaves", metres=0.8, z=z, glow=True
            )
            low, span = y[0] + m, y[1] - y[0]
            sketch.polygon(
                hill,
                [
                    (a, low, z - 0.02),
                    (b, low, z - 0.02),
                    (b, low + span * chance.uniform(0.2, 0.4), z - 0.02),
                    ((a + b) / 2, low + span * chance.uniform(0.25, 0.45), z - 0.02),
                    (a, low + span * chance.uniform(0.2, 0.4), z - 0.02),
                ],
            )
    if dress == "curtain":
        color, wide = chance.tint(chance.pick(CLOTHS)), (x[1] - x[0]) * chance.uniform(0.2, 0.32)
        ink = sketch.ink("curtain", color, second=shaded(color, 0.65), tile="corrugated", metres=(0.7, 5.0), z=z)
        for a, b in ((x[0] - wide * 0.7, x[0] + wide * 0.5), (x[1] - wide * 0.5, x[1] + wide * 0.7)):
            sketch.front(ink, (a, b), (0.15 if chance.true(0.6) else y[0] - 0.15, y[1] + 0.15), z - 0.06)
        panel(sketch, "metal", (0.3, 0.26, 0.22), (x[0] - wide, x[1] + wide), (y[1] + 0.14, y[1] + 0.18), z - 0.07)
    elif dress == "blind":
        ink = sketch.ink(
            "window-blind", (0.88, 0.87, 0.82), second=(0.6, 0.58, 0.54), tile="roof", metres=(4.0, 1.0), z=z
        )
        sketch.front(ink, (x[0] + 0.02, x[1] - 0.02), (y[0] + (y[1] - y[0]) * chance.uniform(0.0, 0.5), y[1]), z - 0.05)


def paint_door(sketch: Sketch, chance: Chance, x: float, z: float) -> None:
    color = chance.tint(chance.pick(WOODS))
    panel(sketch, "door-stuff", shaded(color, 0.6), (x - 0.5, x + 0.5), (0, 2.1), z)
    panel(sketch, "door-stuff", color, (x - 0.44, x + 0.44), (0, 2.04), z - 0.01)
    for low, top in ((0.2, 0.9), (1.05, 1.9)):
        panel(sketch, "door-stuff", shaded(color, 0.78), (x - 0.32, x + 0.32), (low, top), z - 0.02)
        panel(sketch, "door-stuff", shaded(color, 1.08), (x - 0.29, x + 0.29), (low + 0.03, top - 0.03), z - 0.025)
    Drawing(sketch, "door-stuff", x + 0.36, z - 0.04, foot=1.0).disc(
        sketch.ink("door-stuff", (0.8, 0.7, 0.4), z=z), 0, 0, 0.035
    )


def paint_lamp(sketch: Sketch, chance: Chance, x: float, y: float, z: float, size: float) -> None:
    """A shining shade on a foot, from y up."""
    d = Drawing(sketch, "light", x, z, foot=y, size=size)
    d.line(d.ink((0.35, 0.28, 0.2)), (0, 0), (0, 0.62), 0.04 if size > 1 else 0.07)
    d.disc(d.ink((0.3, 0.25, 0.2)), 0, 0.02, 0.13, 0.03)
    shade = d.ink((1.0, 0.9, 0.66), second=(1.0, 0.97, 0.85), glow=True)
    d.fill(shade, [(-0.22, 0.6), (0.22, 0.6), (0.13, 0.95), (-0.13, 0.95)])


def paint_clock(sketch: Sketch, chance: Chance, x: float, y: float, z: float, radius: float) -> None:
    d = Drawing(sketch, "clock", x, z - 0.03, foot=y, size=radius)
    d.disc(d.ink(chance.pick(((0.1, 0.1, 0.11), (0.5, 0.32, 0.18), (0.7, 0.15, 0.12)))), 0, 0, 1.0)
    d.disc(d.ink((0.95, 0.94, 0.9)), 0, 0, 0.84)
    for k in range(12):
        a = k * math.pi / 6
        d.line(
            d.ink((0.1, 0.1, 0.1)),
            (0.66 * math.cos(a), 0.66 * math.sin(a)),
            (0.76 * math.cos(a), 0.76 * math.sin(a)),
            0.06,
        )
    for long, width in ((0.45, 0.1), (0.65, 0.06)):
        a = chance.uniform(0, 2 * math.pi)
        d.line(d.ink((0.08, 0.08, 0.08)), (0, 0), (long * math.cos(a), long * math.sin(a)), width)


def paint_picture(sketch: Sketch, chance: Chance, x: float, y: float, z: float, wide: float) -> None:
    """A framed picture: unlabeled, as COCO-Stuff leaves such things."""
    high = wide * chance.uniform(0.6, 1.3)
    panel(
        sketch,
        "unlabeled",
        chance.pick(((0.2, 0.15, 0.1), (0.85, 0.8, 0.7), (0.1, 0.1, 0.1))),
        (x, x + wide),
        (y, y + high),
        z,
    )
    panel(sketch, "unlabeled", (0.93, 0.92, 0.88), (x + 0.04, x + wide - 0.04), (y + 0.04, y + high - 0.04), z - 0.01)
    a, b = chance.pick(BRIGHT), chance.pick(CLOTHS)
    panel(sketch, "unlabeled", mixed(a, b, 0.5), (x + 0.1, x + wide - 0.1), (y + 0.1, y + high - 0.1), z - 0.015)
    panel(sketch, "unlabeled", b, (x + 0.1, x + wide - 0.1), (y + 0.1, y + high * chance.uniform(0.3, 0.6)), z - 0.02)
