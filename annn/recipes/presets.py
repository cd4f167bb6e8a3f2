"""The presets for any data set: the recipe before the changes of a table row.

quick     two CPU cores: a narrow ResNet-18 on generated scenes, minutes a run
standard  one GPU: a full ResNet-18 on larger generated scenes, minutes a run
paper     the paper's protocol on Cityscapes, on real data: ResNet-101 from the authors' ImageNet weights, 769 crops,
          60 000 iterations; rows of other data sets change some of these
"""

from __future__ import annotations

from annn.augment import AugmentConfig
from annn.data.config import DataConfig
from annn.data.files import FileDataset
from annn.errors import ConfigError
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.recipes.recipe import PRESETS, Recipe
from annn.train import TrainConfig


def check_preset(preset: str) -> None:
    """Raises `ConfigError` for an unknown preset."""
    if preset not in PRESETS:
        raise ConfigError(f"preset={preset!r} is not known; choose one of {', '.join(PRESETS)}.")


def preset_recipe(preset: str, kind: type[FileDataset], *, stand_in: bool) -> Recipe:
    """The recipe of the full network on a data set or its stand-in; its name is that of the preset."""
    scenes = kind.generator.sizes[preset] if stand_in and kind.generator else None
    data = DataConfig(name=kind.name, val=kind.test_split, stand_in=scenes)
    return {"quick": quick, "standard": standard, "paper": paper}[preset](kind, data)


def quick(kind: type[FileDataset], data: DataConfig) -> Recipe:
    """Trains on generated scenes at their own size, or on real images at a smaller scale."""
    real = data.stand_in is None
    whole = AugmentConfig(scale=(1.0, 1.0), aspect=(1.0, 1.0), crop=kind.crops.quick)
    return Recipe(
        name="quick",
        model=ModelConfig(classes=len(kind.space.classes), depth=18, width=16),
        data=data,
        augment=AugmentConfig(scale=kind.crops.scale, crop=kind.crops.quick) if real else whole,
        loss=LossConfig(ohem=False, balance=0.5),
        train=TrainConfig(
            iterations=1600 if kind.streets else 1500, batch_size=4, optimizer="adamw", lr=4e-3, weight_decay=0.01,
            warmup=50, precision="bf16",
        ),
        test_scale=kind.crops.test_scale if real else 1.0,
    )  # fmt: skip


def standard(kind: type[FileDataset], data: DataConfig) -> Recipe:
    return Recipe(
        name="standard",
        model=ModelConfig(classes=len(kind.space.classes), depth=18),
        data=data,
        augment=AugmentConfig(scale=(0.5, 2.0), crop=kind.crops.standard),
        loss=LossConfig(ohem=kind.streets),
        train=TrainConfig(iterations=8000, batch_size=16, lr=0.02, weight_decay=1e-4, warmup=200),
    )


def paper(kind: type[FileDataset], data: DataConfig) -> Recipe:
    """The authors' loss has OHEM on streets; the class weights are those of the data set, if it has any."""
    classes = len(kind.space.classes)
    return Recipe(
        name="paper",
        model=ModelConfig(classes=classes, depth=101, stem="deep", ceil_mode=True, input="caffe-bgr"),
        data=data,
        augment=AugmentConfig(),
        loss=LossConfig(ohem=kind.streets, class_weights=kind.space.class_weights),
        train=TrainConfig(),
        start="authors",
    )
