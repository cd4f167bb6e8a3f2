"""Start a network from a trained one of another label space: backbone and blocks are kept, the classifiers are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from annn.errors import WeightsError
from annn.model import ANNN, OF_RESNET, RESNET, ModelConfig
from annn.weights.pretrained import load

CLASSIFIERS = ("classifier.1.", "auxiliary.2.")
"""The layers with an output for each class."""
_ADDED = ("fusion", "context")  # blocks that a network may have more than the one it starts from


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """What a network took from another one. kept, new: names of tensors. classes: of both networks."""

    path: Path
    kept: tuple[str, ...]
    new: tuple[str, ...]
    classes: tuple[int, int]

    def __str__(self) -> str:
        new = ", ".join(f"{module} ({', '.join(names)})" for module, names in _modules(self.new).items())
        return (
            f"from {self.path}: kept {len(self.kept)} tensors ({', '.join(_blocks(self.kept))}); new {len(self.new)}, "
            f"for {self.classes[1]} classes instead of {self.classes[0]}: {new}"
        )


def transfer(model: ANNN, path: str | Path, *, classifiers: bool = False) -> Transfer:
    """Copy the weights of a trained network into a fresh one, all but the classifiers, and say what was copied.

    path: a file that `load` reads. classifiers: copy them, too; for networks of the same classes. A fusion or context
    block that the file has not at all stays as it is. Raises WeightsError where backbone, widths or blocks differ, with
    the settings and tensors that do.
    """
    path = Path(path)
    source = load(path).model
    left_out = () if classifiers else CLASSIFIERS
    state = {name: tensor for name, tensor in source.state_dict().items() if not name.startswith(left_out)}
    if not state["auxiliary.0.0.weight"].any():  # the file has no auxiliary head
        state = {name: tensor for name, tensor in state.items() if not name.startswith("auxiliary.")}
    own = model.state_dict()
    absent = {block for block in _blocks(own) if block not in _blocks(state)} & {*_ADDED, "auxiliary"}
    kept = [name for name in own if not name.startswith(left_out) and _block(name) not in absent]
    settings = _settings(source.config, model.config, absent)
    tensors = _differences(state, {name: own[name].shape for name in kept})
    if settings or tensors:
        raise WeightsError(
            f"{path}: does not fit the network that is to start from it: {'; '.join([*settings, *tensors])}. Expected "
            "the same backbone, widths and blocks. Choose the preset and the row that this network was trained by, or "
            "another file."
        )
    with torch.no_grad():
        for name in kept:
            own[name].copy_(state[name])
    new = tuple(name for name in own if name not in set(kept))
    return Transfer(path=path, kept=tuple(kept), new=new, classes=(source.config.classes, model.config.classes))


def _settings(source: ModelConfig, config: ModelConfig, absent: set[str]) -> list[str]:
    """What differs in the configurations and may not show in the tensors, in words."""
    names = ["backbone", *([] if config.backbone != RESNET else [n for n in OF_RESNET if n != "stem_widths"])]
    if "fusion" not in absent and config.fuse:
        names += ["fuse"]
    if "context" not in absent and config.context is not None:
        names += ["context", "sharing"]
    if "fuse" in names or "context" in names:
        names += ["pyramid", "pooling"]
    different = [name for name in names if getattr(source, name) != getattr(config, name)]
    return [f"{name} is {getattr(source, name)!r} instead of {getattr(config, name)!r}" for name in different]


def _differences(state: Mapping[str, Tensor], expected: Mapping[str, torch.Size]) -> list[str]:
    """Tensors that do not fit, by block and kind: how many, and the first one."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in [*expected, *(name for name in state if name not in expected)]:
        if name not in state:
            kind, text = "missing", name
        elif name not in expected:
            kind, text = "for which the recipe has no place", name
        elif state[name].shape != expected[name]:
            sizes = ["x".join(map(str, shape)) for shape in (state[name].shape, expected[name])]
            kind, text = "of another shape", f"{name}, {sizes[0]} instead of {sizes[1]}"
        else:
            continue
        found.setdefault((_block(name), kind), []).append(text)
    return [
        f"{block}: tensors {kind}: {len(names)} ({names[0]}{'; ...' * (len(names) > 1)})"
        for (block, kind), names in found.items()
    ]


def _block(name: str) -> str:
    return name.partition(".")[0]


def _blocks(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(map(_block, names)))


def _modules(names: Iterable[str]) -> dict[str, list[str]]:
    """Leaves by module: classifier.1.weight and classifier.1.bias as one module; blocks that are new as a whole."""
    modules: dict[str, list[str]] = {}
    for name in names:
        block = _block(name)
        module, _, leaf = (block, "", "whole block") if block in _ADDED else name.rpartition(".")
        if leaf not in modules.setdefault(module, []):
            modules[module].append(leaf)
    return modules
