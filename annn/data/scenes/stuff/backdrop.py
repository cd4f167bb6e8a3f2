"""What lies behind and below: sky and clouds, mountains, hills, woods, skylines, and wide grounds."""

import itertools
import math

from annn.data.scenes.canvas import Plane
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.stuff.sketch import Drawing, Sketch, mixed, oval, shaded

GROUND = Plane("y", 0.0)
FAR = 500.0


def paint_sky(sketch: Sketch, chance: Chance, clouds: float = 0.6) -> None:
    """A clear or lightly clouded sky, or one all clouds. clouds: chance that single clouds float in a clear sky."""
    light = sketch.light
    w, h = sketch.camera.width, sketch.camera.height
    whole = light.clouds == "overcast" or chance.true(0.08)
    name = "fog" if light.weather == "fog" and chance.true(0.5) else "clouds" if whole else "sky-other"
    second = light.cloud if whole else mixed(light.sky, light.cloud, 0.35)
    sky = sketch.ink(name, light.sky, second=second, tile="overcast" if whole else "flat", metres=(1600, 1300),
                     origin=(chance.uniform(0, 900), chance.uniform(0, 900)), plane=Plane("y", 220.0),
                     glow=True)  # fmt: skip
    sketch.pixels(sky, [(-1.0, -1.0), (w, -1.0), (w, h), (-1.0, h)])
    if whole or not chance.true(clouds):
        return
    for _ in range(chance.integer(1, 5)):
        _paint_cloud(sketch, chance)


def _paint_cloud(sketch: Sketch, chance: Chance) -> None:
    """A heap of puffs over a flat base, in pixels so that it keeps its place on every horizon."""
    light, w, h = sketch.light, sketch.camera.width, sketch.camera.height
    rise = chance.uniform(0.25, 1.0)
    x, y = chance.uniform(-0.1, 1.1) * w, h * sketch.camera.horizon * (1 - rise) + h * 0.02
    wide = w * chance.uniform(0.06, 0.17) * (0.4 + rise)
    tones = (mixed(light.cloud, light.sky, 0.45), mixed(light.cloud, light.sky, 0.2), light.cloud)
    puffs = [(chance.uniform(-1, 1), chance.uniform(0.5, 1.0)) for _ in range(chance.integer(4, 8))]
    for tone, lift in zip(tones, (0.0, 0.1, 0.22), strict=True):
        ink = sketch.ink("clouds", tone, second=mixed(tone, light.cloud, 0.6), plane=Plane("z", 400.0), metres=60.0,
                         glow=True)  # fmt: skip
        for at, size in puffs:
            r = wide * 0.42 * size * (1.05 - at * at * 0.6) * (1 - lift * 0.9)
            ring = oval(x + at * wide - lift * r * 0.5, y - r * 0.35 - lift * r, r * 1.25, r * 0.62)
            sketch.pixels(ink, ring)


def paint_ground(
    sketch: Sketch, name: str, color: Color, second: Color, tile: str = "grass", metres: float = 4.0,
    near: float = -3.0, far: float = 900.0,
) -> None:  # fmt: skip
    """A ground that reaches to the horizon, or from `near` to `far`."""
    gain = 1.25 if tile == "grass" else 1.05
    ink = sketch.ink(name, color, second=second, tile=tile, metres=metres, plane=GROUND, gain=gain)
    sketch.ground(ink, (-900, 900), (near, far))


def ridge(
    chance: Chance, x: float, wide: float, high: float, rough: float, points: int = 24
) -> list[tuple[float, float]]:
    """A crest line from x over `wide` metres by midpoint displacement, `high` metres at most about."""
    line = [chance.uniform(0.3, 0.7), chance.uniform(0.5, 1.0), chance.uniform(0.3, 0.8)]
    step = rough
    while len(line) < points:
        line = [v for a, b in itertools.pairwise(line)
                for v in (a, (a + b) / 2 + chance.uniform(-step, step))] + line[-1:]  # fmt: skip
        step *= 0.52
    return [(x + wide * k / (len(line) - 1), high * max(0.05, v)) for k, v in enumerate(line)]


def paint_mountains(sketch: Sketch, chance: Chance, snowy: float, color: Color = (0.36, 0.38, 0.42)) -> None:
    """Two or three ranges, paler with distance; snow (of the class snow where it is much) above a line."""
    for number in range(chance.integer(1, 3), 0, -1):
        z = FAR + 450.0 * number
        high = z * chance.uniform(0.12, 0.26) * (0.75 + 0.25 * number)
        crest = ridge(chance, -z * 1.1, z * 2.2, high, 0.32, 40)
        tone = mixed(color, sketch.light.air, 0.16 * number)
        ink = sketch.ink("mountain", tone, second=shaded(tone, 1.3), tile="stones", metres=z * 0.22, z=z, gain=1.15)
        sketch.polygon(ink, [(x, y, z) for x, y in crest] + [(z * 1.2, 0.0, z), (-z * 1.2, 0.0, z)])
        if snowy > 0:
            white = mixed((0.93, 0.95, 0.99), sketch.light.air, 0.1 * number)
            ink = sketch.ink("snow" if snowy > 0.6 else "mountain", white, second=shaded(white, 0.78), tile="blotch",
                             metres=z * 0.15, z=z, gain=1.15)  # fmt: skip
            line = high * (1 - snowy)
            lower = [(x, max(line * chance.uniform(0.75, 1.25), 0.0)) for x, _ in crest]
            for (a, b), (c, d) in zip(itertools.pairwise(crest), itertools.pairwise(lower),
                                      strict=False):  # fmt: skip
                if a[1] > c[1] or b[1] > d[1]:
                    sketch.polygon(ink, [(a[0], a[1], z), (b[0], b[1], z), (d[0], min(d[1], b[1]), z),
                                         (c[0], min(c[1], a[1]), z)])  # fmt: skip


def paint_hills(sketch: Sketch, chance: Chance, color: Color, name: str = "hill", z: float = 260.0, high: float = 0.09,
                tile: str = "grass") -> None:  # fmt: skip
    """Rounded hills at depth z; high: as a share of the depth."""
    for number in (2, 1):
        far = z * (0.7 + 0.5 * number)
        crest = ridge(chance, -far, far * 2, far * high, 0.14)
        tone = mixed(color, sketch.light.air, 0.12 * number)
        ink = sketch.ink(name, tone, second=shaded(tone, 1.25), tile=tile, metres=far * 0.1, z=far, gain=1.1)
        sketch.polygon(ink, [(x, y, far) for x, y in crest] + [(far * 1.1, 0.0, far), (-far * 1.1, 0.0, far)])


def paint_woods(sketch: Sketch, chance: Chance, z: float, high: float, color: Color = (0.16, 0.25, 0.11),
                pointed: bool = False) -> None:  # fmt: skip
    """The edge of a wood across the view, of round crowns or of pointed firs."""
    for row in (2, 1):
        far = z * (1 + 0.12 * row)
        tone = mixed(shaded(color, 0.85 + 0.15 * row), sketch.light.air, 0.06 * row)
        ink = sketch.ink("tree", tone, second=shaded(tone, 1.9), tile="leaves", metres=max(4.0, high * 0.7), z=far,
                         gain=1.2)  # fmt: skip
        x, crest = -far, []
        while x < far:
            step = high * chance.uniform(0.28, 0.6)
            top = high * chance.uniform(0.75, 1.15)
            if pointed:
                crest += [(x, top * 0.55), (x + step * 0.5, top), (x + step, top * 0.5)]
            else:
                crest += [(x + step * (0.5 - 0.5 * math.cos(k)), top * (0.72 + 0.28 * math.sin(k)))
                          for k in (0.2, 0.9, 1.6, 2.3, 2.9)]  # fmt: skip
            x += step
        sketch.polygon(ink, [(a, b, far) for a, b in crest] + [(far, 0.0, far), (-far, 0.0, far)])


def paint_skyline(sketch: Sketch, chance: Chance, z: float, high: float, skyscrapers: float) -> None:
    """Far houses across the view; skyscrapers: chance that a house is one."""
    x = -z * 0.95
    while x < z * 0.95:
        tower = chance.true(skyscrapers)
        wide = chance.uniform(0.06, 0.1) * z if tower else chance.uniform(0.08, 0.18) * z
        tall = high * (chance.uniform(2.0, 4.5) if tower else chance.uniform(0.5, 1.1))
        at = z * chance.uniform(1.0, 1.25)
        color = chance.tint(
            chance.pick(((0.62, 0.58, 0.54), (0.5, 0.54, 0.6), (0.66, 0.6, 0.5), (0.55, 0.45, 0.4))), 0.08
        )
        ink = sketch.ink("skyscraper" if tower else "building-other", color, second=(0.25, 0.3, 0.38),
                         tile=f"facade{chance.integer(0, 7)}", metres=(12, 13), z=at, origin=(x, 0),
                         gain=1.15)  # fmt: skip
        sketch.front(ink, (x, x + wide), (0.0, tall), at)
        if tower and chance.true(0.4):
            drawing = Drawing(sketch, "skyscraper", x + wide / 2, at)
            drawing.line(drawing.ink(color), (0, tall), (0, tall * 1.15), wide * 0.05)
        x += wide * chance.uniform(0.8, 1.15)


def paint_sea(sketch: Sketch, chance: Chance, near: float, name: str = "sea", far: float = 900.0,
              color: Color | None = None) -> None:  # fmt: skip
    """Water from `near` metres to the horizon: darker far away, with ripples."""
    base = color or chance.tint(chance.pick(((0.10, 0.34, 0.46), (0.08, 0.42, 0.48), (0.14, 0.28, 0.40))), 0.05)
    base = mixed(base, sketch.light.sky, 0.25)
    ink = sketch.ink(
        name, base, second=mixed(base, sketch.light.air, 0.5), tile="rain", metres=(7.0, 1.6), plane=GROUND
    )
    sketch.ground(ink, (-900, 900), (near, far))
    deep = sketch.ink(name, shaded(base, 0.86), second=mixed(base, sketch.light.air, 0.3), tile="rain",
                      metres=(60.0, 9.0), plane=GROUND)  # fmt: skip
    sketch.ground(deep, (-900, 900), (max(near, 60.0), far))


def paint_patches(sketch: Sketch, chance: Chance, name: str, color: Color, second: Color, count: int,
                  tile: str = "blotch") -> None:  # fmt: skip
    """Irregular flat patches scattered over the ground."""
    ink = sketch.ink(name, color, second=second, tile=tile, metres=3.0, plane=GROUND)
    for _ in range(count):
        z = chance.uniform(3, 40)
        x, r = chance.uniform(-0.6, 0.6) * z, chance.uniform(0.6, 3.0)
        ring = oval(x, z, r * 1.6, r, 14)
        sketch.polygon(ink, [(x + (a - x) * k, 0.0, z + (b - z) * k) for a, b in ring
                             for k in (chance.uniform(0.75, 1.25),)])  # fmt: skip
