"""Write files whole or not at all, lock folders, find the project's root; numbers that are none; hashes of code."""

from __future__ import annotations

import ast
import hashlib
import logging
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from torch import Tensor

from annn.errors import RunError

_TORCH_SAVE = ("iostream error", "inline_container", "PytorchStreamWriter")
"""Signs of a full disk in the RuntimeErrors of torch.save."""
TEMPORARY = ".annn.tmp"
"""How the names of temporary files and folders end; they begin with a dot."""
_STALE = {"file": 3600.0, "folder": 7 * 86400.0}  # seconds without a write after which its process must be dead

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to: it replaces `path` if the block succeeds, and is deleted if not.

    Each call has a name of its own: processes that write the same file at the same time do not disturb each other, and
    the last one wins. Raises RunError if the disk is full or the folder cannot be written. Other errors pass through.
    """
    sweep(path.parent)
    temporary = path.with_name(f".{path.name[:100]}-{secrets.token_hex(4)}{TEMPORARY}")
    try:
        temporary.touch()  # a place that refuses says so in the system's words, before anything is computed for it
        yield temporary
        os.replace(temporary, path)
    except (OSError, SafetensorError) as error:
        raise RunError(unwritable(path, error)) from error
    except RuntimeError as error:
        if not any(sign in str(error) for sign in _TORCH_SAVE):
            raise
        raise RunError(unwritable(path, error)) from error
    finally:
        with suppress(OSError):  # on a read-only disk even a file that is not there cannot be deleted
            temporary.unlink(missing_ok=True)


@cache  # once per folder and process
def sweep(folder: Path) -> None:
    """Delete what killed processes left in a folder: temporary files after an hour, temporary folders after a week."""
    with suppress(OSError):
        for path in folder.glob(f".*{TEMPORARY}"):
            with suppress(OSError):
                is_folder = path.is_dir()
                if time.time() - path.stat().st_mtime < _STALE["folder" if is_folder else "file"]:
                    continue
                shutil.rmtree(path) if is_folder else path.unlink()


@contextmanager
def locked(folder: Path, *, waiting: str = "") -> Iterator[None]:
    """Lock a folder: other processes wait here until this one leaves the block or dies.

    After waiting, check whether the work is already done. Without file locks (Windows) nobody waits. waiting: a line
    for a person who has to wait. Raises RunError if the folder cannot be written, such as that of another user.
    """
    if fcntl is None:
        yield
        return
    path = folder / ".lock"
    try:
        lock = path.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waiting:
                logging.getLogger(__name__).warning(waiting)  # to the standard error stream
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as error:
        raise RunError(unwritable(path, error)) from error
    with lock:
        yield
        delete(path)  # kept after an error: another process may wait for it


def delete(path: Path) -> None:
    """Delete a file if there is one. Raises RunError if that fails."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RunError(unwritable(path, error, "deleted")) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all. Raises RunError as `replacing` does."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def make_folder(folder: Path) -> Path:
    """Make a folder and its parents, and return it. Raises RunError if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(unwritable(folder, error)) from error
    return folder


def unwritable(path: Path, error: Exception, what: str = "written") -> str:
    """The message for a file that could not be written."""
    reason = (isinstance(error, OSError) and error.strerror) or str(error).splitlines()[0]
    return (
        f"{path}: could not be {what} ({reason}); expected a writable folder and free disk space. Older "
        "files are kept: free some space or choose another folder, then run the command again to continue."
    )


def refused(error: OSError) -> str:
    """The message for a file or folder that the system refuses where no other message expects it."""
    return (
        f"{error.filename or 'the system'}: {error.strerror or error}; expected a file or folder that this user may "
        "read, and write where results go, on a disk that works and has room. Change its permissions, or name another."
    )


def not_finite(tensors: Mapping[str, Tensor]) -> str:
    """Which tensors hold NaN or infinity as float32, in words: the first three and how many; "" if none does."""
    bad = {name: tensor.float() for name, tensor in tensors.items() if not tensor.float().isfinite().all()}
    words = [f"{name} ({'NaN' if tensor.isnan().any() else 'infinity'})" for name, tensor in bad.items()]
    first = ", ".join(words[:3] + ["..."] * (len(words) > 3))
    return f"numbers that are not finite in {len(bad)} of {len(tensors)} tensors: {first}" if bad else ""


def project_root(start: str | Path | None = None) -> Path:
    """The nearest folder, from `start` (default: the current folder) upwards, with `pyproject.toml` and `notebooks/`.

    Falls back to `start` itself, so that the installed package also works without a checkout.
    """
    start = (Path.cwd() if start is None else Path(start)).resolve()
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file() and (folder / "notebooks").is_dir():
            return folder
    return start


def data_folder() -> Path:
    """The folder in which data sets lie under their names: what ANNN_DATA says, or data/ of the project."""
    return _folder("ANNN_DATA", "data")


def runs_folder() -> Path:
    """The folder in which trained networks are kept: what ANNN_RUNS says, or runs/ of the project."""
    return _folder("ANNN_RUNS", "runs")


def _folder(variable: str, usual: str) -> Path:
    """What an environment variable names, from the project's root on."""
    return project_root() / Path(os.environ.get(variable) or usual).expanduser()


def tuples(content: Any) -> Any:
    """JSON's lists as the tuples of a configuration, at any depth, and a copy of everything else."""
    if isinstance(content, Mapping):
        return {name: tuples(value) for name, value in content.items()}
    return tuple(map(tuples, content)) if isinstance(content, list | tuple) else content


def code_digest(files: Iterable[Path]) -> str:
    """A digest of the code in Python files, without file names, comments, docstrings, layout and imports."""
    trees = (ast.dump(_CodeOnly().visit(ast.parse(path.read_text(encoding="utf-8")))) for path in files)
    digests = sorted(hashlib.sha256(tree.encode()).hexdigest() for tree in trees)
    return hashlib.sha256("".join(digests).encode()).hexdigest()


class _CodeOnly(ast.NodeTransformer):
    """Removes docstrings and import statements from a syntax tree."""

    def visit_Import(self, _: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, _: ast.ImportFrom) -> None:
        return None

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body.pop(0)
        return super().generic_visit(node)
