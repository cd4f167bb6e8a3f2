"""Drawing by class name: inks, upright figures with smooth outlines, boxes and turned bodies on the shared canvas."""

import itertools
import math
from collections.abc import Mapping, Sequence

from annn.data.scenes.camera import Pixel, Point
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.names import ID

Flat = tuple[float, float]  # right and up on a figure's own plane

# What the street generator's labels are called in COCO-Stuff. Signs have no class there: "street sign" was removed.
STREET: Mapping[int, int] = {
    number: ID[name]
    for number, name in enumerate((
        "unlabeled", "unlabeled", "unlabeled", "unlabeled", "structural-other", "unlabeled", "ground-other", "road",
        "pavement", "pavement", "railroad", "building-other", "wall-concrete", "fence", "railing", "bridge", "bridge",
        "metal", "metal", "traffic light", "unlabeled", "tree", "grass", "sky-other", "person", "person", "car",
        "truck", "bus", "truck", "truck", "train", "motorcycle", "bicycle",
    ))
}  # fmt: skip


def shaded(color: Color, gain: float) -> Color:
    """The color, brighter or darker, within 0..1."""
    r, g, b = (max(0.0, min(1.0, c * gain)) for c in color)
    return r, g, b


def mixed(a: Color, b: Color, share: float) -> Color:
    """share 0 gives a, 1 gives b."""
    r, g, c = (x + (y - x) * share for x, y in zip(a, b, strict=True))
    return r, g, c


def smooth(corners: Sequence[Flat], steps: int = 4) -> list[Flat]:
    """A closed Catmull-Rom curve through the corners."""
    n, out = len(corners), []
    for k in range(n):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (corners[(k + d) % n] for d in (-1, 0, 1, 2))
        for s in range(steps):
            t = s / steps
            a, b = -0.5 * t**3 + t**2 - 0.5 * t, 1.5 * t**3 - 2.5 * t**2 + 1
            c, d = -1.5 * t**3 + 2 * t**2 + 0.5 * t, 0.5 * t**3 - 0.5 * t**2
            out.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    return out


def oval(x: float, y: float, rx: float, ry: float, corners: int = 14, turn: float = 0.0) -> list[Flat]:
    """An ellipse, turned by `turn` radians."""
    c, s, step = math.cos(turn), math.sin(turn), 2 * math.pi / corners
    ring = [(rx * math.cos(k * step), ry * math.sin(k * step)) for k in range(corners)]
    return [(x + c * a - s * b, y + s * a + c * b) for a, b in ring]


def hull(points: Sequence[Pixel]) -> list[Pixel]:
    """Convex hull (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def chain(sequence: Sequence[Pixel]) -> list[Pixel]:
        kept: list[Pixel] = []
        for p in sequence:
            while len(kept) > 1 and (kept[-1][0] - kept[-2][0]) * (p[1] - kept[-2][1]) <= (
                kept[-1][1] - kept[-2][1]
            ) * (p[0] - kept[-2][0]):
                kept.pop()
            kept.append(p)
        return kept[:-1]

    return chain(ordered) + chain(ordered[::-1])


class Sketch(Canvas):
    """A canvas whose labels are COCO-Stuff ids, painted by name."""

    def ink(
        self,
        name: str,
        color: Color,
        *,
        z: float = 1.0,
        plane: Plane | None = None,
        second: Color | None = None,
        tile: str = "blotch",
        metres: float | tuple[float, float] = 1.0,
        origin: tuple[float, float] = (0.0, 0.0),
        gain: float = 1.0,
        glow: bool = False,
        grounded: bool = False,
    ) -> int:
        """A new paint, upright at depth z unless a plane is given; `second` is a darker shade unless given."""
        return self.paint(
            color,
            second=shaded(color, 0.78) if second is None else second,
            tile=tile,
            metres=metres if isinstance(metres, tuple) else (metres, metres),
            origin=origin,
            label=ID[name],
            plane=plane or Plane("z", max(z, 0.8)),
            gain=gain,
            glow=glow,
            grounded=grounded,
        )

    def street(self, changes: Mapping[int, str] | None = None) -> "Canvas":
        """The same canvas for the street generator's drawings: its label ids are translated on the way."""
        return _Translated(self, {**STREET, **{key: ID[name] for key, name in (changes or {}).items()}})

    def box(
        self,
        name: str,
        color: Color,
        x: tuple[float, float],
        y: tuple[float, float],
        z: tuple[float, float],
        *,
        second: Color | None = None,
        tile: str = "blotch",
        metres: float | tuple[float, float] = 1.0,
        gain: float = 1.0,
    ) -> None:
        """The faces of an axis-aligned box that the camera sees, between coordinates from, to on each axis."""
        (x0, x1), (y0, y1), (z0, z1) = x, y, z

        def face(plane: Plane, corners: list[Point], light: float) -> None:
            ink = self.ink(name, color, plane=plane, second=second, tile=tile, metres=metres, gain=gain * light)
            self.polygon(ink, corners)

        if y1 < self.camera.eye:
            face(Plane("y", y1), [(x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)], 1.0)
        elif y0 > self.camera.eye:
            face(Plane("y", y0), [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)], 0.7)
        for at, seen in ((x0, x0 > 0), (x1, x1 < 0)):
            if seen:
                face(Plane("x", at), [(at, y0, z0), (at, y0, z1), (at, y1, z1), (at, y1, z0)], 0.86)
        face(Plane("z", max(z0, 0.65)), [(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)], 1.0)

    def front(self, ink: int, x: tuple[float, float], y: tuple[float, float], z: float) -> None:
        """An upright rectangle facing the camera."""
        self.polygon(ink, [(x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z)])

    def ground(self, ink: int, x: tuple[float, float], z: tuple[float, float], y: float = 0.0) -> None:
        """A horizontal rectangle."""
        self.polygon(ink, [(x[0], y, z[0]), (x[1], y, z[0]), (x[1], y, z[1]), (x[0], y, z[1])])

    def polygon(self, paint: int, points: Sequence[Point]) -> None:
        """Fills a polygon given by world points."""
        self.pixels(paint, self.camera.project(list(points)))

    def disc(self, ink: int, x: float, y: float, z: float, rx: float, rz: float = 0.0, turn: float = 0.0) -> None:
        """A horizontal ellipse."""
        self.polygon(ink, [(a, y, b) for a, b in oval(x, z, rx, rz or rx, 20, turn)])

    def turned(self, name: str, color: Color, x: float, z: float, profile: Sequence[Flat], gain: float = 1.0) -> None:
        """A body turned on a lathe, seen from above: profile of (radius, height) upwards, lit from the left."""
        body = [self.ink(name, color, z=z, gain=gain * g, second=shaded(color, 0.9)) for g in (0.72, 0.95, 1.12)]
        for (r0, y0), (r1, y1) in itertools.pairwise(profile):
            for ink, shift, share in zip(body, (0.0, -0.1, -0.38), (1.0, 0.84, 0.4), strict=True):
                ends: list[Pixel] = []
                for r, y in ((r0, y0), (r1, y1)):
                    ends += self.camera.project(
                        [(a, y, b) for a, b in oval(x + r * shift, z, r * share, r * share, 16)]
                    )
                self.pixels(ink, hull(ends))

    def stain(self, x: float, z: float, rx: float, rz: float, strength: float = 0.7) -> None:
        """The soft dark spot where something touches the ground."""
        self.shadow([(a, 0.0, b) for a, b in oval(x, z, rx, rz, 12)], strength)


class _Translated(Canvas):
    """Another canvas's own state, with labels translated as they are painted."""

    def __init__(self, canvas: Canvas, labels: Mapping[int, int]) -> None:
        self.__dict__ = canvas.__dict__
        self._labels = labels

    def paint(self, color: Color, *, label: int, **rest) -> int:  # type: ignore[override]
        rest["instance"] = None
        return super().paint(color, label=self._labels[label], **rest)


class Drawing:
    """Flat drawing on an upright plane at (x, z): right and up from the foot point, times `size` metres."""

    def __init__(
        self,
        sketch: Sketch,
        name: str,
        x: float,
        z: float,
        *,
        foot: float = 0.0,
        size: float = 1.0,
        facing: int = 1,
        turn: float = 0.0,
    ) -> None:
        self.sketch, self.name, self.x, self.z = sketch, name, x, z
        self.foot, self.size, self.facing = foot, size, facing
        self._cos, self._sin = math.cos(turn), math.sin(turn)

    def ink(
        self,
        color: Color,
        gain: float = 1.2,
        *,
        name: str = "",
        second: Color | None = None,
        tile: str = "blotch",
        metres: float = 0.5,
        glow: bool = False,
    ) -> int:
        return self.sketch.ink(name or self.name, color, z=self.z, second=second, tile=tile,
                               metres=metres * self.size, gain=gain, glow=glow)  # fmt: skip

    def at(self, right: float, up: float) -> Point:
        a, b = self._cos * right - self._sin * up, self._sin * right + self._cos * up
        return (self.x + a * self.size * self.facing, self.foot + b * self.size, self.z)

    def fill(self, ink: int, corners: Sequence[Flat]) -> None:
        self.sketch.polygon(ink, [self.at(*corner) for corner in corners])

    def smooth(self, ink: int, corners: Sequence[Flat]) -> None:
        self.fill(ink, smooth(corners))

    def body(self, color: Color, corners: Sequence[Flat], **look) -> None:
        """A rounded body: the outline in shade, and most of it again, higher up, in light."""
        self.smooth(self.ink(shaded(color, 0.72), **look), corners)
        cx, cy = (sum(c[k] for c in corners) / len(corners) for k in (0, 1))
        top = max(y for _, y in corners)
        lift = 0.06 * (top - min(y for _, y in corners))
        inner = [(cx + (x - cx) * 0.95, min(top, cy + (y - cy) * 0.86 + lift)) for x, y in corners]
        self.smooth(self.ink(color, **look), inner)

    def disc(self, ink: int, x: float, y: float, rx: float, ry: float = 0.0, turn: float = 0.0) -> None:
        self.fill(ink, oval(x, y, rx, ry or rx, 14, turn))

    def limb(self, ink: int, joints: Sequence[Flat], widths: Sequence[float]) -> None:
        """A bent, tapering limb through the joints, with round ends."""
        for (a, b), (w0, w1) in zip(itertools.pairwise(joints), itertools.pairwise(widths),
                                    strict=False):  # fmt: skip
            dx, dy = b[0] - a[0], b[1] - a[1]
            long = math.hypot(dx, dy) or 1.0
            nx, ny = -dy / long / 2, dx / long / 2
            self.fill(ink, [(a[0] + nx * w0, a[1] + ny * w0), (a[0] - nx * w0, a[1] - ny * w0),
                            (b[0] - nx * w1, b[1] - ny * w1), (b[0] + nx * w1, b[1] + ny * w1)])  # fmt: skip
        for (x, y), w in zip(joints, widths, strict=False):
            self.fill(ink, oval(x, y, w / 2, w / 2, 8))

    def line(self, ink: int, a: Flat, b: Flat, width: float) -> None:
        self.limb(ink, (a, b), (width, width))

    def cast(self, outline: Sequence[Flat], strength: float = 0.9) -> None:
        """The shadow on the ground of an outline of this drawing."""
        if self.foot < 0.5:
            self.sketch.cast([self.at(*corner) for corner in outline], strength)
