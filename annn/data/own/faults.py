"""What does not fit together in a person's folder: what was found, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from annn.data.own.contents import Contents
from annn.data.own.description import Description, read_description
from annn.data.own.labels import LabelReader
from annn.data.own.matching import Labels, Matched, match
from annn.data.own.reader import OwnFolder, own_place, own_reader, reader_of, short_place
from annn.data.own.splits import divide, parts_of, split_of
from annn.data.own.splits import in_words as split_in_words
from annn.data.space import IGNORE
from annn.errors import DataError


@dataclass(frozen=True)
class Fault:
    """A fault of a folder. kind: one word or two. stops: whether it must be mended; the others are only told."""

    kind: str
    text: str
    stops: bool = True

    def __str__(self) -> str:
        return f"{'FAULT' if self.stops else 'note'} ({self.kind}): {self.text}"


@dataclass(frozen=True, kw_only=True)
class FolderReport:
    """What `annn data check` says of a folder. parts: images by split. classes: a line for each."""

    name: str
    file: Path
    how: str
    parts: dict[str, str]
    classes: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def usable(self) -> bool:
        """Whether no fault must be mended."""
        return not any(fault.stops for fault in self.faults)

    def __str__(self) -> str:
        stopping = sum(fault.stops for fault in self.faults)
        noted = len(self.faults) - stopping
        end = f"{stopping} fault{'s' if stopping != 1 else ''} to mend" if stopping else "nothing has to be mended"
        lines = [f"{self.name}, described in {self.file}: {self.how}"]
        lines += [f"  {part:6} {words}" for part, words in self.parts.items()]
        lines += [f"  {line}" for line in self.classes] + [str(fault) for fault in self.faults]
        return "\n".join([*lines, end + (f", {noted} to know" if noted else "")])


def check_folder(place: str | Path, *, progress: bool = True) -> FolderReport:
    """Read every file of a person's folder and report what does not fit together.

    Raises DataError where there is nothing to read: no folder, no images, no labels, a classes.toml that is not
    understood.
    """
    kind = own_reader(place)
    dataset_space = reader_of(kind.name, kind.own).space
    description = read_description(own_place(place))
    matched = match(description)
    parts, faults = _parts(description, matched)
    read = Contents()
    reader = LabelReader(description.classes, dataset_space, description.file)
    jobs = [(part, image, labels) for part, chosen in parts.items() for image, labels in chosen.values()]
    for part, image, labels in tqdm(jobs, "checking", unit="image", disable=not progress):
        read.add(reader, part, image, labels)
    faults += _partners(description, matched, parts)
    faults += _of_files(description, read) + _duplicates(read) + _absent(dataset_space.classes, read, parts)
    if not any(fault.stops for fault in faults):
        faults += _opened(kind, place, list(parts))
    return FolderReport(
        name=kind.name,
        file=Path(short_place(description.file)),
        how=split_in_words(description),
        parts={part: _size_in_words(read.sizes[part], len(chosen)) for part, chosen in parts.items()},
        classes=tuple(_class_lines(dataset_space.classes, read, parts)),
        faults=tuple(faults),
    )


def _parts(description: Description, matched: Matched) -> tuple[dict[str, dict[str, tuple[Path, Labels]]], list[Fault]]:
    """The splits that can be read, and the faults of lists and sub-folders."""
    parts, faults = {}, []
    for part in parts_of(split_of(description)):
        try:
            parts[part] = divide(description, matched, part, strict=False)
        except DataError as error:
            faults.append(Fault("split", f"the split '{part}' cannot be used. {error}"))
    return parts, faults


def _opened(kind: type[OwnFolder], place: str | Path, parts: Sequence[str]) -> list[Fault]:
    """What only opening tells: names that would be the same in the files about an image."""
    faults = []
    for part in parts:
        try:
            kind(own_place(place), part)
        except DataError as error:
            faults.append(Fault("split", str(error)))
    return faults


def _partners(description: Description, matched: Matched, parts: dict) -> list[Fault]:
    """Images without labels, labels without image, and files whose names fit no pattern."""
    files, listed = description.files, bool(split_of(description).places) and _is_listed(description)
    faults = []
    for kind, names, paths, other in (
        ("image without labels", matched.without_labels, matched.images, f"{files.labels}, as {files.label}"),
        ("labels without image", matched.without_image, {n: entry.file for n, entry in matched.labels.items()},
         f"{files.images}, as {files.image}"),
    ):  # fmt: skip
        used = {image for chosen in parts.values() for image, _ in chosen.values()}
        names = [name for name in names if paths[name] not in used]
        if names:
            mend = "No list names them, so they do not count" if listed else "Add what is missing, or take them out"
            text = (
                f"{len(names)} without partner: {_some(paths[name] for name in names)}; expected it in {other}. {mend}."
            )
            faults.append(Fault(kind, text, stops=not listed))
    for folder, kind, strangers in zip(
        (files.images, files.labels), ("image", "label"), matched.strangers, strict=True
    ):
        if strangers:
            wanted = files.image if kind == "image" else files.label
            text = (
                f"{len(strangers)} files in {folder} do not fit {kind} = {wanted!r} and do not count: "
                f"{_some(strangers.values())}. If they should, change the pattern in {description.file}."
            )
            faults.append(Fault(f"{kind} names", text, stops=False))
    return faults


def _is_listed(description: Description) -> bool:
    files = description.files
    return all(
        (files.folder / place).is_file() or (description.file.parent / place).is_file()
        for place in split_of(description).places.values()
    )


def _of_files(description: Description, read: Contents) -> list[Fault]:
    faults = []
    if read.damaged:
        more = f" And {len(read.damaged) - 1} more files." if len(read.damaged) > 1 else ""
        faults.append(Fault("damaged file", read.damaged[0] + more))
    if read.differing:
        more = f" (and {len(read.differing) - 1} more)" if len(read.differing) > 1 else ""
        text = f"{read.differing[0]}{more}; expected equal sizes. Export the labels at the size of their images."
        faults.append(Fault("size", text))
    if read.unowned:
        listed = [
            f"{value}: {count} pixels in {len(read.owners[value])} files, such as {read.owners[value][0]}"
            for value, count in read.unowned.most_common(8)
        ]
        more = f"; and {len(read.unowned) - 8} more" if len(read.unowned) > 8 else ""
        text = (
            f"{len(read.unowned)} values or colours that no class of {description.file} owns. "
            f"{'; '.join(listed)}{more}. Add each to a class there, or as a class with ignore = true. Many rare "
            "colours come from smooth borders or JPEG: export the labels as PNG without smoothing."
        )
        faults.append(Fault("no class", text))
    if read.soft:
        text = (
            f"{len(read.soft)} masks hold more than two values: {_some(read.soft)}; all but 0 is taken as the class. "
            "Export them without smooth borders if these should not count."
        )
        faults.append(Fault("mask", text, stops=False))
    return faults


def _duplicates(read: Contents) -> list[Fault]:
    """Images with the same pixels in several splits."""
    shared = [parts for parts in read.contents.values() if len(parts) > 1]
    if not shared:
        return []
    examples = [" is ".join(f"{paths[0]} ({part})" for part, paths in parts.items()) for parts in shared]
    text = (
        f"{len(shared)} image{'s' if len(shared) > 1 else ''} with the same pixels in several splits, so a score would "
        f"be too good: {'; '.join(examples[:3])}. Take each out of one split (or mend [split])."
    )
    return [Fault("duplicate", text)]


def _absent(classes: Sequence[str], read: Contents, parts: Iterable[str]) -> list[Fault]:
    faults = []
    for part in parts:
        absent = [name for number, name in enumerate(classes) if not read.pixels[part][number]]
        if absent and part == "train":
            text = (
                f"no training image holds {', '.join(absent)}, which a network cannot learn so. Add such images to "
                "train, or give such a class ignore = true in classes.toml."
            )
            faults.append(Fault("class", text, stops=False))
        elif absent:
            text = f"no image of {part} holds {', '.join(absent)}: there is no score for them."
            faults.append(Fault("class", text, stops=False))
        if sum(read.pixels[part].values()) and not any(read.pixels[part][n] for n in range(len(classes))):
            faults.append(Fault("labels", f"every pixel of {part} is ignored; expected some of a class that counts."))
    return faults


def _class_lines(classes: Sequence[str], read: Contents, parts: Iterable[str]) -> list[str]:
    """A line for each class: its share of the pixels, and how many images hold it."""
    width, lines = max(map(len, [*classes, "(ignored)"])), []
    for number, name in [*enumerate(classes), (IGNORE, "(ignored)")]:
        words = []
        for part in parts:
            total = sum(read.pixels[part].values()) or 1
            share = 100 * read.pixels[part][number] / total
            words.append(f"{part} {share:5.1f} % in {read.holders[part][number]} images")
        lines.append(f"{name:{width}}  {'  '.join(words)}")
    return lines


def _size_in_words(sizes: Sequence[tuple[int, int]], count: int) -> str:
    if not sizes:
        return f"{count} images, none of which can be read"
    small, large = min(sizes, key=np.prod), max(sizes, key=np.prod)
    words = [f"{width}x{height}" for width, height in dict.fromkeys((small, large))]
    return f"{count} images of {' to '.join(words)} pixels"


def _some(paths: Iterable[Path]) -> str:
    listed = list(paths)
    return ", ".join(map(str, listed[:3])) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
