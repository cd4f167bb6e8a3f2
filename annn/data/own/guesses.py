"""What the names of files in a folder mean: which images and labels belong together, and what classes are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from annn.data.space import Color
from annn.errors import DataError

IMAGES = ("images", "image", "imgs", "img", "photos", "JPEGImages", "leftImg8bit", "rgb")
LABELS = ("labels", "label", "masks", "mask", "annotations", "annotation", "SegmentationClass", "gtFine", "gt")
NAMES = ("classes.txt", "labels.txt", "names.txt", "class_names.txt", "label_names.txt", "label_colors.txt",
         "class_dict.csv", "labelmap.txt")  # fmt: skip
"""Files that may hold the names of classes, one a line, some with red, green and blue."""
_PREFERRED = ("labelids", "label", "mask", "seg")  # in names of several files for one image: the first that one has


@dataclass(frozen=True)
class Patterns:
    """Patterns for classes.toml, the words of masks if each class has one, and what else was found and left out."""

    image: str
    label: str
    masks: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def guess_folder(folder: Path, usual: Sequence[str], what: str) -> str:
    """The name of the sub-folder for images or labels. Raises DataError where none has a usual name."""
    there = {path.name.lower(): path.name for path in sorted(folder.iterdir()) if path.is_dir()}
    if (name := next((there[name.lower()] for name in usual if name.lower() in there), None)) is None:
        raise DataError(
            f"{folder}: has no sub-folder of {what} (it holds {', '.join(there.values()) or 'no folder'}); expected "
            f"one called {usual[0]}, or {', '.join(usual[1:-1])} or {usual[-1]}. Rename the folder."
        )
    return name


def guess_patterns(images: Sequence[str], labels: Sequence[str], is_binary: Callable[[str], bool]) -> Patterns:
    """How images and labels are named, from their paths below their folders.

    is_binary: whether a label file holds two values at most. Raises DataError where no image and label share a name.
    """
    pictures, maps = (Counter(_stem(path) for path in paths) for paths in (images, labels))
    for suffix in dict.fromkeys(("", _common_end(list(pictures)))):
        names = {stem.removesuffix(suffix) for stem in pictures}
        image = "{name}" + suffix + _suffix(images, pictures)
        if (masks := _mask_folders(labels, names)) is not None:
            return Patterns(image, *masks)
        ends = _ends(maps, names)
        usual = [end for end, count in ends.most_common() if 2 * count >= len(names)]
        if len(usual) == 1:
            return Patterns(image, "{name}" + usual[0] + _suffix(labels, maps))
        if usual or sum(ends.values()) >= len(names) > 0:
            return _of_several(image, labels, names, usual or list(ends), is_binary)
    raise DataError(
        f"No image and label file share a name, for example {images[0]} and {labels[0]}; expected pairs such as a.jpg "
        "and a.png, or a_image.jpg and a_label.png. Rename the files, or write classes.toml with [files] yourself."
    )


def read_names(folder: Path) -> tuple[dict[int, str], dict[Color, str], str]:
    """Names of classes by index and by colour, from a text file beside the images, and the name of that file."""
    path = next((folder / name for name in NAMES if (folder / name).is_file()), None)
    if path is None:
        return {}, {}, ""
    ids, colors = {}, {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}, {}, ""
    for line in filter(None, map(str.strip, lines)):
        words = [word for word in re.split(r"[\s,;:\"]+", line) if word]
        numbers = [int(word) for word in words if word.isdigit()]
        name = " ".join(word for word in words if not word.isdigit())
        if name and len(numbers) >= 3 and max(numbers[-3:]) < 256:
            colors[numbers[-3], numbers[-2], numbers[-1]] = name
        elif name and len(numbers) <= 1:
            ids[numbers[0] if numbers else len(ids)] = name
    return ids, colors, path.name


def _of_several(
    image: str, labels: Sequence[str], names: set[str], ends: Sequence[str], is_binary: Callable[[str], bool]
) -> Patterns:
    """Several label files for each image: a mask for each class, or files of several kinds, of which one counts."""
    files = {end: next(path for path in labels if _end(_stem(path), names) == end) for end in ends}
    same = len({end[:1] for end in ends}) == 1
    if same and all(end and is_binary(path) for end, path in files.items()):
        sign = ends[0][0]
        words = tuple(sorted(end.removeprefix(sign) for end in ends))
        return Patterns(image, "{name}" + sign + "{class}.*", words)
    ranks = {
        end: next((i for i, word in enumerate(_PREFERRED) if word in end.lower()), len(_PREFERRED)) for end in ends
    }
    best = min(ends, key=lambda end: (ranks[end], len(end)))
    suffix = PurePosixPath(files[best]).suffix
    return Patterns(image, "{name}" + best + suffix, (), tuple(f"{{name}}{end}.*" for end in ends if end != best))


def _mask_folders(labels: Sequence[str], names: set[str]) -> tuple[str, tuple[str, ...]] | None:
    """A mask for each class in folders of classes, labels/road/a.png, or of images, labels/a/road.png."""
    outer, inner = set(), set()
    for path in labels:
        first, _, rest = _stem(path).partition("/")
        parent, _, last = _stem(path).rpartition("/")
        if rest in names and _stem(path) not in names:
            outer.add(first)
        if parent in names:
            inner.add(last)
    if len(outer) > 1:
        return "{class}/{name}.*", tuple(sorted(outer))
    return ("{name}/{class}.*", tuple(sorted(inner))) if len(inner) > 1 else None


def _ends(stems: Iterable[str], names: set[str]) -> Counter[str]:
    """How the stems of label files go on after the name of an image, and how many images have such a file."""
    return Counter(end for stem in stems if (end := _end(stem, names)) is not None)


def _end(stem: str, names: set[str]) -> str | None:
    """What follows the longest name of an image at the beginning of a stem; None where it begins with none."""
    cuts = [len(stem), *(match.start() for match in reversed(list(re.finditer(r"[_\-.]", stem))))]
    return next((stem[cut:] for cut in cuts if stem[:cut] in names), None)


def _common_end(stems: list[str]) -> str:
    """What all stems end with, from a sign between words on; empty for a single stem."""
    if len(stems) < 2:
        return ""
    shortest = min(stems, key=len)
    same = next((i for i in range(len(shortest)) if len({stem[-1 - i] for stem in stems}) > 1), len(shortest))
    end = shortest[len(shortest) - same :]
    match = re.search(r"[_\-.]", end)
    return end[match.start() :] if match else ""


def _suffix(paths: Sequence[str], stems: Counter[str]) -> str:
    """The suffix in a pattern: any, or the most usual one where files differ by it alone."""
    if max(stems.values()) == 1:
        return ".*"
    return Counter(PurePosixPath(path).suffix for path in paths).most_common(1)[0][0]


def _stem(path: str) -> str:
    return path.removesuffix(PurePosixPath(path).suffix)
