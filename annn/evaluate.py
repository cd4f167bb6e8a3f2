"""Score a model on a data set: one confusion matrix over all images, under any test protocol."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn
from tqdm import tqdm

from annn.device import autocast, keep_freed_memory, loading, telling_of_processes
from annn.metrics import Scores, check_labels, confusion_matrix
from annn.parallel import rank, size, total
from annn.protocol import WHOLE, Protocol, logits

Answer = Callable[[nn.Module, Any], Float[Tensor, "K H W"]]
"""A function from a model and the image of a sample to logits."""


class Tally:
    """The confusion matrix (K x K, truth by prediction) of the first `done` images of a data set.

    Of several processes, each counts its own images into `confusion`; `done` counts those of all.
    """

    def __init__(self, classes: int):
        self.done, self.confusion = 0, torch.zeros(classes, classes, dtype=torch.long)

    def add(self, sample: Any, prediction: Tensor, images: int = 1) -> None:
        """Count one image: its prediction (H x W, train ids) against `sample.label`.

        images: how many images all processes count in this round.
        """
        self.confusion = self.confusion.to(prediction.device)
        label = torch.from_numpy(sample.label).to(prediction.device)
        counts = confusion_matrix(label, prediction, len(self.confusion))
        # Keep these two lines adjacent: Ctrl-C between them would count an image twice.
        self.confusion += counts
        self.done += images

    def end_round(self) -> None:
        """Called by all processes after each of their images."""


def most_likely(scores: Float[Tensor, "K H W"]) -> Int64[Tensor, "H W"]:
    """The class of the largest score at each pixel, the first of equal ones: as argmax(0), which is slow on a CPU."""
    return scores.max(0).indices


def predict(
    model: nn.Module, image: UInt8[np.ndarray, "H W 3"], precision: str = "fp32", protocol: Protocol = WHOLE
) -> UInt8[np.ndarray, "H W"]:
    """Train ids of one RGB image: the class of the largest logit at each pixel."""
    return most_likely(logits(model, image, precision, protocol)).byte().cpu().numpy()


@telling_of_processes()
@torch.inference_mode()
def evaluate(
    model: nn.Module,
    dataset,
    *,
    protocol: Protocol = WHOLE,
    precision: str = "fp32",
    workers: int = 0,
    progress: bool = True,
    tally: Tally | None = None,
    answer: Answer | None = None,
) -> Scores:
    """Score a model on a data set with one confusion matrix; by default single scale, whole images, no flip.

    Images are computed one by one, since real sets mix sizes; memory does not grow with the set. The default is the
    protocol of the paper's Cityscapes validation and of the supplement's Table 1 ("single scale whole image testing").

    Under torchrun each process computes every so-manieth image; the scores are those of all.

    workers: processes that load images. tally: counts the images; images that it already counted are skipped. answer:
    computes the logits instead of `protocol.logits`, for samples without images. Raises ConfigError for an unknown
    precision or an impossible number of workers, before any image is read, and DataError if all labels are ignored.
    """
    device = next(model.parameters()).device
    if device.type == "cpu":
        keep_freed_memory()
    autocast(precision, device)
    model.eval()
    answer = answer or partial(logits, precision=precision, protocol=protocol)
    tally = tally or Tally(len(dataset.space.classes))
    count, done = len(dataset), tally.done
    samples = iter(loading(dataset, range(done + rank(), count, size()), workers=workers))
    bar = tqdm(desc="evaluating", total=count, initial=done, unit="image", disable=not progress or rank() > 0)
    for first in range(done, count, size()):
        images = min(size(), count - first)
        if rank() < images:
            sample = next(samples)
            tally.add(sample, most_likely(answer(model, sample.image)), images)
        else:
            tally.done += images
        tally.end_round()
        bar.update(images)
    bar.close()
    confusion = total(tally.confusion.to(device)).cpu()
    if not confusion.any():
        check_labels(dataset)
    return Scores.of(confusion, dataset.space.classes)
