"""Vehicles: where they stand, how their faces are painted, and cars built as extruded side views."""

import math
from dataclasses import dataclass
from itertools import pairwise

from annn.data.scenes.camera import Point
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color

CAR_COLORS: tuple[Color, ...] = (
    (0.08, 0.08, 0.09), (0.16, 0.17, 0.19), (0.42, 0.44, 0.46), (0.66, 0.68, 0.70), (0.88, 0.88, 0.88),
    (0.50, 0.07, 0.07), (0.09, 0.15, 0.35), (0.20, 0.32, 0.30), (0.55, 0.45, 0.30), (0.72, 0.12, 0.10),
    (0.15, 0.30, 0.55), (0.85, 0.65, 0.10),
)  # fmt: skip
GLASS: Color = (0.13, 0.16, 0.19)
TYRE: Color = (0.06, 0.06, 0.065)
SMALL = 40.0  # metres; farther vehicles are drawn without the details that would be smaller than a pixel

# Side views, rear at 0: (along, up) round the body from rear bottom to front bottom, in metres; the letter says what
# the piece of roof line that starts there is made of: b body, g glass. Then the side windows.
Outline = tuple[tuple[float, float, str], ...]
SHAPES: dict[str, tuple[Outline, tuple[tuple[float, float], ...], float, float]] = {
    "hatch": (((0.0, 0.28, "b"), (0.0, 0.85, "g"), (0.35, 1.40, "b"), (2.1, 1.45, "g"), (2.95, 0.98, "b"),
               (3.85, 0.80, "b"), (3.95, 0.30, "b")),
              ((0.35, 0.90), (0.62, 1.33), (2.05, 1.37), (2.75, 0.95)), 1.75, 0.31),
    "sedan": (((0.0, 0.30, "b"), (0.0, 0.92, "b"), (0.65, 0.98, "g"), (1.35, 1.40, "b"), (2.55, 1.42, "g"),
               (3.40, 0.97, "b"), (4.45, 0.80, "b"), (4.55, 0.30, "b")),
              ((0.95, 0.96), (1.45, 1.34), (2.50, 1.35), (3.15, 0.96)), 1.8, 0.32),
    "estate": (((0.0, 0.30, "b"), (0.0, 0.95, "g"), (0.30, 1.45, "b"), (2.7, 1.48, "g"), (3.50, 1.00, "b"),
                (4.50, 0.82, "b"), (4.60, 0.30, "b")),
               ((0.35, 0.98), (0.52, 1.38), (2.62, 1.40), (3.28, 0.98)), 1.8, 0.33),
    "suv": (((0.0, 0.38, "b"), (0.0, 1.05, "g"), (0.28, 1.66, "b"), (2.8, 1.70, "g"), (3.45, 1.15, "b"),
             (4.45, 1.00, "b"), (4.55, 0.38, "b")),
            ((0.35, 1.10), (0.52, 1.56), (2.70, 1.60), (3.22, 1.10)), 1.88, 0.37),
    "van": (((0.0, 0.35, "b"), (0.0, 1.15, "g"), (0.12, 1.92, "b"), (3.9, 1.95, "g"), (4.65, 1.20, "b"),
             (5.05, 1.00, "b"), (5.10, 0.35, "b")),
            ((2.75, 1.22), (2.75, 1.76), (3.80, 1.78), (4.35, 1.22)), 1.95, 0.35),
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """Where a vehicle stands: (along, up, across) of its own axes to the world. The nearest long side is across = 0.

    Along the street: x is the side towards the camera, z the near end; ahead: the vehicle's rear is the near end.
    Across the street: x is the left end, z the near side; ahead: the rear is the left end.
    """

    x: float
    z: float
    length: float
    width: float
    ahead: bool
    crosswise: bool = False

    def __call__(self, along: float, up: float, across: float) -> Point:
        a = along if self.ahead else self.length - along
        if self.crosswise:
            return (self.x + a, up, self.z + across)
        out = across if self.x > 0 else -across
        return (self.x + out, up, self.z + a)

    def side_plane(self) -> Plane:
        if self.crosswise:
            return Plane("z", max(self.z, 0.8))
        return Plane("x", self.x if abs(self.x) > 0.05 else 0.05)

    def end_plane(self) -> Plane:
        if self.crosswise:
            return Plane("z", max(self.z + self.width / 2, 0.8))
        return Plane("z", max(self.z, 0.8))


class Body:
    """Paints of one vehicle by color, all with its label and instance."""

    def __init__(self, canvas: Canvas, label: int, frame: Frame, high: float, planted: int = 0) -> None:
        self.canvas, self.frame, self.label, self.planted = canvas, frame, label, planted
        self.instance = canvas.new_instance(label)
        self._cast_shadow(high)
        self._paints: dict[tuple[Color, str, float, bool], int] = {}

    def paint(self, color: Color, face: str = "end", gain: float = 1.0, glow: bool = False) -> int:
        """face: "side", "end" or "top", which decides the light."""
        key = (color, face, gain, glow)
        if key not in self._paints:
            plane = self.frame.side_plane() if face == "side" else self.frame.end_plane()
            if face == "top":
                gain *= sum(self.canvas.lit(Plane("y", 0.0))) / max(sum(self.canvas.lit(plane)), 0.1)
            r, g, b = (min(1.0, c * 1.2 + 0.02) for c in color)
            self._paints[key] = self.canvas.paint(
                color, second=(r, g, b), tile="blotch", metres=(3, 1.5), label=self.label, plane=plane,
                instance=self.instance, planted=self.planted, gain=gain, glow=glow,
            )  # fmt: skip
        return self._paints[key]

    def fill(self, paint: int, corners: list[tuple[float, float, float]]) -> None:
        self.canvas.polygon(paint, [self.frame(*corner) for corner in corners])

    def end(self, paint: int, along: float, across: tuple[float, float], up: tuple[float, float]) -> None:
        """A rectangle on an end of the vehicle."""
        (a, b), (low, high) = across, up
        self.fill(paint, [(along, low, a), (along, low, b), (along, high, b), (along, high, a)])

    def side(self, paint: int, along: tuple[float, float], up: tuple[float, float], across: float = 0.0) -> None:
        """A rectangle on the long side."""
        (a, b), (low, high) = along, up
        self.fill(paint, [(a, low, across), (b, low, across), (b, high, across), (a, high, across)])

    def wheel(self, along: float, radius: float, rim: Color = (0.55, 0.56, 0.58)) -> None:
        if self.frame.z > SMALL:
            return
        for r, color in ((radius, TYRE), (radius * 0.58, rim)):
            circle = [
                (along + r * math.cos(k * math.pi / 6), radius + r * math.sin(k * math.pi / 6), 0.0) for k in range(12)
            ]
            self.fill(self.paint(color, "side"), circle)

    def _cast_shadow(self, high: float) -> None:
        f, m = self.frame, 0.15
        under = [(-m, 0.0, -m), (f.length + m, 0.0, -m), (f.length + m, 0.0, f.width + m), (-m, 0.0, f.width + m)]
        self.canvas.shadow([f(*corner) for corner in under])
        for c in (0.0, f.width):
            self.canvas.cast([f(0, 0.2, c), f(f.length, 0.2, c), f(f.length, high, c), f(0, high, c)])
        if f.z > SMALL:
            return
        for a in (0.0, f.length):
            self.canvas.cast([f(a, 0.2, 0), f(a, 0.2, f.width), f(a, high, f.width), f(a, high, 0)])

    def near_end(self) -> float:
        """The `along` of the end that the camera sees."""
        f = self.frame
        seen_left = f.x > 0 if f.crosswise else True
        return 0.0 if seen_left == f.ahead else f.length


def paint_car(canvas: Canvas, chance: Chance, frame: Frame, shape: str, braking: bool = False) -> None:
    """A car, from its far end to its near end, then the side that shows."""
    if not canvas.sees(frame.x, frame.z + frame.length, 1.0):
        return
    outline, window, _, wheel = SHAPES[shape]
    scale = frame.length / outline[-1][0]
    color = chance.tint(chance.pick(CAR_COLORS), 0.04)
    if shape == "van" and chance.true(0.5):
        color = (0.86, 0.86, 0.85)
    body = Body(canvas, 26, frame, outline[2][1])
    wide = frame.width
    pieces = list(pairwise(outline))
    if body.near_end() == 0.0:
        pieces.reverse()
    for across in (0.1, wide - 0.3):  # tyres under the near end
        body.end(body.paint(TYRE), abs(body.near_end() - 0.25), (across, across + 0.2), (0.0, 0.45))
    for (a0, y0, kind), (a1, y1, _) in pieces:
        steep = abs(y1 - y0) > abs(a1 - a0)
        face = "end" if steep else "top"
        tuck0, tuck1 = 0.13 * (y0 > 1.2), 0.13 * (y1 > 1.2)  # the cabin is narrower than the body
        quad = [(a0 * scale, y0, tuck0), (a0 * scale, y0, wide - tuck0), (a1 * scale, y1, wide - tuck1),
                (a1 * scale, y1, tuck1)]  # fmt: skip
        if kind == "g":
            body.fill(body.paint(color, face), quad)
            inset = [(a, y, c + (0.12 if c < wide / 2 else -0.12)) for a, y, c in quad]
            body.fill(body.paint(GLASS, face, 1.4), inset)
        else:
            body.fill(body.paint(color, face, 1.0 if steep else 0.9), quad)
    _paint_end(body, chance, braking, outline)
    lean = [(a * scale, y, 0.13 if y > 1.2 else 0.0) for a, y, _ in outline]
    body.fill(body.paint(color, "side"), lean)
    body.fill(body.paint(GLASS, "side", 1.1), [(a * scale, y, 0.1) for a, y in window])
    if frame.z > SMALL:
        return
    mid = sum(a for a, _ in window) / 4 * scale
    body.side(body.paint(color, "side", 0.75), (mid, mid + 0.08), (0.35, window[1][1]), 0.06)
    body.side(body.paint((0.07, 0.07, 0.08), "side"), (0.1, frame.length - 0.1), (0.24, 0.38))
    for along in (0.18, 0.8):
        body.wheel(along * frame.length + 0.05, wheel)


def _paint_end(body: Body, chance: Chance, braking: bool, outline: Outline) -> None:
    """Bumper, lights and number plate on the end that the camera sees."""
    along, wide = body.near_end(), body.frame.width
    rear = along == 0.0
    shoulder = outline[1][1] if rear else outline[-2][1]
    body.end(body.paint((0.10, 0.10, 0.11)), along, (0.02, wide - 0.02), (0.28, 0.46))
    low, high = shoulder - (0.3 if rear else 0.24), shoulder - 0.05
    color: Color = (0.85, 0.06, 0.05) if rear and braking else (0.48, 0.05, 0.05) if rear else (0.93, 0.93, 0.86)
    lamp = body.paint(color, glow=braking if rear else chance.true(0.3))
    for a in (0.06, wide - 0.4):
        body.end(lamp, along, (a, a + 0.34), (low, high))
    if body.frame.z > SMALL:
        return
    body.end(body.paint((0.85, 0.85, 0.80)), along, (wide / 2 - 0.26, wide / 2 + 0.26), (0.5, 0.61))
    if not rear:
        body.end(body.paint((0.07, 0.07, 0.08)), along, (0.5, wide - 0.5), (low, high))
