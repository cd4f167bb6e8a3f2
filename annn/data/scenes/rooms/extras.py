"""What else stands in a room wherever there is space left: one thing at a time, for `scene.draw` to choose from."""

from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.clutter import build_box, build_plant, clutter_top
from annn.data.scenes.rooms.dressing import add_table_lamp, scatter
from annn.data.scenes.rooms.openings import build_hooks
from annn.data.scenes.rooms.plan import Plan
from annn.data.scenes.rooms.seats import build_chair, build_sofa, lump
from annn.data.scenes.rooms.storage import (
    build_bookshelf,
    build_chest,
    build_filing,
    build_shelves,
    build_wall_shelf,
    build_wardrobe,
)
from annn.data.scenes.rooms.tables import build_table


def add_cabinet(plan: Plan) -> None:
    """A cabinet with things or a lamp on it."""
    chance = plan.chance
    wide, high = chance.uniform(0.6, 1.3), chance.uniform(0.7, 1.0)
    if at := plan.against(wide, 0.46, high):
        build_chest(at, chance, wide - 0.03, high, 0.44, ids.CABINET, plan.second, max(1, round(wide / 0.45)), 1)
        if chance.true(0.4):
            add_table_lamp(plan, at.sub(0, high, 0.2))
        else:
            clutter_top(at.sub(0, high, 0.2, same=True), chance, wide * 0.8, 0.2, "shelf")


def add_tall_cabinet(plan: Plan) -> None:
    """A tall cabinet, with a box on top now and then."""
    chance = plan.chance
    if at := plan.against(0.95, 0.6, 2.1):
        build_wardrobe(at, chance, 0.9, plan.second)
        if chance.true(0.3):
            build_box(at.sub(0, 2.16, 0.1), chance, 0.45, 0.2, 0.35)


def add_bookcase(plan: Plan) -> None:
    """A bookshelf of any height."""
    chance = plan.chance
    wide = chance.uniform(0.7, 1.2)
    if at := plan.against(wide, 0.32, 1.7):
        build_bookshelf(at, chance, wide - 0.03, chance.uniform(1.0, 2.0), plan.second, chance.uniform(0.6, 0.95))


def add_shelving(plan: Plan) -> None:
    """Open shelving with boxes, books and bottles."""
    chance = plan.chance
    wide = chance.uniform(0.7, 1.2)
    if at := plan.against(wide, 0.45, 1.7):
        build_shelves(at, chance, wide - 0.03, chance.uniform(1.1, 1.9), False)


def add_board_shelf(plan: Plan) -> None:
    """A board on the wall with books."""
    chance = plan.chance
    wide = chance.uniform(0.6, 1.2)
    if at := plan.against(wide + 0.05, 0.25, 0.4, low=1.3):
        build_wall_shelf(at.sub(0, 1.35, 0), chance, wide)


def add_side_table(plan: Plan) -> None:
    """A small table at the wall with a lamp or things."""
    chance = plan.chance
    if at := plan.against(0.6, 0.5, 0.6):
        build_table(at, chance, 0.55, 0.45, 0.6, plan.timber, 2)
        if chance.true(0.5):
            add_table_lamp(plan, at.sub(0.1, 0.6, 0.2))


def add_chair(plan: Plan) -> None:
    """A chair at the wall, with clothes on it now and then."""
    chance = plan.chance
    if at := plan.against(0.5, 0.5, 0.6):
        build_chair(at.sub(0, 0, 0.04, chance.uniform(-0.2, 0.2), same=True), chance)
        if chance.true(0.3):
            lump(at.sub(0, 0.47, 0.26), chance)


def add_armchair(plan: Plan) -> None:
    if at := plan.against(1.0, 0.95, 0.8):
        build_sofa(at, plan.chance, 0.92)


def add_files(plan: Plan) -> None:
    """One or two filing cabinets."""
    if at := plan.against(0.5, 0.64, 0.9):
        build_filing(at, plan.chance)


def add_coats(plan: Plan) -> None:
    if at := plan.hang(0.9, 1.0, 1.4):
        build_hooks(at.sub(0, 0.45, 0), plan.chance)


def add_plant(plan: Plan) -> None:
    if at := plan.against(0.5, 0.5, 0.9):
        build_plant(at.sub(0, 0, 0.25), plan.chance, plan.chance.uniform(0.7, 1.5))


def add_pile_of_boxes(plan: Plan) -> None:
    scatter(plan, boxes=2)


AT_HOME = (add_cabinet, add_bookcase, add_board_shelf, add_side_table, add_chair, add_plant, add_armchair, add_shelving,
           add_pile_of_boxes)  # fmt: skip
BEDSIDE = (add_cabinet, add_tall_cabinet, add_bookcase, add_board_shelf, add_chair, add_coats, add_side_table,
           add_pile_of_boxes)  # fmt: skip
KITCHEN = (add_cabinet, add_tall_cabinet, add_shelving, add_chair, add_board_shelf, add_plant)
BATHROOM = (add_cabinet, add_tall_cabinet, add_coats)
OFFICE = (add_files, add_files, add_bookcase, add_cabinet, add_shelving, add_board_shelf, add_chair, add_plant,
          add_pile_of_boxes)  # fmt: skip
SCHOOL = (add_cabinet, add_bookcase, add_chair, add_shelving, add_coats)
STORE = (add_shelving, add_pile_of_boxes, add_pile_of_boxes, add_coats, add_chair, add_tall_cabinet)
