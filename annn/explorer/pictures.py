"""Open images from any source (files, arrays, grey, alpha, any size) for the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.files import Sample
from annn.data.images import to_rgb
from annn.data.scenes import Scene
from annn.errors import ConfigError, DataError

SMALLEST = 8  # pixels a side: one position of Stage5
LONGEST = 2048  # pixels: larger images are shrunk


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """An RGB image with a name and, optionally, train ids of the same size."""

    name: str
    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"] | None = None


def open_picture(source: Any, name: str = "", label: Any = None, longest: int | None = None) -> Picture:
    """A picture from any source that `to_rgb` reads: a file, a Pillow image or an array.

    name: the name to show; the file name if empty. label: train ids, H x W, or None. longest: a larger image is shrunk
    until its longer side has this many pixels. Raises `DataError` if the source is not an image, and if the sizes of
    image and label differ.
    """
    if isinstance(source, Picture):
        name, image, label = name or source.name, source.image, source.label if label is None else _label(label)
    else:
        name = name or (Path(source).name if isinstance(source, str | Path) else "image")
        image = to_rgb(source, "" if isinstance(source, str | Path) else name)
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


def open_pictures(images: Any, labels: Sequence[Any] | None = None) -> list[Picture]:
    """Pictures from one image or many, as `open_picture` takes them, from a mapping of names, or from samples.

    labels: train ids per image, or None; a sample has its own. Images larger than `LONGEST` pixels are shrunk. Raises
    ConfigError if the numbers of images and labels differ, DataError as `open_picture`.
    """
    if isinstance(images, Mapping):
        named = [(str(name), source) for name, source in images.items()]
    else:
        single = (
            isinstance(images, str | Path | Picture | Image.Image | Sample | Scene) or getattr(images, "ndim", 4) < 4
        )
        sources: list[Any] = [images] if single else list(images)  # pyright: ignore[reportArgumentType]
        named = [("", source) for source in sources]
    if labels is not None and len(labels) != len(named):
        raise ConfigError(f"labels: found {len(labels)} for {len(named)} images; expected one (or None) per image.")
    opened = []
    for i, (name, source) in enumerate(named):
        label = None if labels is None else labels[i]
        if isinstance(source, Sample):
            name, label, source = name or source.name, source.label if label is None else label, source.image
        elif isinstance(source, Scene):  # its labels are file ids
            source = source.image
        named_file = isinstance(source, str | Path | Picture)
        opened.append(open_picture(source, name or ("" if named_file else f"image {i}"), label, LONGEST))
    return opened


def _label(label: Any) -> np.ndarray:
    label = np.asarray(label)
    if label.ndim != 2 or label.dtype.kind not in "ui" or (label.size and (label.min() < 0 or label.max() > 255)):
        raise DataError(
            f"labels: found {label.dtype} with shape {label.shape}; expected train ids from 0 to 255 in H x W, as in "
            "the samples of a data set."
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
