"""Scenes of sport: ball games, tennis and skateboarding."""

import math

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.street.layout import Stage
from annn.data.scenes.stuff.backdrop import (
    GROUND,
    paint_ground,
    paint_sky,
    paint_skyline,
    paint_woods,
)
from annn.data.scenes.stuff.people import BRIGHT, Person, carry, paint_person, paint_visitor, under_feet
from annn.data.scenes.stuff.places import spot
from annn.data.scenes.stuff.sketch import Drawing, Sketch, oval, shaded
from annn.data.scenes.stuff.things import paint_banner


def paint_skate_park(sketch: Sketch, chance: Chance) -> None:
    """Concrete ramps, stairs and rails with skateboarders."""
    paint_sky(sketch, chance)
    paint_skyline(sketch, chance, 90.0, 12.0, 0.25)
    paint_woods(sketch, chance, 55.0, 6.0)
    grey = chance.tint((0.6, 0.59, 0.57))
    paint_ground(sketch, chance.pick(("ground-other", "pavement")), grey, shaded(grey, 0.82), "concrete", 5.0, far=40.0)
    z = chance.uniform(16, 24)
    concrete = chance.tint((0.66, 0.64, 0.6))
    if chance.true(0.6):
        sketch.box(
            "wall-concrete",
            concrete,
            (-14, 14),
            (0, 1.6),
            (z, z + 3),
            second=shaded(concrete, 0.7),
            tile="concrete",
            metres=4.0,
        )
        art = Drawing(sketch, "wall-concrete", chance.uniform(-5, 5), z - 0.05)
        for _ in range(chance.integer(2, 5)):
            a, b = chance.uniform(-5, 5), chance.uniform(0.4, 1.1)
            color = chance.pick(BRIGHT)
            art.smooth(art.ink(color), [(a - 0.7, b), (a - 0.1, b + 0.4), (a + 0.7, b + 0.1), (a + 0.2, b - 0.4)])
    side = chance.side()
    if chance.true(0.6):
        for k in range(4):
            sketch.box(
                "stairs",
                shaded(concrete, 1.05),
                (side * 7 - 3, side * 7 + 3),
                (0.18 * k, 0.18 * (k + 1)),
                (10 + 0.4 * k, 12.5),
                tile="concrete",
            )
        rail = Drawing(sketch, "railing", side * 4.4, 10.0)
        for a, b, c, e in ((0, 0, 0, 1.0), (1.4, 0.6, 1.4, 1.5), (-0.3, 0.9, 1.8, 1.6)):
            rail.line(rail.ink((0.72, 0.72, 0.74)), (a, b), (c, e), 0.07)
    if chance.true(0.7):
        ramp = sketch.ink(
            "structural-other", (0.62, 0.48, 0.32), second=(0.45, 0.34, 0.22), tile="boards", metres=2.0, z=9
        )
        x = -side * chance.uniform(3.5, 5.5)
        curve = [(x - side * (1.6 * math.sin(t)) * 1.2, 1.7 * (1 - math.cos(t))) for t in (k * 0.15 for k in range(11))]
        sketch.polygon(
            ramp,
            [(a, b, 9.0) for a, b in curve]
            + [(curve[-1][0] - side * 1.2, curve[-1][1], 9.0), (curve[-1][0] - side * 1.2, 0, 9.0)],
        )
    _add_skaters(sketch, chance)


def _add_skaters(sketch: Sketch, chance: Chance) -> None:
    """Skaters, and people who watch them."""
    stage = Stage()

    def skater(x: float, z: float) -> None:
        lift = chance.pick((0.0, 0.0, chance.uniform(0.3, 1.0)))
        person = Person(
            sketch,
            chance,
            x,
            z,
            chance.pick(("board", "board", "run")),
            foot=0.1 + lift,
            turn=chance.uniform(-0.2, 0.2) if lift else 0.0,
        )
        under_feet(person, chance, "skateboard")

    for _ in range(chance.integer(1, 3)):
        x, z = spot(sketch, chance, 4, 9)
        stage.add(0, z, lambda x=x, z=z: skater(x * 0.8, z))
    for _ in range(chance.integer(0, 4)):
        x, z = spot(sketch, chance, 9, 15)
        stage.add(0, z, lambda x=x, z=z: paint_visitor(sketch, chance, x, z))
    stage.play()


def paint_ball_game(sketch: Sketch, chance: Chance) -> None:
    """Baseball on a diamond, or football on a pitch, before boards and trees."""
    paint_sky(sketch, chance)
    paint_woods(sketch, chance, 80.0, 12.0) if chance.true(0.6) else paint_skyline(sketch, chance, 110.0, 14.0, 0.1)
    green = chance.tint((0.27, 0.48, 0.17))
    paint_ground(sketch, "playingfield", green, shaded(green, 0.8), "grass", 4.0)
    light = sketch.ink("playingfield", shaded(green, 1.15), second=green, tile="grass", metres=4.0, plane=GROUND)
    for k in range(6):
        sketch.ground(light, (-60, 60), (3 + 8 * k, 7 + 8 * k))
    fence = chance.uniform(38, 52)
    if chance.true(0.7):
        paint_banner(sketch, chance, (-fence, fence), (0.1, chance.uniform(1.6, 2.6)), fence)
    else:
        mesh = sketch.ink("fence", (0.4, 0.42, 0.42), second=(0.5, 0.55, 0.45), tile="mesh", metres=1.2, z=fence)
        sketch.front(mesh, (-fence, fence), (0, 3.0), fence)
    baseball = chance.true(0.55)
    white = sketch.ink("playingfield", (0.92, 0.93, 0.9), plane=GROUND)
    if baseball:
        dirt = sketch.ink(
            "dirt", chance.tint((0.63, 0.43, 0.28)), second=(0.52, 0.34, 0.22), tile="grain", metres=2.0, plane=GROUND
        )
        sketch.polygon(dirt, [(a, 0, b) for a, b in oval(0, 5.5, 6.0, 4.0, 24)])
        sketch.polygon(dirt, [(a, 0, b) for a, b in oval(0, 22, 16, 5, 24)])
        sketch.polygon(white, [(-0.3, 0, 5.3), (0.3, 0, 5.3), (0.3, 0, 5.6), (0, 0, 5.9), (-0.3, 0, 5.6)])
        for s in (-1, 1):
            sketch.polygon(white, [(s * 0.9, 0, 5.6), (s * 1.1, 0, 5.6), (s * 30, 0, 36), (s * 29.5, 0, 36)])
    else:
        for z in (4.5, 30.0):
            sketch.ground(white, (-40, 40), (z, z + 0.15))
        ring = oval(0, 14, 6, 5, 28) + oval(0, 14, 5.7, 4.75, 28)[::-1]
        sketch.polygon(white, [(a, 0, b) for a, b in ring])
        net = sketch.ink("net", (0.93, 0.93, 0.93), second=green, tile="mesh", metres=0.7, z=31.0)
        sketch.front(net, (-4, 4), (0, 2.6), 31.0)
        for a in (-4, 4):
            sketch.front(sketch.ink("metal", (0.95, 0.95, 0.95), z=30.5), (a - 0.08, a + 0.08), (0, 2.6), 30.5)
    stage = Stage()
    for x, z, pose, what in _players(sketch, chance, baseball):
        stage.add(0, z, lambda x=x, z=z, p=pose, w=what: _player(sketch, chance, x, z, p, w))
    stage.play()


def _players(sketch: Sketch, chance: Chance, baseball: bool) -> list[tuple[float, float, str, str]]:
    if not baseball:
        first = [(chance.uniform(-1, 1), chance.uniform(6, 9), "run", "ball")]
        return first + [
            (*spot(sketch, chance, 7, 26), chance.pick(("run", "run", "walk", "stand")), "")
            for _ in range(chance.integer(2, 7))
        ]
    side = chance.side()
    team = [
        (side * 0.9, 5.5, "bat", "baseball bat"),
        (0.0, 20.0, "catch", "baseball glove"),
        (0.1, 5.4, "catch", "baseball glove"),
    ]
    return team[: chance.integer(2, 3)] + [
        (*spot(sketch, chance, 16, 36), "catch", "baseball glove") for _ in range(chance.integer(1, 4))
    ]


def _player(sketch: Sketch, chance: Chance, x: float, z: float, pose: str, what: str) -> None:
    person = Person(sketch, chance, x, z, pose, clothes="sport")
    if what == "ball":
        d = Drawing(sketch, "sports ball", x + person.drawing.facing * 0.5, z - 0.05, size=0.26)
        sketch.stain(d.x, z, 0.15, 0.08)
        d.disc(d.ink((0.95, 0.95, 0.94)), 0, 0.5, 0.5)
        for a, b in ((-0.15, 0.6), (0.2, 0.65), (0.05, 0.3)):
            d.disc(d.ink((0.1, 0.1, 0.12)), a, b, 0.12)
    elif what:
        carry(person, chance, what)


def paint_tennis(sketch: Sketch, chance: Chance) -> None:
    """A tennis court with a net, boards behind and one or two players."""
    paint_sky(sketch, chance)
    paint_woods(sketch, chance, 60.0, 9.0)
    inner: Color = chance.pick(((0.16, 0.34, 0.6), (0.2, 0.46, 0.3), (0.72, 0.38, 0.22), (0.3, 0.3, 0.55)))
    outer: Color = chance.pick(((0.2, 0.44, 0.28), (0.5, 0.25, 0.2), shaded(inner, 0.75)))
    paint_ground(sketch, "playingfield", outer, shaded(outer, 0.9), "asphalt", 4.0)
    court = sketch.ink("playingfield", inner, second=shaded(inner, 0.9), tile="asphalt", metres=4.0, plane=GROUND)
    near, far = 4.0, 28.0
    sketch.ground(court, (-5.5, 5.5), (near, far))
    white = sketch.ink("playingfield", (0.93, 0.93, 0.92), plane=GROUND)
    for x in (-5.5, -4.1, 4.1, 5.4):
        sketch.ground(white, (x, x + 0.1), (near, far))
    for z in (near, 9.6, 22.4, far):
        sketch.ground(white, (-5.5, 5.5), (z, z + 0.12 + 0.004 * z))
    sketch.ground(white, (-0.05, 0.05), (9.6, 22.4))
    back = chance.uniform(33, 38)
    board: Color = chance.pick(((0.1, 0.26, 0.2), (0.1, 0.2, 0.4), (0.3, 0.3, 0.32)))
    sketch.front(
        sketch.ink("wall-other", board, second=shaded(board, 1.2), tile="corrugated", metres=3.0, z=back),
        (-40, 40),
        (0, 3.2),
        back,
    )
    if chance.true(0.7):
        paint_banner(sketch, chance, (-14, 14), (0.4, 1.4), back - 0.2)
    stage = Stage()
    stage.add(0, 16.0, lambda: _tennis_net(sketch))
    for z, share in ((chance.uniform(5.0, 8.0), 0.95), (chance.uniform(22, 27), 0.8)):
        if chance.true(share):
            stage.add(
                0,
                z,
                lambda z=z: carry(
                    Person(
                        sketch,
                        chance,
                        chance.uniform(-2.5, 2.5),
                        z,
                        chance.pick(("swing", "serve", "run")),
                        clothes="sport",
                    ),
                    chance,
                    "tennis racket",
                ),
            )
    if chance.true(0.4):
        stage.add(0, 16.2, lambda: paint_person(sketch, chance, chance.side() * 7.2, 16.2, "stand"))
    stage.play()
    z = chance.uniform(7, 14)
    d = Drawing(sketch, "sports ball", chance.uniform(-2, 2), z, foot=chance.uniform(0.8, 2.2), size=0.2)
    d.disc(d.ink((0.85, 0.95, 0.25), 1.3), 0, 0, 0.5)


def _tennis_net(sketch: Sketch) -> None:
    net = sketch.ink("net", (0.12, 0.13, 0.13), second=(0.45, 0.5, 0.5), tile="mesh", metres=0.5, z=16.0)
    sketch.front(net, (-6.2, 6.2), (0.0, 0.95), 16.0)
    sketch.front(sketch.ink("net", (0.95, 0.95, 0.95), z=16.0), (-6.2, 6.2), (0.9, 1.02), 16.0)
    for x in (-6.2, 6.2):
        sketch.front(sketch.ink("metal", (0.3, 0.3, 0.3), z=16.0), (x - 0.07, x + 0.07), (0, 1.1), 16.0)
