"""From a model and a data set to scores: one pooled confusion matrix over the set, under any test protocol."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

import annn
from annn.data import FileDataset
from annn.data.predictions import prediction_writer
from annn.device import autocast, keep_freed_memory
from annn.errors import RunError
from annn.files import make_folder, write_text
from annn.metrics import Scores, confusion_matrix
from annn.protocol import WHOLE, Protocol, logits

_KEEP_EVERY = 5.0  # seconds between two writes of the progress file


def predict(
    model: nn.Module, image: UInt8[np.ndarray, "H W 3"], precision: str = "fp32", protocol: Protocol = WHOLE
) -> UInt8[np.ndarray, "H W"]:
    """Train ids of one ordinary RGB image: the class of the largest logit at each pixel."""
    return logits(model, image, precision, protocol).argmax(0).byte().cpu().numpy()


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    dataset,
    *,
    protocol: Protocol = WHOLE,
    precision: str = "fp32",
    workers: int = 0,
    progress: bool = True,
    save: str | Path | None = None,
    progress_file: str | Path | None = None,
) -> Scores:
    """Score a model on a data set with one pooled confusion matrix; by default single scale, whole images, no flip.

    One image at a time, since real sets mix sizes; memory does not grow with the set. The default is the protocol of
    the paper's Cityscapes validation and of the supplement's Table 1 ("single scale whole image testing").

    workers: processes that load images. save: a folder for predictions and overlays (see `prediction_writer`).
    progress_file: the matrix so far is kept there every few seconds and when an error or Ctrl-C ends the evaluation;
    the next call with the same network, data and protocol goes on from it and removes it at the end. Raises RunError
    where the file belongs to another evaluation.
    """
    device = next(model.parameters()).device
    if device.type == "cpu":
        keep_freed_memory()
    autocast(precision, device)  # refuses an unknown precision before anything is read or written
    classes = len(dataset.space.classes)
    write = None if save is None else prediction_writer(Path(save), dataset.space)
    partial = None
    done, confusion = 0, torch.zeros(classes, classes, dtype=torch.long)
    if progress_file is not None:
        partial = _Partial(Path(progress_file), _key(model, dataset, protocol, precision, save is not None))
        done, confusion = partial.load(classes)
    confusion = confusion.to(device)
    loader = DataLoader(
        dataset, sampler=range(done, len(dataset)), batch_size=None, collate_fn=_unchanged, num_workers=workers
    )
    bar = tqdm(loader, "evaluating", len(dataset), initial=done, unit="image", disable=not progress)
    try:
        for image, label, name in bar:
            found = logits(model, image, precision, protocol).argmax(0)
            if write is not None:
                write(name, image, found.byte().cpu().numpy())
            # No call stands between the two sums, so that Ctrl-C finds the matrix and its count in step.
            confusion += confusion_matrix(torch.from_numpy(label).to(device), found, classes)
            done += 1
            if partial is not None:
                partial.keep(done, confusion)
    except BaseException:
        if partial is not None:
            partial.keep(done, confusion, now=True)
        raise
    if partial is not None:
        partial.path.unlink(missing_ok=True)
    return Scores.of(confusion.cpu(), dataset.space.classes)


def images_done(progress_file: str | Path) -> int:
    """How many images an interrupted evaluation has behind it; 0 without a progress file that can be read."""
    try:
        return int(json.loads(Path(progress_file).read_text())["done"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


class _Partial:
    """The confusion matrix of the images so far, on disk, and whose it is."""

    def __init__(self, path: Path, key: str):
        self.path, self.key, self.since = path, key, time.monotonic()
        make_folder(path.parent)

    def load(self, classes: int) -> tuple[int, Tensor]:
        """The number of images done and their matrix; (0, zeros) where nothing was kept."""
        if not self.path.exists():
            return 0, torch.zeros(classes, classes, dtype=torch.long)
        try:
            content = json.loads(self.path.read_text())
            key, done = content["key"], int(content["done"])
            confusion = torch.tensor(content["confusion"], dtype=torch.long).reshape(classes, classes)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise RunError(
                f"{self.path}: cannot go on from this file ({type(error).__name__}: {error}); expected the progress of "
                "an interrupted evaluation. Delete it to start anew."
            ) from error
        if key != self.key:
            raise RunError(
                f"{self.path}: holds the progress of another evaluation ({done} images with key {key[:10]}, expected "
                f"{self.key[:10]}): the network, the data, the protocol or the precision differs. Delete it to start "
                "anew, or save elsewhere."
            )
        return done, confusion

    def keep(self, done: int, confusion: Tensor, now: bool = False) -> None:
        """Write what was counted so far, if the last time is a while ago."""
        if now or time.monotonic() - self.since >= _KEEP_EVERY:
            write_text(self.path, json.dumps({"key": self.key, "done": done, "confusion": confusion.tolist()}))
            self.since = time.monotonic()


def _key(model: nn.Module, dataset, protocol: Protocol, precision: str, saved: bool) -> str:
    """A digest of everything that determines the scores: weights, configuration, data, protocol and precision."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    rest = [annn.__version__, getattr(model, "config", None), protocol, precision, saved, dataset.space, len(dataset)]
    rest += [dataset.split, *(dataset.identity() if isinstance(dataset, FileDataset) else ())]
    for item in rest:
        digest.update(f"{item!r}\n".encode())
    return digest.hexdigest()


def _unchanged(sample: Any) -> Any:
    return sample
