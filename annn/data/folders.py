"""What counts in a folder of data: visible files that are there. Hidden ones never do; links to nothing are named."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from annn.errors import DataError
from annn.parallel import rank


def existing_folder(folder: Path, what: str, source: str) -> Path:
    """The folder itself; raises `DataError` if it does not exist, with the contents of its nearest parent."""
    if folder.is_dir():
        return folder
    parent = next(parent for parent in folder.parents if parent.is_dir())
    exists = folder.exists()
    state = "is a file, not a folder" if exists else f"{absence(folder)}; {parent} holds {content(parent)}"
    raise DataError(
        f"{folder}: the folder of {what} {state}. {source} (`data/README.md`); `annn data check` then lists the files."
    )


def visible(folder: Path) -> list[Path]:
    """Files and folders in a folder, sorted by name, without hidden ones: those of macOS, of Jupyter, of git."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def content(folder: Path) -> str:
    """The first few names in a folder, for an error message."""
    names = [f"{path.name} (a link that leads nowhere)" if _is_dead(path) else path.name for path in visible(folder)]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") if names else "nothing"


def names_in(folder: Path) -> frozenset[str]:
    """The names of the files that count in a folder, or none if it does not exist.

    One listing is faster than a check of each file.
    """
    if not folder.is_dir():
        return frozenset()
    with os.scandir(folder) as entries:
        return frozenset(entry.name for entry in entries if not entry.name.startswith(".") and _is_file(entry))


def files_in(folder: Path, wanted: Callable[[str], bool]) -> dict[str, Path]:
    """The files of a folder whose names are wanted, by name and in its order; raises `DataError` as `check_links`."""
    with os.scandir(folder) as entries:
        listed = sorted((e for e in entries if wanted(e.name) and not e.name.startswith(".")), key=lambda e: e.name)
    check_links(folder / entry.name for entry in listed if entry.is_symlink())
    return {entry.name: folder / entry.name for entry in listed if _is_file(entry)}


def files_below(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    """The files with these suffixes (lower case) in a folder and all folders below, by their path from it.

    Hidden files and folders do not count; a folder that a link shows twice is read once. Raises `DataError` as
    `check_links`.
    """
    below: dict[str, Path] = {}
    pending, seen = [folder], set()
    while pending:
        place = pending.pop()
        if (real := os.path.realpath(place)) in seen:
            continue
        seen.add(real)
        for path in files_in(place, lambda name: name.lower().endswith(suffixes)).values():
            below[path.relative_to(folder).as_posix()] = path
        pending += [path for path in visible(place) if path.is_dir()]
    return dict(sorted(below.items()))


def check_links(paths: Iterable[Path]) -> None:
    """Raise `DataError` for the first link that leads nowhere: it may stand for an image that should count."""
    dead = [path for path in paths if _is_dead(path)]
    if dead:
        more = f" (and {len(dead) - 1} more such links here)" if len(dead) > 1 else ""
        raise DataError(
            f"{dead[0]}: {absence(dead[0])}{more}; expected a file or folder. Fetch what the link stands for (in a "
            "clone of git-annex: git annex get), or delete the link."
        )


def absence(path: Path) -> str:
    """Why a file that should count does not, as the end of a sentence about it."""
    if _is_dead(path):
        return f"is a link that leads nowhere ({os.readlink(path)} does not exist, or cannot be reached)"
    if os.path.exists(path):
        return "is hidden, and hidden files never count" if path.name.startswith(".") else "is not a file"
    return "does not exist"


def tell_hidden(folders: Iterable[Path], suffixes: tuple[str, ...]) -> None:
    """Say in one line, once per process, how many hidden files with these suffixes (lower case) do not count."""
    hidden = sorted(path for folder in dict.fromkeys(folders) for path in _hidden(folder, suffixes))
    if hidden and rank() == 0:
        files = f"{len(hidden)} hidden files, such as {hidden[0]}" if len(hidden) > 1 else f"a hidden file, {hidden[0]}"
        _tell(f"skipped {files}: names that begin with a dot never count")


@cache
def _tell(line: str) -> None:
    logging.getLogger(__name__).warning(line)  # to the standard error stream, unless a program wants it elsewhere


def _hidden(folder: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Hidden files with these suffixes, and files with them in hidden folders."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith("."):
                continue
            inside = [entry.path]
            if entry.is_dir() and os.access(entry.path, os.R_OK | os.X_OK):
                inside = [f"{entry.path}/{name}" for name in os.listdir(entry.path)]
            yield from (path for path in inside if path.lower().endswith(suffixes))


def _is_file(entry: os.DirEntry[str]) -> bool:
    return os.path.isfile(entry) if entry.is_symlink() else entry.is_file()  # a link may lead to itself


def _is_dead(path: Path) -> bool:
    return os.path.islink(path) and not os.path.exists(path)
