"""From predictions to scores: one confusion matrix over all images, and from it IoU, mIoU and accuracies."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from annn.data.space import IGNORE
from annn.errors import ConfigError, DataError


def check_labels(dataset) -> None:
    """Raise `DataError` if no pixel of a data set counts, so that there is nothing to learn and nothing to score.

    Reads its samples up to the first that has a class, which is nearly always the first of all.
    """
    if any((dataset[place].label != IGNORE).any() for place in range(len(dataset))):
        return
    raise DataError(
        f"{dataset.root}: no pixel of the {len(dataset)} label maps of the split '{dataset.split}' has one of the "
        f"{len(dataset.space.classes)} classes of {dataset.space.name}, all are ignored (void); expected labels that "
        "count, since there is nothing to learn from these and nothing to score. Restore the label maps."
    )


def confusion_matrix(
    label: Integer[Tensor, "*shape"], prediction: Integer[Tensor, "*shape"], classes: int
) -> Int64[Tensor, "K K"]:
    """Count how often each true class (row) is predicted as each class (column); pixels labelled `IGNORE` do not count.

    Matrices of several images can be added. Both tensors hold train ids on the same device, where the result is too.
    Raises `ConfigError` if a label (other than `IGNORE`) or a prediction is not below `classes`.
    """
    label, prediction = label.flatten().long(), prediction.flatten().long()
    counted = label != IGNORE
    for name, values in (("label", label), ("prediction", prediction)):
        wrong = counted & ((values < 0) | (values >= classes))
        if wrong.any():
            raise ConfigError(
                f"confusion_matrix: the {name} holds the train id {int(values[wrong][0])}, expected 0..{classes - 1}"
                f"{f' or {IGNORE}' if name == 'label' else ''}; pass train ids, and the number of classes of "
                f"the data set."
            )
    cell = torch.where(
        counted, label * classes + prediction, classes * classes
    )  # the last cell counts the ignored pixels
    return torch.bincount(cell, minlength=classes * classes + 1)[:-1].reshape(classes, classes)


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores of one evaluation, computed from its confusion matrix (rows truth, columns prediction).

    IoU is that of Cityscapes: true positives over the sum of true positives, false positives and false negatives,
    counted over all pixels of the set without the ignored ones. A class that is neither in the truth nor predicted has
    IoU NaN. There are two averages, which differ for classes that do not occur in the truth: `miou` counts such a class
    as 0 if it was predicted anywhere (the authors' code and cityscapesscripts); `miou_present` leaves it out.
    `classes_with_truth` is the number of classes that occur in the truth.
    """

    classes: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, confusion: Int64[Tensor, "K K"], classes: tuple[str, ...]) -> "Scores":
        """Scores of a confusion matrix; raises `ConfigError` if the number of class names differs from its size."""
        if len(classes) != len(confusion):
            raise ConfigError(
                f"Scores: {len(classes)} class names for a confusion matrix of {len(confusion)} classes; pass the "
                f"class names of the label space of the matrix."
            )
        return cls(classes=tuple(classes), confusion=tuple(tuple(row) for row in confusion.tolist()))

    @property
    def iou(self) -> tuple[float, ...]:
        """IoU of each class in 0..1, in train-id order; NaN if the class is neither in truth nor prediction."""
        hits, truth, predicted = self._counts()
        return _ratios(hits, truth + predicted - hits)

    @property
    def accuracy(self) -> tuple[float, ...]:
        """Recall of each class, in 0..1: the fraction of its pixels that is predicted right; NaN without truth."""
        hits, truth, _ = self._counts()
        return _ratios(hits, truth)

    @property
    def miou(self) -> float:
        """Mean IoU over all classes whose IoU is defined: the number that the paper's tables report (there in %)."""
        return _mean(self.iou)

    @property
    def miou_present(self) -> float:
        """Mean IoU over the classes that occur in the truth."""
        return _mean(iou for iou, row in zip(self.iou, self.confusion, strict=True) if sum(row))

    @property
    def pixel_accuracy(self) -> float:
        """Fraction of the pixels with the right class; NaN without any pixel."""
        hits, truth, _ = self._counts()
        return _ratios(hits.sum(keepdims=True), truth.sum(keepdims=True))[0]

    @property
    def mean_accuracy(self) -> float:
        """Mean of `accuracy` over the classes that occur in the truth."""
        return _mean(self.accuracy)

    @property
    def classes_with_truth(self) -> int:
        """How many classes occur in the truth."""
        return sum(any(row) for row in self.confusion)

    def to_dict(self) -> dict[str, Any]:
        """All scores as plain values for JSON: NaN becomes None, per-class scores are keyed by class name."""
        return {
            "miou": _or_none(self.miou),
            "miou_present": _or_none(self.miou_present),
            "pixel_accuracy": _or_none(self.pixel_accuracy),
            "mean_accuracy": _or_none(self.mean_accuracy),
            "classes_with_truth": self.classes_with_truth,
            "iou": dict(zip(self.classes, map(_or_none, self.iou), strict=True)),
            "accuracy": dict(zip(self.classes, map(_or_none, self.accuracy), strict=True)),
            "classes": list(self.classes),
            "confusion": [list(row) for row in self.confusion],
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Scores":
        """Scores from the result of `to_dict`; only class names and confusion matrix are read."""
        return cls(classes=tuple(content["classes"]), confusion=tuple(tuple(row) for row in content["confusion"]))

    def _counts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Per class: correct pixels, pixels in the truth, pixels predicted."""
        matrix = np.array(self.confusion, dtype=np.int64)
        return matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)


def _ratios(numerator: np.ndarray, denominator: np.ndarray) -> tuple[float, ...]:
    pairs = zip(numerator.tolist(), denominator.tolist(), strict=True)
    return tuple(above / below if below else math.nan for above, below in pairs)


def _mean(values: Iterable[float]) -> float:
    defined = [value for value in values if not math.isnan(value)]
    return math.fsum(defined) / len(defined) if defined else math.nan


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
