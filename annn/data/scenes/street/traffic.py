"""Who and what is on the street: vehicles in lanes and parking strips, people, two-wheelers, poles, trees."""

from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.street.furniture import paint_lamp, paint_pole_group, paint_sign, paint_thing, paint_traffic_light
from annn.data.scenes.street.greenery import paint_bush, paint_tree
from annn.data.scenes.street.ground import rectangle
from annn.data.scenes.street.heavy import paint_bus, paint_caravan, paint_tram, paint_truck
from annn.data.scenes.street.layout import WALK, Side, Stage, Street
from annn.data.scenes.street.people import paint_bicycle, paint_motorcycle, paint_person, person_shadow
from annn.data.scenes.street.vehicles import SHAPES, Frame, paint_car

KINDS = ("hatch", "hatch", "sedan", "estate", "suv", "van")


def inner_side(x: float, width: float) -> float:
    """The x of the side that shows of something `width` wide centred on x; near the axis either side does."""
    return x - width / 2 if x > 0 else x + width / 2


def add_car(stage: Stage, canvas: Canvas, chance: Chance, x: float, z: float, ahead: bool) -> float:
    """A car centred on x with its near end at z; returns the z of its far end."""
    shape = chance.pick(KINDS)
    outline, _, width, _ = SHAPES[shape]
    long = outline[-1][0] * chance.uniform(0.95, 1.06)
    frame = Frame(inner_side(x, width), z, long, width, ahead)
    braking = chance.true(0.3)
    stage.add(abs(x), z, lambda: paint_car(canvas, chance, frame, shape, braking))
    return z + long


def add_lanes(stage: Stage, canvas: Canvas, chance: Chance, street: Street, taken: int | None, heavy: bool) -> None:
    """Traffic in every lane. taken: the side whose outermost lane is left to a planted body. heavy: buses and trams
    of the ordinary, recognisable kind may come."""
    outermost = {s: max((abs(x) for x, _ in street.lanes if x * s > 0.5), default=0.0) for s in (-1, 1)}
    density = chance.uniform(0.25, 1.1)
    extra = ["truck"] * chance.true(0.42) + ["bus"] * (heavy and chance.true(0.3)) + ["caravan"] * chance.true(0.1)
    extra += ["trailer"] * chance.true(0.1)
    for x, direction in street.lanes:
        own = abs(x) < 0.5
        beside = taken is not None and x * taken > 0.5  # a truck here would hide the body
        if taken is not None and beside and abs(x) == outermost[taken]:
            continue
        if street.track is not None and abs(x - street.track) < 0.9 and heavy and chance.true(0.75):
            z = chance.uniform(9, 30)
            frame = Frame(inner_side(street.track, 2.4), z, chance.uniform(20, 30), 2.4, direction > 0)
            stage.add(abs(x), z, lambda f=frame: paint_tram(canvas, chance, f))
            continue
        z = chance.uniform(9, 24) if own else chance.uniform(5, 22)
        while z < 100:
            place = x + chance.uniform(-0.25, 0.25)
            kind = extra.pop() if extra and not beside and (not own or chance.true(0.4)) else "car"
            z = _add_vehicle(stage, canvas, chance, kind, place, abs(x), z, direction > 0)
            z += chance.uniform(4, 30) / density


def _add_vehicle(
    stage: Stage, canvas: Canvas, chance: Chance, kind: str, x: float, band: float, z: float, ahead: bool
) -> float:
    if kind == "car":
        return add_car(stage, canvas, chance, x, z, ahead)
    if kind in ("caravan", "trailer"):
        car_at, tow_at = (z + 4.6, z) if ahead else (z, z + 4.9)
        label, long = (29, 4.0) if kind == "caravan" else (30, 3.2)
        frame = Frame(inner_side(x, 2.0), tow_at, long, 2.0, ahead)
        stage.add(band, tow_at, lambda: paint_caravan(canvas, chance, frame, label))
        return max(tow_at + long, add_car(stage, canvas, chance, x, car_at, ahead))
    long = chance.uniform(6.5, 11) if kind == "truck" else chance.uniform(10, 13)
    width = 2.4
    frame = Frame(inner_side(x, width), z, long, width, ahead)
    paint = paint_truck if kind == "truck" else paint_bus
    stage.add(band, z, lambda: paint(canvas, chance, frame))
    return z + long


def add_crossing_traffic(stage: Stage, canvas: Canvas, chance: Chance, street: Street) -> None:
    """Vehicles that cross at the side street, seen from the side."""
    if street.crossing is None or not chance.true(0.45):
        return
    z = (street.crossing[0] + street.crossing[1]) / 2
    x = chance.uniform(-street.sides[-1].edge - 6, street.sides[1].edge)
    shape = chance.pick(KINDS)
    outline, _, width, _ = SHAPES[shape]
    frame = Frame(x, z, outline[-1][0], width, chance.true(0.5), crosswise=True)
    stage.add(1.5, z, lambda: paint_car(canvas, chance, frame, shape))


def add_parked(stage: Stage, canvas: Canvas, chance: Chance, side: Side) -> None:
    """Cars, motorcycles and now and then a truck in the parking strip."""
    if side.kerb - side.edge < 1.0:
        return
    x = side.sign * (side.edge + 1.05)
    z, fullness, ahead = chance.uniform(4, 12), chance.uniform(0.4, 0.95), side.sign > 0
    while z < 75:
        if chance.true(fullness):
            if chance.true(0.12):
                at = x + chance.uniform(-0.4, 0.4)
                stage.add(abs(x), z, lambda at=at, z=z: paint_motorcycle(canvas, chance, at, z, 0.0, chance.true(0.5)))
                z += 1.2
            else:
                z = add_car(stage, canvas, chance, x, z, ahead)
        else:
            z += 5.0
        z += chance.uniform(0.5, 1.4)


def add_wires(stage: Stage, canvas: Canvas, chance: Chance, street: Street) -> None:
    """The wire over a tram track, which nobody labels: unlabeled (0)."""
    if street.track is None:
        return
    x, high = street.track, chance.uniform(5.2, 5.8)

    def act() -> None:
        wire = canvas.paint((0.30, 0.31, 0.33), label=0, plane=Plane("y", high), glow=True)
        canvas.polygon(wire, rectangle(x - 0.02, x + 0.02, 3.0, 80.0, high))

    stage.add(0.0, 0.0, act)


def add_people(stage: Stage, canvas: Canvas, chance: Chance, street: Street) -> None:
    """Walkers on both sidewalks and across the road, riders and parked two-wheelers."""
    for side in street.sides.values():
        for _ in range(chance.pick((0, 1, 2, 3, 4, 6))):
            out, z = chance.uniform(side.walk + 0.3, side.front - 0.3), chance.uniform(5, 30)
            x, group = side.sign * out, chance.pick((1, 1, 1, 2, 3))
            for k in range(group):
                _add_person(stage, canvas, chance, x + 0.55 * k * side.sign, z + 0.3 * k, WALK, side.raised)
        for _ in range(chance.pick((0, 0, 0, 1, 2, 4))):
            x, z = side.sign * (side.front - chance.uniform(0.3, 0.9)), chance.uniform(7, 25)
            turned = chance.true(0.7)
            stage.add(WALK + 20, z, lambda x=x, z=z, t=turned, y=side.raised: paint_bicycle(canvas, chance, x, z, y, t))
    if chance.true(0.3):
        z = street.crossing[0] - 3 if street.crossing else chance.uniform(12, 35)
        for _ in range(chance.integer(1, 4)):
            x = chance.uniform(-street.sides[-1].edge, street.sides[1].edge)
            _add_person(stage, canvas, chance, x, z + chance.uniform(-1, 1), abs(x), 0.0)
    for paint, probability in ((paint_bicycle, 0.55), (paint_motorcycle, 0.38)):
        if chance.true(probability):
            side = street.sides[chance.side()]
            x, z = side.sign * (side.edge - chance.uniform(0.4, 1.1)), chance.uniform(7, 22)
            turned = chance.true(0.35)
            person_shadow(canvas, x, z)
            stage.add(abs(x), z, lambda p=paint, x=x, z=z, t=turned: p(canvas, chance, x, z, 0.0, t, True))
    if chance.true(0.25):
        side = street.sides[chance.side()]
        x, z, turned = side.sign * (side.walk + 0.7), chance.uniform(7, 20), chance.true(0.6)
        stage.add(WALK, z, lambda y=side.raised: paint_motorcycle(canvas, chance, x, z, y, turned))


def _add_person(stage: Stage, canvas: Canvas, chance: Chance, x: float, z: float, band: float, foot: float) -> None:
    height = chance.uniform(1.0, 1.35) if chance.true(0.08) else 0.0
    person_shadow(canvas, x, z)
    stage.add(band, z, lambda: paint_person(canvas, chance, x, z, foot, height))


def add_furniture(stage: Stage, canvas: Canvas, chance: Chance, street: Street, nearest_sign: float) -> None:
    """Lamps, signs, traffic lights, street trees and the rest of what stands along the kerb."""
    for side in street.sides.values():
        line = side.sign * (side.kerb + 0.55)
        band = side.kerb + 0.5
        if chance.true(0.75):
            z, step = chance.uniform(6, 20), chance.uniform(20, 32)
            while z < 120:
                stage.add(band, z, lambda z=z, x=line: paint_lamp(canvas, chance, x, z))
                z += step
        for _ in range(chance.integer(1, 3)):
            z = chance.uniform(nearest_sign, 40)
            stage.add(band, z, lambda z=z, x=line: paint_sign(canvas, chance, x, z))
        if street.crossing or chance.true(0.2):
            z = street.crossing[0] - 5.2 if street.crossing else chance.uniform(14, 35)
            if chance.true(0.8):
                state = chance.pick((0, 0, 1, 2, 2))
                stage.add(band, z, lambda z=z, x=line, s=state: paint_traffic_light(canvas, chance, x, z, s))
        if chance.true(0.12):
            z = chance.uniform(9, 30)
            stage.add(band, z, lambda z=z, x=line: paint_pole_group(canvas, chance, x, z))
        for label, probability in ((4, 0.5), (5, 0.18)):
            if chance.true(probability):
                z, x = chance.uniform(7, 25), side.sign * chance.uniform(side.walk + 0.4, side.front - 0.3)
                stage.add(
                    WALK + 10, z, lambda z=z, x=x, n=label, y=side.raised: paint_thing(canvas, chance, x, z, y, n)
                )
        _add_street_trees(stage, canvas, chance, side)


def _add_street_trees(stage: Stage, canvas: Canvas, chance: Chance, side: Side) -> None:
    if not chance.true(0.75 if side.walk > side.kerb + 0.3 else 0.5):
        return
    x, tall = side.sign * (side.kerb + chance.uniform(0.6, 1.1)), chance.uniform(5, 10)
    z, step = chance.uniform(8, 18), chance.uniform(8, 16)
    while z < 110:
        if chance.true(0.85):
            high = tall * chance.uniform(0.8, 1.2)
            stage.add(side.kerb + 0.8, z, lambda z=z, h=high: paint_tree(canvas, chance, x, z, h))
            if chance.true(0.2) and side.walk > side.kerb + 0.3:
                stage.add(side.kerb + 0.6, z + 3, lambda z=z: paint_bush(canvas, chance, x, z + 3, 0.9))
        z += step
