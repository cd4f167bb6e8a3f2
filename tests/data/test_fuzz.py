"""Thousands of damaged files: each is read as a valid sample or refused with a DataError, and nothing else happens."""

import random
import struct
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from layouts import (
    COCO_STEMS,
    CONTEXT_STEMS,
    draw_frames,
    write_ade,
    write_annotation,
    write_cmx,
    write_coco,
    write_context,
    write_esanet,
    write_label_map,
    write_labeled,
    write_nyud,
    write_refinenet,
    write_splits,
)

from annn.data import Ade20k, CocoStuff, FileDataset, NyuDepthV2, PascalContext
from annn.data.space import IGNORE
from annn.errors import DataError

MUTATIONS = 600  # of each format, shared among its variants
EXTREME = (0, 1, 0x7F, 0x80, 0xFF)
WIDE = (0, 1, 2**7, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)

pytestmark = pytest.mark.slow(reason="thousands of damaged files, each read")


def mutate(whole: bytes, chance: random.Random, focus: int | None = None) -> bytes:
    """One to four changes to a file's bytes, half of them among the first `focus`, where headers are."""
    data = bytearray(whole)
    for _ in range(chance.randint(1, 4)):
        end = min(focus, len(data)) if focus is not None and chance.random() < 0.5 else len(data)
        at = chance.randrange(max(1, end))
        match chance.randrange(8):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1 | 2:
                data[at : at + 1] = bytes([chance.choice(EXTREME)])
            case 3:
                data[at : at + 4] = struct.pack(chance.choice("<>") + "I", chance.choice(WIDE))
            case 4:
                data[at : at + 1] = bytes([data[at] ^ (1 << chance.randrange(8))]) if data else b""
            case 5:
                del data[at : at + chance.choice((1, 4, 8, 64))]
            case 6:
                data[at:at] = data[at : at + chance.choice((1, 4, 8, 64))]
            case 7 if chance.random() < 0.3:
                del data[at:]
    return bytes(data)


def with_checksums(png: bytes) -> bytes:
    """The file with each chunk's checksum put right, so that damage gets as far as the decoder."""
    data, at = bytearray(png), 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        end = at + 8 + size
        if end + 4 > len(data):
            break
        struct.pack_into(">I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return bytes(data)


def survives(
    path: Path, open_split: Callable[[], FileDataset], times: int, *, focus: int | None = None, checksums: bool = False
) -> None:
    """Damage the file at `path` many times, each time open its split and read the first sample."""
    chance, whole, ends = random.Random(path.name), path.read_bytes(), Counter[str]()
    for number in range(times):
        damaged = mutate(whole, chance, focus)
        path.unlink()  # HDF5 takes a file that is still open somewhere for the same one, whatever was written since
        path.write_bytes(with_checksums(damaged) if checksums and number % 2 else damaged)
        try:
            dataset = open_split()
            image, label, _ = dataset[0]
        except DataError as error:
            assert str(path.parent) in str(error) and "\n" not in str(error)
            ends["refused"] += 1
        else:
            assert image.dtype == label.dtype == np.uint8 and image.shape == (*label.shape, 3) and label.size
            assert (label[label != IGNORE] < len(dataset.space.classes)).all()
            ends["read"] += 1
    path.unlink()
    path.write_bytes(whole)
    assert open_split()[0].label.size
    assert ends["refused"] > times // 20, ends  # the damage was real


@pytest.mark.parametrize("compress", [True, False], ids=["compressed", "plain"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_mat_v5_annotations(tmp_path: Path, compress: bool, dtype: type):
    write_coco(tmp_path)
    path = tmp_path / "annotations" / f"{COCO_STEMS[0]}.mat"
    write_annotation(path, np.arange(140, dtype=dtype).reshape(10, 14), compress=compress)
    survives(path, lambda: CocoStuff(tmp_path, "train"), MUTATIONS // 4, focus=512)


def test_mat_v5_splits_and_mapping(tmp_path: Path):
    write_nyud(tmp_path)
    for name in ("splits.mat", "classMapping40.mat"):
        survives(tmp_path / name, lambda: NyuDepthV2(tmp_path, "train"), MUTATIONS // 4)


@pytest.mark.parametrize("compress", [True, False], ids=["compressed", "plain"])
@pytest.mark.parametrize("dtype", [np.uint16, np.float64])
def test_mat_v5_label_maps(tmp_path: Path, compress: bool, dtype: type):
    write_context(tmp_path)
    path = tmp_path / "trainval" / f"{CONTEXT_STEMS['train'][0]}.mat"
    write_label_map(path, np.arange(140, dtype=dtype).reshape(10, 14), compress=compress)
    survives(path, lambda: PascalContext(tmp_path, "train"), MUTATIONS // 4, focus=256)


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_hdf5(tmp_path: Path, compression: str | None):
    path = tmp_path / "nyu_depth_v2_labeled.mat"
    write_labeled(path, *draw_frames(2, (6, 8)), compression=compression)
    write_splits(tmp_path / "splits.mat", (2,), (1,))
    survives(path, lambda: NyuDepthV2(tmp_path, "train"), MUTATIONS, focus=4096)


@pytest.mark.parametrize("write", [write_cmx, write_refinenet], ids=["grey", "palette"])
def test_png(tmp_path: Path, write: Callable[[Path], object]):
    write(tmp_path)
    dataset = NyuDepthV2(tmp_path, "train")
    for path in dataset.pairs[0][1:]:
        survives(path, lambda: NyuDepthV2(tmp_path, "train"), MUTATIONS // 4, focus=64, checksums=True)


@pytest.mark.parametrize(
    ("write", "reader"),
    [(write_ade, Ade20k), (lambda root: write_context(root, "prepared"), PascalContext)],
    ids=["ADE20K", "PASCAL-Context"],
)
def test_jpeg_with_png(tmp_path: Path, write: Callable[[Path], object], reader: type[FileDataset]):
    write(tmp_path)
    for path in reader(tmp_path, "train").pairs[0][1:]:
        png = path.suffix == ".png"
        survives(path, lambda: reader(tmp_path, "train"), MUTATIONS, focus=64 if png else 200, checksums=png)


@pytest.mark.parametrize("split", ["train", "test"], ids=["colour", "grey"])
def test_jpeg(tmp_path: Path, split: str):
    write_coco(tmp_path)
    path = CocoStuff(tmp_path, split).pairs[0].image
    survives(path, lambda: CocoStuff(tmp_path, split), MUTATIONS // 2, focus=200)


def test_lists(tmp_path: Path):
    write_coco(tmp_path / "coco")
    survives(tmp_path / "coco/imageLists/train.txt", lambda: CocoStuff(tmp_path / "coco", "train"), MUTATIONS // 4)
    write_context(tmp_path / "context")
    for name in ("ImageSets/Main/train.txt", "labels.txt"):
        root = tmp_path / "context"
        survives(root / name, lambda root=root: PascalContext(root, "train"), MUTATIONS // 4)
    for write, name in ((write_refinenet, "train.nyu"), (write_cmx, "train.txt"), (write_esanet, "train.txt")):
        root = tmp_path / write.__name__
        write(root)
        survives(root / name, lambda root=root: NyuDepthV2(root, "train"), MUTATIONS // 4)
