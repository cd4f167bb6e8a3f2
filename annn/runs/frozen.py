"""Train heads on frozen features: variants of the layers after the fusion, each in seconds.

The backbone of a finished run (with its AFNB, if the variants have it too) is frozen and computes the features of each
image once. The 3x3 convolution, the context block and the classifier are trained on these features. So all variants of
the head use the same features, and their differences, paired by seed, contain no noise from the backbone. This cannot
show how a backbone would adapt to a head.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

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
from annn.files import TEMPORARY, make_folder, replacing, runs_folder, sweep
from annn.metrics import check_labels
from annn.model import ANNN, ModelConfig, Prediction
from annn.protocol import Protocol
from annn.recipes.recipe import Recipe
from annn.runs.key import run_folder
from annn.runs.run import Run, begin, finish, is_finished, load
from annn.runs.together import side_by_side, work_side_by_side
from annn.runs.training import balanced_loss
from annn.train import Draws, check_seed, train

_TRAINED = ("reduce", "context", "classifier")
_LARGEST = 16 * 1024**3  # bytes of a split's features in memory; the standard preset has 13e9


class View(NamedTuple):
    """The features of one image, behind them those of its mirror image where there are any, and the label map."""

    maps: BFloat16[Tensor, "_ C h w"]
    label: UInt8[np.ndarray, "H W"]

    @property
    def image(self) -> BFloat16[Tensor, "C h w"]:
        return self.maps[0]


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
        flipped = rng.random() < self.config.flip
        return sample.maps[int(flipped)].float(), label.flip(1) if flipped else label


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
    parts = {_frozen_part(recipe.model) for recipe, *_ in missing}
    with _on_disk(parts, start, splits, runs, device, progress) as files:
        missing = [(*job, files[_frozen_part(job[0].model)]) for job in missing]
        settings = {"start": start.folder.name, "data_root": data_root, "device": device}
        if side_by_side(len(missing), device):
            steps = sum(recipe.train.iterations for recipe, *_ in missing)
            folders_to_watch = [folder for *_, folder, _ in missing]
            work_side_by_side(_train_head, missing, settings, folders=folders_to_watch, steps=steps, progress=progress)
        else:
            for job in tqdm(missing, "heads", unit="head", disable=not progress or not missing):
                _train_head(*job, **settings)
        _frozen.cache_clear()  # this process may hold a file that is deleted now
    return [load(folder) for folder in folders]


def extract(
    model: ANNN,
    dataset: FileDataset,
    precision: str,
    protocol: Protocol,
    *,
    mirrored: bool = True,
    progress: bool = True,
) -> Features:
    """The features of every whole image of a split, and of its mirror image; all images must have the same size.

    protocol: whose first scale the images are seen at. Raises ConfigError for images of several sizes or too many, and
    DataError if all labels are ignored.
    """
    check_labels(dataset)
    device = next(model.parameters()).device
    views: list[View] = []
    with torch.inference_mode():
        for image, label, _ in tqdm(dataset, f"features of {dataset.split}", unit="image", disable=not progress):
            x = normalise(protocol.view(image))[None]
            x = torch.cat([x, x.flip(3)]) if mirrored else x
            with autocast(precision, device):
                maps = model.features(x.to(device, memory_format=torch.channels_last)).to("cpu", torch.bfloat16)
            views.append(View(maps, label))
            if len(views) == 1 and maps.nbytes * len(dataset) > _LARGEST:
                raise ConfigError(
                    f"{dataset.root}: the features of {len(dataset)} images would take "
                    f"{maps.nbytes * len(dataset) / 1e9:.0f} GB, expected at most {_LARGEST / 1e9:.0f}. "
                    "Train whole networks instead."
                )
            if label.shape != views[0].label.shape:
                first = views[0].label.shape
                raise ConfigError(
                    f"{dataset.root}: images of {first[1]}x{first[0]} and of {label.shape[1]}x{label.shape[0]} pixels; "
                    "expected images of one size. Train whole networks instead."
                )
    return Features(views, dataset.space)


@contextmanager
def _on_disk(
    parts: set[ModelConfig],
    start: Run,
    splits: tuple[FileDataset, FileDataset],
    runs: str | Path | None,
    device: str,
    progress: bool,
) -> Iterator[dict[ModelConfig, Path]]:
    """A file for each frozen part: its weights, and the features of both splits. It goes when the block ends.

    All cores compute them once. The processes that train heads map the file and share its memory.
    """
    if not parts:
        yield {}
        return
    root = make_folder(Path(runs or runs_folder()))
    sweep(root)
    with TemporaryDirectory(dir=root, prefix=".features-", suffix=TEMPORARY) as folder:
        files = {part: Path(folder) / f"{number}.pt" for number, part in enumerate(parts)}
        for part, file in files.items():
            content: dict[str, Any] = {"weights": (weights := _kept(part, start))}
            model = ANNN(part)
            model.load_state_dict({**model.state_dict(), **weights})
            model.to(choose_device(device), memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
            how = {"precision": start.recipe.train.precision, "protocol": start.recipe.protocol, "progress": progress}
            for name, split, mirrored in zip(("train", "val"), splits, (True, False), strict=True):
                views = extract(model, split, mirrored=mirrored, **how).views
                content[name] = [(maps, torch.from_numpy(label)) for maps, label in views]
            with replacing(file) as temporary:
                torch.save(content, temporary)
        yield files


def _kept(part: ModelConfig, start: Run) -> dict[str, Tensor]:
    """The weights of a run's frozen part."""
    names = ANNN(part).state_dict()
    weights = start.model("cpu").state_dict()
    return {k: v for k, v in weights.items() if k in names and not k.startswith((*_TRAINED, "auxiliary"))}


@lru_cache(maxsize=1)  # once per process, for all its heads
def _frozen(file: Path) -> tuple[dict[str, Tensor], list[View], list[View]]:
    """The weights of a frozen part and the features of both splits, as `_on_disk` wrote them."""
    content = torch.load(file, mmap=True, weights_only=True)
    train, val = ([View(maps, label.numpy()) for maps, label in content[name]] for name in ("train", "val"))
    return content["weights"], train, val


def _train_head(
    recipe: Recipe, seed: int, folder: Path, file: Path, *, start: str, data_root: str | Path | None, device: str
) -> None:
    """Train the head of a recipe on the features in a file, of the run named `start`; score it, and write its run."""
    with begin(folder, recipe, seed) as needed:
        if not needed:
            return
        splits = open_data(recipe.data, data_root, progress=False)
        kept, *views = _frozen(file)
        features, val_features = (Features(split, splits[0].space) for split in views)
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
        finish(folder, recipe, seed, model, scores, splits, start=start)


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
