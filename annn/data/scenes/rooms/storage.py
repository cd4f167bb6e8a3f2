"""Cabinets, dressers, night stands, bookshelves, shelves and wardrobes; the back of each stands at z = 0."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.clutter import build_bottle, build_bowl, build_box, clutter_top, fill_books
from annn.data.scenes.rooms.material import DARK, STEEL, Material, plain, shade, wood
from annn.data.scenes.rooms.solids import Frame, Span


def _fronts(at: Frame, chance: Chance, x: Span, y: Span, z: float, columns: int, rows: int, made: Material, label: int,
            knob: Material) -> None:  # fmt: skip
    """Drawer or door fronts as thin raised panels with a knob each."""
    w, h = (x[1] - x[0]) / columns, (y[1] - y[0]) / rows
    for column in range(columns):
        for row in range(rows):
            a, b = x[0] + column * w, y[0] + row * h
            at.box((a + 0.015, a + w - 0.015), (b + 0.012, b + h - 0.012), (z, z + 0.02), made, label)
            if h > 0.45:  # a door: its knob at the inner edge
                kx = a + (w - 0.06 if column % 2 == 0 else 0.06)
                at.box((kx - 0.01, kx + 0.01), (b + h * 0.55, b + h * 0.55 + 0.09), (z + 0.02, z + 0.04), knob, label)
            else:
                kx = a + w / 2
                at.box((kx - 0.05, kx + 0.05), (b + h * 0.5, b + h * 0.5 + 0.02), (z + 0.02, z + 0.04), knob, label)


def build_chest(at: Frame, chance: Chance, wide: float, high: float, deep: float, label: int, color: Color,
                columns: int, rows: int) -> None:  # fmt: skip
    """A closed body with fronts: dresser, night stand, cabinet, filing cabinet."""
    made = wood(chance, color)
    front = wood(chance, shade(color, 1.06))
    w = wide / 2
    at.box((-w, w), (0.05, high - 0.03), (0, deep - 0.02), made, label)
    at.box((-w + 0.03, w - 0.03), (0, 0.05), (0.02, deep - 0.06), plain(chance, DARK), label)
    at.box((-w - 0.015, w + 0.015), (high - 0.03, high), (0, deep + 0.01), made, label)
    knob = plain(chance, chance.pick((STEEL, DARK, (0.7, 0.6, 0.35))))
    _fronts(at, chance, (-w, w), (0.07, high - 0.04), deep - 0.02, columns, rows, front, label, knob)
    at.rest((-w, w), (0, deep), high, 1.0)


def build_wardrobe(at: Frame, chance: Chance, wide: float, color: Color) -> None:
    build_chest(at, chance, wide, chance.uniform(1.8, 2.15), 0.6, ids.CABINET, color, max(2, round(wide / 0.5)), 1)


def build_filing(at: Frame, chance: Chance) -> None:
    """A steel filing cabinet."""
    color = chance.tint(chance.pick(((0.55, 0.56, 0.55), (0.75, 0.73, 0.68), (0.22, 0.23, 0.25))))
    made, front = plain(chance, color), plain(chance, shade(color, 1.08))
    rows = chance.integer(2, 4)
    high = 0.34 * rows
    at.box((-0.23, 0.23), (0, high), (0, 0.6), made, ids.CABINET)
    _fronts(at, chance, (-0.23, 0.23), (0.03, high), 0.6, 1, rows, front, ids.CABINET, plain(chance, STEEL))
    at.rest((-0.23, 0.23), (0, 0.62), high, 1.0)
    if chance.true(0.7):
        clutter_top(at.sub(0, high, 0.3, same=True), chance, 0.4, 0.4, "storage")


def build_bookshelf(at: Frame, chance: Chance, wide: float, high: float, color: Color, fill: float = 0.85) -> None:
    """An open case with a back, filled with books, boxes and things."""
    made = wood(chance, color)
    inner = wood(chance, shade(color, 0.7))
    w, d, t = wide / 2, 0.3, 0.025
    at.front((-w, w), (0, high), 0.01, inner, ids.BOOKSHELF)
    for x in (-w, w - t):
        at.box((x, x + t), (0, high), (0, d), made, ids.BOOKSHELF)
    count = max(2, round(high / 0.34))
    step = (high - 0.06) / count
    for k in range(count + 1):
        y = 0.06 + k * step - t
        at.box((-w, w), (y, y + t), (0, d), made, ids.BOOKSHELF)
        if k == count:
            break
        if chance.true(fill):
            fill_books(at.sub(0, y + t, 0.04), chance, (-w + 0.03, w - 0.03), step - 0.05)
        elif chance.true(0.6):
            build_box(at.sub(chance.uniform(-0.2, 0.2) * wide, y + t, 0.04), chance, 0.3, step * 0.7, 0.22)
        else:
            build_bowl(at.sub(0, y + t, 0.15), chance)
    at.rest((-w, w), (0, d), high, 1.0)
    if high < 1.9 and chance.true(0.6):
        clutter_top(at.sub(0, high, d / 2, same=True), chance, wide * 0.8, 0.22, "shelf")


def build_shelves(at: Frame, chance: Chance, wide: float, high: float, storage: bool) -> None:
    """Open metal or wooden shelving without a back: boxes and bottles, as in a storeroom."""
    made = plain(chance, STEEL) if chance.true(0.5) else wood(chance)
    w, d = wide / 2, 0.42
    for x in (-w, w - 0.04):
        for z in (0.01, d - 0.04):
            at.box((x, x + 0.04), (0, high), (z, z + 0.03), made, ids.SHELVES)
    count = max(2, round(high / 0.48))
    step = (high - 0.12) / count
    for k in range(count + 1):
        y = 0.1 + k * step
        at.box((-w, w), (y - 0.03, y), (0, d), made, ids.SHELVES)
        room = step - 0.06 if k < count else 0.4
        x = -w + 0.06
        while x < w - 0.22:
            size = chance.uniform(0.2, 0.42)
            if x + size > w - 0.05:
                break
            high_enough = min(room, chance.uniform(0.14, 0.4))
            spot = at.sub(x + size / 2, y, 0.06)
            if not storage and chance.true(0.3):
                fill_books(spot, chance, (-size / 2, size / 2), min(room, 0.32))
            elif chance.true(0.6):
                build_box(spot, chance, size * 0.92, high_enough, 0.3)
            elif chance.true(0.6):
                for dx in (-0.08, 0.0, 0.08):
                    build_bottle(spot.sub(dx, 0, 0.12), chance, min(room, 0.3))
            x += size + chance.uniform(0.0, 0.12)
    at.rest((-w, w), (0, d), high, 0.75)


def build_wall_shelf(at: Frame, chance: Chance, wide: float) -> None:
    """A single board on the wall with books and small things; the frame's origin lies on the board."""
    made = wood(chance)
    at.box((-wide / 2, wide / 2), (-0.03, 0), (0, 0.24), made, ids.SHELVES)
    fill_books(at.sub(0, 0, 0.02), chance, (-wide / 2 + 0.04, chance.uniform(-0.1, 0.3) * wide), 0.28)
    clutter_top(at.sub(wide * 0.35, 0, 0.12, same=True), chance, wide * 0.25, 0.1, "shelf")
    at.rest((-wide / 2, wide / 2), (0, 0.24), 0.0, 0.8, -0.1)


def build_fridge(at: Frame, chance: Chance) -> None:
    """A refrigerator, white or steel, with papers on its door now and then."""
    made = plain(
        chance, chance.pick(((0.90, 0.90, 0.88), (0.90, 0.90, 0.88), (0.62, 0.63, 0.65), (0.14, 0.14, 0.15))), 0.02
    )
    high, w, d = chance.uniform(1.62, 1.82), 0.38, 0.68
    split = chance.pick((0.62, 0.68, 0.38)) * high
    at.box((-w, w), (0.03, high), (0, d - 0.06), made, ids.FRIDGE)
    for y in ((0.06, split - 0.006), (split + 0.006, high)):
        at.box((-w, w), y, (d - 0.055, d), made, ids.FRIDGE)
        middle = split + (0.22 if y[0] > split else -0.34)
        at.box((-w + 0.04, -w + 0.07), (middle - 0.16, middle + 0.16), (d, d + 0.04), plain(chance, STEEL), ids.FRIDGE)
    for _ in range(chance.integer(0, 4)):
        x, y, size = chance.uniform(-0.15, 0.25), chance.uniform(0.9, 1.45), chance.uniform(0.08, 0.2)
        page = plain(chance, chance.pick(((0.93, 0.92, 0.88), (0.9, 0.85, 0.5), (0.7, 0.8, 0.9))))
        at.sub(0, 0, 0).front((x, x + size), (y, y + size * 1.3), d + 0.006, page, ids.PAPER)
    at.rest((-w, w), (0, d), high, 1.0)
    if chance.true(0.4):
        build_box(at.sub(0, high, 0.1), chance, 0.4, 0.2, 0.3)
