"""Files that are there whole or not at all, folders that can be written, and where the project lies."""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from annn.errors import RunError

_TORCH_SAVE = ("iostream error", "inline_container", "PytorchStreamWriter")
"""Signs of a full disk in the RuntimeErrors of torch.save."""

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` that takes its place if all goes well, and is removed if not.

    Raises RunError where the disk is full or the folder cannot be written; other errors stay as they are.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except (OSError, SafetensorError) as error:
        raise RunError(unwritable(path, error)) from error
    except RuntimeError as error:
        if not any(sign in str(error) for sign in _TORCH_SAVE):
            raise
        raise RunError(unwritable(path, error)) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder's work: they wait here until this one has left, or has died.

    Whoever waited has to look whether the work is done by now. Where the system has no file locks (Windows) nobody
    waits.
    """
    if fcntl is None:
        yield
        return
    path = folder / ".lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        path.unlink(missing_ok=True)  # after an error it stays: somebody may be waiting for it


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all; raises RunError as `replacing` does."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def make_folder(folder: Path) -> Path:
    """Make a folder and those above it, and return it; raises RunError where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(unwritable(folder, error)) from error
    return folder


def unwritable(path: Path, error: Exception) -> str:
    """The message for a file that could not be written."""
    reason = str(error).splitlines()[0]
    return (
        f"{path}: could not be written ({reason}); expected a folder that can be written and a disk with room. What "
        "was there before is kept: free some space or choose another folder, then start again to go on."
    )


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


def code_digest(files: Iterable[Path]) -> str:
    """A digest of what Python files do: names of files, comments, docstrings, layout and imports do not count."""
    trees = (ast.dump(_Bare().visit(ast.parse(path.read_text(encoding="utf-8")))) for path in files)
    digests = sorted(hashlib.sha256(tree.encode()).hexdigest() for tree in trees)
    return hashlib.sha256("".join(digests).encode()).hexdigest()


class _Bare(ast.NodeTransformer):
    """Takes docstrings and import statements out of a syntax tree."""

    def visit_Import(self, _: ast.Import) -> None:
        return None

    def visit_ImportFrom(self, _: ast.ImportFrom) -> None:
        return None

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body.pop(0)
        return super().generic_visit(node)
