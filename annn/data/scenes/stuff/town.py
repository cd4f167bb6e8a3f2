"""A street corner: the street generator's drawings in COCO-Stuff's classes, with what only COCO knows."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.street.frontage import add_frontage
from annn.data.scenes.street.ground import paint_ground
from annn.data.scenes.street.layout import Stage, draw_street
from annn.data.scenes.street.traffic import add_crossing_traffic, add_furniture, add_lanes, add_parked
from annn.data.scenes.stuff.backdrop import paint_sky, paint_skyline
from annn.data.scenes.stuff.people import Person, carry
from annn.data.scenes.stuff.plants import paint_bush
from annn.data.scenes.stuff.sketch import Sketch
from annn.data.scenes.stuff.things import paint_bench, paint_hydrant, paint_meter, paint_stop_sign


def paint_street(sketch: Sketch, chance: Chance) -> None:
    """Carriageway, houses, traffic and people; hydrants, parking meters and stop signs on the near sidewalk."""
    suburb = chance.true(0.5)
    canvas = sketch.street({11: "house"} if suburb else None)
    street = draw_street(chance)
    paint_sky(sketch, chance)
    grass = sketch.ink("grass", (0.35, 0.38, 0.28), second=(0.42, 0.44, 0.33), tile="grass", metres=9.0)
    sketch.ground(grass, (-900, 900), (-3, 900))
    paint_skyline(sketch, chance, 190.0, 16.0, 0.0 if suburb else 0.6)
    paint_ground(canvas, chance, street)
    stage = Stage()
    for side in street.sides.values():
        add_frontage(stage, canvas, chance, street, side, False)
        add_parked(stage, canvas, chance, side)
    add_furniture(stage, canvas, chance, street, 9.0)
    add_lanes(stage, canvas, chance, street, None, True)
    add_crossing_traffic(stage, canvas, chance, street)
    for side in street.sides.values():
        foot = side.raised
        kerb = side.sign * (side.kerb + 0.45)
        for _ in range(chance.integer(1, 4)):
            x, z = side.sign * chance.uniform(side.walk + 0.4, side.front - 0.2), chance.uniform(5, 26)
            stage.add(abs(x), z, lambda x=x, z=z, f=foot: _walker(sketch, chance, x, z, f))
        for paint, share, near in ((paint_hydrant, 0.4, 4.0), (paint_meter, 0.35, 4.5)):
            if chance.true(share):
                z = chance.uniform(near, 12)
                stage.add(side.kerb + 0.45, z, lambda z=z, p=paint, x=kerb, f=foot: p(sketch, chance, x, z, f))
        if chance.true(0.3):
            z = chance.uniform(7, 16)
            stage.add(side.kerb + 0.45, z, lambda z=z, x=kerb, f=foot: paint_stop_sign(sketch, x, z, f))
        if chance.true(0.25):
            z, x = chance.uniform(8, 16), side.sign * (side.front - 0.6)
            stage.add(side.front - 0.6, z, lambda z=z, x=x, f=foot: paint_bench(sketch, chance, x, z, f))
        if suburb and chance.true(0.6):
            z, x = chance.uniform(6, 20), side.sign * (side.front + 1.2)
            stage.add(side.front + 1.0, z, lambda z=z, x=x: paint_bush(sketch, chance, x, z, 1.5))
    stage.play()


def _walker(sketch: Sketch, chance: Chance, x: float, z: float, foot: float) -> None:
    person = Person(sketch, chance, x, z, chance.pick(("walk", "walk", "stand", "look")), foot=foot)
    for what, share in (
        ("handbag", 0.2),
        ("backpack", 0.2),
        ("umbrella", 0.5 if sketch.light.wet else 0.06),
        ("suitcase", 0.1),
        ("cell phone", 0.15),
        ("tie", 0.15),
    ):
        if chance.true(share):
            carry(person, chance, what)
            return
