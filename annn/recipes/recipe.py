"""What a recipe is: everything that determines a trained network and its scores, apart from its seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annn.augment import AugmentConfig
from annn.errors import ConfigError
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.protocol import Protocol
from annn.train import TrainConfig

PRESETS = ("quick", "standard", "paper")
TASKS = ("segmentation", "classification")


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """Generated scenes: how many for training and validation, (height, width), and the generator's seed."""

    train: int
    val: int
    size: tuple[int, int]
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which data set, by the name of its reader, and which splits train and score; `stand_in` if it is generated."""

    name: str = "cityscapes"
    train: str = "train"
    val: str = "val"
    stand_in: StandIn | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that determines a trained network and its scores, apart from its seed.

    task: "segmentation" trains an `ANNN`, "classification" a `SceneClassifier` with the backbone of `model`.
    test_scale: the single scale at which whole images are tested; logits are upsampled to the labels' full size.
    """

    name: str
    model: ModelConfig
    data: DataConfig
    augment: AugmentConfig
    loss: LossConfig
    train: TrainConfig
    test_scale: float = 1.0
    task: str = "segmentation"

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ConfigError(f"task={self.task!r} is not known; choose one of {', '.join(TASKS)}.")

    @property
    def protocol(self) -> Protocol:
        """How the trained network is tested: whole images at `test_scale`."""
        return Protocol(scales=(self.test_scale,))


def read_recipe(content: Mapping[str, Any]) -> Recipe:
    """A recipe from what `dataclasses.asdict` and JSON made of it; raises TypeError or KeyError for anything else."""
    content = _tuples(content)
    stand_in = content["data"].pop("stand_in")
    return Recipe(
        name=content["name"],
        model=ModelConfig(**content["model"]),
        data=DataConfig(**content["data"], stand_in=None if stand_in is None else StandIn(**stand_in)),
        augment=AugmentConfig(**content["augment"]),
        loss=LossConfig(**content["loss"]),
        train=TrainConfig(**content["train"]),
        test_scale=content["test_scale"],
        task=content["task"],
    )


def _tuples(content: Any) -> Any:
    """JSON's lists back to tuples, and a copy of everything else."""
    if isinstance(content, Mapping):
        return {key: _tuples(value) for key, value in content.items()}
    return tuple(map(_tuples, content)) if isinstance(content, (list, tuple)) else content
