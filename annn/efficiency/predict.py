"""What a network would cost at a size, without paying it: a dry run on the meta device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from annn.efficiency import cost
from annn.efficiency.case import Case
from annn.efficiency.forms import as_call, forms, inputs
from annn.losses import segmentation_loss
from annn.model import ANNN, RESNET
from annn.model import Prediction as Logits
from annn.upsample import upsample

GPU_ITSELF = 0.5
"""GB that a GPU's driver and libraries take before the first tensor, about."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Multiply-adds of one call, numbers learnt, and bytes in float32.

    activations: the most that a call holds at once beyond weights and input: outputs, what is kept for the backward
        pass, the loss, and in training the gradients, of which those of the step before are still there.
    weights: parameters for inference; with SGD's momentum for training.
    Left out: the scratch space of convolution libraries (see `cost.Memory`), the optimiser's own temporaries, batches
    loaded ahead, and what the allocator keeps. Under autocast less is held.
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
    size: tuple[int, int],
    *,
    depth: int = 101,
    backbone: str = RESNET,
    output_stride: int = 8,
    batch: int = 1,
    mode: str = "step",
    form: str = "ours",
) -> Prediction:
    """The cost of ANNN with 19 classes at its published widths, for images of `size` (H, W).

    depth: of the ResNet. backbone, output_stride: another network of timm in its place, as in `ModelConfig`.

    mode: "forward" for inference; "step" for a training step as `train` does it: network, auxiliary head, the loss
    with hard pixels and the backward pass; the optimiser's update, which has no product, is not run. form: one of
    `bench.FORMS` that is not compiled. Raises ConfigError for a choice that does not exist.
    """
    case = Case(
        level="network", grid=size, mode=mode, depth=depth, backbone=backbone, output_stride=output_stride, batch=batch,
        channels=2048 if depth > 34 else 512,
        forms=tuple(dict.fromkeys(["textbook", form])),
    )  # fmt: skip
    chosen = forms(case, "meta")[form]
    if mode == "forward":
        call = as_call(chosen, inputs(case, "meta"), case, torch.device("meta"))
        _, memory = cost.memory(call)
    else:
        call = _training_step(chosen.module, chosen.function, case)
        _, memory = cost.memory(lambda: [call(), call()])  # the second finds gradients of the first, as every later one
    parameters = cost.parameters(chosen.module)
    return Prediction(
        multiply_adds=cost.multiply_adds(call), parameters=parameters, activations=memory.peak,
        weights=4 * (2 if mode == "step" else 1) * parameters,
    )  # fmt: skip


def _training_step(model: Any, network: Callable[..., Any], case: Case) -> Callable[[], None]:
    """The step of `train`'s loop on the network of a form, with the auxiliary head that a case leaves out."""
    with torch.device("meta"):
        model.auxiliary = ANNN(model.config).auxiliary
        labels = torch.empty(case.batch, *case.grid, dtype=torch.long)
    (images,) = inputs(case, "meta")
    stage4: list[torch.Tensor] = []
    model.backbone.register_forward_hook(lambda module, given, stages: stage4.append(stages[4]))

    def step() -> None:
        main = network(images)
        auxiliary = upsample(model.auxiliary(stage4.pop()), case.grid, model.config.align_corners)
        loss = segmentation_loss(Logits(main, auxiliary), labels)
        model.zero_grad(set_to_none=True)
        loss.backward()

    return step
