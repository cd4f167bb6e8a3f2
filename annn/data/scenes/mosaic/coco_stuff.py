"""Mosaics on disk, in the layout of COCO-Stuff-10K v1.1, marked as stand-ins by a manifest.

images/COCO_train2014_<12 digits>.jpg        JPEG, of many sizes, upright ones among them, a few grey
annotations/COCO_train2014_<12 digits>.mat   MAT v5: S (double or uint8), names, captions; no superpixels
imageLists/{all,train,test}.txt              stems; the val scenes are the official layout's `test`
planted/<stem>.png                           n on a panel of the n-th pair of twins; not official
stand_in.json                                what determines the content
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from annn.data.coco_stuff import COCO_STUFF, COCO_STUFF_UNUSED
from annn.data.scenes.mosaic.photographs import SMALLEST, draw_photograph, photograph
from annn.data.scenes.mosaic.scene import Scene
from annn.data.scenes.stand_in import Content, Files, mat5
from annn.data.space import IGNORE

FIRST_NUMBER = {"train": 77, "test": 500_077}
_NAME_OF = {**COCO_STUFF_UNUSED, **dict(zip(COCO_STUFF.file_ids, COCO_STUFF.classes, strict=True))}
NAMES = tuple(_NAME_OF[file_id] for file_id in range(1, 183))
"""The 182 names as each annotation holds them: id = position + 1."""


def stem(split: str, number: int) -> str:
    """The name of a split's scene; the official numbers are COCO's, with gaps, up to six digits."""
    return f"COCO_train2014_{FIRST_NUMBER[split] + 9 * number:012d}"


def _files(split: str, number: int, scene: Scene) -> dict[str, Content]:
    name, ids = stem(split, number), COCO_STUFF.decode(scene.label)
    shown = [COCO_STUFF.classes[label] for label in np.unique(scene.label) if label != IGNORE]
    # MATLAB's own files hold doubles that it packs into bytes; other writers leave either
    label_map = ids.astype(np.float64) if number % 2 == 0 else ids
    annotation = mat5({"S": label_map, "names": NAMES, "captions": (f"Patterns for {', '.join(shown)}.",)})
    return {
        f"images/{name}.jpg": photograph(scene.image, number),
        f"annotations/{name}.mat": annotation,
        f"planted/{name}.png": scene.planted,
    }


def _lists(root: Path, numbers: Mapping[str, int], seed: int) -> dict[str, str]:
    stems = {split: [stem(split, number) for number in range(count)] for split, count in numbers.items()}
    stems["all"] = sorted(sum(stems.values(), []))
    return {f"imageLists/{split}.txt": "".join(f"{name}\n" for name in names) for split, names in stems.items()}


write_coco_stuff = Files(
    what="mosaics for COCO-Stuff",
    note="Generated patterns and shapes in the layout of COCO-Stuff-10K v1.1: a stand-in, not the real data set.",
    package=Path(__file__).parent,
    splits={"train": "train", "val": "test"},
    draw=partial(draw_photograph, COCO_STUFF),
    files=_files,
    finish=_lists,
    least=SMALLEST,
    bytes=0.5,
).write
"""Writes mosaics of 171 classes, images of sizes around the nominal one; see `Files.write`."""
