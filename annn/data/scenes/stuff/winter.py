"""A snowy slope."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.street.layout import Stage
from annn.data.scenes.stuff.backdrop import (
    GROUND,
    paint_ground,
    paint_mountains,
    paint_sky,
    paint_woods,
    ridge,
)
from annn.data.scenes.stuff.people import Person, carry, under_feet
from annn.data.scenes.stuff.places import spot
from annn.data.scenes.stuff.plants import (
    paint_fir,
)
from annn.data.scenes.stuff.sketch import Sketch
from annn.data.scenes.stuff.things import paint_hut


def paint_snow(sketch: Sketch, chance: Chance) -> None:
    """A snowy slope with firs, mountains, skiers and snowboarders."""
    paint_sky(sketch, chance)
    paint_mountains(sketch, chance, chance.uniform(0.45, 0.9))
    if chance.true(0.7):
        paint_woods(sketch, chance, chance.uniform(90, 160), 14.0, (0.13, 0.2, 0.15), pointed=True)
    white = (0.88, 0.9, 0.95)
    paint_ground(sketch, "snow", white, (0.74, 0.79, 0.88), "blotch", 14.0)
    slope = sketch.ink(
        "snow", (0.92, 0.94, 0.97), second=(0.8, 0.84, 0.91), tile="blotch", metres=9.0, z=45.0, gain=1.1
    )
    crest = ridge(chance, -60, 120, chance.uniform(2, 7), 0.12, 20)
    sketch.polygon(slope, [(x, y, 45.0) for x, y in crest] + [(60, -0.1, 45), (-60, -0.1, 45)])
    track = sketch.ink("snow", (0.7, 0.76, 0.86), second=white, tile="grain", plane=GROUND)
    for _ in range(chance.integer(1, 4)):
        x, lean = chance.uniform(-4, 4), chance.uniform(-0.6, 0.6)
        for shift in (0, 0.35):
            path = [(x + shift + lean * z + 0.8 * ((z * 0.23) % 2 - 1) ** 2, z) for z in range(1, 40, 2)]
            sketch.polygon(track, [(a, 0, z) for a, z in path] + [(a + 0.12, 0, z) for a, z in path[::-1]])
    _fill_slope(sketch, chance)


def _fill_slope(sketch: Sketch, chance: Chance) -> None:
    """Firs, a hut, a fence and skiers."""
    stage = Stage()
    cover = chance.uniform(0.0, 0.75)
    for _ in range(chance.integer(2, 9)):
        x, z = spot(sketch, chance, 10, 44)
        if abs(x) > 2:
            stage.add(0, z, lambda x=x, z=z: paint_fir(sketch, chance, x, z, chance.uniform(4, 10), cover))
    if chance.true(0.3):
        x, z = chance.side() * chance.uniform(7, 12), chance.uniform(24, 36)
        stage.add(0, z, lambda x=x, z=z: paint_hut(sketch, chance, x, z, chance.uniform(6, 8)))
    if chance.true(0.3):
        fx, fz = chance.uniform(-9, 3), chance.uniform(12, 25)
        stage.add(0, fz, lambda: _net_fence(sketch, chance, fx, fx + chance.uniform(5, 12), fz))

    def skier(x: float, z: float) -> None:
        board = chance.true(0.35)
        person = Person(
            sketch,
            chance,
            x,
            z,
            "board" if board else chance.pick(("ski", "ski", "stand")),
            clothes="winter",
            turn=chance.uniform(-0.15, 0.05),
            foot=0.06,
        )
        under_feet(person, chance, "snowboard" if board else "skis")
        if chance.true(0.3):
            carry(person, chance, "backpack")

    for _ in range(chance.integer(1, 5)):
        x, z = spot(sketch, chance, 3.5, 22)
        stage.add(0, z, lambda x=x, z=z: skier(x, z))
    stage.play()


def _net_fence(sketch: Sketch, chance: Chance, x0: float, x1: float, z: float) -> None:
    net = sketch.ink("fence", (0.85, 0.35, 0.12), second=(0.95, 0.7, 0.5), tile="mesh", metres=0.8, z=z)
    sketch.front(net, (x0, x1), (0.15, 1.15), z)
    for k in range(6):
        at = x0 + (x1 - x0) * k / 5
        sketch.front(sketch.ink("fence", (0.2, 0.2, 0.22), z=z), (at - 0.04, at + 0.04), (0, 1.3), z)
