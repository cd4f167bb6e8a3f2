"""Train one recipe on an open data set: from the seed to a scored network. What decides a run's numbers is all here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from annn.data.files import FileDataset
from annn.data.memory import InMemory
from annn.errors import RunError, WeightsError
from annn.evaluate import evaluate
from annn.losses import LossConfig, balanced_weights
from annn.metrics import Scores
from annn.model import ANNN, SceneClassifier
from annn.recipes.recipe import Recipe
from annn.train import Draws, train
from annn.weights.imagenet import AUTHORS_FILE, imagenet_file, load_imagenet

_IN_MEMORY = 2 * 1024**3  # bytes of decoded images that are kept; more are read again in every epoch


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
) -> tuple[ANNN | SceneClassifier, Scores]:
    """Train the network of a recipe, going on from the checkpoint in `folder` if there is one, and score it.

    Raises RunError where training diverges, the device's memory is too small, or the folder cannot be written, and
    WeightsError for an ImageNet file that is missing or of another network.
    """
    images = _in_memory(trainset, progress)
    loss = weighted(recipe, images)
    torch.manual_seed(seed)
    model = (SceneClassifier if recipe.task == "classification" else ANNN)(recipe.model)
    if (file := initial_weights(recipe)) is not None:
        _start_from(model, recipe.model.depth, file)
    model.to(device)
    try:
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
        )
    except torch.OutOfMemoryError as error:
        raise RunError(_too_large(recipe, folder, device, error)) from error
    settings = {"protocol": recipe.protocol, "precision": recipe.train.precision, "workers": workers}
    return model, evaluate(model, valset, **settings, progress=progress)


def weighted(recipe: Recipe, dataset) -> LossConfig:
    """The loss of a recipe, with class weights from the training labels where it asks for a balance."""
    loss = recipe.loss
    if not loss.balance:
        return loss
    labels = (dataset[i].label for i in range(len(dataset)))
    weights = balanced_weights(labels, recipe.model.classes, loss.balance)
    return replace(loss, balance=0.0, class_weights=weights)


def initial_weights(recipe: Recipe) -> Path | None:
    """The file that a recipe's backbone starts from, under data/imagenet; None where it starts from nothing.

    Raises WeightsError where it is not there, with where to get it.
    """
    if recipe.start == "nothing":
        return None
    usual = imagenet_file(recipe.model.depth)
    file = usual.with_name(AUTHORS_FILE) if recipe.start == "authors" else usual
    if not file.is_file():
        source = "github MendelXu/ANN links it" if recipe.start == "authors" else "https://download.pytorch.org/models"
        raise WeightsError(
            f"{file}: there is no such file; expected the ImageNet weights that {recipe.name} starts from, as the "
            f"paper's networks do. Put it there ({source}; `data/README.md`), or choose another start: `annn train ... "
            "--start torchvision`, or `--start nothing`, which needs no file and scores far lower."
        )
    return file


def _start_from(model: ANNN | SceneClassifier, depth: int, file: Path) -> None:
    """Load an ImageNet backbone; raises WeightsError, before anything is changed, where it is another network."""
    backbone = load_imagenet(depth, file)
    try:
        model.backbone.load_state_dict(backbone.state_dict())
    except RuntimeError as error:
        raise WeightsError(
            f"{file}: is no start for this network ({str(error).splitlines()[1].strip()}); expected the same depth, "
            "width and stem. `annn.recipes.starting` makes a recipe fit its file."
        ) from error


def _too_large(recipe: Recipe, folder: Path, device: torch.device, error: Exception) -> str:
    height, width = recipe.augment.crop
    return (
        f"{folder.name}: {device} has not enough memory for a step ({str(error).splitlines()[0]}). The recipe trains "
        f"batches of {recipe.train.batch_size} crops of {height}x{width} in {recipe.train.precision}; choose a larger "
        "GPU, precision='bf16' where it is not yet, or a smaller batch_size or crop, which is another recipe with "
        "scores of its own."
    )


def _in_memory(dataset: FileDataset, progress: bool) -> FileDataset | InMemory:
    """The data set decoded in memory if it is small enough, so that small runs do not decode it in every epoch."""
    image, label, _ = dataset[0]
    if (image.nbytes + label.nbytes) * len(dataset) > _IN_MEMORY:
        return dataset
    return InMemory(dataset, progress=progress)
