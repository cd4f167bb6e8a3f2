"""Procedural indoor rooms with exact labels, in the label ids of NYU Depth V2.

A scene is a pinhole view into a furnished room, fixed by (seed, index); another size is the same view at another
resolution. All 40 classes of the benchmark occur, the three "other" ones by several ids; the dark opening of an open
door is unlabeled (0).
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer, UInt8, UInt16

from annn.data.scenes.chance import Chance
from annn.data.scenes.rooms import extras, homes, workplaces
from annn.data.scenes.rooms.light import draw_light
from annn.data.scenes.rooms.plan import Plan, build_shell, draw_plan
from annn.data.scenes.rooms.render import render
from annn.data.scenes.street.scene import check_size
from annn.errors import ConfigError

BORDER = (5, 478, 7, 636)  # rows and columns that hold labels in a real frame of 480 x 640; the rest is white


class Kind(NamedTuple):
    """wide, deep: limits of the room in metres. floors, wall: materials to choose from. cold: fluorescent light.
    extras: what may stand where there is space left."""

    share: float
    wide: tuple[float, float]
    deep: tuple[float, float]
    floors: tuple[str, ...]
    wall: str
    cold: bool
    furnish: Callable[[Plan], None]
    extras: tuple[Callable[[Plan], None], ...]


# The names are those of NYU Depth V2's sceneTypes; the shares are flatter than the real ones.
KINDS: dict[str, Kind] = {
    "bedroom": Kind(
        0.19, (3.0, 4.4), (3.4, 4.8), ("carpet", "wood"), "paint", False, homes.furnish_bedroom, extras.BEDSIDE
    ),
    "living_room": Kind(
        0.15,
        (3.6, 5.2),
        (3.6, 5.2),
        ("carpet", "wood", "wood"),
        "paint",
        False,
        homes.furnish_living_room,
        extras.AT_HOME,
    ),
    "kitchen": Kind(
        0.14, (2.8, 4.2), (2.9, 4.4), ("tiles", "wood"), "paint", False, homes.furnish_kitchen, extras.KITCHEN
    ),
    "bathroom": Kind(0.12, (2.0, 2.9), (2.4, 3.2), ("tiles",), "tiles", False, homes.furnish_bathroom, extras.BATHROOM),
    "office": Kind(
        0.10,
        (3.0, 4.6),
        (3.2, 4.8),
        ("carpet", "carpet", "tiles"),
        "paint",
        True,
        workplaces.furnish_office,
        extras.OFFICE,
    ),
    "home_office": Kind(
        0.07, (2.8, 4.0), (3.0, 4.2), ("carpet", "wood"), "paint", False, homes.furnish_home_office, extras.AT_HOME
    ),
    "dining_room": Kind(
        0.08, (3.2, 4.6), (3.4, 4.8), ("wood", "carpet"), "paint", False, homes.furnish_dining_room, extras.AT_HOME
    ),
    "classroom": Kind(
        0.06, (5.0, 7.0), (4.8, 6.5), ("tiles", "carpet"), "paint", True, workplaces.furnish_classroom, extras.SCHOOL
    ),
    "conference_room": Kind(
        0.03, (3.8, 5.4), (4.2, 5.6), ("carpet",), "paint", True, workplaces.furnish_conference_room, extras.OFFICE
    ),
    "bookstore": Kind(
        0.03, (4.0, 6.0), (4.0, 5.5), ("wood", "carpet"), "paint", True, workplaces.furnish_bookstore, extras.STORE
    ),
    "home_storage": Kind(
        0.03, (2.6, 4.0), (2.8, 4.2), ("tiles", "wood"), "brick", False, workplaces.furnish_storage, extras.STORE
    ),
}


class Scene(NamedTuple):
    """One drawn room. label: ids 1..894 of NYU Depth V2, 0 unlabeled. instances: 1, 2, ... among the things of one
    label. depth: metres along the optical axis. kind: its scene type, a key of `KINDS`."""

    image: UInt8[np.ndarray, "H W 3"]
    label: UInt16[np.ndarray, "H W"]
    instances: UInt8[np.ndarray, "H W"]
    depth: Float[np.ndarray, "H W"]
    kind: str


def draw(seed: int, index: int, size: tuple[int, int] = (240, 320)) -> Scene:
    """Draws the room of this seed and index at `size` (height, width). Raises ConfigError on impossible numbers."""
    if seed < 0 or index < 0:
        raise ConfigError(f"A scene needs a seed and an index of at least 0, got seed {seed} and index {index}.")
    size = check_size(size)
    chance = Chance(seed, index, 0)
    name = _draw_kind(chance)
    kind = KINDS[name]
    light = draw_light(chance, kind.cold)
    plan = draw_plan(chance, size, kind.wide, kind.deep, light)
    build_shell(plan, chance.pick(kind.floors), kind.wall, kind.cold)
    kind.furnish(plan)
    for _ in range(chance.integer(2, 5)):
        chance.pick(kind.extras)(plan)
    noise = Chance(seed, index, 1)
    shift = (noise.integer(0, 511), noise.integer(0, 1023))
    painted = render(plan.space, plan.camera, plan.walls, light, shift)
    label = painted.label.astype(np.uint16)
    return Scene(painted.image, label, _number(label, painted.things), painted.depth, name)


def add_border(scene: Scene) -> Scene:
    """The scene with the white, unlabeled margin of a real frame, in proportion at other sizes than 480 x 640."""
    height, width = scene.label.shape
    top, bottom = round(BORDER[0] * height / 480), round(BORDER[1] * height / 480)
    left, right = round(BORDER[2] * width / 640), round(BORDER[3] * width / 640)
    outside = np.ones((height, width), dtype=bool)
    outside[top:bottom, left:right] = False
    image, label, instances = scene.image.copy(), scene.label.copy(), scene.instances.copy()
    image[outside], label[outside], instances[outside] = 255, 0, 0
    return scene._replace(image=image, label=label, instances=instances)


def _draw_kind(chance: Chance) -> str:
    names = list(KINDS)
    reached = np.cumsum([kind.share for kind in KINDS.values()])
    return names[min(int(np.searchsorted(reached, chance.unit() * reached[-1], side="right")), len(names) - 1)]


def _number(label: Integer[np.ndarray, "H W"], things: Integer[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W"]:
    """Consecutive numbers for the things that share a label, 0 where unlabeled."""
    pairs = things.astype(np.int64) * 1024 + label
    table = np.zeros(int(pairs.max()) + 1, dtype=np.uint8)
    seen: Counter[int] = Counter()
    for pair in np.flatnonzero(np.bincount(pairs.ravel())).tolist():
        seen[pair % 1024] += 1
        table[pair] = min(seen[pair % 1024], 255) if pair % 1024 else 0
    return table[pairs]
