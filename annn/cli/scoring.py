"""Score a network for `annn evaluate`, with time and memory, and resume an interrupted evaluation."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import annn
from annn.data.files import FileDataset
from annn.data.predictions import prediction_writer
from annn.device import peak_memory
from annn.errors import RunError
from annn.evaluate import Tally, evaluate
from annn.files import delete, make_folder, write_text
from annn.metrics import Scores
from annn.parallel import rank, size, told, total
from annn.protocol import Protocol
from annn.runs.network import Network

_SAVE_EVERY = 5.0  # seconds between two writes of the progress file


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Scores of a network, with time and memory.

    images: the number of images computed in `seconds`; fewer than in the set
    after an interruption. peak_bytes: of the process on a CPU, of all tensors on a GPU (see `device`)."""

    title: str
    notes: tuple[str, ...]
    data: str
    protocol: Protocol
    precision: str
    device: str
    images: int
    seconds: float
    peak_bytes: int
    scores: Scores

    def __str__(self) -> str:
        s = self.scores
        width = max(map(len, s.classes))
        where = "of the GPU" if self.device.startswith("cuda") else "of the process"
        lines = [
            f"{self.title}, on {self.data}",
            *(f"note: {note}" for note in self.notes),
            f"protocol: {self.protocol}; {self.precision} on {self.device}",
            f"mIoU {100 * s.miou:.1f} %, pixel accuracy {100 * s.pixel_accuracy:.1f} %, "
            f"mean accuracy {100 * s.mean_accuracy:.1f} %, {s.classes_with_truth} classes with truth",
            f"mIoU {100 * s.miou_present:.1f} % of the classes with truth alone",
            f"{self.images} images in {self.seconds:.1f} s, {self.images / max(self.seconds, 1e-9):.3g} images/s, "
            f"peak memory {self.peak_bytes / 1024**3:.2f} GiB {where}",
            "IoU and accuracy of each class, %",
        ]
        rows = zip(s.classes, s.iou, s.accuracy, strict=True)
        return "\n".join(lines + [f"  {name:{width}}  {100 * a:5.1f}  {100 * b:5.1f}" for name, a, b in rows])


def assess(
    network: Network,
    dataset: FileDataset,
    *,
    protocol: Protocol,
    precision: str,
    workers: int = 0,
    save: Path | None = None,
    progress: bool = True,
) -> Assessment:
    """Score a network on a split.

    save: a folder for predictions/, overlays/, classes.csv and scores.json; an evaluation that was interrupted goes on
    from its progress.json.
    """
    model = network.model
    device = next(model.parameters()).device
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    since, before = time.perf_counter(), 0
    settings = {"protocol": protocol, "precision": precision, "workers": workers, "progress": progress}
    if save is None:
        scores = evaluate(model, dataset, **settings)
    else:
        with ResumableTally.open(save, model, dataset, protocol, precision) as tally:
            before = tally.done
            scores = evaluate(model, dataset, **settings, tally=tally)
    result = Assessment(
        title=network.title,
        notes=network.notes,
        data=dataset.in_words,
        protocol=protocol,
        precision=precision,
        device=str(device) if device.type == "cuda" else f"{device}, {torch.get_num_threads()} threads",
        images=len(dataset) - before,
        seconds=time.perf_counter() - since,
        peak_bytes=peak_memory(device),
        scores=scores,
    )
    if save is not None and rank() == 0:
        _write_table(save / "classes.csv", scores)
        about = {
            "network": result.title,
            "data": result.data,
            "protocol": str(protocol),
            "precision": precision,
        }
        write_text(save / "scores.json", json.dumps(about | scores.to_dict(), indent=1))
    return result


class ResumableTally(Tally):
    """A tally that writes each prediction, and saves itself every few seconds and after an error or Ctrl-C.

    A context manager: it deletes the file progress.json after a complete evaluation, and keeps it otherwise.
    """

    def __init__(self, path: Path, key: str, classes: int, write: Callable[[str, np.ndarray, np.ndarray], None]):
        super().__init__(classes)
        self.path, self.key, self.write, self.since = path, key, write, time.monotonic()
        if path.exists():
            self._load(classes)

    @classmethod
    def open(cls, folder: Path, model: nn.Module, dataset: Any, protocol: Protocol, precision: str) -> ResumableTally:
        """The tally of an evaluation in `folder`, with the progress of an interrupted one.

        Raises RunError if the folder cannot be written, or holds the progress of another evaluation.
        """
        key = _key(model, dataset, protocol, precision)
        write = prediction_writer(make_folder(folder), dataset.space)
        return cls(folder / "progress.json", key, len(dataset.space.classes), write)

    def add(self, sample: Any, prediction: Tensor, images: int = 1) -> None:
        self.write(sample.name, sample.image, prediction.byte().cpu().numpy())
        super().add(sample, prediction, images)

    def end_round(self) -> None:
        if told(time.monotonic() - self.since >= _SAVE_EVERY):
            self._save()

    def __enter__(self) -> ResumableTally:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and rank() == 0:
            delete(self.path)
        elif kind is not None and size() == 1:  # several processes are not in the same round after an error
            self._save()

    def _save(self) -> None:
        confusion = total(self.confusion)
        if rank() == 0:
            content = {"key": self.key, "done": self.done, "confusion": confusion.tolist()}
            write_text(self.path, json.dumps(content))
        self.since = time.monotonic()

    def _load(self, classes: int) -> None:
        try:
            content = json.loads(self.path.read_text())
            key, done = content["key"], int(content["done"])
            confusion = torch.tensor(content["confusion"], dtype=torch.long).reshape(classes, classes)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise RunError(
                f"{self.path}: cannot resume from this file ({type(error).__name__}: {error}); expected the progress "
                "of an interrupted evaluation. Delete it to start again."
            ) from error
        if key != self.key:
            raise RunError(
                f"{self.path}: holds the progress of another evaluation ({done} images with key {key[:10]}, expected "
                f"{self.key[:10]}): the network, the data, the protocol or the precision differs. Delete it to start "
                "again, or choose another folder."
            )
        self.done, self.confusion = done, confusion if rank() == 0 else torch.zeros_like(confusion)


def _key(model: nn.Module, dataset: Any, protocol: Protocol, precision: str) -> str:
    """A digest of everything that determines the scores: weights, configuration, data, protocol and precision."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    rest = [annn.__version__, getattr(model, "config", None), protocol, precision, dataset.space, len(dataset)]
    rest += [dataset.split, *(dataset.identity() if isinstance(dataset, FileDataset) else ())]
    for item in rest:
        digest.update(f"{item!r}\n".encode())
    return digest.hexdigest()


def _write_table(path: Path, scores: Scores) -> None:
    """Write the per-class table as CSV: IoU and accuracy in 0..1, empty where undefined, and numbers of pixels."""
    matrix = np.array(scores.confusion, dtype=np.int64).reshape(len(scores.classes), -1)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["class", "iou", "accuracy", "pixels_true", "pixels_predicted", "pixels_hit"])
    counts = zip(matrix.sum(1).tolist(), matrix.sum(0).tolist(), matrix.diagonal().tolist(), strict=True)
    for name, iou, accuracy, count in zip(scores.classes, scores.iou, scores.accuracy, counts, strict=True):
        shares = ["" if share != share else f"{share:.6f}" for share in (iou, accuracy)]
        table.writerow([name, *shares, *count])
    write_text(path, text.getvalue())
