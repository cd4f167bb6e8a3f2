"""Scenes in the country: savanna, pasture and river."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.street.layout import Stage
from annn.data.scenes.stuff.animals import paint_animal, paint_bird
from annn.data.scenes.stuff.backdrop import (
    GROUND,
    paint_ground,
    paint_hills,
    paint_mountains,
    paint_patches,
    paint_sky,
    paint_woods,
)
from annn.data.scenes.stuff.people import paint_person
from annn.data.scenes.stuff.places import spot
from annn.data.scenes.stuff.plants import (
    paint_acacia,
    paint_bush,
    paint_fir,
    paint_flowers,
    paint_log,
    paint_rock,
    paint_tree,
    paint_tuft,
    scatter,
)
from annn.data.scenes.stuff.sketch import Drawing, Sketch, mixed, oval, shaded
from annn.data.scenes.stuff.things import paint_boat, paint_hut


def paint_savanna(sketch: Sketch, chance: Chance) -> None:
    """Dry grass under acacias with giraffes, zebras or elephants."""
    paint_sky(sketch, chance, 0.5)
    if chance.true(0.6):
        paint_hills(
            sketch, chance, (0.42, 0.4, 0.3), chance.pick(("hill", "mountain")), z=400.0, high=0.09, tile="leaves"
        )
    if chance.true(0.6):
        paint_woods(sketch, chance, chance.uniform(70, 120), 5.0, (0.26, 0.29, 0.14))
    dry = chance.tint(chance.pick(((0.66, 0.56, 0.3), (0.5, 0.5, 0.25), (0.72, 0.6, 0.36))))
    paint_ground(sketch, "grass", dry, shaded(dry, 0.72), "grass", 3.0)
    paint_patches(sketch, chance, "dirt", (0.6, 0.43, 0.28), (0.7, 0.54, 0.36), chance.integer(1, 6))
    stage = Stage()
    if chance.true(0.3):
        pool = [(a, 0.0, b) for a, b in oval(chance.uniform(-6, 6), 17, 9, 3.0, 20)]
        sketch.polygon(
            sketch.ink(
                "water-other", (0.42, 0.48, 0.48), second=sketch.light.sky, tile="rain", metres=(9, 3), plane=GROUND
            ),
            pool,
        )
    kinds = chance.pick(
        (("giraffe",), ("giraffe", "zebra"), ("zebra",), ("elephant",), ("elephant", "zebra"), ("giraffe", "elephant"))
    )
    for _ in range(chance.integer(2, 6)):
        kind = chance.pick(kinds)
        x, z = spot(sketch, chance, {"giraffe": 10, "elephant": 9, "zebra": 5.5}[kind], 30)
        stage.add(0, z, lambda x=x, z=z, k=kind: paint_animal(sketch, chance, k, x, z))
    for _ in range(chance.integer(1, 5)):
        x, z = spot(sketch, chance, 16, 60)
        stage.add(0, z, lambda x=x, z=z: paint_acacia(sketch, chance, x, z, chance.uniform(5, 8)))
    for _ in range(chance.integer(2, 8)):
        x, z = spot(sketch, chance, 5, 35)
        what = chance.pick((paint_bush, paint_bush, paint_rock))
        stage.add(0, z, lambda x=x, z=z, w=what: w(sketch, chance, x, z, chance.uniform(0.8, 2.2)))
    for _ in range(14):
        x, z = spot(sketch, chance, 2.5, 12)
        stage.add(
            0,
            z,
            lambda x=x, z=z: paint_tuft(sketch, chance, x, z, chance.uniform(0.3, 0.6), "grass", shaded(dry, 0.85)),
        )
    stage.play()


def paint_pasture(sketch: Sketch, chance: Chance) -> None:
    """Green fields with cows, sheep or horses, fences, a farmhouse and straw bales."""
    paint_sky(sketch, chance)
    paint_hills(sketch, chance, (0.33, 0.44, 0.2), chance.pick(("hill", "hill", "grass")), z=220.0, high=0.08)
    if chance.true(0.6):
        paint_woods(sketch, chance, chance.uniform(70, 130), 10.0)
    green = chance.tint(chance.pick(((0.33, 0.46, 0.16), (0.4, 0.5, 0.2), (0.28, 0.42, 0.15))))
    paint_ground(sketch, "grass", green, shaded(green, 0.7), "grass", 3.0)
    if chance.true(0.4):
        paint_patches(
            sketch, chance, chance.pick(("dirt", "mud")), (0.4, 0.3, 0.2), (0.5, 0.38, 0.26), chance.integer(1, 3)
        )
    stage = Stage()
    if chance.true(0.55):
        x, z = chance.uniform(-14, 14), chance.uniform(34, 55)
        stage.add(0, z, lambda x=x, z=z: paint_hut(sketch, chance, x, z, chance.uniform(9, 14)))
    kind = chance.pick(("cow", "cow", "sheep", "sheep", "horse", "horse"))
    for _ in range(chance.integer(3, 8) if kind == "sheep" else chance.integer(2, 6)):
        x, z = spot(sketch, chance, 4 if kind == "sheep" else 5.5, 24)
        stage.add(0, z, lambda x=x, z=z: paint_animal(sketch, chance, kind, x, z))
    for _ in range(chance.integer(1, 4)):
        x, z = spot(sketch, chance, 22, 60)
        stage.add(0, z, lambda x=x, z=z: paint_tree(sketch, chance, x, z, chance.uniform(7, 12)))
    if chance.true(0.65):
        z = chance.pick((3.6, 5.0, 14.0, 26.0))
        stage.add(0, z, lambda z=z: _rail_fence(sketch, chance, z))
    if chance.true(0.35):
        for _ in range(chance.integer(1, 4)):
            x, z = spot(sketch, chance, 12, 30)
            stage.add(0, z, lambda x=x, z=z: _bale(sketch, chance, x, z))
    if chance.true(0.4):
        x, z = spot(sketch, chance, 5, 14)
        stage.add(0, z, lambda x=x, z=z: paint_person(sketch, chance, x, z, chance.pick(("stand", "walk"))))
    if chance.true(0.25):
        x, z = spot(sketch, chance, 5, 10)
        stage.add(0, z, lambda x=x, z=z: paint_animal(sketch, chance, "dog", x, z))
    for _ in range(16):
        x, z = spot(sketch, chance, 2.2, 9)
        name = "flower" if chance.true(0.25) else "grass"
        color = (0.95, 0.85, 0.3) if name == "flower" else shaded(green, 0.9)
        stage.add(
            0, z, lambda x=x, z=z, n=name, c=color: paint_tuft(sketch, chance, x, z, chance.uniform(0.15, 0.35), n, c)
        )
    stage.play()


def _rail_fence(sketch: Sketch, chance: Chance, z: float) -> None:
    color = chance.tint(chance.pick(((0.5, 0.38, 0.26), (0.88, 0.87, 0.84), (0.42, 0.38, 0.34))))
    ink, post = sketch.ink("fence", color, z=z, gain=1.15), sketch.ink("fence", shaded(color, 0.75), z=z, gain=1.15)
    x = -z
    while x < z:
        sketch.front(post, (x, x + 0.12), (0, 1.25), z)
        sketch.cast([(x, 0, z), (x + 0.12, 0, z), (x + 0.12, 1.25, z), (x, 1.25, z)])
        x += 2.2
    for up in (0.45, 0.95):
        sketch.polygon(ink, [(-z, up, z), (z, up + 0.03, z), (z, up + 0.14, z), (-z, up + 0.11, z)])


def _bale(sketch: Sketch, chance: Chance, x: float, z: float) -> None:
    d = Drawing(sketch, "straw", x, z, size=1.3)
    sketch.stain(x, z, 0.9, 0.4)
    straw = chance.tint((0.78, 0.64, 0.34))
    sketch.box(
        "straw", shaded(straw, 0.85), (x - 0.65, x + 0.65), (0.0, 1.1), (z + 0.1, z + 1.2), tile="grain", metres=0.5
    )
    d.disc(d.ink(straw, second=shaded(straw, 0.65), tile="grain", metres=0.3), 0, 0.5, 0.5)
    for r in (0.4, 0.28, 0.15):
        d.disc(d.ink(shaded(straw, 0.8 + 0.4 * (r == 0.28))), 0, 0.5, r)


def paint_river(sketch: Sketch, chance: Chance) -> None:
    """A river or a brook through a wood; rocks, a bear, birds, a canoe or a bridge."""
    paint_sky(sketch, chance, 0.4)
    if chance.true(0.5):
        paint_mountains(sketch, chance, chance.uniform(0, 0.5))
    firs = chance.true(0.5)
    paint_woods(sketch, chance, 60.0, 16.0, pointed=firs)
    green = chance.tint((0.3, 0.4, 0.16))
    paint_ground(sketch, "grass", green, shaded(green, 0.65), "grass", 3.0)
    bend, mouth = chance.uniform(-0.25, 0.25), chance.uniform(-3, 3)
    banks: list[list[tuple[float, float]]] = [[], []]
    for k in range(16):
        z = -2 + 57 * (k / 15) ** 1.6
        middle = mouth + bend * z + 3.0 * bend * ((z / 14) % 2 - 1)
        half = 2.6 + 0.02 * z + chance.uniform(-0.4, 0.4)
        for bank, s in zip(banks, (-1, 1), strict=True):
            bank.append((middle + s * half, z))
    for name, color, second, grow, tile in (
        (chance.pick(("gravel", "mud", "dirt", "moss")), None, None, 1.1, "grain"),
        (
            "river",
            mixed((0.16, 0.34, 0.36), sketch.light.sky, 0.25),
            mixed(sketch.light.air, (0.3, 0.45, 0.4), 0.4),
            0.0,
            "rain",
        ),
    ):
        color = (
            color
            or {
                "gravel": (0.6, 0.57, 0.52),
                "mud": (0.36, 0.28, 0.2),
                "dirt": (0.5, 0.37, 0.25),
                "moss": (0.36, 0.44, 0.14),
            }[name]
        )
        ink = sketch.ink(name, color, second=second or shaded(color, 0.75), tile=tile, metres=(5.0, 2.0), plane=GROUND)
        sketch.polygon(ink, [(x - grow, 0, z) for x, z in banks[0]] + [(x + grow, 0, z) for x, z in banks[1][::-1]])
    _fill_banks(sketch, chance, firs, mouth, bend, banks)


def _fill_banks(
    sketch: Sketch, chance: Chance, firs: bool, mouth: float, bend: float, banks: list[list[tuple[float, float]]]
) -> None:
    """What grows, lies and lives on the banks and in the river."""
    stage = Stage()

    def beside(near: float, far: float, out: float) -> tuple[float, float]:
        k = chance.integer(0, 15)
        bank, s = chance.pick(((banks[0], -1), (banks[1], 1)))
        k = max(k, next(j for j, (_, z) in enumerate(bank) if z >= near))
        x, z = bank[min(k, 15)]
        return x + s * chance.uniform(0.2, out), min(z, far) + chance.uniform(-0.3, 0.3)

    for _ in range(chance.integer(6, 12)):
        x, z = beside(8, 50, 12)
        paint = paint_fir if firs else paint_tree
        stage.add(0, z, lambda x=x, z=z, p=paint: p(sketch, chance, x, z, chance.uniform(6, 13)))
    for _ in range(chance.integer(3, 8)):
        x, z = beside(3, 30, 2.0)
        stage.add(0, z, lambda x=x, z=z: paint_rock(sketch, chance, x - 0.5, z, chance.uniform(0.5, 1.8)))
    for _ in range(chance.integer(2, 6)):
        x, z = beside(4, 30, 4.0)
        stage.add(
            0,
            z,
            lambda x=x, z=z: paint_bush(
                sketch, chance, x, z, chance.uniform(0.7, 1.6), chance.pick(("bush", "plant-other"))
            ),
        )
    if chance.true(0.5):
        x, z = beside(6, 18, 3)
        stage.add(0, z, lambda x=x, z=z: paint_animal(sketch, chance, "bear", x, z))
    if chance.true(0.35):
        x, z = mouth + bend * 11, 11.0
        stage.add(0, z, lambda x=x, z=z: paint_boat(sketch, chance, x, z, 4.0, "row", "river"))
    if chance.true(0.3):
        stage.add(0, 26.0, lambda: _bridge(sketch, chance, 26.0))
    if chance.true(0.5):
        x, z = beside(3.5, 8, 1.0)
        stage.add(0, z, lambda x=x, z=z: paint_log(sketch, chance, x, z, chance.uniform(2, 4)))
    if chance.true(0.3):
        x, z = beside(4, 9, 2.0)
        stage.add(0, z, lambda x=x, z=z: paint_flowers(sketch, chance, x, z, 1.3))
    for _ in range(chance.integer(0, 4)):
        x, z = mouth + bend * 6 + chance.uniform(-2, 2), chance.uniform(4, 9)
        stage.add(0, z, lambda x=x, z=z: paint_bird(sketch, chance, x, z, foot=-0.1))
    if chance.true(0.45):
        scatter(sketch, chance, "leaves", ((0.75, 0.4, 0.12), (0.6, 0.25, 0.1), (0.8, 0.62, 0.2)), 150, 0.07, 9.0)
    stage.play()


def _bridge(sketch: Sketch, chance: Chance, z: float) -> None:
    """An arched stone or a wooden foot bridge across the view."""
    d = Drawing(sketch, "bridge", 0.0, z)
    color = chance.tint(chance.pick(((0.55, 0.53, 0.5), (0.45, 0.33, 0.22))))
    ink = d.ink(color, second=shaded(color, 0.65), tile="stones", metres=3.0)
    top = [(x, 2.6 + 1.2 * (1 - (x / 16) ** 2)) for x in range(-16, 17, 2)]
    low = [(x, (1.9 + 1.2 * (1 - (x / 16) ** 2)) if abs(x) < 10 else 0.0) for x in range(16, -17, -2)]
    d.fill(ink, top + low)
    for x, y in top:
        d.line(d.ink(shaded(color, 1.2)), (x, y), (x, y + 1.0), 0.14)
    d.limb(d.ink(shaded(color, 1.25)), [(x, y + 1.0) for x, y in top], (0.16,) * len(top))
