"""Mosaics on disk, in the files of NYU Depth V2, marked as stand-ins by a manifest.

nyu_depth_v2_labeled.mat   MATLAB v7.3, that is HDF5 behind a header of 512 bytes, every array with its axes reversed:
                           images (n, 3, W, H) uint8, labels (n, W, H) uint16, names (1, 894); no depths
splits.mat                 MATLAB v5: trainNdxs, testNdxs, counted from 1
classMapping40.mat         MATLAB v5: mapClass (1, 894), className (1, 40), allClassName (1, 894)
planted/<number>.png       n on a panel of the n-th pair of twins; not official
stand_in.json              what determines the content
"""

import io
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from annn.data.nyud.labeled import LABELED, MAPPING, SPLITS
from annn.data.nyud.labels import NYUD, NYUD_894, NYUD_MAPPING
from annn.data.scenes.mosaic.scene import LEAST, Scene, draw
from annn.data.scenes.stand_in import CREATED, Content, Files, mat5

OF_CLASS = dict(zip(NYUD_894.file_ids, NYUD.classes, strict=True))
NAMES = tuple(OF_CLASS.get(number, f"name {number}") for number in range(1, len(NYUD_MAPPING) + 1))
"""The 894 names; those that no mosaic has by their numbers only."""


def _files(split: str, number: int, scene: Scene) -> dict[str, Content]:
    """One scene by itself, for `_gather` to collect."""
    buffer = io.BytesIO()
    np.savez(buffer, images=scene.image, labels=NYUD_894.decode(scene.label), planted=scene.planted)
    return {f"{split}{number}.npz": buffer.getvalue()}


def _gather(root: Path, numbers: Mapping[str, int], seed: int) -> dict[str, Content]:
    """All scenes in the labeled file, in mixed order as there, and the small files beside it."""
    order = np.random.default_rng(seed).permutation(sum(numbers.values())) + 1
    places = {"train": np.sort(order[: numbers["train"]]), "test": np.sort(order[numbers["train"] :])}
    planted: dict[str, Content] = {}
    with h5py.File(root / LABELED, "w", userblock_size=512) as file:
        for split, numbered in places.items():
            for number, place in enumerate(numbered):
                path = root / f"{split}{number}.npz"
                with np.load(path) as scene:
                    for name, packed in (("images", None), ("labels", "gzip")):
                        pixels = scene[name].T
                        if name not in file:
                            shape = (len(order), *pixels.shape)
                            file.create_dataset(
                                name, shape, pixels.dtype, chunks=(1, *pixels.shape), compression=packed
                            )
                            file[name].attrs["MATLAB_class"] = np.bytes_(pixels.dtype.name)
                        file[name][place - 1] = pixels  # pyright: ignore[reportIndexIssue]
                    planted[f"planted/{place:06}.png"] = scene["planted"]
                path.unlink()
        _write_cells(file, "names", NAMES)
    header = f"MATLAB 7.3 MAT-file, Platform: GLNXA64, {CREATED} HDF5 schema 1.00 ."
    with (root / LABELED).open("r+b") as raw:  # into the 512 bytes that HDF5 left free
        raw.write(header.encode().ljust(116) + bytes(8) + b"\x00\x02IM")
    names = {"className": np.array([NYUD.classes], dtype=object), "allClassName": np.array([NAMES], dtype=object)}
    mapping = mat5({"mapClass": np.array([NYUD_MAPPING], dtype=np.uint8), **names})
    splits = {f"{split}Ndxs": numbered[:, None].astype(float) for split, numbered in places.items()}
    return {SPLITS: mat5(splits), MAPPING: mapping, **planted}


def _write_cells(file: h5py.File, name: str, texts: Sequence[str]) -> None:
    """A MATLAB cell array of texts: references into #refs#, where each is an array of character codes."""
    group = file.require_group("#refs#")
    references = np.empty((1, len(texts)), dtype=h5py.ref_dtype)
    for number, text in enumerate(texts):
        codes = np.array([ord(letter) for letter in text], dtype=np.uint16)[:, None]
        target = group.create_dataset(f"{name}{number}", data=codes)
        target.attrs["MATLAB_class"] = np.bytes_("char")
        references[0, number] = target.ref
    file.create_dataset(name, data=references, dtype=h5py.ref_dtype).attrs["MATLAB_class"] = np.bytes_("cell")


write_nyud = Files(
    what="mosaics for NYUD-V2",
    note="Generated patterns and shapes in the files of NYU Depth V2: a stand-in, not the real data set.",
    package=Path(__file__).parent,
    splits={"train": "train", "val": "test"},
    draw=partial(draw, NYUD),
    files=_files,
    finish=_gather,
    least=LEAST,
    bytes_per_pixel=12,  # scenes one by one, then all in one file
).write
"""Writes mosaics of 40 classes; see `Files.write`."""
