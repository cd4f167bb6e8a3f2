"""Label maps keep every id: a lossy file is refused in every reader, whatever its name says."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from layouts import PICTURED, write_camvid
from PIL import Image
from refusals import refuses

from annn.data import DATASETS, FileDataset, check
from annn.data.camvid import CAMVID
from annn.data.files import decode_labels
from annn.data.predictions import write_labels
from annn.errors import ConfigError

IDS = np.kron(np.arange(12, dtype=np.uint8).reshape(3, 4), np.ones((6, 7), np.uint8))


def encoded(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(IDS).save(file, kind, **options)
    return file.getvalue()


def opened(name: str, root: Path) -> FileDataset:
    return DATASETS[name](root, "train")


@pytest.mark.parametrize("layout", PICTURED)
def test_a_jpeg_under_the_name_of_a_png_is_no_label_map_in_any_reader(tmp_path: Path, layout: str):
    name, write = PICTURED[layout]
    write(tmp_path / "data")
    dataset = opened(name, tmp_path / "data")
    assert dataset[0].label.size
    label = dataset.pairs[0].label
    with Image.open(label) as file:
        size = file.size
    Image.new("L", size).save(label, "JPEG")
    words = (str(label), "the content is JPEG", "label map as PNG", "Restore the file")
    refuses(lambda: opened(name, tmp_path / "data")[0], *words)
    assert "the content is JPEG" in str(check(name, tmp_path / "data"))


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("JPEG", {"quality": 100}, "JPEG"),
        ("JPEG2000", {"irreversible": True}, "JPEG2000"),
        ("WEBP", {"quality": 50}, "WEBP"),
        ("AVIF", {}, "AVIF"),
        ("TIFF", {"compression": "jpeg"}, "TIFF with jpeg compression"),
    ],
)
def test_lossy_formats_are_known_by_their_content(tmp_path: Path, kind: str, options: dict, said: str):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(kind, **options))
    refuses(lambda: decode_labels(path), "a.png", f"the content is {said},", "as PNG")


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("BMP", {}), ("GIF", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})],
)
def test_other_formats_give_every_id_back(tmp_path: Path, kind: str, options: dict):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(kind, **options))
    np.testing.assert_array_equal(decode_labels(path), IDS)


@pytest.mark.parametrize("bits", [2, 4])
def test_grey_values_that_pillow_would_scale_are_refused(tmp_path: Path, bits: int):
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head, row = struct.pack(">IIBBBBB", 8 // bits, 1, bits, 0, 0, 0, 0), zlib.compress(b"\0\x1b")
    path = tmp_path / "a.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b""))
    refuses(lambda: decode_labels(path), "a.png", f"'L;{bits}'", "8-bit label map", "write its ids again")


def test_photographs_may_be_lossy(tmp_path: Path):
    write_camvid(tmp_path)
    image = opened("camvid", tmp_path).pairs[0].image
    Image.fromarray(np.zeros((6, 8, 3), np.uint8)).save(image, "JPEG")
    assert opened("camvid", tmp_path)[0].image.shape == (6, 8, 3)


def test_predictions_are_not_written_as_jpeg(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"labels\.jpg: label ids .* ends in \.png"):
        write_labels(tmp_path / "labels.jpg", IDS, CAMVID)
    assert not list(tmp_path.iterdir())
