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

from annn.data.cityscapes import CITYSCAPES_LABELS
from annn.data.scenes.stand_in import Files
from annn.data.scenes.street.scene import Scene, draw

CITIES = {
    "train": (
        "aachen", "bochum", "bremen", "cologne", "darmstadt", "dusseldorf", "erfurt", "hamburg", "hanover", "jena",
        "krefeld", "monchengladbach", "strasbourg", "stuttgart", "tubingen", "ulm", "weimar", "zurich",
    ),
    "val": ("frankfurt", "lindau", "munster"),
}  # fmt: skip


@lru_cache(maxsize=1)
def color_table() -> UInt8[np.ndarray, "34 3"]:
    """The official color of every label id."""
    return np.array([row.color for row in sorted(CITYSCAPES_LABELS) if row.id >= 0], dtype=np.uint8)


def stem(split: str, number: int) -> tuple[str, str]:
    """City and `<city>_<sequence>_<frame>` of a split's scene."""
    cities = CITIES[split]
    city = cities[number % len(cities)]
    return city, f"{city}_{number // len(cities):06d}_000019"


def _files(split: str, number: int, scene: Scene) -> dict[str, np.ndarray]:
    city, name = stem(split, number)
    opaque = np.column_stack([color_table(), np.full(34, 255, dtype=np.uint8)])  # RGBA, looked up as whole words
    color = np.take(opaque.view(np.uint32)[:, 0], scene.label).view(np.uint8).reshape(*scene.label.shape, 4)
    return {
        f"leftImg8bit/{split}/{city}/{name}_leftImg8bit.png": scene.image,
        f"gtFine/{split}/{city}/{name}_gtFine_labelIds.png": scene.label,
        f"gtFine/{split}/{city}/{name}_gtFine_instanceIds.png": scene.instances.astype(np.uint16),
        f"gtFine/{split}/{city}/{name}_gtFine_color.png": color,
        f"planted/{split}/{city}/{name}_planted.png": scene.planted,
    }


write_cityscapes = Files(
    what="street scenes",
    note="Procedurally generated street scenes in the layout of Cityscapes: a stand-in, not the real data set.",
    package=Path(__file__).parent,
    splits={"train": "train", "val": "val"},
    draw=draw,
    files=_files,
).write
"""Writes street scenes; see `Files.write`."""
