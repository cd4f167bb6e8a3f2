"""Heads on frozen features: variants of what follows the fusion, each trained in seconds on one network's Stage5.

The backbone of a finished run (with its AFNB, if the variants have it too) stays as it is and sees every image once;
the 3x3 convolution, the context block and the classifier are trained anew on what it gave. So variants of the head are
compared on equal features, and their differences, paired by seed, hold no noise from the backbone. What this cannot
show is how a backbone would adapt.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from annn.augment import normalise
from annn.data import FileDataset
from annn.data.open import open_data
from annn.device import autocast, choose_device, cores, environment, keep_freed_memory
from annn.errors import ConfigError
from annn.files import alone, replacing, write_text
from annn.journal import Journal
from annn.losses import balanced_weights, segmentation_loss
from annn.metrics import Scores, confusion_matrix
from annn.model import ANNN, ModelConfig, Prediction
from annn.protocol import rescale
from annn.recipes import Recipe
from annn.runs import Run, content_key, load
from annn.train import learning_rate, make_optimizer

_TRAINED = ("reduce", "context", "classifier")
_LARGEST = 16 * 1024**3  # bytes of features of a split that are kept in memory; the standard preset has 13e9


class Features(NamedTuple):
    """What the frozen part makes of a split: maps in bfloat16, as seen and flipped, and the labels (train ids)."""

    maps: Tensor
    flipped: Tensor
    labels: Tensor


def train_heads_or_load(
    jobs: Sequence[tuple[Recipe, int]],
    start: Run,
    *,
    data_root: str | Path | None = None,
    runs: str | Path = "runs",
    device: str = "auto",
    progress: bool = True,
) -> list[Run]:
    """The runs of several (recipe, seed), in their order, each a head trained on the features of the run `start`.

    On a CPU the missing ones are trained side by side, one thread each. Their augmentation is flips alone. A run's key
    is that of a whole training, and of `start` and this module. Raises ConfigError for a recipe whose backbone or data
    are not those of `start`, or whose fusion is neither that of `start` nor none, and for data whose features do not
    fit in memory.
    """
    for recipe, _ in jobs:
        _check_fits(recipe, start)
    data = open_data(start.recipe.data, data_root, progress=progress)
    folders = [_folder(recipe, seed, start, data, runs) for recipe, seed in jobs]
    missing = [(*job, f) for job, f in zip(jobs, folders, strict=True) if not (f / "metrics.json").exists()]
    settings = (start.folder, data_root, device)
    bar = tqdm(total=len(missing), desc=f"{len(missing)} heads", unit="head", disable=not progress or not missing)
    with bar:
        if choose_device(device).type == "cpu" and min(len(missing), cores()) > 1:
            _train_side_by_side(missing, settings, bar)
        else:
            for job in missing:
                _train_head(*job, *settings)
                bar.update()
    return [load(folder) for folder in folders]


def extract(model: ANNN, dataset: FileDataset, precision: str, scale: float) -> Features:
    """The features of every whole image of a split, as it is and flipped; images must be of one size."""
    device = next(model.parameters()).device
    maps: tuple[list[Tensor], list[Tensor]] = ([], [])
    labels = []
    with torch.inference_mode():
        for image, label, _ in dataset:
            x = normalise(rescale(image, scale))[None].to(device, memory_format=torch.channels_last)
            with autocast(precision, device):
                for found, seen in zip(maps, (x, x.flip(3)), strict=True):
                    found.append(model.features(seen).to("cpu", torch.bfloat16))
            labels.append(torch.from_numpy(label))
            if len(labels) == 1 and maps[0][0].nbytes * 2 * len(dataset) > _LARGEST:
                raise ConfigError(
                    f"{dataset.root}: the features of {len(dataset)} images would take "
                    f"{maps[0][0].nbytes * 2 * len(dataset) / 1e9:.0f} GB of memory, more than {_LARGEST / 1e9:.0f}. "
                    "Train whole networks instead."
                )
            if label.shape != tuple(labels[0].shape):
                raise ConfigError(
                    f"{dataset.root}: images of {labels[0].shape[1]}x{labels[0].shape[0]} and of "
                    f"{label.shape[1]}x{label.shape[0]} pixels; features can be kept for one size only. Train whole "
                    "networks instead."
                )
    plain, flipped = map(torch.cat, maps)
    return Features(plain, flipped, torch.stack(labels))


def fit(model: ANNN, features: Features, recipe: Recipe, seed: int, folder: Path) -> None:
    """Train the head of `model` in place, on the device where it is; everything random is a function of the seed."""
    device = next(model.parameters()).device
    if device.type == "cpu":
        keep_freed_memory()
    head = nn.ModuleList(part for name in _TRAINED if (part := getattr(model, name)) is not None).train()
    config, rng = recipe.train, np.random.default_rng([seed, 3])
    torch.manual_seed(seed)  # for dropout
    optimizer = make_optimizer(head, config)
    journal = Journal(folder, {})
    journal.resume()
    order, total, steps = np.empty(0, dtype=np.int64), 0.0, 0
    for step in range(config.iterations):
        while len(order) < config.batch_size:
            order = np.concatenate([order, rng.permutation(len(features.labels))])
        batch, order = torch.from_numpy(order[: config.batch_size]), order[config.batch_size :]
        flip = rng.random() < recipe.augment.flip
        maps = (features.flipped if flip else features.maps)[batch].to(device, torch.float32)
        labels = features.labels[batch].to(device, torch.int64)
        labels = labels.flip(2) if flip else labels
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, step)
        with autocast(config.precision, device):
            logits = model.classify(
                maps.contiguous(memory_format=torch.channels_last), (labels.shape[1], labels.shape[2])
            )
        loss = segmentation_loss(Prediction(logits, None), labels, recipe.loss)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total, steps = total + loss.item(), steps + 1
        if (step + 1) % 10 == 0 or step + 1 == config.iterations:
            journal.write(step + 1, total / steps, learning_rate(config, step), images=steps * config.batch_size)
            total, steps = 0.0, 0


@torch.inference_mode()
def score(model: ANNN, features: Features, classes: tuple[str, ...], precision: str) -> Scores:
    """Score the head on a split's features: as `evaluate` does on its images, but for the features' rounding."""
    device = next(model.parameters()).device
    model.eval()
    confusion = torch.zeros(len(classes), len(classes), dtype=torch.long)
    for maps, label in zip(features.maps.split(1), features.labels, strict=True):
        with autocast(precision, device):
            maps = maps.to(device, torch.float32, memory_format=torch.channels_last)
            prediction = model.classify(maps, (label.shape[0], label.shape[1]))[0].argmax(0).cpu()
        confusion += confusion_matrix(label, prediction, len(classes))
    return Scores.of(confusion, classes)


@lru_cache(maxsize=1)  # one per process, however many heads it trains
def _frozen(
    part: ModelConfig, start: Path, data_root: str | Path | None, device: str
) -> tuple[dict[str, Tensor], Features, Features, tuple[float, ...] | None]:
    """The weights of the frozen part of `start`, the features of both splits, and the class weights of the loss."""
    run = load(start)
    recipe, model = run.recipe, ANNN(part)
    kept = {k: v for k, v in run.model("cpu").state_dict().items() if k in model.state_dict()}
    kept = {k: v for k, v in kept.items() if not k.startswith((*_TRAINED, "auxiliary"))}
    model.load_state_dict({**model.state_dict(), **kept})
    model.to(choose_device(device), memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
    trainset, valset = open_data(recipe.data, data_root, progress=False)
    settings = (recipe.train.precision, recipe.test_scale)
    features, tested = extract(model, trainset, *settings), extract(model, valset, *settings)
    weights = recipe.loss.class_weights
    if recipe.loss.balance:
        maps = (label.numpy() for label in features.labels)
        weights = balanced_weights(maps, recipe.model.classes, recipe.loss.balance)
    return kept, features, tested, weights


def _train_head(
    recipe: Recipe, seed: int, folder: Path, start: Path, data_root: str | Path | None, device: str
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        if not (folder / "metrics.json").exists():  # else another process trained it meanwhile
            _train_head_alone(recipe, seed, folder, start, data_root, device)


def _train_head_alone(
    recipe: Recipe, seed: int, folder: Path, start: Path, data_root: str | Path | None, device: str
) -> None:
    kept, features, tested, weights = _frozen(_frozen_part(recipe.model), start, data_root, device)
    torch.manual_seed(seed)
    model = ANNN(recipe.model)
    model.load_state_dict({**model.state_dict(), **kept})
    model.to(choose_device(device), memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    write_text(folder / "recipe.json", json.dumps({"recipe": asdict(recipe), "seed": seed}, indent=1))
    trained = replace(recipe, loss=replace(recipe.loss, balance=0.0, class_weights=weights))
    fit(model, features, trained, seed, folder)
    with replacing(folder / "weights.safetensors") as temporary:
        save_file({k: v.contiguous() for k, v in model.state_dict().items()}, temporary)
    classes = open_data(recipe.data, data_root, progress=False)[1].space.classes
    last = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])
    metrics = {"scores": score(model, tested, classes, recipe.train.precision).to_dict(), "seconds": last["seconds"]}
    metrics |= {"environment": environment(next(model.parameters()).device), "start": start.name}
    metrics |= {"stand_in": recipe.data.stand_in is not None}
    metrics |= {"images": {"train": len(features.labels), "val": len(tested.labels)}}
    write_text(folder / "metrics.json", json.dumps(metrics, indent=1))


def _train_side_by_side(jobs: list[tuple[Recipe, int, Path]], settings: tuple, bar: tqdm) -> None:
    context = multiprocessing.get_context("spawn")  # a forked torch may hang
    executor = ProcessPoolExecutor(min(len(jobs), cores()), context, initializer=torch.set_num_threads, initargs=(1,))
    try:
        for future in as_completed([executor.submit(_train_head, *job, *settings) for job in jobs]):
            future.result()
            bar.update()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()


def _folder(recipe: Recipe, seed: int, start: Run, data: tuple[FileDataset, FileDataset], runs: str | Path) -> Path:
    digest = hashlib.sha256(content_key(recipe, seed, *data).encode())
    digest.update(start.folder.name.encode() + Path(__file__).read_bytes())
    return Path(runs) / f"{recipe.name}-seed{seed}-{digest.hexdigest()[:10]}"


def _check_fits(recipe: Recipe, start: Run) -> None:
    ours, theirs = _frozen_part(recipe.model), _frozen_part(start.recipe.model)
    unfused = _frozen_part(replace(start.recipe.model, fuse=()))
    if ours not in (theirs, unfused) or recipe.data != start.recipe.data:
        raise ConfigError(
            f"{recipe.name}: backbone, fusion and data differ from those of {start.folder}, on whose features its head "
            "is to be trained; expected them to be equal. Start from another run, or train the whole network."
        )


def _frozen_part(config: ModelConfig) -> ModelConfig:
    """A configuration without what concerns the head alone; AFNB samples its anchors as APNB does."""
    config = replace(config, context=None, sharing="none", head=1, classifier_dropout=0.0)
    return config if config.fuse else replace(config, pyramid=(1,), pooling="average", anchor_seed=0)
