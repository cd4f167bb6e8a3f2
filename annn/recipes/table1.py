"""Recipes of Table 1: the full network (AFNB 4 & 5 and APNB) on COCO-Stuff-10K and on NYUD-V2, in three presets.

The released code has no configuration for either data set, and the supplement only names the protocols that it follows
(DeepLab-V2's and RefineNet's, with single-scale testing of whole images). The `paper` preset is therefore our reading,
stated with each recipe: the authors' network and augmentation, with the data sets' own crops and schedules.

quick     two CPU cores: a narrow ResNet-18 on generated rooms, and on generated things and stuff, minutes together
standard  one GPU: a full ResNet-18 on larger generated scenes
paper     ResNet-101 on the real data, from the authors' ImageNet weights
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from annn.augment import AugmentConfig
from annn.data.coco_stuff import COCO_STUFF
from annn.data.config import DataConfig, StandIn
from annn.data.nyud.labels import NYUD
from annn.errors import ConfigError
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.recipes.recipe import PRESETS, Recipe
from annn.train import TrainConfig


class Quoted(NamedTuple):
    """A number that the supplement's Table 1 quotes: mIoU in %, on the real data set."""

    backbone: str
    miou: float


PAPER_TABLE1: dict[str, dict[str, Quoted]] = {
    "COCO-Stuff-10K": {
        "RefineNet": Quoted("ResNet-101", 33.6),
        "CCL": Quoted("ResNet-101", 35.7),
        "Ours": Quoted("ResNet-101", 37.2),
    },
    "NYUD-V2": {
        "Piecewise": Quoted("VGG16", 40.6),
        "RefineNet": Quoted("ResNet-101", 43.6),
        "Ours": Quoted("ResNet-101", 44.4),
    },
}
"""The supplement's Table 1, by data set and method; "Ours" is the authors', the others are taken from their papers."""


def table1_coco_stuff(preset: str = "quick", data: str | None = None) -> Recipe:
    """Table 1, COCO-Stuff-10K (9000 training and 1000 test images, 171 classes). Paper: 37.2.

    The paper preset: SGD, poly, learning rate 1e-3, weight decay 1e-4, batch 16, crop 520, 60 000 iterations, plain
    cross-entropy, as openseg.pytorch (by the authors' colleagues, from the same code base) trains on this data set, but
    on images of their own size instead of a shorter side of 520 pixels. The mean is over 171 classes.
    """
    recipe = full_network("coco-stuff", "cocostuff10k", len(COCO_STUFF.classes), preset, data)
    if preset == "quick":  # 171 logits a pixel are what a step costs: smaller crops
        return replace(recipe, augment=replace(recipe.augment, crop=(96, 128)))
    if preset == "standard":
        return recipe
    augment = AugmentConfig(scale=(0.5, 2.0), crop=(520, 520))
    train = TrainConfig(iterations=60_000, batch_size=16, lr=1e-3, weight_decay=1e-4)
    return replace(recipe, augment=augment, train=train)


def table1_nyud(preset: str = "quick", data: str | None = None) -> Recipe:
    """Table 1, NYUD-V2 (795 training and 654 test images, 40 classes). Paper: 44.4.

    The paper preset: RefineNet's protocol as far as it fits batch normalisation: border cropped (468x625), scale
    0.7..1.3, crop 400, flips, weight decay 5e-4. RefineNet trains single images with frozen statistics, the authors
    with synchronised ones, so batch 8 and the authors' poly schedule from 0.01; 30 000 iterations are 300 epochs, what
    Light-Weight RefineNet needs. The authors keep no script, and reported 41 by others with batch 6.
    """
    recipe = full_network("nyud", "nyud", len(NYUD.classes), preset, data)
    if preset != "paper":
        return recipe
    augment = AugmentConfig(scale=(0.7, 1.3), aspect=(1.0, 1.0), crop=(400, 400))
    return replace(recipe, augment=augment, train=TrainConfig(iterations=30_000, batch_size=8, lr=0.01))


TABLE1: dict[str, Callable[..., Recipe]] = {"COCO-Stuff-10K": table1_coco_stuff, "NYUD-V2": table1_nyud}


def table1(row: str, preset: str = "quick", data: str | None = None) -> Recipe:
    """The recipe of one half of Table 1. `data` is "stand-in" or "real"; None takes the preset's own."""
    if row not in TABLE1:
        raise ConfigError(f"row={row!r} is not in Table 1; choose one of {', '.join(map(repr, TABLE1))}.")
    return TABLE1[row](preset, data)


def full_network(short: str, name: str, classes: int, preset: str, data: str | None) -> Recipe:
    """What both halves, and the main paper's sets, have in common: the full network, and the data of a preset.

    short names the recipe, name the reader. `data` as for `table1`.
    """
    if preset not in PRESETS:
        raise ConfigError(f"preset={preset!r} is not known; choose one of {', '.join(PRESETS)}.")
    data = data or ("real" if preset == "paper" else "stand-in")
    if data not in ("stand-in", "real", name):
        raise ConfigError(f"data={data!r} is not known; choose 'stand-in', or 'real' ('{name}').")
    if preset == "paper" and data == "stand-in":
        raise ConfigError("preset='paper' needs real data; choose data='real', or another preset.")
    recipe = {"quick": _quick, "standard": _standard, "paper": _paper}[preset](name, classes)
    if data == "stand-in":
        return replace(recipe, name=f"{preset}-stand-in-{short}")
    recipe = replace(recipe, name=f"{preset}-{short}", data=replace(recipe.data, stand_in=None))
    if preset != "quick":
        return recipe
    # A small budget sees real images (mostly 480x640) whole but smaller, by a quarter.
    return replace(recipe, augment=AugmentConfig(scale=(0.22, 0.32), crop=(120, 160)), test_scale=0.25)


def _quick(name: str, classes: int) -> Recipe:
    return Recipe(
        name="quick",
        model=ModelConfig(classes=classes, depth=18, width=16),
        data=DataConfig(name=name, val="test", stand_in=StandIn(train=500, val=100, size=(120, 160))),
        augment=AugmentConfig(scale=(1.0, 1.0), aspect=(1.0, 1.0), crop=(120, 160)),
        loss=LossConfig(ohem=False, balance=0.5),
        train=TrainConfig(
            iterations=1500, batch_size=4, optimizer="adamw", lr=4e-3, weight_decay=0.01, warmup=50, precision="bf16"
        ),
    )


def _standard(name: str, classes: int) -> Recipe:
    return Recipe(
        name="standard",
        model=ModelConfig(classes=classes, depth=18),
        data=DataConfig(name=name, val="test", stand_in=StandIn(train=2000, val=400, size=(240, 320))),
        augment=AugmentConfig(scale=(0.5, 2.0), crop=(240, 320)),
        loss=LossConfig(ohem=False),
        train=TrainConfig(iterations=8000, batch_size=16, lr=0.02, weight_decay=1e-4, warmup=200),
    )


def _paper(name: str, classes: int) -> Recipe:
    return Recipe(
        name="paper",
        model=ModelConfig(classes=classes, depth=101, stem="deep", ceil_mode=True, input="caffe-bgr"),
        data=DataConfig(name=name, val="test"),
        augment=AugmentConfig(),
        loss=LossConfig(ohem=False),
        train=TrainConfig(),
        start="authors",
    )
