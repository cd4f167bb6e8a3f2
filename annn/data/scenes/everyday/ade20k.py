"""Scenes on disk in the layout of ADE20K's scene parsing challenge, marked as stand-ins by a manifest.

images/{training,validation}/ADE_{train,val}_<8 digits>.jpg         JPEG, of many sizes, a few grey
annotations/{training,validation}/ADE_{train,val}_<8 digits>.png    8 bit grey: 0, or a class 1..150
objectInfo150.txt                                                   Idx, Ratio, Train, Val, Name, divided by tabs
sceneCategories.txt                                                 stem and kind of scene
stand_in.json                                                       what determines the content
"""

from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.ade20k import ADE20K
from annn.data.scenes import rooms, stuff
from annn.data.scenes.everyday.classes import ade20k_of_rooms, ade20k_of_stuff
from annn.data.scenes.everyday.plan import QUALITY, check_plan, version
from annn.data.scenes.stand_in import write_stand_in
from annn.data.scenes.stuff.coco_stuff import image_size

FIRST_INDEX = {"train": 4_000_000, "val": 5_000_000}  # no other stand-in draws these scenes
FOLDERS = {"train": "training", "val": "validation"}
NOTE = "Procedurally generated scenes in the layout of ADE20K's scene parsing challenge: not the real data set."


def write_ade20k(
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

    Two in three show things and stuff, the others rooms. size: the nominal (height, width); images vary around it.
    Returns at once where the same scenes lie there already, and draws them anew where an earlier version of the
    generator wrote them. The content does not depend on `workers`, the number of processes.

    Raises ConfigError for impossible numbers; DataError where `root` holds something else, is not writable, or the disk
    is full.
    """
    size = check_plan("ADE20K", train, val, size, seed, workers)
    manifest = {"note": NOTE, "seed": seed, "train": train, "val": val, "size": list(size), "generator": version()}
    counts = {"train": train, "val": val}
    jobs = [(split, number, seed, size) for split, count in counts.items() for number in range(count)]
    return write_stand_in(
        root,
        manifest,
        _write_scene,
        jobs,
        what="scenes for ADE20K",
        megabytes=len(jobs) * size[0] * size[1] * 0.6 / 1e6,
        workers=workers,
        progress=progress,
        finish=partial(_write_tables, counts=counts),
    )


def stem(split: str, number: int) -> str:
    """The name of a split's scene, counted from 1 as there."""
    return f"ADE_{split}_{number + 1:08d}"


def draw(seed: int, index: int, size: tuple[int, int]) -> tuple[UInt8[np.ndarray, "H W 3"], np.ndarray, str]:
    """Image, file ids 0..150 and kind of the scene of this seed and index, at nominal `size` (height, width)."""
    size = image_size(seed, index, size)
    if index % 3 == 2:
        scene, table = rooms.draw(seed, index, size), ade20k_of_rooms()
    else:
        scene, table = stuff.draw(seed, index, size), ade20k_of_stuff()
    return scene.image, table[scene.label].astype(np.uint8), scene.kind.replace(" ", "_")


def _write_scene(root: Path, split: str, number: int, seed: int, size: tuple[int, int]) -> None:
    pixels, ids, kind = draw(seed, FIRST_INDEX[split] + number, size)
    name, folder = stem(split, number), FOLDERS[split]
    for parent in ("images", "annotations", "kinds"):
        (root / parent / folder).mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    if number % 97 == 3:  # the real set, too, has a few grey photographs
        image = image.convert("L")
    image.save(root / "images" / folder / f"{name}.jpg", quality=QUALITY)
    Image.fromarray(ids).save(root / "annotations" / folder / f"{name}.png")
    (root / "kinds" / folder / name).write_text(kind, encoding="utf-8")


def _write_tables(root: Path, counts: dict[str, int]) -> None:
    """What kind each scene is of; of each class its share of the labelled pixels and how many images show it."""
    lines, pixels, shown = [], np.zeros(151, dtype=np.int64), {}
    for split, count in counts.items():
        seen = np.zeros(151, dtype=np.int64)
        for number in range(count):
            name, folder = stem(split, number), FOLDERS[split]
            kind = root / "kinds" / folder / name
            lines.append(f"{name} {kind.read_text(encoding='utf-8')}\n")
            kind.unlink()
            with Image.open(root / "annotations" / folder / f"{name}.png") as file:
                found = np.bincount(np.array(file).ravel(), minlength=151)
            pixels += found
            seen += found > 0
        shown[split] = seen
        (root / "kinds" / folder).rmdir()
    (root / "kinds").rmdir()
    (root / "sceneCategories.txt").write_text("".join(lines), encoding="utf-8")
    ratio = pixels / max(1, pixels[1:].sum())
    rows = [
        f"{index}\t{ratio[index]:.4f}\t{shown['train'][index]}\t{shown['val'][index]}\t{name}\n"
        for index, name in enumerate(ADE20K.classes, start=1)
    ]
    (root / "objectInfo150.txt").write_text("Idx\tRatio\tTrain\tVal\tName\n" + "".join(rows), encoding="utf-8")
