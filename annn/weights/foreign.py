"""Write networks as files for the authors' code and for mmsegmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from annn.errors import ConfigError, WeightsError
from annn.files import make_folder, replacing
from annn.model import ANNN, RESNET, ModelConfig
from annn.weights.architecture import their_names
from annn.weights.files import check_finite
from annn.weights.layouts import BOTTLENECKS, LAYOUTS
from annn.weights.mmsegmentation import meta_of

# The fields of ModelConfig that the other code fixes: its blocks, and in the authors' code all widths.
_BLOCKS = {"fuse": ((4, 5),), "context": "apnb", "pooling": "average", "sharing": "query=key"}
_FIXED: dict[str, dict[str, Any]] = {
    "authors": _BLOCKS
    | {"width": 64, "stem": "deep", "stem_widths": (64, 64, 128), "ceil_mode": True, "input": "caffe-bgr"}
    | {"head": 512, "auxiliary": 512, "key": 256, "value": 256, "pyramid": (1, 3, 6, 8)}
    | {"conv_bias": True, "align_corners": True},
    "mmsegmentation": _BLOCKS | {"ceil_mode": False, "input": "imagenet", "conv_bias": False},
}


def export(
    model: nn.Module,
    path: str | Path,
    *,
    layout: str,
    classes: Sequence[str] | None = None,
    palette: Sequence[Sequence[int]] | None = None,
) -> Path:
    """Write a network as a .pth file for other code, whole or not at all; `load` reads it as the same function.

    layout: "authors" or "mmsegmentation". classes, palette: names and RGB colours in train-id order, which
    mmsegmentation stores with the weights, like the configuration of the network.
    Raises WeightsError if the other code cannot run this network, with each field that differs, or if weights are NaN
    or infinite, and RunError if the file cannot be written.
    """
    if layout not in LAYOUTS:
        raise ConfigError(f"layout={layout!r} is not known; choose one of {', '.join(map(repr, LAYOUTS))}.")
    if not isinstance(model, ANNN):
        raise WeightsError(
            f"A {type(model).__name__} cannot be exported; expected an ANNN. If it is folded for inference, pass the "
            "original network."
        )
    config = model.config
    if problems := _unsupported(config, layout):
        raise WeightsError(
            f"{path}: {LAYOUTS[layout].title} cannot run this network: {'; '.join(problems)}. Train it with "
            "these values in the ModelConfig, or export in the other layout."
        )
    for name, values in (("classes", classes), ("palette", palette)):
        if values is not None and len(values) != config.classes:
            raise ConfigError(f"{name} has {len(values)} entries; expected {config.classes}, one for each class.")
    path = Path(path)
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    check_finite(path, state, "would hold")
    content: dict[str, Any] = {"state_dict": their_names(state, config, LAYOUTS[layout])}
    content |= {"meta": meta_of(config, classes, palette)} if layout == "mmsegmentation" else {"annn": asdict(config)}
    make_folder(path.parent)
    with replacing(path) as temporary:
        torch.save(content, temporary)
    return path


def _unsupported(config: ModelConfig, layout: str) -> list[str]:
    """Each field with a value that the other code does not support, with the expected value."""
    widths = _stem_widths(config)
    actual = asdict(config) | {"stem_widths": widths}
    expected = dict(_FIXED[layout])
    if layout == "mmsegmentation":  # one number for both projections, and for the stem
        expected["value"] = config.key
        expected["stem_widths"] = (widths[-1] // 2, widths[-1] // 2, widths[-1]) if config.stem == "deep" else widths
    problems = [
        f"{name} is {actual[name]!r}, expected {value!r}" for name, value in expected.items() if actual[name] != value
    ]
    if config.backbone != RESNET:
        return [f"backbone is {config.backbone!r}, expected {RESNET!r}"]
    if config.depth not in BOTTLENECKS:
        problems.insert(0, f"depth is {config.depth}, expected {' or '.join(map(str, BOTTLENECKS))}")
    return problems


def _stem_widths(config: ModelConfig) -> tuple[int, ...]:
    deep = (config.width, config.width, 2 * config.width)
    return config.stem_widths or (deep if config.stem == "deep" else (config.width,))
