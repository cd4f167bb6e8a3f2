"""Small things: books, papers, boxes, lamps, bottles, computers, bags, plants. Their bottom lies at y = 0."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.material import DARK, STEEL, VIVID, fabric, material, plain, shade
from annn.data.scenes.rooms.solids import Frame, Span
from annn.data.scenes.texture import crowns


def fill_books(at: Frame, chance: Chance, x: Span, high: float) -> None:
    """Books standing side by side between x[0] and x[1], spines to the front; now and then a gap or a pile."""
    here = x[0]
    tone, pages = chance.pick(VIVID), material((0.8, 0.78, 0.7))
    while here < x[1] - 0.03:
        thick = chance.uniform(0.022, 0.06)
        if chance.true(0.06):
            here += chance.uniform(0.05, 0.2)
            continue
        if chance.true(0.4):
            tone = chance.tint(chance.pick(VIVID), 0.12)
        tall = min(high, chance.uniform(0.17, 0.30))
        if here + thick > x[1]:
            break
        spine = material(shade(tone, 0.9), shade(tone, 0.65), "blotch", (0.3, 0.3))
        z = chance.uniform(0.15, 0.2)
        at.box((here, here + thick - 0.003), (0.0, tall), (0.02, z), spine, ids.BOOKS, pages)
        if thick > 0.04 and chance.true(0.5):
            at.front(
                (here + 0.006, here + thick - 0.01),
                (tall * 0.6, tall * 0.8),
                z + 0.004,
                material((0.85, 0.8, 0.6)),
                ids.BOOKS,
            )
        here += thick


def build_pile(at: Frame, chance: Chance) -> None:
    """Books lying on each other."""
    y = 0.0
    for _ in range(chance.integer(2, 5)):
        thick, w = chance.uniform(0.02, 0.045), chance.uniform(0.10, 0.15)
        spot = at.sub(0, 0, 0, chance.uniform(-0.4, 0.4), same=True)
        cover = plain(chance, chance.pick(VIVID))
        spot.box((-w, w), (y, y + thick), (-0.1, 0.1), cover, ids.BOOKS)
        y += thick


def build_papers(at: Frame, chance: Chance) -> None:
    """A few sheets, lying askew."""
    for k in range(chance.integer(1, 3)):
        spot = at.sub(chance.uniform(-0.08, 0.08), 0.003 + 0.003 * k, chance.uniform(-0.06, 0.06),
                      chance.uniform(-0.6, 0.6), same=True)  # fmt: skip
        page = material((0.94, 0.94, 0.92), (0.45, 0.45, 0.47), "print", (0.21, 0.3))
        spot.level((-0.105, 0.105), 0.0, (-0.148, 0.148), page, ids.PAPER)


def build_box(at: Frame, chance: Chance, wide: float, high: float, deep: float) -> None:
    """A box of cardboard or plastic from z = 0 forwards, closed or open."""
    color = chance.pick(((0.70, 0.54, 0.36), (0.70, 0.54, 0.36), (0.62, 0.46, 0.30), (0.85, 0.84, 0.82), *VIVID))
    made = plain(chance, color)
    inside = material(shade(color, 0.35))
    w = wide / 2
    open_top = chance.true(0.3)
    at.box((-w, w), (0, high), (0, deep), made, ids.BOX, inside if open_top else plain(chance, shade(color, 1.1)))
    if open_top:
        at.polygon(
            [
                (-w, high, deep),
                (w, high, deep),
                (w * 0.9, high - 0.07, deep + 0.09),
                (-w * 0.9, high - 0.07, deep + 0.09),
            ],
            made,
            ids.BOX,
        )
    else:
        at.front((-0.03, 0.03), (0, high), deep + 0.003, material(shade(color, 0.8)), ids.BOX)
        at.level((-0.03, 0.03), high + 0.003, (0, deep), material(shade(color, 0.8)), ids.BOX)
    if chance.true(0.4):
        at.front((w * 0.1, w * 0.75), (high * 0.45, high * 0.8), deep + 0.004,
                 material((0.92, 0.92, 0.9), (0.3, 0.3, 0.3), "print", (0.2, 0.15)), ids.BOX)  # fmt: skip
    at.rest((-w, w), (0, deep), high, 0.9)


def build_lamp(at: Frame, chance: Chance, high: float, lit: bool) -> None:
    """A table lamp, or from 1 m on a floor lamp, with a fabric shade that glows when lit."""
    foot = plain(chance, chance.pick((STEEL, DARK, (0.7, 0.6, 0.35), (0.35, 0.45, 0.5), (0.8, 0.76, 0.68))))
    color = chance.pick(((0.93, 0.88, 0.76), (0.93, 0.88, 0.76), (0.85, 0.62, 0.42), (0.8, 0.82, 0.8)))
    hood = material(color, shade(color, 0.8), "shade", (0.5, 0.4), 2.6 if lit else 0.04)
    wide = 0.16 if high < 1 else 0.2
    top, low = high, high - (0.22 if high < 1 else 0.28)
    if high < 1 and chance.true(0.6):
        at.turned(
            [(0, 0.06, 0.06), (0.03, 0.075, 0.075), (low * 0.5, 0.07, 0.07), (low, 0.015, 0.015)],
            foot,
            ids.LAMP,
            sides=8,
        )
    else:
        at.turned([(0, 0.11, 0.11), (0.02, 0.11, 0.11)], foot, ids.LAMP, sides=10)
        at.turned([(0, 0.012, 0.012), (low + 0.02, 0.012, 0.012)], foot, ids.LAMP, sides=4)
    at.turned([(low, wide, wide), (top, wide * 0.62, wide * 0.62)], hood, ids.LAMP, sides=12)


def build_bottle(at: Frame, chance: Chance, high: float = 0.26) -> None:
    made = plain(chance, chance.pick(((0.15, 0.35, 0.2), (0.75, 0.8, 0.82), (0.5, 0.2, 0.1), *VIVID)))
    r, h = chance.uniform(0.03, 0.042), min(high, chance.uniform(0.16, 0.3))
    at.turned(
        [(0, r, r), (h * 0.62, r, r), (h * 0.78, r * 0.4, r * 0.4), (h, r * 0.4, r * 0.4)], made, ids.BOTTLE, sides=7
    )


def build_cup(at: Frame, chance: Chance) -> None:
    made = plain(chance, chance.pick(((0.92, 0.92, 0.9), *VIVID)))
    at.turned([(0, 0.03, 0.03), (0.09, 0.04, 0.04)], made, ids.CUP, sides=8, top=material((0.2, 0.13, 0.1)))


def build_bowl(at: Frame, chance: Chance) -> None:
    color = chance.pick(((0.92, 0.92, 0.9), (0.55, 0.3, 0.2), *VIVID))
    fruit = material((0.75, 0.3, 0.12), (0.85, 0.7, 0.2), "blotch", (0.15, 0.15))
    at.turned(
        [(0, 0.06, 0.06), (0.04, 0.11, 0.11), (0.08, 0.14, 0.14)], plain(chance, color), ids.BOWL, sides=10, top=fruit
    )


def build_monitor(at: Frame, chance: Chance, lit: bool = True) -> None:
    """A flat screen on its foot, with a keyboard in front."""
    case = plain(chance, chance.pick((DARK, DARK, (0.78, 0.77, 0.73))))
    w, h = chance.uniform(0.22, 0.28), chance.uniform(0.29, 0.34)
    at.box((-0.1, 0.1), (0, 0.015), (-0.09, 0.09), case, ids.MONITOR)
    at.box((-0.025, 0.025), (0, 0.12), (-0.03, 0.0), case, ids.MONITOR)
    at.box((-w, w), (0.1, 0.1 + h), (-0.02, 0.02), case, ids.MONITOR)
    glow = chance.uniform(0.5, 1.0) if lit and chance.true(0.5) else 0.0
    face = (
        material((0.75, 0.85, 0.95), (0.15, 0.25, 0.5), "screen", (2 * w, h), glow)
        if glow
        else material((0.05, 0.05, 0.06))
    )
    at.front((-w + 0.018, w - 0.018), (0.12, 0.1 + h - 0.018), 0.024, face, ids.MONITOR)
    keys = at.sub(0, 0, 0.22)
    keys.box((-0.21, 0.21), (0, 0.02), (-0.07, 0.07), case, ids.KEYBOARD,
             material((0.2, 0.2, 0.21), (0.45, 0.45, 0.45), "tiles", (0.16, 0.16)))  # fmt: skip


def build_laptop(at: Frame, chance: Chance) -> None:
    case = plain(chance, chance.pick((DARK, STEEL, (0.85, 0.85, 0.86))))
    at.box((-0.17, 0.17), (0, 0.02), (-0.12, 0.12), case, ids.LAPTOP,
           material((0.2, 0.2, 0.21), (0.4, 0.4, 0.4), "tiles", (0.2, 0.2)))  # fmt: skip
    page = material((0.85, 0.9, 0.95), (0.2, 0.3, 0.55), "screen", (0.34, 0.22), 0.7)
    at.polygon([(-0.17, 0.02, -0.12), (0.17, 0.02, -0.12), (0.17, 0.23, -0.18), (-0.17, 0.23, -0.18)], page, ids.LAPTOP)


def build_tower(at: Frame, chance: Chance) -> None:
    """A computer under or on a desk."""
    case = plain(chance, chance.pick((DARK, (0.75, 0.74, 0.7), STEEL)))
    at.box((-0.09, 0.09), (0, 0.42), (-0.22, 0.22), case, ids.COMPUTER)
    at.front((-0.07, 0.07), (0.32, 0.36), 0.224, material((0.3, 0.3, 0.3)), ids.COMPUTER)
    at.rest((-0.09, 0.09), (-0.22, 0.22), 0.42, 0.9)


def build_printer(at: Frame, chance: Chance) -> None:
    case = plain(chance, chance.pick((DARK, (0.8, 0.8, 0.78))))
    at.box((-0.22, 0.22), (0, 0.22), (-0.18, 0.18), case, ids.PRINTER)
    at.box((-0.16, 0.16), (0.22, 0.27), (-0.16, 0.02), case, ids.PRINTER)
    at.polygon(
        [(-0.1, 0.1, 0.18), (0.1, 0.1, 0.18), (0.1, 0.07, 0.32), (-0.1, 0.07, 0.32)],
        material((0.95, 0.95, 0.95)),
        ids.PAPER,
    )


def build_bag(at: Frame, chance: Chance) -> None:
    """A bag or a rucksack on the floor or on a seat."""
    cloth = fabric(chance, chance.pick(VIVID))
    w, d, h = chance.uniform(0.15, 0.24), chance.uniform(0.09, 0.14), chance.uniform(0.26, 0.46)
    plan = [(-w, d), (-w * 0.6, d * 1.3), (w * 0.6, d * 1.3), (w, d), (w, -d), (-w, -d)]
    at.prism(plan, (0, h * 0.7), cloth, ids.BAG, scale=0.95)
    at.prism([(a * 0.95, b * 0.95) for a, b in plan], (h * 0.7, h), cloth, ids.BAG, scale=0.55)
    at.bar((-w * 0.4, h * 0.8, d * 0.8), (0, h + 0.1, 0.0), 0.025, cloth, ids.BAG)
    at.bar((w * 0.4, h * 0.8, d * 0.8), (0, h + 0.1, 0.0), 0.025, cloth, ids.BAG)
    pocket = fabric(chance, chance.pick(VIVID))
    at.front((-w * 0.55, w * 0.55), (0.04, h * 0.4), d * 1.3 + 0.012, pocket, ids.BAG)
    at.rest((-w, w), (-d, d), h, 0.9)


def build_plant(at: Frame, chance: Chance, high: float) -> None:
    """A potted plant: leaves as ragged silhouettes turned against each other."""
    pot = plain(chance, chance.pick(((0.6, 0.34, 0.22), (0.85, 0.84, 0.8), (0.25, 0.27, 0.3))))
    r = 0.06 + 0.1 * min(high, 1.2)
    low = r * 1.6
    at.turned([(0, r * 0.7, r * 0.7), (low, r, r)], pot, ids.POT, sides=10, top=material((0.2, 0.14, 0.1)))
    dark = chance.tint((0.16, 0.32, 0.14), 0.1)
    leaf = material(dark, chance.tint((0.42, 0.58, 0.26), 0.1), "carpet", (0.5, 0.5))
    wide = high * chance.uniform(0.28, 0.42)
    for turn in (0.0, 0.9, -0.9):
        spot = at.sub(0, 0, 0, turn, same=True)
        spot.stamp(chance.pick(crowns()), (-wide, wide), (low * 0.8, high), 0.0, leaf, ids.OTHER_PROP)
    at.rest((-r, r), (-r, r), low, 0.9)


def build_clock(at: Frame, chance: Chance) -> None:
    """A round wall clock; the frame's origin is its centre."""
    rim = plain(chance, chance.pick((DARK, STEEL, (0.6, 0.4, 0.25))))
    for size, made, z in ((0.15, rim, 0.02), (0.13, material((0.93, 0.93, 0.9)), 0.026)):
        octagon = [(0.924, 0.383), (0.383, 0.924), (-0.383, 0.924), (-0.924, 0.383), (-0.924, -0.383), (-0.383, -0.924),
                   (0.383, -0.924), (0.924, -0.383)]  # fmt: skip
        at.polygon([(size * a, size * b, z) for a, b in octagon], made, ids.CLOCK)
    at.bar((0, 0, 0.032), (0.0, 0.1, 0.032), 0.012, material(DARK), ids.CLOCK)
    at.bar((0, 0, 0.032), (0.07, 0.03, 0.032), 0.012, material(DARK), ids.CLOCK)


def build_speaker(at: Frame, chance: Chance) -> None:
    at.box((-0.08, 0.08), (0, 0.28), (-0.09, 0.09), plain(chance, DARK), ids.SPEAKER)
    at.front(
        (-0.06, 0.06),
        (0.03, 0.25),
        0.094,
        material((0.22, 0.22, 0.23), (0.1, 0.1, 0.1), "weave", (0.06, 0.06)),
        ids.SPEAKER,
    )


def build_telephone(at: Frame, chance: Chance) -> None:
    made = plain(chance, DARK)
    at.prism([(-0.09, 0.1), (0.09, 0.1), (0.09, -0.1), (-0.09, -0.1)], (0, 0.05), made, ids.TELEPHONE, scale=0.85)
    at.box((-0.085, -0.04), (0.05, 0.08), (-0.1, 0.1), made, ids.TELEPHONE)


def build_folded(at: Frame, chance: Chance, label: int = ids.CLOTHES) -> None:
    """Folded clothes or towels on each other."""
    y = 0.0
    for _ in range(chance.integer(2, 4)):
        w = chance.uniform(0.12, 0.17)
        at.box((-w, w), (y, y + 0.05), (-0.12, 0.12), fabric(chance), label)
        y += 0.05


ON_TOP = {
    "desk": (build_papers, build_papers, build_pile, build_cup, build_telephone, build_bottle, build_speaker),
    "table": (build_bowl, build_cup, build_cup, build_bottle, build_papers, build_pile),
    "shelf": (build_pile, build_bowl, build_cup, build_folded),
    "storage": (build_pile, build_papers, build_printer, build_folded),
    "counter": (build_bottle, build_bottle, build_cup, build_bowl, build_bowl),
    "bath": (build_bottle, build_bottle, build_cup, build_folded),
}  # fmt: skip


def clutter_top(at: Frame, chance: Chance, wide: float, deep: float, kind: str, most: int = 4) -> None:
    """A few things on a top of wide x deep around the frame's origin, side by side."""
    count = chance.integer(1, max(1, min(most, int(wide / 0.22))))
    step = wide / count
    for k in range(count):
        x = -wide / 2 + (k + 0.5) * step + chance.uniform(-0.15, 0.15) * step
        spot = at.sub(x, 0.0, chance.uniform(-0.3, 0.3) * deep, chance.uniform(-0.3, 0.3))
        build = chance.pick(ON_TOP[kind])
        build(spot, chance)
