"""What lines a street: houses, garden walls and fences, guard rails, bridges and tunnels."""

from annn.data.scenes.camera import Point
from annn.data.scenes.canvas import Canvas, Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color, times
from annn.data.scenes.street.greenery import paint_bush, paint_hedge, paint_tree
from annn.data.scenes.street.ground import rectangle, upright
from annn.data.scenes.street.layout import FAR, FRONTAGE, GARDEN, Side, Stage, Street

PLASTER: tuple[Color, ...] = (
    (0.80, 0.74, 0.62), (0.74, 0.70, 0.66), (0.70, 0.52, 0.40), (0.85, 0.82, 0.76), (0.62, 0.60, 0.60),
    (0.76, 0.62, 0.42), (0.58, 0.40, 0.33), (0.66, 0.70, 0.72), (0.82, 0.70, 0.60), (0.48, 0.46, 0.45),
)  # fmt: skip
GLASS: tuple[Color, ...] = ((0.14, 0.17, 0.21), (0.22, 0.27, 0.33), (0.10, 0.11, 0.13), (0.30, 0.37, 0.44))
ROOFS: tuple[Color, ...] = ((0.42, 0.22, 0.16), (0.28, 0.26, 0.27), (0.36, 0.28, 0.24))


def paint_house(canvas: Canvas, chance: Chance, side: Side, z0: float, z1: float, storeys: int, gabled: bool) -> None:
    """A house with its front along the street and a gable wall towards the camera."""
    s, near = side.sign, max(z0, 0.7)
    x, deep = s * side.house, chance.uniform(9, 13)
    storey = chance.uniform(2.9, 3.5)
    high = storeys * storey + 0.6
    color, glass = chance.tint(chance.pick(PLASTER), 0.06), chance.pick(GLASS)
    tile = f"facade{chance.integer(0, 7)}"
    bays = max(1, round((z1 - z0) / chance.uniform(2.6, 3.6)))
    metres = (4 * (z1 - z0) / bays, 4 * storey)
    front = canvas.paint(color, second=glass, tile=tile, metres=metres, origin=(z0, 0.5), label=11, plane=Plane("x", x))
    blank = "bricks" if chance.true(0.3) else "blotch"
    gable = canvas.paint(color, second=times(color, 0.8), tile=blank, metres=(4, 4), label=11, plane=Plane("z", near))
    if gabled:
        end = [(x, 0.0, z0), (x, high, z0), (x + s * deep / 2, high + deep * 0.33, z0), (x + s * deep, high, z0),
               (x + s * deep, 0.0, z0)]  # fmt: skip
        roof_color = chance.tint(chance.pick(ROOFS), 0.05)
        roof = canvas.paint(roof_color, second=times(roof_color, 0.7),
                            tile="roof", metres=(3, 3), label=11, plane=Plane("x", x + s * 0.5), gain=1.15)  # fmt: skip
        canvas.polygon(gable, end)
        ridge = high + deep * 0.33
        canvas.polygon(roof, [(x - s * 0.4, high - 0.1, z0 - 0.3), (x - s * 0.4, high - 0.1, z1),
                              (x + s * deep / 2, ridge, z1), (x + s * deep / 2, ridge, z0 - 0.3)])  # fmt: skip
    else:
        canvas.polygon(gable, upright("z", z0, x, x + s * deep, 0.0, high))
    canvas.polygon(front, upright("x", x, z0, z1, 0.0, high))
    canvas.cast(upright("x", x, z0, z1, 0.0, high))
    _paint_ground_floor(canvas, chance, side, z0, z1, high, storey, color, not gabled)


def _paint_ground_floor(
    canvas: Canvas,
    chance: Chance,
    side: Side,
    z0: float,
    z1: float,
    high: float,
    storey: float,
    color: Color,
    city: bool,
) -> None:
    """Cornice, plinth, and shops in the city, a door elsewhere."""
    x = side.sign * side.house
    plane = Plane("x", x)
    pale: Color = (min(1, color[0] * 1.15), min(1, color[1] * 1.15), min(1, color[2] * 1.15))
    if city:
        ledge = canvas.paint(pale, label=11, plane=plane)
        canvas.polygon(ledge, upright("x", x, z0, z1, high - 0.5, high))
    if city and chance.true(0.55):
        dark = chance.tint(chance.pick(((0.35, 0.30, 0.28), (0.62, 0.60, 0.58), (0.3, 0.33, 0.38), (0.55, 0.2, 0.16))))
        shop = canvas.paint(dark, second=chance.pick(GLASS), tile="shop", metres=(9.0, storey + 0.4), label=11,
                            plane=plane, origin=(z0, 0))  # fmt: skip
        canvas.polygon(shop, upright("x", x, z0, z1, 0.0, storey + 0.4))
    else:
        base = canvas.paint(times(color, 0.6), label=11, plane=plane)
        canvas.polygon(base, upright("x", x, z0, z1, 0.0, 0.6))
        door = canvas.paint(chance.pick(((0.25, 0.15, 0.1), (0.2, 0.25, 0.3), (0.6, 0.6, 0.58))), label=11, plane=plane)
        z = z0 + chance.uniform(0.15, 0.7) * (z1 - z0)
        canvas.polygon(door, upright("x", x, z, z + 1.1, 0.0, 2.2))


def paint_barrier(canvas: Canvas, chance: Chance, x: float, z0: float, z1: float, kind: str) -> None:
    """A wall (brick, stone, concrete), a fence (mesh, pickets, bars, boards) or a guard rail along the street."""
    s = 1 if x > 0 else -1
    looks: dict[str, tuple[Color, Color, str, tuple[float, float], float, int]] = {
        "brick": ((0.50, 0.27, 0.20), (0.68, 0.62, 0.56), "bricks", (2.0, 1.6), chance.uniform(1.0, 2.4), 12),
        "stone": ((0.42, 0.41, 0.39), (0.62, 0.60, 0.56), "stones", (3.2, 3.2), chance.uniform(0.9, 2.6), 12),
        "concrete": ((0.64, 0.63, 0.60), (0.46, 0.46, 0.45), "concrete", (5.0, 3.0), chance.uniform(1.2, 3.0), 12),
        "mesh": ((0.40, 0.43, 0.42), (0.26, 0.33, 0.20), "mesh", (1.2, 1.2), chance.uniform(1.4, 2.4), 13),
        "pickets": ((0.86, 0.85, 0.82), (0.24, 0.31, 0.16), "pickets", (1.6, 1.6), chance.uniform(0.9, 1.3), 13),
        "bars": ((0.10, 0.11, 0.12), (0.36, 0.40, 0.28), "bars", (1.3, 1.5), 1.5, 13),
        "boards": ((0.46, 0.33, 0.21), (0.22, 0.15, 0.10), "boards", (1.6, 1.6), chance.uniform(1.2, 1.9), 13),
    }
    color, second, tile, metres, high, label = looks[kind]
    color = chance.tint(color, 0.07)
    plane, front = Plane("x", x), Plane("z", max(z0, 0.7))
    body = canvas.paint(color, second=second, tile=tile, metres=metres, origin=(z0, 0), label=label, plane=plane)
    if label == 12:
        end = canvas.paint(color, second=second, tile=tile, metres=metres, label=label, plane=front)
        canvas.polygon(end, upright("z", z0, x, x + s * 0.4, 0.0, high))
    canvas.polygon(body, upright("x", x, z0, z1, 0.0, high))
    canvas.cast(upright("x", x, z0, z1, 0.0, high), 1.0 if label == 12 else 0.45)
    trim: Color = (min(1, color[0] * 1.25), min(1, color[1] * 1.25), min(1, color[2] * 1.25))
    cap = canvas.paint(trim, label=label, plane=plane)
    if label == 12:
        canvas.polygon(cap, upright("x", x - s * 0.06, z0, z1, high - 0.12, high + 0.02))
        return
    z = z0
    while z < z1 and kind != "boards":  # posts
        canvas.polygon(cap, upright("z", z, x - 0.05, x + 0.05, 0.0, high + 0.08))
        z += 3.0


def paint_guard_rail(canvas: Canvas, chance: Chance, x: float, z0: float, z1: float) -> None:
    """A steel guard rail on short posts."""
    steel = chance.tint((0.62, 0.64, 0.66), 0.05)
    post = canvas.paint((0.4, 0.41, 0.42), label=14, plane=Plane("x", x))
    for k in range(int((z1 - z0) / 4)):
        canvas.polygon(post, upright("z", z0 + 4 * k, x - 0.06, x + 0.06, 0.0, 0.7))
    for low, gain in ((0.42, 0.8), (0.53, 1.1), (0.64, 0.9)):
        rail = canvas.paint(steel, label=14, plane=Plane("x", x), gain=gain)
        canvas.polygon(rail, upright("x", x, z0, z1, low, low + 0.12))


def add_frontage(stage: Stage, canvas: Canvas, chance: Chance, street: Street, side: Side, enclosed: bool) -> None:
    """Houses, gaps and gardens along one side. enclosed: a barrier of its own already stands there."""
    z = chance.uniform(-12, -2)
    s = side.sign
    terrace = chance.integer(3, 6)
    while z < FAR:
        long = chance.uniform(9, 22) if side.frontage == "city" else chance.uniform(9, 14)
        end = z + long
        crossing = street.crossing
        if crossing and z < crossing[1] and end > crossing[0] - side.house * 0.15:
            if crossing[0] - 2 - z > 6:
                end = crossing[0] - 2
            else:
                z = crossing[1] + 2
                continue
        storeys = max(2, terrace + chance.integer(-1, 1)) if side.frontage == "city" else chance.integer(1, 2)
        built = {"city": 0.92, "suburb": 0.8, "park": 0.12}[side.frontage]
        if chance.true(built):
            gabled = side.frontage != "city" or chance.true(0.2)
            stage.add(
                FRONTAGE, z, lambda a=z, b=end, n=storeys, g=gabled: paint_house(canvas, chance, side, a, b, n, g)
            )
        else:
            for _ in range(chance.integer(2, 4)):
                x, at = s * (side.house + chance.uniform(0, 9)), chance.uniform(max(z, 3), max(end, 5))
                tall = chance.uniform(6, 13)
                stage.add(FRONTAGE + abs(x) * 0.1, at, lambda x=x, at=at, t=tall: paint_tree(canvas, chance, x, at, t))
        if side.frontage != "city" and end > 3 and not enclosed:
            _add_garden(stage, canvas, chance, side, max(z, 0.5), end)
        z = end + (0.0 if side.frontage == "city" else chance.uniform(1.5, 6))


def _add_garden(stage: Stage, canvas: Canvas, chance: Chance, side: Side, z0: float, z1: float) -> None:
    """The boundary of one plot towards the sidewalk, and what grows behind it."""
    x = side.sign * (side.front + 0.15)
    kind = chance.pick(("hedge", "hedge", "brick", "stone", "concrete", "mesh", "pickets", "bars", "boards", "open",
                        "open", "rail"))  # fmt: skip
    if kind == "hedge":
        high = chance.uniform(0.9, 2.0)
        stage.add(GARDEN, z0, lambda: paint_hedge(canvas, chance, x, z0, z1, high))
    elif kind == "rail":
        stage.add(GARDEN, z0, lambda: paint_guard_rail(canvas, chance, x, z0, z1))
    elif kind != "open":
        stage.add(GARDEN, z0, lambda: paint_barrier(canvas, chance, x, z0, z1, kind))
    for _ in range(chance.integer(0, 3)):
        at = chance.uniform(max(z0, 3.0), max(z1, 5.0))
        where = side.sign * chance.uniform(side.front + 0.8, max(side.house - 0.5, side.front + 1.5))
        band = GARDEN + 0.5 + abs(where) * 0.1
        if chance.true(0.35):
            tall = chance.uniform(4, 8)
            stage.add(band, at, lambda w=where, a=at, t=tall: paint_tree(canvas, chance, w, a, t))
        else:
            size = chance.uniform(0.7, 2.0)
            stage.add(band, at, lambda w=where, a=at, t=size: paint_bush(canvas, chance, w, a, t))


def paint_passage(canvas: Canvas, chance: Chance, street: Street, kind: str, z: float) -> None:
    """A bridge across the street or the portal of a tunnel at depth z."""
    reach = {s: side.front + 1.0 for s, side in street.sides.items()}
    low, high = chance.uniform(4.6, 5.6), chance.uniform(6.6, 7.6)
    stone = chance.tint((0.55, 0.54, 0.52), 0.08)
    dark = times(stone, 0.72)
    label = 15 if kind == "bridge" else 16
    face = canvas.paint(stone, second=dark, tile="concrete" if kind == "bridge" else "stones", metres=(6, 4),
                        label=label, plane=Plane("z", z))  # fmt: skip
    left, right = -reach[-1], reach[1]
    wings = 40.0 if kind == "bridge" else 25.0
    if kind == "tunnel":
        hole = canvas.paint((0.05, 0.05, 0.06), label=16, plane=Plane("z", z), glow=True)
        canvas.polygon(hole, upright("z", z, left, right, 0.02, low))
    else:
        under = canvas.paint(dark, label=15, plane=Plane("y", low), gain=0.6)
        canvas.polygon(under, rectangle(left - wings, right + wings, z, z + 7, low))
    canvas.polygon(face, upright("z", z, left - wings, right + wings, low, high))
    for edge, out in ((left, -1), (right, 1)):
        foot: list[Point] = upright("z", z, edge, edge + out * (2.0 if kind == "bridge" else wings), 0.0, low + 0.1)
        canvas.polygon(face, foot)
    rail = canvas.paint((0.5, 0.52, 0.53), second=stone, tile="bars", metres=(2, 1.1), label=label, plane=Plane("z", z))
    canvas.polygon(rail, upright("z", z, left - wings, right + wings, high, high + 0.9))
    canvas.shadow(rectangle(left, right, z, z + 7), 0.9)
