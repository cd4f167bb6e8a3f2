"""A recipe holds everything that determines a trained network and its scores, except the seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from annn.augment import AugmentConfig
from annn.data.config import DataConfig, Own, OwnClass, StandIn
from annn.errors import ConfigError
from annn.files import tuples
from annn.losses import LossConfig
from annn.model import RESNET, ModelConfig, without_blocks
from annn.protocol import Protocol
from annn.train import TrainConfig

PRESETS = ("quick", "evening", "standard", "paper")
STARTS = ("nothing", "imagenet", "torchvision", "authors")
NETWORK = "network"
"""The start from a trained network of the workbook, whose file the recipe names."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that determines a trained network and its scores, except the seed.

    start: the initial weights of the backbone. "nothing": random ones. "imagenet": those of its own network, timm's, or
        torchvision's of a ResNet. "torchvision", "authors": their file of a ResNet, to which `model` must fit (see
        `starting`). "network": a trained network, of which all but the classifiers are kept (see `fine_tuning`).
    network: the file of that network. The key of a run holds its content instead of its place.
    first: a schedule by which the network without blocks is trained first, from `start`; this one then continues from
        it (see `before`). All rows of a table share it, seed by seed: it takes most of their time, and it keeps the
        chance of most of the training out of their differences. None trains each network alone, as the paper does.
    first_stride: the output stride of that network; None is this one's. The weights fit any stride, and a coarser map
        costs less: a step at 16 takes two fifths of one at 8, at 32 two thirds of one at 16.
    identity: start the half of each fuse convolution that reads the block's own map as the identity (released code: all
        of it random). Then what the backbone learnt on ImageNet need not be learnt through a random layer anew.
    test_scale: the single scale at which whole images are tested; logits are upsampled to the size of the labels.
    test_grid: at this scale, their sides become a multiple of it plus one (`protocol.rescaled_size`); 1 for any.
    """

    name: str
    model: ModelConfig
    data: DataConfig
    augment: AugmentConfig
    loss: LossConfig
    train: TrainConfig
    test_scale: float = 1.0
    test_grid: int = 1
    start: str = "nothing"
    identity: bool = False
    network: str = ""
    first: TrainConfig | None = None
    first_stride: int | None = None

    def __post_init__(self) -> None:
        if self.start not in (*STARTS, NETWORK):
            raise ConfigError(f"start={self.start!r} is not known; choose one of {', '.join(STARTS)}.")
        if (self.start == NETWORK) != bool(self.network):
            raise ConfigError(
                f"start={self.start!r} with network={self.network!r}; expected a file of a network with the start "
                f"{NETWORK!r} alone. `fine_tuning` sets both."
            )
        if self.first is None and self.first_stride is not None:
            raise ConfigError(f"first_stride={self.first_stride} without first; expected None, or set both.")

    @property
    def protocol(self) -> Protocol:
        """How the trained network is tested: whole images at `test_scale`."""
        return Protocol(scales=(self.test_scale,), grid=self.test_grid)

    @property
    def before(self) -> Recipe | None:
        """The recipe of the network that this one continues from: the Baseline, trained by `first`."""
        if self.first is None:
            return None
        preset = self.name.partition("-")[0]
        data = f"{'stand-in-' * (self.data.stand_in is not None)}{self.data.name}"
        name = f"{preset}-{data}-first" + ("" if self.start == "imagenet" else f"-from-{self.start}")
        alone = self.alone
        return replace(alone, name=name, model=without_blocks(alone.model))

    @property
    def alone(self) -> Recipe:
        """This network by the schedule and at the stride of `first`, from `start`; itself if it has no `first`."""
        if self.first is None:
            return self
        stride = self.model.output_stride if self.first_stride is None else self.first_stride
        model = replace(self.model, output_stride=stride)
        return replace(self, model=model, train=self.first, first=None, first_stride=None)

    @property
    def how(self) -> dict[str, str]:
        """How the network is trained, in words."""
        train, (height, width) = self.train, self.augment.crop
        training = f"{train.iterations} steps of {train.batch_size}, {train.optimizer}"
        if self.first is not None:
            stride = "" if self.first_stride is None else f" at output stride {self.first_stride}"
            training = f"{self.first.iterations} steps without blocks{stride}, shared by all rows, then {training}"
        return {"crops": f"{height}x{width}", "training": training}


def starting(recipe: Recipe, start: str) -> Recipe:
    """The recipe with another start, and with the stem, rounding and input of the network in that file.

    "authors" is their ResNet-101 with a deep stem, which reads BGR; torchvision's networks have a plain stem. Raises
    ConfigError for a file of a ResNet where the network is another.
    """
    plain = {"stem": "plain", "stem_widths": None, "ceil_mode": False, "input": "imagenet"}
    authors = {"stem": "deep", "stem_widths": None, "ceil_mode": True, "input": "caffe-bgr"}
    fitting: dict[str, dict[str, Any]] = {
        "nothing": {}, "imagenet": plain, "torchvision": plain, "authors": authors,
    }  # fmt: skip
    if start not in fitting:
        raise ConfigError(f"start={start!r} is not known; choose one of {', '.join(STARTS)}.")
    if start == recipe.start:
        return recipe
    if recipe.model.backbone != RESNET:
        if start in ("torchvision", "authors"):
            raise ConfigError(
                f"start={start!r}: this file is of a ResNet, but {recipe.name} has the backbone "
                f"{recipe.model.backbone!r}; expected 'imagenet' or 'nothing'."
            )
        return replace(recipe, name=f"{recipe.name}-from-{start}", start=start)
    model = replace(recipe.model, **fitting[start])
    return replace(recipe, name=f"{recipe.name}-from-{start}", start=start, model=model)


def fine_tuning(recipe: Recipe, network: str | Path, name: str) -> Recipe:
    """The recipe that starts from a trained network, all but its classifiers. name: of that network, for the recipe's.

    That network takes the place of the one that `first` would train, by whose schedule it is fine-tuned, at its own
    stride. Whether backbone and blocks are the same shows when they are loaded (`weights.transfer`).
    """
    alone = replace(recipe.alone, model=recipe.model)
    return replace(alone, name=f"{recipe.name}-from-{name}", start=NETWORK, network=str(network))


def shorten(recipe: Recipe, iterations: int = 0, scenes: int = 0) -> Recipe:
    """A recipe with fewer steps and generated scenes, to try something out; 0 keeps what it has.

    Raises `ConfigError` for scenes where the recipe generates none.
    """
    if iterations:
        recipe = with_schedule(recipe, iterations=iterations)
    if scenes:
        if recipe.data.stand_in is None:
            raise ConfigError(f"scenes={scenes}: {recipe.name} is trained on real data; leave scenes at 0.")
        stand_in = replace(recipe.data.stand_in, train=scenes, val=scenes)
        recipe = replace(recipe, data=replace(recipe.data, stand_in=stand_in))
    return recipe


def with_schedule(recipe: Recipe, **changes: Any) -> Recipe:
    """The recipe with other values of its `TrainConfig`, and of `first` where it has one."""
    first = None if recipe.first is None else replace(recipe.first, **changes)
    return replace(recipe, train=replace(recipe.train, **changes), first=first)


def trial_of(recipe: Recipe) -> Recipe:
    """Two steps, and four scenes where they are generated: to see that everything runs.

    In float32, which every processor computes fast; its numbers mean nothing anyway.
    """
    short = shorten(recipe, iterations=2, scenes=0 if recipe.data.stand_in is None else 4)
    return with_schedule(short, precision="fp32")


def read_recipe(content: Mapping[str, Any]) -> Recipe:
    """A recipe from the output of `dataclasses.asdict`, also after JSON; raises TypeError or KeyError if invalid."""
    content = tuples(content)
    stand_in, own = content["data"].pop("stand_in"), content["data"].pop("own", None)
    if own is not None:
        own = Own(place=own["place"], classes=tuple(OwnClass(**entry) for entry in own["classes"]))
    return Recipe(
        name=content["name"],
        model=ModelConfig(**content["model"]),
        data=DataConfig(**content["data"], stand_in=None if stand_in is None else StandIn(**stand_in), own=own),
        augment=AugmentConfig(**content["augment"]),
        loss=LossConfig(**content["loss"]),
        train=TrainConfig(**content["train"]),
        test_scale=content["test_scale"],
        test_grid=content.get("test_grid", 1),
        start=content.get("start", "nothing"),
        identity=content.get("identity", False),
        network=content.get("network", ""),
        first=TrainConfig(**content["first"]) if content.get("first") else None,
        first_stride=content.get("first_stride"),
    )
