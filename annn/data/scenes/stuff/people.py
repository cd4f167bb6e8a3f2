"""Persons in the poses of sport, travel and leisure, and what they carry."""

import math

from annn.data.scenes.camera import Point
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.street.people import HAIR, SKIN, TOPS, TROUSERS
from annn.data.scenes.stuff.sketch import Drawing, Flat, Sketch, shaded

BRIGHT: tuple[Color, ...] = (
    (0.85, 0.15, 0.15), (0.95, 0.6, 0.1), (0.12, 0.45, 0.75), (0.95, 0.85, 0.2), (0.2, 0.6, 0.3), (0.85, 0.3, 0.6),
    (0.92, 0.92, 0.92), (0.3, 0.25, 0.6),
)  # fmt: skip

# Joints in units of the body height, facing right: hip, shoulder, head; then near and far arm (elbow, hand) and near
# and far leg (knee, foot).
Pose = tuple[Flat, Flat, Flat, tuple[Flat, Flat], tuple[Flat, Flat], tuple[Flat, Flat], tuple[Flat, Flat]]
POSES: dict[str, Pose] = {
    "stand": ((0, 0.5), (0, 0.8), (0.01, 0.92), ((-0.08, 0.64), (-0.06, 0.48)), ((0.09, 0.64), (0.08, 0.48)),
              ((-0.04, 0.27), (-0.05, 0.02)), ((0.05, 0.27), (0.06, 0.02))),
    "walk": ((0, 0.5), (0.01, 0.8), (0.02, 0.92), ((-0.09, 0.65), (-0.03, 0.5)), ((0.1, 0.66), (0.15, 0.52)),
             ((0.09, 0.29), (0.13, 0.03)), ((-0.04, 0.27), (-0.15, 0.04))),
    "run": ((0, 0.5), (0.07, 0.79), (0.11, 0.91), ((-0.08, 0.68), (-0.02, 0.57)), ((0.17, 0.66), (0.24, 0.76)),
            ((0.14, 0.38), (0.12, 0.14)), ((-0.07, 0.28), (-0.26, 0.2))),
    "serve": ((0, 0.49), (0.03, 0.79), (0.06, 0.91), ((0.1, 0.92), (0.08, 1.07)), ((0.16, 0.85), (0.2, 1.0)),
              ((0.09, 0.28), (0.14, 0.02)), ((-0.06, 0.26), (-0.14, 0.03))),
    "swing": ((-0.02, 0.47), (0.04, 0.75), (0.08, 0.87), ((0.15, 0.66), (0.27, 0.66)), ((-0.06, 0.62), (-0.12, 0.7)),
              ((0.1, 0.27), (0.18, 0.02)), ((-0.11, 0.26), (-0.2, 0.02))),
    "bat": ((0, 0.47), (0.0, 0.76), (0.05, 0.88), ((-0.12, 0.68), (-0.1, 0.8)), ((-0.1, 0.72), (-0.12, 0.82)),
            ((0.12, 0.27), (0.15, 0.02)), ((-0.11, 0.27), (-0.14, 0.02))),
    "ski": ((-0.07, 0.42), (0.08, 0.66), (0.15, 0.77), ((0.17, 0.55), (0.24, 0.58)), ((0.2, 0.56), (0.27, 0.6)),
            ((0.07, 0.24), (-0.01, 0.02)), ((0.09, 0.25), (0.03, 0.02))),
    "board": ((-0.05, 0.4), (0.03, 0.67), (0.06, 0.79), ((0.18, 0.6), (0.27, 0.62)), ((-0.13, 0.62), (-0.24, 0.64)),
              ((0.1, 0.24), (0.14, 0.02)), ((-0.12, 0.22), (-0.15, 0.02))),
    "sit": ((0, 0.28), (-0.03, 0.57), (-0.01, 0.69), ((0.04, 0.42), (0.14, 0.35)), ((0.06, 0.43), (0.16, 0.37)),
            ((0.24, 0.3), (0.26, 0.02)), ((0.23, 0.28), (0.22, 0.02))),
    "lie": ((0.02, 0.06), (-0.28, 0.12), (-0.4, 0.15), ((-0.2, 0.05), (-0.08, 0.05)), ((-0.36, 0.05), (-0.4, 0.05)),
            ((0.24, 0.12), (0.46, 0.05)), ((0.24, 0.06), (0.48, 0.04))),
    "reach": ((0, 0.5), (-0.01, 0.8), (-0.03, 0.92), ((0.12, 0.8), (0.18, 0.93)), ((0.1, 0.78), (0.17, 0.9)),
              ((0.07, 0.27), (0.1, 0.02)), ((-0.05, 0.27), (-0.09, 0.02))),
    "catch": ((-0.02, 0.45), (0.05, 0.73), (0.1, 0.84), ((0.16, 0.66), (0.28, 0.72)), ((0.1, 0.6), (0.2, 0.6)),
              ((0.12, 0.27), (0.13, 0.02)), ((-0.12, 0.25), (-0.19, 0.02))),
    "look": ((0, 0.5), (0, 0.8), (0.03, 0.92), ((-0.1, 0.66), (0.05, 0.62)), ((0.1, 0.66), (0.16, 0.6)),
             ((-0.04, 0.27), (-0.05, 0.02)), ((0.05, 0.27), (0.06, 0.02))),
}  # fmt: skip


class Person:
    """A painted person; `hand` and `back` say where to attach things, in the drawing's own coordinates."""

    def __init__(
        self,
        sketch: Sketch,
        chance: Chance,
        x: float,
        z: float,
        pose: str = "stand",
        *,
        foot: float = 0.0,
        height: float = 0.0,
        facing: int = 0,
        clothes: str = "day",
        shadow: bool = True,
        turn: float = 0.0,
    ) -> None:
        height = height or chance.uniform(1.58, 1.86)
        self.drawing = Drawing(
            sketch, "person", x, z, foot=foot, size=height, facing=facing or chance.side(), turn=turn
        )
        self.hip, self.shoulder, self.head, near, far, near_leg, far_leg = POSES[pose]
        self.hand, self.other_hand, self.feet = near[1], far[1], (near_leg[1], far_leg[1])
        if shadow:
            sketch.stain(x, z, 0.22 * height, 0.1 * height, 0.6)
            self.drawing.cast([(-0.1, 0), (0.1, 0), (0.1, 0.85), (0, 0.95), (-0.1, 0.85)])
        self._choose(chance, clothes)
        self._leg(far_leg, 0.8)
        self._arm(far, 0.85)
        self._leg(near_leg, 1.0)
        self._torso()
        self._head(chance, clothes)
        self._arm(near, 1.08)

    def _choose(self, chance: Chance, clothes: str) -> None:
        """Colors of skin, top and legs, and how much of arms and legs is bare."""
        self.skin = chance.tint(chance.pick(SKIN), 0.04)
        palette = {"day": TOPS, "beach": BRIGHT, "sport": BRIGHT, "winter": BRIGHT}[clothes]
        self.top = chance.tint(chance.pick(palette))
        self.trousers = chance.tint(chance.pick(BRIGHT if clothes in ("beach", "sport") else TROUSERS))
        self.bare_top = clothes == "beach" and chance.true(0.5)
        self.bare_leg = clothes in ("beach", "sport") or (clothes == "day" and chance.true(0.2))
        self.bare_arm = clothes in ("beach", "sport") or (clothes == "day" and chance.true(0.45))
        self.wide = chance.uniform(0.9, 1.12)

    def _leg(self, leg: tuple[Flat, Flat], gain: float) -> None:
        d, w, (knee, foot) = self.drawing, self.wide, leg
        lower = self.skin if self.bare_leg else self.trousers
        d.limb(d.ink(shaded(lower, gain)), (knee, foot), (0.072 * w, 0.048 * w))
        d.limb(d.ink(shaded(self.trousers, gain)), (self.hip, knee), (0.115 * w, 0.08 * w))
        shoe = d.ink((0.1, 0.1, 0.11) if not self.bare_leg else shaded(self.skin, 0.9))
        x, y = foot
        d.fill(shoe, [(x - 0.025, y - 0.02), (x + 0.075, y - 0.02), (x + 0.05, y + 0.025), (x - 0.025, y + 0.03)])

    def _arm(self, arm: tuple[Flat, Flat], gain: float) -> None:
        d, w, (elbow, hand) = self.drawing, self.wide, arm
        x, y = self.shoulder
        lower = d.ink(shaded(self.skin if self.bare_arm else self.top, gain))
        upper = d.ink(shaded(self.skin if self.bare_top else self.top, gain * 0.92))
        d.limb(lower, (elbow, hand), (0.055 * w, 0.042 * w))
        d.limb(upper, ((x, y - 0.02), elbow), (0.075 * w, 0.06 * w))
        d.disc(d.ink(shaded(self.skin, gain)), *hand, 0.026)

    def _torso(self) -> None:
        d, w, (hx, hy), (sx, sy) = self.drawing, self.wide, self.hip, self.shoulder
        color = self.skin if self.bare_top else self.top
        nx, ny = sy - hy, -(sx - hx)
        long = math.hypot(nx, ny) or 1.0
        nx, ny = nx / long * w, ny / long * w
        outline = [
            (hx - 0.07 * nx, hy - 0.07 * ny),
            (hx - 0.075 * nx, hy - 0.04),
            (sx - 0.1 * nx, sy - 0.02 - 0.1 * ny),
            (sx - 0.05 * nx, sy + 0.03 - 0.05 * ny),
            (sx + 0.05 * nx, sy + 0.03 + 0.05 * ny),
            (sx + 0.1 * nx, sy - 0.02 + 0.1 * ny),
            (hx + 0.075 * nx, hy - 0.04),
            (hx + 0.07 * nx, hy - 0.06 * ny),
        ]
        d.body(color, outline)

    def _head(self, chance: Chance, clothes: str) -> None:
        d, (x, y), (sx, sy) = self.drawing, self.head, self.shoulder
        hair = chance.pick(HAIR)
        if clothes == "winter" or chance.true(0.15):
            hair = chance.pick(BRIGHT)
        d.limb(d.ink(shaded(self.skin, 0.85)), ((sx, sy), (x, y - 0.03)), (0.05, 0.05))
        d.disc(d.ink(hair), x - 0.012, y + 0.008, 0.062, 0.072)
        if chance.true(0.8):  # else seen from behind
            d.disc(d.ink(self.skin), x + 0.014, y - 0.012, 0.046, 0.055)
            if d.size * d.sketch.camera.pixels_per_unit / d.z > 100:  # smaller, the eyes would hide the face
                dark = d.ink((0.12, 0.09, 0.08), 1.0)
                for eye in (0.012, 0.042):
                    d.disc(dark, x + eye, y - 0.002, 0.0055, 0.007)
                d.line(d.ink(shaded(self.skin, 0.6)), (x + 0.016, y - 0.042), (x + 0.04, y - 0.04), 0.006)
        if chance.true(0.35):  # long hair
            d.smooth(d.ink(shaded(hair, 0.85)), [(x - 0.06, y + 0.02), (x - 0.02, y - 0.02), (x - 0.03, y - 0.13),
                                                 (x - 0.085, y - 0.12)])  # fmt: skip
        if chance.true(0.2):  # a brim
            d.line(d.ink(shaded(hair, 0.7)), (x - 0.02, y + 0.035), (x + 0.1, y + 0.03), 0.02)

    def point(self, at: Flat) -> Point:
        """World point of a joint."""
        return self.drawing.at(*at)


def carry(person: Person, chance: Chance, what: str) -> None:
    """Something of its own class in a hand or on the back."""
    d, (x, y) = person.drawing, person.hand
    sx, sy = person.shoulder
    color = chance.tint(chance.pick(BRIGHT))

    def ink(tone: Color, gain: float = 1.2) -> int:
        return d.ink(tone, gain, name=what)

    if what == "backpack":
        d.body(color, [(sx - 0.06, sy - 0.02), (sx - 0.15, sy - 0.05), (sx - 0.16, sy - 0.22), (sx - 0.07, sy - 0.25)],
               name=what)  # fmt: skip
        d.line(ink(shaded(color, 0.6)), (sx - 0.15, sy - 0.14), (sx - 0.08, sy - 0.15), 0.015)
    elif what == "handbag":
        d.line(ink((0.2, 0.13, 0.1)), (x, y), (x, y - 0.07), 0.014)
        d.body(
            color, [(x - 0.055, y - 0.06), (x + 0.055, y - 0.06), (x + 0.07, y - 0.17), (x - 0.07, y - 0.17)], name=what
        )
    elif what == "suitcase":
        d.line(ink((0.3, 0.3, 0.32)), (x, y), (x - 0.04, 0.34), 0.014)
        d.fill(ink(color), [(x - 0.13, 0.03), (x + 0.05, 0.03), (x + 0.05, 0.35), (x - 0.13, 0.35)])
        for k in (0.08, 0.2, 0.3):
            d.line(ink(shaded(color, 0.65)), (x - 0.12, k), (x + 0.04, k), 0.012)
    elif what == "umbrella":
        d.line(ink((0.25, 0.2, 0.18)), (x, y - 0.03), (x, 1.22), 0.014)
        for k in range(5):
            a, b = x - 0.34 + 0.136 * k, x - 0.34 + 0.136 * (k + 1)
            d.fill(ink(color if k % 2 else shaded(color, 0.72)), [(a, 1.06), (b, 1.06), (x, 1.26)])
    elif what == "tennis racket":
        d.line(ink((0.15, 0.15, 0.16)), (x, y), (x + 0.07, y + 0.12), 0.022)
        d.disc(ink(color), x + 0.11, y + 0.21, 0.075, 0.105, -0.5)
        d.disc(ink((0.8, 0.82, 0.75)), x + 0.11, y + 0.21, 0.058, 0.088, -0.5)
    elif what == "baseball bat":
        d.limb(ink((0.72, 0.52, 0.3)), ((x, y - 0.02), (x - 0.16, y + 0.4)), (0.022, 0.05))
    elif what == "baseball glove":
        d.body(
            (0.5, 0.28, 0.14),
            [(x - 0.04, y - 0.05), (x + 0.05, y - 0.05), (x + 0.09, y + 0.05), (x, y + 0.07)],
            name=what,
        )
    elif what == "surfboard":
        d.body(
            color,
            [
                (x - 0.5, y - 0.02),
                (x - 0.2, y - 0.09),
                (x + 0.4, y - 0.06),
                (x + 0.62, y + 0.03),
                (x + 0.3, y + 0.07),
                (x - 0.2, y + 0.06),
            ],
            name=what,
        )
        d.line(ink((0.95, 0.95, 0.92)), (x - 0.4, y - 0.015), (x + 0.5, y + 0.015), 0.018)
    elif what == "cell phone":
        d.fill(ink((0.08, 0.08, 0.1)), [(x, y), (x + 0.035, y + 0.01), (x + 0.02, y + 0.08), (x - 0.015, y + 0.07)])
    elif what == "tie":
        d.fill(
            d.ink(color, name=what),
            [
                (sx + 0.0, sy + 0.0),
                (sx + 0.035, sy),
                (sx + 0.045, sy - 0.2),
                (sx + 0.015, sy - 0.23),
                (sx - 0.01, sy - 0.2),
            ],
        )
    elif what in ("frisbee", "sports ball"):
        d.disc(ink(color), x + 0.06, y, *((0.08, 0.025) if what == "frisbee" else (0.065, 0.065)))


def under_feet(person: Person, chance: Chance, what: str) -> None:
    """Skis, a snowboard, a skateboard or a surfboard below a person's feet."""
    d, color = person.drawing, chance.tint(chance.pick(BRIGHT))
    if what == "skis":
        for shift, gain in ((0.0, 1.0), (0.03, 1.3)):
            d.limb(d.ink(color, gain, name=what), ((-0.5, shift - 0.005), (0.5, shift - 0.005), (0.6, shift + 0.05)),
                   (0.02, 0.024, 0.012))  # fmt: skip
        for x, y in (person.hand, person.other_hand):
            d.line(d.ink((0.3, 0.3, 0.32), name=what), (x, y), (x - 0.22, 0.03), 0.013)
        return
    if what == "skateboard":
        d.limb(
            d.ink(shaded(color, 0.8), name=what), ((-0.27, 0.0), (-0.2, -0.03), (0.2, -0.03), (0.27, 0.0)), (0.025,) * 4
        )
        for x in (-0.17, 0.17):
            d.disc(d.ink((0.9, 0.9, 0.85), name=what), x, -0.055, 0.026)
        return
    long = 0.42 if what == "snowboard" else 0.62
    d.body(
        color,
        [
            (-long, 0.03),
            (-long * 0.9, -0.02),
            (long * 0.9, -0.02),
            (long, 0.03),
            (long * 0.8, 0.02),
            (-long * 0.8, 0.02),
        ],
        name=what,
    )


def paint_person(sketch: Sketch, chance: Chance, x: float, z: float, pose: str = "stand", clothes: str = "day") -> None:
    """A person who carries nothing, on the ground."""
    Person(sketch, chance, x, z, pose, clothes=clothes)


def paint_visitor(sketch: Sketch, chance: Chance, x: float, z: float) -> None:
    """A passer-by with or without something in hand."""
    what = chance.pick(("", "", "backpack", "handbag", "umbrella", "frisbee", "cell phone", "sports ball"))
    pose = (
        "catch"
        if what in ("frisbee", "sports ball")
        else "look"
        if what in ("cell phone", "umbrella")
        else chance.pick(("walk", "stand", "run"))
    )
    person = Person(sketch, chance, x, z, pose)
    if what:
        carry(person, chance, what)
