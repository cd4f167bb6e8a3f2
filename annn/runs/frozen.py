"""Train heads on frozen features: variants of the layers after the fusion, each in seconds.

The backbone of a finished run (with its AFNB, if the variants have it too) is frozen and computes the features of each
image once. The 3x3 convolution, the context block and the classifier are trained on these features. So all variants of
the head use the same features, and their differences, paired by seed, contain no noise from the backbone. This cannot
show how a backbone would adapt to a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import BFloat16, Float, UInt8
from torch import Tensor, nn
from tqdm import tqdm

from annn.augment import normalise
from annn.data.files import FileDataset
from annn.data.open import open_data
from annn.data.space import LabelSpace
from annn.device import autocast, choose_device
from annn.errors import ConfigError
from annn.evaluate import evaluate
from annn.metrics import check_labels
from annn.model import ANNN, ModelConfig, Prediction
from annn.protocol import rescale
from annn.recipes.recipe import Recipe
from annn.runs.key import run_folder
from annn.runs.run import Run, begin, finish, is_finished, load
from annn.runs.together import side_by_side, work_side_by_side
from annn.runs.training import balanced_loss
from annn.train import Draws, check_seed, train

_TRAINED = ("reduce", "context", "classifier")
_LARGEST = 16 * 1024**3  # bytes of a split's features in memory; the standard preset has 13e9


class View(NamedTuple):
    """The features of one image and of its mirror image, and the label map."""

    image: BFloat16[Tensor, "C h w"]
    flipped: BFloat16[Tensor, "C h w"]
    label: UInt8[np.ndarray, "H W"]


class Features:
    """A split with features instead of images; all label maps have the same size (H, W)."""

    def __init__(self, views: list[View], space: LabelSpace):
        self.views, self.space, self.size = views, space, views[0].label.shape

    def __len__(self) -> int:
        return len(self.views)

    def __getitem__(self, index: int) -> View:
        return self.views[index]


class FeatureDraws(Draws):
    """An endless, shuffled set of features with their labels, flipped or not; see `train.Draws`."""

    def view(self, sample: View, rng: np.random.Generator) -> tuple[Float[Tensor, "C h w"], Tensor]:
        label = torch.from_numpy(sample.label).long()
        if rng.random() < self.config.flip:
            return sample.flipped.float(), label.flip(1)
        return sample.image.float(), label


class OnFeatures(nn.Module):
    """A network that takes its own Stage5 after the fusion as input; earlier layers are frozen and not computed."""

    def __init__(self, model: ANNN, size: tuple[int, int]):
        super().__init__()
        self.model, self.size = model, size
        for name, part in model.named_children():
            part.requires_grad_(name in _TRAINED)

    def forward(self, features: Float[Tensor, "B C h w"]) -> Prediction:
        """Logits at the size of the labels."""
        return Prediction(self.model.classify(features, self.size), None)


def train_heads_or_load(
    jobs: Sequence[tuple[Recipe, int]],
    start: Run,
    *,
    data_root: str | Path | None = None,
    runs: str | Path | None = None,
    device: str = "auto",
    progress: bool = True,
) -> list[Run]:
    """The runs of several (recipe, seed), in order; each trains a head on the features of the run `start`.

    On a CPU missing runs train in parallel, with one thread each. The only augmentation is flips. The key of a run also
    depends on `start` and this module. Raises ConfigError if a recipe has another backbone or other data than `start`,
    or another fusion (no fusion is allowed), and if the features do not fit in memory.
    """
    for recipe, seed in jobs:
        check_seed(seed)
        _check_fits(recipe, start)
    splits = open_data(start.recipe.data, data_root, progress=progress)
    module_and_start = (Path(__file__), start.folder.name)
    folders = [run_folder(recipe, seed, *splits, runs, trained_by=module_and_start) for recipe, seed in jobs]
    missing = [(*job, folder) for job, folder in zip(jobs, folders, strict=True) if not is_finished(folder)]
    settings = {"start": start.folder, "data_root": data_root, "device": device}
    if side_by_side(len(missing), device):
        steps = sum(recipe.train.iterations for recipe, *_ in missing)
        folders_to_watch = [folder for *_, folder in missing]
        work_side_by_side(_train_head, missing, settings, folders=folders_to_watch, steps=steps, progress=progress)
    else:
        for job in tqdm(missing, "heads", unit="head", disable=not progress or not missing):
            _train_head(*job, **settings)
    return [load(folder) for folder in folders]


def extract(model: ANNN, dataset: FileDataset, precision: str, scale: float) -> Features:
    """The features of every whole image of a split, and of its mirror image; all images must have the same size.

    Raises ConfigError for images of several sizes or too many, and DataError if all labels are ignored.
    """
    check_labels(dataset)
    device = next(model.parameters()).device
    views: list[View] = []
    with torch.inference_mode():
        for image, label, _ in dataset:
            x = normalise(rescale(image, scale))[None].to(device, memory_format=torch.channels_last)
            with autocast(precision, device):
                maps = [model.features(view).to("cpu", torch.bfloat16)[0] for view in (x, x.flip(3))]
            views.append(View(maps[0], maps[1], label))
            if len(views) == 1 and maps[0].nbytes * 2 * len(dataset) > _LARGEST:
                raise ConfigError(
                    f"{dataset.root}: the features of {len(dataset)} images would take "
                    f"{maps[0].nbytes * 2 * len(dataset) / 1e9:.0f} GB of memory, expected at most "
                    f"{_LARGEST / 1e9:.0f}. "
                    "Train whole networks instead."
                )
            if label.shape != views[0].label.shape:
                first = views[0].label.shape
                raise ConfigError(
                    f"{dataset.root}: images of {first[1]}x{first[0]} and of {label.shape[1]}x{label.shape[0]} pixels; "
                    "expected images of one size. Train whole networks instead."
                )
    return Features(views, dataset.space)


@lru_cache(maxsize=1)  # once per process, for all its heads
def _frozen(
    part: ModelConfig, start: Path, data_root: str | Path | None, device: str
) -> tuple[dict[str, Tensor], Features, Features]:
    """The weights of the frozen part of `start`, and the features of both splits."""
    run = load(start)
    recipe, model = run.recipe, ANNN(part)
    kept = {k: v for k, v in run.model("cpu").state_dict().items() if k in model.state_dict()}
    kept = {k: v for k, v in kept.items() if not k.startswith((*_TRAINED, "auxiliary"))}
    model.load_state_dict({**model.state_dict(), **kept})
    model.to(choose_device(device), memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
    trainset, valset = open_data(recipe.data, data_root, progress=False)
    precision, scale = recipe.train.precision, recipe.test_scale
    return kept, extract(model, trainset, precision, scale), extract(model, valset, precision, scale)


def _train_head(
    recipe: Recipe, seed: int, folder: Path, *, start: Path, data_root: str | Path | None, device: str
) -> None:
    """Train the head of a recipe on the features of the run `start`, score it, and write its run."""
    with begin(folder, recipe, seed) as needed:
        if not needed:
            return
        kept, features, val_features = _frozen(_frozen_part(recipe.model), start, data_root, device)
        torch.manual_seed(seed)
        model = ANNN(recipe.model)
        model.load_state_dict({**model.state_dict(), **kept})
        head = OnFeatures(model, features.size).to(choose_device(device))
        train(
            head,
            FeatureDraws(features, recipe.augment, seed),
            config=recipe.train,
            loss=balanced_loss(recipe, features),
            seed=seed,
            folder=folder,
            progress=False,
        )

        def answer(head: nn.Module, features: Tensor) -> Float[Tensor, "K H W"]:
            target = next(head.parameters()).device
            with autocast(recipe.train.precision, target):
                return head(features[None].to(target, torch.float32, memory_format=torch.channels_last)).main[0]

        precision = recipe.train.precision
        scores = evaluate(head, val_features, precision=precision, progress=False, answer=answer)
        splits = open_data(recipe.data, data_root, progress=False)
        finish(folder, recipe, seed, model, scores, splits, start=start.name)


def _check_fits(recipe: Recipe, start: Run) -> None:
    recipe_part, start_part = _frozen_part(recipe.model), _frozen_part(start.recipe.model)
    without_fusion = _frozen_part(replace(start.recipe.model, fuse=()))
    if recipe_part not in (start_part, without_fusion) or recipe.data != start.recipe.data:
        raise ConfigError(
            f"{recipe.name}: backbone, fusion and data differ from those of {start.folder}, which computes the "
            "features for its head; expected the same. Start from another run, or train the whole network."
        )


def _frozen_part(config: ModelConfig) -> ModelConfig:
    """Head settings replaced by constants, so that two configs compare equal if backbone and fusion do.

    AFNB samples its anchors as APNB does.
    """
    config = replace(config, context=None, sharing="none", head=1, classifier_dropout=0.0)
    return config if config.fuse else replace(config, pyramid=(1,), pooling="average", anchor_seed=0)
