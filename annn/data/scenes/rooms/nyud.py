"""Rooms on disk, in the files of NYU Depth V2, marked as stand-ins by a manifest.

nyu_depth_v2_labeled.mat   MATLAB v7.3, that is HDF5 behind a header of 512 bytes, every array with its axes reversed:
                           images (n, 3, W, H) uint8, labels (n, W, H) uint16, instances (n, W, H) uint8,
                           depths (n, W, H) float32, names (1, 894), sceneTypes (1, n), scenes (1, n)
splits.mat                 MATLAB v5: trainNdxs, testNdxs, counted from 1
classMapping40.mat         MATLAB v5: mapClass (1, 894), className (1, 40), allClassName (1, 894)
stand_in.json              what determines the content
"""

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from scipy.io import savemat

from annn.data.nyud.labels import NYUD, NYUD_MAPPING
from annn.data.scenes.rooms import ids
from annn.data.scenes.rooms.scene import add_border, draw
from annn.data.scenes.stand_in import source_version, write_stand_in
from annn.errors import ConfigError, DataError

LABELED, SPLITS, MAPPING = "nyu_depth_v2_labeled.mat", "splits.mat", "classMapping40.mat"
FULL_SIZE = (480, 640)
FIRST_INDEX = {"train": 0, "test": 1_000_000}  # of each split's scenes: no scene is in both, however many are drawn
NOTE = "Procedurally generated rooms in the files of NYU Depth V2: a stand-in, not the real data set."
CREATED = "Created on: Wed Oct 14 00:00:00 2020"  # not the clock: equal scenes make equal files


def write_nyud(
    root: str | Path,
    train: int,
    val: int,
    size: tuple[int, int] = FULL_SIZE,
    seed: int = 0,
    *,
    border: bool | None = None,
    workers: int = 1,
    progress: bool = True,
) -> Path:
    """Writes `train` and `val` (called test there) rooms of `size` (height, width) to `root`, whole or not at all.

    border: the white margin of the real frames; None gives it at full size, 480 x 640, only. Returns at once where the
    same scenes lie there already. The content does not depend on `workers`, the number of processes.

    Raises ConfigError for impossible numbers; DataError where `root` holds something else, is not writable, or the disk
    is full.
    """
    size = (int(size[0]), int(size[1]))
    if not (0 < train <= FIRST_INDEX["test"] and val > 0 and seed >= 0 and workers > 0 and min(size) >= 32):
        raise ConfigError(
            f"Rooms need at least one image per split (train at most {FIRST_INDEX['test']}), 32 pixels a side, a seed "
            f"of at least 0 and a worker, got train {train}, val {val}, size {size}, seed {seed}, workers {workers}."
        )
    framed = size == FULL_SIZE if border is None else border
    manifest = {"note": NOTE, "seed": seed, "train": train, "val": val, "size": list(size), "border": framed,
                "generator": version()}  # fmt: skip
    places = _places(train, val, seed)
    jobs = [
        (int(place), FIRST_INDEX[split] + number, seed, size, framed)
        for split, numbers in places.items()
        for number, place in enumerate(numbers)
    ]
    megabytes = 2 * len(jobs) * size[0] * size[1] * 10 / 1e6  # scenes one by one, then all in one file
    return write_stand_in(
        root,
        manifest,
        _write_scene,
        jobs,
        what="rooms",
        megabytes=megabytes,
        workers=workers,
        progress=progress,
        finish=partial(_gather, places=places, size=size),
    )


def version() -> str:
    """Twelve hex digits of the generator's own source files: equal versions draw equal scenes."""
    return source_version(Path(__file__).parent)


def read_scene_types(path: str | Path) -> tuple[str, ...]:
    """The scene type of every image of a labeled file, in its order; raises DataError where they cannot be read."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            return tuple(_text(file[reference]) for reference in np.ravel(file["sceneTypes"]))  # type: ignore[arg-type]
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise DataError(
            f"{path}, sceneTypes: cannot be read ({error}); expected references to text, one per image, in MATLAB v7.3 "
            "(HDF5). The file is damaged or of another kind: restore it."
        ) from error


def _text(codes: h5py.Dataset) -> str:
    return "".join(chr(code) for code in np.ravel(codes[()]))


def _places(train: int, val: int, seed: int) -> dict[str, np.ndarray]:
    """The images of each split, counted from 1: mixed, as in the real file."""
    order = np.random.default_rng(seed).permutation(train + val) + 1
    return {"train": np.sort(order[:train]), "test": np.sort(order[train:])}


def _write_scene(folder: Path, place: int, index: int, seed: int, size: tuple[int, int], border: bool) -> None:
    """One scene by itself, for `_gather` to collect."""
    scene = draw(seed, index, size)
    if border:
        scene = add_border(scene)
    np.savez(folder / f"{place}.npz", images=scene.image, labels=scene.label, instances=scene.instances,
             depths=scene.depth, kind=np.array(scene.kind))  # fmt: skip


def _gather(folder: Path, places: dict[str, np.ndarray], size: tuple[int, int]) -> None:
    """All scenes into the labeled file, and the small files beside it."""
    count = sum(len(numbers) for numbers in places.values())
    height, width = size
    with h5py.File(folder / LABELED, "w", userblock_size=512) as file:
        kinds = []
        fields = {
            "images": ("uint8", (3,)),
            "labels": ("uint16", ()),
            "instances": ("uint8", ()),
            "depths": ("single", ()),
        }
        for name, (kind, channels) in fields.items():
            packed = {} if name == "images" else {"compression": "gzip", "compression_opts": 1, "shuffle": True}
            dtype = np.float32 if kind == "single" else np.dtype(kind)
            shape = (*channels, width, height)
            array = file.create_dataset(name, (count, *shape), dtype, chunks=(1, *shape), **packed)
            array.attrs["MATLAB_class"] = np.bytes_(kind)
        for place in range(count):
            path = folder / f"{place + 1}.npz"
            with np.load(path) as scene:
                for name in fields:
                    file[name][place] = scene[name].T  # type: ignore[index]
                kinds.append(str(scene["kind"]))
            path.unlink()
        _write_cells(file, "names", _names())
        _write_cells(file, "sceneTypes", kinds)
        _write_cells(file, "scenes", [f"{kind}_{place:04d}" for place, kind in enumerate(kinds, 1)])
    _write_header(folder / LABELED)
    _write_mat5(folder / SPLITS, {f"{split}Ndxs": numbers[:, None].astype(float) for split, numbers in places.items()})
    cells = {"className": _cells(NYUD.classes), "allClassName": _cells(_names())}
    _write_mat5(folder / MAPPING, {"mapClass": np.array(NYUD_MAPPING, dtype=np.uint8)[None, :], **cells})


def _names() -> list[str]:
    """The 894 names; those that the generator does not draw by their numbers only."""
    known = {value: name.lower().replace("_", " ") for name, value in vars(ids).items() if isinstance(value, int)}
    return [known.get(number, f"name {number}") for number in range(1, ids.COUNT + 1)]


def _write_cells(file: h5py.File, name: str, texts: Sequence[str]) -> None:
    """A MATLAB cell array of texts: references into #refs#, where each is an array of character codes."""
    group = file.require_group("#refs#")
    references = np.empty((1, len(texts)), dtype=h5py.ref_dtype)
    for number, text in enumerate(texts):
        codes = np.array([ord(letter) for letter in text], dtype=np.uint16)[:, None]
        target = group.create_dataset(f"{name}{number}", data=codes)
        target.attrs["MATLAB_class"] = np.bytes_("char")
        target.attrs["MATLAB_int_decode"] = np.int32(2)
        target.attrs["H5PATH"] = np.bytes_(target.name)
        references[0, number] = target.ref
    cells = file.create_dataset(name, data=references, dtype=h5py.ref_dtype)
    cells.attrs["MATLAB_class"] = np.bytes_("cell")


def _write_header(path: Path) -> None:
    """MATLAB's own text at the start of the 512 bytes that HDF5 left free."""
    text = f"MATLAB 7.3 MAT-file, Platform: GLNXA64, {CREATED} HDF5 schema 1.00 ."
    with path.open("r+b") as file:
        file.write(text.encode().ljust(116) + bytes(8) + b"\x00\x02IM")


def _write_mat5(path: Path, content: dict[str, np.ndarray]) -> None:
    buffer = io.BytesIO()
    savemat(buffer, content)
    text = f"MATLAB 5.0 MAT-file Platform: posix, {CREATED}".encode().ljust(116)
    path.write_bytes(text + buffer.getvalue()[116:])


def _cells(texts: Sequence[str]) -> np.ndarray:
    cells = np.empty((1, len(texts)), dtype=object)
    cells[0, :] = list(texts)
    return cells
