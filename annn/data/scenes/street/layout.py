"""The plan of a street: what lies how far to each side of the camera, and what stands where in which order."""

from collections.abc import Callable
from dataclasses import dataclass, field

from annn.data.scenes.chance import Chance

FAR = 150.0  # metres; beyond it there is only the backdrop
FRONTAGE, GARDEN, WALK = 1000.0, 900.0, 800.0  # bands of what stands beside the carriageway, outermost first


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of the street; distances from the camera's axis, outwards, in metres.

    road ends at `edge`, then parking strip, kerb at `kerb`, verge up to `walk`, sidewalk up to `front`, garden up to
    `house`. sign: -1 left, +1 right.
    """

    sign: int
    edge: float
    kerb: float
    walk: float
    front: float
    house: float
    frontage: str  # "city", "suburb" or "park"
    raised: float = 0.12


@dataclass(frozen=True, kw_only=True)
class Street:
    """lanes: (centre x, direction), +1 with the camera. crossing: from, to along z, of a side street. track: centre x
    of a tram track. passage: z of a bridge or tunnel over the street, or None."""

    lane: float
    lanes: tuple[tuple[float, int], ...]
    sides: dict[int, Side]
    crossing: tuple[float, float] | None
    track: float | None
    passage: tuple[str, float] | None


@dataclass
class Stage:
    """Things to paint, sorted from back to front.

    Everything is seen from x = 0, so of two things on one side the outer one never hides the inner one: bands are
    painted from the outermost inwards, and within a band from far to near. What lies beyond a bridge comes before it.
    """

    passage: float = float("inf")
    _acts: list[tuple[tuple[float, float, float, int], Callable[[], None]]] = field(default_factory=list)

    def add(self, band: float, z: float, act: Callable[[], None]) -> None:
        zone = 0.0 if z > self.passage else 1.0
        self._acts.append(((zone, -band, -z, len(self._acts)), act))

    def add_across(self, z: float, act: Callable[[], None]) -> None:
        """Something that spans the whole street at depth z."""
        self._acts.append(((0.5, 0.0, -z, len(self._acts)), act))

    def add_last(self, act: Callable[[], None]) -> None:
        self._acts.append(((2.0, 0.0, 0.0, len(self._acts)), act))

    def play(self) -> None:
        for _, act in sorted(self._acts, key=lambda entry: entry[0]):
            act()


def draw_street(chance: Chance, wide_side: int | None = None) -> Street:
    """A random street. wide_side: the side that must have a lane beside the camera's and nothing parked there."""
    lane = chance.uniform(3.0, 3.6)
    left = chance.pick((1, 1, 1, 2, 2))
    right = chance.pick((0, 0, 1))
    if wide_side == 1:
        right = 1
    counts = {-1: left, 1: right}
    lanes = [(side * lane * (n + 1), -1 if side < 0 and n == counts[-1] - 1 else 1)
             for side in (-1, 1) for n in range(counts[side])]  # fmt: skip
    if chance.true(0.5):
        lanes = [(x, -1 if x < -0.1 else 1) for x, _ in lanes]
    shift = chance.uniform(-0.4, 0.4)
    style = chance.pick(("city", "city", "city", "suburb", "suburb", "park"))
    sides = {}
    for sign in (-1, 1):
        edge = lane * (counts[sign] + 0.5) + 0.3 + sign * shift
        parking = chance.uniform(2.0, 2.4) if chance.true(0.5) and sign != wide_side else 0.0
        frontage = style if chance.true(0.75) else chance.pick(("city", "suburb", "park"))
        verge = chance.uniform(1.0, 3.0) if chance.true(0.75 if frontage == "park" else 0.3) else 0.0
        walk = chance.uniform(2.3, 5.0)
        garden = {"city": chance.uniform(0.0, 0.4), "suburb": chance.uniform(2.5, 6.0), "park": chance.uniform(6, 14)}
        kerb = edge + parking
        front = kerb + verge + walk
        sides[sign] = Side(sign=sign, edge=edge, kerb=kerb, walk=kerb + verge, front=front,
                           house=front + garden[frontage], frontage=frontage)  # fmt: skip
    start = chance.uniform(22, 60)
    crossing = (start, start + chance.uniform(7, 12)) if chance.true(0.5) else None
    track = None
    if chance.true(0.36) and wide_side is None:
        track = -lane if chance.true(0.7) or right == 0 else lane
    passage = None
    if chance.true(0.15):
        passage = (chance.pick(("bridge", "bridge", "tunnel")), chance.uniform(34, 85))
    return Street(lane=lane, lanes=((0.0, 1), *((x + shift, d) for x, d in lanes)), sides=sides, crossing=crossing,
                  track=track, passage=passage)  # fmt: skip
