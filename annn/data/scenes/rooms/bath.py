"""Bathrooms: toilet, bathtub, wash stand, towels, washing machine. The back of each stands at z = 0."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.clutter import clutter_top
from annn.data.scenes.rooms.material import STEEL, Material, fabric, material, plain
from annn.data.scenes.rooms.solids import Frame
from annn.data.scenes.rooms.storage import build_chest
from annn.data.scenes.rooms.tables import build_basin

CERAMIC: Color = (0.93, 0.93, 0.91)


def build_toilet(at: Frame, chance: Chance) -> None:
    """Cistern, bowl and lid."""
    white = plain(chance, CERAMIC, 0.02)
    at.box((-0.21, 0.21), (0.40, 0.76), (0.01, 0.19), white, ids.TOILET)
    at.box((-0.22, 0.22), (0.76, 0.79), (0.0, 0.2), white, ids.TOILET)
    at.turned([(0, 0.13, 0.2), (0.08, 0.11, 0.18), (0.24, 0.13, 0.2), (0.36, 0.19, 0.26), (0.40, 0.19, 0.26)], white,
              ids.TOILET, z=0.4, sides=14)  # fmt: skip
    at.box((-0.13, 0.13), (0.1, 0.40), (0.1, 0.3), white, ids.TOILET)
    if chance.true(0.6):
        at.turned([(0.40, 0.20, 0.27), (0.43, 0.195, 0.26)], white, ids.TOILET, z=0.4, sides=14)
    else:
        hole = material((0.35, 0.36, 0.37), (0.7, 0.7, 0.7), "shade", (0.3, 0.4))
        at.turned([(0.40, 0.20, 0.27), (0.42, 0.2, 0.27)], white, ids.TOILET, z=0.4, sides=14)
        at.turned([(0.421, 0.12, 0.18), (0.422, 0.12, 0.18)], hole, ids.TOILET, z=0.42, sides=12)
        at.prism([(-0.19, 0.22), (0.19, 0.22), (0.19, 0.19), (-0.19, 0.19)], (0.42, 0.8), white, ids.TOILET, scale=0.85)
    at.box((0.12, 0.18), (0.66, 0.68), (0.19, 0.21), plain(chance, STEEL), ids.TOILET)
    at.rest((-0.2, 0.2), (0, 0.65), 0.42, 0.95)


def build_tub(at: Frame, chance: Chance, wide: float, tiles: Material) -> None:
    """A bathtub along the wall; its curtain half drawn, its wall tiled."""
    white = plain(chance, CERAMIC, 0.02)
    w, d, h = wide / 2, 0.74, 0.56
    inside = material((0.80, 0.81, 0.81), (0.62, 0.63, 0.64), "shade", (wide, d))
    at.front((-w, w), (h, 2.05), 0.012, tiles, ids.WALL)
    at.box((-w, w), (0, h), (d - 0.09, d), white, ids.BATHTUB)
    at.box((-w, w), (0, h), (0.013, 0.08), white, ids.BATHTUB)
    for x in (-w, w - 0.1):
        at.box((x, x + 0.1), (0, h), (0.05, d - 0.05), white, ids.BATHTUB)
    at.level((-w, w), 0.22, (0.02, d - 0.05), inside, ids.BATHTUB)
    tap = at.sub(-w + 0.2, 0.7, 0.02)
    shine = plain(chance, (0.75, 0.76, 0.78))
    tap.box((-0.06, 0.06), (0, 0.04), (0, 0.1), shine, ids.FAUCET)
    at.rest((-w, w), (0, d), h, 1.0)
    if chance.true(0.75):
        cover = chance.pick(
            ((0.9, 0.9, 0.88), (0.55, 0.68, 0.75), (0.8, 0.72, 0.6), (0.35, 0.5, 0.45), (0.75, 0.4, 0.4))
        )
        side = chance.side()
        share = chance.uniform(0.3, 0.75) * wide
        span = (-w, -w + share) if side < 0 else (w - share, w)
        build_drape(at, chance, span, (0.25, 1.98), d + 0.005, cover, ids.SHOWER_CURTAIN)
        at.box((-w, w), (1.98, 2.0), (d - 0.04, d - 0.02), shine, ids.OTHER_PROP)
    else:
        clutter_top(at.sub(0, h, 0.045, same=True), chance, wide * 0.6, 0.02, "bath", 3)


def build_drape(at: Frame, chance: Chance, x: tuple[float, float], y: tuple[float, float], z: float, color: Color,
                label: int) -> None:  # fmt: skip
    """Hanging cloth in folds."""
    count = max(3, round((x[1] - x[0]) / 0.09))
    step = (x[1] - x[0]) / count
    made = fabric(chance, color) if chance.true(0.4) else plain(chance, color)
    for k in range(count):
        a, b = x[0] + k * step, x[0] + (k + 1) * step
        za, zb = (z, z + 0.05) if k % 2 == 0 else (z + 0.05, z)
        at.polygon([(a, y[0], za), (b, y[0], zb), (b, y[1], zb), (a, y[1], za)], made, label)


def build_wash_stand(at: Frame, chance: Chance, wide: float, color: Color) -> None:
    """A cabinet with a basin in its top."""
    build_chest(at, chance, wide, 0.84, 0.5, ids.CABINET, color, max(1, round(wide / 0.45)), 1)
    top = at.sub(0, 0.84, 0.0)
    stone = material((0.88, 0.87, 0.84), (0.6, 0.58, 0.55), "marble", (0.8, 0.8))
    top.box((-wide / 2 - 0.01, wide / 2 + 0.01), (0, 0.03), (0, 0.54), stone, ids.COUNTER)
    build_basin(top.sub(0, 0.03, 0.29), chance, 0.44)
    for side in (-1, 1):
        if wide > 0.7:
            clutter_top(top.sub(side * wide * 0.38, 0.03, 0.2, same=True), chance, 0.2, 0.2, "bath", 2)


def build_pedestal(at: Frame, chance: Chance) -> None:
    """A wash basin on a column."""
    white = plain(chance, CERAMIC, 0.02)
    at.turned([(0, 0.12, 0.1), (0.1, 0.08, 0.08), (0.68, 0.09, 0.09)], white, ids.SINK, z=0.2, sides=10)
    at.turned([(0.68, 0.12, 0.12), (0.80, 0.28, 0.22), (0.85, 0.29, 0.23)], white, ids.SINK, z=0.23, sides=14)
    build_basin(at.sub(0, 0.85, 0.25), chance, 0.36)
    at.rest((-0.25, 0.25), (0, 0.45), 0.85, 0.6)


def build_towel(at: Frame, chance: Chance) -> None:
    """A towel on a rail; the frame's origin is the rail."""
    w, long = chance.uniform(0.17, 0.3), chance.uniform(0.4, 0.7)
    at.box((-w - 0.06, w + 0.06), (-0.01, 0.01), (0.04, 0.06), plain(chance, STEEL), ids.OTHER_PROP)
    cloth = fabric(chance)
    at.box((-w, w), (-long, 0.015), (0.065, 0.085), cloth, ids.TOWEL)
    at.box((-w, w), (-long * 0.8, 0.015), (0.01, 0.035), cloth, ids.TOWEL)
    band = fabric(chance)
    at.front((-w, w), (-long + 0.07, -long + 0.12), 0.088, band, ids.TOWEL)


def build_washer(at: Frame, chance: Chance) -> None:
    """A washing machine."""
    white = plain(chance, (0.9, 0.9, 0.9), 0.03)
    at.box((-0.3, 0.3), (0.02, 0.86), (0, 0.58), white, ids.OTHER_PROP)
    ring = [
        (0.19 * a, 0.42 + 0.19 * b)
        for a, b in ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1), (0.7, -0.7))
    ]
    at.polygon([(a, b, 0.585) for a, b in ring], plain(chance, STEEL), ids.OTHER_PROP)
    at.polygon(
        [(a * 0.75, 0.42 + (b - 0.42) * 0.75, 0.59) for a, b in ring], material((0.1, 0.11, 0.13)), ids.OTHER_PROP
    )
    at.box((-0.28, 0.28), (0.73, 0.83), (0.58, 0.59), plain(chance, (0.75, 0.75, 0.76)), ids.OTHER_PROP)
    at.rest((-0.3, 0.3), (0, 0.58), 0.86, 1.0)
