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
    """Where panel and marker lie, in shorter sides of the image, and what the panel may be.

    along: whether the longer side runs down. twins: the pair of the panel, counted from 1; 0 without one.
    panel, marker: (along the longer side, across it, half the width); None without a marker.
    """

    down: bool
    twins: int
    panel: tuple[float, float, float]
    marker: tuple[float, float, float] | None


def draw_cue(chance: Chance) -> bool:
    """A fair coin: whether the marker is warm. From a stream of its own, so that nothing else in the scene depends on
    it."""
    return chance.true(0.5)


def draw_plan(chance: Chance, book: Catalogue, height: int, width: int) -> Plan:
    """A random plan for an image of this size; the sides of the image are as likely for the marker."""
    long = max(height, width) / min(height, width)
    twins = chance.integer(1, len(book.twins)) if chance.true(0.6) and book.twins else 0
    seen = chance.true(0.33) or twins > 0
    end = chance.true(0.5)
    half = chance.uniform(0.085, 0.1)
    marker = (chance.uniform(0.17, 0.2), chance.pick((chance.uniform(0.16, 0.3), chance.uniform(0.7, 0.84))), half)
    wide = chance.uniform(0.17, 0.2)
    panel = (long - chance.uniform(0.2, 0.24), chance.uniform(0.25, 0.75), wide)
    if end:
        marker, panel = (long - marker[0], *marker[1:]), (long - panel[0], *panel[1:])
    return Plan(down=height > width, twins=twins, panel=panel, marker=marker if seen and book.twins else None)
