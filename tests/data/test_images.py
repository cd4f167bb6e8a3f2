"""Images of every kind that Pillow opens are right, or refused by name with the way out."""

import io
import shlex
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from refusals import refuses

from annn.data.images import to_rgb
from annn.errors import DataError

Y, X = np.mgrid[0:48, 0:64]
RGB = np.stack([X * 4, Y * 5, 255 - X * 4], -1).astype(np.uint8)
GREY = (X * 4).astype(np.uint8)
DEEP = GREY.astype(np.uint16) * 257  # the same grey in 16 bits


def shown(grey: np.ndarray) -> np.ndarray:
    return np.stack([grey] * 3, -1)


def tiff(values: np.ndarray, bits: int, kind: int, zero_is_black: bool = True) -> bytes:
    """A TIFF of one channel; kind: 1 for counts, 2 for signed, 3 for floats; the byte order is the array's."""
    order, content = ">" if values.dtype.str.startswith(">") else "<", values.tobytes()
    height, width = Y.shape
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: zero_is_black, 273: 8, 277: 1, 278: height}
    tags |= {279: len(content), 339: kind}
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(content))
    return head + content + struct.pack(f"{order}H", len(tags)) + entries + b"\0\0\0\0"


def png(values: np.ndarray, color: int, clear: bytes = b"") -> bytes:
    """A PNG of 16 bits per channel; color: 0 for grey, 2 for RGB; clear: the transparent value."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", 64, 48, 16, color, 0, 0, 0)
    parts = chunk(b"IHDR", head) + (chunk(b"tRNS", clear) if clear else b"") + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IEND", b"")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def twelve_bits() -> bytes:
    pairs = (GREY.astype(int) * 4095 // 255).reshape(-1, 2)
    packed = np.stack([pairs[:, 0] >> 4, (pairs[:, 0] & 15) << 4 | pairs[:, 1] >> 8, pairs[:, 1] & 255], -1)
    return tiff(packed.astype(np.uint8), 12, 1)


SIXTEEN_BITS = {
    "grey.png": lambda: png(DEEP, 0),
    "rgb.png": lambda: png(shown(DEEP), 2),
    "little.tif": lambda: tiff(DEEP.astype("<u2"), 16, 1),
    "big.tif": lambda: tiff(DEEP.astype(">u2"), 16, 1),
    "white-is-zero.tif": lambda: tiff(65535 - DEEP, 16, 1, zero_is_black=False),
    "twelve.tif": twelve_bits,
    "raw.pgm": lambda: b"P5 64 48 65535\n" + DEEP.astype(">u2").tobytes(),
    "twelve.pgm": lambda: b"P5 64 48 4095\n" + np.rint(GREY * (4095 / 255)).astype(">u2").tobytes(),
    "raw.ppm": lambda: b"P6 64 48 65535\n" + shown(DEEP).astype(">u2").tobytes(),
}


@pytest.mark.parametrize("name", SIXTEEN_BITS)
def test_sixteen_bits_become_the_same_grey_in_eight(name, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(SIXTEEN_BITS[name]())
    np.testing.assert_array_equal(to_rgb(tmp_path / name), shown(GREY))


def test_sixteen_bits_are_rounded_and_in_memory_have_any_byte_order() -> None:
    values = np.array([[0, 128, 129, 65406, 65407, 65535]], np.uint16)
    assert to_rgb(values)[0, :, 0].tolist() == [0, 0, 1, 254, 255, 255]
    for order in ("<u2", ">u2"):
        np.testing.assert_array_equal(to_rgb(DEEP.astype(order)), shown(GREY))
        np.testing.assert_array_equal(to_rgb(Image.fromarray(DEEP.astype(order))), shown(GREY))


WITHOUT_WHITE = {
    "int32.tif": (lambda: tiff(DEEP.astype("<i4"), 32, 2), "whole numbers from 0 to 64764", "65535 as white", GREY),
    "counts.tif": (lambda: tiff(DEEP.astype("<u4") * 4, 32, 1), "to 259056", "259056 as white", DEEP * (255 / 64764)),
    "signed.tif": (
        lambda: tiff((X - 20).astype("<i2"), 16, 2),
        "-20 to 43",
        "-20 as black.*255 as white",
        X * 255 / 275,
    ),
    "float01.tif": (lambda: tiff((GREY / 255).astype("<f4"), 32, 3), "floating-point numbers", "1 as white", GREY),
    "float255.tif": (lambda: tiff(GREY.astype("<f4"), 32, 3), "from 0 to 252 .Pillow's mode F", "255 as white", GREY),
    "it's.pfm": (
        lambda: b"Pf\n64 48\n-1\n" + (GREY[::-1] / 255).astype("<f4").tobytes(),
        "0 to 0.98",
        "1 as white",
        GREY,
    ),
}


@pytest.mark.parametrize("name", WITHOUT_WHITE)
def test_numbers_without_a_white_are_refused_with_the_command_that_converts_them(name, tmp_path: Path) -> None:
    content, holds, white, expected = WITHOUT_WHITE[name]
    path = tmp_path / name
    path.write_bytes(content())
    with pytest.raises(DataError, match=rf"{name}: holds .*{holds}.*8 or 16 bits.*{white}: python -c") as error:
        to_rgb(path)
    _, option, script = shlex.split(str(error.value)[str(error.value).index("python -c") :])
    subprocess.run([sys.executable, option, script], check=True)
    converted = to_rgb(path.with_name(f"{path.stem}-8bit.png"))
    np.testing.assert_array_equal(converted, shown(np.rint(expected)))


def test_an_image_in_memory_without_a_white_is_refused_by_its_name() -> None:
    for mode in ("I", "F"):
        refuses(lambda mode=mode: to_rgb(Image.new(mode, (8, 8), 3), "mine"), "mine: holds", "from 3 to 3", "fromarray")
    refuses(lambda: to_rgb(io.BytesIO(tiff(X.astype("<f4"), 32, 3)), "sent.tif"), "sent.tif: holds", "sent-8bit.png")
    odd = np.full(X.shape, np.nan, np.float32)
    refuses(lambda: to_rgb(Image.fromarray(odd), "nothing"), "nothing: holds", "from 0 to 0")


MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB", "I;16"]
MODES += ["I;16B", "I;16L", "I;16N"]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_keeps_its_colors(mode) -> None:
    """A grey of three fourths, which all modes hold, or white where there are only two."""
    level = 255 if mode == "1" else 192
    color = Image.new("RGB", (4, 3), (level,) * 3)
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(color, *profiles, outputMode="LAB")
        assert image is not None
    elif mode.startswith("I;16"):
        image = Image.new(mode, (4, 3), level * 257)
    elif mode in ("La", "RGBa"):
        image = color.convert(mode.upper()).convert(mode)
    elif mode in ("P", "PA"):
        image = color.quantize(16).convert(mode)
    else:
        image = color.convert(mode)
    assert image.mode == mode and to_rgb(image).shape == (3, 4, 3)
    assert np.abs(to_rgb(image).astype(int) - level).max() <= 2


def test_the_list_of_modes_is_pillows() -> None:
    assert set(MODES) | {"I", "F"} == set(Image.MODES)


def on_white(alpha: np.ndarray) -> np.ndarray:
    return RGB * (alpha[..., None] / 255.0) + 255.0 * (1 - alpha[..., None] / 255.0)


def test_transparent_pixels_lie_on_white(tmp_path: Path) -> None:
    clear = Image.fromarray(RGB)
    clear.putalpha(Image.fromarray(GREY))
    for kind in ("RGBA", "RGBa"):
        found = to_rgb(clear.convert(kind))
        assert np.abs(found - on_white(GREY)).max() <= 2
    half = Image.fromarray(np.stack([GREY, np.full_like(GREY, 128)], -1), "LA")
    for kind in ("LA", "La"):
        assert np.abs(to_rgb(half.convert(kind)) - (shown(GREY) * (128 / 255) + 127)).max() <= 2


def test_a_transparent_color_of_a_palette_or_of_grey_lies_on_white() -> None:
    image = Image.fromarray(RGB).quantize(16)
    index, colors = np.asarray(image), np.asarray(image.convert("RGB"))
    for clear in (3, bytes([255, 255, 255, 0])):  # one index, or an alpha for each of the first
        for kind in ("PNG", "GIF") if clear == 3 else ("PNG",):
            found = to_rgb(io.BytesIO(saved(image, kind, transparency=clear)), "mine")
            np.testing.assert_array_equal(found, np.where((index == 3)[..., None], 255, colors))
    expected = np.where(GREY == 40, 255, GREY)
    for content in (saved(Image.fromarray(GREY), "PNG", transparency=40), png(DEEP, 0, struct.pack(">H", 40 * 257))):
        np.testing.assert_array_equal(to_rgb(io.BytesIO(content)), shown(expected))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG"])
def test_of_several_frames_or_pages_the_first_counts(kind) -> None:
    frames = [Image.new("RGB", (64, 48), color) for color in ("white", "black", "red")]
    options = {"lossless": True} if kind == "WEBP" else {}
    content = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    with Image.open(io.BytesIO(content)) as file:
        assert file.n_frames == 3
    assert (to_rgb(io.BytesIO(content)) == 255).all()


def test_the_inks_of_adobes_jpeg_are_inverted_in_the_file() -> None:
    content = saved(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    assert b"Adobe" in content
    red = to_rgb(io.BytesIO(content)).astype(int)
    assert np.abs(red - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_says_how_a_file_is_turned(orientation) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = {
        1: RGB, 2: RGB[:, ::-1], 3: RGB[::-1, ::-1], 4: RGB[::-1], 5: RGB.swapaxes(0, 1), 6: np.rot90(RGB, -1),
        7: np.rot90(RGB, 2).swapaxes(0, 1), 8: np.rot90(RGB),
    }[orientation]  # fmt: skip
    for kind in ("PNG", "TIFF"):
        content = saved(Image.fromarray(RGB), kind, exif=exif)
        np.testing.assert_array_equal(to_rgb(io.BytesIO(content)), turned)
        np.testing.assert_array_equal(to_rgb(Image.open(io.BytesIO(content))), turned)
    deep = to_rgb(io.BytesIO(saved(Image.fromarray(DEEP), "PNG", exif=exif)))
    np.testing.assert_array_equal(deep[..., 0], turned[..., 0])
    photograph = to_rgb(io.BytesIO(saved(Image.fromarray(RGB), "JPEG", exif=exif, quality=100)))
    assert photograph.shape == turned.shape and np.abs(photograph.astype(int) - turned).mean() < 3
    upright = Image.open(io.BytesIO(content)).resize((64, 48))  # its owner's: as it is seen, and without a file's kind
    np.testing.assert_array_equal(to_rgb(upright), np.asarray(upright))


def test_content_that_is_no_image_is_refused_by_name() -> None:
    for content in (b"", b"not an image", saved(Image.fromarray(RGB), "JPEG")[:500]):
        refuses(lambda content=content: to_rgb(io.BytesIO(content), "sent.png"), "sent.png: cannot be read as an image")
    refuses(lambda: to_rgb(io.BytesIO(b"odd"), "sent.png"), "Pillow does not know its format", "save it as PNG")
