"""The log and the checkpoint of a run while it trains, and how an interrupted run resumes."""

from __future__ import annotations

import json
import math
import pickle
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from annn.errors import RunError
from annn.files import not_finite, replacing, unwritable, write_text
from annn.parallel import rank


@runtime_checkable
class Follower(Protocol):
    """Is told each line of the log, in process 0: for curves elsewhere than in the log."""

    def begin(self, lines: Sequence[dict[str, float]]) -> None:
        """The training starts or resumes; the log holds these lines."""

    def add(self, line: dict[str, float]) -> None:
        """A line was written."""


class Journal:
    """Writes log.jsonl and checkpoint.pt while a run trains, and resumes from them.

    Of several processes, process 0 writes and all resume. follower: is told what the log holds.

    Each log line holds step, loss (mean since the last line), lr, images_per_second, waiting (fraction of the time
    spent waiting for data) and seconds (training time so far, without interruptions).
    """

    def __init__(self, folder: Path, parts: dict, follower: Follower | None = None):
        self.parts, self.follower = parts, follower
        self.lines, self.checkpoint = folder / "log.jsonl", folder / "checkpoint.pt"
        self.seconds = self.waited = 0.0
        self.since = time.perf_counter()

    def resume(self) -> int:
        """Load the checkpoint and delete later log lines; returns the step to resume from (0 without a checkpoint)."""
        step = 0
        if self.checkpoint.exists():
            try:
                state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
                if bad := not_finite(_tensors(state)):
                    raise ValueError(f"it holds {bad}")
                for name, part in self.parts.items():
                    part.load_state_dict(state[name])
                step, self.seconds = state["step"], state["seconds"]
            except (RuntimeError, KeyError, ValueError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
                raise RunError(
                    f"{self.checkpoint}: cannot resume from this checkpoint ({str(error).splitlines()[0]}); expected "
                    "a checkpoint of this recipe. Delete the file to train this run from the start."
                ) from error
        if rank() == 0:
            lines = self.lines.read_text().splitlines() if self.lines.exists() else []
            kept = [line for line in lines if _step(line) <= step]
            write_text(self.lines, "".join(f"{line}\n" for line in kept))
            if self.follower is not None:
                self.follower.begin([json.loads(line) for line in kept])
        self.since = time.perf_counter()
        return step

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time inside the block as waiting for data."""
        start = time.perf_counter()
        yield
        self.waited += time.perf_counter() - start

    def write(self, step: int, loss: float, lr: float, images: int) -> dict[str, float]:
        """Append a log line for the steps since the last line, and return it."""
        now = time.perf_counter()
        duration, self.since = now - self.since, now
        self.seconds += duration
        line = {"step": step, "loss": loss, "lr": lr, "images_per_second": images / duration}
        line |= {"waiting": self.waited / duration, "seconds": self.seconds}
        self.waited = 0.0
        if rank() > 0:
            return line
        try:
            with self.lines.open("a") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise RunError(unwritable(self.lines, error)) from error
        if self.follower is not None:
            self.follower.add(line)
        return line

    def save(self, step: int) -> None:
        """Replace the checkpoint; if this fails, the old one stays."""
        if rank() > 0:
            return
        state = {name: part.state_dict() for name, part in self.parts.items()}
        state |= {"step": step, "seconds": self.seconds}
        with replacing(self.checkpoint) as temporary:
            torch.save(state, temporary)


def _tensors(content: Any, name: str = "") -> dict[str, Tensor]:
    """The tensors in nested dictionaries, by dotted names."""
    if isinstance(content, Mapping):
        return {k: v for key, part in content.items() for k, v in _tensors(part, f"{name}.{key}".lstrip(".")).items()}
    return {name: content} if isinstance(content, Tensor) else {}


def losses(folder: Path) -> list[float]:
    """The losses in the log of a training, in order."""
    return [json.loads(line)["loss"] for line in (folder / "log.jsonl").read_text().splitlines()]


def _step(line: str) -> float:
    try:
        return json.loads(line)["step"]
    except (json.JSONDecodeError, KeyError, TypeError):  # the run was killed while writing this line
        return math.inf
