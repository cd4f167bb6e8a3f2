"""Rooms outside the home: office, classroom, conference room, bookstore, storeroom."""

from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.bath import build_washer
from annn.data.scenes.rooms.clutter import build_bag, build_clock, build_folded, build_papers, build_pile, clutter_top
from annn.data.scenes.rooms.dressing import add_door, add_person, add_pictures, add_window, scatter, seat_around
from annn.data.scenes.rooms.material import DARK, STEEL, plain
from annn.data.scenes.rooms.openings import (
    build_board,
    build_hooks,
    build_screen,
    build_vent,
    build_whiteboard,
)
from annn.data.scenes.rooms.plan import Plan
from annn.data.scenes.rooms.seats import build_chair, build_office_chair
from annn.data.scenes.rooms.storage import build_bookshelf, build_filing, build_shelves
from annn.data.scenes.rooms.tables import build_desk, build_person, build_table, build_television


def add_board(plan: Plan, wide: float) -> None:
    """A whiteboard, or a projector screen over it."""
    chance = plan.chance
    high = chance.uniform(0.9, 1.2)
    if at := plan.hang(wide, high, 1.5):
        if chance.true(0.75):
            build_whiteboard(at, chance, wide, high)
        else:
            build_screen(at, chance, wide * 0.9, high, plan.chance.true(0.6))


def add_fittings(plan: Plan) -> None:
    """Clock, vent, cork board."""
    chance = plan.chance
    if chance.true(0.4) and (at := plan.hang(0.3, 0.3, 2.15)):
        build_clock(at, chance)
    if chance.true(0.4) and (at := plan.hang(0.4, 0.25, 2.25)):
        build_vent(at, chance)
    if chance.true(0.5) and (at := plan.hang(1.1, 0.8, 1.5)):
        build_board(at, chance, 1.0, 0.75)


def furnish_office(plan: Plan) -> None:
    chance = plan.chance
    add_window(plan, ("blinds", "blinds", "blinds", ""))
    for _ in range(chance.integer(2, 3)):
        if at := plan.against(1.6, 0.7, 0.9, front=0.4, tries=60):
            build_desk(at, chance, chance.uniform(1.2, 1.55), plan.timber, False, 0.95)
            seat = at.sub(chance.uniform(-0.2, 0.2), 0, 1.15, 3.14 + chance.uniform(-0.6, 0.6))
            build_office_chair(seat, chance)
            if chance.true(0.2):
                build_person(seat.sub(0, 0, 0.2), chance, True)
    if chance.true(0.75):
        add_board(plan, chance.uniform(1.0, 1.7))
    for _ in range(chance.integer(0, 2)):
        if at := plan.against(0.5, 0.64, 1.35):
            build_filing(at, chance)
    if chance.true(0.75) and (at := plan.against(0.95, 0.32, 1.9)):
        build_bookshelf(at, chance, 0.93, chance.uniform(1.2, 2.05), plan.second)
    add_door(plan, 0.8)
    add_fittings(plan)
    add_pictures(plan, 2)
    scatter(plan, boxes=2, bags=1, bins=1, plants=1)
    add_person(plan, 0.12)


def furnish_classroom(plan: Plan) -> None:
    chance = plan.chance
    add_board(plan, chance.uniform(1.8, 2.8))
    for _ in range(chance.integer(1, 2)):
        add_window(plan, ("blinds", "blinds", ""), 0.9, chance.pick(("left", "right")))
    color = chance.pick(((0.76, 0.60, 0.40), (0.85, 0.82, 0.76), (0.66, 0.5, 0.34)))
    turn = chance.pick((0.0, 3.14159))
    for row in range(2):
        z = 1.9 + 1.5 * row
        for x in (-1.5, 0.0, 1.5):
            at = plan.space.frame(x + chance.uniform(-0.1, 0.1), 0, z, turn)
            place = plan.beside(at, 0, -0.3, 1.2, 1.2, 0.75)
            if place and chance.true(0.9):
                build_table(place, chance, 1.15, 0.5, 0.74, color, 0)
                for dx in (-0.28, 0.28):
                    if chance.true(0.85):
                        seat = place.sub(dx, 0, 1.0, 3.14159 + chance.uniform(-0.25, 0.25))
                        build_chair(seat, chance, color, 0.8)
                        if chance.true(0.22):
                            build_person(seat.sub(0, 0, 0.2), chance, True)
                if chance.true(0.6):
                    build_papers(place.sub(chance.uniform(-0.4, 0.4), 0.74, 0.25), chance)
                if chance.true(0.4):
                    build_pile(place.sub(chance.uniform(-0.4, 0.4), 0.74, 0.25), chance)
                if chance.true(0.2):
                    build_bag(place.sub(chance.uniform(-0.4, 0.4), 0.74, 0.25), chance)
    if chance.true(0.3) and (at := plan.against(1.2, 0.35, 1.2)):
        build_bookshelf(at, chance, 1.15, 1.05, plan.timber)
    add_door(plan, 0.8)
    add_fittings(plan)
    scatter(plan, bags=2, bins=1, boxes=1)
    add_person(plan, 0.35)


def furnish_conference_room(plan: Plan) -> None:
    chance = plan.chance
    add_board(plan, chance.uniform(1.4, 2.2))
    add_window(plan, ("blinds", "blinds", "curtain", ""))
    wide = chance.uniform(1.8, 2.6)
    for turn in (1.5708, 0.0):
        if at := plan.stand(wide, 2.0, 0.75, turn, 30):
            table = at.sub(0, 0, -0.5, same=True)
            build_table(table, chance, wide, 1.0, 0.74, plan.timber, 3)
            seat_around(plan, table, wide, 1.0, 0.12, True)
            for x in (-0.6, 0.1, 0.6):
                if chance.true(0.5):
                    build_papers(table.sub(x, 0.74, chance.uniform(0.2, 0.8)), chance)
            break
    if chance.true(0.5) and (at := plan.hang(1.3, 0.8, 1.5)):
        build_television(at.sub(0, -0.4, 0.06), chance, 1.2)
    add_door(plan, 0.8)
    add_fittings(plan)
    add_pictures(plan, 2)
    scatter(plan, bags=1, bins=1, plants=2)
    add_person(plan, 0.2)


def furnish_bookstore(plan: Plan) -> None:
    chance = plan.chance
    for _ in range(chance.integer(3, 6)):
        wide = chance.uniform(0.95, 1.5)
        if at := plan.against(wide, 0.35, 2.0, tries=60):
            build_bookshelf(at, chance, wide - 0.03, chance.uniform(1.7, 2.1), plan.timber, 0.96)
    for _ in range(chance.integer(1, 2)):
        if at := plan.stand(1.5, 0.9, 0.8, chance.pick((0.0, 1.57))):
            table = at.sub(0, 0, -0.4, same=True)
            build_table(table, chance, 1.3, 0.8, 0.75, plan.timber, 0)
            for x in (-0.5, -0.2, 0.1, 0.45):
                for z in (0.2, 0.55):
                    if chance.true(0.8):
                        build_pile(table.sub(x, 0.75, z), chance)
    add_door(plan, 0.5)
    add_pictures(plan, 3)
    add_window(plan, ("", "blinds"))
    scatter(plan, boxes=2, bags=1, bins=1)
    add_person(plan, 0.5)
    add_person(plan, 0.2)


def furnish_storage(plan: Plan) -> None:
    chance = plan.chance
    for _ in range(chance.integer(1, 3)):
        wide = chance.uniform(0.9, 1.6)
        if at := plan.against(wide, 0.45, 1.9, tries=60):
            build_shelves(at, chance, wide, chance.uniform(1.4, 2.0), True)
    if chance.true(0.5) and (at := plan.against(0.62, 0.6, 0.9)):
        build_washer(at, chance)
        build_folded(at.sub(-0.1, 0.86, 0.3), chance, ids.TOWEL if chance.true(0.5) else ids.CLOTHES)
    if chance.true(0.6) and (at := plan.hang(0.9, 1.0, 1.4)):
        build_hooks(at.sub(0, 0.45, 0), chance)
    if chance.true(0.4) and (at := plan.against(0.5, 0.4, 2.0)):
        made = plain(chance, STEEL)
        for x in (-0.2, 0.2):
            at.polygon(
                [(x - 0.025, 0, 0.4), (x + 0.025, 0, 0.4), (x + 0.02, 1.9, 0.03), (x - 0.02, 1.9, 0.03)],
                made,
                ids.LADDER,
            )
        for k in range(6):
            y = 0.25 + 0.28 * k
            z = 0.4 - 0.37 * y / 1.9
            at.box((-0.2, 0.2), (y, y + 0.035), (z - 0.04, z + 0.01), made, ids.LADDER)
    x0, x1, _, z1, high = plan.walls
    if chance.true(0.7):
        for k in range(chance.integer(1, 3)):
            pipe = plan.space.frame(0, high - 0.14 - 0.1 * k, z1 - 0.15 - 0.2 * k)
            pipe.box(
                (x0, x1), (0, 0.06), (0, 0.06), plain(chance, chance.pick((STEEL, (0.6, 0.4, 0.3), DARK))), ids.PIPE
            )
    if chance.true(0.4) and (at := plan.against(1.3, 0.7, 1.0)):
        build_table(at, chance, 1.2, 0.65, 0.8, plan.timber, 0)
        clutter_top(at.sub(0, 0.8, 0.3, same=True), chance, 1.0, 0.4, "storage")
    if chance.true(0.4):
        add_window(plan, ("", "blinds"), 1.5)
    add_door(plan, 0.8)
    if chance.true(0.3) and (at := plan.stand(0.5, 0.5, 0.9)):
        build_chair(at, chance, plan.timber)
    scatter(plan, boxes=6, bags=3, bins=1, clothes=1)
    add_person(plan, 0.08)
