"""Street scenes on disk, in the layout of Cityscapes, marked as stand-ins by a manifest.

leftImg8bit/{train,val}/<city>/<stem>_leftImg8bit.png     RGB
gtFine/{train,val}/<city>/<stem>_gtFine_labelIds.png      label ids 0..33
                          <stem>_gtFine_instanceIds.png   16 bit: id, or id * 1000 + k
                          <stem>_gtFine_color.png         RGBA
planted/{train,val}/<city>/<stem>_planted.png             1 on planted barriers, 2 on planted bodies; not official
stand_in.json                                             what determines the content
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.cityscapes import CITYSCAPES_LABELS
from annn.data.scenes.stand_in import source_version, write_stand_in
from annn.data.scenes.street.scene import check_size, draw
from annn.errors import ConfigError

CITIES = {
    "train": (
        "aachen", "bochum", "bremen", "cologne", "darmstadt", "dusseldorf", "erfurt", "hamburg", "hanover", "jena",
        "krefeld", "monchengladbach", "strasbourg", "stuttgart", "tubingen", "ulm", "weimar", "zurich",
    ),
    "val": ("frankfurt", "lindau", "munster"),
}  # fmt: skip
FIRST_INDEX = {"train": 0, "val": 1_000_000}  # of each split's scenes: no scene is in both, however many are drawn
RUNS = 3  # zlib's Z_RLE: as small as its default on these images at level 1, and faster
NOTE = "Procedurally generated street scenes in the layout of Cityscapes: a stand-in, not the real data set."


def write_cityscapes(
    root: str | Path,
    train: int,
    val: int,
    size: tuple[int, int] = (256, 512),
    seed: int = 0,
    *,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Writes `train` and `val` scenes of `size` (height, width) to `root`, whole or not at all; returns `root`.

    Returns at once where the same scenes lie there already, and draws them anew where an earlier version of the
    generator wrote them. The content does not depend on `workers`, the number of processes.

    Raises ConfigError for impossible numbers; DataError where `root` holds something else, is not writable, or the disk
    is full.
    """
    root = Path(root)
    size = check_size(size)
    if not (0 < train <= FIRST_INDEX["val"] and val > 0 and seed >= 0 and workers > 0):
        raise ConfigError(
            f"Street scenes need at least one image per split (train at most {FIRST_INDEX['val']}), a seed of at least "
            f"0 and a worker, got train {train}, val {val}, seed {seed}, workers {workers}."
        )
    manifest = {"note": NOTE, "seed": seed, "train": train, "val": val, "size": list(size), "generator": version()}
    jobs = [(split, number, seed, size) for split, count in (("train", train), ("val", val)) for number in range(count)]
    megabytes = len(jobs) * size[0] * size[1] * 2.2 / 1e6  # a noisy RGB image dominates
    return write_stand_in(
        root,
        manifest,
        _write_scene,
        jobs,
        what="street scenes",
        megabytes=megabytes,
        workers=workers,
        progress=progress,
    )


def version() -> str:
    """Twelve hex digits of the generator's own source files: equal versions draw equal scenes."""
    return source_version(Path(__file__).parent)


@lru_cache(maxsize=1)
def color_table() -> UInt8[np.ndarray, "34 3"]:
    """The official color of every label id."""
    return np.array([row.color for row in sorted(CITYSCAPES_LABELS) if row.id >= 0], dtype=np.uint8)


def stem(split: str, number: int) -> tuple[str, str]:
    """City and `<city>_<sequence>_<frame>` of a split's scene."""
    cities = CITIES[split]
    city = cities[number % len(cities)]
    return city, f"{city}_{number // len(cities):06d}_000019"


def _write_scene(root: Path, split: str, number: int, seed: int, size: tuple[int, int]) -> None:
    scene = draw(seed, FIRST_INDEX[split] + number, size)
    city, name = stem(split, number)
    opaque = np.column_stack([color_table(), np.full(34, 255, dtype=np.uint8)])  # RGBA, looked up as whole words
    color = np.take(opaque.view(np.uint32)[:, 0], scene.label).view(np.uint8).reshape(*size, 4)
    files = {
        f"leftImg8bit/{split}/{city}/{name}_leftImg8bit.png": scene.image,
        f"gtFine/{split}/{city}/{name}_gtFine_labelIds.png": scene.label,
        f"gtFine/{split}/{city}/{name}_gtFine_instanceIds.png": scene.instances.astype(np.uint16),
        f"gtFine/{split}/{city}/{name}_gtFine_color.png": color,
        f"planted/{split}/{city}/{name}_planted.png": scene.planted,
    }
    for path, pixels in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(root / path, compress_level=1, compress_type=RUNS)
