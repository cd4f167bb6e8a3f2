"""Rooms of a home: bedroom, living room, kitchen, bathroom, dining room, home office, playroom."""

from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.bath import (
    build_pedestal,
    build_toilet,
    build_towel,
    build_tub,
    build_wash_stand,
    build_washer,
)
from annn.data.scenes.rooms.clutter import build_clock, build_folded, build_pile, clutter_top
from annn.data.scenes.rooms.dressing import (
    add_door,
    add_floor_lamp,
    add_person,
    add_pictures,
    add_rug,
    add_table_lamp,
    add_window,
    scatter,
    seat_around,
)
from annn.data.scenes.rooms.material import fabric, material, plain, wood
from annn.data.scenes.rooms.openings import build_fireplace, build_hooks, build_mirror, build_vent
from annn.data.scenes.rooms.plan import Plan, draw_wall
from annn.data.scenes.rooms.seats import build_bed, build_chair, build_office_chair, build_sofa, build_stool, lump
from annn.data.scenes.rooms.storage import (
    build_bookshelf,
    build_chest,
    build_fridge,
    build_wall_shelf,
    build_wardrobe,
)
from annn.data.scenes.rooms.tables import build_counter, build_desk, build_media, build_table, build_television

MANY = 80  # tries for what makes a room the kind that it is


def add_dresser(plan: Plan) -> None:
    """A dresser with a mirror, a lamp or a television on it."""
    chance = plan.chance
    wide, high = chance.uniform(0.9, 1.5), chance.uniform(0.75, 1.1)
    at = plan.against(wide, 0.48, high, front=0.3)
    if not at:
        return
    build_chest(at, chance, wide, high, 0.46, ids.DRESSER, plan.timber, 2 if wide > 1.1 else 1, chance.integer(3, 4))
    top = at.sub(0, high, 0.22, same=True)
    choice = chance.unit()
    if choice < 0.45:
        build_mirror(at.sub(0, high + 0.45, 0.03), chance, wide * 0.6, 0.75)
        clutter_top(top, chance, wide * 0.8, 0.2, "bath", 3)
    elif choice < 0.7:
        build_television(top.sub(0, 0, 0), chance, min(0.8, wide * 0.8))
    else:
        clutter_top(top, chance, wide * 0.6, 0.2, "shelf", 3)
        add_table_lamp(plan, top.sub(-wide * 0.36, 0, 0))


def furnish_bedroom(plan: Plan) -> None:
    chance = plan.chance
    wide = chance.pick((0.95, 1.4, 1.6, 1.8))
    if bed := plan.against(wide + 0.1, 2.1, 0.9, tries=MANY):
        build_bed(bed, chance, wide, plan.timber)
        for side in (-1, 1):
            table = plan.beside(bed, side * (wide / 2 + 0.34), 0.0, 0.5, 0.42, 0.6)
            if table and chance.true(0.85):
                high = chance.uniform(0.5, 0.65)
                build_chest(table, chance, 0.46, high, 0.4, ids.NIGHT_STAND, plan.timber, 1, chance.integer(1, 3))
                if chance.true(0.7):
                    add_table_lamp(plan, table.sub(-0.06, high, 0.16))
                if chance.true(0.6):
                    build_pile(table.sub(0.1, high, 0.26), chance)
        if chance.true(0.4):
            add_rug(plan, wide + 0.9, 1.4, bed.sub(0, 0, 1.8))
    add_window(plan, ("curtain", "curtain", "blinds", ""))
    add_dresser(plan)
    if chance.true(0.5) and (at := plan.against(1.0, 0.62, 2.1, front=0.3)):
        build_wardrobe(at, chance, 0.98, plan.second)
    if chance.true(0.4) and (at := plan.against(1.1, 0.7, 0.8, front=0.5)):
        build_desk(at, chance, 1.05, plan.second, plan.light.mood != "day")
        build_chair(at.sub(chance.uniform(-0.1, 0.1), 0, 1.1, 3.14), chance, plan.second)
    if chance.true(0.5) and (at := plan.stand(0.55, 0.55, 0.9)):
        build_chair(at.sub(0, 0, -0.22, same=True), chance)
        if chance.true(0.8):
            lump(at.sub(0, 0.47, 0), chance)
    if chance.true(0.35) and (at := plan.hang(0.9, 1.0, 1.4)):
        build_hooks(at.sub(0, 0.45, 0), chance)
    if chance.true(0.3) and (at := plan.against(0.8, 0.3, 1.8)):
        build_bookshelf(at, chance, 0.78, chance.uniform(1.2, 1.9), plan.second, 0.7)
    add_door(plan, 0.7)
    add_pictures(plan, 4)
    scatter(plan, boxes=1, bags=2, bins=1, clothes=2)
    add_person(plan, 0.06)


def furnish_living_room(plan: Plan) -> None:
    chance = plan.chance
    add_window(plan, ("curtain", "curtain", "blinds", ""))
    if chance.true(0.3) and (at := plan.against(1.7, 0.35, 1.2, front=0.6)):
        build_fireplace(at, chance)
        clutter_top(at.sub(0, 1.17, 0.16, same=True), chance, 1.2, 0.12, "shelf", 3)
    wide = chance.pick((1.6, 1.9, 2.2))
    if sofa := plan.against(wide, 0.95, 0.9, tries=MANY):
        build_sofa(sofa, chance, wide)
        if table := plan.beside(sofa, 0.0, 1.3, 1.1, 0.6, 0.45):
            build_table(table, chance, chance.uniform(0.8, 1.1), 0.6, chance.uniform(0.38, 0.46), plan.timber)
        if chance.true(0.65):
            add_rug(plan, 2.2, 1.5, sofa.sub(0, 0, 1.5))
        for side in (-1, 1):
            if chance.true(0.5) and (end := plan.beside(sofa, side * (wide / 2 + 0.32), 0.05, 0.5, 0.5, 0.6)):
                build_table(end, chance, 0.48, 0.48, 0.55, plan.timber, 1)
                add_table_lamp(plan, end.sub(0, 0.55, 0.24))
    for _ in range(chance.integer(0, 2)):
        if at := plan.against(1.0, 0.95, 0.9):
            build_sofa(at, chance, chance.uniform(0.85, 0.98))
    if chance.true(0.7) and (at := plan.against(1.5, 0.5, 0.9, tries=MANY)):
        build_media(at, chance, chance.uniform(1.1, 1.45), plan.second)
    if chance.true(0.55) and (at := plan.against(1.0, 0.32, 1.9)):
        build_bookshelf(at, chance, 0.98, chance.uniform(1.3, 2.05), plan.timber)
    if chance.true(0.35) and (at := plan.against(1.0, 0.25, 0.4, low=1.3)):
        build_wall_shelf(at.sub(0, 1.35, 0), chance, 0.9)
    if chance.true(0.6):
        add_floor_lamp(plan)
    add_door(plan, 0.6)
    add_pictures(plan, 4)
    if chance.true(0.2) and (at := plan.hang(0.7, 0.9, 1.5)):
        build_mirror(at, chance, 0.6, 0.8)
    scatter(plan, boxes=1, bags=1, plants=2)
    if chance.true(0.3) and (at := plan.stand(0.5, 0.5, 0.4)):
        cloth = fabric(chance)
        at.turned([(0.05, 0.26, 0.26), (0.36, 0.28, 0.28), (0.42, 0.24, 0.24)], cloth, ids.STAND, sides=12)
        at.rest((-0.25, 0.25), (-0.25, 0.25), 0.4, 0.9)
    add_person(plan, 0.12)


def furnish_kitchen(plan: Plan) -> None:
    chance = plan.chance
    color = chance.tint(
        chance.pick(((0.88, 0.87, 0.83), (0.62, 0.42, 0.24), (0.45, 0.28, 0.16), (0.75, 0.58, 0.38), (0.5, 0.58, 0.56)))
    )
    stone = material(
        chance.tint(chance.pick(((0.25, 0.24, 0.23), (0.75, 0.72, 0.66), (0.5, 0.45, 0.4)))),
        (0.55, 0.52, 0.48),
        chance.pick(("marble", "grain")),
        (0.5, 0.5),
    )
    side = chance.pick(("left", "right"))
    if at := plan.against(0.8, 0.72, 1.85, tries=MANY):
        build_fridge(at, chance)
    long = (plan.walls.x1 - plan.walls.x0) - 0.05
    over_sink = chance.true(0.5)
    for wall, wide in (("back", min(long, chance.uniform(1.8, 3.2))), (side, chance.uniform(1.2, 2.2))):
        for size in (wide, 1.2):
            high = 0.95 if over_sink and wall == "back" else 2.2
            if at := plan.against(size, 0.62, high, wall=wall, tries=MANY):
                build_counter(at, chance, size, color, stone, wall == "back", chance.true(0.7), high > 1)
                break
    if over_sink:
        add_window(plan, ("blinds", "", "curtain"), 1.12, "back")
    else:
        add_window(plan, ("blinds", "curtain", ""))
    if chance.true(0.65) and (at := plan.stand(1.0, 1.8, 0.75, chance.pick((0.0, 1.57)))):
        wide, deep = (0.9, 0.9) if chance.true(0.5) else (1.2, 0.75)
        table = at.sub(0, 0, -deep / 2, same=True)
        build_table(table, chance, wide, deep, 0.74, plan.timber)
        seat_around(plan, table, wide, deep, 0.06)
    elif chance.true(0.5) and (at := plan.stand(0.4, 0.4, 0.7)):
        build_stool(at, chance)
    if at := plan.hang(0.5, 0.6, 1.0):
        build_towel(at.sub(0, 0.25, 0), chance)
    if chance.true(0.4):
        add_rug(plan, 1.2, 0.6)
    if chance.true(0.3) and (at := plan.hang(0.3, 0.3, 1.9)):
        build_clock(at, chance)
    add_door(plan, 0.7)
    add_pictures(plan, 1)
    scatter(plan, boxes=1, bags=1, bins=1)
    add_person(plan, 0.12)


def furnish_bathroom(plan: Plan) -> None:
    chance = plan.chance
    tiles = draw_wall(
        chance, "tiles", chance.tint(chance.pick(((0.9, 0.9, 0.88), (0.75, 0.82, 0.85), (0.85, 0.78, 0.68))))
    )
    if chance.true(0.75):
        long = 1.55
        if at := plan.against(long, 0.78, 2.1, wall=chance.pick(("back", "left", "right"))) or plan.against(
            long, 0.78, 2.1
        ):
            build_tub(at, chance, long, tiles)
    wide = chance.uniform(0.6, 1.3)
    if at := plan.against(wide, 0.56, 1.95, tries=MANY):
        if chance.true(0.7):
            build_wash_stand(at, chance, wide, plan.timber)
        else:
            build_pedestal(at, chance)
        build_mirror(at.sub(0, 1.5, 0), chance, wide * 0.85, chance.uniform(0.6, 0.85))
        if chance.true(0.6):
            bar = material((1.0, 0.95, 0.85), glow=2.0 if plan.light.mood != "day" else 0.3)
            at.sub(0, 1.98, 0).box((-0.25, 0.25), (0, 0.09), (0.02, 0.1), bar, ids.LIGHT)
    if at := plan.against(0.5, 0.7, 0.7, tries=MANY):
        build_toilet(at, chance)
        roll = at.sub(0.36, 0.62, 0.0)
        roll.box((-0.06, 0.06), (-0.06, 0.06), (0.02, 0.12), plain(chance, (0.95, 0.95, 0.93)), ids.TOILET_PAPER)
    for _ in range(chance.integer(1, 2)):
        if at := plan.hang(0.6, 0.7, 1.2):
            build_towel(at.sub(0, 0.3, 0), chance)
    if chance.true(0.35):
        add_window(plan, ("", "blinds", "curtain"), 1.25)
    if chance.true(0.6):
        add_rug(plan, 0.8, 0.5)
    if chance.true(0.25) and (at := plan.against(0.62, 0.6, 0.9)):
        build_washer(at, chance)
        build_folded(at.sub(0.1, 0.86, 0.3), chance, ids.TOWEL)
    add_door(plan, 0.7)
    if chance.true(0.3) and (at := plan.hang(0.6, 0.7, 1.8)):
        at.box((-0.3, 0.3), (-0.35, 0.35), (0, 0.16), wood(chance, plan.timber), ids.CABINET)
    add_pictures(plan, 1)
    scatter(plan, bins=1, clothes=1, bags=1)


def furnish_dining_room(plan: Plan) -> None:
    chance = plan.chance
    add_window(plan, ("curtain", "curtain", "blinds"))
    wide, deep = chance.uniform(1.3, 2.0), chance.uniform(0.85, 1.05)
    if at := plan.stand(wide + 0.3, deep + 1.2, 0.75, chance.pick((0.0, 1.57, 0.2))) or plan.stand(1.4, 1.6, 0.75, 0.0):
        table = at.sub(0, 0, -deep / 2, same=True)
        if chance.true(0.6):
            add_rug(plan, wide + 1.0, deep + 1.3, at.sub(0, 0, 0))
        build_table(table, chance, wide, deep, 0.75, plan.timber)
        seat_around(plan, table, wide, deep, 0.06)
    if chance.true(0.7) and (at := plan.against(1.4, 0.5, 1.0)):
        build_chest(at, chance, 1.35, 0.9, 0.46, ids.CABINET, plan.timber, 3, chance.integer(1, 2))
        clutter_top(at.sub(0, 0.9, 0.22, same=True), chance, 1.1, 0.2, "shelf")
        add_table_lamp(plan, at.sub(-0.5, 0.9, 0.22))
    if chance.true(0.4) and (at := plan.against(0.9, 0.32, 1.8)):
        build_bookshelf(at, chance, 0.88, 1.8, plan.timber, 0.5)
    if chance.true(0.35) and (at := plan.hang(0.9, 0.8, 1.55)):
        build_mirror(at, chance, 0.8, 0.7)
    add_door(plan, 0.7)
    add_pictures(plan, 4)
    scatter(plan, boxes=1, bags=1, plants=2)
    add_person(plan, 0.1)


def furnish_home_office(plan: Plan) -> None:
    chance = plan.chance
    add_window(plan, ("blinds", "curtain", ""))
    for _ in range(chance.integer(1, 2)):
        if at := plan.against(1.5, 0.7, 0.9, front=0.4, tries=MANY):
            build_desk(at, chance, chance.uniform(1.1, 1.45), plan.timber, plan.light.mood != "day", 0.9)
            spot = at.sub(chance.uniform(-0.2, 0.2), 0, 1.15, 3.14 + chance.uniform(-0.5, 0.5))
            (build_office_chair if chance.true(0.6) else build_chair)(spot, chance)
    for _ in range(chance.integer(1, 2)):
        if at := plan.against(0.95, 0.32, 1.9):
            build_bookshelf(at, chance, 0.93, chance.uniform(1.2, 2.05), plan.second)
    if chance.true(0.5) and (at := plan.against(0.5, 0.64, 1.0)):
        build_chest(at, chance, 0.46, 0.7, 0.5, ids.CABINET, plan.timber, 1, 3)
        clutter_top(at.sub(0, 0.7, 0.25, same=True), chance, 0.3, 0.3, "storage", 1)
    if chance.true(0.4) and (at := plan.against(1.0, 0.25, 0.4, low=1.3)):
        build_wall_shelf(at.sub(0, 1.35, 0), chance, 0.9)
    if chance.true(0.35) and (at := plan.against(1.6, 0.95, 0.95)):
        build_sofa(at, chance, 1.55)
    if chance.true(0.4):
        add_rug(plan, 1.8, 1.2)
    add_floor_lamp(plan)
    add_door(plan, 0.7)
    add_pictures(plan, 3)
    if chance.true(0.3) and (at := plan.hang(0.4, 0.25, 2.2)):
        build_vent(at, chance)
    scatter(plan, boxes=2, bags=1, bins=1, plants=1)
    add_person(plan, 0.1)
