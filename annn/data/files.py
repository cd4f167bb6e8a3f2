"""The common parts of all readers: samples, decoding, and the errors for damaged files."""

import pkgutil
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from PIL.ImageFile import ImageFile

from annn.data.about import About
from annn.data.config import Own, StandIn
from annn.data.folders import existing_folder, tell_hidden
from annn.data.space import LabelSpace
from annn.errors import DataError

STAND_IN_FILE = "stand_in.json"
"""This file at the root of a folder marks generated data in the layout of a real data set."""

# The errors of Pillow for damaged files: OSError for truncated or unknown content, the others from single formats.
# DecompressionBombWarning is raised only if warnings are errors.
DECODING_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip

# Pillow's formats that give ids back as they were written; TIFF only without the compressions of photographs.
_EXACT = ("BMP", "GIF", "PNG", "TIFF")
_LOSSY = ("jpeg", "tiff_jpeg", "webp")


class Sample(NamedTuple):
    """One image and its label map of equal size: RGB in 0..255, and train ids with `IGNORE` for ignored pixels."""

    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"]
    name: str


class Pair(NamedTuple):
    """The paths of one image and its label map; `name` is the file name without the parts common to all."""

    name: str
    image: Path
    label: Path


@runtime_checkable
class Dataset(Protocol):
    """The interface of a data set for training and evaluation; `stand_in` is true for generated data."""

    space: LabelSpace
    split: str
    root: Path
    stand_in: bool

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample: ...


@dataclass(frozen=True, kw_only=True)
class Crop:
    """How a preset sees a data set's real images.

    size: of the crops for training, (height, width). scale: the range of the random scale in training. test_scale: the
    single scale in tests. split: that it is trained on. stride: the output stride of the rows of a table; what they
    continue from has the preset's (`evening` alone).
    """

    size: tuple[int, int]
    scale: tuple[float, float] = (0.5, 2.0)
    test_scale: float = 1.0
    split: str = "train"
    stride: int | None = None


@dataclass(frozen=True, kw_only=True)
class Generator:
    """A generator of scenes that replace a data set, in its file layout.

    folder: the prefix of the folder names. words: a readable description. writer: "module:function", imported only when
    scenes are written, so that readers do not import drawing code. sizes: number and size of the scenes by preset.
    """

    folder: str
    words: str
    writer: str
    sizes: Mapping[str, StandIn]

    def scenes(self, preset: str) -> StandIn:
        """The scenes of a preset; "evening" trains longer on those of "quick"."""
        return self.sizes["quick" if preset == "evening" else preset]

    def name(self, scenes: StandIn) -> str:
        """The name of the folder for these scenes."""
        height, width = scenes.size
        return f"{self.folder}-{height}x{width}-train{scenes.train}-val{scenes.val}-seed{scenes.seed}"

    def write(self, root: Path, scenes: StandIn, *, workers: int = 1, progress: bool = True) -> Path:
        """Write the scenes to `root`, whole or not at all, and return it; existing scenes are kept."""
        write = pkgutil.resolve_name(self.writer)
        return write(
            root,
            train=scenes.train,
            val=scenes.val,
            size=scenes.size,
            seed=scenes.seed,
            workers=workers,
            progress=progress,
        )


class FileDataset:
    """Image and label files of one split. Subclasses find the pairs, and some read files in their own way.

    All facts about a data set are in its class. `layout` names the layout on disk if the data set has several.
    """

    name: ClassVar[str]  # in commands and recipes
    space: LabelSpace
    other_spaces: ClassVar[tuple[LabelSpace, ...]] = ()  # further spaces that the reader supports
    splits: ClassVar[tuple[str, ...]]
    test_split: ClassVar[str] = "val"  # the split whose scores are reported
    official: ClassVar[dict[str, int]]  # images per split in the published data set
    joined: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # further splits, each of several published ones
    source: ClassVar[str]  # where to get the data
    citation: ClassVar[str]  # what a figure names beside its images
    streets: ClassVar[bool] = False  # street scenes: can be used for Table 2 and Figure 1
    crops: ClassVar[Mapping[str, Crop]] = {
        "quick": Crop(size=(257, 321), scale=(0.5, 1.2), test_scale=0.8),
        "evening": Crop(size=(257, 321), scale=(0.5, 1.2), test_scale=0.8),
        "standard": Crop(size=(320, 416)),
    }  # of real images of about 480x640, by preset
    generator: ClassVar[Generator | None] = None
    own: ClassVar[Own | None] = None  # of a person's own folder (data.own)
    layout: str | None = None
    about: About = About()

    def __init__(self, root: str | Path, split: str) -> None:
        if split not in self.splits:
            raise DataError(
                f"{self.space.name} has no split '{split}' to train or evaluate on; use {either(self.splits)}."
            )
        self.split = split
        self.root = existing_folder(Path(root), self.space.name, self.source)
        self.stand_in = is_stand_in(root)
        self.pairs = self.find_pairs()
        self.about = About.of(Path(root), self.root)  # find_pairs may have found the data in a folder below
        files = self.files()
        tell_hidden((path.parent for path in files), tuple({path.suffix.lower() for path in files}))

    def find_pairs(self) -> tuple[Pair, ...]:
        """Match images with label maps; raises `DataError` if there are none."""
        raise NotImplementedError

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The image of a pair as RGB."""
        return decode(pair.image, ("RGB",), "an 8-bit RGB image")

    def read_label(self, pair: Pair) -> UInt8[np.ndarray, "H W"]:
        """The label map of a pair as train ids."""
        return self.space.encode(decode_labels(pair.label), pair.label)

    @property
    def called(self) -> str:
        """How commands name the data set, in messages."""
        return self.name

    @property
    def credit(self) -> str:
        """What a figure with images of the set prints: its name and citation; empty for generated scenes."""
        if self.stand_in:
            return ""
        own = ", ".join(filter(None, (self.about.citation, self.about.licence)))
        return f"{self.about.name or self.space.name}, {own or self.citation}"

    @property
    def in_words(self) -> str:
        """What a score on this split is a score of: "500 images of Cityscapes (val)", and how far it is another set."""
        if self.stand_in:
            return f"{len(self)} images of generated stand-in scenes ({self.split})"
        split = ", ".join(filter(None, (self.split, self.about.split)))
        if (published := self.published(self.split)) != len(self):
            split += f"; published{f' {self.space.name}' if self.about.name else ''}: {published}"
        return f"{len(self)} images of {self.about.name or self.space.name} ({split})"

    @classmethod
    def published(cls, split: str) -> int:
        """How many images a split has in the published data set."""
        return sum(cls.official.get(part, 0) for part in cls.joined.get(split, (split,)))

    def files(self) -> tuple[Path, ...]:
        """Every file of the split, once; several pairs may share a file."""
        return tuple(dict.fromkeys(path for pair in self.pairs for path in (pair.image, pair.label)))

    def identity(self) -> Iterator[str]:
        """Lines that identify the samples of the split by the names and sizes of their files."""
        yield from (f"{path.relative_to(self.root).as_posix()} {path.stat().st_size}" for path in self.files())

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Sample:
        """Read one pair; raises `DataError` for a damaged file, the wrong kind of file, or different sizes."""
        pair = self.pairs[index]
        image, label = self.read_image(pair), self.read_label(pair)
        if image.shape[:2] != label.shape:
            raise DataError(
                f"{pair.label}: the label map measures {_size(label)} (width x height), but its image {pair.image} "
                f"{_size(image)}; expected equal sizes. Restore both files from the data set's archives."
            )
        return Sample(image, label, pair.name)

    def first(self, count: int = 0) -> list[Sample]:
        """The first so many images with their labels, or all of fewer; 0 takes all."""
        return [self[index] for index in range(min(count or len(self), len(self)))]

    def spread(self, count: int = 0) -> list[Sample]:
        """So many images with their labels, evenly spread over the split, or all of fewer; 0 takes all.

        The files of a split are often frames of a few drives in their order: the first ones would be of one drive.
        """
        places = np.linspace(0, len(self), min(count or len(self), len(self)), endpoint=False)
        return [self[int(place)] for place in places]

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))


def is_stand_in(root: str | Path) -> bool:
    """Whether the folder is marked as generated data."""
    return (Path(root) / STAND_IN_FILE).is_file()


def decode_labels(path: Path) -> UInt8[np.ndarray, "H W"]:
    """The ids of a label map; raises `DataError` as `decode` does, also for a lossy format under any name."""
    return decode(path, ("L", "P"), "a single-channel 8-bit label map", exact=True)  # P: the value is the palette index


def decode(path: Path, modes: tuple[str, ...], expected: str, *, exact: bool = False, to: str = "") -> np.ndarray:
    """Read a file with Pillow into a new array; raises `DataError` if it is damaged or has another mode.

    exact: for ids; refuses formats whose values may differ from those written, by the content, not by the name. to: the
    mode to convert to, such as RGB for the colours of a palette.
    """
    try:
        with Image.open(path) as file:
            if exact:
                _check_exact(file, path, expected)
            if file.mode in modes:
                return np.array(file.convert(to) if to else file)
            mode = file.mode
    except FileNotFoundError:
        raise DataError(f"{path}: this file is missing; expected {expected}. Restore it from the archive.") from None
    except PermissionError:
        raise  # not damaged: nothing to restore
    except DECODING_ERRORS as error:
        raise DataError(
            f"{path}: this file cannot be decoded ({error}); expected {expected}. It is truncated, damaged or not "
            f"an image: restore it from the data set's archive."
        ) from error
    raise DataError(
        f"{path}: found an image of Pillow mode '{mode}', expected {expected} (mode {either(modes)}). "
        f"Restore the file from the data set's archive."
    )


def _check_exact(file: ImageFile, path: Path, expected: str) -> None:
    compression = file.info.get("compression")
    if file.format not in _EXACT or compression in _LOSSY:
        kind = f"{file.format} with {compression} compression" if file.format in _EXACT else file.format
        raise DataError(
            f"{path}: the content is {kind}, whatever the name says; expected {expected} as PNG, which keeps every id. "
            "Lossy formats change ids at the borders of objects. Restore the file from the data set's archive: saved "
            "as PNG, this one would keep its changed ids."
        )
    stored = [tile.args[0] if isinstance(tile.args, tuple) else tile.args for tile in file.tile]
    if any(str(kind).startswith("L;") for kind in stored):
        raise DataError(
            f"{path}: its grey values are not stored as bytes, and Pillow scales or inverts them (its '{stored[0]}'); "
            f"expected {expected}. Restore the file, or write its ids again as 8-bit PNG."
        )


def check_counterparts(
    files: Mapping[str, Path], counterparts: Mapping[str, Path], kind: str, other_kind: str, source: str
) -> None:
    """Raise `DataError` for the first file without a counterpart.

    kind, other_kind: names of the two kinds of files. source: where to get the missing files.
    """
    lonely = sorted(files.keys() - counterparts.keys())
    if lonely:
        more = f", and {len(lonely) - 1} more have none" if len(lonely) > 1 else ""
        raise DataError(
            f"{files[lonely[0]]}: this {kind} has no {other_kind}{more} (found {len(files)} {kind}s, "
            f"{len(counterparts)} {other_kind}s); expected one {other_kind} for each {kind}. "
            f"Restore the missing files {source}."
        )


def either(names: tuple[str, ...]) -> str:
    """Names as a list of alternatives: 'a', 'b' or 'c'."""
    quoted = [f"'{name}'" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _size(array: np.ndarray) -> str:
    return f"{array.shape[1]}x{array.shape[0]}"
