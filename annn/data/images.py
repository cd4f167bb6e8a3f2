"""Images as a person has them (files, arrays, grey, 16 bits, with alpha, turned by a phone) as plain RGB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from annn.data.files import DECODING_ERRORS
from annn.errors import DataError

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
"""Endings of the files that count as images in a folder."""


def to_rgb(source: Any, name: str = "") -> UInt8[np.ndarray, "H W 3"]:
    """RGB from a path, a Pillow image or an array: H x W, or H x W x 1, 3 or 4 (grey, RGB, RGBA on white).

    name: what to call it in an error; the path if empty. Raises `DataError` for what is no image.
    """
    name = name or (str(source) if isinstance(source, str | Path) else "image")
    if not isinstance(source, str | Path | Image.Image):
        source = Image.fromarray(_bytes(np.asarray(source), name))
    try:
        if isinstance(source, Image.Image):
            return np.ascontiguousarray(_on_white(source))
        with Image.open(source) as file:
            return np.ascontiguousarray(_on_white(ImageOps.exif_transpose(file)))  # phones write how they were held
    except DECODING_ERRORS as error:
        raise DataError(
            f"{source}: cannot be read as an image ({error}); expected a PNG, JPEG or other file that Pillow reads."
        ) from error


def find_images(places: list[Path]) -> list[Path]:
    """The image files meant by paths: files as they are, and of a folder what in it ends like an image, sorted.

    Raises `DataError` for a path that does not exist and a folder without images.
    """
    found: list[Path] = []
    for place in places:
        if not place.exists():
            raise DataError(f"{place}: there is no such file or folder; expected an image, or a folder of images.")
        inside = sorted(path for path in place.glob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
        if place.is_dir() and not inside:
            raise DataError(f"{place}: this folder holds no image; expected files that end in {', '.join(SUFFIXES)}.")
        found += inside if place.is_dir() else [place]
    return found


def _bytes(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.dtype == np.uint16:
        array = (array // 257).astype(np.uint8)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise DataError(
            f"{name}: found an array of {array.dtype} with shape {array.shape}; expected uint8 of H x W, H x W x 3 or "
            "H x W x 4. Values from 0 to 1 become uint8 by (255 * x).round().astype('uint8')."
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
