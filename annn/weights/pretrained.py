"""Load a trained network from one file: the authors', mmsegmentation's or ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from annn.errors import ConfigError, WeightsError
from annn.model import ANNN, ModelConfig
from annn.weights.architecture import config_of, differences, shapes_of
from annn.weights.checkpoint import checkpoint_of
from annn.weights.files import Contents, read_file
from annn.weights.layouts import BOTTLENECKS, SHARED, Layout, new_names, other_network, recognise
from annn.weights.mmsegmentation import class_names, head_settings

_EXPECTED = (
    "expected the authors' checkpoint (fs_annn_cityscapes_segohem_latest.pth), one of mmsegmentation's ANN "
    "(ann_r101-d8_*.pth), or a checkpoint of this package"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pretrained:
    """A trained network in eval mode. Its input is always an image from `augment.normalise`.

    source: "annn", "authors" or "mmsegmentation". classes: names in train-id order, None if the file holds none.
    about: other contents of the file as plain values, and under "notes" anything unusual.
    """

    model: ANNN
    source: str
    classes: tuple[str, ...] | None
    about: dict[str, Any]


def load(path: str | Path, *, classes: int | None = None, align_corners: bool | None = None) -> Pretrained:
    """The network of a weights file; the names in the file show whether it is the authors', mmsegmentation's or ours.

    classes: the required number of classes, or None. align_corners: for the upsampling to the image size, instead of
    the file's value; mmsegmentation's 769x769 networks need True if their file holds no configuration.
    Nothing in the file is executed. Raises WeightsError for a file that is damaged, of another network, or that would
    execute code; the message lists missing and unexpected parameters and other shapes by block.
    """
    path = Path(path)
    contents = read_file(path)
    layout = recognise(contents.state)
    network = _own(path, contents) if layout is None else _foreign(path, contents, layout, align_corners)
    config = network.model.config
    if classes is not None and classes != config.classes:
        raise WeightsError(
            f"{path}: has {config.classes} classes, expected {classes}. Choose the weights that were trained on this "
            "data set, or use their data set."
        )
    if align_corners is not None and align_corners != config.align_corners:
        network.model.config = replace(config, align_corners=align_corners)
    return network


def _foreign(path: Path, contents: Contents, layout: Layout, align_corners: bool | None) -> Pretrained:
    meta = contents.beside.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    settings, notes = _settings(layout, meta, align_corners)
    rows = new_names(contents.state, layout.to_ours())
    state = {rows[name]: tensor for name, tensor in contents.state.items() if name in rows}
    try:
        config = config_of(state, layout, **settings)
        expected = shapes_of(config, layout)
    except ConfigError as error:
        raise WeightsError(f"{path}: describes an impossible network: {error} {_EXPECTED.capitalize()}.") from error
    if all(name not in contents.state for name in expected if layout.block(name) == "auxiliary"):
        expected = {name: shape for name, shape in expected.items() if layout.block(name) != "auxiliary"}
        notes.append("the file has no auxiliary head, which only training uses; zeros, which cannot learn, replace it")
    if problems := differences(contents.state, expected, layout.block):
        raise WeightsError(
            f"{path}: is not a complete ANNN of {layout.title} (read as a ResNet-{config.depth} with "
            f"{config.classes} classes): {'; '.join(problems)}. Fetch the file again, or remove the unexpected parts."
        )
    if config.depth not in BOTTLENECKS:
        raise WeightsError(
            f"{path}: is a ResNet-{config.depth}, whose blocks {layout.title} dilates differently; expected a "
            f"depth of {' or '.join(map(str, BOTTLENECKS))}. Choose such a file."
        )
    if config.sharing == "query=key":
        state = {name: tensor for name, tensor in state.items() if not name.startswith(SHARED[0])}
    else:
        notes.append("query and key of APNB differ in this file, so they are not shared here (sharing='none')")
    names = class_names(meta)
    if names is not None and len(names) != config.classes:
        notes.append(
            f"the file names {len(names)} classes but its network has {config.classes}; the names are left out"
        )
        names = None
    about = _plain(contents.beside) | ({"notes": notes} if notes else {})
    return Pretrained(model=_built(config, state), source=layout.name, classes=names, about=about)


def _settings(layout: Layout, meta: Mapping[str, Any], align_corners: bool | None) -> tuple[dict[str, Any], list[str]]:
    """The fields of ModelConfig without a shape: from the layout, and from the configuration in the file."""
    settings, notes = dict(layout.settings), []
    head = head_settings(meta)
    if isinstance(head.get("align_corners"), bool):
        settings["align_corners"] = head["align_corners"]
    elif layout.name == "mmsegmentation" and align_corners is None:
        notes.append("the file holds no configuration, so align_corners is False; the 769x769 networks need True")
    if isinstance(head.get("dropout_ratio"), int | float) and 0 <= head["dropout_ratio"] < 1:
        settings["dropout"] = float(head["dropout_ratio"])
    scales = head.get("key_pool_scales")
    if isinstance(scales, tuple | list) and scales and all(isinstance(s, int) and s > 0 for s in scales):
        settings["pyramid"] = tuple(scales)
    return settings, notes


def _own(path: Path, contents: Contents) -> Pretrained:
    """A checkpoint of this package: weights and recipe, as every run writes them."""
    if "annn" in contents.beside:
        checkpoint = checkpoint_of(path, contents)
        fields = ("recipe", "seed", "data", "scores", "environment", "stored")
        about = {name: getattr(checkpoint, name) for name in fields}
        names = tuple(checkpoint.scores.get("classes", ())) or None
        return Pretrained(model=checkpoint.model, source="annn", classes=names, about=about)
    raise WeightsError(f"{path}: {_contents_in_words(contents)}; {_EXPECTED}.")


def _contents_in_words(contents: Contents) -> str:
    """A description of a file without an ANNN."""
    state = contents.state
    if any(name.startswith("backbone.stem.") for name in state):
        return "holds weights of this package without the recipe, so the network is unknown (use the folder of its run)"
    other = other_network(state)
    if other is None:
        return f"holds no known network ({len(state)} tensors: {', '.join(list(state)[:3])}, ...)"
    hint = " (read it with annn.weights.imagenet.load_imagenet)" if "ImageNet" in other else ""
    return f"is of another model, {other}{hint}"


def _built(config: ModelConfig, state: Mapping[str, Tensor]) -> ANNN:
    with torch.device("meta"):  # does not compute initial weights
        model = ANNN(config)
    model.to_empty(device="cpu")
    for name, tensor in model.state_dict().items():
        if name in state:
            tensor.copy_(state[name])
        else:  # a counter of training steps, which old files lack, or an auxiliary head that the file lacks
            tensor.zero_()
    return model.to(memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]


def _plain(value: Any) -> Any:
    """The other contents of the file, reduced to numbers, strings, and collections of them."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if _is_plain(v)}
    return [_plain(v) for v in value if _is_plain(v)] if isinstance(value, list | tuple) else value


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str | list | tuple | Mapping)
