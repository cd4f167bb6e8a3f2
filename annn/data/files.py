"""What all readers of image and label files share: samples, decoding, and the errors of damaged files."""

import pkgutil
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.config import StandIn
from annn.data.space import LabelSpace
from annn.errors import DataError

STAND_IN_FILE = "stand_in.json"
"""A folder with this file at its root holds generated data in the layout of a real data set."""

# What Pillow raises on damaged files: OSError for truncated or unknown content, the others from single format readers.
# The bomb's warning is raised only where warnings are errors.
DECODING_ERRORS = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip


class Sample(NamedTuple):
    """One image and its label map, of equal size: RGB in 0..255, and train ids with `IGNORE` where nothing counts."""

    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"]
    name: str


class Pair(NamedTuple):
    """Where one image and its label map lie; `name` is the file name without what is common to all."""

    name: str
    image: Path
    label: Path


@runtime_checkable
class Dataset(Protocol):
    """What training and evaluation ask of a data set; `stand_in` says that its content is generated, not real."""

    space: LabelSpace
    split: str
    root: Path
    stand_in: bool

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample: ...


@dataclass(frozen=True, kw_only=True)
class Crops:
    """How the presets quick and standard see a data set's real images.

    quick, standard: what they train on, (height, width). scale, test_scale: of the quick preset, which sees images
    whole but smaller: the range of the random scale in training, and the scale in tests.
    """

    quick: tuple[int, int]
    scale: tuple[float, float]
    test_scale: float
    standard: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Generator:
    """What draws scenes in the files of a data set, to stand in for it.

    folder: how the names of their folders begin. words: what they are, for people. writer: "module:function", imported
    when scenes are written, so that no reader imports what draws. sizes: how many scenes, and how large, by preset.
    """

    folder: str
    words: str
    writer: str
    sizes: Mapping[str, StandIn]

    def name(self, scenes: StandIn) -> str:
        """The name of a folder with these scenes."""
        height, width = scenes.size
        return f"{self.folder}-{height}x{width}-train{scenes.train}-val{scenes.val}-seed{scenes.seed}"

    def write(self, root: Path, scenes: StandIn, *, workers: int = 1, progress: bool = True) -> Path:
        """Write the scenes to `root`, whole or not at all, and return it; at once where they lie there already."""
        write = pkgutil.resolve_name(self.writer)
        where = {"workers": workers, "progress": progress}
        return write(root, train=scenes.train, val=scenes.val, size=scenes.size, seed=scenes.seed, **where)


class FileDataset:
    """Image and label files of one split; the data sets differ in how they find their pairs, and some in how they read.

    What is known of a data set stands in its class, and nowhere else. `layout` says which of several layouts was found,
    where a data set has more than one.
    """

    name: ClassVar[str]  # of the data set, in commands and in recipes
    space: LabelSpace
    other_spaces: ClassVar[tuple[LabelSpace, ...]] = ()  # in which it can be read, too
    splits: ClassVar[tuple[str, ...]]
    test_split: ClassVar[str] = "val"  # the split whose scores are reported
    official: ClassVar[dict[str, int]]  # images per split in the published data set
    source: ClassVar[str]  # where to get it
    streets: ClassVar[bool] = False  # Table 2 and Figure 1 take any set of streets
    crops: ClassVar[Crops] = Crops(quick=(120, 160), scale=(0.22, 0.32), test_scale=0.25, standard=(240, 320))
    generator: ClassVar[Generator | None] = None
    layout: str | None = None

    def __init__(self, root: str | Path, split: str) -> None:
        if split not in self.splits:
            raise DataError(
                f"{self.space.name} has no split '{split}' to train or evaluate on; use {either(self.splits)}."
            )
        self.split = split
        self.root = existing_folder(Path(root), self.space.name, self.source)
        self.stand_in = is_stand_in(root)
        self.pairs = self.find_pairs()

    def find_pairs(self) -> tuple[Pair, ...]:
        """Match the split's images with their label maps; at least one, or `DataError`."""
        raise NotImplementedError

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The image of a pair as RGB."""
        return decode(pair.image, ("RGB",), "an 8-bit RGB image")

    def read_label(self, pair: Pair) -> UInt8[np.ndarray, "H W"]:
        """The label map of a pair as train ids."""
        ids = decode(pair.label, ("L", "P"), "a single-channel 8-bit label map")  # P: the value is the palette index
        return self.space.encode(ids, pair.label)

    def files(self) -> tuple[Path, ...]:
        """Every file that the split's samples are read from, each once; a pair may share its files with others."""
        return tuple(dict.fromkeys(path for pair in self.pairs for path in (pair.image, pair.label)))

    def identity(self) -> Iterator[str]:
        """Lines that change whenever the split's samples do, as far as names and sizes of files tell."""
        yield from (f"{path.relative_to(self.root).as_posix()} {path.stat().st_size}" for path in self.files())

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Sample:
        """Decode one pair; raises `DataError` for a file that is damaged, of the wrong kind, or of another size."""
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

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))


def is_stand_in(root: str | Path) -> bool:
    """Whether the folder says of itself that it holds generated data."""
    return (Path(root) / STAND_IN_FILE).is_file()


def decode(path: Path, modes: tuple[str, ...], expected: str) -> np.ndarray:
    """Read a file with Pillow into a new array; raises `DataError` where it is no readable file of these modes."""
    try:
        with Image.open(path) as file:
            if file.mode in modes:
                return np.array(file)
            found = file.mode
    except FileNotFoundError:
        raise DataError(f"{path}: this file is gone; expected {expected}. Restore it from the archive.") from None
    except DECODING_ERRORS as error:
        raise DataError(
            f"{path}: this file cannot be decoded ({error}); expected {expected}. It is truncated, damaged or no "
            f"image: restore it from the data set's archive."
        ) from error
    raise DataError(
        f"{path}: found an image of Pillow mode '{found}', expected {expected} (mode {either(modes)}). "
        f"Restore the file from the data set's archive."
    )


def refuse_lonely(those: Mapping[str, Path], others: Mapping[str, Path], what: str, missing: str, source: str) -> None:
    """Raise `DataError` for the first of those files that has no counterpart among the others.

    what, missing: what those and the others are. source: where the missing files are to be had.
    """
    lonely = sorted(those.keys() - others.keys())
    if lonely:
        more = f", nor have {len(lonely) - 1} others" if len(lonely) > 1 else ""
        raise DataError(
            f"{those[lonely[0]]}: this {what} has no {missing}{more} ({len(those)} {what}s, {len(others)} {missing}s "
            f"found); expected one {missing} for each {what}. Restore the missing files {source}."
        )


def existing_folder(folder: Path, what: str, source: str) -> Path:
    """The folder itself; raises `DataError`, with what its nearest parent holds instead, where it does not exist."""
    if folder.is_dir():
        return folder
    parent = next(parent for parent in folder.parents if parent.is_dir())
    found = "is a file, not a folder" if folder.exists() else f"does not exist; {parent} holds {content(parent)}"
    raise DataError(
        f"{folder}: the folder of {what} {found}. {source} (`data/README.md`); `annn data check` then says what "
        f"is there."
    )


def content(folder: Path) -> str:
    """The first few names in a folder, for an error message."""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") if names else "nothing"


def either(names: tuple[str, ...]) -> str:
    """Names as a choice: 'a', 'b' or 'c'."""
    quoted = [f"'{name}'" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _size(array: np.ndarray) -> str:
    return f"{array.shape[1]}x{array.shape[0]}"
