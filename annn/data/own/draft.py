"""A first classes.toml for a folder, from what its files look like."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from annn.data.files import DECODING_ERRORS, decode
from annn.data.folders import existing_folder, files_below
from annn.data.images import SUFFIXES
from annn.data.own.description import CLASSES, PARTS, SEED, SHARE, slug
from annn.data.own.entries import MOST
from annn.data.own.guesses import IMAGES, LABELS, Patterns, guess_folder, guess_patterns, read_names
from annn.data.own.labels import COLOUR, INDEX, mode_of, packed, read_mask
from annn.data.own.matching import LABEL_SUFFIXES, SOURCE, pattern
from annn.data.space import Color
from annn.errors import DataError
from annn.files import make_folder, write_text

_BLACK = "black often means: not labelled"
_LAST = (255, 65535)  # the largest ids of 8 and 16 bits, which tools write for pixels that do not count


@dataclass
class _Values:
    """What label files hold: pixels and files by id or packed colour, and the colours of palettes by id."""

    coloured: bool
    pixels: Counter[int] = field(default_factory=Counter)
    files: Counter[int] = field(default_factory=Counter)
    palette: dict[int, Color] = field(default_factory=dict)
    looked_at: int = 0


def draft(folder: str | Path, out: str | Path | None = None, *, progress: bool = True) -> tuple[Path, str]:
    """Write a classes.toml for a folder of images and labels; returns its path and its text.

    Every label file is read. What is guessed stands in comments. out: another place, for a folder that cannot be
    written. Raises DataError if the file exists, and where images and labels, their names or values are not understood.
    """
    folder = existing_folder(Path(folder), "images and labels", SOURCE)
    file = Path(out) if out is not None else folder / CLASSES
    file = file / CLASSES if file.is_dir() else file
    if file.exists():
        raise DataError(
            f"{file}: exists already, and is not written over; expected no such file. Delete or rename it for a new "
            "draft, or write another one with --out FILE."
        )
    if file.suffix != ".toml":
        raise DataError(f"{file}: the draft is TOML; expected a name that ends in .toml.")
    places = {kind: guess_folder(folder, usual, kind) for kind, usual in (("images", IMAGES), ("labels", LABELS))}
    images = files_below(folder / places["images"], SUFFIXES)
    labels = files_below(folder / places["labels"], LABEL_SUFFIXES)
    for kind, found in (("images", images), ("labels", labels)):
        if not found:
            raise DataError(f"{folder / places[kind]}: holds no {kind}; expected pictures such as a.png. {SOURCE}.")
    patterns = guess_patterns(list(images), list(labels), lambda path: _is_binary(labels[path]))
    lines = [
        f"# What the labels of {folder.resolve().name} mean, drafted by `annn data describe` from {len(images)} images "
        f"and {len(labels)} label files.",
        "# Comments say what was guessed. Mend what is wrong; then: annn data check "
        + str(folder if out is None else file),
        *_files(places, patterns, None if file.parent.resolve() == folder.resolve() else folder),
        *_split(folder, folder / places["images"]),
    ]
    if patterns.masks:
        lines += _of_masks(patterns.masks)
    else:
        chosen = pattern(patterns.label, ())
        values = _read_values([path for rest, path in labels.items() if chosen.fullmatch(rest)], progress)
        lines += _of_values(folder, values)
    text = "\n".join(lines) + "\n"
    write_text(file, text)
    return file, text


def described(folder: str | Path, drafts: str | Path) -> Path:
    """The place of a folder's description: the folder itself if it has one, else a draft in the folder `drafts`.

    A draft that is there already is kept, since a person may have mended it. Raises DataError as `draft`.
    """
    folder = Path(folder)
    if folder.is_file() or (folder / CLASSES).is_file():
        return folder
    file = make_folder(Path(drafts)) / f"{slug(folder.resolve().name)}.toml"
    return file if file.is_file() else draft(folder, file)[0]


def _files(places: Mapping[str, str], patterns: Patterns, folder: Path | None) -> list[str]:
    entries = {"folder": str(folder.resolve())} if folder is not None else {}
    entries |= {"images": places["images"], "labels": places["labels"]}
    entries |= {"image": patterns.image, "label": patterns.label}
    lines = ["", "[files]", *(f"{name} = {_text(value)}" for name, value in entries.items())]
    if patterns.others:
        lines.append(
            f"# guessed: of several label files for an image this one counts; not {', '.join(patterns.others)}"
        )
    return lines


def _split(folder: Path, images: Path) -> list[str]:
    for found, what in (
        ({part: f"{part}.txt" for part in PARTS if (folder / f"{part}.txt").is_file()}, "lists"),
        ({part: part for part in PARTS if (images / part).is_dir()}, "sub-folders"),
    ):
        if "train" in found and len(found) > 1:
            entries = [f"{part} = {_text(place)}" for part, place in found.items()]
            return ["", "[split]", f"# guessed from the {what} that are there", *entries]
    return [
        "", "[split]", "# guessed: no train.txt and test.txt are there, so this share of all images is drawn for tests",
        f"test = {SHARE}", f"seed = {SEED}",
    ]  # fmt: skip


def _of_masks(words: Sequence[str]) -> list[str]:
    lines = ["", "# a mask for each class; where masks overlap, the later class lies on top; the rest does not count"]
    lines.append("# (unless a class has rest = true: the pixels that no mask covers)")
    return lines + [line for word in words for line in ("", "[[class]]", f"name = {_text(word)}")]


def _of_values(folder: Path, values: _Values) -> list[str]:
    ids, colors, source = read_names(folder)
    total, lines = sum(values.pixels.values()), []
    binary = set(values.pixels) == ({0, 0xFFFFFF} if values.coloured else {0, 255})
    for value in sorted(values.pixels):
        color: Color = (value >> 16, value >> 8 & 255, value & 255)
        name = (colors.get(color) if values.coloured else ids.get(value)) or ""
        guessed = f"  # guessed from {source}" if name else "  # guessed: nothing says what this is; name it"
        name = name or ("color_" + "".join(f"{c:02x}" for c in color) if values.coloured else f"class_{value}")
        if binary:
            name, guessed = ("foreground" if value else "background"), "  # guessed: two values alone"
        lines += ["", "[[class]]", f"name = {_text(name)}{guessed}"]
        lines.append(f"color = {list(color)}" if values.coloured else f"id = {value}")
        if value in values.palette:
            lines.append(f"draw = {list(values.palette[value])}  # the palette's colour")
        if values.coloured and value == 0 and not binary:
            lines.append(f"ignore = true  # guessed: {_BLACK}")
        elif not values.coloured and value in _LAST and not binary:
            lines.append("ignore = true  # guessed: the largest value often means: does not count")
        elif not values.coloured and value == 0 and not binary:
            lines.append("# ignore = true  # if 0 means: not labelled")
        share = 100 * values.pixels[value] / total
        lines.append(
            f"# {values.pixels[value]} pixels, {share:.3g} %, in {values.files[value]} of {values.looked_at} files"
        )
    return lines


def _read_values(paths: Sequence[Path], progress: bool) -> _Values:
    """Pixels by value of all files: ids of one channel, or colours, if one file has several or palettes differ."""
    modes = {mode_of(path) for path in paths}
    values = _Values(coloured=bool(modes - {*INDEX, ""}))
    if not values.coloured and "P" in modes:
        values.palette = _common_palette(paths)
        values.coloured = not values.palette
    expected = "label colours" if values.coloured else "label ids"
    for path in tqdm(paths, "reading labels", unit="file", disable=not progress):
        pixels = decode(path, COLOUR if values.coloured else INDEX, expected, exact=True, to="RGBA" * values.coloured)
        if values.coloured:
            pixels = packed(pixels.astype(np.int32))[pixels[..., 3] > 0]
        for value, count in zip(*np.unique(pixels, return_counts=True), strict=True):
            values.pixels[int(value)] += int(count)
            values.files[int(value)] += 1
        values.looked_at += 1
        if len(values.pixels) > MOST + 1:
            raise DataError(
                f"{path}: with it the labels hold more than {MOST} {'colours' if values.coloured else 'values'}, too "
                "many for classes; expected a few, each of one class. Numbers of single objects, smooth borders and "
                "photographs look so: export the labels as classes, without smoothing, as PNG."
            )
    return values


def _common_palette(paths: Sequence[Path]) -> dict[int, Color]:
    """The colour of each index that is used; empty where files give an index different colours, so colours count."""
    common: dict[int, Color] = {}
    for path in paths:
        try:
            with Image.open(path) as file:
                if file.mode != "P":
                    return {}
                used, table = np.unique(np.array(file)), np.array(file.getpalette("RGB")).reshape(-1, 3)
        except DECODING_ERRORS:
            continue  # told when the values are read
        for value in used[used < len(table)].tolist():
            color = (int(table[value][0]), int(table[value][1]), int(table[value][2]))
            if common.setdefault(value, color) != color:
                return {}
    return common


def _is_binary(path: Path) -> bool:
    mode = mode_of(path)
    return (
        mode != "P"
        and len(
            np.unique(read_mask(path) if mode == "1" else decode(path, (*INDEX, *COLOUR), "a label file", exact=True))
        )
        <= 2
    )


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
