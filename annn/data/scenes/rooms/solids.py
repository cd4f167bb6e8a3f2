"""Furniture out of boxes, turned bodies and flat pieces, built in frames that stand anywhere in the room.

World axes are the camera's: X to the right, Y up from the floor, Z forward, in metres. A frame's own axes: x along
the furniture, y up, z from its back to its front.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from PIL import Image

from annn.data.scenes.camera import Point
from annn.data.scenes.rooms.material import Material

Span = tuple[float, float]
Ring = tuple[float, float, float]  # height, half width along x, half width along z


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """Where something stands: corners on the floor as (x, z), its height, and how dark it makes the floor (0..1)."""

    corners: tuple[tuple[float, float], ...]
    low: float
    high: float
    dark: float


@dataclass
class Space:
    """All faces of a room. A face is a flat convex polygon with its material, label id and the thing it belongs to."""

    points: list[Point] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)
    masks: dict[int, Image.Image] = field(default_factory=dict)
    footprints: list[Footprint] = field(default_factory=list)
    things: int = 0

    def add(
        self, corners: Sequence[Point], material: Material, label: int, thing: int, closed: bool, surface: int
    ) -> None:
        """closed: seen from the side only on which its corners run counter-clockwise. surface: 1 where it belongs to
        the room's own floor, walls and ceiling."""
        self.points.extend(corners)
        self.counts.append(len(corners))
        self.rows.append((*material, label, thing, closed, surface))

    def frame(self, x: float, y: float, z: float, turn: float = 0.0) -> "Frame":
        """A frame for a new thing whose front looks along Z, turned by `turn` radians towards X."""
        self.things += 1
        return Frame(space=self, x=x, y=y, z=z, turn=turn, thing=self.things)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """A place to build at: origin in the world, the turn of its z axis from Z towards X, and the thing being built."""

    space: Space
    x: float
    y: float
    z: float
    turn: float
    thing: int

    def world(self, x: float, y: float, z: float) -> Point:
        c, s = math.cos(self.turn), math.sin(self.turn)
        return (self.x + c * x + s * z, self.y + y, self.z - s * x + c * z)

    def sub(self, x: float, y: float, z: float, turn: float = 0.0, *, same: bool = False) -> "Frame":
        """A frame placed in this one; for a new thing unless `same`."""
        if not same:
            self.space.things += 1
        wx, wy, wz = self.world(x, y, z)
        thing = self.thing if same else self.space.things
        return Frame(space=self.space, x=wx, y=wy, z=wz, turn=self.turn + turn, thing=thing)

    def rest(self, x: Span, z: Span, high: float, dark: float = 1.0, low: float = 0.0) -> None:
        """Leaves a shadow around this footprint on the floor and on the walls close by."""
        corners = [self.world(a, 0, b) for a, b in ((x[0], z[0]), (x[1], z[0]), (x[1], z[1]), (x[0], z[1]))]
        self.space.footprints.append(Footprint(corners=tuple((p[0], p[2]) for p in corners), low=self.y + low,
                                               high=self.y + high, dark=dark))  # fmt: skip

    def polygon(self, corners: Sequence[Point], material: Material, label: int, *, closed: bool = False,
                surface: int = 0) -> None:  # fmt: skip
        """A flat polygon; its texture runs along its first edge."""
        c, s = math.cos(self.turn), math.sin(self.turn)
        ox, oy, oz = self.x, self.y, self.z
        world = [(ox + c * x + s * z, oy + y, oz - s * x + c * z) for x, y, z in corners]
        self.space.add(world, material, label, self.thing, closed, surface)

    def front(self, x: Span, y: Span, z: float, material: Material, label: int) -> None:
        """An upright rectangle that looks along the frame's z axis."""
        self.polygon([(x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z)], material, label)

    def level(self, x: Span, y: float, z: Span, material: Material, label: int) -> None:
        """A horizontal rectangle."""
        self.polygon([(x[0], y, z[1]), (x[1], y, z[1]), (x[1], y, z[0]), (x[0], y, z[0])], material, label)

    def stamp(self, mask: Image.Image, x: Span, y: Span, z: float, material: Material, label: int) -> None:
        """A ragged silhouette filling an upright rectangle."""
        self.space.masks[len(self.space.counts)] = mask
        self.front(x, y, z, material, label)

    def box(self, x: Span, y: Span, z: Span, material: Material, label: int, top: Material | None = None) -> None:
        """A closed box; `top` where its upper side is made of something else."""
        (x0, x1), (z0, z1) = x, z
        self.prism([(x0, z1), (x1, z1), (x1, z0), (x0, z0)], y, material, label, top)

    def prism(self, plan: Sequence[tuple[float, float]], y: Span, material: Material, label: int,
              top: Material | None = None, scale: float = 1.0) -> None:  # fmt: skip
        """A closed upright prism over a convex outline (x, z), counter-clockwise from above with z towards the viewer.

        scale: size of the upper outline relative to the lower one, about the outline's centre.
        """
        c, s = math.cos(self.turn), math.sin(self.turn)
        cx, cz = sum(p[0] for p in plan) / len(plan), sum(p[1] for p in plan) / len(plan)

        def ring(height: float, k: float) -> list[Point]:
            spread = [(cx + k * (a - cx), cz + k * (b - cz)) for a, b in plan]
            return [(self.x + c * a + s * b, self.y + height, self.z - s * a + c * b) for a, b in spread]

        low, high = ring(y[0], 1.0), ring(y[1], scale)
        add, thing = self.space.add, self.thing
        for k in range(len(plan)):
            n = (k + 1) % len(plan)
            add((low[k], low[n], high[n], high[k]), material, label, thing, True, 0)
        add(high, top or material, label, thing, True, 0)
        if self.y + y[0] > 1.0:  # else nobody sees it from below
            add(low[::-1], material, label, thing, True, 0)

    def turned(self, rings: Sequence[Ring], material: Material, label: int, *, x: float = 0.0, z: float = 0.0,
               sides: int = 10, top: Material | None = None) -> None:  # fmt: skip
        """A turned body: ellipses of the given half widths at rising heights, closed at the top."""
        step = 2 * math.pi / sides
        circle = [(math.cos(k * step), math.sin(k * step)) for k in range(sides)]
        c, s = math.cos(self.turn), math.sin(self.turn)
        world = [
            [(self.x + c * (x + a * wide) + s * (z + b * deep), self.y + high,
              self.z - s * (x + a * wide) + c * (z + b * deep)) for a, b in circle]
            for high, wide, deep in rings
        ]  # fmt: skip
        add, thing = self.space.add, self.thing
        for low, high in pairwise(world):
            for k in range(sides):
                n = (k + 1) % sides
                add((low[n], low[k], high[k], high[n]), material, label, thing, True, 0)
        add(world[-1][::-1], top or material, label, thing, True, 0)
        if self.y + rings[0][0] > 1.0:
            add(world[0], material, label, thing, True, 0)

    def bar(self, a: Point, b: Point, thick: float, material: Material, label: int) -> None:
        """A straight bar seen from the front, flat: for legs at a slant, handles and arms."""
        dx, dy = b[0] - a[0], b[1] - a[1]
        long = math.hypot(dx, dy) or 1.0
        nx, ny = -dy / long * thick / 2, dx / long * thick / 2
        self.polygon([(a[0] + nx, a[1] + ny, a[2]), (a[0] - nx, a[1] - ny, a[2]),
                      (b[0] - nx, b[1] - ny, b[2]), (b[0] + nx, b[1] + ny, b[2])], material, label)  # fmt: skip
