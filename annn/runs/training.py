"""Train and score one recipe on an open data set."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch

from annn.data.cache import Cached, cached
from annn.data.files import FileDataset
from annn.data.memory import InMemory
from annn.device import enough_memory
from annn.errors import ConfigError, WeightsError
from annn.evaluate import evaluate
from annn.journal import Follower
from annn.losses import LossConfig, balanced_weights
from annn.metrics import Scores, check_labels
from annn.model import ANNN, RESNET, Backbone, ModelConfig
from annn.recipes.recipe import NETWORK, Recipe
from annn.train import Draws, train
from annn.weights.imagenet import AUTHORS_FILE, imagenet_file, load_imagenet
from annn.weights.timm_imagenet import load_timm, timm_file

TRANSFER = "annn.weights.transfer:transfer"
"""What starts a network from another one. It reads every kind of file, so that it imports all readers of data sets:
only runs that start so, or continue from one, have it in their key (`key`), and no import names it here."""
_IN_MEMORY = 2 * 1024**3  # bytes of images; larger data sets are read again in every epoch


def train_and_score(
    recipe: Recipe,
    seed: int,
    trainset: FileDataset,
    valset: FileDataset,
    folder: Path,
    device: torch.device,
    *,
    workers: int,
    checkpoint_every: int,
    progress: bool,
    follower: Follower | None = None,
    before: Path | None = None,
) -> tuple[ANNN, Scores]:
    """Train and score the network of a recipe; resumes from the checkpoint in `folder` if there is one.

    follower: is told the lines of the log. before: the weights of `recipe.before`, if it has one.

    Raises DataError if all labels of a split are ignored, ConfigError if batch and crop are too small for batch
    normalisation, RunError if training diverges, the device's memory is too small, or the folder cannot be written,
    and WeightsError for an ImageNet file that is missing or of another network.
    """
    images = _in_memory(trainset, progress)
    for split in (images, valset):  # before the training: a score of nothing comes hours too late
        check_labels(split)
    loss = balanced_loss(recipe, images)
    torch.manual_seed(seed)
    model = ANNN(recipe.model)
    if recipe.identity:
        model.start_as_identity()
    if before is not None:
        pkgutil.resolve_name(TRANSFER)(model, before, classifiers=True)
    elif (file := initial_weights(recipe)) is not None:
        start = pkgutil.resolve_name(TRANSFER) if recipe.start == NETWORK else _start_from
        start(model, file)
    model.to(device)
    with enough_memory(f"{folder.name}: a step on {device}", _smaller(recipe)), _enough_values(recipe):
        train(
            model,
            Draws(images, recipe.augment, seed),
            config=recipe.train,
            loss=loss,
            seed=seed,
            folder=folder,
            checkpoint_every=checkpoint_every,
            workers=workers,
            progress=progress,
            follower=follower,
        )
    scores = evaluate(
        model,
        valset,
        protocol=recipe.protocol,
        precision=recipe.train.precision,
        workers=workers,
        progress=progress,
    )
    return model, scores


def balanced_loss(recipe: Recipe, dataset) -> LossConfig:
    """The loss of a recipe, with class weights from the training labels if `balance` is set."""
    loss = recipe.loss
    if not loss.balance:
        return loss
    labels = (dataset[i].label for i in range(len(dataset)))
    weights = balanced_weights(labels, recipe.model.classes, loss.balance)
    return replace(loss, balance=0.0, class_weights=weights)


def initial_weights(recipe: Recipe) -> Path | None:
    """The file of a recipe's initial weights: in data/imagenet, in a package, or of a network; None for random ones.

    Raises WeightsError if the file is missing, with where to get it.
    """
    if recipe.start == "nothing":
        return None
    if recipe.start == NETWORK:
        if not Path(recipe.network).is_file():
            raise WeightsError(
                f"{recipe.network}: there is no such file; expected the network that {recipe.name} starts from. Name "
                "it again: `annn train ... --from RUN_OR_WEIGHTS`."
            )
        return Path(recipe.network)
    if recipe.model.backbone != RESNET:
        return timm_file(recipe.model.backbone)
    usual = imagenet_file(recipe.model.depth)
    file = usual.with_name(AUTHORS_FILE) if recipe.start == "authors" else usual
    if not file.is_file():
        resnet = f"`annn data get resnet{recipe.model.depth}` does"
        source = "github MendelXu/ANN links it" if recipe.start == "authors" else resnet
        raise WeightsError(
            f"{file}: there is no such file; expected the ImageNet weights for {recipe.name} (the paper's "
            f"networks start from them too). Put it there ({source}; `data/README.md`), or choose another start: "
            "`annn train ... --start torchvision`, or `--start nothing`, which needs no file and scores far lower."
        )
    return file


def imagenet_backbone(config: ModelConfig, file: Path | None) -> Backbone:
    """The ImageNet network of a configuration's kind, with the weights of a file, in eval mode.

    None is torchvision's file of a ResNet, or what `timm_file` finds. Raises WeightsError for another network.
    """
    if config.backbone == RESNET:
        return load_imagenet(config.depth, file)
    return load_timm(config.backbone, file or timm_file(config.backbone), output_stride=config.output_stride)


def _start_from(model: ANNN, file: Path) -> None:
    """Load an ImageNet backbone; raises WeightsError for another network."""
    backbone = imagenet_backbone(model.config, file)
    try:
        model.backbone.load_state_dict(backbone.state_dict())
    except RuntimeError as error:
        raise WeightsError(
            f"{file}: does not fit this network ({str(error).splitlines()[1].strip()}); expected the same depth, "
            "width and stem. `annn.recipes.starting` adapts a recipe to its file."
        ) from error


def _smaller(recipe: Recipe) -> str:
    """What a person can do whose device is too small."""
    height, width = recipe.augment.crop
    return (
        f"The recipe trains batches of {recipe.train.batch_size} crops of {height}x{width} in "
        f"{recipe.train.precision}; choose a larger GPU, precision='bf16' if it is not set, or a smaller batch_size or "
        "crop (another recipe with other scores)."
    )


@contextmanager
def _enough_values(recipe: Recipe) -> Iterator[None]:
    """Raises ConfigError where batch normalisation meets one value: one image, and a crop of one position."""
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        (height, width), parts = recipe.augment.crop, recipe.train.accumulate
        batch = f"batch_size={recipe.train.batch_size}" + (f" in {parts} parts" if parts > 1 else "")
        raise ConfigError(
            f"{recipe.name}: {batch} with crops of {height}x{width} leaves one position in the deepest stage, of which "
            "batch normalisation has no variance; expected several positions. Choose a larger batch_size or crop."
        ) from error


def _in_memory(dataset: FileDataset, progress: bool) -> FileDataset | InMemory | Cached:
    """The data set from its cache, or in memory if it is small enough, so that it is not decoded in every epoch."""
    if (fast := cached(dataset)) is not None:
        return fast
    image, label, _ = dataset[0]
    if (image.nbytes + label.nbytes) * len(dataset) > _IN_MEMORY:
        return dataset
    return InMemory(dataset, progress=progress)
