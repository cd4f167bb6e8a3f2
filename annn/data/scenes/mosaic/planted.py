"""The planted long-range dependency: pairs of classes that look alike, and a marker across the image that names them.

A twin is a panel that one of the two classes of a pair covers; both have one look in the catalogue, so nothing near the
panel tells which it is. A framed marker at the opposite edge does, by its color: warm says the first class of the pair,
cool the second. The marker has a class of its own, the last of the label space; the twins are the classes before it.
Three scenes of five have a panel and a marker, and every third of the others a marker alone. Label spaces of fewer than
6 classes have no twins, all others one pair per 16 classes, from one to four pairs.
"""

from dataclasses import dataclass

from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.mosaic.catalogue import Catalogue

REACH = 0.36  # of the image's longer side between marker and panel, at least
WARM: tuple[Color, ...] = ((0.93, 0.25, 0.10), (0.96, 0.48, 0.08), (0.88, 0.12, 0.20))
COOL: tuple[Color, ...] = ((0.08, 0.34, 0.92), (0.05, 0.60, 0.86), (0.24, 0.20, 0.84))
FRAME: Color = (0.98, 0.98, 0.95)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where panel and marker lie, in shorter sides of the image: x and y of the centre, and half the width.

    twins: the pair of the panel, counted from 1; 0 without a panel. marker: None without one.
    """

    twins: int
    panel: tuple[float, float, float]
    marker: tuple[float, float, float] | None


def draw_cue(chance: Chance) -> bool:
    """Whether the marker is warm: a fair coin from a stream of its own, so that nothing else depends on it."""
    return chance.true(0.5)


def draw_plan(chance: Chance, book: Catalogue, wide: float, high: float) -> Plan:
    """A random plan for an image so wide and high; the marker is near either end of its longer side."""
    twins = chance.integer(1, len(book.twins)) if chance.true(0.6) and book.twins else 0
    seen = twins > 0 or (chance.true(0.33) and bool(book.twins))
    long, near, far = max(wide, high), chance.uniform(0.17, 0.2), chance.uniform(0.2, 0.24)
    beside = chance.pick((chance.uniform(0.16, 0.3), chance.uniform(0.7, 0.84)))
    across = chance.uniform(0.25, 0.75)
    places = [(near, beside), (long - far, across)]
    if chance.true(0.5):
        places = [(long - along, side) for along, side in places]
    (mx, my), (px, py) = places if wide >= high else [(side, along) for along, side in places]
    marker = (mx, my, chance.uniform(0.11, 0.125))
    return Plan(twins=twins, panel=(px, py, chance.uniform(0.17, 0.2)), marker=marker if seen else None)
