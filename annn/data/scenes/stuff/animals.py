"""Animals as parametric silhouettes: quadrupeds from one build each, birds, cats and dogs at rest."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.builds import BUILDS, Build
from annn.data.scenes.stuff.sketch import Drawing, Sketch, mixed, shaded


def paint_animal(sketch: Sketch, chance: Chance, kind: str, x: float, z: float, *, foot: float = 0.0, size: float = 0.0,
                 facing: int = 0) -> None:  # fmt: skip
    """A standing or walking quadruped; it may graze."""
    build = BUILDS[kind]
    size = size or build.height * chance.uniform(0.85, 1.1)
    d = Drawing(sketch, kind, x, z, foot=foot, size=size, facing=facing or chance.side())
    color = chance.tint(chance.pick(build.colors), 0.05)
    grazing = chance.true(0.35) and kind in ("cow", "horse", "sheep", "zebra")
    if foot < 0.3:
        sketch.stain(x, z, build.length * size * 0.62, 0.25 * size)
        d.cast([(-build.length / 2, 0), (build.length / 2, 0), (build.length / 2, 1), (-build.length / 2, 1)])
    half = build.length * 0.72
    spots = {"giraffe": {"second": (0.48, 0.26, 0.12), "tile": "stones", "metres": 0.55}}.get(kind, {})
    wool = {"second": shaded(color, 0.7), "tile": "leaves", "metres": 0.5} if kind == "sheep" else {}
    _legs(d, chance, build, color, half, far=True)
    _tail(d, build, color, half)
    back, belly = 1.0, 1.0 - build.depth
    slope = build.slope
    outline = [(-half, back - 0.08 - slope), (-half * 0.55, back - slope * 0.8), (0.05, back - 0.03 - slope * 0.4),
               (half * 0.62, back), (half, back - 0.1), (half * 1.02, belly + 0.12), (half * 0.55, belly),
               (-half * 0.2, belly - 0.015), (-half * 0.75, belly + 0.06 - slope * 0.6),
               (-half * 1.05, belly + 0.2 - slope * 0.5)]  # fmt: skip
    _neck_and_head(d, chance, build, kind, color, half, grazing, spots or wool, behind=True)
    d.body(color, outline, **(spots or wool))
    _pattern(d, chance, kind, color, half, belly)
    _legs(d, chance, build, color, half, far=False)
    _neck_and_head(d, chance, build, kind, color, half, grazing, spots or wool, behind=False)


def _legs(d: Drawing, chance: Chance, build: Build, color: Color, half: float, far: bool) -> None:
    tone = d.ink(shaded(color, 0.62 if far else 0.92))
    hoof = d.ink(build.hoof)
    top = 1.0 - build.depth * 0.75 - build.slope * 0.3
    for at in (-0.78, 0.8):
        lean = chance.uniform(-0.08, 0.1) + (0.1 if far else 0.0)
        x, w = half * at, build.leg
        knee = (x + lean * 0.3, top * 0.5)
        d.limb(tone, ((x, top), knee, (x + lean, 0.04)), (w * 1.75, w * 0.95, w * 0.8))
        d.fill(
            hoof,
            [
                (x + lean - w * 0.45, 0.0),
                (x + lean + w * 0.6, 0.0),
                (x + lean + w * 0.4, 0.06),
                (x + lean - w * 0.4, 0.06),
            ],
        )


def _tail(d: Drawing, build: Build, color: Color, half: float) -> None:
    y, dark = 0.93 - build.slope, d.ink(shaded(color, 0.6))
    if build.tail < 0:
        d.limb(
            dark,
            ((-half, y - 0.08), (-half - 0.14, y + 0.02), (-half - 0.16, y - build.tail * 0.6)),
            (0.09, 0.07, 0.05),
        )
    else:
        d.limb(dark, ((-half + 0.02, y - 0.03), (-half - 0.07, y - build.tail * 0.5), (-half - 0.06, y - build.tail)),
               (0.05, 0.04, 0.07 if build.tail > 0.5 else 0.045))  # fmt: skip


def _pattern(d: Drawing, chance: Chance, kind: str, color: Color, half: float, belly: float) -> None:
    if kind == "zebra":
        black = d.ink((0.08, 0.075, 0.08))
        for k in range(11):
            x = half * (-0.95 + 0.185 * k)
            bend = 0.05 - 0.01 * k
            d.limb(black, ((x, 0.985), (x + bend, 0.8), (x + bend * 0.4, belly + 0.05)), (0.04, 0.055, 0.015))
    elif kind == "cow" and chance.true(0.55):
        other = (0.93, 0.92, 0.88) if sum(color) < 1.6 else (0.14, 0.12, 0.12)
        patch = d.ink(other)
        for _ in range(chance.integer(2, 4)):
            x, y = half * chance.uniform(-0.7, 0.7), chance.uniform(belly + 0.16, 0.86)
            r = chance.uniform(0.07, 0.13)
            d.smooth(
                patch,
                [(x - r * 1.3, y), (x - r * 0.4, y + r), (x + r, y + r * 0.7), (x + r * 1.2, y - r * 0.3), (x, y - r)],
            )


def _neck_and_head(
    d: Drawing,
    chance: Chance,
    build: Build,
    kind: str,
    color: Color,
    half: float,
    grazing: bool,
    look: dict,
    *,
    behind: bool,
) -> None:
    """The neck (behind the body where it hides the joint) and the head with ears, horns, mane or trunk."""
    sx, sy = half * 0.82, 0.84
    nx, ny = build.neck
    ex, ey = sx + nx, sy + ny
    if grazing:
        ex, ey = sx + abs(nx) + 0.22, 0.3
    if behind:
        if kind in ("horse", "zebra", "giraffe") and not grazing:
            mane = d.ink(shaded(color, 0.35) if kind == "horse" else (0.3, 0.18, 0.1))
            w = build.thick[1]
            d.limb(mane, ((sx - 0.1, sy + 0.16), (ex - 0.03, ey + w * 0.5)), (0.12, w * 0.9))
        return
    d.limb(d.ink(color, **look), ((sx, sy), (ex, ey)), (build.thick[0], build.thick[1]))
    if kind == "zebra":
        for k in range(1, 6):
            t = k / 6
            x, y, w = sx + (ex - sx) * t, sy + (ey - sy) * t, build.thick[0] + (build.thick[1] - build.thick[0]) * t
            d.line(d.ink((0.08, 0.075, 0.08)), (x - w * 0.36, y + w * 0.25), (x + w * 0.36, y - w * 0.25), 0.03)
    long, deep = build.head
    face = mixed(color, (0.15, 0.12, 0.1), 0.75) if kind == "sheep" else color
    if kind == "elephant":
        _elephant_head(d, color, ex, ey, long, deep)
        return
    mx, my = ex + long * 0.8, ey + build.drop - (0.12 if grazing else 0.0)
    tone = d.ink(shaded(face, 1.05))
    ear = d.ink(shaded(face, 0.7))
    if kind in ("bear", "cat"):
        d.disc(tone, ex + long * 0.25, ey, long * 0.5, deep * 0.62)
        for k in (-0.28, 0.3):
            x = ex + long * (0.2 + k)
            shape = [(x - 0.05, ey + deep * 0.35), (x + 0.06, ey + deep * 0.35), (x + k * 0.1, ey + deep * 0.98)]
            d.fill(ear, shape) if kind == "cat" else d.disc(ear, x, ey + deep * 0.5, 0.055)
        d.disc(
            d.ink(shaded(mixed(face, (1, 0.9, 0.8), 0.25), 1.0)),
            ex + long * 0.55,
            ey - deep * 0.18,
            long * 0.24,
            deep * 0.26,
        )
        d.disc(d.ink((0.05, 0.05, 0.05)), ex + long * 0.68, ey - deep * 0.12, 0.025)
    else:
        d.limb(ear, ((ex - 0.02, ey + 0.02), (ex - 0.07, ey + (0.14 if kind != "dog" else -0.12))), (0.07, 0.03))
        d.limb(tone, ((ex, ey), (mx, my)), (deep * 1.15, deep * 0.72))
        d.disc(d.ink(shaded(face, 0.55)), mx, my, deep * 0.32, deep * 0.3)
    if kind in ("giraffe", "cow"):
        horn = d.ink((0.35, 0.24, 0.16) if kind == "giraffe" else (0.8, 0.76, 0.66))
        d.line(horn, (ex, ey + 0.03), (ex - 0.02, ey + (0.11 if kind == "giraffe" else 0.15)), 0.028)
    d.disc(d.ink((0.03, 0.03, 0.03), 1.0), ex + long * 0.3, ey + deep * 0.14, 0.018 if kind != "cat" else 0.03)


def _elephant_head(d: Drawing, color: Color, ex: float, ey: float, long: float, deep: float) -> None:
    d.limb(
        d.ink(shaded(color, 0.95)),
        (
            (ex + long * 0.45, ey - 0.02),
            (ex + long * 0.75, ey - 0.3),
            (ex + long * 0.7, ey - 0.62),
            (ex + long * 0.95, ey - 0.74),
        ),
        (0.2, 0.13, 0.09, 0.06),
    )
    d.disc(d.ink(shaded(color, 1.05)), ex + long * 0.2, ey + 0.02, long * 0.62, deep * 0.6)
    d.limb(
        d.ink((0.93, 0.9, 0.82)),
        ((ex + long * 0.55, ey - 0.12), (ex + long * 0.8, ey - 0.25), (ex + long * 1.1, ey - 0.22)),
        (0.055, 0.045, 0.02),
    )
    d.body(
        shaded(color, 0.85),
        [
            (ex - 0.02, ey + 0.2),
            (ex - 0.2, ey + 0.18),
            (ex - 0.3, ey - 0.05),
            (ex - 0.16, ey - 0.26),
            (ex + 0.02, ey - 0.14),
        ],
    )
    d.disc(d.ink((0.03, 0.03, 0.03), 1.0), ex + long * 0.45, ey + 0.08, 0.018)


def paint_bird(sketch: Sketch, chance: Chance, x: float, z: float, *, foot: float = 0.0, flying: bool = False) -> None:
    """A gull, a duck or a dark bird: flying, or standing on the ground or swimming."""
    d = Drawing(sketch, "bird", x, z, foot=foot, size=chance.uniform(0.5, 0.9), facing=chance.side())
    color = chance.tint(chance.pick(((0.92, 0.92, 0.92), (0.2, 0.19, 0.2), (0.45, 0.35, 0.27), (0.6, 0.62, 0.66))))
    body, wing = d.ink(color), d.ink(shaded(color, 0.7))
    if flying:
        lift = chance.uniform(-0.15, 0.45)
        for side in (-1, 1):
            d.smooth(wing if side < 0 else body, [(0.05, 0.05), (side * 0.45, lift + 0.1), (side * 0.95, lift - 0.1),
                                                  (side * 0.45, lift - 0.06), (-0.08, -0.05)])  # fmt: skip
        d.smooth(body, [(-0.3, -0.03), (0.1, 0.08), (0.3, 0.04), (0.1, -0.07)])
        return
    d.line(d.ink((0.8, 0.45, 0.1)), (0.02, 0.0), (0.02, 0.25), 0.04)
    d.body(color, [(-0.5, 0.32), (-0.1, 0.22), (0.25, 0.3), (0.3, 0.5), (0.0, 0.55), (-0.3, 0.45)])
    d.smooth(wing, [(-0.45, 0.34), (0.05, 0.3), (0.12, 0.46), (-0.2, 0.46)])
    d.limb(body, ((0.24, 0.44), (0.34, 0.68)), (0.16, 0.14))
    d.disc(body, 0.36, 0.7, 0.1)
    d.fill(d.ink((0.9, 0.6, 0.12)), [(0.43, 0.73), (0.43, 0.66), (0.58, 0.68)])
    d.disc(d.ink((0.02, 0.02, 0.02), 1.0), 0.39, 0.72, 0.02)


def paint_teddy(sketch: Sketch, chance: Chance, x: float, z: float, foot: float, size: float) -> None:
    """A sitting teddy bear."""
    d = Drawing(sketch, "teddy bear", x, z, foot=foot, size=size)
    color = chance.tint(chance.pick(((0.6, 0.4, 0.2), (0.8, 0.68, 0.5), (0.45, 0.28, 0.16), (0.85, 0.6, 0.65))))
    pale = d.ink(mixed(color, (1, 0.95, 0.85), 0.4))
    for s in (-1, 1):
        d.limb(d.ink(shaded(color, 0.85)), ((s * 0.2, 0.5), (s * 0.42, 0.3)), (0.2, 0.18))
        d.disc(d.ink(shaded(color, 0.85)), s * 0.18, 0.92, 0.1)
    d.body(color, [(-0.28, 0.3), (-0.18, 0.62), (0.18, 0.62), (0.28, 0.3), (0.15, 0.04), (-0.15, 0.04)])
    d.disc(pale, 0.0, 0.32, 0.15, 0.19)
    for s in (-1, 1):
        d.disc(d.ink(shaded(color, 0.95)), s * 0.27, 0.1, 0.14)
        d.disc(pale, s * 0.28, 0.1, 0.08)
    d.disc(d.ink(shaded(color, 1.05)), 0.0, 0.78, 0.23, 0.2)
    d.disc(pale, 0.0, 0.72, 0.1, 0.08)
    for at in ((0.0, 0.75, 0.03), (-0.09, 0.82, 0.025), (0.09, 0.82, 0.025)):
        d.disc(d.ink((0.05, 0.04, 0.04), 1.0), *at)
