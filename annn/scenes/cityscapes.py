"""Street scenes on disk, in the layout of Cityscapes, marked as stand-ins by a manifest.

leftImg8bit/{train,val}/<city>/<stem>_leftImg8bit.png     RGB
gtFine/{train,val}/<city>/<stem>_gtFine_labelIds.png      label ids 0..33
                          <stem>_gtFine_instanceIds.png   16 bit: id, or id * 1000 + k
                          <stem>_gtFine_color.png         RGBA
planted/{train,val}/<city>/<stem>_planted.png             1 on planted barriers, 2 on planted bodies; not official
stand_in.json                                             what determines the content
"""

import hashlib
import json
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from tqdm import tqdm

from annn.datasets import STAND_IN_FILE
from annn.errors import ConfigError, DataError
from annn.labels import CITYSCAPES_LABELS
from annn.scenes.street import check_size, draw

CITIES = {
    "train": (
        "aachen", "bochum", "bremen", "cologne", "darmstadt", "dusseldorf", "erfurt", "hamburg", "hanover", "jena",
        "krefeld", "monchengladbach", "strasbourg", "stuttgart", "tubingen", "ulm", "weimar", "zurich",
    ),
    "val": ("frankfurt", "lindau", "munster"),
}  # fmt: skip
FIRST_INDEX = {"train": 0, "val": 1_000_000}  # of each split's scenes: no scene is in both, however many are drawn
RUNS = 3  # zlib's Z_RLE: as small as its default on these images at level 1, and faster
NOTE = "Procedurally generated street scenes in the layout of Cityscapes: a stand-in, not the real data set."


class _Job(NamedTuple):
    root: Path
    split: str
    number: int
    seed: int
    size: tuple[int, int]


def write_cityscapes(
    root: str | Path,
    train: int,
    val: int,
    size: tuple[int, int] = (256, 512),
    seed: int = 0,
    *,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Writes `train` and `val` scenes of `size` (height, width) to `root`, whole or not at all; returns `root`.

    Returns at once where the same scenes lie there already, and draws them anew where an earlier version of the
    generator wrote them. The content does not depend on `workers`, the number of processes.

    Raises ConfigError for impossible numbers; DataError where `root` holds something else, is not writable, or the disk
    is full.
    """
    root = Path(root)
    size = check_size(size)
    if not (0 < train <= FIRST_INDEX["val"] and val > 0 and seed >= 0 and workers > 0):
        raise ConfigError(
            f"Street scenes need at least one image per split (train at most {FIRST_INDEX['val']}), a seed of at least "
            f"0 and a worker, got train {train}, val {val}, seed {seed}, workers {workers}."
        )
    manifest = {"note": NOTE, "seed": seed, "train": train, "val": val, "size": list(size), "generator": version()}
    if _is_there(root, manifest):
        return root
    jobs = [(split, number, seed, size) for split, count in (("train", train), ("val", val)) for number in range(count)]
    temporary = None
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{root.name}-", suffix=".tmp", dir=root.parent))
        drawn = _write_all([_Job(temporary, *job) for job in jobs], workers)
        for _ in tqdm(drawn, total=len(jobs), desc="drawing street scenes", unit="image", disable=not progress):
            pass
        (temporary / STAND_IN_FILE).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        temporary.chmod(0o755)  # mkdtemp's own mode keeps everyone else out
        _put_in_place(temporary, root, manifest)
    except OSError as error:
        raise DataError(
            f"{root}: the street scenes could not be written ({error}); expected a folder that can be written and room "
            f"for about {_megabytes(len(jobs), size)} MB. Nothing half-written is left: free some space or choose "
            "another folder."
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return root


@lru_cache(maxsize=1)
def version() -> str:
    """Twelve hex digits of the generator's own source files: equal versions draw equal scenes."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_text(encoding="utf-8").encode())
    return digest.hexdigest()[:12]


@lru_cache(maxsize=1)
def color_table() -> UInt8[np.ndarray, "34 3"]:
    """The official color of every label id."""
    return np.array([row.color for row in sorted(CITYSCAPES_LABELS) if row.id >= 0], dtype=np.uint8)


def stem(split: str, number: int) -> tuple[str, str]:
    """City and `<city>_<sequence>_<frame>` of a split's scene."""
    cities = CITIES[split]
    city = cities[number % len(cities)]
    return city, f"{city}_{number // len(cities):06d}_000019"


def _is_there(root: Path, manifest: dict[str, Any]) -> bool:
    """Whether these very scenes lie at root; DataError where root holds something that must not be replaced."""
    if not root.exists() or (root.is_dir() and not any(root.iterdir())):
        return False
    path = root / STAND_IN_FILE
    if not path.is_file():
        raise DataError(
            f"{root}: holds something that is not a stand-in (it has no {STAND_IN_FILE}); expected an empty or a new "
            "folder to write street scenes to. Choose another folder."
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: cannot be read ({error}); expected the manifest of a stand-in. Delete {root} to draw its scenes "
            "again, or choose another folder."
        ) from error
    wanted = {key: manifest[key] for key in ("seed", "train", "val", "size")}
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


def _megabytes(count: int, size: tuple[int, int]) -> int:
    return 1 + int(count * size[0] * size[1] * 2.2 / 1e6)  # a noisy RGB image dominates


def _write_all(jobs: list[_Job], workers: int) -> Iterator[None]:
    """Writes every job's files, yielding after each."""
    if workers == 1:
        yield from map(_write_scene, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(_write_scene, job) for job in jobs]
        try:
            for future in as_completed(running):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _write_scene(job: _Job) -> None:
    scene = draw(job.seed, FIRST_INDEX[job.split] + job.number, job.size)
    city, name = stem(job.split, job.number)
    opaque = np.column_stack([color_table(), np.full(34, 255, dtype=np.uint8)])  # RGBA, looked up as whole words
    color = np.take(opaque.view(np.uint32)[:, 0], scene.label).view(np.uint8).reshape(*job.size, 4)
    files = {
        f"leftImg8bit/{job.split}/{city}/{name}_leftImg8bit.png": scene.image,
        f"gtFine/{job.split}/{city}/{name}_gtFine_labelIds.png": scene.label,
        f"gtFine/{job.split}/{city}/{name}_gtFine_instanceIds.png": scene.instances.astype(np.uint16),
        f"gtFine/{job.split}/{city}/{name}_gtFine_color.png": color,
        f"planted/{job.split}/{city}/{name}_planted.png": scene.planted,
    }
    for path, pixels in files.items():
        (job.root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(job.root / path, compress_level=1, compress_type=RUNS)
