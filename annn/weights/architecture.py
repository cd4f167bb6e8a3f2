"""Find the network of a set of tensors from names and shapes, and explain differences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torchvision.models.resnet import Bottleneck

from annn.backbone import DEPTHS
from annn.errors import ConfigError
from annn.model import ANNN, ModelConfig
from annn.weights.layouts import ELSEWHERE, SHARED, Layout, new_names

_COUNTER = ".num_batches_tracked"  # the training steps of a BN; old files lack it, and nothing depends on it
_LISTED = 12  # modules per block in a message; the message counts the rest


def config_of(state: Mapping[str, Tensor], layout: Layout, **settings: Any) -> ModelConfig:
    """The configuration of the network with these parameters (our names); `settings` are the fields without a shape.

    The width of a missing tensor comes from another tensor or from the paper, so that `differences` can report it.
    """

    def channels(name: str, default: int, axis: int = 0) -> int:
        tensor = state.get(f"{name}.weight")
        return tensor.shape[axis] if tensor is not None and tensor.dim() == 4 else default

    width = channels("backbone.layer1.0.conv1", max(1, channels("fusion.5.fuse", 2048) // 32))
    conv1 = state.get("backbone.stem.conv1.weight")
    plain = layout.plain_stem is not None and conv1 is not None and conv1.shape[2:] == (7, 7)
    stem = {1: (width,), 3: (width, width, 2 * width)}[1 if plain else 3]
    before_bn = ("reduce.0", "context.fuse", "context.branch.key.0", "fusion.5.fuse", "auxiliary.0.0")
    return ModelConfig(
        classes=channels("classifier.1", channels("auxiliary.2", 19)),
        depth=depth_of(state),
        width=width,
        stem="plain" if plain else "deep",
        stem_widths=tuple(channels(f"backbone.stem.conv{i}", c) for i, c in enumerate(stem, start=1)),
        head=channels("reduce.0", channels("classifier.1", 0, axis=1)),
        auxiliary=channels("auxiliary.0.0", channels("auxiliary.2", 0, axis=1)),
        key=channels("fusion.5.branches.0.key.0", channels("context.branch.key.0", 0)),
        value=channels("fusion.5.branches.0.value", channels("context.branch.value", 0)),
        sharing="query=key" if _shares_query(state) else "none",
        conv_bias=2 * sum(f"{name}.bias" in state for name in before_bn)
        > len(before_bn),  # one may be missing or extra
        **settings,
    )


def depth_of(state: Mapping[str, Any], prefix: str = "backbone.") -> int:
    """The depth of the ResNet with the same kind of block and the closest numbers of blocks."""
    blocks = [0, 0, 0, 0]
    for name in state:
        if match := re.match(rf"{re.escape(prefix)}layer([1-4])\.(\d+)\.", name):
            layer = int(match[1]) - 1
            blocks[layer] = max(blocks[layer], int(match[2]) + 1)
    bottleneck = not any(blocks) or any(re.match(rf"{re.escape(prefix)}layer\d\.\d+\.conv3\.", name) for name in state)
    known = {depth: counts for depth, (block, counts) in DEPTHS.items() if (block is Bottleneck) == bottleneck}
    return min(known, key=lambda depth: sum(abs(a - b) for a, b in zip(known[depth], blocks, strict=True)))


def shapes_of(config: ModelConfig, layout: Layout | None = None) -> dict[str, torch.Size]:
    """Name -> shape of all tensors in a file of this network, in a layout's names, or in ours without a layout."""
    with torch.device("meta"):
        state = ANNN(config).state_dict()
    return {name: tensor.shape for name, tensor in (their_names(state, config, layout) if layout else state).items()}


def their_names(state: Mapping[str, Tensor], config: ModelConfig, layout: Layout) -> dict[str, Tensor]:
    """Our tensors with the names of a layout; the shared projection of APNB gets both of its names."""
    twice = {name.replace(SHARED[1], SHARED[0]): tensor for name, tensor in state.items() if name.startswith(SHARED[1])}
    state = {**twice, **state}
    rows = new_names(state, layout.from_ours(config.stem))
    if unknown := [name for name in state if name not in rows]:
        raise ConfigError(f"{', '.join(unknown[:5])}: {layout.title} has no names for these parameters.")
    return {rows[name]: tensor for name, tensor in state.items()}


def differences(
    tensors: Mapping[str, Tensor], expected: Mapping[str, torch.Size], block: Callable[[str], str]
) -> list[str]:
    """Tensors that are missing, unexpected or of another shape: one sentence per kind and block; empty if all match.

    block: a function from a name to its block. Counters of training steps may be missing.
    """
    missing = [name for name in expected if name not in tensors and not name.endswith(_COUNTER)]
    unexpected = [name for name in tensors if name not in expected]
    shapes = [
        f"{name} is {_size(tensors[name].shape)} instead of {_size(shape)}"
        for name, shape in expected.items()
        if name in tensors and tensors[name].shape != shape
    ]
    kinds = (("missing", _modules(missing)), ("unexpected", _modules(unexpected)), ("of another shape", shapes))
    return [
        f"{kind} {where if where == ELSEWHERE else f'in {where}'}: {_listed(entries)}"
        for kind, names in kinds
        for where, entries in _grouped(names, block).items()
    ]


def _shares_query(state: Mapping[str, Tensor]) -> bool:
    """Whether APNB's query and key are the same; true if tensors are missing or of another shape."""
    query = {name: state[name] for name in state if name.startswith(SHARED[0]) and not name.endswith(_COUNTER)}
    pairs = [(tensor, state.get(name.replace(*SHARED))) for name, tensor in query.items()]
    comparable = [(a, b) for a, b in pairs if b is not None and a.shape == b.shape]
    return len(comparable) < len(pairs) or all(torch.equal(a, b) for a, b in comparable)


def _grouped(entries: Iterable[str], block: Callable[[str], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for entry in entries:
        groups.setdefault(block(entry), []).append(entry)
    return groups


def _modules(names: Iterable[str]) -> list[str]:
    """a.weight and a.bias as a.{weight,bias}."""
    leaves: dict[str, list[str]] = {}
    for name in names:
        module, _, leaf = name.rpartition(".")
        leaves.setdefault(module, []).append(leaf)
    return [f"{m}.{'{' + ','.join(ls) + '}' if len(ls) > 1 else ls[0]}".lstrip(".") for m, ls in leaves.items()]


def _listed(entries: list[str]) -> str:
    return ", ".join(entries[:_LISTED]) + (f" and {len(entries) - _LISTED} more" if len(entries) > _LISTED else "")


def _size(shape: torch.Size) -> str:
    return "x".join(map(str, shape)) or "a single number"
