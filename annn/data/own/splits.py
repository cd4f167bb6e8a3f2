"""Which images a folder trains on, and which it tests on: by lists, by sub-folders, or by a share that is drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from annn.data.folders import absence, content
from annn.data.lists import read_list
from annn.data.own.description import PARTS, SEED, SHARE, Description, Split
from annn.data.own.matching import Labels, Matched
from annn.errors import DataError

LINE = "the name of an image, or an image and its label file"
_TESTED = ("test", "val")


def split_of(description: Description) -> Split:
    """How a folder is divided: as it says, else by the lists or sub-folders that are there, else a fifth for tests."""
    if description.split is not None:
        return description.split
    files = description.files
    lists = {part: f"{part}.txt" for part in PARTS if (files.folder / f"{part}.txt").is_file()}
    folders = {part: part for part in PARTS if (files.images / part).is_dir()}
    for places in (lists, folders):
        if "train" in places and any(part in places for part in _TESTED):
            return Split(places=places, shares={})
    return Split(places={}, shares={"test": SHARE}, seed=SEED)


def parts_of(split: Split) -> tuple[str, ...]:
    """The names of the splits that there are, "train" first."""
    return tuple(part for part in PARTS if part == "train" or part in split.places or part in split.shares)


def tested_on(split: Split) -> str:
    """The split whose scores are reported: "test" where there is one, else "val"."""
    return next(part for part in _TESTED if part in parts_of(split))


def in_words(description: Description) -> str:
    """How a folder is divided, for people."""
    split = split_of(description)
    if split.places:
        return "split by " + ", ".join(
            name if _list(description, name).is_file() else f"the sub-folder {name}" for name in split.places.values()
        )
    drawn = ", ".join(f"{part} {share:g}" for part, share in split.shares.items())
    return f"split by shares of all images ({drawn}; seed {split.seed})"


def divide(
    description: Description, matched: Matched, part: str, *, strict: bool = True
) -> dict[str, tuple[Path, Labels]]:
    """Image and labels by name, of one split, in its order. strict: no image and no labels may be without partner.

    Raises DataError for a list or sub-folder that is missing, an image that it names without being there, an image
    without labels and the other way round, and a split without any image.
    """
    split = split_of(description)
    if not split.places:
        if strict:
            _check_partners(description, matched, "")
        chosen = {name: (matched.images[name], matched.labels[name]) for name in _drawn(split, matched, part)}
    else:
        place = split.places[part]
        path = _list(description, place)
        listed = path.is_file()
        chosen = _listed(description, matched, path) if listed else _in_folder(description, matched, place, strict)
    if not chosen:
        raise DataError(
            f"{description.files.folder}: no image is left for '{part}' ({in_words(description)}, of "
            f"{len(matched.names)} images with labels); expected one at least. Change [split] in {description.file}."
        )
    return chosen


def _list(description: Description, place: str) -> Path:
    """A list file lies in the data's folder or beside classes.toml."""
    beside = description.file.parent / place
    return beside if beside.is_file() else description.files.folder / place


def _drawn(split: Split, matched: Matched, part: str) -> list[str]:
    """The names of a part: a hash of seed and name orders them, so that one more image moves few of the others."""
    ordered = sorted(matched.names, key=lambda name: hashlib.sha256(f"{split.seed} {name}".encode()).digest())
    start = 0
    for other, share in split.shares.items():
        count = max(1, round(share * len(ordered)))
        if other == part:
            return sorted(ordered[start : start + count])
        start += count
    return sorted(ordered[start:])


def _in_folder(description: Description, matched: Matched, place: str, strict: bool) -> dict[str, tuple[Path, Labels]]:
    begin = f"{place.strip('/')}/"
    if not (description.files.images / place).is_dir():
        raise DataError(
            f"{description.file}, [split]: {place!r} is neither a list file in {description.files.folder} (it holds "
            f"{content(description.files.folder)}) nor a sub-folder of {description.files.images}; expected one of "
            "both."
        )
    if strict:
        _check_partners(description, matched, begin)
    names = [name for name in matched.names if name.startswith(begin)]
    return {name.removeprefix(begin): (matched.images[name], matched.labels[name]) for name in names}


def _check_partners(description: Description, matched: Matched, begin: str) -> None:
    """Raise DataError for the first image without labels, or labels without an image, of those that begin so."""
    files = description.files
    for lonely, kind, other, paths in (
        (matched.without_labels, "image", "labels", {name: path for name, path in matched.images.items()}),
        (matched.without_image, "label file", "image", {name: entry.file for name, entry in matched.labels.items()}),
    ):
        names = [name for name in lonely if name.startswith(begin)]
        if names:
            more = f", and {len(names) - 1} more have none" if len(names) > 1 else ""
            folder, pattern = (files.labels, files.label) if kind == "image" else (files.images, files.image)
            raise DataError(
                f"{paths[names[0]]}: this {kind} has no {other} in {folder}{more}; expected "
                f"{pattern.replace('{name}', names[0])}. Add it, take this file out, or name in a list train.txt and a "
                "list test.txt which images count. `annn data check` lists all."
            )


def _listed(description: Description, matched: Matched, path: Path) -> dict[str, tuple[Path, Labels]]:
    known = _aliases(description, matched)
    chosen: dict[str, tuple[Path, Labels]] = {}
    for where, fields in read_list(path, LINE, f"Write it anew, or take it out of {description.file}"):
        name, labels = _named(description, matched, known, where, fields)
        if name in chosen:
            raise DataError(f"{where}: names '{name}' a second time; expected each image once. Take the line out.")
        chosen[name] = (matched.images[name], labels)
    return chosen


def _named(
    description: Description, matched: Matched, known: Mapping[str, str], where: str, fields: list[str]
) -> tuple[str, Labels]:
    """Name and labels of one line of a list."""
    text = " ".join(fields)
    name, own = known.get(_plain(text)), None
    if name is None and len(fields) == 2 and not description.masks:
        name, own = known.get(_plain(fields[0])), _label_file(description, fields[1])
        if own is None:
            raise DataError(
                f"{where}: the label file {fields[1][:120]!r} {absence(description.files.folder / fields[1])}; "
                f"expected {LINE}, with paths from {description.files.folder} or from {description.files.labels}."
            )
    if name == "":
        raise DataError(f"{where}: {text[:120]!r} is the name of several images; expected one with its folder, 'a/b'.")
    if name is None:
        raise DataError(
            f"{where}: there is no image {text[:120]!r} in {description.files.images} ({len(matched.images)} are "
            f"there); expected {LINE}. Add it, or take the line out."
        )
    if own is None and name not in matched.labels:
        raise DataError(
            f"{where}: the image {matched.images[name]} has no labels in {description.files.labels}; expected "
            f"{description.files.label.replace('{name}', name)}. Add the file, or take the line out."
        )
    return name, Labels(file=own) if own is not None else matched.labels[name]


def _aliases(description: Description, matched: Matched) -> dict[str, str]:
    """The texts by which a line may name an image; those of several images lead to an empty name."""
    files, known, short = description.files, {}, {}
    for name, path in matched.images.items():
        below = path.relative_to(files.images).as_posix()
        texts = {name, below, below.removesuffix(path.suffix), f"{files.images.name}/{below}", path.as_posix()}
        if path.is_relative_to(files.folder):
            texts.add(path.relative_to(files.folder).as_posix())
        for text in texts:
            known[text] = name
        for text in {path.name, path.stem, PurePosixPath(name).name}:  # without the folder, if that is one image's name
            short[text] = name if short.get(text, name) == name else ""
    return short | known


def _label_file(description: Description, text: str) -> Path | None:
    places = (description.files.folder / _plain(text), description.files.labels / _plain(text))
    return next((place for place in places if place.is_file()), None)


def _plain(text: str) -> str:
    return text.removeprefix("./").replace("\\", "/")
