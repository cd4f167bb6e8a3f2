"""Street scenes on disk as a person's own folder would hold them, marked as stand-ins by a manifest.

images/{train,test}/<number>.jpg      JPEG
labels/{train,test}/<number>.png      RGB: a colour for each class
classes.toml                          what the colours mean
about.toml                            what the images are
stand_in.json                         what determines the content
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from annn.data.cityscapes import CITYSCAPES_LABELS
from annn.data.scenes.stand_in import Content, Files
from annn.data.scenes.street.scene import Scene, draw
from annn.data.space import Color

COLORS: Mapping[str, Color] = {
    "road": (128, 64, 128),
    "sidewalk": (244, 35, 232),
    "building": (70, 70, 70),
    "barrier": (190, 153, 153),
    "pole or sign": (220, 220, 0),
    "plants": (107, 142, 35),
    "sky": (70, 130, 180),
    "person": (220, 20, 60),
    "vehicle": (0, 0, 142),
}
"""The classes of the folder, with their colours."""
_VOID: Color = (0, 0, 0)
_MERGED = {  # names and categories of Cityscapes
    "road": "road", "sidewalk": "sidewalk", "building": "building", "wall": "barrier", "fence": "barrier",
    "object": "pole or sign", "nature": "plants", "sky": "sky", "human": "person", "vehicle": "vehicle",
}  # fmt: skip


@lru_cache(maxsize=1)
def color_table() -> UInt8[np.ndarray, "34 3"]:
    """The colour of every label id of Cityscapes, by the folder's classes."""
    table = np.full((34, 3), _VOID, dtype=np.uint8)
    for row in CITYSCAPES_LABELS:
        name = _MERGED.get(row.name) or _MERGED.get(row.category)
        if row.id >= 0 and not row.ignore_in_eval and name is not None:
            table[row.id] = COLORS[name]
    return table


def _files(split: str, number: int, scene: Scene) -> dict[str, Content]:
    place = f"{split}/{number:04d}"
    return {f"images/{place}.jpg": scene.image, f"labels/{place}.png": color_table()[scene.label]}


def _described(root: Path, numbers: Mapping[str, int], seed: int) -> dict[str, Content]:
    entries = [f'[[class]]\nname = "{name}"\ncolor = {list(color)}\n' for name, color in COLORS.items()]
    entries.append(f'[[class]]\nname = "unlabelled"\ncolor = {list(_VOID)}\nignore = true\n')
    split = '[split]\ntrain = "train"\ntest = "test"\n'
    return {
        "classes.toml": "\n".join(["# Generated street scenes.\n", split, *entries]),
        "about.toml": 'name = "generated streets as a folder"\n',
    }


write_folder = Files(
    what="street scenes as a folder",
    note="Procedurally generated street scenes as a person's own folder: no photographs.",
    package=Path(__file__).parent / "street",
    splits={"train": "train", "val": "test"},
    draw=draw,
    files=_files,
    finish=_described,
).write
"""Writes street scenes; see `Files.write`."""
