"""What rooms of several kinds share: doors, windows, pictures, lamps, rugs, loose things and people."""

import math

from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.clutter import (
    build_bag,
    build_box,
    build_lamp,
    build_plant,
)
from annn.data.scenes.rooms.light import Lamp
from annn.data.scenes.rooms.material import DARK, STEEL, fabric, material, plain
from annn.data.scenes.rooms.openings import (
    build_door,
    build_picture,
    build_window,
)
from annn.data.scenes.rooms.plan import Plan
from annn.data.scenes.rooms.seats import build_chair, build_office_chair, lump
from annn.data.scenes.rooms.solids import Frame
from annn.data.scenes.rooms.tables import build_person


def add_door(plan: Plan, chance_of: float) -> None:
    if plan.chance.true(chance_of) and (at := plan.against(1.04, 0.06, 2.1, front=0.4, tries=40)):
        build_door(at, plan.chance, plan.chance.pick((plan.timber, (0.9, 0.89, 0.86), (0.55, 0.36, 0.22))))


def add_window(plan: Plan, covers: tuple[str, ...], low: float = 0.0, wall: str = "") -> None:
    chance = plan.chance
    wide, sill = chance.uniform(0.8, 1.7), low or chance.uniform(0.75, 1.0)
    high = min(chance.uniform(1.1, 1.4), plan.walls.high - sill - 0.3)
    if at := plan.against(wide + 0.45, 0.1, high, low=sill, wall=wall):
        build_window(at, chance, plan.light, wide, sill, sill + high, chance.pick(covers))


def add_pictures(plan: Plan, most: int) -> None:
    chance = plan.chance
    for _ in range(chance.integer(0, most)):
        wide, high = chance.uniform(0.25, 0.8), chance.uniform(0.3, 0.6)
        if at := plan.hang(wide, high, chance.uniform(1.45, 1.75)):
            build_picture(at, chance, wide, high)


def _shine(plan: Plan, at: Frame, high: float) -> bool:
    """Whether the lamp here is lit; if so, it lights the room."""
    if plan.light.mood == "day" or plan.chance.true(0.3):
        return False
    plan.light.lamps.append(Lamp(at.world(0, high, 0), (0.8, 0.58, 0.32), 0.7))
    return True


def add_table_lamp(plan: Plan, at: Frame) -> None:
    high = plan.chance.uniform(0.38, 0.55)
    build_lamp(at, plan.chance, high, _shine(plan, at, high))


def add_floor_lamp(plan: Plan) -> None:
    if at := plan.against(0.4, 0.4, 1.6):
        foot = at.sub(0, 0, 0.22)
        high = plan.chance.uniform(1.4, 1.7)
        build_lamp(foot, plan.chance, high, _shine(plan, foot, high))


def add_rug(plan: Plan, wide: float, deep: float, at: Frame | None = None) -> None:
    chance, walls = plan.chance, plan.walls
    place = at or plan.space.frame(
        chance.uniform(-0.5, 0.5) + (walls.x0 + walls.x1) / 2, 0, walls.z1 * chance.uniform(0.4, 0.6)
    )
    a, b = fabric(chance), fabric(chance)
    made = (
        material(tuple(c**0.5 for c in a[:3]), tuple(c**0.5 for c in b[:3]), "rug", (wide, deep))
        if chance.true(0.7)
        else a
    )  # type: ignore[arg-type]
    place.box((-wide / 2, wide / 2), (0.0, 0.012), (-deep / 2, deep / 2), made, ids.FLOOR_MAT)


def scatter(plan: Plan, *, boxes: int = 0, bags: int = 0, bins: int = 0, clothes: int = 0, plants: int = 0) -> None:
    """Loose things on the floor, each with even odds."""
    chance = plan.chance
    for _ in range(boxes):
        if chance.true(0.5) and (at := plan.stand(0.5, 0.5, 0.4)):
            high = chance.uniform(0.2, 0.42)
            build_box(at.sub(0, 0, -0.2), chance, chance.uniform(0.3, 0.5), high, chance.uniform(0.28, 0.4))
            if chance.true(0.35):
                build_box(at.sub(0, high, -0.15, 0.2), chance, 0.3, 0.2, 0.26)
    for _ in range(bags):
        if chance.true(0.5) and (at := plan.stand(0.45, 0.35, 0.4)):
            build_bag(at, chance)
    for _ in range(bins):
        if chance.true(0.6) and (at := plan.against(0.3, 0.3, 0.4)):
            label = ids.GARBAGE_BIN if chance.true(0.7) else ids.BASKET
            made = plain(chance, chance.pick((DARK, STEEL, (0.2, 0.3, 0.5), (0.6, 0.45, 0.28))))
            at.turned([(0, 0.1, 0.1), (0.34, 0.14, 0.14)], made, label, z=0.16, sides=10, top=material((0.1, 0.1, 0.1)))
            at.rest((-0.13, 0.13), (0.03, 0.29), 0.34, 0.9)
    for _ in range(clothes):
        if chance.true(0.5) and (at := plan.stand(0.5, 0.5, 0.1)):
            lump(at, chance)
    for _ in range(plants):
        if chance.true(0.5) and (at := plan.against(0.5, 0.5, 1.2)):
            build_plant(at.sub(0, 0, 0.25), chance, chance.uniform(0.7, 1.4))


def add_person(plan: Plan, chance_of: float) -> None:
    if plan.chance.true(chance_of) and (at := plan.stand(0.6, 0.5, 1.7)):
        build_person(at, plan.chance, False)


def seat_around(plan: Plan, table: Frame, wide: float, deep: float, people: float, office: bool = False) -> None:
    """Chairs around a table whose back edge is the frame's z = 0, some with a person."""
    chance = plan.chance
    style = chance.pick((plan.timber, plan.second))
    count = max(1, int(wide / 0.62))
    for k in range(count):
        x = (k + 0.5) * wide / count - wide / 2
        for z, turn in ((-0.28, 0.0), (deep + 0.28, math.pi)):
            if chance.true(0.8):
                angle = turn + chance.uniform(-0.3, 0.3)
                seat = table.sub(x + chance.uniform(-0.06, 0.06), 0, z, angle)
                place = seat.sub(0, 0, -0.2, same=True)
                if office:
                    build_office_chair(place, chance)
                else:
                    build_chair(place, chance, style)
                if chance.true(people):
                    build_person(seat.sub(0, 0, 0.0), chance, True)
