"""Thing-and-stuff scenes on disk in the layout of PASCAL-Context, marked as stand-ins by a manifest.

JPEGImages/<year>_<6 digits>.jpg          JPEG, of many sizes, upright ones among them
trainval/<year>_<6 digits>.mat            MAT v5: LabelMap, 16 bit, 0 or one of 459 labels
labels.txt                                <number>: <label>
ImageSets/Main/{train,val}.txt            stems

or, where they are asked for in the layout that mmsegmentation's converter prepares, instead of the last three:

SegmentationClassContext/<stem>.png       8 bit grey: 0, or a class 1..59
ImageSets/SegmentationContext/{train,val}.txt

stand_in.json                             what determines the content
"""

import io
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Integer, UInt8
from PIL import Image
from scipy.io import savemat

from annn.data.pascal_context import PASCAL_CONTEXT_459, PASCAL_CONTEXT_LABELS
from annn.data.scenes import stuff
from annn.data.scenes.everyday.classes import context_of_stuff
from annn.data.scenes.everyday.plan import QUALITY, check_plan, version
from annn.data.scenes.stand_in import write_stand_in
from annn.data.scenes.stuff.coco_stuff import image_size

FIRST_INDEX = {"train": 6_000_000, "val": 7_000_000}  # no other stand-in draws these scenes
YEARS = {"train": 2008, "val": 2010}  # the real splits mix the years
NOTE = "Procedurally generated scenes in the layout of PASCAL-Context: a stand-in, not the real data set."
CREATED = "Created on: Wed Oct 14 00:00:00 2020"  # not the clock: equal scenes make equal files


def write_pascal_context(
    root: str | Path,
    train: int,
    val: int,
    size: tuple[int, int] = (240, 320),
    seed: int = 0,
    *,
    prepared: bool = False,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Writes `train` and `val` scenes to `root`, whole or not at all; returns `root`.

    size: the nominal (height, width); images vary around it. prepared: label maps of 59 classes as mmsegmentation's
    converter makes them, instead of the data set's own files of 459 labels. Returns at once where the same scenes lie
    there already, and draws them anew where an earlier version of the generator wrote them. The content does not depend
    on `workers`, the number of processes.

    Raises ConfigError for impossible numbers; DataError where `root` holds something else, is not writable, or the disk
    is full.
    """
    size = check_plan("PASCAL-Context", train, val, size, seed, workers)
    manifest = {"note": NOTE, "seed": seed, "train": train, "val": val, "size": list(size), "prepared": prepared,
                "generator": version()}  # fmt: skip
    counts = {"train": train, "val": val}
    jobs = [(split, number, seed, size, prepared) for split, count in counts.items() for number in range(count)]
    return write_stand_in(
        root,
        manifest,
        _write_scene,
        jobs,
        what="scenes for PASCAL-Context",
        megabytes=len(jobs) * size[0] * size[1] * 0.6 / 1e6,
        workers=workers,
        progress=progress,
        finish=partial(_write_lists, counts=counts, prepared=prepared),
    )


def stem(split: str, number: int) -> str:
    """The name of a split's scene; the official numbers have gaps, too."""
    return f"{YEARS[split]}_{7 * number + 2:06d}"


def draw(seed: int, index: int, size: tuple[int, int]) -> tuple[UInt8[np.ndarray, "H W 3"], Integer[np.ndarray, "H W"]]:
    """Image and labels 0..459 of the scene of this seed and index, at nominal `size` (height, width)."""
    scene = stuff.draw(seed, index, image_size(seed, index, size))
    return scene.image, context_of_stuff()[scene.label]


def _write_scene(root: Path, split: str, number: int, seed: int, size: tuple[int, int], prepared: bool) -> None:
    pixels, labels = draw(seed, FIRST_INDEX[split] + number, size)
    name = stem(split, number)
    annotations = root / ("SegmentationClassContext" if prepared else "trainval")
    for folder in (root / "JPEGImages", annotations):
        folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(root / "JPEGImages" / f"{name}.jpg", quality=QUALITY)
    if prepared:
        Image.fromarray(PASCAL_CONTEXT_459.encode(labels, name)).save(annotations / f"{name}.png")
        return
    buffer = io.BytesIO()
    savemat(buffer, {"LabelMap": labels}, do_compression=True)
    header = f"MATLAB 5.0 MAT-file Platform: posix, {CREATED}".encode().ljust(116)
    (annotations / f"{name}.mat").write_bytes(header + buffer.getvalue()[116:])


def _write_lists(root: Path, counts: dict[str, int], prepared: bool) -> None:
    lists = root / "ImageSets" / ("SegmentationContext" if prepared else "Main")
    lists.mkdir(parents=True)
    for split, count in counts.items():
        stems = (stem(split, number) for number in range(count))
        (lists / f"{split}.txt").write_text("".join(f"{name}\n" for name in stems), encoding="utf-8")
    if not prepared:
        lines = (f"{number}: {label}\n" for number, label in enumerate(PASCAL_CONTEXT_LABELS, start=1))
        (root / "labels.txt").write_text("".join(lines), encoding="utf-8")
