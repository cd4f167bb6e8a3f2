"""Mosaics on disk in the layouts of three sets of photographs, marked as stand-ins by a manifest.

COCO-Stuff-10K v1.1
    images/COCO_train2014_<12 digits>.jpg         annotations/COCO_train2014_<12 digits>.mat: S, names, captions
    imageLists/{all,train,test}.txt               stems; the val scenes are the official layout's `test`
ADE20K's scene parsing challenge
    images/{training,validation}/ADE_{train,val}_<8 digits>.jpg        annotations/.../<stem>.png: 0, or a class 1..150
PASCAL-Context
    JPEGImages/<year>_<6 digits>.jpg              trainval/<stem>.mat: LabelMap, 16 bit, 0 or one of 459 labels
    ImageSets/Main/{train,val}.txt, labels.txt    stems; <number>: <label>
and in each
    planted/<name of the image>.png               n on a panel of the n-th pair of twins; not official
    stand_in.json                                 what determines the content

Like photographs of the web, images have several sizes, some stand upright, and a few are grey.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from annn.data.ade20k import ADE20K
from annn.data.coco_stuff import COCO_STUFF, COCO_STUFF_UNUSED
from annn.data.pascal_context import PASCAL_CONTEXT, PASCAL_CONTEXT_459, PASCAL_CONTEXT_LABELS
from annn.data.scenes.chance import Chance
from annn.data.scenes.mosaic.scene import LEAST, Scene, draw
from annn.data.scenes.stand_in import Content, Files, mat5
from annn.data.space import LabelSpace

SHAPE = 3  # stream of chance that decides an image's size
# height and width as shares of the nominal ones, where True stands on its side: most as asked, as in the real sets
SIZES: tuple[tuple[float, float, bool], ...] = (
    (1.0, 1.0, False), (1.0, 1.0, False), (1.0, 1.0, False), (1.0, 1.0, False), (0.89, 1.0, False), (1.0, 1.0, True),
    (1.0, 1.0, True), (1.0, 0.89, True), (1.0, 0.78, False), (0.7, 0.7, False),
)  # fmt: skip
YEARS = {"train": 2008, "val": 2010}  # of PASCAL's images; the real splits mix the years
FOLDERS = {"train": "training", "val": "validation"}  # of ADE20K
_NAME_OF = {**COCO_STUFF_UNUSED, **dict(zip(COCO_STUFF.file_ids, COCO_STUFF.classes, strict=True))}
COCO_NAMES = tuple(_NAME_OF[file_id] for file_id in range(1, 183))
"""The 182 names as each annotation of COCO-Stuff holds them: id = position + 1."""


def image_size(seed: int, index: int, size: tuple[int, int]) -> tuple[int, int]:
    """The size (height, width) of one scene's image, by the nominal one."""
    high, wide, on_its_side = Chance(seed, index, SHAPE).pick(SIZES)
    height, width = round(size[0] * high), round(size[1] * wide)
    return (width, height) if on_its_side else (height, width)


def draw_photograph(space: LabelSpace, seed: int, index: int, size: tuple[int, int]) -> Scene:
    """A mosaic at a size around the nominal `size`."""
    return draw(space, seed, index, image_size(seed, index, size))


def coco_stem(split: str, number: int) -> str:
    """The name of a split's scene; the official numbers are COCO's, with gaps, up to six digits."""
    return f"COCO_train2014_{(77 if split == 'train' else 500_077) + 9 * number:012d}"


def pascal_stem(split: str, number: int) -> str:
    """The name of a split's scene; the official numbers have gaps, too."""
    return f"{YEARS[split]}_{7 * number + 2:06d}"


def _coco_stuff(split: str, number: int, scene: Scene) -> dict[str, Content]:
    name, ids = coco_stem(split, number), COCO_STUFF.decode(scene.label)
    # MATLAB's own files hold doubles that it packs into bytes; other writers leave either
    label_map = ids.astype(np.float64) if number % 2 == 0 else ids
    annotation = mat5({"S": label_map, "names": COCO_NAMES, "captions": ("Patterns and shapes.",)})
    return {f"annotations/{name}.mat": annotation, **_photograph(f"images/{name}", f"planted/{name}", number, scene)}


def _ade20k(split: str, number: int, scene: Scene) -> dict[str, Content]:
    place = f"{FOLDERS[split]}/ADE_{split}_{number + 1:08d}"
    label_map = ADE20K.decode(scene.label)
    return {f"annotations/{place}.png": label_map, **_photograph(f"images/{place}", f"planted/{place}", number, scene)}


def _pascal_context(split: str, number: int, scene: Scene) -> dict[str, Content]:
    name = pascal_stem(split, number)
    labels = PASCAL_CONTEXT_459.decode(PASCAL_CONTEXT.decode(scene.label))  # there, the background is class 0
    annotation = mat5({"LabelMap": labels})
    return {f"trainval/{name}.mat": annotation, **_photograph(f"JPEGImages/{name}", f"planted/{name}", number, scene)}


def _photograph(image: str, planted: str, number: int, scene: Scene) -> dict[str, Content]:
    grey = number % 97 == 3
    pixels = np.array(Image.fromarray(scene.image).convert("L")) if grey else scene.image
    return {f"{image}.jpg": pixels, f"{planted}.png": scene.planted}


def _coco_lists(root: Path, numbers: Mapping[str, int], seed: int) -> dict[str, Content]:
    train, test = ([coco_stem(split, number) for number in range(numbers[split])] for split in ("train", "test"))
    lists = {"train": train, "test": test, "all": sorted(train + test)}
    return {f"imageLists/{split}.txt": _lines(stems) for split, stems in lists.items()}


def _pascal_lists(root: Path, numbers: Mapping[str, int], seed: int) -> dict[str, Content]:
    labels = [f"{number}: {label}" for number, label in enumerate(PASCAL_CONTEXT_LABELS, start=1)]
    stems = {split: [pascal_stem(split, number) for number in range(count)] for split, count in numbers.items()}
    return {"labels.txt": _lines(labels), **{f"ImageSets/Main/{split}.txt": _lines(stems[split]) for split in stems}}


def _lines(texts: Sequence[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _writer(space: LabelSpace, test: str, files: Callable, finish: Callable | None = None) -> Callable[..., Path]:
    return Files(
        what=f"mosaics for {space.name}",
        note=f"Generated patterns and shapes in the layout of {space.name}: a stand-in, not the real data set.",
        package=Path(__file__).parent,
        splits={"train": "train", "val": test},
        draw=partial(draw_photograph, space),
        files=files,
        finish=finish,
        least=round(LEAST / 0.7 + 0.5),  # the smallest images have 0.7 of the nominal size
        bytes_per_pixel=0.6,
    ).write


# Mosaics of 171, 150 and 59 classes; see `Files.write`.
write_coco_stuff = _writer(COCO_STUFF, "test", _coco_stuff, _coco_lists)
write_ade20k = _writer(ADE20K, "val", _ade20k)
write_pascal_context = _writer(PASCAL_CONTEXT, "val", _pascal_context, _pascal_lists)
