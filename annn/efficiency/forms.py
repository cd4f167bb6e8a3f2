"""The forms of a case: the same weights and inputs, evaluated in different orders."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_leaves

from annn.attention import PAPER_SAMPLING, Sampling, respond
from annn.blocks import AFNB, APNB, CONTEXTS, AsymmetricAttention
from annn.device import autocast
from annn.efficiency import textbook
from annn.efficiency.case import Case
from annn.efficiency.fold import fold, fold_block
from annn.model import ANNN, RESNET, ModelConfig
from annn.upsample import upsample

FUSED = [SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.CUDNN_ATTENTION]
"""The kernels of `scaled_dot_product_attention` that never hold the N x N weights; nothing falls back on another."""
Call = Callable[[], list[Tensor]]
Function = Callable[..., Any]
"""From the case's inputs to an output, or a tuple of them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Form:
    """One way: a function of the case's inputs, and the module that holds its parameters."""

    module: nn.Module
    function: Function


def inputs(case: Case, device: str | torch.device) -> list[Tensor]:
    """Random maps (or an image) of the case's sizes, the same for each call."""
    generator = torch.Generator().manual_seed(1)
    layout = torch.channels_last if case.channels_last else torch.contiguous_format
    channels = {
        "attention": [case.channels], "network": [3], **{name: [case.channels] for name in CONTEXTS},
        "afnb": [case.channels // 2, case.channels], "head": [case.channels // 2, case.channels],
        "blocks": [case.channels // 2, case.channels, case.channels // 4],
    }  # fmt: skip
    maps = []
    for width in channels[case.level]:
        shape = (case.batch, width, *case.grid)
        if torch.device(device).type == "meta":
            maps.append(torch.empty(shape, device=device).to(memory_format=layout))
        else:
            maps.append(torch.randn(shape, generator=generator).to(device, memory_format=layout))
    return maps


def forms(case: Case, device: str | torch.device, dtype: torch.dtype = torch.float32) -> dict[str, Form]:
    """Every form of the case, by name, with one set of weights.

    W and the statistics of the batch norms are drawn, so that nothing vanishes in a fresh block; dropout is off, so
    that the forms can be compared.
    """
    with torch.random.fork_rng(devices=[]), torch.device("meta" if torch.device(device).type == "meta" else "cpu"):
        torch.manual_seed(0)
        module = _module(case)
        _draw(module)
    layout = torch.channels_last if case.channels_last else torch.contiguous_format
    module = module.to(device, dtype, memory_format=layout)  # pyright: ignore[reportCallIssue]
    module.train(case.mode == "step")
    found = {form: _form(form, module, case) for form in case.forms if not form.endswith("compiled")}
    for form in case.forms:
        if form.endswith("compiled"):
            plain = _form(form.removesuffix(" compiled"), module, case)
            found[form] = Form(module=plain.module, function=torch.compile(plain.function, fullgraph=True))
    return found


def unavailable(form: str) -> str:
    """Why a form cannot run on this machine; empty where it can."""
    if form.endswith("compiled") and not (shutil.which("g++") or shutil.which("c++")):
        return "torch.compile needs a C++ compiler here, and there is none"
    return ""


def as_call(form: Form, maps: Sequence[Tensor], case: Case, device: torch.device) -> Call:
    """The outputs; for a step the outputs and the gradients of all inputs, backwards from fixed random cotangents."""
    # Tensors on meta have no autocast of their own: a dry run is one in float32.
    arithmetic = (lambda: autocast(case.precision, device)) if device.type != "meta" else nullcontext
    if case.mode == "forward":

        def forward() -> list[Tensor]:
            with torch.inference_mode(), arithmetic():
                return tree_leaves(form.function(*maps))

        return forward
    leaves = [x.detach().requires_grad_() for x in maps]
    layout = torch.channels_last if case.channels_last else torch.contiguous_format
    with torch.no_grad(), arithmetic(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        outputs = tree_leaves(form.function(*maps))
        # Drawn in one order whatever an output's layout, so that all forms get the same.
        cotangents = [torch.randn(out.shape).to(out).to(memory_format=layout) for out in outputs]

    def step() -> list[Tensor]:
        with arithmetic():
            outputs = tree_leaves(form.function(*leaves))
        torch.autograd.backward(outputs, cotangents)
        found = [*(out.detach() for out in outputs), *(leaf.grad for leaf in leaves if leaf.grad is not None)]
        # No gradient outlives its step: the next one's memory is counted from nothing, too.
        form.module.zero_grad(set_to_none=True)
        for leaf in leaves:
            leaf.grad = None
        return found

    return step


def _module(case: Case) -> nn.Module:
    projections: dict[str, Any] = {"key": 256, "value": 256}
    c = case.channels
    if case.level == "attention":
        return AsymmetricAttention(low=c, high=c, out=c, sharing="query=key", **projections)
    if case.level in CONTEXTS:
        settings = {"sampling": PAPER_SAMPLING, "sharing": "query=key", "bias": True}
        return CONTEXTS[case.level](channels=c, dropout=0.0, **projections, **settings)
    if case.level == "afnb":
        return AFNB(low=[c // 2], high=c, out=c, dropout=0.0, **projections)
    if case.level == "blocks":
        return nn.ModuleDict({
            "afnb": AFNB(low=[c // 2], high=c, out=c, dropout=0.0, **projections),
            "apnb": APNB(channels=c // 4, dropout=0.0, **projections),
        })  # fmt: skip
    depth = case.depth if case.level == "network" else 50
    expansion = 1 if depth < 50 else 4
    if case.level == "network" and case.backbone != RESNET:
        backbone: dict[str, Any] = {"backbone": case.backbone, "output_stride": case.output_stride}
    else:
        backbone = {"depth": depth, "width": c // (8 * expansion)}
    model = ANNN(ModelConfig(classes=19, dropout=0.0, **backbone))
    if case.level != "network":
        model.backbone = nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]  not asked, and large
    model.auxiliary = nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
    return model


def _draw(module: nn.Module) -> None:
    for part in module.modules():
        if isinstance(part, AsymmetricAttention):
            nn.init.normal_(part.W.weight, std=part.W.in_channels**-0.5)
            nn.init.normal_(part.W.bias, std=0.1)  # pyright: ignore[reportArgumentType]
        elif isinstance(part, nn.BatchNorm2d):
            assert part.running_mean is not None and part.running_var is not None
            nn.init.normal_(part.running_mean, std=0.1)
            nn.init.uniform_(part.running_var, 0.5, 2)


def _form(form: str, module: nn.Module, case: Case) -> Form:
    if form.startswith("dense"):
        module = _dense(module)
    elif form == "folded":
        module = _folded(module)
    order = {"dense": "textbook", "folded": "ours"}.get(form, form)
    return Form(module=module, function=_LEVELS[case.level](order, module))


def _folded(module: nn.Module) -> nn.Module:
    if isinstance(module, ANNN):
        return fold(module)
    if isinstance(module, nn.ModuleDict):
        return nn.ModuleDict({name: _folded(block) for name, block in module.items()})
    return fold_block(module)


def _dense(module: nn.Module) -> nn.Module:
    """A copy with the same weights in which every position is an anchor."""
    module = copy.deepcopy(module)
    for part in module.modules():
        if isinstance(part, AsymmetricAttention):
            part.sampling = Sampling(pyramid=None)
    return module


def _attention(order: str, branch: AsymmetricAttention) -> Function:
    if order == "textbook":
        return lambda x: textbook.response(branch, x, x)[0]
    if order == "ours":

        def regrouped(x: Tensor) -> Tensor:
            weights, anchors = branch(x, x)
            return respond(weights, anchors, x)

        return regrouped

    def fused_kernel(x: Tensor) -> Tensor:
        query, key, value = textbook.attend(branch, x, x)
        # The fused kernels want a dimension for heads, here one, and contiguous positions; without them PyTorch takes
        # the plain products. Its scale is 1 / sqrt(K) by default.
        query, key, value = (tokens[:, None].contiguous() for tokens in (query, key.mT, value))
        with sdpa_kernel(FUSED):
            context = F.scaled_dot_product_attention(query, key, value)[:, 0]
        return branch.W(context.mT.reshape(len(x), -1, *x.shape[2:]))

    return fused_kernel


def _afnb(order: str, block: Any) -> Function:
    if order == "textbook":
        return lambda low, high: textbook.afnb(block, [low], high)
    return lambda low, high: block([low], high)


def _context(order: str, block: Any) -> Function:
    return (lambda x: textbook.context(block, x)) if order == "textbook" else block


def _blocks(order: str, both: nn.ModuleDict) -> Function:
    fusion, context = _afnb(order, both["afnb"]), _context(order, both["apnb"])
    return lambda low, high, x: (fusion(low, high), context(x))


def _head(order: str, model: Any) -> Function:
    if order == "textbook":
        return lambda low, high: textbook.head(model, {4: low, 5: high})
    return lambda low, high: model.scores({4: low, 5: high})


def _network(order: str, model: Any) -> Function:
    if order == "textbook":
        return lambda images: textbook.network(model, images)
    align = model.config.align_corners
    return lambda images: upsample(model.scores(model.backbone(images)), (images.shape[2], images.shape[3]), align)


_LEVELS: dict[str, Callable[[str, Any], Function]] = {
    "attention": _attention, "afnb": _afnb, "blocks": _blocks, "head": _head, "network": _network,
    **dict.fromkeys(CONTEXTS, _context),
}  # fmt: skip
