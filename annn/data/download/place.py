"""Fetch a data set, unpack it beside its place, check it with its reader, and move it into place."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from annn.data import Report, check, reader
from annn.data.download.archive import is_archive, unpack
from annn.data.download.catalogue import SOURCES
from annn.data.download.remote import Source
from annn.data.download.transfer import fetch
from annn.data.folders import content, visible
from annn.errors import DataError, RunError
from annn.files import data_folder, locked, make_folder, unwritable


def source_of(name: str) -> Source:
    """Where a data set comes from; raises DataError for an unknown one, and for one that needs an account."""
    kind = reader(name)
    if name not in SOURCES:
        raise DataError(
            f"{name}: {kind.space.name} is handed out to registered users alone; expected one of {', '.join(SOURCES)}. "
            f"{kind.source} (`data/README.md`)."
        )
    return SOURCES[name]


def get(name: str, root: str | Path | None = None, *, mirror: str | None = None, progress: bool = True) -> Report:
    """Download a data set into `root` (default: NAME in `files.data_folder`), and return the check of its files.

    What is there and whole stays. An interrupted call goes on where it stopped: archives are kept in a hidden folder
    beside `root` until the set is in place. Several processes wait for each other. mirror: the address of a folder on
    another server that has the files under their names. Raises DataError if the files cannot be had or are not the data
    set, or if `root` holds something else; RunError for a full disk.
    """
    source = source_of(name).below(mirror)
    root = Path(root or data_folder() / name).resolve()
    if (report := _in_place(name, root)) is not None:
        return report
    work = make_folder(work_folder(root))
    waiting = f"{work}: another process downloads {name}; this one waits for it to end"
    with locked(work, waiting=waiting):
        if (report := _in_place(name, root)) is not None:
            return report
        files = [fetch(file, work, progress=progress) for file in source.files]
        unpacked = _unpack_all(source, files, work, progress)
        report = check(name, unpacked)
        if not report.complete:
            raise DataError(_incomplete(report, root, work))
        move(unpacked, root)
        clear(work)
    return check(name, root)


def work_folder(place: Path) -> Path:
    """Where the parts of a download lie until it is whole: hidden, and on the same disk as its place."""
    return place.with_name(f".{place.name}.download")


def move(source: Path, place: Path) -> None:
    """Give a finished file or folder its place; raises RunError if that fails."""
    try:
        if place.is_dir():  # empty: Windows replaces no folders
            place.rmdir()
        os.replace(source, place)
    except OSError as error:
        raise RunError(unwritable(place, error)) from error


def clear(work: Path) -> None:
    """Delete what a download needed; what cannot be deleted stays without harm."""
    shutil.rmtree(work, ignore_errors=True)


def _in_place(name: str, root: Path) -> Report | None:
    """The report of a set that is there and whole, None for an empty place; raises DataError for anything else."""
    if not os.path.lexists(root):
        return None
    if root.is_dir() and not visible(root):
        return None
    report = check(name, root) if root.is_dir() else None
    if report is not None and report.complete:
        return report
    holds = f"holds {content(root)}" if root.is_dir() else "is a file"
    raise DataError(
        f"{root}: {holds}, which is not all of {reader(name).space.name}; expected an empty place, or the whole set. "
        f"`annn data check {name}` says what is missing. Move it away, or name another folder with --root."
    )


def _unpack_all(source: Source, files: list[Path], work: Path, progress: bool) -> Path:
    """The folder with all that the files hold, made anew."""
    unpacked = work / "unpacked"
    shutil.rmtree(unpacked, ignore_errors=True)
    make_folder(unpacked)
    for remote, path in zip(source.files, files, strict=True):
        if is_archive(path):
            unpack(path, unpacked, remote.inside, progress=progress)
            continue
        try:
            os.link(path, unpacked / path.name)  # so that the file stays, too, until everything is in place
        except OSError:  # a disk without links
            move(path, unpacked / path.name)
    return unpacked


def _incomplete(report: Report, root: Path, work: Path) -> str:
    counts = [
        f"{split.split}: {split.problem or f'{split.pairs} of {split.official} images'}" for split in report.splits
    ]
    return (
        f"{work}: what was downloaded is not all of {report.name} ({'; '.join(counts)}); expected every image with its "
        f"labels, so nothing was put into {root}. Delete the folder and run the command again to download it anew, or "
        "name another server with --mirror."
    )
