"""What the files of a person's folder hold: sizes, classes, values without a class, equal images."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from annn.data.files import DECODING_ERRORS, decode
from annn.data.images import to_rgb
from annn.data.own.labels import COLOUR, INDEX, LabelReader, has_colors, in_words, read_values
from annn.data.own.matching import Labels
from annn.errors import DataError


@dataclass
class Contents:
    """What reading the files of a folder has shown so far.

    pixels, holders: numbers of pixels and of images, by split and train id. sizes: (width, height), by split. contents:
    images by a hash of their pixels and by split. differing, damaged: a sentence for each file. unowned: pixels by a
    value that no class has, as text. owners: the files that hold it. soft: masks of more than two values.
    """

    pixels: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    holders: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    sizes: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    contents: dict[str, dict[str, list[Path]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    differing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unowned: Counter[str] = field(default_factory=Counter)
    owners: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    soft: list[Path] = field(default_factory=list)

    def add(self, reader: LabelReader, part: str, image: Path, labels: Labels) -> None:
        """Read an image of a split and its labels."""
        try:
            picture = to_rgb(image)
        except DataError as error:
            self.damaged.append(str(error))
            return
        self.sizes[part].append((picture.shape[1], picture.shape[0]))
        self.contents[hashlib.sha256(picture.tobytes()).hexdigest()][part].append(image)
        try:
            if labels.masks:
                train = reader.read(labels)
                self.soft += [path for _, path in labels.masks if _is_soft(path)]
            else:
                values = read_values(labels.file, reader.classes)
                train, strange = reader.encode(labels.file, values)
                coloured = has_colors(labels.file, reader.classes)
                for value in strange:
                    word = in_words(int(value), coloured)
                    self.unowned[word] += int((values == value).sum())
                    self.owners[word].append(labels.file)
        except DataError as error:
            self.damaged.append(str(error))
            return
        if train.shape != picture.shape[:2]:
            sizes = f"{train.shape[1]}x{train.shape[0]} (width x height), but its image {image} "
            self.differing.append(
                f"{labels.file} measures {sizes}{picture.shape[1]}x{picture.shape[0]}{_turned(image)}"
            )
        for value, count in zip(*np.unique(train, return_counts=True), strict=True):
            self.pixels[part][int(value)] += int(count)
            self.holders[part][int(value)] += 1


def _turned(image: Path) -> str:
    """A hint where the camera was held on its side."""
    with Image.open(image) as file:
        turned = file.getexif().get(0x0112, 1) > 4
    return " (the image is turned as its EXIF says; the labels were drawn on it as it is stored)" if turned else ""


def _is_soft(path: Path) -> bool:
    try:
        return len(np.unique(decode(path, (*INDEX, *COLOUR), "a mask", exact=True, to="L"))) > 2
    except (DataError, *DECODING_ERRORS):
        return False
