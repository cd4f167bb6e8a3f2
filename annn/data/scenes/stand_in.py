"""Folders of generated data: written whole or not at all, with a manifest that says what they are.

`Files` is the writer of every format; a format only says which files hold a scene.
"""

import io
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.io import savemat
from tqdm import tqdm

from annn.data.files import STAND_IN_FILE
from annn.device import check_workers, processes
from annn.errors import ConfigError, DataError
from annn.files import TEMPORARY, code_digest, sweep

FIRST_INDEX = {"train": 0, "val": 1_000_000}  # of each split's scenes: no scene is in both, however many are drawn
RUNS = 3  # zlib's Z_RLE: as small as its default on these images at level 1, and faster
QUALITY = 90  # of JPEGs; those of the real sets look alike
CREATED = "Created on: Wed Oct 14 00:00:00 2020"  # not the clock: equal scenes make equal files
_SHARED = ("camera", "canvas", "chance", "light", "stand_in", "texture")

Content = np.ndarray | bytes | str
"""An image, or what a file holds."""


def check_size(size: tuple[int, int], least: int = 32) -> tuple[int, int]:
    """The size (height, width) if scenes can be drawn at it, else ConfigError."""
    if len(size) != 2 or min(size) < least or max(size) > 4096:
        raise ConfigError(f"Scenes are drawn at {least} to 4096 pixels a side, got size {tuple(size)} (height, width).")
    return int(size[0]), int(size[1])


@lru_cache
def source_version(package: Path) -> str:
    """Twelve hex digits of a generator's own and shared code; equal versions draw equal scenes."""
    here = Path(__file__)
    shared = [here.parents[1] / "palette.py", *(here.with_name(f"{name}.py") for name in _SHARED)]
    return code_digest([*shared, *package.glob("*.py")])[:12]


def mat5(fields: Mapping[str, np.ndarray | tuple[str, ...]]) -> bytes:
    """A compressed MAT v5 file; a tuple of texts becomes a cell in a column."""
    header = f"MATLAB 5.0 MAT-file Platform: posix, {CREATED}".encode().ljust(124) + b"\x00\x01IM"
    return header + b"".join(_texts(name, value) if isinstance(value, tuple) else _element(name, value)
                             for name, value in fields.items())  # fmt: skip


@lru_cache(maxsize=8)
def _texts(name: str, texts: tuple[str, ...]) -> bytes:
    return _element(name, np.array(texts, dtype=object)[:, None])


def _element(name: str, value: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    savemat(buffer, {name: value}, do_compression=True)
    return buffer.getvalue()[128:]


@dataclass(frozen=True, kw_only=True)
class Files:
    """How scenes become the files of a data set.

    what, note: what they are, in an error message and for people. package: the code that draws. splits: what the data
    set calls train and val. draw(seed, index, size): a scene. files(split, number, scene): the files of a split's
    scene, by paths; an array is an image. finish(root, numbers, seed): called once all scenes are there, returns files
    about all. least: pixels per side.
    """

    what: str
    note: str
    package: Path
    splits: Mapping[str, str]
    draw: Callable[[int, int, tuple[int, int]], Any]
    files: Callable[[str, int, Any], Mapping[str, Content]]
    finish: Callable[[Path, Mapping[str, int], int], Mapping[str, Content]] | None = None
    least: int = 32
    bytes_per_pixel: float = 2.2  # a noisy RGB image dominates

    def write(
        self,
        root: str | Path,
        train: int,
        val: int,
        size: tuple[int, int],
        seed: int = 0,
        *,
        workers: int = 1,
        progress: bool = True,
    ) -> Path:
        """Writes `train` and `val` scenes of `size` (height, width) to `root`, whole or not at all; returns `root`.

        Returns at once where the same scenes lie there already, and draws them anew where an earlier version of the
        generator wrote them. The content does not depend on `workers`, the number of processes.

        Raises ConfigError for impossible numbers; DataError where `root` holds something else, is not writable, or the
        disk is full.
        """
        root, size, most = Path(root), check_size(size, self.least), FIRST_INDEX["val"]
        check_workers(workers, least=1)
        if not (0 < train <= most and 0 < val <= most and seed >= 0):
            raise ConfigError(
                f"{self.what}: expected 1 to {most} scenes per split and a seed of at least 0, got train {train}, val "
                f"{val}, seed {seed}."
            )
        manifest = {"note": self.note, "seed": seed, "train": train, "val": val, "size": list(size),
                    "generator": source_version(self.package)}  # fmt: skip
        if _is_there(root, manifest):
            return root
        numbers = {"train": train, "val": val}
        jobs = [(part, number, seed, size) for part, count in numbers.items() for number in range(count)]
        temporary = None
        try:
            root.parent.mkdir(parents=True, exist_ok=True)
            sweep(root.parent)
            temporary = Path(tempfile.mkdtemp(prefix=f".{root.name}-", suffix=TEMPORARY, dir=root.parent))
            written = self._write_all(temporary, jobs, workers)
            for _ in tqdm(written, total=len(jobs), desc=f"drawing {self.what}", unit="image", disable=not progress):
                pass
            if self.finish is not None:
                counts = {self.splits[part]: count for part, count in numbers.items()}
                _save(temporary, self.finish(temporary, counts, seed))
            _save(temporary, {STAND_IN_FILE: json.dumps(manifest, indent=1) + "\n"})
            temporary.chmod(0o755)  # mkdtemp's own mode keeps everyone else out
            _put_in_place(temporary, root, manifest)
        except OSError as error:
            megabytes = 1 + int(len(jobs) * size[0] * size[1] * self.bytes_per_pixel / 1e6)
            raise DataError(
                f"{root}: the {self.what} could not be written ({error.strerror or error}); expected a folder that can "
                f"be written and room for about {megabytes} MB. Nothing half-written is left: free space or choose "
                "another folder."
            ) from error
        finally:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
        return root

    def _write_scene(self, root: Path, part: str, number: int, seed: int, size: tuple[int, int]) -> None:
        scene = self.draw(seed, FIRST_INDEX[part] + number, size)
        _save(root, self.files(self.splits[part], number, scene))

    def _write_all(self, root: Path, jobs: list[tuple], workers: int) -> Iterator[None]:
        """Writes every scene, yielding after each."""
        if workers == 1:
            for job in jobs:
                yield self._write_scene(root, *job)
            return
        with processes(workers) as pool:
            for future in as_completed([pool.submit(self._write_scene, root, *job) for job in jobs]):
                yield future.result()


def _save(root: Path, files: Mapping[str, Content]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, np.ndarray):
            image = Image.fromarray(content)
            if path.suffix == ".jpg":
                image.save(path, quality=QUALITY, subsampling=0)  # full color, since patterns are fine
            else:
                image.save(path, compress_level=1, compress_type=RUNS)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)


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
