"""What a computation costs before it is paid for: multiply-adds, parameters, and the most memory held at once.

Two ways to the multiply-adds: closed forms per step of the head (`head_steps`), and counting the very modules that run
(`multiply_adds`); the tests hold them together. Counting needs no arithmetic: give modules and inputs on the "meta"
device, which have shapes and no numbers, and a network for 1024 x 2048 pixels is counted on a laptop.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from annn.attention import Sampling
from annn.errors import ConfigError
from annn.model import ModelConfig

FORMS = ("dense", "textbook", "ours", "folded")
"""The dense non-local block; the paper's order of evaluation; regrouped (`blocks`); regrouped and folded (`fold`)."""
_COMPOSITE = torch._C.DispatchKey.CompositeImplicitAutograd  # pyright: ignore[reportAttributeAccessIssue]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Bytes that a call held at once, at its worst, beyond what was there before it.

    peak: all of them. temporary: the same without what the call returned, which every way of computing it has to hold.
    Counted are storages of tensors: what PyTorch's operators pass to each other, keep for the backward pass and return,
    gradients of parameters included. Not counted is what a single operator holds inside itself: copies that a library
    of convolutions makes in its own layout (on a CPU with 97x97 maps some 120 MB in the textbook's
    training step of both blocks), and the blocks of a fused attention. On a GPU `torch.cuda.max_memory_allocated`
    counts those, too.
    """

    peak: int
    temporary: int


def multiply_adds(call: Callable[[], Any]) -> int:
    """Multiply-adds of all convolutions and matrix products that `call` runs, backward passes included.

    Half of what torch.utils.flop_counter counts. Elementwise work, normalisation, softmax and adaptive pooling count
    as nothing there.
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops() // 2


def parameters(module: nn.Module) -> int:
    """Numbers that are learnt."""
    return sum(parameter.numel() for parameter in module.parameters())


def memory(call: Callable[[], Any]) -> tuple[Any, Memory]:
    """Run `call` and follow every tensor that it makes, on the CPU or on the meta device; its result and its memory.

    A compiled function hides its tensors; on a GPU ask `torch.cuda.max_memory_allocated`, which sees everything.
    """
    watch = _Allocations()
    with watch:
        result = call()
    returned = {watch.number(leaf) for leaf in tree_leaves(result) if isinstance(leaf, Tensor)}
    return result, Memory(peak=watch.peak(set()), temporary=watch.peak(returned))


class _Allocations(TorchDispatchMode):
    """A log of when each new storage appears, and when it is freed."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[int, int]] = []  # (storage, bytes), negative where it goes
        self.numbers: dict[int, int] = {}  # the storages alive, by identity
        self.seen: list[int] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), _COMPOSITE):
            # In inference mode an operator made of others comes whole, and what is held inside it would be missed.
            # `func.decompose` would do, but for some it has a form in Python that holds more than the operator does.
            with self:
                return func._op_dk(_COMPOSITE, *args, **(kwargs or {}))
        before = {id(leaf.untyped_storage()) for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor):
                storage = leaf.untyped_storage()
                if id(storage) not in before and id(storage) not in self.numbers:
                    self._appeared(storage)
        return out

    def _appeared(self, storage: torch.UntypedStorage) -> None:
        number, size = len(self.seen), storage.nbytes()
        self.seen.append(size)
        self.numbers[id(storage)] = number
        self.log.append((number, size))
        weakref.finalize(storage, self._went, id(storage), number, size)

    def _went(self, identity: int, number: int, size: int) -> None:
        self.log.append((number, -size))
        if self.numbers.get(identity) == number:
            del self.numbers[identity]

    def number(self, tensor: Tensor) -> int | None:
        return self.numbers.get(id(tensor.untyped_storage()))

    def peak(self, without: set[int | None]) -> int:
        held = highest = 0
        for number, size in self.log:
            if number not in without:
                held += size
                highest = max(highest, held)
        return highest


def attention_steps(
    form: str,
    grid: tuple[int, int],
    *,
    low: int,
    high: int,
    out: int,
    key: int,
    value: int,
    sampling: Sampling,
    shared: bool,
    fuse: int = 0,
    channels_last: bool = False,
) -> dict[str, int]:
    """Multiply-adds of one block on one image, step by step, where both maps have the grid (H, W).

    low, high, out, key, value, sampling: as in `blocks.AsymmetricAttention`; the `dense` form is that of a sampling
    without a pyramid. shared: whether query and key are one module; the value has its own.
    fuse: channels of the fuse convolution's output, 0 to leave it out. The `textbook` and `dense` forms run a shared
    module twice, as the released code does. channels_last: the maps' layout, which decides the axis that is pooled
    first. Raises ConfigError for a form that is no block's.
    """
    sampling = replace(sampling, pyramid=None) if form == "dense" else sampling
    n, s = grid[0] * grid[1], sampling.count(grid)
    if form in ("dense", "textbook"):
        return {
            "projections": n * (low * key + high * key + low * value + value * out),
            "pooling": 0,  # additions alone
            "attention": n * s * (key + value),
            "fuse": n * (out + high) * fuse,
        }
    if form != "ours":
        raise ConfigError(f"form={form!r} of a block is not known; choose 'dense', 'textbook' or 'ours'.")
    answer = fuse or out
    values = (s if sampling.linear else n) * low * value  # on the anchors, unless they have to be pooled afterwards
    return {
        "projections": n * low * key + (0 if shared else n * high * key) + values + s * out * (value + fuse),
        "pooling": (low + key) * _pooling(grid, sampling, channels_last),
        "attention": n * s * (key + answer),
        "fuse": n * high * fuse,
    }


def head_steps(
    form: str, grid: tuple[int, int], config: ModelConfig, stages: dict[int, int], *, channels_last: bool = False
) -> dict[str, int]:
    """Multiply-adds of the head of one image: AFNB on Stage4 and Stage5, 3x3, APNB and classifier, step by step.

    stages: channels of each stage, as `ResNet.channels`. For the configuration of Figure 1's Full: one AFNB "4 & 5"
    and a block of `CONTEXTS`. Raises ConfigError for others.
    """
    if form not in FORMS or config.fuse != ((4, 5),) or config.context is None or config.context not in CONTEXTS:
        raise ConfigError(
            f"form={form!r} with fuse={config.fuse} and context={config.context!r}: the closed forms are those of the "
            f"full network, AFNB 4 & 5 and one of {', '.join(map(repr, CONTEXTS))}, as {', '.join(FORMS)}. "
            "Use `multiply_adds` for others."
        )
    n, block = grid[0] * grid[1], form if form != "folded" else "ours"
    low, deep, head = stages[4], stages[5], config.head
    fusion = attention_steps(
        block, grid, low=low, high=deep, out=deep, fuse=deep, shared=False,
        key=config.key, value=config.value, sampling=config.sampling, channels_last=channels_last,
    )  # fmt: skip
    context = CONTEXTS[config.context](block, grid, config, channels_last)
    if form == "folded":
        s = config.sampling.count(grid)
        values = (s if config.sampling.linear else n) * low * config.value
        fusion["projections"] = n * (low + deep) * config.key + values + s * config.value * 9 * head
        fusion["attention"] = n * s * (config.key + 9 * head)
        fusion["fuse"] = 0
    steps = {f"AFNB {name}": work for name, work in fusion.items()} | {"3x3 convolution": 9 * n * deep * head}
    return steps | context | {"classifier": n * head * config.classes}


def paper_accounting(grid: tuple[int, int], *, channels: int = 2048, key: int = 256) -> float:
    """The dense block's "GFLOPs" as the authors' efficiency script counts them: 58.0, 163.3 and 601.4 in the paper.

    Multiply-adds for the convolutions with the shared query and key counted once, and 2 N^2 K for the attention.
    """
    n = grid[0] * grid[1]
    return (3 * n * channels * key + 2 * n * n * key) / 1e9


def _apnb_steps(form: str, grid: tuple[int, int], config: ModelConfig, channels_last: bool) -> dict[str, int]:
    return {
        f"APNB {name}": work for name, work in _refining(form, grid, config, config.sampling, channels_last).items()
    }


def _nonlocal_steps(form: str, grid: tuple[int, int], config: ModelConfig, channels_last: bool) -> dict[str, int]:
    steps = _refining(form, grid, config, Sampling(pyramid=None), channels_last)
    return {f"dense block {name}": work for name, work in steps.items()}


def _refining(
    form: str, grid: tuple[int, int], config: ModelConfig, sampling: Sampling, channels_last: bool
) -> dict[str, int]:
    head = config.head
    return attention_steps(
        form, grid, low=head, high=head, out=head, fuse=head, key=config.key, value=config.value, sampling=sampling,
        shared=config.sharing == "query=key", channels_last=channels_last,
    )  # fmt: skip


CONTEXTS: Mapping[str, Callable[[str, tuple[int, int], ModelConfig, bool], dict[str, int]]] = {
    "apnb": _apnb_steps,
    "nonlocal": _nonlocal_steps,
}
"""Multiply-adds of a context block, by its name in `blocks.CONTEXTS`: from form ("folded" is "ours"), grid,
configuration and whether maps are channels last to work by step."""


def _pooling(grid: tuple[int, int], sampling: Sampling, channels_last: bool) -> int:
    """P applied to one channel, one axis at a time: the whole map first, then the other axis of each level."""
    if sampling.pyramid is None or sampling.drawn or not sampling.linear:
        return 0  # no products
    (height, width), pyramid = grid, sampling.pyramid
    return sum(pyramid) * height * width + sum(size * size for size in pyramid) * (width if channels_last else height)
