"""Recipes on street scenes: the rows of Table 2, in three presets.

quick     two CPU cores: a narrow ResNet-18 on generated scenes, the four rows of Table 2 within minutes together
standard  one GPU: a full ResNet-18 on larger generated scenes, minutes a run
paper     the paper's protocol on the real data: ResNet-101 from the authors' ImageNet weights, 769 crops, 60 000
          iterations; needs Cityscapes and that file
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from annn.augment import AugmentConfig
from annn.data.camvid import CAMVID
from annn.data.cityscapes import CITYSCAPES
from annn.data.config import DataConfig, StandIn
from annn.errors import ConfigError
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.recipes.recipe import PRESETS, Recipe
from annn.train import TrainConfig

DATA = ("stand-in", "cityscapes", "camvid")


def table2_baseline(preset: str = "quick", data: str | None = None) -> Recipe:
    """Table 2, Baseline: backbone, 3x3 convolution, classifier. Paper: 75.8."""
    return _table2("baseline", (), preset, data)


def table2_fuse_45(preset: str = "quick", data: str | None = None) -> Recipe:
    """Table 2, AFNB on 4 & 5. Paper: 77.1."""
    return _table2("fuse-45", ((4, 5),), preset, data)


def table2_fuse_35_45(preset: str = "quick", data: str | None = None) -> Recipe:
    """Table 2, AFNB on 3 & 5, 4 & 5. Paper: 76.7."""
    return _table2("fuse-35-45", ((3, 5), (4, 5)), preset, data)


def table2_fuse_25_35_45(preset: str = "quick", data: str | None = None) -> Recipe:
    """Table 2, AFNB on 2 & 5, 3 & 5, 4 & 5. Paper: 76.2."""
    return _table2("fuse-25-35-45", ((2, 5), (3, 5), (4, 5)), preset, data)


TABLE2: dict[str, Callable[..., Recipe]] = {
    "Baseline": table2_baseline,
    "4 & 5": table2_fuse_45,
    "3 & 5, 4 & 5": table2_fuse_35_45,
    "2 & 5, 3 & 5, 4 & 5": table2_fuse_25_35_45,
}
PAPER_TABLE2 = {"Baseline": 75.8, "4 & 5": 77.1, "3 & 5, 4 & 5": 76.7, "2 & 5, 3 & 5, 4 & 5": 76.2}
"""The supplement's Table 2: mIoU in % on Cityscapes val, ResNet-101, single scale."""


def table2(row: str, preset: str = "quick", data: str | None = None) -> Recipe:
    """The recipe of one row of Table 2. `data` is "stand-in", "cityscapes" or "camvid"; None takes the preset's own."""
    if row not in TABLE2:
        raise ConfigError(f"row={row!r} is not in Table 2; choose one of {', '.join(map(repr, TABLE2))}.")
    return TABLE2[row](preset, data)


def _table2(name: str, fuse: tuple[tuple[int, int], ...], preset: str, data: str | None) -> Recipe:
    recipe = street(preset, data)
    model = replace(recipe.model, fuse=fuse, context=None)
    return replace(recipe, name=f"{recipe.name}-{name}", model=model)


def street(preset: str, data: str | None) -> Recipe:
    """What the street recipes of a preset have in common."""
    if preset not in PRESETS:
        raise ConfigError(f"preset={preset!r} is not known; choose one of {', '.join(PRESETS)}.")
    data = data or ("cityscapes" if preset == "paper" else "stand-in")
    if data not in DATA:
        raise ConfigError(f"data={data!r} is not known; choose one of {', '.join(DATA)}.")
    if preset == "paper" and data == "stand-in":
        raise ConfigError("preset='paper' is for real data; choose data='cityscapes' or 'camvid', or another preset.")
    recipe = {"quick": quick, "standard": standard, "paper": paper}[preset]()
    space = CAMVID if data == "camvid" else CITYSCAPES
    model = replace(recipe.model, classes=len(space.classes))
    loss = replace(recipe.loss, class_weights=space.class_weights if preset == "paper" else None)
    recipe = replace(recipe, name=f"{preset}-{data}", model=model, loss=loss)
    if data == "stand-in":
        return recipe
    where = DataConfig(name="camvid", val="test") if data == "camvid" else DataConfig(name="cityscapes")
    recipe = replace(recipe, data=where)
    if preset != "quick":
        return recipe
    # A small budget sees real images whole but smaller: CamVid (360x480) by half, Cityscapes (1024x2048) by an eighth.
    half = data == "camvid"
    size, scale, test_scale = ((180, 240), (0.4, 0.65), 0.5) if half else ((128, 256), (0.1, 0.16), 0.125)
    return replace(recipe, augment=AugmentConfig(scale=scale, crop=size), test_scale=test_scale)


def quick() -> Recipe:
    return Recipe(
        name="quick",
        model=ModelConfig(classes=19, depth=18, width=16),
        data=DataConfig(stand_in=StandIn(train=600, val=100, size=(128, 256))),
        augment=AugmentConfig(scale=(1.0, 1.0), aspect=(1.0, 1.0), crop=(128, 256)),
        loss=LossConfig(ohem=False, balance=0.5),
        train=TrainConfig(
            iterations=1600, batch_size=4, optimizer="adamw", lr=4e-3, weight_decay=0.01, warmup=50, precision="bf16"
        ),
    )


def standard() -> Recipe:
    return Recipe(
        name="standard",
        model=ModelConfig(classes=19, depth=18),
        data=DataConfig(stand_in=StandIn(train=3000, val=500, size=(256, 512))),
        augment=AugmentConfig(scale=(0.5, 2.0), crop=(256, 512)),
        loss=LossConfig(),
        train=TrainConfig(iterations=8000, batch_size=16, lr=0.02, weight_decay=1e-4, warmup=200),
    )


def paper() -> Recipe:
    return Recipe(
        name="paper",
        model=ModelConfig(classes=19, depth=101, stem="deep", ceil_mode=True, input="caffe-bgr"),
        data=DataConfig(),
        augment=AugmentConfig(),
        loss=LossConfig(),
        train=TrainConfig(),
        start="authors",
    )
