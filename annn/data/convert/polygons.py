"""Cityscapes' polygons, `<name>_polygons.json` for each image, as cityscapesscripts' json2labelImg draws them.

Objects are painted in the order of the file, so that the later one lies on top; deleted ones and those of classes with
a negative id (license plates) are not painted, and "cargroup" counts as "car". The pixels that no object covers belong
to the first ignored class, Cityscapes' "unlabeled".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt16
from PIL import Image, ImageDraw

from annn.data.cityscapes import CITYSCAPES_LABELS
from annn.data.convert.annotated import Entry, Labelled, check_size, existing, images_below
from annn.data.convert.records import points_of, read_json, records, size_of, value
from annn.data.folders import content
from annn.data.own.description import read_description
from annn.errors import DataError

WHAT = "Cityscapes' polygons, with imgHeight, imgWidth and objects"
_SUFFIX = re.compile(r"(_gt[A-Za-z]+)?_polygons$")
CITYSCAPES_CLASSES = tuple(
    Entry(name=row.name, id=row.id, ignore=row.ignore_in_eval, draw=row.color) for row in CITYSCAPES_LABELS
)


class Polygons:
    """The polygon files below a folder, each with its image: of the same relative name, or with _leftImg8bit after it.

    annotations, images: folders. known: the classes; those with a negative id are not painted. Raises DataError for a
    file without its image.
    """

    def __init__(self, annotations: Path, images: Path, known: tuple[Entry, ...] = CITYSCAPES_CLASSES):
        self.classes = tuple(entry for entry in known if entry.id >= 0)
        self._known = {entry.name: entry for entry in known}
        self._background = next(entry.id for entry in self.classes if entry.ignore)
        files = sorted(existing(annotations, "the folder of the polygons", folder=True).rglob("*.json"))
        if not files:
            raise DataError(
                f"{annotations}: holds no file whose name ends in .json ({content(annotations)}); expected {WHAT}."
            )
        photographs = images_below(images)
        self._pairs: dict[str, tuple[Path, Path]] = {}
        for file in files:
            name = _SUFFIX.sub("", file.relative_to(annotations).with_suffix("").as_posix())
            image = photographs.get(name) or photographs.get(f"{name}_leftImg8bit")
            if image is None or name in self._pairs:
                state = "there is no image for these polygons" if image is None else "its image has polygons already"
                raise DataError(
                    f"{file}: {state}; expected one file for {images / name}.png or {name}_leftImg8bit.png. Add the "
                    "image, or take the file out."
                )
            self._pairs[name] = (file, image)

    def __len__(self) -> int:
        return len(self._pairs)

    def __iter__(self) -> Iterator[Labelled]:
        for name, (file, image) in self._pairs.items():
            content = read_json(file, WHAT)
            size = size_of(content, ("imgHeight", "imgWidth"), f"{file}")
            check_size(image, size, f"{file}")
            yield Labelled(name, image, self._label(file, content, size))

    def _label(self, file: Path, content: Mapping[str, Any], size: tuple[int, int]) -> UInt16[np.ndarray, "H W"]:
        label = Image.new("I", (size[1], size[0]), self._background)
        drawer = ImageDraw.Draw(label)
        for place, record in enumerate(records(content, "objects", f"{file}")):
            where = f"{file}, objects[{place}]"
            if record.get("deleted"):
                continue
            entry = self._class(value(record, "label", str, where), where)
            if entry.id >= 0:
                drawer.polygon(points_of(value(record, "polygon", list, where), size, where, least=2), fill=entry.id)
        return np.asarray(label).astype(np.uint16)

    def _class(self, name: str, where: str) -> Entry:
        entry = self._known.get(name) or self._known.get(name.removesuffix("group"))
        if entry is None:
            raise DataError(
                f"{where}: the label {name!r} is none of the {len(self._known)} classes "
                f"({', '.join(list(self._known)[:6])}, ...); expected one of them. Name a classes.toml that has it "
                "with --classes, or correct the file."
            )
        return entry


def read_classes(file: Path) -> tuple[Entry, ...]:
    """The classes of a classes.toml, one id each; where none is ignored, "void" is added for what no polygon covers.

    Raises DataError for a file that is no such list.
    """
    classes = []
    for own in read_description(existing(file, "the classes of the polygons", folder=False)).classes:
        if len(own.ids) != 1:
            raise DataError(
                f"{file}: {own.name} has {len(own.ids)} ids; expected one for each class, the value that its polygons "
                "get in the label maps, such as id = 7."
            )
        classes.append(Entry(name=own.name, id=own.ids[0], ignore=own.ignore, draw=own.draw))
    if not any(entry.ignore for entry in classes):
        free = next(number for number in range(2**16) if number not in {entry.id for entry in classes})
        classes.append(Entry(name="void", id=free, ignore=True))
    return tuple(classes)
