"""Which image belongs to which labels: by relative name and the patterns of classes.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from annn.data.config import OwnClass
from annn.data.folders import content, existing_folder, files_below
from annn.data.images import SUFFIXES
from annn.data.own.description import Description
from annn.errors import DataError

LABEL_SUFFIXES = (*SUFFIXES, ".gif")
SOURCE = "Put photographs into images/ and their labels into labels/ of one folder, or say in [files] where they lie"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The label files of one image: one file, or for each class (by its place in the list) a mask."""

    file: Path
    masks: tuple[tuple[int, Path], ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(path for _, path in self.masks) or (self.file,)


@dataclass(frozen=True, kw_only=True)
class Matched:
    """Images and labels by the name that they share, such as "trees/a"; both may have names that the other lacks.

    strangers: image files whose names do not fit the pattern, and label files whose names do not, by their paths below
    images/ and labels/.
    """

    images: Mapping[str, Path]
    labels: Mapping[str, Labels]
    strangers: tuple[Mapping[str, Path], Mapping[str, Path]]

    @property
    def names(self) -> list[str]:
        """The names with image and labels, sorted."""
        return sorted(self.images.keys() & self.labels.keys())

    @property
    def without_labels(self) -> list[str]:
        return sorted(self.images.keys() - self.labels.keys())

    @property
    def without_image(self) -> list[str]:
        return sorted(self.labels.keys() - self.images.keys())


def match(description: Description) -> Matched:
    """The images and labels of a folder. Raises DataError for a missing folder and where nothing is to be matched."""
    files, where = description.files, f"{description.file}, [files]"
    folders = {"images": files.images, "labels": files.labels}
    found = {
        kind: files_below(existing_folder(folder, kind, SOURCE), SUFFIXES if kind == "images" else LABEL_SUFFIXES)
        for kind, folder in folders.items()
    }
    for kind, folder in folders.items():
        if not found[kind]:
            raise DataError(
                f"{folder}: holds no file of a picture (it holds {content(folder)}); expected {kind} with the suffixes "
                f"{', '.join(SUFFIXES)}. {SOURCE}."
            )
    images = _by_name(found["images"], pattern(files.image, ()), f"{where}, image")
    named = pattern(files.label, description.classes)
    if description.masks:
        labels = _masks(found["labels"], named, description.classes)
    else:
        paths = _by_name(found["labels"], named, f"{where}, label")
        labels = {name: Labels(file=path) for name, path in paths.items()}
    kept = {path for entry in labels.values() for path in entry.files}
    strange = {rest: path for rest, path in found["labels"].items() if path not in kept}
    other = {rest: path for rest, path in found["images"].items() if path not in images.values()}
    return Matched(images=images, labels=labels, strangers=(other, strange))


def pattern(text: str, classes: Sequence[OwnClass]) -> re.Pattern[str]:
    """A pattern of classes.toml as a regular expression, with the groups folder, name and, for masks, class."""
    masks = "|".join(re.escape(entry.mask) for entry in sorted(classes, key=lambda entry: -len(entry.mask)))
    fields = {"{name}": "(?P<name>.+)" if "/" in text else "(?P<name>[^/]+)", "{class}": f"(?P<class>{masks})"}
    suffix = r"\.[^./]+" if text.endswith(".*") else ""
    parts = re.split(r"(\{name\}|\{class\})", text.removesuffix(".*"))
    return re.compile(
        r"(?P<folder>(?:.+/)?)" * ("/" not in text)
        + "".join(map(lambda p: fields.get(p, re.escape(p)), parts))
        + suffix
    )


def _by_name(files: Mapping[str, Path], named: re.Pattern[str], where: str) -> dict[str, Path]:
    """Files by the name that they share with their partner; raises DataError where two have the same."""
    names: dict[str, Path] = {}
    for rest, path in files.items():
        if (match := named.fullmatch(rest)) is None:
            continue
        name = _name(match)
        if name in names:
            raise DataError(
                f"{path}: has the name '{name}' as {names[name]} has, so one of them would not count; expected one "
                f"file for each name. Say in {where}, which of them counts, such as '{{name}}{path.suffix}'."
            )
        names[name] = path
    return names


def _masks(files: Mapping[str, Path], named: re.Pattern[str], classes: Sequence[OwnClass]) -> dict[str, Labels]:
    places = {entry.mask: place for place, entry in enumerate(classes)}
    found: dict[str, dict[int, Path]] = {}
    for rest, path in files.items():
        if (match := named.fullmatch(rest)) is not None:
            found.setdefault(_name(match), {})[places[match["class"]]] = path
    return {
        name: Labels(file=next(iter(masks.values())), masks=tuple(sorted(masks.items())))
        for name, masks in found.items()
    }


def _name(match: re.Match[str]) -> str:
    return (match.groupdict().get("folder") or "") + match["name"]
