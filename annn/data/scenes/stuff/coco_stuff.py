"""Thing-and-stuff scenes on disk, in the layout of COCO-Stuff-10K v1.1, marked as stand-ins by a manifest.

images/COCO_train2014_<12 digits>.jpg        JPEG, of many sizes, upright ones among them, a few grey
annotations/COCO_train2014_<12 digits>.mat   MAT v5: S (double or uint8), names, captions, regionMapStuff,
                                             regionLabelsStuff
imageLists/{all,train,test}.txt              stems; the val scenes are the official layout's `test`
kinds.json                                   stem -> kind of scene; not official
stand_in.json                                what determines the content
"""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Integer, UInt8
from PIL import Image
from scipy.io import savemat

from annn.data.scenes.chance import Chance
from annn.data.scenes.stand_in import source_version, write_stand_in
from annn.data.scenes.street.scene import check_size
from annn.data.scenes.stuff.names import NAMES
from annn.data.scenes.stuff.scene import draw, kind_of
from annn.errors import ConfigError

FIRST_INDEX = {"train": 0, "test": 1_000_000}  # of each split's scenes: no scene is in both, however many are drawn
SHAPE = 2  # stream of chance that decides an image's size
KINDS_FILE = "kinds.json"
QUALITY = 90  # of the JPEGs; the real ones look alike
REGION = 16  # pixels per side of the squares that superpixels are cut from: about 1000 of them at 640 x 480
NOTE = "Procedurally generated scenes in the layout of COCO-Stuff-10K v1.1: a stand-in, not the real data set."

# height and width as shares of the nominal ones, where True stands on its side: most as asked, as in the real set
SIZES: tuple[tuple[float, float, bool], ...] = (
    (1.0, 1.0, False), (1.0, 1.0, False), (1.0, 1.0, False), (1.0, 1.0, False), (0.89, 1.0, False), (1.0, 1.0, True),
    (1.0, 1.0, True), (1.0, 0.89, True), (1.0, 0.78, False), (0.7, 0.7, False),
)  # fmt: skip


def write_coco_stuff(
    root: str | Path,
    train: int,
    val: int,
    size: tuple[int, int] = (240, 320),
    seed: int = 0,
    *,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Writes `train` and `val` scenes to `root`, whole or not at all; returns `root`.

    size: the nominal (height, width); images vary around it as they do in the real set. The val scenes are the list
    called test there. Returns at once where the same scenes lie there already, and draws them anew where an earlier
    version of the generator wrote them. The content does not depend on `workers`, the number of processes.

    Raises ConfigError for impossible numbers; DataError where `root` holds something else, is not writable, or the disk
    is full.
    """
    root = Path(root)
    size = check_size(size)
    if min(size) < 48:
        raise ConfigError(f"The smallest images have 0.7 of the size asked for: at least 48 pixels a side, got {size}.")
    if not (0 < train <= FIRST_INDEX["test"] and val > 0 and seed >= 0 and workers > 0):
        raise ConfigError(
            f"COCO-Stuff scenes need at least one image per split (train at most {FIRST_INDEX['test']}), a seed of at "
            f"least 0 and a worker, got train {train}, val {val}, seed {seed}, workers {workers}."
        )
    manifest = {"note": NOTE, "seed": seed, "train": train, "val": val, "size": list(size), "generator": version()}
    counts = {"train": train, "test": val}
    jobs = [(split, number, seed, size) for split, count in counts.items() for number in range(count)]
    return write_stand_in(
        root,
        manifest,
        _write_scene,
        jobs,
        what="COCO-Stuff scenes",
        megabytes=len(jobs) * size[0] * size[1] * 0.5 / 1e6,
        workers=workers,
        progress=progress,
        finish=lambda folder: _write_lists(folder, counts, seed),
    )


def version() -> str:
    """Twelve hex digits of the sources that decide what is drawn, the street generator's parts among them."""
    own = Path(__file__).parent
    first, second = source_version(own), source_version(own.with_name("street"))
    return first[:6] + second[:6]


def stem(split: str, number: int) -> str:
    """The name of a split's scene; the official numbers are COCO's, with gaps, up to six digits."""
    return f"COCO_train2014_{FIRST_INDEX[split] // 2 + 9 * number + 77:012d}"


def image_size(seed: int, index: int, size: tuple[int, int]) -> tuple[int, int]:
    """The size (height, width) of one scene's image."""
    high, wide, on_its_side = Chance(seed, index, SHAPE).pick(SIZES)
    height, width = round(size[0] * high), round(size[1] * wide)
    return (width, height) if on_its_side else (height, width)


def captions_of(kind: str, label: UInt8[np.ndarray, "H W"]) -> list[str]:
    """Five sentences: the kind of scene, then what takes most of the picture."""
    count = np.bincount(label.ravel(), minlength=183)
    count[0] = 0
    names = [NAMES[number - 1] for number in np.argsort(-count)[:5] if count[number]] or ["nothing"]
    things = [NAMES[number - 1] for number in np.argsort(-count[:92])[:3] if count[number]]
    return [
        f"A generated scene: {kind}.",
        f"Mostly {names[0]}.",
        f"There is {' and '.join(names[:3])}.",
        f"A {kind} with {' and '.join(things) or 'no thing in it'}.",
        f"A drawn picture of {', '.join(names)}.",
    ]


@lru_cache(maxsize=1)
def _names_cell() -> np.ndarray:
    cell = np.empty((len(NAMES), 1), dtype=object)
    cell[:, 0] = NAMES
    return cell


def regions_of(label: UInt8[np.ndarray, "H W"]) -> tuple[Integer[np.ndarray, "H W"], Integer[np.ndarray, " R"]]:
    """Superpixels, numbered from 1, and the label of each: squares, cut along the borders of the stuff in them.

    Things count as unlabeled here, as the real set's stuff annotation leaves them out.
    """
    height, width = label.shape
    stuff = np.where(label > 91, label, 0).astype(np.int64)
    columns = -(-width // REGION)
    square = (np.arange(height) // REGION)[:, None] * columns + (np.arange(width) // REGION)[None, :]
    keys, numbers = np.unique(square * 256 + stuff, return_inverse=True)
    return (numbers.reshape(height, width) + 1).astype(np.uint16), (keys % 256).astype(np.uint8)


def _write_scene(root: Path, split: str, number: int, seed: int, size: tuple[int, int]) -> None:
    index = FIRST_INDEX[split] + number
    scene = draw(seed, index, image_size(seed, index, size))
    name = stem(split, number)
    for folder in ("images", "annotations"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(scene.image)
    if number % 97 == 3:  # COCO has some grey photographs
        image = image.convert("L")
    image.save(root / "images" / f"{name}.jpg", quality=QUALITY)
    regions, labels = regions_of(scene.label)
    sentences = captions_of(scene.kind, scene.label)
    captions = np.empty((len(sentences), 1), dtype=object)
    captions[:, 0] = sentences
    fields = {
        # MATLAB's own files hold doubles that it packs into bytes; other writers leave either
        "S": scene.label.astype(np.float64) if number % 2 == 0 else scene.label,
        "names": _names_cell(),
        "captions": captions,
        "regionMapStuff": regions,
        "regionLabelsStuff": labels[:, None],
    }
    savemat(root / "annotations" / f"{name}.mat", fields, do_compression=True)


def _write_lists(root: Path, counts: dict[str, int], seed: int) -> None:
    """The three lists, and the kind of every scene."""
    stems = {split: [stem(split, number) for number in range(count)] for split, count in counts.items()}
    stems["all"] = sorted(stems["train"] + stems["test"])
    (root / "imageLists").mkdir()
    for split, names in stems.items():
        (root / "imageLists" / f"{split}.txt").write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    kinds = {
        stem(split, number): kind_of(seed, FIRST_INDEX[split] + number)
        for split, count in counts.items()
        for number in range(count)
    }
    (root / KINDS_FILE).write_text(json.dumps(kinds, indent=0) + "\n", encoding="utf-8")
