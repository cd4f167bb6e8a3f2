"""TensorBoard event files beside a run's log, on request: its curves, its scores, and a few predictions.

They are made from the log and the finished run; nothing reads them but TensorBoard, and no number depends on them. The
package tensorboard is an extra (`annn[tensorboard]`), so it is imported where it is used.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from annn.data.files import FileDataset, Sample
from annn.data.space import LabelSpace
from annn.errors import ConfigError
from annn.evaluate import predict
from annn.files import refused
from annn.runs.run import Run

FOLDER = "tensorboard"
PICTURES = 4
"""Images of the test split whose predictions are shown, spread over it."""
_SIDE = 512  # pixels: longer pictures are thinned out
_TAGS = {"loss": "train/loss", "lr": "train/lr", "images_per_second": "speed/images_per_second",
         "waiting": "speed/waiting_for_data"}  # fmt: skip


def summary_writer() -> Any:
    """torch's class that writes event files; raises ConfigError without the package tensorboard."""
    try:
        from torch.utils.tensorboard.writer import SummaryWriter
    except ImportError as error:
        raise ConfigError(
            f"--tensorboard: the package tensorboard cannot be imported ({error}); expected it beside torch. Install "
            "annn[tensorboard] (pip install tensorboard), or leave the option out: log.jsonl holds the same curves."
        ) from error
    return SummaryWriter


class Curves:
    """A `journal.Follower` that writes the log of a run as event files in `folder`/tensorboard.

    Each start writes the whole curve anew and has TensorBoard drop what earlier ones wrote (purge_step), so that it is
    whole and has each step once, whether earlier parts were followed or not. The horizontal axes are those of the log:
    steps, and seconds of training without interruptions. A disk that refuses ends the curves with a warning, not the
    training.
    """

    def __init__(self, folder: Path):
        self.folder = folder / FOLDER
        self._writer: Any = None
        self._start = time.time()

    @property
    def exist(self) -> bool:
        """Whether event files have been written here."""
        return self.folder.is_dir() and any(self.folder.iterdir())

    def begin(self, lines: Sequence[dict[str, float]]) -> None:
        """Open an event file that replaces earlier ones, and write the log so far."""
        self._start = time.time() - (lines[-1]["seconds"] if lines else 0.0)
        with self._warned():
            self._writer = summary_writer()(str(self.folder), purge_step=0)
        for line in lines:
            self.add(line)

    def add(self, line: dict[str, float]) -> None:
        """Write a line of the log."""
        for name, tag in _TAGS.items():
            self._call("add_scalar", tag, line[name], int(line["step"]), walltime=self._start + line["seconds"])

    def end(self, run: Run, model: Any, dataset: FileDataset) -> None:
        """Write the scores of a finished run, and predictions on images of the data set that it was scored on."""
        step = run.recipe.train.iterations
        when = self._start + run.seconds
        scores = run.scores
        self._call("add_scalar", "test/miou", scores.miou, step, walltime=when)
        self._call("add_scalar", "test/pixel_accuracy", scores.pixel_accuracy, step, walltime=when)
        for name, iou in zip(scores.classes, scores.iou, strict=True):
            if np.isfinite(iou):
                self._call("add_scalar", f"iou/{name}", iou, step, walltime=when)
        for sample in dataset.spread(PICTURES) if self._writer is not None else []:
            train_ids = predict(model, sample.image, run.recipe.train.precision, run.recipe.protocol)
            shown = picture(sample, train_ids, dataset.space)
            self._call("add_image", f"test/{sample.name}", shown, step, walltime=when, dataformats="HWC")

    def close(self) -> None:
        """Write what is left."""
        self._call("close")

    def _call(self, method: str, *args: Any, **named: Any) -> None:
        if self._writer is not None:
            with self._warned():
                getattr(self._writer, method)(*args, **named)

    @contextmanager
    def _warned(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._writer = None
            logging.getLogger(__name__).warning(f"the curves of {self.folder} end here: {refused(error)}")


@contextmanager
def following(folder: Path, wanted: bool) -> Iterator[Curves | None]:
    """The curves of a run while it trains, closed at the end; None if they are not wanted."""
    curves = Curves(folder) if wanted else None
    try:
        yield curves
    finally:
        if curves is not None:
            curves.close()


def picture(sample: Sample, train_ids: UInt8[np.ndarray, "H W"], space: LabelSpace) -> UInt8[np.ndarray, "h w 3"]:
    """Image, labels and prediction side by side, thinned out so that none is longer than 512 pixels."""
    panels = (sample.image, space.colorize(sample.label), space.colorize(train_ids))
    stride = -(-max(sample.label.shape) // _SIDE)
    return np.concatenate([panel[::stride, ::stride] for panel in panels], axis=1)
