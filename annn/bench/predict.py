"""What a network would cost at a size, without paying it: a dry run on the meta device."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from annn import cost
from annn.bench.case import Case
from annn.bench.forms import as_call, forms, inputs

GPU_ITSELF = 0.5
"""GB that a GPU's driver and libraries take before the first tensor, about."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Multiply-adds of one call, numbers learnt, and bytes in float32.

    activations: the most that a call holds beyond weights and input. weights: parameters alone for inference; with
    their gradients and SGD's momentum for training. Convolution libraries take scratch space on top.
    """

    multiply_adds: int
    parameters: int
    activations: int
    weights: int

    @property
    def total(self) -> int:
        """Bytes of weights and activations."""
        return self.activations + self.weights


def predict(
    size: tuple[int, int], *, depth: int = 101, batch: int = 1, mode: str = "step", form: str = "ours"
) -> Prediction:
    """The cost of ANNN with 19 classes at its published widths, for images of `size` (H, W).

    mode: "step" for a training step, "forward" for inference. form: one of `bench.FORMS` that is not compiled.
    Raises ConfigError for a choice that does not exist.
    """
    case = Case(
        level="network", grid=size, mode=mode, depth=depth, batch=batch, channels=2048 if depth > 34 else 512,
        forms=tuple(dict.fromkeys(["textbook", form])),
    )  # fmt: skip
    chosen = forms(case, "meta")[form]
    call = as_call(chosen, inputs(case, "meta"), case, torch.device("meta"))
    parameters = cost.parameters(chosen.module)
    _, memory = cost.memory(call)
    copies = 3 if mode == "step" else 1
    return Prediction(
        multiply_adds=cost.multiply_adds(call), parameters=parameters, activations=memory.peak,
        weights=4 * copies * parameters,
    )  # fmt: skip
