"""A person's own folder as a data set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.about import About
from annn.data.config import Own, OwnClass
from annn.data.files import DECODING_ERRORS, Crop, FileDataset, Pair
from annn.data.images import to_rgb
from annn.data.own.description import PARTS, read_description, slug, space_of_classes
from annn.data.own.labels import LabelReader
from annn.data.own.matching import SOURCE, Labels, match
from annn.data.own.splits import divide, in_words, parts_of, split_of, tested_on
from annn.errors import DataError
from annn.files import project_root

_USUAL = 480 * 640  # pixels of the images that FileDataset.crops are for
_LOOKED_AT = 200  # images whose sizes decide the crops


class OwnFolder(FileDataset):
    """One split of a folder with images/, labels/ and classes.toml.

    `root` is the folder, or a classes.toml elsewhere that names it. A class for each folder, which `own_reader` or
    `reader_of` makes, holds its name and label space. Raises `DataError` for what does not fit together, and where
    classes.toml has other classes than those that a recipe was made for.
    """

    own: ClassVar[Own]  # pyright: ignore[reportIncompatibleVariableOverride]
    splits: ClassVar = PARTS
    official: ClassVar = {}
    source = SOURCE
    citation = ""

    def __init__(self, root: str | Path, split: str) -> None:
        self.description = read_description(root)
        if self.description.classes != self.own.classes:
            raise DataError(
                f"{self.description.file}: its classes are not those that this recipe was made for "
                f"({_difference(self.description.classes, self.own.classes)}); expected the same. Restore them, or "
                "train again on the folder as it is now: --data."
            )
        if split not in (parts := parts_of(split_of(self.description))):
            raise DataError(
                f"{self.description.file}: there is no split '{split}' ({in_words(self.description)}); expected one of "
                f"{', '.join(parts)}. Add it to [split], or name another with --split."
            )
        self._labels: dict[str, Labels] = {}
        self._reader = LabelReader(self.own.classes, self.space, self.description.file)
        super().__init__(self.description.files.folder, split)
        self.layout = in_words(self.description)
        self.about = About.of(self.description.file.parent, self.root)

    def __reduce__(self) -> tuple[Any, ...]:
        """Loader processes make the class of the folder anew."""
        return _again, (self.name, self.own, self.__dict__)

    def find_pairs(self) -> tuple[Pair, ...]:
        chosen = divide(self.description, match(self.description), self.split)
        pairs = []
        for name, (image, labels) in chosen.items():
            flat = re.sub(r"[/\\]", "_", name)
            if flat in self._labels:
                raise DataError(
                    f"{image}: would be called '{flat}' as another image is, in the files that are written about it; "
                    "expected names that differ by more than / and _. Rename one of the images and its labels."
                )
            self._labels[flat] = labels
            pairs.append(Pair(flat, image, labels.file))
        return tuple(pairs)

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The image as RGB, of any ordinary kind (`images.to_rgb`)."""
        return to_rgb(pair.image)

    def read_label(self, pair: Pair) -> UInt8[np.ndarray, "H W"]:
        return self._reader.read(self._labels[pair.name])

    def files(self) -> tuple[Path, ...]:
        labels = self._labels
        return tuple(dict.fromkeys(path for pair in self.pairs for path in (pair.image, *labels[pair.name].files)))

    def identity(self) -> Iterator[str]:
        """Lines with what classes.toml says of the classes, and names and sizes of the files.

        Names begin at the folder; those of files outside of it, which lists may name, at the file system's root.
        """
        yield repr(self.own.classes)
        for path in self.files():
            name = path.relative_to(self.root) if path.is_relative_to(self.root) else path
            yield f"{name.as_posix()} {path.stat().st_size}"

    @property
    def called(self) -> str:
        return str(self.description.file)

    @property
    def credit(self) -> str:
        """The name of the folder's data, and what its about.toml says of citation and licence."""
        if self.stand_in:
            return ""
        about = self.about
        return ", ".join(filter(None, (about.name or self.name, about.citation, about.licence)))

    @property
    def in_words(self) -> str:
        if self.stand_in:
            return super().in_words
        split = ", ".join(filter(None, (self.split, self.about.split)))
        return f"{len(self)} images of {self.about.name or self.name} ({split})"


def own_reader(place: str | Path, taken: Mapping[str, Any] | None = None) -> type[OwnFolder]:
    """The reader of the folder, or classes.toml, at a place. taken: names that data sets of the library have.

    Raises DataError where the folder is not described or has no image.
    """
    path = own_place(place)
    description = read_description(path)
    name = slug(description.name)
    name = f"own-{name}" if name in (*(taken or ()), "real", "stand-in", "all") else name
    split = split_of(description)
    kind = reader_of(name, Own(place=short_place(path), classes=description.classes))
    images = list(match(description).images.values())
    crops = fitting_crops(images[:: max(1, len(images) // _LOOKED_AT)])
    return type(kind.__name__, (kind,), {"test_split": tested_on(split), "crops": crops, "splits": parts_of(split)})


def reader_of(name: str, own: Own) -> type[OwnFolder]:
    """The reader of a folder by what a recipe says of it; the folder is not looked at."""
    return type("OwnFolder", (OwnFolder,), {"name": name, "own": own, "space": space_of_classes(name, own.classes)})


def own_place(place: str | Path) -> Path:
    """A path of a folder or file, from the current folder or, where it is not there, from the project's root on."""
    path = Path(place).expanduser()
    return path if path.is_absolute() or path.exists() else project_root() / path


def is_place(text: str) -> bool:
    """Whether a text is the path of a folder or of a classes.toml, not the name of a data set."""
    path = own_place(text)
    return path.is_dir() or path.suffix == ".toml" or any(sign in text for sign in "/\\~") or text in (".", "..")


def fitting_crops(images: list[Path]) -> dict[str, Crop]:
    """The presets' crops for images of this size: those of `FileDataset`, which are for about 480x640, scaled.

    Portraits have upright crops. Small images are enlarged, large ones shrink.
    """
    sizes = [size for path in images if (size := _size(path)) is not None]
    if not sizes:
        return dict(FileDataset.crops)
    widths, heights = np.median(np.array(sizes), axis=0)
    factor = float(f"{(_USUAL / (widths * heights)) ** 0.5:.2g}")
    crops = {}
    for preset, crop in FileDataset.crops.items():
        low, high = (round(factor * scale, 4) for scale in crop.scale)
        size = crop.size if widths >= heights else (crop.size[1], crop.size[0])
        crops[preset] = Crop(size=size, scale=(low, high), test_scale=round(factor * crop.test_scale, 4))
    return crops


def _size(path: Path) -> tuple[int, int] | None:
    """Width and height from the header; None for a file that Pillow cannot open, which is told when it is read."""
    try:
        with Image.open(path) as file:
            turned = file.getexif().get(0x0112, 1) > 4  # EXIF: shown on its side
            return (file.height, file.width) if turned else file.size
    except DECODING_ERRORS:
        return None


def short_place(path: Path) -> str:
    """A path from the project's root on, where it lies in the project, else from the file system's root on."""
    path, root = path.resolve(), project_root()
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _difference(found: tuple[OwnClass, ...], expected: tuple[OwnClass, ...]) -> str:
    """How two lists of classes differ, in words."""
    names, wanted = [entry.name for entry in found], [entry.name for entry in expected]
    if names != wanted:
        return f"found {', '.join(names)}; expected {', '.join(wanted)}"[:400]
    changed = [a.name for a, b in zip(found, expected, strict=True) if a != b]
    return f"other ids, colours or marks of {', '.join(changed)}"[:400]


def _again(name: str, own: Own, state: dict[str, Any]) -> OwnFolder:
    kind = reader_of(name, own)
    dataset = kind.__new__(kind)
    dataset.__dict__.update(state)
    return dataset
