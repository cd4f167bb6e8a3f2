"""Scenes by the water: beach and harbour."""

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.street.layout import Stage
from annn.data.scenes.stuff.animals import paint_animal, paint_bird
from annn.data.scenes.stuff.backdrop import (
    GROUND,
    paint_hills,
    paint_mountains,
    paint_sea,
    paint_sky,
)
from annn.data.scenes.stuff.people import Person, carry
from annn.data.scenes.stuff.places import birds_in_the_sky, spot
from annn.data.scenes.stuff.plants import (
    paint_palm,
    paint_rock,
)
from annn.data.scenes.stuff.sketch import Drawing, Sketch, mixed, shaded
from annn.data.scenes.stuff.things import paint_boat, paint_parasol


def paint_beach(sketch: Sketch, chance: Chance) -> None:
    """Sand, surf and people; perhaps a headland, palms, parasols and boats."""
    paint_sky(sketch, chance)
    if chance.true(0.4):
        paint_hills(sketch, chance, (0.3, 0.38, 0.27), z=420.0, high=0.06)
    shore = chance.uniform(9, 22)
    paint_sea(sketch, chance, shore)
    stage = Stage()
    for _ in range(chance.integer(0, 3)):
        x, z = spot(sketch, chance, shore + 25, 150)
        kind, long = chance.pick((("sail", 7), ("motor", 7), ("ship", 30)))
        stage.add(0, z, lambda x=x, z=z, k=kind, n=long: paint_boat(sketch, chance, x, z, n, k))
    stage.play()
    sand = chance.tint((0.84, 0.73, 0.54), 0.05)
    ink = sketch.ink("sand", sand, second=shaded(sand, 0.86), tile="blotch", metres=5.0, plane=GROUND)
    slant = chance.uniform(-0.25, 0.25)
    crest = [(x, shore + slant * x + chance.uniform(-0.5, 0.5)) for x in range(-60, 61, 3)]
    wet = sketch.ink(
        "sand", shaded(sand, 0.66), second=mixed(sand, sketch.light.sky, 0.5), tile="rain", metres=(9, 3), plane=GROUND
    )
    for number in range(chance.integer(2, 3), 0, -1):  # breakers, the nearest last
        out = 2.0 + 5.5 * number
        foam = sketch.ink(
            "sea", (0.93, 0.95, 0.96), second=(0.6, 0.75, 0.8), tile="leaves", metres=(5, 1.4), plane=GROUND
        )
        thick = chance.uniform(0.5, 1.6)
        sketch.polygon(foam, [(x, 0.0, z + out) for x, z in crest] +
                       [(x, 0.0, z + out - thick * chance.uniform(0.3, 1.2)) for x, z in crest[::-1]])  # fmt: skip
    foam = sketch.ink("sea", (0.95, 0.96, 0.96), second=(0.75, 0.84, 0.86), tile="leaves", metres=(3, 1), plane=GROUND)
    for ink_, out in ((foam, 1.3), (wet, 0.5), (ink, -2.0)):
        sketch.polygon(
            ink_, [(x, 0.0, z + out + chance.uniform(-0.25, 0.25)) for x, z in crest] + [(90, 0, -3), (-90, 0, -3)]
        )
    for _ in range(chance.integer(0, 2)):
        x, z = chance.side() * chance.uniform(4, 9), chance.uniform(7, 12)
        stage = Stage()
        stage.add(0, z, lambda x=x, z=z: paint_palm(sketch, chance, x, z, chance.uniform(5, 8)))
        stage.play()
    _beach_life(sketch, chance, shore)


def _beach_life(sketch: Sketch, chance: Chance, shore: float) -> None:
    stage = Stage()

    def camp(x: float, z: float) -> None:
        paint_parasol(sketch, chance, x, z)
        towel = sketch.ink(
            "towel",
            chance.tint(chance.pick(((0.85, 0.25, 0.25), (0.2, 0.45, 0.75), (0.95, 0.8, 0.3)))),
            second=(0.95, 0.94, 0.9),
            tile="corrugated",
            metres=1.0,
            plane=Plane("y", 0.02),
        )
        sketch.polygon(
            towel,
            [(x - 0.2, 0.02, z - 1.2), (x + 1.9, 0.02, z - 1.3), (x + 1.9, 0.02, z - 0.4), (x - 0.2, 0.02, z - 0.4)],
        )
        if chance.true(0.7):
            Person(sketch, chance, x + 0.85, z - 0.8, "lie" if chance.true(0.5) else "sit", clothes="beach")

    def stroller(x: float, z: float) -> None:
        person = Person(sketch, chance, x, z, chance.pick(("stand", "walk", "walk", "run")), clothes="beach")
        if chance.true(0.5):
            carry(person, chance, chance.pick(("surfboard", "surfboard", "frisbee", "handbag")))

    for _ in range(chance.integer(0, 4)):
        x, z = spot(sketch, chance, 5, shore - 1)
        stage.add(0, z, lambda x=x, z=z: camp(x, z))
    for _ in range(chance.integer(1, 6)):
        x, z = spot(sketch, chance, 4, shore)
        stage.add(0, z, lambda x=x, z=z: stroller(x, z))
    for _ in range(chance.integer(0, 3)):
        x, z = spot(sketch, chance, 4, 9)
        stage.add(0, z, lambda x=x, z=z: paint_bird(sketch, chance, x, z))
    if chance.true(0.3):
        x, z = spot(sketch, chance, 4, 8)
        stage.add(0, z, lambda x=x, z=z: paint_animal(sketch, chance, "dog", x, z))
    stage.play()
    birds_in_the_sky(sketch, chance, chance.integer(0, 3))


def paint_harbour(sketch: Sketch, chance: Chance) -> None:
    """Boats on the water, seen from a jetty or a quay."""
    paint_sky(sketch, chance)
    if chance.true(0.5):
        paint_mountains(sketch, chance, 0.0 if chance.true(0.6) else 0.3, (0.32, 0.4, 0.38))
    else:
        paint_hills(sketch, chance, (0.27, 0.36, 0.22), z=350.0, high=0.07)
    paint_sea(sketch, chance, -3.0)
    stage = Stage()
    for _ in range(chance.integer(3, 8)):
        x, z = spot(sketch, chance, 14, 120)
        kind, long = chance.pick((("sail", 8), ("sail", 8), ("motor", 7), ("row", 4), ("ship", 30)))
        if kind != "ship" or z > 60:
            stage.add(0, z, lambda x=x, z=z, k=kind, n=long: paint_boat(sketch, chance, x, z, n, k))
    for _ in range(chance.integer(0, 2)):
        x, z = spot(sketch, chance, 9, 40)
        stage.add(0, z, lambda x=x, z=z: paint_rock(sketch, chance, x, z, chance.uniform(1.5, 4)))
    stage.play()
    _paint_jetty(sketch, chance)


def _paint_jetty(sketch: Sketch, chance: Chance) -> None:
    """A jetty of planks or stone with a railing and people."""
    side = chance.side()
    planks = chance.true(0.6)
    color = chance.tint((0.5, 0.38, 0.27) if planks else (0.6, 0.59, 0.56))
    deck = sketch.ink(
        "wood" if planks else "stone",
        color,
        second=shaded(color, 0.6),
        tile="boards" if planks else "slabs",
        metres=(24.0, 1.5) if planks else 5.0,
        plane=Plane("y", 0.3),
    )
    a, b, end = side * chance.uniform(-1.8, -0.6), side * 30.0, chance.uniform(9, 16)
    sketch.polygon(
        deck,
        [
            (a, 0.3, -3.0),
            (b, 0.3, -3.0),
            (b, 0.3, 5.0),
            (a + side * 2.5, 0.3, 5.0),
            (a + side * 2.5, 0.3, end),
            (a, 0.3, end),
        ],
    )
    if chance.true(0.7):
        for k in range(9):
            z = end - k * (end - 1.5) / 8
            Drawing(sketch, "railing", a + side * 0.1, z, foot=0.3).line(
                sketch.ink("railing", (0.8, 0.79, 0.76), z=z, gain=1.1), (0, 0), (0, 1.0), 0.07
            )
        for up in (0.7, 1.28):
            rail = sketch.ink("railing", (0.8, 0.79, 0.76), plane=Plane("x", a + side * 0.1), gain=1.1)
            x = a + side * 0.1
            sketch.polygon(rail, [(x, up, -1), (x, up, end), (x, up + 0.08, end), (x, up + 0.08, -1)])
    for _ in range(chance.integer(1, 3)):
        person = Person(
            sketch,
            chance,
            a + side * chance.uniform(0.6, 2.2),
            chance.uniform(4.5, end - 0.5),
            chance.pick(("stand", "look", "walk")),
            foot=0.3,
        )
        if chance.true(0.4):
            carry(person, chance, chance.pick(("backpack", "handbag")))
    birds_in_the_sky(sketch, chance, chance.integer(1, 4))
