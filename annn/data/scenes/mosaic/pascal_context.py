"""Mosaics on disk in the layout of PASCAL-Context, marked as stand-ins by a manifest.

JPEGImages/<year>_<6 digits>.jpg          JPEG, of many sizes, upright ones among them, a few grey
trainval/<year>_<6 digits>.mat            MAT v5: LabelMap, 16 bit, 0 or one of 459 labels
labels.txt                                <number>: <label>
ImageSets/Main/{train,val}.txt            stems

or, in the layout that mmsegmentation's converter prepares, instead of the last three:

SegmentationClassContext/<stem>.png       8 bit grey: 0, or a class 1..59
ImageSets/SegmentationContext/{train,val}.txt

and in both

planted/<stem>.png                        n on a panel of the n-th pair of twins; not official
stand_in.json                             what determines the content
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from annn.data.pascal_context import PASCAL_CONTEXT, PASCAL_CONTEXT_459, PASCAL_CONTEXT_LABELS
from annn.data.scenes.mosaic.photographs import SMALLEST, draw_photograph, photograph
from annn.data.scenes.mosaic.scene import Scene
from annn.data.scenes.stand_in import Content, Files, mat5

YEARS = {"train": 2008, "val": 2010}  # the real splits mix the years


def stem(split: str, number: int) -> str:
    """The name of a split's scene; the official numbers have gaps, too."""
    return f"{YEARS[split]}_{7 * number + 2:06d}"


def _photograph(split: str, number: int, scene: Scene) -> dict[str, Content]:
    name = stem(split, number)
    return {f"JPEGImages/{name}.jpg": photograph(scene.image, number), f"planted/{name}.png": scene.planted}


def _published(split: str, number: int, scene: Scene) -> dict[str, Content]:
    labels = PASCAL_CONTEXT_459.decode(PASCAL_CONTEXT.decode(scene.label))  # there, the background is class 0
    annotation = mat5({"LabelMap": labels})
    return {f"trainval/{stem(split, number)}.mat": annotation, **_photograph(split, number, scene)}


def _prepared(split: str, number: int, scene: Scene) -> dict[str, Content]:
    label_map = PASCAL_CONTEXT.decode(scene.label)
    return {f"SegmentationClassContext/{stem(split, number)}.png": label_map, **_photograph(split, number, scene)}


def _lists(folder: str, root: Path, numbers: Mapping[str, int], seed: int) -> dict[str, str]:
    stems = {split: [stem(split, number) for number in range(count)] for split, count in numbers.items()}
    return {f"ImageSets/{folder}/{split}.txt": "".join(f"{name}\n" for name in stems[split]) for split in stems}


def _lists_and_labels(root: Path, numbers: Mapping[str, int], seed: int) -> dict[str, str]:
    labels = "".join(f"{number}: {label}\n" for number, label in enumerate(PASCAL_CONTEXT_LABELS, start=1))
    return {"labels.txt": labels, **_lists("Main", root, numbers, seed)}


_PUBLISHED = Files(
    what="mosaics for PASCAL-Context",
    note="Generated patterns and shapes in the layout of PASCAL-Context: a stand-in, not the real data set.",
    package=Path(__file__).parent,
    splits={"train": "train", "val": "val"},
    draw=partial(draw_photograph, PASCAL_CONTEXT),
    files=_published,
    finish=_lists_and_labels,
    least=SMALLEST,
    bytes=0.6,
    facts={"prepared": False},
)
write_pascal_context = _PUBLISHED.write
"""Writes mosaics of 59 classes with the data set's own files of 459 labels; see `Files.write`."""

write_prepared = replace(
    _PUBLISHED, files=_prepared, finish=partial(_lists, "SegmentationContext"), facts={"prepared": True}
).write
"""Writes the same mosaics with label maps of 59 classes, as mmsegmentation's converter makes them."""
