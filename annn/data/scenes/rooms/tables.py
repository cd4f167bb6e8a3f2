"""Tables, desks, counters with what belongs on them, televisions and persons. The back of each stands at z = 0."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.clutter import (
    build_bottle,
    build_bowl,
    build_lamp,
    build_laptop,
    build_monitor,
    build_plant,
    build_speaker,
    build_tower,
    clutter_top,
)
from annn.data.scenes.rooms.material import DARK, STEEL, Material, material, plain, shade, wood
from annn.data.scenes.rooms.seats import legs
from annn.data.scenes.rooms.solids import Frame

SKIN: tuple[Color, ...] = ((0.86, 0.66, 0.53), (0.72, 0.50, 0.38), (0.45, 0.30, 0.22), (0.92, 0.75, 0.63))


def build_table(at: Frame, chance: Chance, wide: float, deep: float, high: float, color: Color | None = None,
                clutter: int = 4) -> None:  # fmt: skip
    """A table with four legs or, when round, a column; things on it."""
    made = wood(chance, color)
    w = wide / 2
    if abs(wide - deep) < 0.1 and chance.true(0.5):
        at.turned(
            [(0, 0.26, 0.26), (0.04, 0.05, 0.05), (high - 0.04, 0.05, 0.05)], made, ids.TABLE, z=deep / 2, sides=8
        )
        at.turned([(high - 0.04, w, w), (high, w, w)], made, ids.TABLE, z=deep / 2, sides=18)
    else:
        legs(at.sub(0, 0, 0.03, same=True), wide - 0.06, deep - 0.06, high - 0.04, 0.06, made, ids.TABLE)
        at.box((-w + 0.05, w - 0.05), (high - 0.11, high - 0.04), (0.05, deep - 0.05), made, ids.TABLE)
        at.box((-w, w), (high - 0.04, high), (0, deep), made, ids.TABLE)
    at.rest((-w, w), (0, deep), high, 0.6)
    if clutter:
        clutter_top(at.sub(0, high, deep / 2, same=True), chance, wide * 0.7, deep * 0.5, "table", clutter)
        if chance.true(0.25):
            build_plant(at.sub(0, high, deep / 2), chance, chance.uniform(0.3, 0.5))


def build_desk(at: Frame, chance: Chance, wide: float, color: Color | None, lit: bool, computer: float = 0.8) -> None:
    """A desk with drawers on one side; computer, lamp and papers on it."""
    made = wood(chance, color)
    w, d, h = wide / 2, 0.68, 0.74
    side = chance.side()
    x0, x1 = (w - 0.42, w) if side > 0 else (-w, -w + 0.42)
    at.box((-w, w), (h - 0.035, h), (0, d), made, ids.DESK)
    at.box((x0, x1), (0.04, h - 0.035), (0.02, d - 0.04), made, ids.DESK)
    for k in range(3):
        y = 0.06 + 0.215 * k
        at.box((x0 + 0.015, x1 - 0.015), (y, y + 0.205), (d - 0.04, d - 0.02), made, ids.DESK)
        at.box(
            ((x0 + x1) / 2 - 0.06, (x0 + x1) / 2 + 0.06),
            (y + 0.13, y + 0.15),
            (d - 0.02, d),
            plain(chance, STEEL),
            ids.DESK,
        )
    end = -side * (w - 0.02)
    at.box((end - 0.02, end + 0.02), (0, h - 0.035), (0.02, d - 0.04), made, ids.DESK)
    at.box((-w + 0.03, w - 0.03), (0.35, h - 0.04), (0.02, 0.04), made, ids.DESK)
    at.rest((-w, w), (0, d), h, 0.85)
    if chance.true(computer):
        if chance.true(0.75):
            build_monitor(at.sub(-side * 0.1, h, 0.26, chance.uniform(-0.2, 0.2)), chance)
        else:
            build_laptop(at.sub(-side * 0.1, h, 0.36), chance)
        if chance.true(0.5):
            build_tower(at.sub(-side * (w - 0.16), 0, 0.32), chance)
    if chance.true(0.45):
        build_lamp(at.sub(side * (w - 0.16), h, 0.18), chance, chance.uniform(0.4, 0.52), lit)
    for edge in (-1, 1):
        clutter_top(at.sub(edge * w * 0.66, h, d * 0.55, same=True), chance, w * 0.5, d * 0.4, "desk", 2)


def build_television(at: Frame, chance: Chance, wide: float) -> None:
    """A flat screen on its foot, or hanging when the frame is on a wall."""
    case = plain(chance, DARK)
    w, h = wide / 2, wide * 0.58
    at.box((-w * 0.4, w * 0.4), (0, 0.02), (-0.1, 0.1), case, ids.TELEVISION)
    at.box((-0.05, 0.05), (0, 0.06), (-0.03, 0.01), case, ids.TELEVISION)
    at.box((-w, w), (0.05, 0.05 + h), (-0.04, 0.02), case, ids.TELEVISION)
    on = chance.true(0.35)
    picture = (
        material((0.2, 0.45, 0.75), (0.3, 0.5, 0.2), "landscape", (2 * w, h), 1.2)
        if on
        else material((0.05, 0.055, 0.06), (0.12, 0.13, 0.14), "blotch", (1.5, 1.5))
    )
    at.front((-w + 0.025, w - 0.025), (0.075, 0.05 + h - 0.025), 0.024, picture, ids.TELEVISION)


def build_media(at: Frame, chance: Chance, wide: float, color: Color) -> None:
    """A low stand with a television, and speakers beside it."""
    made = wood(chance, color)
    high, w, d = chance.uniform(0.42, 0.6), wide / 2, 0.45
    at.box((-w, w), (high - 0.03, high), (0, d), made, ids.STAND)
    at.box((-w, w), (0.03, 0.07), (0, d), made, ids.STAND)
    for x in (-w, -0.01, w - 0.03):
        at.box((x, x + 0.03), (0, high), (0, d), made, ids.STAND)
    at.front((-w, w), (0.05, high), 0.02, wood(chance, shade(color, 0.5)), ids.STAND)
    at.box((-w * 0.8, -w * 0.3), (0.07, 0.16), (0.1, 0.4), plain(chance, DARK), ids.OTHER_PROP)
    at.rest((-w, w), (0, d), high, 0.95)
    build_television(
        at.sub(0, high, 0.24, chance.uniform(-0.12, 0.12)), chance, min(wide * 0.85, chance.uniform(0.7, 1.15))
    )
    if chance.true(0.5):
        for side in (-1, 1):
            build_speaker(at.sub(side * (w - 0.1), high, 0.2), chance)


def build_counter(at: Frame, chance: Chance, wide: float, color: Color, top: Material, sink: bool, stove: bool,
                  uppers: bool) -> None:  # fmt: skip
    """A kitchen counter over base cabinets; sink, stove or dishwasher in it, wall cabinets above."""
    w, d, h = wide / 2, 0.6, 0.9
    made, front = plain(chance, color), wood(chance, shade(color, 1.05))
    at.box((-w, w), (0.1, h - 0.04), (0, d - 0.03), made, ids.CABINET)
    at.box((-w, w), (0, 0.1), (0, d - 0.1), plain(chance, DARK), ids.CABINET)
    at.box((-w, w), (h - 0.04, h), (0, d), top, ids.COUNTER)
    at.box((-w, w), (h, h + 0.1), (0, 0.02), top, ids.COUNTER)
    at.rest((-w, w), (0, d), h, 1.0)
    count = max(1, round(wide / 0.5))
    step = wide / count
    stove_at = chance.integer(0, count - 1) if stove else -1
    sink_at = (stove_at + 1 + chance.integer(0, max(0, count - 2))) % count if sink else -1
    washer_at = (sink_at + 1) % count if sink and count > 2 and chance.true(0.6) else -1
    knob = plain(chance, STEEL)
    for k in range(count):
        a, b = -w + k * step, -w + (k + 1) * step
        if k == stove_at:
            _build_stove(at, chance, a, b, d, h)
            continue
        if k == washer_at and k != stove_at:
            panel = plain(chance, chance.pick(((0.9, 0.9, 0.88), STEEL, DARK)))
            at.box((a + 0.01, b - 0.01), (0.1, h - 0.05), (d - 0.04, d), panel, ids.DISHWASHER)
            at.box((a + 0.08, b - 0.08), (h - 0.17, h - 0.15), (d, d + 0.03), knob, ids.DISHWASHER)
        else:
            at.box((a + 0.012, b - 0.012), (0.11, h - 0.2), (d - 0.03, d - 0.01), front, ids.CABINET)
            at.box((a + 0.012, b - 0.012), (h - 0.19, h - 0.05), (d - 0.03, d - 0.01), front, ids.CABINET)
            at.box((b - 0.08, b - 0.06), (h - 0.34, h - 0.24), (d - 0.01, d + 0.015), knob, ids.CABINET)
        if k == sink_at:
            build_basin(at.sub((a + b) / 2, h, 0.3), chance, min(0.5, step * 0.9))
        elif chance.true(0.7):
            clutter_top(at.sub((a + b) / 2, h, 0.24, same=True), chance, step * 0.8, 0.25, "counter", 2)
            if chance.true(0.2):
                oven = at.sub((a + b) / 2, h, 0.24)
                case = plain(chance, chance.pick((DARK, (0.9, 0.9, 0.9), STEEL)))
                oven.box((-0.24, 0.24), (0, 0.28), (-0.2, 0.16), case, ids.MICROWAVE)
                oven.front((-0.21, 0.1), (0.04, 0.24), 0.164, material((0.08, 0.08, 0.09)), ids.MICROWAVE)
    if uppers:
        for k in range(count):
            a, b = -w + k * step, -w + (k + 1) * step
            low = 1.75 if k == stove_at else 1.42
            at.box((a, b), (low, 2.14), (0, 0.32), made, ids.CABINET)
            at.box((a + 0.012, b - 0.012), (low + 0.01, 2.13), (0.32, 0.34), front, ids.CABINET)
            at.box((b - 0.07, b - 0.05), (low + 0.04, low + 0.13), (0.34, 0.36), knob, ids.CABINET)
            if k == stove_at:
                at.box((a + 0.02, b - 0.02), (1.6, 1.75), (0, 0.42), plain(chance, STEEL), ids.OTHER_PROP)
        at.rest((-w, w), (0, 0.3), 2.14, 1.0, 1.42)


def _build_stove(at: Frame, chance: Chance, a: float, b: float, d: float, h: float) -> None:
    case = plain(chance, chance.pick(((0.9, 0.9, 0.88), (0.12, 0.12, 0.13), STEEL)))
    at.box(
        (a + 0.005, b - 0.005), (0.05, h + 0.005), (0.01, d + 0.01), case, ids.STOVE, plain(chance, (0.15, 0.15, 0.16))
    )
    at.box((a + 0.005, b - 0.005), (h, h + 0.16), (0.0, 0.05), case, ids.STOVE)
    at.front((a + 0.07, b - 0.07), (0.28, 0.62), d + 0.015, material((0.06, 0.06, 0.07)), ids.STOVE)
    at.box((a + 0.05, b - 0.05), (0.67, 0.69), (d + 0.01, d + 0.04), plain(chance, STEEL), ids.STOVE)
    for k in range(4):
        x = a + (b - a) * (0.2 + 0.2 * k)
        at.front((x - 0.015, x + 0.015), (0.78, 0.81), d + 0.016, material(DARK), ids.STOVE)
    for x, z in ((0.3, 0.18), (0.7, 0.18), (0.3, 0.42), (0.7, 0.42)):
        ring = at.sub(a + (b - a) * x, h + 0.006, z, same=True)
        ring.turned([(0, 0.085, 0.085), (0.012, 0.085, 0.085)], plain(chance, (0.06, 0.06, 0.06)), ids.STOVE, sides=10)
    if chance.true(0.6):
        pot = at.sub(a + (b - a) * 0.3, h + 0.02, 0.3)
        pot.turned(
            [(0, 0.1, 0.1), (0.13, 0.11, 0.11)],
            plain(chance, chance.pick((STEEL, (0.6, 0.15, 0.1)))),
            ids.POT,
            sides=10,
        )


def build_basin(at: Frame, chance: Chance, wide: float) -> None:
    """A sink let into a top at y = 0, around the frame's origin, with its faucet."""
    metal = plain(chance, chance.pick((STEEL, (0.92, 0.92, 0.91))))
    w, d = wide / 2, 0.2
    at.level((-w, w), 0.008, (-d, d), metal, ids.SINK)
    hollow = material((0.42, 0.43, 0.45), (0.6, 0.61, 0.62), "shade", (2 * w, 2 * d))
    at.level((-w + 0.03, w - 0.03), 0.012, (-d + 0.03, d - 0.03), hollow, ids.SINK)
    tap = at.sub(0, 0, -d - 0.03)
    shine = plain(chance, (0.75, 0.76, 0.78))
    tap.box((-0.015, 0.015), (0, 0.2), (-0.015, 0.015), shine, ids.FAUCET)
    tap.box((-0.012, 0.012), (0.18, 0.2), (0, 0.16), shine, ids.FAUCET)
    tap.box((-0.08, 0.08), (0.0, 0.03), (-0.02, 0.02), shine, ids.FAUCET)
    if chance.true(0.6):
        build_bottle(at.sub(w * 0.8, 0, -d - 0.03), chance, 0.2)
    elif chance.true(0.3):
        build_bowl(at.sub(w * 0.4, 0.01, 0.0), chance)


def build_person(at: Frame, chance: Chance, seated: bool) -> None:
    """A person standing, or sitting on a chair whose seat is at 0.46 m; the frame's origin is below the hips."""
    top, legs_ = (
        plain(
            chance,
            chance.pick(
                (
                    (0.55, 0.12, 0.12),
                    (0.15, 0.22, 0.45),
                    (0.8, 0.78, 0.74),
                    (0.2, 0.36, 0.24),
                    (0.12, 0.12, 0.14),
                    (0.75, 0.6, 0.2),
                )
            ),
        ),
        plain(chance, chance.pick(((0.12, 0.14, 0.2), (0.2, 0.26, 0.4), (0.4, 0.36, 0.3)))),
    )
    skin, hair = (
        plain(chance, chance.pick(SKIN)),
        plain(chance, chance.pick(((0.08, 0.06, 0.05), (0.35, 0.22, 0.12), (0.6, 0.5, 0.35)))),
    )
    shoe = plain(chance, DARK)
    hip = 0.5 if seated else 0.86
    for x in (-0.1, 0.1):
        if seated:
            at.box((x - 0.075, x + 0.075), (0.44, 0.58), (-0.05, 0.42), legs_, ids.PERSON)
            at.box((x - 0.06, x + 0.06), (0.06, 0.46), (0.32, 0.43), legs_, ids.PERSON)
            at.box((x - 0.05, x + 0.05), (0, 0.08), (0.3, 0.54), shoe, ids.PERSON)
        else:
            z = chance.uniform(-0.08, 0.12)
            at.turned([(0.06, 0.055, 0.06), (hip, 0.095, 0.1)], legs_, ids.PERSON, x=x, z=z * 0.5, sides=7)
            at.box((x - 0.05, x + 0.05), (0, 0.08), (z * 0.5 - 0.07, z * 0.5 + 0.18), shoe, ids.PERSON)
    at.turned([(hip - 0.06, 0.17, 0.11), (hip + 0.2, 0.16, 0.11), (hip + 0.45, 0.21, 0.12), (hip + 0.56, 0.14, 0.09)],
              top, ids.PERSON, sides=10)  # fmt: skip
    bent = seated or chance.true(0.3)
    for side in (-1, 1):
        x = side * 0.25
        arm = at.sub(x, 0, 0, same=True)
        arm.turned([(hip + 0.18, 0.045, 0.05), (hip + 0.52, 0.06, 0.06)], top, ids.PERSON, sides=6)
        if bent:
            arm.box((-0.04 - side * 0.03, 0.04 - side * 0.03), (hip + 0.17, hip + 0.25), (0, 0.28), top, ids.PERSON)
            arm.box(
                (-0.035 - side * 0.05, 0.035 - side * 0.05), (hip + 0.17, hip + 0.24), (0.28, 0.38), skin, ids.PERSON
            )
        else:
            arm.turned([(hip - 0.1, 0.04, 0.04), (hip + 0.2, 0.045, 0.05)], top, ids.PERSON, sides=6)
            arm.turned([(hip - 0.2, 0.03, 0.03), (hip - 0.1, 0.04, 0.04)], skin, ids.PERSON, sides=6)
    neck = hip + 0.56
    at.turned([(neck - 0.02, 0.055, 0.055), (neck + 0.07, 0.05, 0.05)], skin, ids.PERSON, sides=6)
    at.turned(
        [(neck + 0.05, 0.05, 0.06), (neck + 0.12, 0.08, 0.095), (neck + 0.2, 0.085, 0.1), (neck + 0.25, 0.07, 0.09)],
        skin,
        ids.PERSON,
        z=0.02,
        sides=9,
    )
    at.turned(
        [(neck + 0.1, 0.088, 0.09), (neck + 0.2, 0.095, 0.1), (neck + 0.28, 0.07, 0.08), (neck + 0.3, 0.03, 0.04)],
        hair,
        ids.PERSON,
        z=-0.012,
        sides=9,
    )
    at.rest((-0.2, 0.2), (-0.15, 0.2), 1.7, 0.7)
