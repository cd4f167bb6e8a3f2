"""Sky, backdrop and everything that lies flat: carriageway, kerbs, sidewalks, verges, tracks and markings."""

from annn.data.scenes.camera import Point
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color, times
from annn.data.scenes.street.layout import FAR, Side, Street

GROUND = Plane("y", 0.0)
NEAR_EDGE = -3.0


def rectangle(x0: float, x1: float, z0: float, z1: float, y: float = 0.0) -> list[Point]:
    """Corners of a horizontal rectangle."""
    return [(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)]


def upright(axis: str, at: float, a0: float, a1: float, y0: float, y1: float) -> list[Point]:
    """Corners of an upright rectangle on the plane axis = at, from a0 to a1 along the other horizontal axis."""
    if axis == "x":
        return [(at, y0, a0), (at, y0, a1), (at, y1, a1), (at, y1, a0)]
    return [(a0, y0, at), (a1, y0, at), (a1, y1, at), (a0, y1, at)]


def paint_sky(canvas: Canvas, chance: Chance) -> None:
    """The sky as a high ceiling of cloud, and a backdrop of far houses, woods or hills at the horizon."""
    light = canvas.light
    scale = chance.uniform(900, 2200)
    origin = (chance.uniform(0, 900), chance.uniform(0, 900))
    sky = canvas.paint(light.sky, second=light.cloud, tile=light.clouds, metres=(scale, scale * 0.8), origin=origin,
                       label=23, plane=Plane("y", 220.0), glow=True)  # fmt: skip
    w, h = canvas.camera.width, canvas.camera.height
    canvas.pixels(sky, [(-1.0, -1.0), (w, -1.0), (w, h), (-1.0, h)])
    base = canvas.paint((0.35, 0.38, 0.28), second=(0.42, 0.44, 0.33), tile="grass", metres=(9, 9), label=22,
                        plane=GROUND)  # fmt: skip
    canvas.polygon(base, rectangle(-900, 900, NEAR_EDGE, 900))
    kind = chance.pick(("houses", "woods", "hills", "mixed"))
    x = -190.0
    while x < 190:
        wide = chance.uniform(10, 26)
        built = kind == "houses" or (kind == "mixed" and chance.true(0.5))
        high = chance.uniform(8, 22) if built else chance.uniform(4, 9) if kind == "hills" else chance.uniform(7, 13)
        z = FAR + 40 + chance.uniform(0, 30)
        if built:
            color = chance.tint((0.62, 0.58, 0.54), 0.1)
            paint = canvas.paint(color, second=(0.3, 0.32, 0.36), tile="facade" + str(chance.integer(0, 7)),
                                 metres=(12, 12), label=11, plane=Plane("z", z))  # fmt: skip
            canvas.polygon(paint, upright("z", z, x, x + wide, 0.0, high))
        else:
            paint = canvas.paint((0.16, 0.24, 0.11), second=(0.34, 0.44, 0.20), tile="leaves", metres=(14, 14),
                                 label=21, plane=Plane("z", z))  # fmt: skip
            crest = [(x - 4 + k * (wide + 8) / 6, high * chance.uniform(0.75, 1.1), z) for k in range(7)]
            canvas.polygon(paint, [(x - 4, 0.0, z), *crest, (x + wide + 4, 0.0, z)])
        x += wide


def paint_ground(canvas: Canvas, chance: Chance, street: Street) -> None:
    """The carriageway with its markings, the strips of both sides, track and side street."""
    left, right = -street.sides[-1].edge, street.sides[1].edge
    grey = chance.uniform(0.30, 0.46) * (1 - 0.22 * canvas.light.wet)
    asphalt = chance.tint((grey, grey, grey * chance.uniform(0.97, 1.06)), 0.03)
    tile, metres = ("cobbles", (3.0, 3.0)) if chance.true(0.1) else ("asphalt", (5.0, 5.0))
    bright = times(asphalt, 1.25)
    road = canvas.paint(asphalt, second=bright, tile=tile, metres=metres, label=7, plane=GROUND)
    for side in street.sides.values():
        _paint_side(canvas, chance, side)
    canvas.polygon(road, rectangle(left, right, NEAR_EDGE, FAR + 30))
    worn = times(asphalt, 0.8)
    patch = canvas.paint(worn, second=asphalt, tile="asphalt", metres=(3, 3), label=7, plane=GROUND)
    if street.crossing:
        canvas.polygon(road, rectangle(-70, 70, *street.crossing))
    for _ in range(chance.integer(1, 5)):  # mended patches and manhole covers
        x, z, wide = chance.uniform(left, right - 2), chance.uniform(4, 40), chance.uniform(0.5, 2.0)
        canvas.polygon(patch, rectangle(x, min(x + wide, right), z, z + chance.uniform(0.6, 9)))
    if canvas.light.wet > 0.5:  # puddles and wet streaks mirror the sky
        sheen = canvas.paint(asphalt, second=tuple(0.8 * c for c in canvas.light.air), tile="rain",  # type: ignore[arg-type]
                             metres=(6, 22), label=7, plane=GROUND)  # fmt: skip
        canvas.polygon(sheen, rectangle(left + 0.2, right - 0.2, NEAR_EDGE, FAR))
    if street.track is not None:
        _paint_track(canvas, chance, street.track, asphalt)
    _paint_markings(canvas, chance, street)


def _paint_track(canvas: Canvas, chance: Chance, x: float, asphalt: Color) -> None:
    """A tram track in a bed of its own: two rails, each a bright head beside a dark groove."""
    stone: Color = chance.pick(((0.42, 0.36, 0.31), (0.50, 0.48, 0.45), (0.33, 0.36, 0.25)))
    bed = canvas.paint(stone, second=asphalt, tile="ballast", metres=(2.8, 2.8), label=10, plane=GROUND,
                       origin=(x - 1.4, 0))  # fmt: skip
    canvas.polygon(bed, rectangle(x - 1.4, x + 1.4, NEAR_EDGE, FAR + 20))
    groove = canvas.paint((0.10, 0.10, 0.10), label=10, plane=GROUND)
    head = canvas.paint((0.80, 0.81, 0.84), label=10, plane=GROUND)
    for rail in (x - 0.72, x + 0.72):
        canvas.polygon(groove, rectangle(rail - 0.10, rail + 0.02, NEAR_EDGE, FAR + 20))
        canvas.polygon(head, rectangle(rail + 0.02, rail + 0.09, NEAR_EDGE, FAR + 20))


def _paint_side(canvas: Canvas, chance: Chance, side: Side) -> None:
    s, top = side.sign, side.raised
    grey = chance.uniform(0.5, 0.66)
    stone = chance.tint((grey, grey * 0.98, grey * 0.94), 0.05)
    dark = times(stone, 0.72)
    tile, metres = chance.pick((("slabs", (2.4, 2.4)), ("cobbles", (1.6, 1.6)), ("grain", (1.5, 1.5))))
    deck = Plane("y", top)
    walk = canvas.paint(stone, second=dark, tile=tile, metres=metres, label=8, plane=deck)
    grass = chance.tint((0.27, 0.36, 0.14), 0.08)
    lawn = canvas.paint(grass, second=(grass[0] * 1.5, grass[1] * 1.35, grass[2] * 1.4), tile="grass", metres=(5, 5),
                        label=22, plane=deck)  # fmt: skip
    end = FAR + 20
    outer = lawn if side.frontage != "city" else walk
    canvas.polygon(outer, rectangle(s * side.front, s * (side.house + 30), NEAR_EDGE, end, top))
    canvas.polygon(walk, rectangle(s * side.walk, s * side.front, NEAR_EDGE, end, top))
    if side.frontage == "city" and chance.true(0.3):  # a paved forecourt that is neither road nor sidewalk
        court = canvas.paint(chance.tint((0.55, 0.5, 0.46)), second=dark, tile="cobbles", metres=(2, 2), label=6,
                             plane=deck)  # fmt: skip
        z = chance.uniform(4, 25)
        canvas.polygon(court, rectangle(s * (side.walk + 0.6), s * (side.house + 8), z, z + chance.uniform(8, 25), top))
    if side.walk > side.kerb + 0.1:
        canvas.polygon(lawn, rectangle(s * side.kerb, s * side.walk, NEAR_EDGE, end, top))
    if side.kerb > side.edge + 0.1:
        pale = chance.tint((0.46, 0.44, 0.43), 0.05)
        strip = canvas.paint(pale, second=times(pale, 0.7), tile="cobbles", metres=(1.8, 1.8), label=9, plane=GROUND)
        canvas.polygon(strip, rectangle(s * side.edge, s * side.kerb, NEAR_EDGE, end))
    kerb = canvas.paint((0.62, 0.61, 0.59), second=(0.45, 0.45, 0.44), tile="grain", label=8,
                        plane=Plane("x", s * side.kerb), grounded=False)  # fmt: skip
    canvas.polygon(kerb, upright("x", s * side.kerb, NEAR_EDGE, end, 0.0, top))
    stone_top = canvas.paint((0.66, 0.65, 0.62), second=(0.5, 0.5, 0.49), tile="grain", label=8, plane=deck)
    canvas.polygon(stone_top, rectangle(s * side.kerb, s * (side.kerb + 0.16), NEAR_EDGE, end, top))


def _paint_markings(canvas: Canvas, chance: Chance, street: Street) -> None:
    white = chance.uniform(0.72, 0.92)
    paint = canvas.paint((white, white, white * 0.98), second=(0.5, 0.5, 0.5), tile="asphalt", metres=(2, 2), label=7,
                         plane=GROUND)  # fmt: skip
    edges = sorted({round(x + d * street.lane / 2, 1) for x, _ in street.lanes for d in (-1, 1)})
    dash = chance.pick((3.0, 4.0, 6.0))
    for number, x in enumerate(edges):
        border = number in (0, len(edges) - 1)
        if border and chance.true(0.35):
            canvas.polygon(paint, rectangle(x - 0.07, x + 0.07, NEAR_EDGE, FAR))
        elif not border:
            z = chance.uniform(-3, 3)
            while z < 90:
                canvas.polygon(paint, rectangle(x - 0.075, x + 0.075, z, z + dash))
                z += 2.2 * dash
    left, right = -street.sides[-1].edge, street.sides[1].edge
    if street.crossing:
        z = street.crossing[0] - 4.5
        zebra = chance.true(0.6)
        x = left + 0.3
        while zebra and x < right - 0.6:
            canvas.polygon(paint, rectangle(x, x + 0.5, z, z + 3.0))
            x += 1.0
        canvas.polygon(paint, rectangle(-street.lane / 2, right, z - 1.4, z - 0.9))
    if chance.true(0.3):  # an arrow on the camera's own lane
        z = chance.uniform(7, 22)
        canvas.polygon(paint, rectangle(-0.09, 0.09, z, z + 3))
        canvas.polygon(paint, [(-0.4, 0.0, z + 3), (0.4, 0.0, z + 3), (0.0, 0.0, z + 4.6)])
