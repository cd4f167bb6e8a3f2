"""Scenes of travel: airport and railway station."""

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.street.heavy import paint_tram, paint_truck
from annn.data.scenes.street.layout import Stage
from annn.data.scenes.street.vehicles import Frame
from annn.data.scenes.stuff.backdrop import (
    GROUND,
    paint_ground,
    paint_hills,
    paint_sky,
    paint_skyline,
    paint_woods,
)
from annn.data.scenes.stuff.household import paint_clock
from annn.data.scenes.stuff.people import Person, carry, paint_person
from annn.data.scenes.stuff.places import spot
from annn.data.scenes.stuff.sketch import Drawing, Sketch, shaded
from annn.data.scenes.stuff.things import paint_airplane, paint_bench


def paint_airport(sketch: Sketch, chance: Chance) -> None:
    """Airliners on the apron before terminal and hills, or coming in to land."""
    paint_sky(sketch, chance, 0.7)
    if chance.true(0.5):
        paint_hills(sketch, chance, (0.36, 0.42, 0.3), z=600.0, high=0.045)
    if chance.true(0.5):
        paint_woods(sketch, chance, 260.0, 12.0)
    green = chance.tint((0.42, 0.47, 0.24))
    paint_ground(sketch, "grass", green, shaded(green, 0.75), "grass", 6.0)
    grey = chance.uniform(0.42, 0.58)
    concrete = sketch.ink(
        "pavement" if chance.true(0.5) else "road",
        (grey, grey, grey * 1.02),
        second=(grey * 0.78, grey * 0.78, grey * 0.8),
        tile="concrete",
        metres=15.0,
        plane=GROUND,
    )
    far = chance.uniform(60, 110)
    sketch.ground(concrete, (-400, 400), (-3, far))
    yellow = sketch.ink("road", (0.85, 0.7, 0.15), plane=GROUND)
    z = chance.uniform(6, 12)
    sketch.polygon(yellow, [(-60, 0, z), (60, 0, z + 3), (60, 0, z + 3.3), (-60, 0, z + 0.3)])
    _fill_airport(sketch, chance, grey)


def _fill_airport(sketch: Sketch, chance: Chance, grey: float) -> None:
    """Airliners, trucks and people, and perhaps a fence before them."""
    stage = Stage()
    if chance.true(0.7):
        stage.add(0, 140.0, lambda: _terminal(sketch, chance, 140.0))
    for _ in range(chance.integer(1, 3)):
        z = chance.uniform(34, 90)
        x = chance.uniform(-0.45, 0.45) * z
        stage.add(0, z, lambda x=x, z=z: paint_airplane(sketch, chance, x, z, chance.uniform(26, 42)))
    for _ in range(chance.integer(0, 3)):
        z = chance.uniform(18, 50)
        x = chance.uniform(-0.5, 0.5) * z
        frame = Frame(x=x, z=z, length=6.5, width=2.3, ahead=chance.true(0.5), crosswise=True)
        stage.add(0, z, lambda f=frame: paint_truck(sketch.street(), chance, f))
    for _ in range(chance.integer(0, 4)):
        x, z = spot(sketch, chance, 7, 30)
        stage.add(
            0, z, lambda x=x, z=z: paint_person(sketch, chance, x, z, chance.pick(("stand", "walk")), clothes="sport")
        )
    stage.play()
    if chance.true(0.4):
        z = chance.uniform(90, 220)
        paint_airplane(
            sketch,
            chance,
            chance.uniform(-0.35, 0.35) * z,
            z,
            36,
            foot=z * chance.uniform(0.14, 0.34),
            turn=chance.uniform(-0.05, 0.25),
        )
    if chance.true(0.4):
        z = chance.uniform(3.5, 5)
        mesh = sketch.ink("fence", (0.5, 0.52, 0.53), second=(grey, grey, grey), tile="mesh", metres=0.5, z=z)
        sketch.front(mesh, (-z, z), (0, 1.0), z)
        for k in range(5):
            Drawing(sketch, "fence", -z + k * z / 2, z).line(
                sketch.ink("fence", (0.4, 0.41, 0.42), z=z), (0, 0), (0, 1.1), 0.06
            )


def _terminal(sketch: Sketch, chance: Chance, z: float) -> None:
    x0, x1, high = chance.uniform(-120, -30), chance.uniform(20, 120), chance.uniform(10, 17)
    glass = sketch.ink(
        "building-other", (0.78, 0.8, 0.82), second=(0.25, 0.33, 0.42), tile="facade5", metres=(22, 18), z=z
    )
    sketch.front(glass, (x0, x1), (0, high), z)
    sketch.front(sketch.ink("building-other", (0.88, 0.88, 0.87), z=z), (x0 - 3, x1 + 3), (high, high + 1.6), z)
    if chance.true(0.7):
        d = Drawing(sketch, "building-other", x0 + (x1 - x0) * chance.uniform(0.2, 0.8), z, size=high)
        d.fill(d.ink((0.75, 0.74, 0.72)), [(-0.16, 0.9), (0.16, 0.9), (0.12, 2.1), (-0.12, 2.1)])
        d.fill(d.ink((0.2, 0.28, 0.34)), [(-0.3, 2.1), (0.3, 2.1), (0.38, 2.5), (-0.38, 2.5)])
        d.fill(d.ink((0.85, 0.85, 0.84)), [(-0.4, 2.5), (0.4, 2.5), (0.3, 2.65), (-0.3, 2.65)])


def paint_station(sketch: Sketch, chance: Chance) -> None:
    """A platform beside the track, with a train, travellers, a roof and a clock."""
    paint_sky(sketch, chance)
    paint_skyline(sketch, chance, 130.0, 12.0, 0.15) if chance.true(0.5) else paint_woods(sketch, chance, 90.0, 10.0)
    paint_ground(sketch, "gravel", (0.5, 0.46, 0.42), (0.62, 0.58, 0.53), "grain", 1.5)
    tracks = [-2.2, -6.4, -10.6][: chance.integer(2, 3)]
    for x in tracks:
        bed = sketch.ink(
            "railroad",
            (0.42, 0.37, 0.33),
            second=(0.6, 0.57, 0.53),
            tile="ballast",
            metres=2.8,
            origin=(x - 1.4, 0),
            plane=GROUND,
        )
        sketch.ground(bed, (x - 1.4, x + 1.4), (-3, 200))
        for s in (-0.72, 0.72):
            sketch.ground(
                sketch.ink("railroad", (0.62, 0.6, 0.58), plane=GROUND), (x + s - 0.05, x + s + 0.05), (-3, 200)
            )
    top, edge = 0.75, -0.5
    stage = Stage()
    with_train = chance.true(0.85)
    at = tracks[0] if chance.true(0.55) else tracks[1]
    if with_train:
        z = chance.uniform(6, 16)
        frame = Frame(x=at + 1.35, z=z, length=chance.uniform(45, 90), width=2.8, ahead=chance.true(0.4))
        stage.add(50.0, z, lambda: paint_tram(sketch.street(), chance, frame))
    stage.play()
    slab = chance.tint((0.66, 0.65, 0.62))
    plane = Plane("y", top)
    sketch.ground(
        sketch.ink("platform", slab, second=shaded(slab, 0.8), tile="slabs", metres=4.0, plane=plane),
        (edge, 9),
        (-3, 150),
        top,
    )
    side = sketch.ink("platform", shaded(slab, 0.6), plane=Plane("x", edge))
    sketch.polygon(side, [(edge, 0, -3), (edge, 0, 150), (edge, top, 150), (edge, top, -3)])
    sketch.ground(sketch.ink("platform", (0.92, 0.85, 0.4), plane=plane), (edge + 0.55, edge + 0.7), (-3, 150), top)
    wall = sketch.ink(
        *chance.pick((("wall-brick", (0.52, 0.28, 0.2)), ("wall-concrete", (0.62, 0.6, 0.57)))),
        second=(0.68, 0.62, 0.56),
        tile="bricks",
        metres=2.0,
        plane=Plane("x", 6.0),
    )
    sketch.polygon(wall, [(6.0, top, 2), (6.0, top, 70), (6.0, 4.2, 70), (6.0, 4.2, 2)])
    _platform_life(sketch, chance, top)


def _platform_life(sketch: Sketch, chance: Chance, top: float) -> None:
    stage = Stage()
    roofed = chance.true(0.7)
    if roofed:
        under = sketch.ink(
            "roof",
            (0.45, 0.43, 0.4),
            second=(0.34, 0.32, 0.3),
            tile="boards",
            metres=2.0,
            plane=Plane("y", 4.3),
            gain=0.9,
        )
        stage.add(0, 900, lambda: sketch.ground(under, (0.3, 7.0), (3, 70), 4.3))
        for k in range(7):
            z = 6.0 + 9 * k
            stage.add(
                0, z, lambda z=z: sketch.front(sketch.ink("metal", (0.25, 0.36, 0.33), z=z), (2.9, 3.1), (top, 4.3), z)
            )
        stage.add(0, 7.9, lambda: paint_clock(sketch, chance, 1.6, 3.4, 8.0, 0.42))
    if chance.true(0.6):
        stage.add(0, 11.0, lambda: paint_bench(sketch, chance, 4.6, 11.0, top))
    for _ in range(chance.integer(2, 6)):
        z = chance.uniform(3, 16)
        x = chance.uniform(0.3, min(5.0, 0.4 + z * 0.35))
        stage.add(0, z, lambda x=x, z=z: _traveller(sketch, chance, x, z, top))
    stage.play()


def _traveller(sketch: Sketch, chance: Chance, x: float, z: float, top: float) -> None:
    person = Person(sketch, chance, x, z, chance.pick(("stand", "walk", "look")), foot=top, shadow=False)
    for what, share in (("backpack", 0.3), ("suitcase", 0.35), ("handbag", 0.2), ("cell phone", 0.12), ("tie", 0.15)):
        if chance.true(share):
            carry(person, chance, what)
            return
