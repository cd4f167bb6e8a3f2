"""COCO's annotations: polygons and run lengths of instances, and panoptic PNGs.

Formats: https://cocodataset.org/#format-data. Where instances overlap, the smaller one (by its own pixels) lies on top,
of equal ones the later in the file. A crowd (iscrowd) counts as its category.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from jaxtyping import UInt16, UInt32

from annn.data.convert.annotated import Entry, Labelled, check_size, existing
from annn.data.convert.masks import mask_of
from annn.data.convert.records import read_json, records, size_of, value
from annn.data.files import decode
from annn.data.space import Color
from annn.errors import ConfigError, DataError

Record = dict[str, Any]


class _Coco:
    """What both formats share: categories, images, and the annotations of each image.

    annotations: the JSON file. images: the folder of the images that it names. rest: a class for the pixels that nobody
    annotated; where it is empty, they are ignored.
    """

    what = "COCO's annotations, with images, annotations and categories"

    def __init__(self, annotations: Path, images: Path, rest: str = ""):
        self.file = annotations
        self.folder = existing(images, "the folder of the images", folder=True)
        content = read_json(annotations, self.what)
        self.categories = {number: entry.name for number, entry in self._categories(content).items()}
        self.void = 0 if 0 not in self.categories else max(self.categories) + 1
        named = self.categories.values()
        if rest in named:
            raise ConfigError(f"--rest {rest}: a category of {annotations} has this name; expected a new one.")
        void = Entry(name=rest or ("void" if "void" not in named else "not annotated"), id=self.void, ignore=not rest)
        self.classes = (void, *self._categories(content).values())
        self.images = self._images(content)
        self.by_image = self._by_image(content)

    def __len__(self) -> int:
        return len(self.images)

    def __iter__(self) -> Iterator[Labelled]:
        for number, record in self.images.items():
            where = f"{self.file}, image {number}"
            image = self.folder / record["file_name"]
            size = size_of(record, ("height", "width"), where)
            check_size(image, size, where)
            name = PurePosixPath(record["file_name"]).with_suffix("").as_posix()
            yield Labelled(name, image, self.label(number, size))

    def label(self, number: int, size: tuple[int, int]) -> UInt16[np.ndarray, "H W"]:
        """The label map of an image."""
        raise NotImplementedError

    def category(self, record: Mapping[str, Any], where: str) -> int:
        """The category of an annotation; raises `DataError` if the file does not list it."""
        number = value(record, "category_id", int, where)
        if number not in self.categories:
            raise DataError(
                f"{where}: has the category {number}, which is none of the {len(self.categories)} in categories "
                f"({', '.join(map(str, list(self.categories)[:8]))}, ...); expected one of them. Add it there, or take "
                "the annotation out."
            )
        return number

    def _categories(self, content: Record) -> dict[int, Entry]:
        found: dict[int, Entry] = {}
        for place, record in enumerate(records(content, "categories", f"{self.file}")):
            where = f"{self.file}, categories[{place}]"
            number, name = value(record, "id", int, where), value(record, "name", str, where)
            if number in found or not 0 <= number < 2**16 - 1:
                state = "stands twice" if number in found else "is no value of a label map"
                raise DataError(f"{where}: the id {number} {state}; expected each once, from 0 to 65534.")
            found[number] = Entry(name=name, id=number, draw=_color(record.get("color")))
        if not found:
            raise DataError(f"{self.file}: lists no category; expected {self.what}. Export the annotations again.")
        return found

    def _images(self, content: Record) -> dict[int, Record]:
        found: dict[int, Record] = {}
        names: set[str] = set()
        for place, record in enumerate(records(content, "images", f"{self.file}")):
            where = f"{self.file}, images[{place}]"
            number, name = value(record, "id", int, where), value(record, "file_name", str, where)
            path = PurePosixPath(name)
            if number in found or path.with_suffix("").as_posix() in names:
                raise DataError(
                    f"{where}: image {number} ({name}) stands twice; expected each once, under its own name."
                )
            if path.is_absolute() or ".." in path.parts or not path.name:
                raise DataError(f"{where}: file_name is {name!r}; expected a name below {self.folder}.")
            existing(self.folder / name, f"image {number} of {self.file}", folder=False)
            found[number] = record
            names.add(path.with_suffix("").as_posix())
        if not found:
            raise DataError(f"{self.file}: lists no image; expected {self.what}. Export the annotations again.")
        return found

    def _by_image(self, content: Record) -> dict[int, list[tuple[str, Record]]]:
        """The annotations of each image with their places in the file."""
        found: dict[int, list[tuple[str, Record]]] = {number: [] for number in self.images}
        for place, record in enumerate(records(content, "annotations", f"{self.file}")):
            where = f"{self.file}, annotations[{place}]"
            number = value(record, "image_id", int, where)
            if number not in found:
                raise DataError(
                    f"{where}: is of image {number}, which images does not list; expected one of these. Add it, or "
                    "take the annotation out."
                )
            found[number].append((where, record))
        return found


class Instances(_Coco):
    """Polygons and run lengths of instances: instances_*.json, and what annotation tools export as COCO."""

    what = "COCO's instances, with images, annotations and categories"

    def label(self, number: int, size: tuple[int, int]) -> UInt16[np.ndarray, "H W"]:
        """Paint the instances of an image, large ones first."""
        label = np.full(size, self.void, np.uint16)
        drawn = [
            (self.category(record, where), mask_of(record, size, where)) for where, record in self.by_image[number]
        ]
        for category, mask in sorted(drawn, key=lambda instance: -int(instance[1].sum())):
            label[mask] = category
        return label


class Panoptic(_Coco):
    """Panoptic PNGs: panoptic_*.json with a PNG for each image, in the folder beside it that has its name.

    A pixel's color is the number of a segment, R + 256 G + 65536 B; 0 is no segment.
    """

    what = "COCO's panoptic annotations, with images, annotations and categories"

    def __init__(self, annotations: Path, images: Path, rest: str = ""):
        super().__init__(annotations, images, rest)
        self.pictures = existing(
            annotations.with_suffix(""), f"the folder of the PNGs of {annotations.name}", folder=True
        )

    def label(self, number: int, size: tuple[int, int]) -> UInt16[np.ndarray, "H W"]:
        """The categories of the segments of an image."""
        if len(self.by_image[number]) != 1:
            raise DataError(
                f"{self.file}, image {number}: has {len(self.by_image[number])} annotations; expected one, with its "
                "PNG and all its segments. Restore the file."
            )
        where, record = self.by_image[number][0]
        png = self.pictures / PurePosixPath(value(record, "file_name", str, where)).name
        segments = _segments(existing(png, f"the segments of image {number}", folder=False))
        if segments.shape != size:
            raise DataError(
                f"{png}: measures {segments.shape[1]}x{segments.shape[0]} (width x height), but {self.file} says "
                f"{size[1]}x{size[0]} for image {number}; expected equal sizes. Restore both from one archive."
            )
        numbers, places = np.unique(segments, return_inverse=True)
        known = {0: self.void}
        for place, segment in enumerate(records(record, "segments_info", where)):
            inside = f"{where}, segments_info[{place}]"
            known[value(segment, "id", int, inside)] = self.category(segment, inside)
        unknown = [int(found) for found in numbers if int(found) not in known]
        if unknown:
            raise DataError(
                f"{png}: holds the segment {unknown[0]}, which segments_info of image {number} in {self.file} does not "
                "list; expected PNG and JSON of one data set. Restore both from one archive."
            )
        return np.array([known[int(found)] for found in numbers], np.uint16)[places].reshape(size)


def _segments(png: Path) -> UInt32[np.ndarray, "H W"]:
    rgb = decode(png, ("RGB",), "an RGB image of segments", exact=True).astype(np.uint32)
    return rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2]


def _color(found: Any) -> Color | None:
    """A category's color, where it has one that is a color."""
    if isinstance(found, list) and len(found) == 3 and all(isinstance(n, int) and 0 <= n <= 255 for n in found):
        return (found[0], found[1], found[2])
    return None
