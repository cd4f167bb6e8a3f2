"""Predictions and scores as files that others read: label ids, colour overlays, a table of the classes."""

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
"""How much of an overlay is colour of the class; the rest is the image."""


def overlay(
    image: UInt8[np.ndarray, "H W 3"], train_ids: UInt8[np.ndarray, "H W"], space: LabelSpace
) -> UInt8[np.ndarray, "H W 3"]:
    """The classes in the data set's colours, translucent over the image."""
    colors = Image.fromarray(space.colorize(train_ids))
    return np.asarray(Image.blend(Image.fromarray(image), colors, OPACITY))


def write_labels(path: Path, train_ids: UInt8[np.ndarray, "H W"], space: LabelSpace) -> None:
    """Write a prediction as a single-channel PNG of the label space's file ids, whole or not at all."""
    write_picture(path, space.decode(train_ids))


def write_picture(path: Path, pixels: np.ndarray) -> None:
    """Write pixels as the PNG or JPEG that the name says, whole or not at all."""
    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(f"{path}: the picture's format is unknown; expected a name that ends in .png or .jpg.")
    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, kind, quality=90)


def prediction_writer(folder: Path, space: LabelSpace) -> Callable[[str, np.ndarray, np.ndarray], None]:
    """Make `folder` and return what writes one prediction (name, image, train ids) of a data set into it.

    predictions/NAME_pred_labelIds.png holds file ids: on Cityscapes, where NAME is <city>_<seq>_<frame>, the folder is
    what cityscapesscripts takes as CITYSCAPES_RESULTS. overlays/NAME.jpg is no PNG, so that it never counts as a
    second prediction of the same image. Raises RunError where the folder cannot be written.
    """
    labels, overlays = folder / "predictions", folder / "overlays"
    make_folder(labels)
    make_folder(overlays)

    def write(name: str, image: np.ndarray, train_ids: np.ndarray) -> None:
        write_picture(overlays / f"{name}.jpg", overlay(image, train_ids, space))
        write_labels(labels / f"{name}_pred_labelIds.png", train_ids, space)

    return write
