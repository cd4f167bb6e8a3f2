"""Poles, lamps, traffic lights, traffic signs and the small things that stand on a sidewalk."""

import math

from annn.data.scenes.camera import Point
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color, times
from annn.data.scenes.street.greenery import foliage
from annn.data.scenes.street.ground import rectangle, upright
from annn.data.scenes.texture import crowns

STEEL: Color = (0.45, 0.46, 0.47)
RED: Color = (0.78, 0.07, 0.08)
BLUE: Color = (0.08, 0.25, 0.62)
LAMPS: tuple[tuple[Color, Color], ...] = (  # red, amber, green: shining and dark
    ((1.0, 0.12, 0.08), (0.25, 0.06, 0.05)),
    ((1.0, 0.72, 0.10), (0.25, 0.18, 0.05)),
    ((0.1, 0.95, 0.45), (0.04, 0.20, 0.10)),
)
WHITE: Color = (0.92, 0.92, 0.90)


def flat(canvas: Canvas, color: Color, label: int, z: float, glow: bool = False, instance: int | None = None) -> int:
    """A plain paint on an upright plane facing the camera."""
    return canvas.paint(color, label=label, plane=Plane("z", max(z, 0.8)), glow=glow, gain=1.0 if glow else 1.2,
                        instance=instance, second=times(color, 0.8), tile="blotch",
                        grounded=False)  # fmt: skip


def polygon(x: float, y: float, z: float, radius: float, corners: int, turn: float = 0.0) -> list[Point]:
    """A regular polygon facing the camera."""
    step = 2 * math.pi / corners
    return [(x + radius * math.cos(turn + k * step), y + radius * math.sin(turn + k * step), z) for k in range(corners)]


def paint_pole(
    canvas: Canvas, x: float, z: float, high: float, girth: float, color: Color = STEEL, label: int = 17
) -> None:
    """An upright pole, lighter on one side."""
    half = girth / 2
    canvas.polygon(flat(canvas, color, label, z), upright("z", z, x - half, x + half, 0.0, high))
    if z < 45:
        pale: Color = (min(1, color[0] * 1.35), min(1, color[1] * 1.35), min(1, color[2] * 1.35))
        canvas.polygon(flat(canvas, pale, label, z), upright("z", z, x - half, x - half * 0.2, 0.0, high))
    canvas.cast(upright("z", z, x - half, x + half, 0.0, high))


def paint_lamp(canvas: Canvas, chance: Chance, x: float, z: float) -> None:
    """A street lamp with an arm over the road."""
    if not canvas.sees(x, z, 3.0):
        return
    high, s = chance.uniform(5.5, 8.5), 1 if x > 0 else -1
    color = chance.tint(chance.pick((STEEL, (0.16, 0.22, 0.20), (0.2, 0.2, 0.21), (0.6, 0.6, 0.58))))
    paint_pole(canvas, x, z, high, chance.uniform(0.16, 0.24), color)
    arm = flat(canvas, color, 17, z)
    reach = x - s * chance.uniform(1.0, 2.2)
    canvas.polygon(arm, [(x, high - 0.12, z), (x, high, z), (reach, high + 0.32, z), (reach, high + 0.2, z)])
    canvas.polygon(
        flat(canvas, (0.75, 0.75, 0.72), 17, z), upright("z", z, reach - 0.35, reach + 0.35, high + 0.12, high + 0.3)
    )


def paint_traffic_light(canvas: Canvas, chance: Chance, x: float, z: float, state: int) -> None:
    """A traffic light on its pole; a second one hangs over the road on some. state: 0 red, 1 amber, 2 green."""
    if not canvas.sees(x, z, 3.0):
        return
    color: Color = (0.30, 0.32, 0.32)
    s = 1 if x > 0 else -1
    overhead = chance.true(0.35)
    high = 5.6 if overhead else 3.2
    paint_pole(canvas, x, z, high, 0.16, color)
    heads = [(x - s * 0.05, 2.35)]
    if overhead:
        reach = x - s * chance.uniform(2.4, 4.2)
        canvas.polygon(flat(canvas, color, 17, z), upright("z", z, min(x, reach), max(x, reach), 5.45, 5.6))
        heads.append((reach, 4.55))
    for hx, hy in heads:
        box = flat(canvas, (0.05, 0.055, 0.06), 19, z)
        canvas.polygon(box, upright("z", z - 0.05, hx - 0.25, hx + 0.25, hy, hy + 1.2))
        for lamp, (bright, dark) in enumerate(LAMPS):
            on = lamp == state
            paint = flat(canvas, bright if on else dark, 19, z, glow=on)
            canvas.polygon(paint, polygon(hx, hy + 0.98 - 0.38 * lamp, z - 0.06, 0.17, 10))


def paint_sign(canvas: Canvas, chance: Chance, x: float, z: float) -> None:
    """One or two traffic signs on a pole."""
    if not canvas.sees(x, z, 1.5):
        return
    high = chance.uniform(2.5, 3.0)
    paint_pole(canvas, x, z, high + 0.2, 0.09, (0.55, 0.56, 0.57))
    for row in range(2 if chance.true(0.3) else 1):
        _paint_plate(canvas, chance, x, high - 0.75 * row, z - 0.05)


def _paint_plate(canvas: Canvas, chance: Chance, x: float, y: float, z: float) -> None:
    kind = chance.pick(("ban", "speed", "warning", "stop", "priority", "way", "parking", "board"))
    r = chance.uniform(0.36, 0.46)

    def paint(color: Color) -> int:
        return flat(canvas, color, 20, z)

    if kind in ("ban", "speed"):
        canvas.polygon(paint(RED), polygon(x, y, z, r, 14))
        canvas.polygon(paint(WHITE), polygon(x, y, z, r * 0.72, 12))
        if kind == "speed":
            canvas.polygon(
                paint((0.1, 0.1, 0.1)), upright("z", z, x - r * 0.35, x + r * 0.35, y - r * 0.25, y + r * 0.25)
            )
    elif kind == "warning":
        canvas.polygon(paint(RED), polygon(x, y, z, r * 1.15, 3, math.pi / 2))
        canvas.polygon(paint(WHITE), polygon(x, y, z, r * 0.7, 3, math.pi / 2))
    elif kind == "stop":
        canvas.polygon(paint(RED), polygon(x, y, z, r, 8, math.pi / 8))
        canvas.polygon(paint(WHITE), upright("z", z, x - r * 0.6, x + r * 0.6, y - r * 0.18, y + r * 0.18))
    elif kind == "priority":
        canvas.polygon(paint(WHITE), polygon(x, y, z, r, 4))
        canvas.polygon(paint((0.95, 0.75, 0.1)), polygon(x, y, z, r * 0.7, 4))
    elif kind == "way":
        canvas.polygon(paint(BLUE), polygon(x, y, z, r, 14))
        canvas.polygon(paint(WHITE), upright("z", z, x - r * 0.12, x + r * 0.12, y - r * 0.55, y + r * 0.55))
    else:
        wide, color = (r, BLUE) if kind == "parking" else (r * 1.7, chance.pick(((0.95, 0.8, 0.15), WHITE, BLUE)))
        canvas.polygon(paint(color), upright("z", z, x - wide, x + wide, y - r, y + r))
        canvas.polygon(paint((0.15, 0.15, 0.16) if color != BLUE else WHITE),
                       upright("z", z, x - wide * 0.6, x + wide * 0.6, y - r * 0.2, y + r * 0.2))  # fmt: skip


def paint_pole_group(canvas: Canvas, chance: Chance, x: float, z: float) -> None:
    """Several poles so close together that they are labelled as one group."""
    if not canvas.sees(x, z, 1.5):
        return
    for k in range(chance.integer(3, 4)):
        paint_pole(canvas, x + 0.32 * k - 0.45, z, chance.uniform(2.6, 5.5), 0.13, chance.tint(STEEL), label=18)


def paint_thing(canvas: Canvas, chance: Chance, x: float, z: float, foot: float, label: int) -> None:
    """Street furniture: bin, cabinet, planter or bench (4, static), or a parasol, cart or stroller (5, dynamic)."""
    if not canvas.sees(x, z, 1.5):
        return
    front = Plane("z", max(z, 0.8))

    def block(color: Color, x0: float, x1: float, y0: float, y1: float, tile: str = "blotch") -> None:
        dark = times(color, 0.7)
        paint = canvas.paint(color, second=dark, tile=tile, metres=(0.8, 0.8), label=label, plane=front, gain=1.15)
        canvas.polygon(paint, upright("z", z, x + x0, x + x1, foot + y0, foot + y1))

    canvas.shadow(rectangle(x - 0.6, x + 0.6, z - 0.1, z + 0.6), 0.8)
    kind = chance.pick(("bin", "cabinet", "planter", "bench") if label == 4 else ("parasol", "stroller", "cart"))
    if kind == "bin":
        block(chance.pick(((0.15, 0.3, 0.2), (0.25, 0.25, 0.26), (0.6, 0.3, 0.1))), -0.28, 0.28, 0.0, 1.0)
        block((0.12, 0.12, 0.13), -0.31, 0.31, 0.95, 1.1)
    elif kind == "cabinet":
        block(chance.tint((0.55, 0.57, 0.53)), -0.6, 0.6, 0.0, 1.25)
        block((0.3, 0.31, 0.3), -0.02, 0.02, 0.1, 1.15)
    elif kind == "planter":
        canvas.stamp(
            foliage(canvas, (0.17, 0.27, 0.1), z, 1.0, x), chance.pick(crowns()), (x, foot + 0.95, z), 1.3, 1.0
        )
        block((0.55, 0.5, 0.44), -0.6, 0.6, 0.0, 0.6)
    elif kind == "bench":
        for leg in (-0.75, 0.65):
            block((0.15, 0.15, 0.16), leg, leg + 0.1, 0.0, 0.45)
        block((0.42, 0.28, 0.17), -0.9, 0.9, 0.4, 0.52)
        block((0.45, 0.30, 0.18), -0.9, 0.9, 0.62, 0.9)
    elif kind == "parasol":
        block((0.4, 0.4, 0.4), -0.04, 0.04, 0.0, 2.2)
        shade = flat(canvas, chance.pick((RED, (0.85, 0.8, 0.65), (0.2, 0.4, 0.3))), label, z)
        canvas.polygon(shade, [(x - 1.3, foot + 2.0, z), (x + 1.3, foot + 2.0, z), (x, foot + 2.6, z)])
    elif kind == "stroller":
        block(chance.pick((BLUE, (0.2, 0.2, 0.22), (0.6, 0.15, 0.2))), -0.35, 0.3, 0.4, 0.95)
        for wheel in (-0.25, 0.25):
            canvas.polygon(flat(canvas, (0.06, 0.06, 0.06), label, z), polygon(x + wheel, foot + 0.16, z, 0.16, 8))
    else:
        block((0.62, 0.36, 0.14), -0.45, 0.45, 0.35, 0.95, "boards")
        canvas.polygon(flat(canvas, (0.06, 0.06, 0.06), label, z), polygon(x, foot + 0.28, z, 0.28, 10))
