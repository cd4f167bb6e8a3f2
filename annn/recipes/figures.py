"""Recipes of the figures: the variants of Figure 1, and the classification network of Figure 2."""

from __future__ import annotations

from dataclasses import replace

from annn.augment import AugmentConfig
from annn.data.config import DataConfig
from annn.data.image_folder import ImageFolder
from annn.errors import ConfigError
from annn.losses import LossConfig
from annn.model import VARIANTS, ModelConfig, variant
from annn.recipes.recipe import PRESETS, Recipe
from annn.recipes.table2 import table2
from annn.train import TrainConfig

KINDS = 28
"""Kinds of generated scenes (see `annn.data.scenes.kinds`)."""


def figure1(name: str, preset: str = "quick", data: str | None = None) -> Recipe:
    """A variant of Figure 1: "Baseline", "+AFNB", "+APNB" or "Full".

    The first two are rows of Table 2 ("Baseline" and "4 & 5"), the same recipes; the others differ only in their
    blocks.
    """
    if name not in VARIANTS:
        raise ConfigError(f"variant={name!r} is not in Figure 1; choose one of {', '.join(map(repr, VARIANTS))}.")
    baseline = table2("Baseline", preset, data)
    if name in ("Baseline", "+AFNB"):
        return baseline if name == "Baseline" else table2("4 & 5", preset, data)
    title = baseline.name.removesuffix("baseline") + name.strip("+").lower()
    return replace(baseline, name=title, model=variant(baseline.model, name))


def classification(preset: str = "quick") -> Recipe:
    """The network of Figure 2's upper row: the street recipes' backbone, trained to classify generated scenes.

    Quick: 500 steps, 75 s on one core. The paper's is torchvision's network, trained on ImageNet;
    raises ConfigError for preset "paper".
    """
    if preset not in PRESETS or preset == "paper":
        raise ConfigError(
            f"preset={preset!r}: a classification network is trained for {' and '.join(PRESETS[:2])}; the paper's "
            "network starts from torchvision's ImageNet weights (see annn.weights.imagenet)."
        )
    quick = preset == "quick"
    assert ImageFolder.generator is not None
    scenes = ImageFolder.generator.sizes[preset]
    model = ModelConfig(classes=KINDS, depth=18, width=16 if quick else 64, fuse=(), context=None)
    optimization = TrainConfig(
        iterations=500, batch_size=16, optimizer="adamw", lr=4e-3, weight_decay=0.01, warmup=50, precision="bf16"
    )
    if not quick:
        optimization = replace(optimization, iterations=4000, batch_size=64, lr=2e-3, warmup=200)
    return Recipe(
        name=f"{preset}-classification",
        model=model,
        data=DataConfig(name=ImageFolder.name, stand_in=scenes),
        augment=AugmentConfig(scale=(1.0, 1.25), aspect=(0.9, 1.1), crop=scenes.size),
        loss=LossConfig(ohem=False, balance=0.5),
        train=optimization,
        task="classification",
    )
