"""Decisions of a network about the planted surfaces of generated scenes."""

from __future__ import annotations

import numpy as np
from torch import nn

from annn.data.files import FileDataset, decode
from annn.errors import DataError
from annn.evaluate import predict

# Values of the planted map, and the two classes that only the far banner distinguishes.
_PLANTED = {"wall or fence": (1, ("wall", "fence")), "bus or train": (2, ("bus", "train"))}


def has_planted(dataset: FileDataset) -> bool:
    """Whether the surfaces of `planted_decisions` lie beside a data set: that of generated streets, in its layout."""
    return dataset.stand_in and (dataset.root / "planted" / dataset.split).is_dir() and dataset.streets


def planted_decisions(model: nn.Module, dataset: FileDataset, precision: str = "fp32") -> dict[str, float]:
    """The accuracy of a network on the planted surfaces of generated scenes (see `annn.data.scenes`).

    Per kind of surface: only pixels that are predicted as one of its two classes count. The result is the mean over the
    two classes of the fraction that is right. A network that does not use the far banner gets 0.5. NaN if no pixel of a
    class counts. Raises `DataError` for real data.
    """
    if not dataset.stand_in:
        raise DataError(f"{dataset.root}: this is real data, which has no planted surfaces; use generated scenes.")
    counts = {kind: np.zeros((2, 2), dtype=np.int64) for kind in _PLANTED}  # truth by prediction
    for pair, (image, label, _) in zip(dataset.pairs, dataset, strict=True):
        place = dataset.root / "planted" / dataset.split / pair.image.parent.name / f"{pair.name}_planted.png"
        planted = decode(place, ("L",), "a map of planted surfaces", exact=True)
        prediction = predict(model, image, precision)
        for kind, (value, names) in _PLANTED.items():
            twins = [dataset.space.classes.index(name) for name in names]
            surface = planted == value
            counts[kind] += [[int((surface & (label == t) & (prediction == p)).sum()) for p in twins] for t in twins]
    with np.errstate(invalid="ignore"):
        return {kind: float(np.mean(count.diagonal() / count.sum(axis=1))) for kind, count in counts.items()}
