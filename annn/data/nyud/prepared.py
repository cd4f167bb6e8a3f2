"""The folder layouts in which other projects prepared NYUD-V2."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from annn.data.files import Pair
from annn.data.folders import absence, names_in
from annn.data.images import SUFFIXES
from annn.data.lists import each_once, read_list
from annn.data.nyud.labels import NYUD, NYUD_MASKS
from annn.data.space import LabelSpace
from annn.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A folder layout: how to recognise it, its label files, and how to find its pairs.

    marks: paths below the root; one of them is enough to recognise the layout. `find(root, split, source)` raises
    `DataError` for lists and files that are missing or cannot be read.
    """

    name: str
    marks: tuple[str, ...]
    labels: LabelSpace
    find: Callable[[Path, str, str], tuple[Pair, ...]]

    def is_in(self, root: Path) -> bool:
        return any((root / mark).exists() for mark in self.marks)


def _find_listed(root: Path, split: str, source: str) -> tuple[Pair, ...]:
    """RefineNet's family: `<image path><TAB><label path>` per line; of a path only folder and file name are used."""
    path = root / {"train": "train.nyu", "test": "val.nyu"}[split]
    files = _Files(source)
    pairs = []
    for where, fields in read_list(path, "'<image> <label>'", source):
        parts = [PurePosixPath(field).parts[-2:] for field in fields]
        if [len(part) for part in parts] != [2, 2] or parts[0][1] != parts[1][1]:
            raise DataError(
                f"{where}: found '{' '.join(fields)[:120]}', expected 'train_images/<stem>.png "
                f"train_labels/<stem>.png' with one stem, separated by a tab. Restore the list."
            )
        (image_folder, name), (label_folder, _) = parts
        stem = PurePosixPath(name).stem
        image = files.find(root / image_folder, stem, where)
        pairs.append((where, Pair(stem, image, files.find(root / label_folder, stem, where))))
    return each_once(pairs)


def _find_flat(root: Path, split: str, source: str) -> tuple[Pair, ...]:
    """CMX and DFormer: stems, or paths (only their stem is used), in train.txt and test.txt."""
    return _find_stems(root, split, source, root / "RGB", root / "Label")


def _find_per_split(root: Path, split: str, source: str) -> tuple[Pair, ...]:
    """ESANet: stems in train.txt and test.txt, files in a folder per split."""
    return _find_stems(root, split, source, root / split / "rgb", root / split / "labels_40")


def _find_stems(root: Path, split: str, source: str, images: Path, labels: Path) -> tuple[Pair, ...]:
    path, files = root / f"{split}.txt", _Files(source)
    pairs = []
    for where, fields in read_list(path, "a stem", source):
        stem = PurePosixPath(fields[0]).stem
        pairs.append((where, Pair(stem, files.find(images, stem, where), files.find(labels, stem, where))))
    return each_once(pairs)


class _Files:
    """The images of folders by their stems; each folder is listed once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.folders: dict[Path, dict[str, Path]] = {}

    def find(self, folder: Path, stem: str, where: str) -> Path:
        if folder not in self.folders:
            names = sorted(name for name in names_in(folder) if name.lower().endswith(SUFFIXES))
            self.folders[folder] = {PurePosixPath(name).stem: folder / name for name in names}
        if stem not in self.folders[folder]:
            near = [path for path in sorted(folder.glob("*")) if path.stem == stem and path.suffix.lower() in SUFFIXES]
            link = f" ({near[0].name} {absence(near[0])})" if near else ""
            raise DataError(
                f"{folder}: holds no file '{stem[:120]}' with an image's extension{link}, which {where} names "
                f"({len(self.folders[folder])} files are there). Complete the folder, or take the line out."
            )
        return self.folders[folder][stem]


LAYOUTS = (
    Layout(
        name="the lists train.nyu and val.nyu (RefineNet's family)",
        marks=("train.nyu", "val.nyu"),
        labels=NYUD_MASKS,
        find=_find_listed,
    ),
    Layout(name="RGB/ and Label/ (CMX, DFormer)", marks=("RGB", "Label"), labels=NYUD, find=_find_flat),
    Layout(
        name="{train,test}/rgb and labels_40 (ESANet)",
        marks=("train/labels_40", "test/labels_40"),
        labels=NYUD,
        find=_find_per_split,
    ),
)
