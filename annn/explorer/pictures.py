"""Images as a person has them (files, arrays, grey, with alpha, any size), turned into what the network takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from annn.errors import DataError

SMALLEST = 8  # pixels a side: one position of Stage5


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """An RGB image with a name and, where there are any, labels as train ids of the same size."""

    name: str
    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"] | None = None


def open_picture(source: Any, name: str = "", label: Any = None, longest: int | None = None) -> Picture:
    """A picture from a path, a Pillow image or an array: H x W, or H x W x 1, 3 or 4 (grey, RGB, RGBA on white).

    name: what to call it; a file's own name if empty. label: train ids, H x W, or None. longest: an image whose longer
    side has more pixels is shrunk to it. Raises `DataError` for what is no image, and where image and label differ.
    """
    if isinstance(source, Picture):
        name, image, label = name or source.name, source.image, source.label if label is None else _label(label)
    else:
        name = name or (Path(source).name if isinstance(source, str | Path) else "image")
        image = np.ascontiguousarray(_on_white(_pillow(source, name)))
        label = None if label is None else _label(label)
    height, width = image.shape[:2]
    if label is not None and label.shape != (height, width):
        raise DataError(
            f"{name}: the image has {height} x {width} pixels, its label map {' x '.join(map(str, label.shape))}; both "
            "must have the same size. Leave the labels out or resize them without interpolation."
        )
    if min(height, width) < SMALLEST:
        raise DataError(f"{name}: {height} x {width} pixels are too few; expected at least {SMALLEST} a side.")
    picture = Picture(name=name, image=image, label=label)
    return picture if longest is None or max(height, width) <= longest else _shrunk(picture, longest)


def _pillow(source: Any, name: str) -> Image.Image:
    try:
        if isinstance(source, Image.Image):
            return source
        if isinstance(source, str | Path):
            with Image.open(source) as file:
                return ImageOps.exif_transpose(file)  # phones write their orientation, not turned pixels
        return Image.fromarray(_bytes(np.asarray(source), name))
    except (OSError, UnidentifiedImageError) as error:
        raise DataError(
            f"{source}: cannot be read as an image ({error}); expected a PNG, JPEG or other file that Pillow reads."
        ) from error


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


def _label(label: Any) -> np.ndarray:
    label = np.asarray(label)
    if label.ndim != 2 or label.dtype.kind not in "ui" or (label.size and (label.min() < 0 or label.max() > 255)):
        raise DataError(
            f"labels: found {label.dtype} with shape {label.shape}; expected train ids from 0 to 255 in H x W, as a "
            "data set's samples hold them."
        )
    return label.astype(np.uint8)


def _shrunk(picture: Picture, longest: int) -> Picture:
    height, width = picture.image.shape[:2]
    shrink = longest / max(height, width)
    size = (max(SMALLEST, round(width * shrink)), max(SMALLEST, round(height * shrink)))
    image = np.asarray(Image.fromarray(picture.image).resize(size, Image.Resampling.LANCZOS))
    label = picture.label
    if label is not None:
        label = np.asarray(Image.fromarray(label).resize(size, Image.Resampling.NEAREST))
    return replace(picture, image=image, label=label)
