"""What hangs on or opens a wall: doors, windows with blinds and curtains, pictures, mirrors, boards."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.bath import build_drape
from annn.data.scenes.rooms.light import Opening, RoomLight
from annn.data.scenes.rooms.material import DARK, STEEL, VIVID, Material, fabric, material, plain, shade, wood
from annn.data.scenes.rooms.solids import Frame, Span


def build_border(at: Frame, x: Span, y: Span, thick: float, z: float, made: Material, label: int) -> None:
    """A frame of four bars around a rectangle on the wall."""
    at.box((x[0] - thick, x[1] + thick), (y[1], y[1] + thick), (0, z), made, label)
    at.box((x[0] - thick, x[1] + thick), (y[0] - thick, y[0]), (0, z), made, label)
    at.box((x[0] - thick, x[0]), (y[0], y[1]), (0, z), made, label)
    at.box((x[1], x[1] + thick), (y[0], y[1]), (0, z), made, label)


def build_door(at: Frame, chance: Chance, color: Color) -> None:
    """A door of 0.86 x 2.04 m: with panels, plain, or standing open to a dark corridor."""
    w, h = 0.42, 2.04
    made, trim = wood(chance, color), plain(chance, chance.pick(((0.9, 0.89, 0.86), color)))
    for x in (-w - 0.08, w):
        at.box((x, x + 0.08), (0, h + 0.08), (0, 0.03), trim, ids.DOOR)
    at.box((-w, w), (h, h + 0.08), (0, 0.03), trim, ids.DOOR)
    style = chance.pick(("panels", "panels", "plain", "open"))
    if style == "open":
        at.front(
            (-w, w), (0, h), 0.004, material((0.12, 0.11, 0.10), (0.3, 0.28, 0.25), "shade", (2 * w, h)), ids.UNLABELED
        )
        leaf = at.sub(-w, 0, 0.01, -chance.uniform(1.1, 1.7), same=True)
        leaf.box((0, 2 * w), (0.01, h), (-0.02, 0.02), made, ids.DOOR)
        return
    at.front((-w, w), (0.005, h), 0.012, made, ids.DOOR)
    if style == "panels":
        for x in ((-w + 0.1, -0.05), (0.05, w - 0.1)):
            for y in ((0.18, 0.85), (1.0, 1.55), (1.66, 1.92)):
                at.front(x, y, 0.014, wood(chance, shade(color, 0.82)), ids.DOOR)
                at.front((x[0] + 0.02, x[1] - 0.02), (y[0] + 0.025, y[1] - 0.015), 0.018, made, ids.DOOR)
    side = chance.side()
    knob = at.sub(side * (w - 0.07), 1.0, 0.012)
    knob.box(
        (-0.025, 0.025),
        (-0.025, 0.025),
        (0, 0.06),
        plain(chance, chance.pick((STEEL, (0.7, 0.58, 0.3)))),
        ids.DOOR_KNOB,
    )


def build_window(at: Frame, chance: Chance, light: RoomLight, wide: float, low: float, high: float, cover: str) -> None:
    """A window from `low` to `high` with the view outside; cover: "blinds", "curtain" or ""."""
    w = wide / 2
    frame = plain(chance, chance.pick(((0.92, 0.91, 0.88), (0.92, 0.91, 0.88), (0.45, 0.3, 0.2), (0.3, 0.3, 0.32))))
    sky, ground = light.outside, chance.pick(((0.25, 0.4, 0.2), (0.5, 0.45, 0.4), (0.35, 0.5, 0.3)))
    if light.mood == "night":
        sky, ground = (0.07, 0.09, 0.15), (0.16, 0.14, 0.12)
    view = material(sky, ground, "outdoors", (3.0, high - low + 0.5), light.outside_glow)
    at.front((-w, w), (low, high), 0.005, view, ids.WINDOW)
    build_border(at, (-w, w), (low, high), 0.06, 0.035, frame, ids.WINDOW)
    at.box((-0.02, 0.02), (low, high), (0.006, 0.02), frame, ids.WINDOW)
    if chance.true(0.6):
        y = low + (high - low) * chance.pick((0.5, 0.65))
        at.box((-w, w), (y - 0.018, y + 0.018), (0.006, 0.02), frame, ids.WINDOW)
    at.box((-w - 0.08, w + 0.08), (low - 0.07, low - 0.04), (0, 0.1), frame, ids.WINDOW)
    if cover == "blinds":
        _build_blinds(at, chance, w, low, high, light)
    elif cover == "curtain":
        color = chance.pick(
            (
                (0.9, 0.88, 0.82),
                (0.62, 0.2, 0.18),
                (0.25, 0.35, 0.5),
                (0.45, 0.5, 0.35),
                (0.75, 0.65, 0.5),
                (0.85, 0.75, 0.45),
                (0.5, 0.42, 0.4),
            )
        )
        bottom = 0.08 if chance.true(0.6) else low - 0.2
        share = chance.uniform(0.25, 0.6) * wide
        for span in ((-w - 0.2, -w - 0.2 + share), (w + 0.2 - share, w + 0.2)):
            build_drape(at, chance, span, (bottom, high + 0.14), 0.105, color, ids.CURTAIN)
        at.box((-w - 0.3, w + 0.3), (high + 0.14, high + 0.17), (0.12, 0.15), plain(chance, DARK), ids.CURTAIN)
    if cover != "blinds" or chance.true(0.3):
        _let_in(at, light, wide * 0.7 if cover else wide, low, high)


def _build_blinds(at: Frame, chance: Chance, w: float, low: float, high: float, light: RoomLight) -> None:
    slat = chance.pick(((0.9, 0.89, 0.85), (0.9, 0.89, 0.85), (0.75, 0.68, 0.55), (0.55, 0.38, 0.24)))
    glow = 0.35 if light.mood != "night" else 0.0
    bottom = low + (high - low) * (0.0 if chance.true(0.6) else chance.uniform(0.2, 0.6))
    made = material(slat, shade(slat, 0.55), "stripes", (0.32, 0.4), glow)
    # stripes run along the face's first edge: start with the upright one
    at.polygon([(w, bottom, 0.045), (w, high, 0.045), (-w, high, 0.045), (-w, bottom, 0.045)], made, ids.BLINDS)
    at.box((-w, w), (high - 0.05, high), (0.03, 0.07), plain(chance, slat), ids.BLINDS)
    at.box((-w, w), (bottom - 0.02, bottom + 0.01), (0.035, 0.06), plain(chance, slat), ids.BLINDS)


def _let_in(at: Frame, light: RoomLight, wide: float, low: float, high: float) -> None:
    a, b = at.world(-wide / 2, 0, 0), at.world(wide / 2, 0, 0)
    axis = 0 if abs(a[0] - b[0]) < 0.01 else 2
    other = 2 - axis
    along = (min(a[other], b[other]), max(a[other], b[other]))
    inwards = at.world(0, 0, 1)
    light.add_window(Opening(axis, a[axis], along, (low, high)), (inwards[0] - at.x, 0.0, inwards[2] - at.z))


def build_picture(at: Frame, chance: Chance, wide: float, high: float) -> None:
    """A framed picture centred on the frame's origin."""
    made = wood(chance, chance.pick((DARK, (0.35, 0.2, 0.1), (0.75, 0.62, 0.35), (0.9, 0.9, 0.88))))
    w, h = wide / 2, high / 2
    build_border(at, (-w, w), (-h, h), 0.03, 0.03, made, ids.PICTURE)
    inner = 0.0
    if chance.true(0.5):
        at.front((-w, w), (-h, h), 0.006, material((0.92, 0.91, 0.87)), ids.PICTURE)
        inner = min(w, h) * 0.3
    a, b = chance.tint(chance.pick(VIVID), 0.1), chance.tint(chance.pick(VIVID), 0.1)
    made = material(
        a, b, chance.pick(("picture", "landscape", "portrait", "damask")), (2 * (w - inner), 2 * (h - inner))
    )
    at.front((-w + inner, w - inner), (-h + inner, h - inner), 0.01, made, ids.PICTURE)


def build_mirror(at: Frame, chance: Chance, wide: float, high: float) -> None:
    """A mirror centred on the frame's origin, framed or not."""
    w, h = wide / 2, high / 2
    if chance.true(0.6):
        build_border(at, (-w, w), (-h, h), 0.04, 0.03, wood(chance), ids.MIRROR)
    glass = material((0.66, 0.70, 0.72), (0.5, 0.54, 0.56), "shade", (wide * 1.7, high * 1.7), 0.05)
    at.front((-w, w), (-h, h), 0.012, glass, ids.MIRROR)


def build_whiteboard(at: Frame, chance: Chance, wide: float, high: float) -> None:
    """A whiteboard centred on the frame's origin, with writing."""
    w, h = wide / 2, high / 2
    build_border(at, (-w, w), (-h, h), 0.03, 0.025, plain(chance, STEEL), ids.WHITEBOARD)
    at.front((-w, w), (-h, h), 0.01, material((0.92, 0.93, 0.93), (0.84, 0.85, 0.86), "blotch", (2, 2)), ids.WHITEBOARD)
    for _ in range(chance.integer(1, 4)):
        ink = chance.pick(((0.15, 0.2, 0.55), (0.6, 0.12, 0.12), (0.1, 0.1, 0.12), (0.1, 0.4, 0.2)))
        a, b = chance.uniform(-w, w * 0.4), chance.uniform(-h * 0.9, h * 0.2)
        long, tall = chance.uniform(0.3, 0.55) * w, chance.uniform(0.3, 0.6) * h
        text = material((0.92, 0.93, 0.93), ink, "print", (0.7, 0.6))
        at.front((a, min(w, a + long)), (b, b + tall), 0.013, text, ids.WHITEBOARD)
    at.box((-w, w), (-h - 0.05, -h - 0.03), (0, 0.09), plain(chance, STEEL), ids.WHITEBOARD)


def build_screen(at: Frame, chance: Chance, wide: float, high: float, on: bool) -> None:
    """A projector screen centred on the frame's origin."""
    w, h = wide / 2, high / 2
    page = (
        material((0.92, 0.93, 0.95), (0.25, 0.35, 0.6), "screen", (wide, high), 0.5)
        if on
        else material((0.9, 0.9, 0.9))
    )
    at.front((-w - 0.04, w + 0.04), (-h - 0.04, h), 0.05, material((0.06, 0.06, 0.06)), ids.PROJECTOR_SCREEN)
    at.front((-w, w), (-h, h), 0.055, page, ids.PROJECTOR_SCREEN)
    at.box((-w - 0.1, w + 0.1), (h, h + 0.1), (0, 0.1), plain(chance, (0.85, 0.85, 0.84)), ids.PROJECTOR_SCREEN)


def build_board(at: Frame, chance: Chance, wide: float, high: float) -> None:
    """A cork board with papers."""
    w, h = wide / 2, high / 2
    build_border(at, (-w, w), (-h, h), 0.03, 0.02, wood(chance), ids.CORK_BOARD)
    at.front(
        (-w, w), (-h, h), 0.008, material((0.62, 0.45, 0.28), (0.48, 0.33, 0.2), "grain", (0.4, 0.4)), ids.CORK_BOARD
    )
    for _ in range(chance.integer(3, 9)):
        a, b = chance.uniform(-w, w - 0.22), chance.uniform(-h, h - 0.3)
        page = material(
            chance.pick(((0.94, 0.94, 0.92), (0.92, 0.88, 0.6), (0.7, 0.82, 0.92))),
            (0.35, 0.35, 0.4),
            "print",
            (0.21, 0.3),
        )
        at.front((a, a + 0.21), (b, b + chance.uniform(0.15, 0.3)), 0.012, page, ids.PAPER)


def build_hooks(at: Frame, chance: Chance) -> None:
    """Clothes and bags on hooks; the frame's origin is the rail."""
    at.box((-0.45, 0.45), (-0.04, 0.04), (0, 0.025), wood(chance), ids.OTHER_PROP)
    for k in range(chance.integer(2, 4)):
        x = -0.36 + 0.24 * k
        cloth = fabric(chance, chance.pick(VIVID))
        long, w = chance.uniform(0.6, 0.95), chance.uniform(0.12, 0.2)
        outline = [
            (x - w, -long, 0.1),
            (x + w, -long, 0.1),
            (x + w * 0.9, -0.16, 0.12),
            (x + 0.03, 0.0, 0.1),
            (x - 0.03, 0.0, 0.1),
            (x - w * 0.9, -0.16, 0.12),
        ]
        at.polygon(outline, cloth, ids.CLOTHES)
        at.polygon(
            [(x, -long, 0.16), (x + w, -long, 0.1), (x + w * 0.9, -0.16, 0.12), (x, -0.1, 0.16)], cloth, ids.CLOTHES
        )
        at.polygon(
            [(x, -long, 0.16), (x - w, -long, 0.1), (x - w * 0.9, -0.16, 0.12), (x, -0.1, 0.16)], cloth, ids.CLOTHES
        )


def build_fireplace(at: Frame, chance: Chance) -> None:
    """A fireplace with its mantel."""
    stone = (
        plain(chance, (0.88, 0.87, 0.84))
        if chance.true(0.5)
        else material((0.55, 0.28, 0.2), (0.75, 0.7, 0.65), "bricks", (0.9, 0.6))
    )
    for x in (-0.7, 0.45):
        at.box((x, x + 0.25), (0, 1.1), (0, 0.25), stone, ids.MANTEL)
    at.box((-0.7, 0.7), (0.8, 1.1), (0, 0.25), stone, ids.MANTEL)
    at.box((-0.8, 0.8), (1.1, 1.17), (0, 0.32), plain(chance, (0.9, 0.89, 0.86)), ids.MANTEL)
    at.front(
        (-0.45, 0.45), (0, 0.8), 0.02, material((0.07, 0.06, 0.06), (0.2, 0.12, 0.08), "blotch", (0.8, 0.8)), ids.MANTEL
    )
    at.rest((-0.7, 0.7), (0, 0.25), 1.1, 1.0)


def build_vent(at: Frame, chance: Chance) -> None:
    """An air vent; the frame's origin is its centre."""
    grid = material((0.85, 0.85, 0.84), (0.35, 0.35, 0.35), "stripes", (0.2, 0.2))
    at.polygon([(0.18, -0.1, 0.008), (0.18, 0.1, 0.008), (-0.18, 0.1, 0.008), (-0.18, -0.1, 0.008)], grid, ids.AIR_VENT)
