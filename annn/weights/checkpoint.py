"""Trained networks as single files: safetensors with the recipe, the data and the scores in the metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from annn.data import in_words
from annn.errors import AnnnError, WeightsError
from annn.files import make_folder, replacing, tuples
from annn.model import ANNN, ModelConfig


@runtime_checkable
class Trained(Protocol):
    """The interface of a run on disk (see `runs.Run`)."""

    @property
    def recipe(self) -> Any: ...
    @property
    def seed(self) -> int: ...
    @property
    def metrics(self) -> dict[str, Any]: ...
    def model(self, device: str = "auto") -> ANNN: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """A network in eval mode, with its recipe and its scores.

    recipe: the run's recipe as nested plain values. data: readable text. scores: as `Scores.to_dict`, of the float32
    network. stored: whether the file holds the convolutions in float16.
    """

    model: ANNN
    recipe: dict[str, Any]
    seed: int
    data: str
    scores: dict[str, Any]
    environment: dict[str, str]
    stored: str


def save_checkpoint(run: Trained, path: str | Path, *, half: bool = False) -> Path:
    """Write the network of a run as one file, whole or not at all; raises RunError if it cannot be written.

    half: store the weights of convolutions in float16, half the size; batch norm stays in float32.
    """
    make_folder(Path(path).parent)
    return write_checkpoint(Path(path), run.model("cpu").state_dict(), run, half=half)


def write_checkpoint(path: Path, state: Mapping[str, Tensor], run: Trained, *, half: bool = False) -> Path:
    """Write weights with the recipe and the scores of their run; raises RunError if that fails."""
    tensors = {k: (v.half() if half and v.dim() == 4 else v).contiguous() for k, v in state.items()}
    data, scenes = run.recipe.data, run.recipe.data.stand_in
    words = in_words(data, False, run.metrics.get("images")) if scenes is None else (
        f"{in_words(data, True)}, {scenes.train} for training and {scenes.val} for validation, "
        f"{scenes.size[0]} x {scenes.size[1]} pixels, seed {scenes.seed}"
    )  # fmt: skip
    about = {
        "recipe": asdict(run.recipe),
        "seed": run.seed,
        "data": words,
        "scores": run.metrics["scores"],
        "environment": run.metrics["environment"],
        "stored": "float16 convolutions" if half else "float32",
    }
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"annn": json.dumps(about)})
    return path


def load_checkpoint(path: str | Path) -> Checkpoint:
    """The network of a file that `save_checkpoint` wrote; raises WeightsError for anything else."""
    path = Path(path)
    expected = "expected a checkpoint of annn.weights.save_checkpoint"
    if not path.is_file():
        raise WeightsError(f"{path}: there is no such file; {expected}. Train a run and save it there.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = (file.metadata() or {}).get("annn")
            if metadata is None:
                raise WeightsError(f"{path}: holds weights without a recipe; {expected}.")
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (safe_open is no mapping)
        about = json.loads(metadata)
        model = ANNN(config_from(about["recipe"]))
        model.load_state_dict(state)  # float16 becomes float32 here
        model = model.to(memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
        return Checkpoint(model=model, **about)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError, AnnnError) as error:
        if isinstance(error, WeightsError):
            raise
        reason = str(error).splitlines()[0]
        raise WeightsError(f"{path}: cannot be loaded ({reason}); {expected}. Fetch the file again.") from error


def config_from(recipe: Mapping[str, Any]) -> ModelConfig:
    """The network of a recipe from JSON; raises KeyError, TypeError or ConfigError if it is not valid."""
    return ModelConfig(**tuples(recipe["model"]))
