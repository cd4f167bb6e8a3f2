"""Folders of generated data: written whole or not at all, with a manifest that says what they are."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from functools import lru_cache
from pathlib import Path
from typing import Any

from tqdm import tqdm

from annn.data.files import STAND_IN_FILE
from annn.device import processes
from annn.errors import DataError
from annn.files import code_digest

_SHARED = ("camera", "canvas", "chance", "light", "texture")


@lru_cache
def source_version(package: Path) -> str:
    """Twelve hex digits of a generator's own and shared code; equal versions draw equal scenes."""
    shared = [Path(__file__).with_name(f"{name}.py") for name in _SHARED]
    return code_digest([*shared, *package.glob("*.py")])[:12]


def write_stand_in(
    root: str | Path,
    manifest: dict[str, Any],
    write: Callable[..., None],
    jobs: Sequence[tuple],
    *,
    what: str,
    megabytes: float,
    workers: int = 1,
    progress: bool = True,
    finish: Callable[[Path], None] | None = None,
) -> Path:
    """Calls `write(folder, *job)` for every job in a temporary folder, then gives it the name `root`; returns `root`.

    manifest: all that determines the content, with "generator" for the version of the code and "note" for people; it
    becomes the folder's stand_in.json. Returns at once where the same content lies there already, and writes it anew
    where an earlier version of the generator wrote it. finish: called with the folder once every job is done, for files
    that hold all scenes. workers: processes; `write` must be a function that they can import.

    Raises DataError where `root` holds something else, is not writable, or the disk is full.
    """
    root = Path(root)
    if _is_there(root, manifest):
        return root
    temporary = None
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{root.name}-", suffix=".tmp", dir=root.parent))
        written = _write_all(write, [(temporary, *job) for job in jobs], workers)
        for _ in tqdm(written, total=len(jobs), desc=f"drawing {what}", unit="image", disable=not progress):
            pass
        if finish is not None:
            finish(temporary)
        (temporary / STAND_IN_FILE).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        temporary.chmod(0o755)  # mkdtemp's own mode keeps everyone else out
        _put_in_place(temporary, root, manifest)
    except OSError as error:
        raise DataError(
            f"{root}: the {what} could not be written ({error}); expected a folder that can be written and room for "
            f"about {1 + int(megabytes)} MB. Nothing half-written is left: free some space or choose another folder."
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return root


def _write_all(write: Callable[..., None], calls: list[tuple], workers: int) -> Iterator[None]:
    """Makes every call, yielding after each."""
    if workers == 1:
        for call in calls:
            yield write(*call)
        return
    with processes(workers) as pool:
        for future in as_completed([pool.submit(write, *call) for call in calls]):
            yield future.result()


def _is_there(root: Path, manifest: dict[str, Any]) -> bool:
    """Whether these very scenes lie at root; DataError where root holds something that must not be replaced."""
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return False
    path = root / STAND_IN_FILE
    if not path.is_file():
        raise DataError(
            f"{root}: holds something that is not a stand-in (it has no {STAND_IN_FILE}); expected an empty or a new "
            "folder for generated scenes. Choose another folder."
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: cannot be read ({error}); expected the manifest of a stand-in. Delete {root} to draw its scenes "
            "again, or choose another folder."
        ) from error
    wanted = {key: value for key, value in manifest.items() if key not in ("note", "generator")}
    there = {key: found.get(key) for key in wanted} if isinstance(found, dict) else {}
    if there != wanted:
        raise DataError(
            f"{root}: holds another stand-in ({_listed(there)}); expected {_listed(wanted)}. Choose another folder, or "
            "delete this one."
        )
    return found.get("generator") == manifest["generator"]


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _put_in_place(temporary: Path, root: Path, manifest: dict[str, Any]) -> None:
    """Gives the finished folder its name; scenes of an earlier generator make room, equal scenes stay."""
    if not root.exists() or not any(root.iterdir()):
        os.replace(temporary, root)
    elif not _is_there(root, manifest):  # else another process was faster, with the same content
        old = temporary.with_name(temporary.name + ".old")
        os.replace(root, old)
        os.replace(temporary, root)
        shutil.rmtree(old, ignore_errors=True)
