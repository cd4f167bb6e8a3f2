"""classes.toml: what a person says of a folder, its classes, the names of its files and its splits."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annn.data.config import OwnClass
from annn.data.folders import absence, content
from annn.data.own.entries import read_classes
from annn.data.space import IGNORE, LabelSpace
from annn.errors import DataError

CLASSES = "classes.toml"
PARTS = ("train", "val", "test")
SHARE, SEED = 0.2, 0  # of the images for tests, and of the draw, where nothing says how to divide them
_FILES = {"folder": ".", "images": "images", "labels": "labels", "image": "{name}.*", "label": "{name}.*"}


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where images and labels lie, and how they are named.

    folder: of all. images, labels: below it. image, label: patterns of the names below these, with {name} for what an
    image and its label share, {class} for the class of a mask, and .* for any suffix.
    """

    folder: Path
    images: Path
    labels: Path
    image: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Split:
    """How the images are divided: a list file or a sub-folder by part, or a share of all, drawn with a seed."""

    places: Mapping[str, str]
    shares: Mapping[str, float]
    seed: int = SEED


@dataclass(frozen=True, kw_only=True)
class Description:
    """The content of a classes.toml. file: itself. split: None where it says nothing."""

    file: Path
    name: str
    files: Files
    classes: tuple[OwnClass, ...]
    split: Split | None

    @property
    def masks(self) -> bool:
        """Whether labels are a binary mask for each class."""
        return "{class}" in self.files.label


def read_description(place: str | Path) -> Description:
    """The classes.toml at a place: the file itself, or its folder. Raises DataError if it cannot be understood."""
    file = _file(Path(place))
    try:
        text = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file}: cannot be read ({error}); expected TOML as `annn data describe` drafts it."
        ) from error
    _known(file, "the file", text, ("name", "files", "split", "class"))
    files = _files(file, _table(file, text, "files"))
    classes = read_classes(file, text.get("class"), "{class}" in files.label)
    name = text.get("name", files.folder.resolve().name)
    if not isinstance(name, str) or not slug(name):
        raise DataError(f"{file}: name is {name!r}; expected a text with letters or digits, such as 'facades'.")
    split = _split(file, _table(file, text, "split")) if "split" in text else None
    return Description(file=file, name=name, files=files, classes=classes, split=split)


def slug(name: str) -> str:
    """A name as part of file names: letters, digits, - and _ alone."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:60]


def space_of_classes(name: str, classes: Sequence[OwnClass]) -> LabelSpace:
    """The label space of own classes: those that count, in their order; all others are ignored.

    A class without ids, whose labels are colours or masks, gets the smallest that is free, in the order of the list.
    """
    taken = {number for entry in classes for number in entry.ids}
    free = (number for number in range(2**16) if number not in taken)
    ids = [entry.ids or (next(free),) for entry in classes]
    counted = [entry for entry in classes if not entry.ignore]
    train_ids = {
        number: IGNORE if entry.ignore else counted.index(entry)
        for entry, numbers in zip(classes, ids, strict=True)
        for number in numbers
    }
    voids = [(number, entry.draw) for entry, n in zip(classes, ids, strict=True) if entry.ignore for number in n]
    unused = IGNORE if IGNORE not in train_ids else next(number for number in free if number not in train_ids)
    void, color = voids[0] if voids else (unused, (0, 0, 0))
    return LabelSpace(
        name=name,
        classes=tuple(entry.name for entry in counted),
        colors=tuple(entry.draw for entry in counted),
        train_ids=train_ids,
        void_id=void,
        void_color=color,
    )


def _file(place: Path) -> Path:
    if place.is_dir():
        file = place / CLASSES
        if file.is_file():
            return file
        raise DataError(
            f"{file}: {absence(file)}; {place} holds {content(place)}. Expected a folder with images/, labels/ and "
            f"this file, which says what the labels mean: `annn data describe {place}` drafts it."
        )
    if place.is_file() and place.suffix == ".toml":
        return place
    state = absence(place) if not os.path.exists(place) else "is neither a folder nor a TOML file"
    raise DataError(f"{place}: {state}; expected a folder with images/, labels/ and {CLASSES}, or such a file itself.")


def _files(file: Path, table: Mapping[str, Any]) -> Files:
    _known(file, "[files]", table, tuple(_FILES))
    for name, value in table.items():
        if not isinstance(value, str) or not value:
            raise DataError(f"{file}, [files]: {name} is {value!r}; expected a text such as {_FILES[name]!r}.")
    entries = {**_FILES, **table}
    for name, more in (("image", 0), ("label", 1)):
        pattern, fields = entries[name], re.findall(r"\{[^}]*\}", entries[name])
        if fields.count("{name}") != 1 or fields.count("{class}") > more or len(fields) - fields.count("{class}") != 1:
            also = ", and {class} where each class has a mask of its own" if more else ""
            raise DataError(
                f"{file}, [files]: {name} = {pattern!r}; expected a pattern with {{name}} once, such as "
                f"'{{name}}.png'{also}."
            )
    folder = file.parent / Path(entries["folder"]).expanduser()
    return Files(
        folder=folder,
        images=folder / entries["images"],
        labels=folder / entries["labels"],
        image=entries["image"],
        label=entries["label"],
    )


def _split(file: Path, table: Mapping[str, Any]) -> Split:
    _known(file, "[split]", table, (*PARTS, "seed"))
    parts = {name: value for name, value in table.items() if name != "seed"}
    places = {name: value for name, value in parts.items() if isinstance(value, str) and value}
    shares = {name: float(value) for name, value in parts.items() if isinstance(value, float) and 0 < value < 1}
    seed = table.get("seed", SEED)
    whole = len(places) == len(parts) or len(shares) == len(parts)
    tested = "test" in parts or "val" in parts
    if not whole or not tested or ("train" in parts) != bool(places) or sum(shares.values()) >= 1:
        raise DataError(
            f"{file}, [split]: found {_listed(parts)}; expected a list file or a sub-folder for train and for test or "
            "val, such as train = 'train.txt', test = 'test.txt', or shares of all images, such as test = 0.2."
        )
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise DataError(f"{file}, [split]: seed is {seed!r}; expected a whole number from 0 on.")
    return Split(places=places, shares=shares, seed=seed)


def _listed(entries: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in entries.items()) or "nothing"


def _table(file: Path, text: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = text.get(name, {})
    if not isinstance(table, dict):
        raise DataError(f"{file}: {name} is {table!r}; expected a table that begins with [{name}].")
    return table


def _known(file: Path, where: str, entries: Mapping[str, Any], known: Sequence[str]) -> None:
    for name in entries:
        if name not in known:
            raise DataError(f"{file}: {where} has an entry {name!r}; expected only {', '.join(known)}.")
