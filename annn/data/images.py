"""Read any image file or array as RGB (grey, 16 bit, alpha, EXIF rotation)."""

from __future__ import annotations

import json
import shlex
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import BITSPERSAMPLE, PHOTOMETRIC_INTERPRETATION

from annn.data.files import DECODING_ERRORS
from annn.data.folders import absence, files_in, tell_hidden
from annn.errors import DataError

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
"""Suffixes of image files in a folder."""


def to_rgb(source: Any, name: str = "") -> UInt8[np.ndarray, "H W 3"]:
    """RGB from a file (a path, or a `BytesIO` of its content), a Pillow image or an array.

    A file is turned as its EXIF says; of several frames or pages the first counts. Transparent pixels lie on white. 16
    bits become 8, with 65535 as white. Integers of 32 bits and floats are refused with the command that converts them:
    nothing says which of them is white. An array is H x W, or H x W x 1, 3 or 4 (grey, RGB, RGBA), of uint8 or uint16.
    name: the name in error messages; the path if empty. Raises `DataError` if the source is not such an image.
    """
    name = name or (str(source) if isinstance(source, str | Path) else "image")
    try:
        if isinstance(source, str | Path | BytesIO):
            with Image.open(source) as file:
                return _rgb(file, name)
        if isinstance(source, Image.Image):
            return _rgb(source, name)
    except PermissionError:
        raise  # it may well be an image
    except DECODING_ERRORS as error:
        reason = "Pillow does not know its format" if isinstance(error, UnidentifiedImageError) else error
        raise DataError(
            f"{name}: cannot be read as an image ({reason}); expected a PNG, JPEG or other file that Pillow reads. "
            "Fetch it again, or save it as PNG with the program that made it."
        ) from error
    return _rgb(Image.fromarray(_bytes(np.asarray(source), name)), name)


def find_images(places: list[Path]) -> list[Path]:
    """Image files from paths: a file stands for itself, a folder for its image files, sorted by name.

    Hidden files of a folder do not count, which is said once. Raises `DataError` for a path that does not exist, for a
    folder without images, and for links that lead nowhere.
    """
    images: list[Path] = []
    for place in places:
        if not place.exists():
            raise DataError(f"{place}: {absence(place)}; expected an image, or a folder of images. Name another.")
        if not place.is_dir():
            images.append(place)
            continue
        tell_hidden([place], SUFFIXES)
        inside = files_in(place, lambda name: name.lower().endswith(SUFFIXES))
        if not inside:
            raise DataError(
                f"{place}: this folder holds no image; expected files with the suffixes {', '.join(SUFFIXES)}."
            )
        images += inside.values()
    return images


def _bytes(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:  # of either byte order
        array = _scaled(array)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise DataError(
            f"{name}: found an array of {array.dtype} with shape {array.shape}; expected uint8 of H x W, H x W x 3 or "
            "H x W x 4. Convert values from 0 to 1 with (255 * x).round().astype('uint8')."
        )
    return array


def _scaled(values: np.ndarray, white: int = 65535) -> np.ndarray:
    return np.rint(values * 255.0 / white).astype(np.uint8)


def _rgb(image: Image.Image, name: str) -> np.ndarray:
    kind = image.format  # None for an image that is not as a file has it: its owner may have turned it
    if image.mode.startswith("I;16") or (image.mode == "I" and kind in ("PNG", "PPM")):
        image = _of_16_bits(image)
    elif image.mode in ("I", "F"):
        raise DataError(_refusal(image, name))
    image = image if kind is None else ImageOps.exif_transpose(image)  # phones store the rotation
    if image.has_transparency_data:
        image = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image.convert("RGB"))


def _of_16_bits(image: Image.Image) -> Image.Image:
    """A grey image of 16 bits in 8, with its rotation and its transparent value, which Pillow would not compare."""
    tags = getattr(image, "tag_v2", {})  # of a TIFF: bits of a sample, which may be 12, and whether 0 is white
    values, white = np.asarray(image), 2 ** tags.get(BITSPERSAMPLE, (16,))[0] - 1
    grey = Image.fromarray(_scaled(white - values if tags.get(PHOTOMETRIC_INTERPRETATION) == 0 else values, white))
    grey.info = dict(image.info)
    if (clear := grey.info.pop("transparency", None)) is not None:
        grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return grey


def _refusal(image: Image.Image, name: str) -> str:
    """The message for a mode without a white: which values there are, and how to choose black and white."""
    values = np.asarray(image)
    finite = values[np.isfinite(values)]
    lowest, highest = (finite.min().item(), finite.max().item()) if finite.size else (0, 0)
    black, white = min(lowest, 0), next((white for white in (1, 255, 65535) if highest <= white), highest)
    formula = f'(255 * (x - {black}) / {white - black}).round().astype("uint8")'
    way_out = f"with x for its values, Image.fromarray({formula})"
    if image.format is not None:
        script = (
            f"from PIL import Image; import numpy; x = numpy.asarray(Image.open({json.dumps(name)}), float); "
            f"x = numpy.nan_to_num(x, nan={black}).clip({black}, {white}); Image.fromarray({formula}).save"
            f"({json.dumps(str(Path(name).with_name(f'{Path(name).stem}-8bit.png')))})"
        )
        way_out = f"python -c {shlex.quote(script)}"
    kind = "whole" if image.mode == "I" else "floating-point"
    return (
        f"{name}: holds {kind} numbers from {lowest:g} to {highest:g} (Pillow's mode {image.mode}), and nothing says "
        f"which of them is white; expected 8 or 16 bits per channel. Convert it, here with {black:g} as black and "
        f"{white:g} as white: {way_out}"
    )
