"""The folder of a run; no other module reads or writes it, except `journal` (log, checkpoint) and `curves`.

recipe.json          recipe and seed, written first
log.jsonl            a line every few steps, appended by `journal`
checkpoint.pt        to resume from, written by `journal`; deleted here when the run is finished
weights.safetensors  the trained network, which `annn.weights.load` reads too
tensorboard/         on request: event files, written by `curves`
metrics.json         scores, seconds, hardware, stand-in or real; written last, so it marks a finished run
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from annn.data.config import DataConfig
from annn.data.files import FileDataset
from annn.data.own.description import slug
from annn.device import choose_device, environment
from annn.errors import RunError, WeightsError
from annn.files import delete, locked, make_folder, write_text
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.parallel import first_alone, rank, size, told
from annn.recipes.recipe import Recipe, read_recipe
from annn.weights.checkpoint import network_of, write_checkpoint
from annn.weights.files import read_file

_RECIPE, _LOG, _CHECKPOINT = "recipe.json", "log.jsonl", "checkpoint.pt"
_WEIGHTS, _METRICS = "weights.safetensors", "metrics.json"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run, which is a `scored.ScoredNetwork`.

    metrics: the scores (`Scores.to_dict`), `seconds` of training, `environment` and whether the data is a `stand_in`.
    """

    folder: Path
    recipe: Recipe
    seed: int
    metrics: dict[str, Any]

    @property
    def scores(self) -> Scores:
        return Scores.from_dict(self.metrics["scores"])

    @property
    def config(self) -> ModelConfig:
        return self.recipe.model

    @property
    def environment(self) -> dict[str, str]:
        """Hardware and versions of the training."""
        return self.metrics["environment"]

    @property
    def data(self) -> DataConfig:
        return self.recipe.data

    @property
    def stand_in(self) -> bool:
        """Whether the data is generated."""
        return self.metrics["stand_in"]

    @property
    def images(self) -> dict[str, int]:
        """How many images there were for training and testing."""
        return self.metrics.get("images", {})

    @property
    def about(self) -> dict[str, str]:
        """Name and split of the data, where its about.toml says them."""
        return self.metrics.get("about", {})

    @property
    def seconds(self) -> float:
        """Training time, without interruptions and without the evaluation."""
        return self.metrics["seconds"]

    @property
    def testing(self) -> dict[str, Any]:
        """Protocol and precision for `evaluate.predict`: the recipe's protocol, in float32."""
        return {"protocol": self.recipe.protocol, "precision": "fp32"}

    @property
    def record(self) -> dict[str, Any]:
        """The source of the scores, as plain values for the JSON file of a table."""
        return {"seed": self.seed, "run": self.folder.name, "minutes": round(self.seconds / 60, 2)}

    @property
    def how(self) -> dict[str, str]:
        """How the network was trained, in words."""
        return self.recipe.how

    @property
    def origin(self) -> str:
        """Where the network comes from, in words."""
        return f"trained here as `{self.recipe.name}`, seed {self.seed}"

    @cached_property
    def log(self) -> list[dict[str, float]]:
        return [json.loads(line) for line in (self.folder / _LOG).read_text().splitlines()]

    def model(self, device: str = "auto") -> ANNN:
        """The trained network in eval mode; raises RunError if its weights cannot be loaded."""
        path = self.folder / _WEIGHTS
        try:
            model = network_of(path, read_file(path), self.recipe.model)
        except WeightsError as error:
            raise RunError(f"{error} Or delete the folder {self.folder} to train the run again.") from error
        return model.to(choose_device(device), memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def is_finished(folder: Path) -> bool:
    """Whether a run is complete: trained and scored."""
    return (folder / _METRICS).exists()


def run_of(weights: Path) -> Path | None:
    """The run folder of a weights file; None for any other file."""
    return weights.parent if weights.name == _WEIGHTS and (weights.parent / _RECIPE).is_file() else None


def weights_of(folder: Path) -> Path:
    """The weights file of a finished run."""
    return folder / _WEIGHTS


def weights_and_name(path: str | Path) -> tuple[Path, str]:
    """The file of a network, and what to call it, from the folder of a finished run or from a weights file itself.

    A run is called as its recipe. Raises RunError for a folder that is no finished run.
    """
    path = Path(path)
    folder = path if path.is_dir() else run_of(path)
    return (path, slug(path.stem)) if folder is None else (weights_of(folder), load(folder).recipe.name)


@contextmanager
def begin(folder: Path, recipe: Recipe, seed: int) -> Iterator[bool]:
    """Make and lock the folder of a run; the value is True if the run still has to be trained.

    It is False if another process finished the run while this one waited. Of processes that train together, the first
    one holds the lock. Raises RunError if the folder cannot be written.
    """
    make_folder(folder)
    with locked(folder) if rank() == 0 else nullcontext():
        needed = told(not is_finished(folder))
        if needed and rank() == 0:
            write_text(folder / _RECIPE, json.dumps({"recipe": asdict(recipe), "seed": seed}, indent=1))
        yield needed


def finish(
    folder: Path,
    recipe: Recipe,
    seed: int,
    model: nn.Module,
    scores: Scores,
    splits: tuple[FileDataset, FileDataset],
    *,
    start: str | None = None,
) -> Run:
    """Write the weights and metrics of a run, delete its checkpoint, and return it.

    splits: the data for training and scoring. start: the folder name of the run that the frozen features come from.

    """
    trainset, valset = splits
    environment_of_run = environment(next(model.parameters()).device)
    if size() > 1:
        environment_of_run["hardware"] = f"{size()} processes, each on {environment_of_run['hardware']}"
    seconds = told(json.loads((folder / _LOG).read_text().splitlines()[-1])["seconds"] if rank() == 0 else None)
    metrics = {"scores": scores.to_dict(), "seconds": seconds, "environment": environment_of_run}
    metrics |= {"stand_in": trainset.stand_in, "images": {"train": len(trainset), "val": len(valset)}}
    if valset.about.name or valset.about.split:
        metrics["about"] = {"name": valset.about.name, "split": valset.about.split}
    if start is not None:
        metrics["start"] = start
    run = Run(folder=folder, recipe=recipe, seed=seed, metrics=metrics)
    with first_alone() as first:
        if first:
            write_checkpoint(folder / _WEIGHTS, model.state_dict(), run)
            write_text(folder / _METRICS, json.dumps(metrics, indent=1))
            delete(folder / _CHECKPOINT)
    return run


def load(folder: str | Path) -> Run:
    """A finished run from its folder; raises RunError if the folder is incomplete or damaged."""
    folder = Path(folder)
    try:
        description = json.loads((folder / _RECIPE).read_text())
        metrics = json.loads((folder / _METRICS).read_text())
        recipe = read_recipe(description["recipe"])
        return Run(folder=folder, recipe=recipe, seed=description["seed"], metrics=metrics)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{folder}: is not a finished run ({type(error).__name__}: {error}); expected {_RECIPE}, {_METRICS}, "
            f"{_LOG} and {_WEIGHTS} of `annn train`. Delete the folder to train it again."
        ) from error


def last_step(folder: Path) -> tuple[int, float]:
    """Step and loss in the last log line of a run; (0, 0.0) without a line."""
    try:
        line = json.loads((folder / _LOG).read_text().splitlines()[-1])
        return line["step"], line["loss"]
    except (OSError, IndexError, ValueError):
        return 0, 0.0


def is_training(folder: Path) -> bool:
    """Whether a run is training: it is not finished, and its log changed in the last minute."""
    log = folder / _LOG
    return log.exists() and time.time() - log.stat().st_mtime < 60 and not is_finished(folder)
