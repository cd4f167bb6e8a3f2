"""Trees, bushes and hedges."""

import math

from annn.data.scenes.camera import Point
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.street.ground import upright
from annn.data.scenes.texture import crowns

GREENS: tuple[Color, ...] = (
    (0.15, 0.25, 0.09), (0.19, 0.28, 0.10), (0.12, 0.22, 0.11), (0.24, 0.28, 0.10), (0.30, 0.24, 0.08),
)  # fmt: skip
BARK: Color = (0.26, 0.21, 0.17)


def foliage(canvas: Canvas, color: Color, z: float, gain: float = 1.0, x: float = 0.0) -> int:
    """A paint of leaves on an upright plane facing the camera at depth z."""
    light: Color = (min(1.0, color[0] * 2.3 + 0.06), min(1.0, color[1] * 2.1 + 0.07), color[2] * 1.9)
    return canvas.paint(color, second=light, tile="leaves", metres=(3.5, 3.5), origin=(x, 0.0), label=21,
                        plane=Plane("z", max(z, 0.7)), gain=gain * 1.35)  # fmt: skip


def paint_tree(canvas: Canvas, chance: Chance, x: float, z: float, height: float) -> None:
    """A tree: trunk and branches, a ragged crown of several clumps, lighter towards the sun, and its shadow."""
    if not canvas.sees(x, z, 0.35 * height):
        return
    color = chance.tint(chance.pick(GREENS), 0.06)
    plane = Plane("z", max(z, 0.7))
    radius = height * chance.uniform(0.22, 0.34)
    centre = height - radius * 0.9
    girth = 0.025 * height + 0.04
    bark = canvas.paint(chance.tint(BARK), second=(0.40, 0.35, 0.29), tile="grain", metres=(0.6, 2.5), label=21,
                        plane=plane)  # fmt: skip
    trunk = [(x - girth, 0.0, z), (x + girth, 0.0, z), (x + girth * 0.6, centre, z), (x - girth * 0.6, centre, z)]
    canvas.polygon(bark, trunk)
    canvas.cast(trunk, 0.9)
    for lean in (-1, 1) if z < 35 else ():
        fork = height * chance.uniform(0.32, 0.42)
        tip = (x + lean * radius * 0.7, fork + radius * 0.8, z)
        canvas.polygon(bark, [(x - 0.05, fork, z), (x + 0.06, fork + 0.2, z), tip])
    if z < 70:
        canvas.cast(_ring(x, centre, z, radius, chance))
    side = canvas.light.sun[0] * (-1 if canvas.camera.mirrored else 1)
    masks = crowns()
    main = chance.integer(0, len(masks) - 1)
    canvas.stamp(foliage(canvas, color, z, 0.72, x), masks[main], (x, centre, z), 2.5 * radius, 2.35 * radius)
    for _ in range(chance.integer(4, 7) if z < 40 else 3 if z < 70 else 1):
        angle, out = chance.uniform(0, 2 * math.pi), chance.uniform(0.25, 0.85) * radius
        dx, dy = out * math.cos(angle), out * math.sin(angle)
        bright = 0.95 + 0.28 * (dy + dx * side) / radius + chance.uniform(-0.08, 0.08)
        wide = radius * chance.uniform(0.75, 1.25)
        canvas.stamp(foliage(canvas, color, z, bright, x + dx), chance.pick(masks), (x + dx, centre + dy, z), wide,
                     wide * chance.uniform(0.8, 1.1))  # fmt: skip


def _ring(x: float, y: float, z: float, radius: float, chance: Chance) -> list[Point]:
    """A ragged circle facing the sun's azimuth only roughly: good enough to cast a crown's shadow."""
    points = []
    for k in range(14):
        angle = k * math.pi / 7
        r = radius * chance.uniform(0.8, 1.2)
        points.append((x + r * math.cos(angle), max(0.3, y + 0.8 * r * math.sin(angle)), z + 0.3 * r * math.cos(angle)))
    return points


def paint_bush(canvas: Canvas, chance: Chance, x: float, z: float, size: float) -> None:
    """A bush standing on the ground, of two or three clumps."""
    if not canvas.sees(x, z, size):
        return
    color = chance.tint(chance.pick(GREENS), 0.06)
    canvas.cast([(x - size / 2, 0.0, z), (x + size / 2, 0.0, z), (x + size / 3, size * 0.7, z),
                 (x - size / 3, size * 0.7, z)])  # fmt: skip
    for _ in range(chance.integer(2, 3)):
        wide = size * chance.uniform(0.7, 1.1)
        dx = chance.uniform(-0.35, 0.35) * size
        canvas.stamp(foliage(canvas, color, z, chance.uniform(0.8, 1.15), x), chance.pick(crowns()),
                     (x + dx, wide * 0.40, z), wide, wide * 0.95)  # fmt: skip


def paint_hedge(canvas: Canvas, chance: Chance, x: float, z0: float, z1: float, high: float) -> None:
    """A clipped hedge along the street on the plane of this x, with a ragged upper edge."""
    color = chance.tint(chance.pick(GREENS[:3]), 0.05)
    light: Color = (color[0] * 2.1 + 0.05, color[1] * 2.0 + 0.06, color[2] * 1.8)
    side = canvas.paint(color, second=light, tile="leaves", metres=(2.2, 2.2), label=21, plane=Plane("x", x), gain=1.2)
    count = max(3, min(28, int((z1 - z0) / 0.7)))
    crest = [(x, high * chance.uniform(0.93, 1.05), z1 + (z0 - z1) * k / count) for k in range(count + 1)]
    canvas.polygon(side, [(x, 0.0, z0), (x, 0.0, z1), *crest])
    thick = 1.0 if x > 0 else -1.0
    facing = Plane("z", max(z0, 0.7))
    front = canvas.paint(color, second=light, tile="leaves", metres=(2.2, 2.2), label=21, plane=facing, gain=1.2)
    canvas.polygon(front, upright("z", z0, x, x + thick, 0.0, high))
    canvas.cast([(x, 0.0, z0), (x, 0.0, z1), (x, high, z1), (x, high, z0)])
