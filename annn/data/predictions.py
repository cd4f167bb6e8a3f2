"""Write predictions as files: label ids and colour overlays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.space import LabelSpace
from annn.errors import ConfigError
from annn.files import make_folder, replacing

OPACITY = 0.6
"""The weight of the class colour in an overlay; the rest is the image."""


def overlay(
    image: UInt8[np.ndarray, "H W 3"], train_ids: UInt8[np.ndarray, "H W"], space: LabelSpace
) -> UInt8[np.ndarray, "H W 3"]:
    """The classes in the data set's colours, translucent over the image."""
    colors = Image.fromarray(space.colorize(train_ids))
    return np.asarray(Image.blend(Image.fromarray(image), colors, OPACITY))


def write_labels(path: Path, train_ids: UInt8[np.ndarray, "H W"], space: LabelSpace) -> None:
    """Write a prediction as a single-channel PNG of the label space's file ids, whole or not at all.

    Raises ConfigError for another suffix: JPEG changes ids.
    """
    if path.suffix.lower() != ".png":
        raise ConfigError(f"{path}: label ids keep their values only as PNG; expected a name that ends in .png.")
    write_picture(path, space.decode(train_ids))


def write_picture(path: Path, pixels: np.ndarray) -> None:
    """Write pixels as PNG or JPEG, depending on the name; whole or not at all."""
    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(f"{path}: the picture's format is unknown; expected a name that ends in .png or .jpg.")
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, kind, quality=90)


def prediction_writer(folder: Path, space: LabelSpace) -> Callable[[str, np.ndarray, np.ndarray], None]:
    """Make `folder` and return a function that writes one prediction (name, image, train ids) into it.

    predictions/NAME_pred_labelIds.png holds file ids. On Cityscapes NAME is <city>_<seq>_<frame>, and cityscapesscripts
    reads the folder as CITYSCAPES_RESULTS. overlays/NAME.jpg is not a PNG, so that no script takes it for a second
    prediction of the image. Raises RunError if the folder cannot be written.
    """
    labels, overlays = folder / "predictions", folder / "overlays"
    make_folder(labels)
    make_folder(overlays)

    def write(name: str, image: np.ndarray, train_ids: np.ndarray) -> None:
        write_picture(overlays / f"{name}.jpg", overlay(image, train_ids, space))
        write_labels(labels / f"{name}_pred_labelIds.png", train_ids, space)

    return write
