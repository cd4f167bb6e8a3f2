"""What a run leaves on disk while it trains, and how an interrupted one goes on."""

from __future__ import annotations

import json
import math
import pickle
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from annn.errors import RunError
from annn.files import replacing, unwritable, write_text


class Journal:
    """What a run leaves on disk while it trains: log.jsonl and checkpoint.pt, and how to go on from them.

    Log lines hold step, loss (mean since the last line), lr, images_per_second, waiting (share of the time that went
    into waiting for data) and seconds (training time so far, without interruptions).
    """

    def __init__(self, folder: Path, parts: dict):
        self.parts = parts
        self.lines, self.checkpoint = folder / "log.jsonl", folder / "checkpoint.pt"
        self.seconds = self.waited = 0.0
        self.since = time.perf_counter()

    def resume(self) -> int:
        """Load the checkpoint and drop the log lines after it; return the step to go on from (0 without one)."""
        step = 0
        if self.checkpoint.exists():
            try:
                state = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
                for name, part in self.parts.items():
                    part.load_state_dict(state[name])
                step, self.seconds = state["step"], state["seconds"]
            except (RuntimeError, KeyError, ValueError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
                raise RunError(
                    f"{self.checkpoint}: cannot go on from this checkpoint ({str(error).splitlines()[0]}); expected "
                    "one written by this recipe. Delete the file to train this run from the start."
                ) from error
        lines = self.lines.read_text().splitlines() if self.lines.exists() else []
        kept = [line for line in lines if _step(line) <= step]
        write_text(self.lines, "".join(f"{line}\n" for line in kept))
        self.since = time.perf_counter()
        return step

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time inside as waiting for data."""
        began = time.perf_counter()
        yield
        self.waited += time.perf_counter() - began

    def write(self, step: int, loss: float, lr: float, images: int) -> dict[str, float]:
        """Append a line for the steps since the last one, and return it."""
        now = time.perf_counter()
        lasted, self.since = now - self.since, now
        self.seconds += lasted
        line = {"step": step, "loss": loss, "lr": lr, "images_per_second": images / lasted}
        line |= {"waiting": self.waited / lasted, "seconds": self.seconds}
        self.waited = 0.0
        try:
            with self.lines.open("a") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise RunError(unwritable(self.lines, error)) from error
        return line

    def save(self, step: int) -> None:
        """Replace the checkpoint; the old one stays if this fails."""
        state = {name: part.state_dict() for name, part in self.parts.items()}
        state |= {"step": step, "seconds": self.seconds}
        with replacing(self.checkpoint) as temporary:
            torch.save(state, temporary)


def _step(line: str) -> float:
    try:
        return json.loads(line)["step"]
    except (json.JSONDecodeError, KeyError, TypeError):  # cut off when the run was killed
        return math.inf
