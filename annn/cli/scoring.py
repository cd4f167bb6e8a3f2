"""A network scored as `annn evaluate` does it: the scores, and what they cost in time and memory."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from annn.data import FileDataset
from annn.data.predictions import write_table
from annn.device import peak_memory
from annn.evaluate import evaluate, images_done
from annn.files import write_text
from annn.metrics import Scores
from annn.protocol import Protocol
from annn.runs.network import Network


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Scores of a network, and their cost. images: how many were seen in `seconds`; fewer than the set's after an
    interruption. peak_bytes: of the process on a CPU, of all tensors on a GPU (`device` says which)."""

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
    device = next(network.model.parameters()).device
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    progress_file = None if save is None else save / "progress.json"
    before, since = images_done(progress_file) if progress_file else 0, time.perf_counter()
    scores = evaluate(
        network.model, dataset, protocol=protocol, precision=precision, workers=workers, progress=progress,
        save=save, progress_file=progress_file,
    )  # fmt: skip
    kind = "generated stand-in scenes" if dataset.stand_in else dataset.space.name
    found = Assessment(
        title=network.title,
        notes=network.notes,
        data=f"{len(dataset)} images of {kind} ({dataset.split})",
        protocol=protocol,
        precision=precision,
        device=str(device) if device.type == "cuda" else f"{device}, {torch.get_num_threads()} threads",
        images=len(dataset) - before,
        seconds=time.perf_counter() - since,
        peak_bytes=peak_memory(device),
        scores=scores,
    )
    if save is not None:
        write_table(save / "classes.csv", scores)
        about = {"network": found.title, "data": found.data, "protocol": str(protocol), "precision": precision}
        write_text(save / "scores.json", json.dumps(about | scores.to_dict(), indent=1))
    return found
