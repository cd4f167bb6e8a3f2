"""Unpack ZIP and tar archives: ordinary files and folders that stay inside the folder, or nothing at all."""

from __future__ import annotations

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from tqdm import tqdm

from annn.errors import DataError, RunError
from annn.files import unwritable

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)


def is_archive(path: Path) -> bool:
    """Whether the name is one of an archive."""
    return path.name.lower().endswith(SUFFIXES)


def unpack(archive: Path, folder: Path, inside: str = "", *, progress: bool = True) -> None:
    """Unpack an archive into a folder.

    inside: keep only what lies in this folder of the archive, and without it, such as "*/CamVid"; "" keeps all. A star
    stands for one name. Raises DataError for a damaged archive, for one that has no such folder, and for one with a
    link, a device or a name that leads outside, whether it would be kept or not: the archive is then deleted. RunError
    if the disk is full.
    """
    kept = 0
    with (
        _damage_named(archive),
        tqdm(
            desc=f"unpacking {archive.name}",
            total=archive.stat().st_size,
            unit="B",
            unit_scale=True,
            disable=not progress,
        ) as bar,
    ):
        members = _of_zip if archive.name.lower().endswith(".zip") else _of_tar
        for name, position, extract in members(archive):
            bar.update(position - bar.n)
            if (place := _below(name, inside)) is not None:
                extract(place, folder)
                kept += 1
        if not kept:
            raise _Unfit(f"holds no file in {inside or 'it'}; expected the data set's archive")


class _Unfit(Exception):
    """The archive is not the data set's; the message lacks its name."""


Extract = Callable[[str, Path], object]
"""Writes a file of an archive under a name into a folder."""


def _of_zip(archive: Path) -> Iterator[tuple[str, int, Extract]]:
    """The files of a ZIP archive: name, position in the archive, and how to write one."""
    with zipfile.ZipFile(archive) as content:
        for member in content.infolist():  # before anything is written
            kind = stat.S_IFMT(member.external_attr >> 16)
            _check(member.filename, kind in (0, stat.S_IFREG, stat.S_IFDIR))
        for member in content.infolist():
            if not member.is_dir():
                yield member.filename, member.header_offset, _zip_writer(content, member)


def _zip_writer(content: zipfile.ZipFile, member: zipfile.ZipInfo) -> Extract:
    def write(name: str, folder: Path) -> None:
        member.filename = name
        content.extract(member, folder)  # compares the checksum

    return write


def _of_tar(archive: Path) -> Iterator[tuple[str, int, Extract]]:
    """The files of a tar archive, in one pass: name, position in the archive, and how to write one."""
    with archive.open("rb") as file, tarfile.open(fileobj=file) as content:
        for member in content:
            _check(member.name, member.isreg() or member.isdir())
            if member.isreg():
                yield member.name, file.tell(), _tar_writer(content, member)


def _tar_writer(content: tarfile.TarFile, member: tarfile.TarInfo) -> Extract:
    def write(name: str, folder: Path) -> None:
        content.extract(member.replace(name=name, deep=False), folder, filter="data")

    return write


def _check(name: str, ordinary: bool) -> None:
    """Raise _Unfit for what would write outside the folder: a path upwards, an absolute one, a link."""
    parts = name.replace("\\", "/").split("/")
    outside = ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0]
    if outside or not ordinary:
        what = "leads outside the folder" if outside else "is a link or a device"
        raise _Unfit(f"the entry {name[:200]!r} {what}; expected ordinary files that stay inside")


def _below(name: str, inside: str) -> str | None:
    """The name without the folder that is kept, or None for what lies elsewhere."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    wanted = inside.split("/") if inside else []
    head, rest = parts[: len(wanted)], parts[len(wanted) :]
    matches = len(head) == len(wanted) and all(map(fnmatchcase, head, wanted))
    return "/".join(rest) if matches and rest else None


@contextmanager
def _damage_named(archive: Path) -> Iterator[None]:
    try:
        yield
    except _Unfit as error:
        archive.unlink(missing_ok=True)
        raise DataError(
            f"{archive}: {error}. It is not the data set's archive, so nothing of it is used, and it has been deleted: "
            "run the command again to download it from the data set's own page, without --mirror if that was another's."
        ) from error
    except _DAMAGE as error:
        archive.unlink(missing_ok=True)
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(
            f"{archive}: cannot be unpacked ({reason}); expected a whole archive. It was cut off or damaged, and has "
            "been deleted: run the command again to download it anew, or name another server with --mirror."
        ) from error
    except OSError as error:
        raise RunError(unwritable(Path(error.filename or archive.parent), error)) from error
