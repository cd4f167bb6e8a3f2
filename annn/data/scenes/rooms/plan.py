"""The plan of a room: its box, its style, and where there is still space on the floor and on the walls."""

import math
from dataclasses import dataclass, field

from annn.data.scenes.camera import Camera
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.light import RoomLight, ceiling_lamp
from annn.data.scenes.rooms.material import WALLS, WHITE, WOODS, Material, material, plain, shade
from annn.data.scenes.rooms.render import Walls
from annn.data.scenes.rooms.solids import Frame, Space

TURN = {"back": math.pi, "left": math.pi / 2, "right": -math.pi / 2}
TRIES = 14
LAP = 0.2  # metres that floor, walls and ceiling reach past each other
BEFORE_CAMERA = 0.95  # metres that stay free around the camera

Rect = tuple[float, float, float, float]  # a0, a1, b0, b1


@dataclass(kw_only=True)
class Plan:
    """A room being furnished. taken: rectangles on the floor (x0, x1, z0, z1); hung: per wall (a0, a1, low, high)."""

    chance: Chance
    camera: Camera
    space: Space
    walls: Walls
    light: RoomLight
    timber: Color
    second: Color
    paint: Color
    taken: list[Rect] = field(default_factory=list)
    hung: dict[str, list[Rect]] = field(default_factory=lambda: {wall: [] for wall in TURN})

    def against(self, wide: float, deep: float, high: float, *, low: float = 0.0, wall: str = "",
                front: float = 0.0, tries: int = TRIES) -> Frame | None:  # fmt: skip
        """A place at a wall for something of this size, `low` above the floor, `front` metres free before it.

        The frame stands on the floor at the wall and looks into the room. None where no place was found.
        """
        for _ in range(tries):
            side = wall or self.chance.pick(("back", "back", "left", "right"))
            start, end = (self.walls.x0, self.walls.x1) if side == "back" else (0.7, self.walls.z1)
            if end - start < wide + 0.02:
                continue
            a = self.chance.uniform(start + wide / 2 + 0.01, end - wide / 2 - 0.01)
            if self.chance.true(0.25):  # into a corner
                a = end - wide / 2 - 0.015
            frame = self._at_wall(side, a)
            rect = self._rect(frame, wide, (0.0, deep + front))
            if not self._on_wall_free(side, a, wide, low, low + high):
                continue
            if low < 0.5 and not self._floor_free(rect, high if deep > 0.1 else 0.0):
                continue
            if not self._sees(frame.world(0, low + high / 2, deep / 2)):
                continue
            if low < 0.5:
                self.taken.append(rect)
            self.hung[side].append((a - wide / 2, a + wide / 2, low, low + high))
            return frame
        return None

    def hang(self, wide: float, high: float, centre: float, *, wall: str = "") -> Frame | None:
        """A place on a wall for something flat around the height `centre`; the frame's origin is its middle."""
        frame = (
            self.against(wide + 0.1, 0.02, high, low=centre - high / 2, wall=wall) if centre - high / 2 > 0.5 else None
        )
        return None if frame is None else frame.sub(0, centre, 0)

    def stand(
        self, wide: float, deep: float, high: float, turn: float | None = None, tries: int = TRIES
    ) -> Frame | None:
        """A place anywhere on the floor, turned at random unless `turn` is given; the frame's origin is its middle."""
        reach = math.hypot(wide, deep) / 2 if turn is None else 0.0
        for _ in range(tries):
            x = self.chance.uniform(self.walls.x0 + 0.3, self.walls.x1 - 0.3)
            z = self.chance.uniform(1.0, self.walls.z1 - 0.3)
            angle = self.chance.uniform(0, 2 * math.pi) if turn is None else turn
            frame = self.space.frame(x, 0.0, z, angle)
            rect = (
                (x - reach, x + reach, z - reach, z + reach)
                if reach
                else self._rect(frame, wide, (-deep / 2, deep / 2))
            )
            if self._floor_free(rect, high) and self._sees((x, high / 2, z)):
                self.taken.append(rect)
                return frame
        return None

    def beside(self, frame: Frame, x: float, z: float, wide: float, deep: float, high: float) -> Frame | None:
        """The place at (x, z) of another frame, if it is free."""
        place = frame.sub(x, 0, z)
        rect = self._rect(place, wide, (0.0, deep))
        if not self._floor_free(rect, high):
            return None
        self.taken.append(rect)
        return place

    def _at_wall(self, side: str, a: float) -> Frame:
        if side == "back":
            return self.space.frame(a, 0.0, self.walls.z1, TURN[side])
        return self.space.frame(self.walls.x0 if side == "left" else self.walls.x1, 0.0, a, TURN[side])

    def _rect(self, frame: Frame, wide: float, z: tuple[float, float]) -> Rect:
        corners = [frame.world(x, 0, b) for x in (-wide / 2, wide / 2) for b in z]
        xs, zs = [p[0] for p in corners], [p[2] for p in corners]
        return (min(xs), max(xs), min(zs), max(zs))

    def _on_wall_free(self, side: str, a: float, wide: float, low: float, high: float) -> bool:
        return all(
            a + wide / 2 < a0 + 0.01 or a - wide / 2 > a1 - 0.01 or high < b0 + 0.01 or low > b1 - 0.01
            for a0, a1, b0, b1 in self.hung[side]
        )

    def _floor_free(self, rect: Rect, high: float) -> bool:
        x0, x1, z0, z1 = rect
        if x0 < self.walls.x0 - 0.02 or x1 > self.walls.x1 + 0.02 or z1 > self.walls.z1 + 0.02:
            return False
        near = math.hypot(max(x0, -x1, 0.0), max(z0, -z1, 0.0))
        if near < BEFORE_CAMERA + 0.55 * max(0.0, high - 0.6):
            return False
        return all(
            x1 < a0 + 0.02 or x0 > a1 - 0.02 or z1 < b0 + 0.02 or z0 > b1 - 0.02 for a0, a1, b0, b1 in self.taken
        )

    def _sees(self, point: tuple[float, float, float]) -> bool:
        pixel = self.camera.project([point])
        w, h = self.camera.width, self.camera.height
        return bool(pixel) and -0.04 * w < pixel[0][0] < 1.04 * w and -0.05 * h < pixel[0][1] < 1.05 * h


def draw_plan(chance: Chance, size: tuple[int, int], wide: tuple[float, float], deep: tuple[float, float],
              light: RoomLight) -> Plan:  # fmt: skip
    """An empty room, wide x deep metres within the given limits, with the camera near the middle of one side."""
    high = chance.uniform(2.4, 2.9)
    width, length = chance.uniform(*wide), chance.uniform(*deep)
    share = chance.uniform(0.28, 0.72)
    turn = chance.uniform(-0.4, 0.4) + (0.5 - share) * 1.2
    walls = Walls(-share * width, (1 - share) * width, -chance.uniform(0.3, 0.6), length, high)
    camera = Camera(
        width=size[1], height=size[0], focal=chance.uniform(0.72, 0.86), horizon=0.5, eye=chance.uniform(1.3, 1.7),
        yaw=turn, pitch=-chance.uniform(0.04, 0.34), roll=chance.uniform(-0.03, 0.03), mirrored=chance.true(0.5),
    )  # fmt: skip
    timber = chance.pick(WOODS)
    return Plan(
        chance=chance,
        camera=camera,
        space=Space(),
        walls=walls,
        light=light,
        timber=timber,
        second=timber if chance.true(0.6) else chance.pick(WOODS),
        paint=chance.tint(chance.pick(WALLS)),
    )


def build_shell(plan: Plan, floor: str, wall: str, cold: bool) -> None:
    """Floor, walls, ceiling, skirting and the room's own lamp. floor: "wood", "tiles", "carpet"; wall: "paint" or
    "tiles"; cold: a suspended ceiling with fluorescent panels."""
    chance, walls = plan.chance, plan.walls
    x0, x1, z0, z1, high = walls
    here = plan.space.frame(0, 0, 0)

    def add(label: int, surface: int, made: Material, *corners: tuple[float, float, float]) -> None:
        here.polygon(corners, made, label, surface=surface)

    # each face reaches past its edges, so that no pixel between two of them stays empty
    a0, a1, b0, b1, under, over = x0 - LAP, x1 + LAP, z0 - LAP, z1 + LAP, -LAP, high + LAP
    below = [(a0, 0.0, b0), (a1, 0.0, b0), (a1, 0.0, b1), (a0, 0.0, b1)]
    if chance.true(0.5):
        below = [*below[1:], below[0]]
    add(ids.FLOOR, 1, draw_floor(chance, floor), *below)
    papered = draw_wall(chance, wall, plan.paint)
    accent = draw_wall(chance, wall, chance.tint(chance.pick(WALLS))) if chance.true(0.15) else papered
    add(ids.WALL, 2, accent, (a0, under, z1), (a1, under, z1), (a1, over, z1), (a0, over, z1))
    add(ids.WALL, 3, papered, (x0, under, b0), (x0, under, b1), (x0, over, b1), (x0, over, b0))
    add(ids.WALL, 4, papered, (x1, under, b1), (x1, under, b0), (x1, over, b0), (x1, over, b1))
    top = chance.tint((0.88, 0.88, 0.86), 0.02)
    ceiling = material(top, shade(top, 0.8), "ceiling", (1.2, 1.2)) if cold else plain(chance, top, 0.01)
    add(ids.CEILING, 0, ceiling, (a0, high, b0), (a0, high, b1), (a1, high, b1), (a1, high, b0))
    if wall == "paint":
        trim = plain(chance, chance.pick(((0.9, 0.89, 0.86), plan.timber)))
        for a, b in (((x0, z1), (x1, z1)), ((x0, 0.3), (x0, z1)), ((x1, 0.3), (x1, z1))):
            d = 0.015
            here.box(
                (min(a[0], b[0]) - d, max(a[0], b[0]) + d),
                (0, 0.1),
                (min(a[1], b[1]) - d, max(a[1], b[1]) + d),
                trim,
                ids.WALL,
            )
    _hang_lamp(plan, cold)


def _hang_lamp(plan: Plan, cold: bool) -> None:
    chance, (x0, x1, _, z1, high) = plan.chance, plan.walls
    x, z = (x0 + x1) / 2 + chance.uniform(-0.4, 0.4), z1 * chance.uniform(0.4, 0.65)
    on = plan.light.mood != "day" or (cold and chance.true(0.5))
    glow = 3.0 if on else 0.1
    ceiling_lamp(plan.light, chance, (x, high - 0.3, z), cold)
    if cold:
        made = material((0.97, 0.98, 1.0), (0.85, 0.86, 0.9), "blotch", (1, 1), glow)
        for k in range(chance.integer(1, 3)):
            at = plan.space.frame(x, high - 0.012, z1 * (0.25 + 0.28 * k))
            for dx in (-1.2, 0.0, 1.2):
                at.level((dx - 0.3, dx + 0.3), 0, (-0.55, 0.55), made, ids.LIGHT)
        return
    bulb = material((1.0, 0.95, 0.85), (0.9, 0.8, 0.6), "shade", (0.6, 0.6), glow)
    drop = chance.pick((0.14, 0.14, 0.7))
    lamp = plan.space.frame(x, high - drop, z)
    label = ids.LAMP if drop > 0.5 else ids.LIGHT
    if drop > 0.5:
        lamp.turned([(0, 0.21, 0.21), (0.18, 0.06, 0.06)], bulb, label, sides=12)
        lamp.turned([(0.18, 0.008, 0.008), (drop, 0.008, 0.008)], plain(chance, WHITE), label, sides=4)
    else:
        lamp.turned([(0, 0.07, 0.07), (0.05, 0.15, 0.15), (drop, 0.16, 0.16)], bulb, label, sides=12)


def draw_floor(chance: Chance, kind: str) -> Material:
    """A floor of wood, tiles or carpet."""
    if kind == "wood":
        base = chance.tint(
            chance.pick(
                ((0.62, 0.42, 0.24), (0.5, 0.32, 0.18), (0.74, 0.56, 0.36), (0.36, 0.23, 0.15), (0.66, 0.5, 0.36))
            )
        )
        size = chance.uniform(0.7, 1.0)
        return material(base, shade(base, 0.6), chance.pick(("planks", "parquet")), (1.8 * size, size))
    if kind == "tiles":
        base = chance.tint(
            chance.pick(
                ((0.82, 0.80, 0.75), (0.70, 0.62, 0.52), (0.86, 0.86, 0.85), (0.6, 0.45, 0.36), (0.45, 0.46, 0.48))
            )
        )
        size = chance.uniform(0.9, 1.8)
        style = chance.pick(("tiles", "tiles", "checks"))
        return material(base, shade(base, 0.68 if style == "tiles" else chance.uniform(0.5, 0.9)), style, (size, size))
    base = chance.tint(
        chance.pick(
            (
                (0.62, 0.55, 0.45),
                (0.5, 0.48, 0.46),
                (0.42, 0.44, 0.5),
                (0.6, 0.42, 0.36),
                (0.45, 0.5, 0.42),
                (0.72, 0.66, 0.56),
            )
        )
    )
    return material(base, shade(base, 0.72), "carpet", (0.8, 0.8))


def draw_wall(chance: Chance, kind: str, base: Color) -> Material:
    """A painted, papered, tiled or brick wall."""
    if kind == "tiles":
        size = chance.uniform(0.5, 0.9)
        return material(base, shade(base, 0.8), chance.pick(("tiles", "tiles", "bricks")), (size, size))
    if kind == "brick":
        return material((0.62, 0.34, 0.26), (0.75, 0.7, 0.66), "bricks", (0.95, 0.62))
    style = chance.unit()
    if style < 0.84:
        return material(base, shade(base, 0.93), "blotch", (2.5, 2.5))
    other = shade(base, chance.uniform(0.84, 0.94))
    size = chance.uniform(0.3, 0.7)
    return material(base, other, chance.pick(("stripes", "damask")), (size, size))
