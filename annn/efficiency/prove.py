"""What one device can prove about training: that it computes what the CPU computes, repeats itself, and shares work.

Needs neither data nor notebooks. `python -m annn.efficiency.prove FOLDER DEVICE STEPS` is one training of it, which
several processes can run together.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from annn.augment import AugmentConfig
from annn.data.cityscapes import CITYSCAPES
from annn.data.files import Sample
from annn.data.scenes import draw
from annn.device import choose_device, environment, processor
from annn.efficiency.predict import predict
from annn.errors import ConfigError
from annn.files import make_folder, write_text
from annn.journal import losses
from annn.losses import LossConfig
from annn.model import ANNN, ModelConfig
from annn.parallel import join, leave, rank
from annn.train import Draws, TrainConfig, train

MODEL = ModelConfig(classes=19, depth=18, width=16)
TRAIN = TrainConfig(batch_size=4, lr=2e-4, precision="fp32")
"""A low rate: at a higher one, training multiplies any rounding within a few steps (data/README.md)."""
PERTURBATION = 1e-7  # relative, of the initial weights: about the rounding of float32
BOUNDS = {"first loss": 1e-5, "times the perturbed": 20.0, "losses in lower precision": 0.05}
"""What is held to: the first loss to the CPU's, relative; the weights to so many times what the perturbation does."""
Outcome = dict[str, Any]


class Streets:
    """Eight generated streets in memory, 128 x 256 pixels."""

    space = CITYSCAPES

    def __init__(self) -> None:
        scenes = [draw(0, index, (128, 256)) for index in range(8)]
        self.samples = [Sample(s.image, CITYSCAPES.encode(s.label, "scene"), str(i)) for i, s in enumerate(scenes)]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Sample:
        return self.samples[index]


def prove(device: str = "auto", *, steps: int = 20, tell: Callable[[str], None] = print) -> Outcome:
    """Train a small Full network several times and compare; returns what was found, with `passed` for each check.

    equality: the device against the CPU in float32, beside a CPU run from perturbed weights. precisions: tf32 and bf16
    (a GPU: fp16, too) against float32. repeat: the same bits twice. processes: two processes against one. memory: the
    peak of a step against `predict`. A check that this machine cannot do says why instead.
    """
    if not 2 <= steps <= 10_000:
        raise ConfigError(f"steps={steps}; expected 2 to 10000.")
    where = choose_device(device)
    checks = {"equality": _equality, "precisions": _precisions, "repeat": _repeat, "processes": _processes}
    found: Outcome = {"machine": environment(where), "processor": processor(), "steps": steps, "checks": {}}
    for name, check in (checks | {"memory": _memory}).items():
        found["checks"][name] = outcome = check(where, steps)
        verdict = {True: "passed", False: "FAILED", None: "not done"}[outcome["passed"]]
        tell(f"{name}: {verdict}; {', '.join(f'{k} {_short(v)}' for k, v in outcome.items() if k != 'passed')}")
    return found


def save_proof(found: Outcome, folder: Path) -> Path:
    """Write what was found as JSON, named after the hardware."""
    hardware = "".join(c if c.isalnum() else "-" for c in found["machine"]["hardware"].split(",")[-1].strip().lower())
    path = make_folder(folder) / f"proof-{hardware}.json"
    write_text(path, json.dumps(found, indent=1))
    return path


def _equality(device: torch.device, steps: int) -> Outcome:
    cpu = torch.device("cpu")
    right, other, perturbed = _run(cpu, steps), _run(device, steps), _run(cpu, steps, perturbation=PERTURBATION)
    outcome = {"first loss": _losses(other[0][:1], right[0][:1]), "losses": _losses(other[0], right[0])}
    outcome |= {"weights": _distance(other[1], right[1]), "perturbed weights": _distance(perturbed[1], right[1])}
    close = outcome["first loss"] <= BOUNDS["first loss"]
    near = outcome["weights"] <= BOUNDS["times the perturbed"] * outcome["perturbed weights"]
    return {"passed": close and near} | outcome


def _precisions(device: torch.device, steps: int) -> Outcome:
    right, outcome = _run(device, steps)[0], {}
    half = ("bf16",) if device.type == "cpu" else ("bf16", "fp16")  # a CPU emulates fp16, twenty times slower
    for precision in ("tf32", *half):
        outcome[precision] = _losses(_run(device, steps, precision=precision)[0], right)
    return {"passed": all(value <= BOUNDS["losses in lower precision"] for value in outcome.values())} | outcome


def _repeat(device: torch.device, steps: int) -> Outcome:
    first, second = _run(device, steps)[1], _run(device, steps)[1]
    different = [name for name in first if not torch.equal(first[name], second[name])]
    return {"passed": not different, "different tensors": len(different)}


def _processes(device: torch.device, steps: int) -> Outcome:
    if device.type == "cuda" and torch.cuda.device_count() < 2:
        return {"passed": None, "reason": "this machine has one GPU, and NCCL wants one for each process"}
    alone = _run(device, steps)
    with tempfile.TemporaryDirectory() as folder:
        launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
        program = ["-m", "annn.efficiency.prove", folder, device.type, str(steps)]
        ended = subprocess.run([*launcher, *program], capture_output=True, text=True)
        if ended.returncode:
            return {"passed": False, "reason": (ended.stderr.strip().splitlines() or ["no message"])[-1]}
        together = _read(Path(folder))
    perturbed = _distance(_run(device, steps, perturbation=PERTURBATION)[1], alone[1])
    outcome = {"losses": _losses(together[0], alone[0]), "weights": _distance(together[1], alone[1])}
    return {"passed": outcome["weights"] <= BOUNDS["times the perturbed"] * perturbed} | outcome


def _memory(device: torch.device, steps: int) -> Outcome:
    if device.type != "cuda":
        return {"passed": None, "reason": "only a GPU counts the bytes of its tensors"}
    torch.cuda.reset_peak_memory_stats(device)
    with tempfile.TemporaryDirectory() as folder:
        _train(Path(folder), device, 2, model=ModelConfig(classes=19, depth=50), crop=(512, 1024), batch_size=1)
    expected = predict((512, 1024), depth=50)
    peak = torch.cuda.max_memory_allocated(device)
    return {"passed": 0.5 <= peak / expected.total <= 1.5, "peak GB": peak / 1e9, "predicted GB": expected.total / 1e9}


def _run(device: torch.device, steps: int, *, precision: str = "fp32", perturbation: float = 0.0):
    """Losses of each step and the final weights of one training."""
    with tempfile.TemporaryDirectory() as folder:
        _train(Path(folder), device, steps, precision, perturbation)
        return _read(Path(folder))


def _train(
    folder: Path,
    device: torch.device,
    steps: int,
    precision: str = "fp32",
    perturbation: float = 0.0,
    *,
    model: ModelConfig = MODEL,
    crop: tuple[int, int] = (96, 192),
    batch_size: int = TRAIN.batch_size,
) -> None:
    torch.manual_seed(0)
    network = ANNN(model)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1 + perturbation * torch.randn_like(parameter))
    config = replace(TRAIN, iterations=steps, precision=precision, batch_size=batch_size)
    draws = Draws(Streets(), AugmentConfig(crop=crop), seed=0)
    loss = LossConfig(min_kept=10_000)
    train(network.to(device), draws, config=config, loss=loss, seed=0, folder=folder, log_every=1, progress=False)
    if rank() == 0:
        torch.save({name: tensor.cpu() for name, tensor in network.state_dict().items()}, folder / "weights.pt")


def _read(folder: Path) -> tuple[list[float], dict[str, Tensor]]:
    return losses(folder), torch.load(folder / "weights.pt", weights_only=True)


def _losses(found: list[float], right: list[float]) -> float:
    """The largest relative difference."""
    return max(abs(a - b) / abs(b) for a, b in zip(found, right, strict=True))


def _distance(found: dict[str, Tensor], right: dict[str, Tensor]) -> float:
    """The relative difference of all weights and statistics together."""
    squares = [((found[k].double() - right[k].double()).square().sum().item(), right[k].double().square().sum().item())
               for k in right]  # fmt: skip
    difference, size = np.array(squares).sum(0)
    return math.sqrt(difference / size)


def _short(value: Any) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    chosen = choose_device(sys.argv[2])
    join(chosen)
    _train(Path(sys.argv[1]), chosen, int(sys.argv[3]))
    leave()
