"""The entries [[class]] of classes.toml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annn.data.config import OwnClass
from annn.data.palette import spread_colors
from annn.data.space import Color
from annn.errors import DataError

MOST = 254  # classes that count: of the 256 values of a train id one is ignored, one marks values without a class
_KNOWN = ("name", "id", "color", "mask", "draw", "ignore", "rest")
_EXAMPLE = '[[class]] with lines such as name = "road" and id = 7, or color = [128, 64, 0]'


def read_classes(file: Path, entries: Any, masks: bool) -> tuple[OwnClass, ...]:
    """The classes of a file, in its order. masks: whether each class has a mask, so that it needs no id and no colour.

    Raises DataError for what is no class, for names, ids and colours that two classes share, and where none counts.
    """
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise DataError(f"{file}: has no list of classes; expected for each class {_EXAMPLE}.")
    if len(entries) > MOST:
        raise DataError(f"{file}: has {len(entries)} classes; expected at most {MOST}. Merge some: id takes a list.")
    palette = spread_colors(len(entries))
    classes = [_read_class(file, number, entry, masks, palette) for number, entry in enumerate(entries)]
    for what, owned in (
        ("name", [(entry.name,) for entry in classes]),
        ("id", [entry.ids for entry in classes]),
        ("color", [entry.colors for entry in classes]),
        ("mask", [(entry.mask,) if masks else () for entry in classes]),
        ("rest", [(True,) if entry.rest else () for entry in classes]),
    ):
        _check_single(file, what, classes, owned)
    if sum(not entry.ignore for entry in classes) < 2:
        raise DataError(f"{file}: fewer than two classes count; expected two at least that have no `ignore = true`.")
    return tuple(classes)


def _read_class(file: Path, number: int, entry: dict[str, Any], masks: bool, palette: Sequence[Color]) -> OwnClass:
    name = entry.get("name")
    where = f"{file}, class {number + 1}" + (f" ({name})" if isinstance(name, str) and name else "")
    for key in entry:
        if key not in _KNOWN:
            raise DataError(f"{where}: has an entry {key!r}; expected only {', '.join(_KNOWN)}.")
    for key in ("ignore", "rest"):
        if not isinstance(entry.get(key, False), bool):
            raise DataError(f"{where}: {key} is {entry[key]!r}; expected true or false.")
    for key in ("name", "mask"):
        if not isinstance(entry.get(key, "x"), str) or not entry.get(key, "x").strip():
            raise DataError(f"{where}: {key} is {entry[key]!r}; expected a text.")
    if name is None:
        raise DataError(f"{where}: has no name; expected {_EXAMPLE}.")
    ids, colors = _ids(where, entry.get("id", [])), _colors(where, "color", entry.get("color", []))
    if not ids and not colors and not masks:
        raise DataError(f"{where}: has neither id nor color, so no pixel can be of it; expected {_EXAMPLE}.")
    draw = _colors(where, "draw", entry.get("draw", []))
    ignore = entry.get("ignore", False)
    return OwnClass(
        name=name.strip(),
        ids=ids,
        colors=colors,
        mask=entry.get("mask", name.strip()) if masks else "",
        draw=(draw or colors or ((0, 0, 0) if ignore else palette[number],))[0],
        ignore=ignore,
        rest=entry.get("rest", False),
    )


def _ids(where: str, value: Any) -> tuple[int, ...]:
    numbers = value if isinstance(value, list) else [value]
    if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n < 2**16 for n in numbers):
        raise DataError(
            f"{where}: id is {value!r}; expected a whole number from 0 to 65535, or a list of such numbers."
        )
    return tuple(numbers)


def _colors(where: str, key: str, value: Any) -> tuple[Color, ...]:
    colors = value if isinstance(value, list) and all(isinstance(color, list) for color in value) else [value]
    for color in colors:
        numbers = isinstance(color, list) and all(isinstance(n, int) and not isinstance(n, bool) for n in color)
        if not numbers or len(color) != 3 or not all(0 <= n <= 255 for n in color):
            also = "" if key == "draw" else ", or a list of such colours"
            raise DataError(f"{where}: {key} is {value!r}; expected red, green, blue as [128, 64, 0]{also}.")
    return tuple((color[0], color[1], color[2]) for color in colors)


def _check_single(file: Path, what: str, classes: Sequence[OwnClass], owned: Sequence[tuple]) -> None:
    """Raise DataError for the first value that two classes share."""
    twice = [value for value, count in Counter(value for values in owned for value in values).items() if count > 1]
    if not twice:
        return
    names = [entry.name for entry, values in zip(classes, owned, strict=True) if twice[0] in values]
    value = list(twice[0]) if isinstance(twice[0], tuple) else twice[0]
    if what == "rest":
        raise DataError(f"{file}: {' and '.join(names)} have rest = true; expected one class at most.")
    raise DataError(
        f"{file}: the {what} {value!r} stands {_times(owned, twice[0])} times ({', '.join(dict.fromkeys(names))}); "
        "expected each once. To merge classes, give one class a list: id = [7, 8]."
    )


def _times(owned: Sequence[tuple], value: Any) -> int:
    """How many times a value stands in all tuples together."""
    return sum(values.count(value) for values in owned)
