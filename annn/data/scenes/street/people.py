"""Persons, riders, bicycles and motorcycles, as upright figures that face or cross the camera's way."""

import math

from annn.data.scenes.camera import Point
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color, times

SKIN: tuple[Color, ...] = ((0.86, 0.66, 0.53), (0.72, 0.50, 0.38), (0.45, 0.30, 0.22), (0.92, 0.75, 0.63))
HAIR: tuple[Color, ...] = ((0.10, 0.07, 0.05), (0.35, 0.22, 0.12), (0.65, 0.52, 0.32), (0.5, 0.5, 0.5))
TOPS: tuple[Color, ...] = (
    (0.10, 0.10, 0.12), (0.55, 0.10, 0.10), (0.13, 0.20, 0.42), (0.78, 0.76, 0.72), (0.35, 0.37, 0.38),
    (0.20, 0.34, 0.20), (0.75, 0.58, 0.15), (0.50, 0.30, 0.45), (0.62, 0.48, 0.34), (0.85, 0.40, 0.15),
)  # fmt: skip
TROUSERS: tuple[Color, ...] = ((0.10, 0.11, 0.14), (0.16, 0.22, 0.36), (0.38, 0.34, 0.28), (0.06, 0.06, 0.07))


class Figure:
    """Flat drawing on an upright plane at (x, z): right and up in metres from the foot point."""

    def __init__(self, canvas: Canvas, label: int, x: float, z: float, foot: float = 0.0, facing: int = 1) -> None:
        self.canvas, self.label, self.x, self.z, self.foot = canvas, label, x, z, foot
        self.facing = facing
        self.instance = canvas.new_instance(label)

    def paint(self, color: Color, gain: float = 1.25, glow: bool = False) -> int:
        plane = Plane("z", max(self.z, 0.8))
        return self.canvas.paint(color, second=times(color, 0.7), tile="blotch",
                                 metres=(0.9, 0.9), label=self.label, plane=plane, instance=self.instance, gain=gain,
                                 glow=glow, grounded=False)  # fmt: skip

    def at(self, right: float, up: float) -> Point:
        return (self.x + right * self.facing, self.foot + up, self.z)

    def fill(self, paint: int, corners: list[tuple[float, float]]) -> None:
        self.canvas.polygon(paint, [self.at(*corner) for corner in corners])

    def limb(self, paint: int, a: tuple[float, float], b: tuple[float, float], thick: float, tip: float) -> None:
        """A tapering bar from a to b."""
        dx, dy = b[0] - a[0], b[1] - a[1]
        long = math.hypot(dx, dy) or 1.0
        nx, ny = -dy / long / 2, dx / long / 2
        self.fill(paint, [(a[0] + nx * thick, a[1] + ny * thick), (a[0] - nx * thick, a[1] - ny * thick),
                          (b[0] - nx * tip, b[1] - ny * tip), (b[0] + nx * tip, b[1] + ny * tip)])  # fmt: skip

    def disc(self, paint: int, centre: tuple[float, float], wide: float, high: float, corners: int = 10) -> None:
        step = 2 * math.pi / corners
        self.fill(paint, [(centre[0] + wide * math.cos(k * step), centre[1] + high * math.sin(k * step))
                          for k in range(corners)])  # fmt: skip


def _head(figure: Figure, chance: Chance, centre: tuple[float, float], size: float, helmet: bool) -> None:
    skin, hair = chance.pick(SKIN), chance.pick(HAIR)
    x, y = centre
    if helmet:
        hair = chance.pick(((0.85, 0.85, 0.85), (0.12, 0.12, 0.13), (0.75, 0.15, 0.1), (0.2, 0.35, 0.6)))
    figure.disc(figure.paint(skin), (x, y), 0.085 * size, 0.12 * size)
    from_behind = chance.true(0.4)
    low = -0.6 if from_behind else 0.1
    cap = [(x + 0.1 * size * math.cos(a), y + 0.135 * size * math.sin(a)) for a in
           (math.pi * (low + k * (1 - 2 * low) / 8) for k in range(9))]  # fmt: skip
    figure.fill(figure.paint(hair), cap)


def paint_person(canvas: Canvas, chance: Chance, x: float, z: float, foot: float, height: float = 0.0) -> None:
    """A walking or standing person, about 1.7 m tall unless a height is given."""
    if not canvas.sees(x, z, 1.0):
        return
    height = height or chance.uniform(1.56, 1.88)
    k = height / 1.75
    figure = Figure(canvas, 24, x, z, foot, chance.side())
    stride = chance.uniform(0.04, 0.30) * k
    top, legs = chance.tint(chance.pick(TOPS)), chance.tint(chance.pick(TROUSERS))
    sleeves, trousers, shoe = figure.paint(top, 1.0), figure.paint(legs), figure.paint((0.08, 0.07, 0.07))
    hip = 0.88 * k
    for step, paint in ((-stride, figure.paint(legs, 1.0)), (stride, trousers)):
        figure.limb(paint, (step * 0.25, hip), (step, 0.08 * k), 0.19 * k, 0.11 * k)
        figure.fill(shoe, [(step - 0.06 * k, 0.0), (step + 0.16 * k, 0.0), (step + 0.1 * k, 0.1 * k),
                           (step - 0.06 * k, 0.1 * k)])  # fmt: skip
    swing = chance.uniform(0.02, 0.25) * k
    figure.limb(sleeves, (-0.19 * k, 1.42 * k), (-0.24 * k - swing * 0.4, 0.85 * k), 0.13 * k, 0.09 * k)
    wide = chance.uniform(0.20, 0.25) * k
    coat = 0.72 * k if chance.true(0.25) else hip - 0.06
    half = [(0.85 * wide, coat), (wide, 1.30 * k), (0.75 * wide, 1.46 * k)]
    figure.fill(figure.paint(top), half + [(-right, up) for right, up in reversed(half)])
    figure.limb(sleeves, (0.2 * k, 1.42 * k), (0.22 * k + swing, 0.88 * k), 0.13 * k, 0.09 * k)
    if chance.true(0.3):
        bag = figure.paint(chance.pick(TOPS))
        figure.fill(bag, [(-0.34 * k, 0.7 * k), (-0.12 * k, 0.7 * k), (-0.14 * k, 1.0 * k), (-0.32 * k, 1.0 * k)])
    _head(figure, chance, (0.0, 1.60 * k), 1.05 * k, False)


def person_shadow(canvas: Canvas, x: float, z: float, high: float = 1.7, wide: float = 0.4) -> None:
    """Shadow cast by an upright figure, and the dark spot where it stands."""
    canvas.cast([(x - wide / 2, 0.0, z), (x + wide / 2, 0.0, z), (x + wide / 2, high, z), (x - wide / 2, high, z)])
    canvas.shadow(
        [(x - wide, 0.0, z - 0.2), (x + wide, 0.0, z - 0.2), (x + wide, 0.0, z + 0.2), (x - wide, 0.0, z + 0.2)]
    )


def _wheel(figure: Figure, centre: float, radius: float, tyre: int, inside: int) -> None:
    figure.disc(tyre, (centre, radius), radius, radius, 14)
    figure.disc(inside, (centre, radius), radius * 0.84, radius * 0.84, 12)


def paint_bicycle(
    canvas: Canvas, chance: Chance, x: float, z: float, foot: float, sideways: bool, ridden: bool = False
) -> None:
    """A bicycle seen from the side or from an end; with its rider if ridden."""
    if not canvas.sees(x, z, 1.0):
        return
    figure = Figure(canvas, 33, x, z, foot, chance.side())
    color = chance.tint(chance.pick(((0.08, 0.08, 0.09), (0.6, 0.1, 0.1), (0.1, 0.25, 0.5), (0.7, 0.7, 0.72),
                                     (0.15, 0.4, 0.3), (0.8, 0.55, 0.1))))  # fmt: skip
    frame, tyre = figure.paint(color), figure.paint((0.05, 0.05, 0.055))
    if not sideways:
        figure.limb(tyre, (0.0, 0.0), (0.0, 0.68), 0.09, 0.09)
        figure.limb(frame, (0.0, 0.45), (0.0, 1.0), 0.12, 0.1)
        figure.limb(frame, (-0.29, 1.02), (0.29, 1.02), 0.07, 0.07)
        figure.disc(tyre, (0.0, 0.93), 0.12, 0.06)
        figure.disc(figure.paint((0.75, 0.08, 0.06)), (0.0, 0.72), 0.05, 0.05)
    else:
        spokes = figure.paint((0.42, 0.43, 0.44))
        _wheel(figure, -0.54, 0.34, tyre, spokes)
        _wheel(figure, 0.54, 0.34, tyre, spokes)
        joints = {"rear": (-0.54, 0.34), "crank": (-0.06, 0.30), "seat": (-0.2, 0.88), "head": (0.36, 0.86),
                  "front": (0.54, 0.34), "bar": (0.40, 1.04)}  # fmt: skip
        for a, b in (("rear", "crank"), ("crank", "seat"), ("seat", "head"), ("crank", "head"), ("head", "front"),
                     ("rear", "seat"), ("head", "bar")):  # fmt: skip
            figure.limb(frame, joints[a], joints[b], 0.06, 0.06)
        figure.limb(tyre, (-0.34, 0.94), (-0.08, 0.94), 0.07, 0.05)
        figure.limb(tyre, (0.28, 1.06), (0.46, 1.04), 0.05, 0.05)
    if ridden:
        _paint_rider(canvas, chance, figure, sideways, 0.95, False)


def paint_motorcycle(
    canvas: Canvas, chance: Chance, x: float, z: float, foot: float, sideways: bool, ridden: bool = False
) -> None:
    """A motorcycle or scooter seen from the side or from an end; with its rider if ridden."""
    if not canvas.sees(x, z, 1.0):
        return
    figure = Figure(canvas, 32, x, z, foot, chance.side())
    color = chance.tint(chance.pick(((0.10, 0.10, 0.11), (0.65, 0.1, 0.08), (0.1, 0.2, 0.5), (0.8, 0.8, 0.8),
                                     (0.2, 0.45, 0.3), (0.85, 0.5, 0.1))))  # fmt: skip
    shell, dark, tyre = figure.paint(color), figure.paint((0.13, 0.13, 0.14)), figure.paint((0.05, 0.05, 0.055))
    if not sideways:
        figure.limb(tyre, (0.0, 0.0), (0.0, 0.62), 0.2, 0.2)
        figure.fill(dark, [(-0.24, 0.35), (0.24, 0.35), (0.26, 0.75), (-0.26, 0.75)])
        figure.fill(shell, [(-0.2, 0.55), (0.2, 0.55), (0.28, 0.95), (0.12, 1.12), (-0.12, 1.12), (-0.28, 0.95)])
        figure.limb(dark, (-0.42, 1.06), (0.42, 1.06), 0.07, 0.07)
        lamp: Color = (0.85, 0.08, 0.06) if chance.true(0.5) else (0.97, 0.96, 0.85)
        figure.disc(figure.paint(lamp, 1.0, True), (0.0, 0.84), 0.1, 0.08)
    else:
        rim = figure.paint((0.40, 0.41, 0.43))
        _wheel(figure, -0.62, 0.32, tyre, rim)
        _wheel(figure, 0.66, 0.32, tyre, rim)
        figure.fill(dark, [(-0.55, 0.3), (0.35, 0.24), (0.42, 0.6), (-0.5, 0.62)])
        figure.fill(shell, [(-0.15, 0.6), (0.48, 0.62), (0.5, 0.88), (0.25, 1.02), (-0.1, 0.86)])
        figure.fill(shell, [(0.4, 0.55), (0.62, 0.62), (0.56, 1.12), (0.42, 1.08)])
        figure.fill(dark, [(-0.85, 0.78), (-0.1, 0.76), (-0.1, 0.88), (-0.8, 0.92)])
        figure.limb(dark, (0.66, 0.32), (0.45, 1.05), 0.1, 0.08)
        figure.limb(dark, (0.28, 1.12), (0.48, 1.06), 0.06, 0.06)
    if ridden:
        _paint_rider(canvas, chance, figure, sideways, 0.86, True)


def _paint_rider(canvas: Canvas, chance: Chance, vehicle: Figure, sideways: bool, seat: float, helmet: bool) -> None:
    """The rider (25) on a bicycle or motorcycle whose seat is `seat` metres up."""
    figure = Figure(canvas, 25, vehicle.x, vehicle.z, vehicle.foot, vehicle.facing)
    top = chance.tint(chance.pick(TOPS))
    body, sleeve, legs = figure.paint(top), figure.paint(top, 1.0), figure.paint(chance.pick(TROUSERS))
    if sideways:
        hip, shoulder, knee = (-0.2, seat + 0.05), (0.12, seat + 0.58), (0.18, seat - 0.28)
        figure.limb(legs, hip, knee, 0.2, 0.15)
        figure.limb(legs, knee, (-0.02, 0.22), 0.14, 0.1)
        figure.limb(body, hip, shoulder, 0.3, 0.33)
        figure.limb(sleeve, (0.12, seat + 0.5), (0.42, seat + 0.16), 0.12, 0.09)
        _head(figure, chance, (0.2, seat + 0.78), 1.1, helmet or chance.true(0.5))
        return
    for lean in (-1, 1):
        figure.limb(legs, (0.1 * lean, seat), (0.19 * lean, seat - 0.45), 0.18, 0.14)
        figure.limb(legs, (0.19 * lean, seat - 0.42), (0.16 * lean, 0.15 + 0.12 * (lean > 0)), 0.13, 0.1)
        figure.limb(sleeve, (0.22 * lean, seat + 0.52), (0.33 * lean, seat + 0.12), 0.12, 0.1)
    figure.fill(body, [(-0.18, seat - 0.02), (0.18, seat - 0.02), (0.25, seat + 0.42), (0.18, seat + 0.6),
                       (-0.18, seat + 0.6), (-0.25, seat + 0.42)])  # fmt: skip
    _head(figure, chance, (0.0, seat + 0.76), 1.1, helmet or chance.true(0.5))
