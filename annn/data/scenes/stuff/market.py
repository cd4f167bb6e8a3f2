"""A market stall."""

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.street.layout import Stage
from annn.data.scenes.stuff.backdrop import (
    paint_ground,
    paint_sky,
    paint_skyline,
)
from annn.data.scenes.stuff.food import PIECES, paint_piece
from annn.data.scenes.stuff.people import Person, paint_visitor
from annn.data.scenes.stuff.places import spot
from annn.data.scenes.stuff.sketch import Drawing, Sketch, shaded
from annn.data.scenes.stuff.things import paint_tent


def paint_market(sketch: Sketch, chance: Chance) -> None:
    """A stall of fruit and vegetables in boxes under a striped tent."""
    paint_sky(sketch, chance)
    paint_skyline(sketch, chance, 40.0, 14.0, 0.0)
    paint_ground(
        sketch, chance.pick(("pavement", "floor-stone", "road")), (0.55, 0.53, 0.5), (0.42, 0.4, 0.38), "cobbles", 3.0
    )
    stage = Stage()
    for _ in range(chance.integer(2, 5)):
        x, z = spot(sketch, chance, 7, 16)
        stage.add(0, z, lambda x=x, z=z: paint_visitor(sketch, chance, x, z))
    for _ in range(chance.integer(0, 2)):
        x, z = chance.side() * chance.uniform(5, 8), chance.uniform(10, 15)
        stage.add(0, z, lambda x=x, z=z: paint_tent(sketch, chance, x, z, 4.0, 2.2))
    stage.play()
    x, z = chance.uniform(-0.4, 0.4), 4.4
    paint_tent(sketch, chance, x, z + 1.2, 5.2, 2.25)
    for at in (-1.2, 0.7):
        if chance.true(0.75):
            Person(sketch, chance, x + at + chance.uniform(-0.4, 0.4), z + 0.8, "stand", shadow=False)
    cloth: Color = chance.tint(chance.pick(((0.3, 0.45, 0.3), (0.85, 0.83, 0.78), (0.5, 0.2, 0.2))))
    front = sketch.ink("cloth", cloth, second=shaded(cloth, 0.8), tile="corrugated", metres=1.0, z=z - 0.7)
    sketch.front(front, (x - 2.3, x + 2.3), (0.05, 0.78), z - 0.7)
    top = sketch.ink("cloth", shaded(cloth, 1.15), plane=Plane("y", 0.78))
    sketch.ground(top, (x - 2.3, x + 2.3), (z - 0.7, z + 0.6), 0.78)
    _lay_out(sketch, chance, x, z)


def _lay_out(sketch: Sketch, chance: Chance, x: float, z: float) -> None:
    """Boxes of fruit and vegetables, and customers before them."""
    rows = ((z + 0.15, 1.06), (z - 0.35, 0.88))
    for depth, up in rows:
        for k in range(5):
            kind = chance.pick(("banana", "apple", "orange", "broccoli", "carrot", "tomato", "pear", "salad"))
            a = x - 2.2 + 0.88 * k
            wooden = chance.true(0.5)
            box = chance.tint((0.66, 0.5, 0.33) if wooden else (0.7, 0.58, 0.42))
            name = "wood" if wooden else "cardboard"
            sketch.box(
                name,
                box,
                (a, a + 0.82),
                (up - 0.16, up),
                (depth, depth + 0.42),
                second=shaded(box, 0.7),
                tile="boards",
                metres=(3, 0.6),
            )
            for row in range(3):
                for j in range(6):
                    d = Drawing(
                        sketch,
                        PIECES[kind],
                        a + 0.08 + 0.13 * j + 0.04 * (row % 2),
                        depth + 0.3 - 0.13 * row,
                        foot=up - 0.02,
                        size=0.17,
                    )
                    paint_piece(d, chance, kind)
    for side in (-1, 1):
        if chance.true(0.5):
            paint_visitor(sketch, chance, x + side * chance.uniform(0.9, 1.6), z - chance.uniform(1.0, 1.3))
