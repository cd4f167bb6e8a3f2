"""Trained networks as single files: safetensors with the recipe, the data and the scores in the metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from safetensors.torch import save_file
from torch import Tensor

from annn.data import in_words
from annn.errors import AnnnError, WeightsError
from annn.files import make_folder, replacing, tuples
from annn.model import ANNN, ModelConfig
from annn.weights.architecture import differences
from annn.weights.files import Contents, check_finite, read_file


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
    """Write the network of a run as one file, whole or not at all.

    half: store the weights of convolutions in float16, half the size; batch norm stays in float32. Raises RunError if
    the file cannot be written, and WeightsError for weights that are NaN or infinite, or would be in float16.
    """
    make_folder(Path(path).parent)
    return write_checkpoint(Path(path), run.model("cpu").state_dict(), run, half=half)


def write_checkpoint(path: Path, state: Mapping[str, Tensor], run: Trained, *, half: bool = False) -> Path:
    """Write weights with the recipe and the scores of their run; raises as `save_checkpoint` does."""
    tensors = {k: (v.half() if half and v.dim() == 4 else v).contiguous() for k, v in state.items()}
    data, scenes = run.recipe.data, run.recipe.data.stand_in
    words = in_words(data, False, run.metrics.get("images"), run.metrics.get("about")) if scenes is None else (
        f"{in_words(data, True)}, {scenes.train} for training and {scenes.val} for validation, "
        f"{scenes.size[0]} x {scenes.size[1]} pixels, seed {scenes.seed}"
    )  # fmt: skip
    about = {
        "recipe": _without_places(run.recipe),
        "seed": run.seed,
        "data": words,
        "scores": run.metrics["scores"],
        "environment": run.metrics["environment"],
        "stored": "float16 convolutions" if half else "float32",
    }
    check_finite(path, tensors, "would hold")
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"annn": json.dumps(about)})
    return path


def _without_places(recipe: Any) -> dict[str, Any]:
    """A recipe as plain values for a file that others may get: no path of this machine is their business."""
    content = asdict(recipe)
    if content["data"]["own"] is not None:
        content["data"]["own"]["place"] = ""
    return content | {"network": Path(content["network"]).name}


def load_checkpoint(path: str | Path) -> Checkpoint:
    """The network of a file that `save_checkpoint` wrote; raises WeightsError for anything else."""
    path = Path(path)
    return checkpoint_of(path, read_file(path))


def checkpoint_of(path: Path, contents: Contents) -> Checkpoint:
    """The same for a file that is read already."""
    expected = "expected a checkpoint of annn.weights.save_checkpoint"
    metadata = contents.beside.get("annn")
    if not isinstance(metadata, str):
        raise WeightsError(f"{path}: holds weights without a recipe; {expected}. Save the run there once more.")
    try:
        about = json.loads(metadata)
        return Checkpoint(model=network_of(path, contents, config_from(about["recipe"])), **about)
    except WeightsError:
        raise
    except (ValueError, KeyError, TypeError, RuntimeError, AnnnError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsError(f"{path}: cannot be loaded ({reason}); {expected}. Fetch the file again.") from error


def network_of(path: Path, contents: Contents, config: ModelConfig) -> ANNN:
    """The network of a configuration, in eval mode, with weights in our names; raises WeightsError if they differ."""
    model = ANNN(config)
    expected = {name: tensor.shape for name, tensor in model.state_dict().items()}
    if problems := differences(contents.state, expected, _block):
        raise WeightsError(
            f"{path}: cannot be loaded ({'; '.join(problems)}); expected the weights of its recipe's network. Fetch "
            "the file again."
        )
    model.load_state_dict(contents.state, strict=False)  # float16 becomes float32; counters of steps may be missing
    return model.to(memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]


def _block(name: str) -> str:
    return "context" if name.startswith("reduce.") else name.partition(".")[0]


def config_from(recipe: Mapping[str, Any]) -> ModelConfig:
    """The network of a recipe from JSON; raises KeyError, TypeError or ConfigError if it is not valid."""
    return ModelConfig(**tuples(recipe["model"]))
