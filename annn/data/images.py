"""Read any image file or array as RGB (grey, 16 bit, alpha, EXIF rotation)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from annn.data.files import DECODING_ERRORS
from annn.errors import DataError

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
"""Suffixes of image files in a folder."""


def to_rgb(source: Any, name: str = "") -> UInt8[np.ndarray, "H W 3"]:
    """RGB from a path, a Pillow image or an array: H x W, or H x W x 1, 3 or 4 (grey, RGB, RGBA on white).

    name: the name in error messages; the path if empty. Raises `DataError` if the source is not an image.
    """
    name = name or (str(source) if isinstance(source, str | Path) else "image")
    if not isinstance(source, str | Path | Image.Image):
        source = Image.fromarray(_bytes(np.asarray(source), name))
    try:
        if isinstance(source, Image.Image):
            return np.ascontiguousarray(_on_white(source))
        with Image.open(source) as file:
            return np.ascontiguousarray(_on_white(ImageOps.exif_transpose(file)))  # phones store the rotation
    except DECODING_ERRORS as error:
        raise DataError(
            f"{source}: cannot be read as an image ({error}); expected a PNG, JPEG or other file that Pillow reads."
        ) from error


def find_images(places: list[Path]) -> list[Path]:
    """Image files from paths: a file stands for itself, a folder for its image files, sorted by name.

    Raises `DataError` for a path that does not exist, and for a folder without images.
    """
    images: list[Path] = []
    for place in places:
        if not place.exists():
            raise DataError(f"{place}: there is no such file or folder; expected an image, or a folder of images.")
        inside = sorted(file for file in place.glob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        if place.is_dir() and not inside:
            raise DataError(
                f"{place}: this folder holds no image; expected files with the suffixes {', '.join(SUFFIXES)}."
            )
        images += inside if place.is_dir() else [place]
    return images


def _bytes(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.dtype == np.uint16:
        array = (array // 257).astype(np.uint8)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise DataError(
            f"{name}: found an array of {array.dtype} with shape {array.shape}; expected uint8 of H x W, H x W x 3 or "
            "H x W x 4. Convert values from 0 to 1 with (255 * x).round().astype('uint8')."
        )
    return array


def _on_white(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I;16"):
        image = Image.fromarray(_bytes(np.asarray(image), "image"))
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.asarray(image.convert("RGB"))
