"""One file over HTTP: it goes on where it stopped, and its length and hash are checked where they are published.

What has arrived lies in NAME.part, and in NAME.part.json what the server said of the file. A transfer goes on only if
the server still has the same file (If-Range), or if a hash tells afterwards. Redirects, certificates and the proxies
named in the environment (HTTPS_PROXY, ...) are the business of the package requests.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import requests
from requests import Response
from tqdm import tqdm
from urllib3.exceptions import HTTPError

from annn.data.download.remote import Remote
from annn.errors import DataError, RunError
from annn.files import delete, make_folder, unwritable, write_text

TRIES = 5  # connections in a row that bring nothing new, once something has arrived
PAUSE = 1.0  # seconds before the second try; each further pause is twice as long
_CHUNK = 1024**2  # bytes
_TIMEOUT = (20, 60)  # seconds: to connect, and between two packets
_BUSY = (408, 425, 429, 500, 502, 503, 504)  # answers that another try may change


@dataclass(frozen=True)
class _Partial:
    """What has arrived of the file at an address: `path`, and beside it what the server said of the file."""

    path: Path
    url: str

    @property
    def notes(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str:
        """What tells whether the server still has the same file: a strong ETag or a date; "" if nothing does."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            notes = json.loads(self.notes.read_text(encoding="utf-8"))
            if notes["url"] == self.url:
                return str(notes["validator"])
        return ""

    def begin(self, response: Response) -> None:
        """Forget what has arrived: another file follows."""
        delete(self.path)
        etag = response.headers.get("ETag", "")
        validator = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
        write_text(self.notes, json.dumps({"url": self.url, "validator": validator}))

    def remove(self) -> None:
        delete(self.path)
        delete(self.notes)


class _Cut(Exception):
    """The connection ended early, or the server is busy; the message says how."""


def fetch(remote: Remote, folder: Path, *, progress: bool = True) -> Path:
    """The file in `folder`, downloaded if it is not there yet; an interrupted download goes on.

    Raises DataError if the server cannot be reached, has no such file or another one, or if the connection stays cut;
    RunError for a full disk.
    """
    path = make_folder(folder) / remote.name
    if not path.is_file():
        partial = _Partial(path.with_name(f"{path.name}.part"), remote.url)
        _download(remote, partial, progress)
        _verify(remote, partial.path)
        try:
            os.replace(partial.path, path)
        except OSError as error:
            raise RunError(unwritable(path, error)) from error
        partial.remove()
    else:  # of an earlier call, or put there by hand
        _verify(remote, path)
    return path


def _download(remote: Remote, partial: _Partial, progress: bool) -> None:
    """Connect until the file is whole; a connection that brings more than all before counts as progress."""
    most, idle, answered = partial.size, 0, False
    with tqdm(desc=remote.name, unit="B", unit_scale=True, initial=most, disable=not progress) as bar:
        while True:
            try:
                with _answer(remote, partial) as response:
                    answered = True
                    _receive(remote, partial, response, bar)
                return
            except _Cut as cut:
                problem = str(cut)
            except (requests.RequestException, HTTPError) as error:
                problem = _reason(error)
                if not answered or isinstance(error, requests.TooManyRedirects):
                    raise DataError(_unreachable(remote, partial, problem)) from error
            idle = 1 if partial.size > most else idle + 1
            most = max(most, partial.size)
            if idle >= TRIES:
                raise DataError(
                    f"{remote.url}: the connection was cut {idle} times in a row without anything new ({problem}), "
                    f"last at {partial.size} {_of(bar.total)} bytes; expected the whole file. What has arrived is kept "
                    f"as {partial.path}: run the command again to go on, or name another server with --mirror."
                )
            time.sleep(PAUSE * 2 ** (idle - 1))


def _answer(remote: Remote, partial: _Partial) -> Response:
    """Ask for what is missing; raises for answers that hold no file."""
    headers = {"User-Agent": "annn", "Accept-Encoding": "identity"}  # the file's own bytes, not packed again
    validator = partial.validator
    if partial.size and (validator or remote.digest):
        headers |= {"Range": f"bytes={partial.size}-"} | ({"If-Range": validator} if validator else {})
    response = requests.get(remote.url, headers=headers, stream=True, timeout=_TIMEOUT)
    if response.status_code in (200, 206, 416):
        return response
    response.close()
    if response.status_code in _BUSY:
        raise _Cut(f"the server answers {response.status_code} {response.reason}")
    raise DataError(
        f"{remote.url}: the server answers {response.status_code} {response.reason}; expected the file {remote.name} "
        f"({remote.size}). {_ways_out(remote, partial)}"
    )


def _receive(remote: Remote, partial: _Partial, response: Response, bar: tqdm) -> None:
    """Append what the server sends; raises _Cut if it is not all."""
    total = _total(response)
    if response.status_code == 416:  # nothing lies behind what has arrived
        if total == partial.size:
            return
        partial.remove()
        raise _Cut("the server's file is shorter than what had arrived, so it begins anew")
    if response.headers.get("Content-Type", "").startswith("text/html") and not remote.name.endswith(".html"):
        raise DataError(
            f"{remote.url}: the server sends a web page; expected the file {remote.name} ({remote.size}). A login page "
            f"of your network may answer in its place. {_ways_out(remote, partial)}"
        )
    if remote.length and total is not None and total != remote.length:
        raise DataError(
            f"{remote.url}: the server's file has {total} bytes; expected {remote.length}, the published length "
            f"({remote.published_by}). It is another file. {_ways_out(remote, partial)}"
        )
    if response.status_code == 200:
        partial.begin(response)
    elif not _continues(response, partial):
        partial.remove()
        raise _Cut("the server has another file than before, so it begins anew")
    bar.total = total or remote.length
    bar.n = partial.size
    bar.refresh()
    _check_space(partial, bar.total)
    _append(partial, response, bar)
    if (expected := total or remote.length) and partial.size < expected:
        raise _Cut("the connection ended early")


def _append(partial: _Partial, response: Response, bar: tqdm) -> None:
    """Write what arrives; the file holds the first bytes of the whole at any moment."""
    try:
        with partial.path.open("ab") as file:
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                file.write(chunk)
                bar.update(len(chunk))
    except HTTPError as error:
        raise _Cut(_reason(error)) from error
    except OSError as error:
        raise RunError(unwritable(partial.path, error)) from error


def _total(response: Response) -> int | None:
    """The length of the whole file in bytes, if the server says it: GitHub's archives have none."""
    if response.status_code == 200:
        text = response.headers.get("Content-Length", "")
    else:
        text = response.headers.get("Content-Range", "").rpartition("/")[2]
    return int(text) if text.isdecimal() else None


def _continues(response: Response, partial: _Partial) -> bool:
    """Whether a part begins where the last one ended, and is of the same file."""
    begins = response.headers.get("Content-Range", "").startswith(f"bytes {partial.size}-")
    etag, validator = response.headers.get("ETag", ""), partial.validator
    same = not (etag.startswith('"') and validator.startswith('"')) or etag == validator
    return begins and same


def _check_space(partial: _Partial, total: int | None) -> None:
    free = shutil.disk_usage(partial.path.parent).free
    if total is not None and free < (missing := total - partial.size):
        raise RunError(
            f"{partial.path.parent}: the disk has {free / 1e9:.2f} GB free; expected {missing / 1e9:.2f} GB for what "
            "is missing of the file, and as much again to unpack it. Free some space, or name a folder on another disk "
            "with --root."
        )


def _verify(remote: Remote, path: Path) -> None:
    """Compare length and hash with the published ones; a file that differs is deleted, and DataError raised."""
    found, expected = f"{path.stat().st_size} bytes", f"{remote.length} bytes"
    if remote.length is None or path.stat().st_size == remote.length:
        algorithm, _, expected = remote.digest.partition(":")
        if not expected:
            return
        with path.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
        if found.startswith(expected):
            return
        expected += "..." if len(found) > len(expected) else ""
        found = f"the {algorithm.upper()} {found}"
    delete(path)
    delete(path.with_name(f"{path.name}.json"))
    raise DataError(
        f"{path}: this file from {remote.url} has {found}; expected {expected}, as published ({remote.published_by}). "
        "It was damaged on its way, or the server has another file. It has been deleted: run the command again to "
        "download it anew, or name another server with --mirror."
    )


def _reason(error: BaseException) -> str:
    """The innermost reason of an error of requests or urllib3, in the system's words where it has some."""
    inner: BaseException | None = error
    while inner is not None:
        error = inner
        nested = [part for part in (getattr(error, "reason", None), *error.args) if isinstance(part, BaseException)]
        inner = nested[0] if nested else error.__cause__
    text = (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
    return " ".join(text.split()).rpartition(": ")[2].rstrip(".")[:200]


def _of(total: float | None) -> str:
    return f"of {total:.0f}" if total else "of unknown many"


def _unreachable(remote: Remote, partial: _Partial, problem: str) -> str:
    kept = f" What has arrived is kept as {partial.path}." if partial.size else ""
    return (
        f"{remote.url}: could not be reached ({problem}); expected a server that has {remote.name} ({remote.size}). "
        f"Check the address, the network connection and its proxy (HTTPS_PROXY).{kept} {_ways_out(remote, partial)}"
    )


def _ways_out(remote: Remote, partial: _Partial) -> str:
    return (
        f"Name another server with --mirror, or save the file as {partial.path.with_name(remote.name)} from elsewhere, "
        "and run the command again."
    )
