"""Scenes of leisure: a park, and kites over a meadow or a beach."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.street.furniture import paint_lamp as street_lamp
from annn.data.scenes.street.layout import Stage
from annn.data.scenes.street.people import paint_bicycle
from annn.data.scenes.stuff.animals import paint_animal, paint_bird
from annn.data.scenes.stuff.backdrop import (
    GROUND,
    paint_ground,
    paint_hills,
    paint_sea,
    paint_sky,
    paint_skyline,
    paint_woods,
)
from annn.data.scenes.stuff.people import Person, paint_person, paint_visitor
from annn.data.scenes.stuff.places import birds_in_the_sky, spot
from annn.data.scenes.stuff.plants import paint_bush, paint_flowers, paint_tree, scatter
from annn.data.scenes.stuff.sketch import Sketch, mixed, oval, shaded
from annn.data.scenes.stuff.things import paint_bench, paint_kite


def paint_park(sketch: Sketch, chance: Chance) -> None:
    """A lawn with a path, trees, benches, flowers, dogs and people at play."""
    paint_sky(sketch, chance)
    if chance.true(0.6):
        paint_skyline(sketch, chance, 170.0, 13.0, 0.3)
    paint_woods(sketch, chance, 75.0, 10.0)
    green = chance.tint((0.34, 0.48, 0.17))
    paint_ground(sketch, "grass", green, shaded(green, 0.72), "grass", 3.0)
    name, color = chance.pick(
        (("pavement", (0.62, 0.59, 0.55)), ("gravel", (0.7, 0.63, 0.52)), ("dirt", (0.58, 0.45, 0.32)))
    )
    start, bend = chance.uniform(-4, 4), chance.uniform(-0.5, 0.5)
    path = [
        (start + bend * z - 0.012 * bend * z * z, -2 + 62 * (k / 18) ** 1.7)
        for k in range(19)
        for z in (62 * (k / 18) ** 1.7,)
    ]
    ink = sketch.ink(
        name,
        chance.tint(color),
        second=shaded(color, 0.8),
        tile="slabs" if name == "pavement" else "grain",
        metres=3.0,
        plane=GROUND,
    )
    sketch.polygon(ink, [(x - 1.3, 0, z) for x, z in path] + [(x + 1.3, 0, z) for x, z in path[::-1]])
    if chance.true(0.35):
        pond = [(a, 0.0, b) for a, b in oval(chance.side() * 8, 18, 6, 4.0, 20)]
        sketch.polygon(
            sketch.ink(
                "water-other",
                mixed((0.2, 0.35, 0.36), sketch.light.sky, 0.3),
                second=sketch.light.air,
                tile="rain",
                metres=(6, 2),
                plane=GROUND,
            ),
            pond,
        )
    _fill_park(sketch, chance)


def _fill_park(sketch: Sketch, chance: Chance) -> None:
    """What grows, stands and moves on the lawn."""
    stage = Stage()
    for _ in range(chance.integer(3, 8)):
        x, z = spot(sketch, chance, 8, 55)
        if abs(x) > 2.5:
            stage.add(0, z, lambda x=x, z=z: paint_tree(sketch, chance, x, z, chance.uniform(6, 12)))
    for _ in range(chance.integer(0, 5)):
        x, z = spot(sketch, chance, 5, 30)
        what = chance.pick((paint_bush, paint_flowers))
        stage.add(0, z, lambda x=x, z=z, w=what: w(sketch, chance, x, z, chance.uniform(1.0, 1.8)))
    for _ in range(chance.integer(0, 2)):
        x, z = chance.side() * chance.uniform(1.6, 4), chance.uniform(5, 16)
        stage.add(0, z, lambda x=x, z=z: paint_bench(sketch, chance, x, z))
    for _ in range(chance.integer(1, 4)):
        x, z = spot(sketch, chance, 4, 22)
        stage.add(0, z, lambda x=x, z=z: paint_visitor(sketch, chance, x, z))
    if chance.true(0.5):
        x, z = spot(sketch, chance, 4, 10)
        stage.add(0, z, lambda x=x, z=z: paint_animal(sketch, chance, "dog", x, z))
    if chance.true(0.4):
        x, z = spot(sketch, chance, 6, 18)
        stage.add(0, z, lambda x=x, z=z: paint_bicycle(sketch.street(), chance, x, z, 0.0, True, chance.true(0.6)))
    if chance.true(0.4):
        side = chance.side() * 3.2
        for z in (9.0, 22.0):
            stage.add(0, z, lambda z=z: street_lamp(sketch.street(), chance, side, z))
    for _ in range(chance.integer(0, 4)):
        x, z = spot(sketch, chance, 3, 8)
        stage.add(0, z, lambda x=x, z=z: paint_bird(sketch, chance, x, z))
    stage.play()
    if chance.true(0.35):
        scatter(sketch, chance, "leaves", ((0.75, 0.4, 0.12), (0.6, 0.25, 0.1), (0.8, 0.62, 0.2)), 160, 0.06, 9.0)


def paint_kites(sketch: Sketch, chance: Chance) -> None:
    """A wide sky full of kites over a meadow or a beach."""
    paint_sky(sketch, chance, 0.75)
    beach = chance.true(0.5)
    if beach:
        paint_sea(sketch, chance, 25.0)
        paint_ground(sketch, "sand", (0.82, 0.72, 0.54), (0.7, 0.6, 0.44), "blotch", 5.0, far=26.0)
    else:
        paint_hills(sketch, chance, (0.35, 0.43, 0.25), z=300.0, high=0.05)
        paint_woods(sketch, chance, 70.0, 8.0)
        green = chance.tint((0.36, 0.5, 0.18))
        paint_ground(sketch, "grass", green, shaded(green, 0.75), "grass", 3.0)
    hands = []
    stage = Stage()

    def flyer(x: float, z: float) -> None:
        person = Person(sketch, chance, x, z, "reach", clothes="beach" if beach else "day")
        hands.append((person.point(person.hand), z))

    for _ in range(chance.integer(1, 4)):
        x, z = spot(sketch, chance, 6, 18)
        stage.add(0, z, lambda x=x, z=z: flyer(x, z))
    for _ in range(chance.integer(0, 5)):
        x, z = spot(sketch, chance, 8, 24)
        stage.add(0, z, lambda x=x, z=z: paint_person(sketch, chance, x, z, chance.pick(("stand", "walk", "sit"))))
    stage.play()
    horizon = sketch.camera.horizon
    for k in range(chance.integer(2, 7)):
        z = chance.uniform(16, 45)
        rise = chance.uniform(0.15, 0.92) * horizon * sketch.camera.height / sketch.camera.pixels_per_unit
        hand = hands[k][0] if k < len(hands) else None
        paint_kite(
            sketch,
            chance,
            chance.uniform(-0.5, 0.5) * z,
            z,
            sketch.camera.eye + rise * z,
            z * chance.uniform(0.045, 0.11),
            hand,
        )
    birds_in_the_sky(sketch, chance, chance.integer(0, 2))
