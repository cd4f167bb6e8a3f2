"""The bootstrap: how much a number depends on the images that it was measured on."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int64

DRAWS = 1000


def resampled(images: int, draws: int = DRAWS, seed: int = 0) -> Float[np.ndarray, "draws images"]:
    """How often each draw holds each image: images are drawn with replacement, as many as there are."""
    random = np.random.default_rng(seed)
    counts = [np.bincount(random.integers(0, images, images), minlength=images) for _ in range(draws)]
    return np.stack(counts).astype(float)


def once_and_resampled(images: int, draws: int = DRAWS, seed: int = 0) -> Float[np.ndarray, "D images"]:
    """A line that holds each image once, for the measured value itself, and below it the draws of `resampled`."""
    return np.concatenate([np.ones((1, images)), resampled(images, draws, seed)])


def interval(values: Float[np.ndarray, " draws"], level: float = 0.95) -> tuple[float, float]:
    """The interval that holds the middle `level` of the draws; draws without a value (NaN) are left out."""
    values = values[~np.isnan(values)]
    if not len(values):
        return np.nan, np.nan
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def miou(confusion: Int64[np.ndarray, "I K K"], weights: Float[np.ndarray, "D I"]) -> Float[np.ndarray, " D"]:
    """mIoU of D draws of I images by their confusion matrices (row truth), over the classes with truth in the draw."""
    hits, truth, predicted = (
        weights @ part for part in (confusion.diagonal(axis1=1, axis2=2), confusion.sum(2), confusion.sum(1))
    )
    with np.errstate(invalid="ignore"):
        iou = np.where(truth > 0, hits / (truth + predicted - hits), 0)
        return iou.sum(1) / (truth > 0).sum(1)
