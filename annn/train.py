"""Training: one loop for CPU and GPU, readable from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset
from tqdm import tqdm

from annn.augment import AugmentConfig, augment
from annn.device import PRECISIONS, autocast, keep_freed_memory, loading, telling_of_processes
from annn.errors import ConfigError, RunError
from annn.files import not_finite
from annn.journal import Follower, Journal
from annn.losses import LossConfig, segmentation_loss
from annn.parallel import Rows, rank, shared, size, total, without_exchange

OPTIMIZERS = ("sgd", "adamw")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a network is trained. The defaults are the authors' Cityscapes run (run_fs_annn_cityscapes_seg.sh),
    except for the precision: theirs is float32.

    iterations, batch_size: number of steps, and images per step, of all processes together.
    accumulate: parts of a step's images that are computed one after the other, for batches that do not fit into memory.
        Each part has its own statistics in batch normalisation, its own threshold of OHEM and its own mean loss, so
        this is another training; the number of processes is not.
    optimizer: "sgd" (the paper's, with `momentum`) or "adamw".
    lr, power: learning rate lr * (1 - step / iterations) ** power, set at every step.
    backbone_lr: the backbone's rate as a share of `lr`: 1 in the paper, less for one that starts from ImageNet.
    warmup: steps in which the rate rises linearly from zero (the paper: none).
    weight_decay: for all parameters, as in the released code.
    precision: "fp32", "tf32", "bf16" or "fp16", see `device.autocast`; parameters and optimiser stay float32.
    """

    iterations: int = 60_000
    batch_size: int = 8
    accumulate: int = 1
    optimizer: str = "sgd"
    lr: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 5e-4
    power: float = 0.9
    backbone_lr: float = 1.0
    warmup: int = 0
    precision: str = "bf16"

    def __post_init__(self):
        most_of = {"iterations": 1e9, "batch_size": 1e6, "accumulate": 1e6, "lr": math.inf, "backbone_lr": math.inf}
        for name, most in most_of.items():
            if not 0 < getattr(self, name) < most:
                raise ConfigError(f"{name}={getattr(self, name)}; expected a positive number below {most:g}.")
        for name in ("warmup", "momentum", "weight_decay", "power"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"{name}={getattr(self, name)}; expected a finite number of at least 0.")
        for name, known in (("optimizer", OPTIMIZERS), ("precision", tuple(PRECISIONS))):
            if getattr(self, name) not in known:
                raise ConfigError(f"{name}={getattr(self, name)!r} is not known; choose one of {', '.join(known)}.")


class Draws(Dataset):
    """An endless, shuffled, augmented data set in which draw number d is a pure function of (seed, d).

    So a resumed run gets the same images, crops and flips as a run without interruption, for any number of workers.
    Draw d takes its image from permutation d // len(dataset).
    """

    def __init__(self, dataset, config: AugmentConfig, seed: int):
        self.dataset, self.config, self.seed = dataset, config, check_seed(seed)

    def __getitem__(self, draw: int) -> tuple[Tensor, Tensor]:
        epoch, place = divmod(draw, len(self.dataset))
        sample = self.dataset[_order(len(self.dataset), self.seed, epoch)[place]]
        return self.view(sample, np.random.default_rng([self.seed, 1, draw]))

    def view(self, sample, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """A random view of a sample: a normalised image and its train ids."""
        return augment(sample.image, sample.label, self.config, rng)


def check_seed(seed: int) -> int:
    """The seed itself; raises ConfigError if it is none: random generators take whole numbers of 64 bits."""
    if not 0 <= seed < 2**64:
        raise ConfigError(f"seed={seed}; expected a whole number from 0 to 2^64 - 1, such as 0.")
    return seed


@lru_cache(maxsize=2)
def _order(length: int, seed: int, epoch: int) -> list[int]:
    return np.random.default_rng([seed, 0, epoch]).permutation(length).tolist()


class _Steps:
    """The draws of this process for the steps first..last-1: for each part of a step, its rows of the global batch."""

    def __init__(self, first: int, last: int, rows: Rows):
        self.first, self.last, self.rows = first, last, rows

    def __len__(self) -> int:
        return (self.last - self.first) * self.rows.parts

    def __iter__(self) -> Iterator[list[int]]:
        for step in range(self.first, self.last):
            for part in range(self.rows.parts):
                yield [step * self.rows.batch + row for row in self.rows.of(part)]


def learning_rate(config: TrainConfig, step: int) -> float:
    """The poly schedule, after the linear warm-up if there is one."""
    rise = min(1.0, (step + 1) / config.warmup) if config.warmup else 1.0
    return config.lr * rise * (1 - step / config.iterations) ** config.power


def make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """One weight decay for all parameters, as in the released code. `share` of a group: of the schedule's rate."""
    parts: dict[bool, list[nn.Parameter]] = {True: [], False: []}
    for name, parameter in model.named_parameters():
        parts[name.startswith("backbone.")].append(parameter)
    shares = {True: config.backbone_lr, False: 1.0}
    groups = [{"params": parameters, "share": shares[part]} for part, parameters in parts.items() if parameters]
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, config.lr, config.momentum, weight_decay=config.weight_decay)
    return torch.optim.AdamW(groups, config.lr, weight_decay=config.weight_decay, fused=True)


@telling_of_processes()
def train(
    model: nn.Module,
    draws: Draws,
    *,
    config: TrainConfig,
    loss: LossConfig,
    seed: int,
    folder: Path,
    checkpoint_every: int = 500,
    log_every: int = 10,
    workers: int = 0,
    progress: bool = True,
    follower: Follower | None = None,
) -> None:
    """Train `model` in place, on its own device; resumes from the checkpoint in `folder` if there is one.

    Under torchrun all processes train it together, each on its rows of every batch (see `parallel`); the result is that
    of one process, up to rounding. Process 0 alone writes.

    Writes a line to `folder`/log.jsonl every `log_every` steps, and `folder`/checkpoint.pt at the first line that is
    `checkpoint_every` steps after the last checkpoint; `follower` is told the lines. All random numbers are a function
    of (seed, step), so a resumed run ends with the same weights: exactly on a CPU, and on a GPU if its kernels add in a
    fixed order (cuDNN is set to). Raises RunError if the loss or the weights are not finite, or if the folder cannot be
    written.
    """
    device = next(model.parameters()).device
    if device.type == "cpu":
        keep_freed_memory()
    else:
        torch.backends.cudnn.deterministic = True
    rows = Rows(config.batch_size, config.accumulate)
    model.to(memory_format=torch.channels_last).train()  # pyright: ignore[reportCallIssue]
    optimizer = make_optimizer(model, config)
    scaler = torch.amp.GradScaler(device.type, enabled=config.precision == "fp16")
    journal = Journal(folder, {"model": model, "optimizer": optimizer, "scaler": scaler}, follower)
    first = saved = journal.resume()
    order = _Steps(first, config.iterations, rows)
    batches = iter(loading(draws, order, workers=workers, pin_memory=device.type == "cuda"))
    progress = progress and rank() == 0
    bar = tqdm(initial=first, total=config.iterations, desc=folder.name, unit="step", disable=not progress)
    loss_sum = torch.zeros((), device=device)  # on the device: the CPU waits for a GPU only when it writes a log line
    steps = 0

    with shared(model, rows) as network:
        for step in range(first, config.iterations):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(config, step) * group["share"]
            optimizer.zero_grad(set_to_none=True)
            for part in range(rows.parts):
                rows.select(part)
                with journal.waiting():
                    images, labels = next(batches)
                images = images.to(device, memory_format=torch.channels_last, non_blocking=True)
                labels = labels.to(device, non_blocking=True)
                torch.manual_seed(_step_seed(seed, step))  # for dropout: the masks of the global batch
                with nullcontext() if part + 1 == rows.parts else without_exchange(network):
                    with autocast(config.precision, device):
                        prediction = network(images)
                    value = segmentation_loss(prediction, labels, loss) / rows.parts
                    scaler.scale(value).backward()
                loss_sum += value.detach()
            scaler.step(optimizer)
            scaler.update()

            steps += 1
            bar.update()
            done, last = step + 1, step + 1 == config.iterations
            if done % log_every == 0 or last:
                mean = total(loss_sum).item() / (steps * size())
                if not math.isfinite(mean):
                    raise RunError(_diverged(folder, done, f"the loss is {mean}", config))
                line = journal.write(done, mean, learning_rate(config, step), images=steps * config.batch_size)
                speed = f"{line['images_per_second']:.1f} images/s, {100 * line['waiting']:.0f} % waiting for data"
                bar.set_postfix_str(f"loss {mean:.3f}, lr {line['lr']:.1e}, {speed}")
                if done - saved >= checkpoint_every or last:
                    if bad := not_finite(model.state_dict()):  # the loss above belongs to the weights before this step
                        raise RunError(_diverged(folder, done, f"the weights hold {bad}", config))
                    journal.save(done)
                    saved = done
                loss_sum.zero_()
                steps = 0
    bar.close()


def _diverged(folder: Path, step: int, problem: str, config: TrainConfig) -> str:
    exact = "" if config.precision == "fp32" else f", or use precision='fp32' (now {config.precision!r})"
    return (
        f"{folder.name}: {problem} at step {step} of {config.iterations}; expected finite numbers. Lower lr "
        f"(now {config.lr:g}) or add warmup (now {config.warmup}){exact}. "
        f"This state is not saved: {folder} holds the last good checkpoint, if there is one."
    )


def _step_seed(seed: int, step: int) -> int:
    return int(np.random.SeedSequence([seed, 2, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))
