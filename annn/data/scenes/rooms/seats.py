"""Chairs, sofas, stools and beds, with the pillows and blankets on them. The back of each stands at z = 0."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.material import DARK, STEEL, VIVID, Material, fabric, material, plain, shade, wood
from annn.data.scenes.rooms.solids import Frame


def legs(at: Frame, wide: float, deep: float, high: float, thick: float, made: Material, label: int) -> None:
    """Four legs under a top of wide x deep, centred on x, from z = 0 forwards."""
    for x in (-wide / 2, wide / 2 - thick):
        for z in (0.0, deep - thick):
            at.box((x, x + thick), (0, high), (z, z + thick), made, label)


def build_chair(at: Frame, chance: Chance, color: Color | None = None, tall: float = 0.0) -> None:
    """A wooden or padded chair of about 45 x 45 cm."""
    made = wood(chance, color)
    seat = fabric(chance) if chance.true(0.45) else made
    w, d, h = 0.44, 0.44, 0.45
    high = tall or chance.uniform(0.82, 1.0)
    legs(at, w, d, h - 0.04, 0.04, made, ids.CHAIR)
    at.box((-w / 2, w / 2), (h - 0.04, h + 0.02), (0, d), seat, ids.CHAIR)
    for x in (-w / 2, w / 2 - 0.04):
        at.box((x, x + 0.04), (h, high), (0, 0.04), made, ids.CHAIR)
    style = chance.pick(("slats", "panel", "ladder"))
    if style == "panel":
        at.box((-w / 2, w / 2), (h + 0.14, high), (0.005, 0.035), seat, ids.CHAIR)
    elif style == "slats":
        at.box((-w / 2, w / 2), (high - 0.07, high), (0.005, 0.035), made, ids.CHAIR)
        for k in range(4):
            x = -0.15 + 0.1 * k
            at.box((x - 0.012, x + 0.012), (h, high - 0.06), (0.01, 0.03), made, ids.CHAIR)
    else:
        for y in (h + 0.12, h + 0.24, high - 0.06):
            at.box((-w / 2, w / 2), (y, y + 0.06), (0.005, 0.03), made, ids.CHAIR)
    at.rest((-w / 2, w / 2), (0, d), h, 0.55)


def build_office_chair(at: Frame, chance: Chance) -> None:
    """A padded chair on a column with five castors."""
    base = chance.tint(chance.pick(((0.12, 0.12, 0.14), (0.16, 0.22, 0.36), (0.42, 0.14, 0.14), (0.3, 0.3, 0.32))))
    cloth, metal = material(base, shade(base, 0.75), "weave", (0.4, 0.4)), plain(chance, DARK)
    at.turned([(0.06, 0.27, 0.27), (0.10, 0.05, 0.05)], metal, ids.CHAIR, z=0.26, sides=10)
    at.turned([(0.08, 0.03, 0.03), (0.44, 0.03, 0.03)], plain(chance, STEEL), ids.CHAIR, z=0.26, sides=6)
    at.prism([(-0.25, 0.5), (0.25, 0.5), (0.25, 0.02), (-0.25, 0.02)], (0.44, 0.52), cloth, ids.CHAIR, scale=0.92)
    high = chance.uniform(0.95, 1.15)
    at.box((-0.05, 0.05), (0.46, 0.7), (-0.02, 0.02), metal, ids.CHAIR)
    at.polygon([(-0.23, 0.6, 0.03), (0.23, 0.6, 0.03), (0.21, high, -0.02), (-0.21, high, -0.02)], cloth, ids.CHAIR)
    at.box((-0.22, 0.22), (0.58, high - 0.02), (-0.05, -0.01), cloth, ids.CHAIR)
    if chance.true(0.6):
        for x in (-0.29, 0.24):
            at.box((x, x + 0.05), (0.66, 0.70), (0.05, 0.35), metal, ids.CHAIR)
            at.box((x + 0.01, x + 0.04), (0.48, 0.67), (0.16, 0.2), metal, ids.CHAIR)
    at.rest((-0.25, 0.25), (0, 0.5), 0.5, 0.7)


def build_stool(at: Frame, chance: Chance) -> None:
    high = chance.uniform(0.45, 0.75)
    made = wood(chance)
    legs(at.sub(0, 0, -0.15, same=True), 0.3, 0.3, high - 0.04, 0.03, made, ids.CHAIR)
    at.turned([(high - 0.04, 0.18, 0.18), (high, 0.18, 0.18)], made, ids.CHAIR, sides=12)
    at.rest((-0.15, 0.15), (-0.15, 0.15), high, 0.5)


def build_pillow(at: Frame, wide: float, high: float, made: Material, lean: float = 0.0) -> None:
    """A pillow lying flat (lean 0), or leaning against something behind it (lean 1)."""
    w = wide / 2
    if lean:
        at.box((-w, w), (0.0, high), (0.05, 0.10), made, ids.PILLOW)
        edge = [
            (-w * 0.92, 0.03, 0.16),
            (w * 0.92, 0.03, 0.16),
            (w * 0.8, high * 0.97, 0.12),
            (-w * 0.8, high * 0.97, 0.12),
        ]
        at.polygon(edge, made, ids.PILLOW)
        at.polygon([edge[3], edge[2], (w, high, 0.06), (-w, high, 0.06)], made, ids.PILLOW)
        for x in (-1, 1):
            at.polygon(
                [(x * w * 0.92, 0.03, 0.16), (x * w, 0.0, 0.08), (x * w, high, 0.08), (x * w * 0.8, high * 0.97, 0.12)],
                made,
                ids.PILLOW,
            )
        return
    plan = [(-w, high), (w, high), (w, 0.0), (-w, 0.0)]
    at.prism(plan, (0.0, 0.06), made, ids.PILLOW, scale=1.02)
    at.prism(plan, (0.06, 0.13), made, ids.PILLOW, scale=0.8)


def build_sofa(at: Frame, chance: Chance, wide: float) -> None:
    """A sofa or an armchair (under 1.1 m) with cushions; pillows on some."""
    base = chance.pick(((0.55, 0.18, 0.16), (0.26, 0.32, 0.45), (0.36, 0.40, 0.28), (0.70, 0.62, 0.50),
                        (0.36, 0.26, 0.20), (0.50, 0.47, 0.45), (0.22, 0.21, 0.23), (0.78, 0.73, 0.64)))  # fmt: skip
    made = fabric(chance, base)
    d, seat, back, arm = 0.88, 0.43, chance.uniform(0.78, 0.95), chance.uniform(0.12, 0.24)
    w = wide / 2
    at.box((-w, w), (0.06, 0.30), (0.05, d - 0.03), made, ids.SOFA)
    at.box((-w, w), (0.06, back), (0, 0.2), made, ids.SOFA)
    rest = chance.uniform(0.55, 0.68)
    for x in (-w, w - arm):
        at.box((x, x + arm), (0.06, rest), (0, d), made, ids.SOFA)
    count = max(1, round((wide - 2 * arm) / 0.65))
    step = (wide - 2 * arm) / count
    for k in range(count):
        x = -w + arm + k * step
        at.box((x + 0.01, x + step - 0.01), (0.30, seat), (0.18, d + 0.02), made, ids.SOFA)
        plan = [(x + 0.01, 0.36), (x + step - 0.01, 0.36), (x + step - 0.01, 0.15), (x + 0.01, 0.15)]
        at.prism(plan, (seat, back + 0.06), made, ids.SOFA, scale=0.86)
    for x in (-w + 0.04, w - 0.09):
        at.box((x, x + 0.05), (0, 0.06), (d - 0.1, d - 0.05), plain(chance, DARK), ids.SOFA)
    for side in (-1, 1):
        if chance.true(0.6):
            size = chance.uniform(0.36, 0.46)
            x = side * (w - arm - size / 2 - chance.uniform(0.0, 0.12))
            build_pillow(at.sub(x, seat, 0.32, chance.uniform(-0.3, 0.3)), size, size, fabric(chance), 1.0)
    at.rest((-w, w), (0, d), back, 0.95)


def build_bed(at: Frame, chance: Chance, wide: float, frame: Color) -> None:
    """A bed whose head stands against the wall: frame, mattress, blanket and pillows."""
    made = wood(chance, frame)
    long, w, top = 2.0, wide / 2, chance.uniform(0.46, 0.62)
    head = chance.uniform(0.85, 1.25)
    at.box((-w - 0.03, w + 0.03), (0.0 if chance.true(0.7) else 0.3, head), (0, 0.06), made, ids.BED)
    at.box((-w - 0.02, w + 0.02), (0.1, 0.3), (0.06, long), made, ids.BED)
    sheet = plain(chance, chance.pick(((0.92, 0.91, 0.88), (0.85, 0.87, 0.9), (0.9, 0.85, 0.78))))
    at.box((-w, w), (0.3, top), (0.06, long - 0.02), sheet, ids.BED)
    quilt = fabric(chance) if chance.true(0.7) else plain(chance, (0.9, 0.9, 0.88))
    start = chance.uniform(0.5, 0.95)
    side = chance.uniform(0.12, 0.34)
    at.box((-w - 0.04, w + 0.04), (side, top + 0.05), (start, long + 0.03), quilt, ids.BED)
    at.box(
        (-w - 0.045, w + 0.045),
        (side, top + 0.07),
        (start, start + 0.22),
        sheet if chance.true(0.5) else quilt,
        ids.BED,
    )
    if chance.true(0.35):
        at.box((-w - 0.03, w + 0.03), (0.0, chance.uniform(0.5, 0.8)), (long + 0.03, long + 0.09), made, ids.BED)
    count = 1 if wide < 1.2 else 2
    for k in range(count):
        x = 0.0 if count == 1 else (k - 0.5) * wide * 0.5
        cover = sheet if chance.true(0.5) else fabric(chance)
        lean = float(chance.true(0.5))
        build_pillow(at.sub(x, top + 0.01, 0.1), min(0.62, wide / count * 0.85), 0.42, cover, lean)
        if chance.true(0.5):
            build_pillow(at.sub(x + chance.uniform(-0.1, 0.1), top + 0.03, 0.3), 0.42, 0.36, fabric(chance), 1.0)
    if chance.true(0.35):
        lump(at.sub(chance.uniform(-0.4, 0.4) * wide, top + 0.05, chance.uniform(1.1, 1.7)), chance)
    at.rest((-w, w), (0, long), top, 1.0)


def lump(at: Frame, chance: Chance) -> None:
    """Clothes thrown down: two or three flat folds."""
    for _ in range(chance.integer(2, 3)):
        cloth = fabric(chance, chance.pick(VIVID))
        a, b = chance.uniform(0.12, 0.25), chance.uniform(0.10, 0.2)
        x, z = chance.uniform(-0.12, 0.12), chance.uniform(-0.1, 0.1)
        outline = [
            (x - a, z + b * 0.6),
            (x - a * 0.3, z + b),
            (x + a, z + b * 0.7),
            (x + a * 0.9, z - b),
            (x - a * 0.8, z - b * 0.8),
        ]
        at.prism(outline, (0.0, chance.uniform(0.05, 0.12)), cloth, ids.CLOTHES, scale=0.7)
