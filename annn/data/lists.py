"""Read list files."""

from collections.abc import Iterable
from pathlib import Path

from annn.data.files import Pair
from annn.data.folders import content, existing_folder
from annn.errors import DataError


def read_list(path: Path, what: str, source: str) -> list[tuple[str, list[str]]]:
    """The lines of a list file that are not blank, each with its place (for messages) and its fields.

    what: the contents of a line, for messages. Raises `DataError` if the list is missing, empty or not text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        parent = existing_folder(path.parent, "lists", source)
        raise DataError(
            f"{path}: this list is missing; {parent} holds {content(parent)}; expected {what} per line. {source}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: this list cannot be read as text ({error}). Restore it from the data set.") from error
    fields = [(f"{path}, line {number}", line.split()) for number, line in enumerate(lines, start=1) if line.split()]
    if not fields:
        raise DataError(f"{path}: the list is empty; expected {what} per line. {source}.")
    return fields


def each_once(pairs: Iterable[tuple[str, Pair]]) -> tuple[Pair, ...]:
    """The pairs of a list, each with its place; raises `DataError` if an image is listed twice, so counted twice."""
    places: dict[Path, str] = {}
    listed = []
    for where, pair in pairs:
        if pair.image in places:
            raise DataError(
                f"{where}: the image '{pair.name[:120]}' is listed a second time, first in {places[pair.image]}; "
                "expected each once. Take one of the lines out, or restore the list."
            )
        places[pair.image] = where
        listed.append(pair)
    return tuple(listed)
