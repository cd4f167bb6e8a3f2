"""Generated scenes of all sorts in a folder per kind (street, kitchen, beach, ...): a classification data set.

{train,val}/<kind>/<number>.png   RGB
stand_in.json                     what determines the content
"""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.scenes import rooms, stuff
from annn.data.scenes.stand_in import source_version, write_stand_in
from annn.data.scenes.street import scene as street
from annn.errors import ConfigError

FIRST_INDEX = {"train": 2_000_000, "val": 3_000_000}  # no scene of the segmentation data sets is among them
SOURCES = ("street", "rooms", "stuff", "stuff", "rooms", "stuff", "stuff", "rooms")  # scene n is of source n % 8
NOTE = "Procedurally generated scenes in a folder per kind: a classification task, as a stand-in for ImageNet."


def kinds() -> tuple[str, ...]:
    """Every kind there is, in alphabetical order."""
    return tuple(sorted({"street", *rooms.KINDS, *(kind.replace(" ", "_") for kind in stuff.KINDS)}))


def draw_kind(seed: int, index: int, size: tuple[int, int]) -> tuple[UInt8[np.ndarray, "H W 3"], str]:
    """The scene of this seed and index at `size` (height, width), and its kind."""
    source = SOURCES[index % len(SOURCES)]
    if source == "street":
        return street.draw(seed, index, size).image, "street"
    scene = (rooms if source == "rooms" else stuff).draw(seed, index, size)
    return scene.image, scene.kind.replace(" ", "_")


def write_kinds(
    root: str | Path,
    train: int,
    val: int,
    size: tuple[int, int] = (128, 128),
    seed: int = 0,
    *,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Writes `train` and `val` scenes of `size` (height, width) to `root`, sorted by kind; returns `root`.

    Like `write_cityscapes` in all else: whole or not at all, and at once where the same scenes lie there already.
    """
    if not (0 < train <= 1_000_000 and val > 0 and seed >= 0):
        raise ConfigError(f"Scenes of all kinds: got train {train}, val {val}, seed {seed}; expected at least 1, 1, 0.")
    manifest = {"note": NOTE, "seed": seed, "train": train, "val": val, "size": list(size), "generator": version()}
    jobs = [(split, number, seed, size) for split, count in (("train", train), ("val", val)) for number in range(count)]
    megabytes = len(jobs) * size[0] * size[1] * 2.2 / 1e6
    settings = {"what": "scenes of all kinds", "megabytes": megabytes, "workers": workers, "progress": progress}
    return write_stand_in(root, manifest, _write_scene, jobs, finish=_add_all_kinds, **settings)


def version() -> str:
    """Equal versions draw equal scenes."""
    folder = Path(__file__).parent
    return "-".join(source_version(folder / name) for name in ("street", "rooms", "stuff"))


def _write_scene(root: Path, split: str, number: int, seed: int, size: tuple[int, int]) -> None:
    image, kind = draw_kind(seed, FIRST_INDEX[split] + number, size)
    path = root / split / kind / f"{number:06d}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, compress_level=1)


def _add_all_kinds(root: Path) -> None:
    """A folder for every kind, so that a few scenes have the same classes as many."""
    for kind in kinds():
        (root / "train" / kind).mkdir(parents=True, exist_ok=True)
