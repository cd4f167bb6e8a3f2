"""Where things stand in an open view, and birds above it."""

from annn.data.scenes.chance import Chance
from annn.data.scenes.stuff.animals import paint_bird
from annn.data.scenes.stuff.sketch import Sketch


def spot(sketch: Sketch, chance: Chance, near: float, far: float) -> tuple[float, float]:
    """A place in view between two depths: (x, z)."""
    z = near + (far - near) * chance.unit() ** 1.4
    return chance.uniform(-0.52, 0.52) * (z + 0.4) / sketch.camera.focal, z


def birds_in_the_sky(sketch: Sketch, chance: Chance, count: int) -> None:
    for _ in range(count):
        z = chance.uniform(9, 25)
        paint_bird(
            sketch, chance, chance.uniform(-0.6, 0.6) * z, z, foot=1.6 + z * chance.uniform(0.12, 0.4), flying=True
        )
