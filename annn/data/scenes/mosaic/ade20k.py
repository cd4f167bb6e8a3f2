"""Mosaics on disk, in the layout of ADE20K's scene parsing challenge, marked as stand-ins by a manifest.

images/{training,validation}/ADE_{train,val}_<8 digits>.jpg         JPEG, of many sizes, a few grey
annotations/{training,validation}/ADE_{train,val}_<8 digits>.png    8 bit grey: 0, or a class 1..150
planted/{training,validation}/ADE_{train,val}_<8 digits>.png        n on a panel of the n-th pair of twins; not official
stand_in.json                                                       what determines the content
"""

from functools import partial
from pathlib import Path

import numpy as np

from annn.data.ade20k import ADE20K
from annn.data.scenes.mosaic.photographs import SMALLEST, draw_photograph, photograph
from annn.data.scenes.mosaic.scene import Scene
from annn.data.scenes.stand_in import Files

FOLDERS = {"train": "training", "val": "validation"}


def stem(split: str, number: int) -> str:
    """The name of a split's scene, counted from 1 as there."""
    return f"ADE_{split}_{number + 1:08d}"


def _files(split: str, number: int, scene: Scene) -> dict[str, np.ndarray]:
    place = f"{FOLDERS[split]}/{stem(split, number)}"
    return {
        f"images/{place}.jpg": photograph(scene.image, number),
        f"annotations/{place}.png": ADE20K.decode(scene.label),
        f"planted/{place}.png": scene.planted,
    }


write_ade20k = Files(
    what="mosaics for ADE20K",
    note="Generated patterns and shapes in the layout of ADE20K's scene parsing challenge: not the real data set.",
    package=Path(__file__).parent,
    splits={"train": "train", "val": "val"},
    draw=partial(draw_photograph, ADE20K),
    files=_files,
    least=SMALLEST,
    bytes=0.6,
).write
"""Writes mosaics of 150 classes, images of sizes around the nominal one; see `Files.write`."""
