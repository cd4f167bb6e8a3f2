"""JSON files of annotations whose entries are checked; errors name the file, the entry, and what was expected."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from annn.data.convert.annotated import existing
from annn.errors import DataError

_KINDS = {int: "a whole number", float: "a number", str: "a text", list: "a list", dict: "an object"}


def read_json(path: Path, what: str) -> dict[str, Any]:
    """The object in a JSON file; raises `DataError` if it is missing or damaged. what: the file, for messages."""
    try:
        found = json.loads(existing(path, what, folder=False).read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"{path}: is no JSON ({reason}); expected {what}. It is cut off or damaged: fetch or export it again."
        ) from error
    if not isinstance(found, dict):
        raise DataError(f"{path}: holds {_named(found)}; expected an object: {what}. Name the right file.")
    return found


def value(record: Mapping[str, Any], name: str, kind: type, where: str) -> Any:
    """An entry of a record; raises `DataError` if it is missing or of another kind."""
    found = record.get(name)
    fits = isinstance(found, int | float) and math.isfinite(found) if kind is float else isinstance(found, kind)
    if not fits or isinstance(found, bool):
        state = f"is {_named(found)}" if name in record else f"is missing; there are {', '.join(list(record)[:8])}"
        raise DataError(f"{where}: {name} {state}; expected {_KINDS[kind]}. Export the annotations again.")
    return found


def records(parent: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    """A list of objects in a record; raises `DataError` for anything else."""
    found = value(parent, name, list, where)
    wrong = next((place for place, entry in enumerate(found) if not isinstance(entry, dict)), None)
    if wrong is not None:
        raise DataError(f"{where}, {name}[{wrong}]: is {_named(found[wrong])}; expected an object.")
    return found


def size_of(record: Mapping[str, Any], names: tuple[str, str], where: str) -> tuple[int, int]:
    """Height and width of an image in a record; raises `DataError` if they are no size."""
    height, width = (value(record, name, int, where) for name in names)
    if not 0 < height < 2**16 or not 0 < width < 2**16:
        raise DataError(f"{where}: the size is {width}x{height}; expected an image of 1 to 65535 pixels a side.")
    return height, width


def points_of(found: Any, size: tuple[int, int], where: str, *, least: int = 3) -> list[tuple[float, float]]:
    """The corners (x, y) of a polygon, checked: `least` pairs of numbers or more, from which the image is not far away.

    Raises `DataError` for a polygon that lies outside of its image, or that reaches farther out than the image is
    large: it belongs to another image, or to another size of this one. What else reaches out is cut off when drawn.
    """
    pairs = [tuple(point) if isinstance(point, Sequence) else point for point in found]
    if len(pairs) < least or not all(isinstance(p, tuple) and len(p) == 2 and all(map(_finite, p)) for p in pairs):
        raise DataError(
            f"{where}: the polygon is {_named(found)}; expected {least} corners or more, of two numbers each. "
            "Correct it, or take it out."
        )
    (height, width), (xs, ys) = size, zip(*pairs, strict=True)
    outside = max(xs) < 0 or max(ys) < 0 or min(xs) > width or min(ys) > height
    if outside or min(xs) < -width or min(ys) < -height or max(xs) > 2 * width or max(ys) > 2 * height:
        raise DataError(
            f"{where}: the polygon reaches from ({min(xs):g}, {min(ys):g}) to ({max(xs):g}, {max(ys):g}), outside of "
            f"the image of {width}x{height}; expected corners in the image. It belongs to another image, or to another "
            "size of this one: correct it, or take it out."
        )
    return pairs


def _finite(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)


def _named(found: Any) -> str:
    text = json.dumps(found, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."
