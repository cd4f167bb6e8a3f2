"""Networks trained elsewhere, and here, from one file each: recognised, checked, and ready for ordinary RGB images."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from annn.errors import ConfigError, WeightsError
from annn.model import ANNN, ModelConfig
from annn.weights.architecture import config_of, differences, shapes_of
from annn.weights.checkpoint import load_checkpoint
from annn.weights.files import Contents, read_file
from annn.weights.layouts import BOTTLENECKS, ELSEWHERE, SHARED, Layout, other_network, recognise, renamed
from annn.weights.mmsegmentation import class_names, head_settings

_WANTED = (
    "expected the authors' checkpoint (fs_annn_cityscapes_segohem_latest.pth), one of mmsegmentation's ANN "
    "(ann_r101-d8_*.pth), or a checkpoint of this package"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pretrained:
    """A trained network in eval mode; it takes images as `augment.normalise` leaves them, whatever it was trained on.

    source: "annn", "authors" or "mmsegmentation". classes: names in train-id order, None where the file holds none.
    about: the settings stored beside the weights, as plain values, and under "notes" what was found unusual.
    """

    model: ANNN
    source: str
    classes: tuple[str, ...] | None
    about: dict[str, Any]


def load(path: str | Path, *, classes: int | None = None, align_corners: bool | None = None) -> Pretrained:
    """The network of a weights file: the authors', mmsegmentation's or this package's, told apart by what it holds.

    classes: the number that the network must have, if it matters. align_corners: of the upsampling to the image's size,
    instead of what the file says; mmsegmentation's 769x769 networks want True where their file does not say so.
    Nothing in the file is executed. Raises WeightsError for a file that is damaged, of another network, or that would
    execute something; parameters that are missing, unexpected or of another shape are listed by block.
    """
    path = Path(path)
    contents = read_file(path)
    layout = recognise(contents.state)
    found = _own(path, contents) if layout is None else _foreign(path, contents, layout, align_corners)
    config = found.model.config
    if classes is not None and classes != config.classes:
        raise WeightsError(
            f"{path}: has {config.classes} classes, expected {classes}. Choose the weights that were trained on this "
            "data set, or the data set that these were trained on."
        )
    if align_corners is not None and align_corners != config.align_corners:
        found.model.config = replace(config, align_corners=align_corners)
    return found


def _foreign(path: Path, contents: Contents, layout: Layout, align_corners: bool | None) -> Pretrained:
    meta = contents.beside.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    settings, notes = _settings(layout, meta, align_corners)
    rows = renamed(contents.state, layout.ours())
    state = {rows[name]: tensor for name, tensor in contents.state.items() if name in rows}
    try:
        config = config_of(state, layout, **settings)
        expected = shapes_of(config, layout)
    except ConfigError as error:
        raise WeightsError(f"{path}: describes a network that cannot be: {error} {_WANTED.capitalize()}.") from error
    if problems := differences(contents.state, expected, layout.block):
        raise WeightsError(
            f"{path}: is no complete ANNN as {layout.title} saves it (read as a ResNet-{config.depth} with "
            f"{config.classes} classes): {'; '.join(problems)}. Fetch the file again, or leave out what was added."
        )
    if config.depth not in BOTTLENECKS:
        raise WeightsError(
            f"{path}: is a ResNet-{config.depth}, whose blocks {layout.title} dilates otherwise than this package; "
            f"expected a depth of {' or '.join(map(str, BOTTLENECKS))}. Choose such a file."
        )
    if config.sharing == "query=key":
        state = {name: tensor for name, tensor in state.items() if not name.startswith(SHARED[0])}
    else:
        notes.append("query and key of APNB differ in this file, so that they are not shared here (sharing='none')")
    names = class_names(meta)
    if names is not None and len(names) != config.classes:
        notes.append(
            f"the file names {len(names)} classes but its network has {config.classes}; the names are left out"
        )
        names = None
    about = _plain(contents.beside) | ({"notes": notes} if notes else {})
    return Pretrained(model=_built(config, state), source=layout.name, classes=names, about=about)


def _settings(layout: Layout, meta: Mapping[str, Any], align_corners: bool | None) -> tuple[dict[str, Any], list[str]]:
    """Fields of ModelConfig that shapes do not tell: the layout's, what the configuration beside the weights says."""
    settings, notes = dict(layout.settings), []
    head = head_settings(meta)
    if isinstance(head.get("align_corners"), bool):
        settings["align_corners"] = head["align_corners"]
    elif layout.name == "mmsegmentation" and align_corners is None:
        notes.append("the file holds no configuration, so align_corners is False; the 769x769 networks want True")
    if isinstance(head.get("dropout_ratio"), int | float) and 0 <= head["dropout_ratio"] < 1:
        settings["dropout"] = float(head["dropout_ratio"])
    scales = head.get("key_pool_scales")
    if isinstance(scales, tuple | list) and scales and all(isinstance(s, int) and s > 0 for s in scales):
        settings["pyramid"] = tuple(scales)
    return settings, notes


def _own(path: Path, contents: Contents) -> Pretrained:
    """A checkpoint of this package: weights with the recipe, as every run writes them."""
    if "annn" in contents.beside:
        checkpoint = load_checkpoint(path)
        about = {
            name: getattr(checkpoint, name) for name in ("recipe", "seed", "data", "scores", "environment", "stored")
        }
        names = tuple(checkpoint.scores.get("classes", ())) or None
        return Pretrained(model=checkpoint.model, source="annn", classes=names, about=about)
    raise WeightsError(f"{path}: {_what(contents)}; {_WANTED}.")


def _what(contents: Contents) -> str:
    """In words what a file without an ANNN in it holds."""
    state = contents.state
    if any(name.startswith("backbone.stem.") for name in state):
        return "holds weights of this package without the recipe that says of which network (name its run's folder)"
    other = other_network(state)
    if other is None:
        return f"holds no network known here ({len(state)} tensors: {', '.join(list(state)[:3])}, ...)"
    hint = " (read it with annn.weights.imagenet.load_imagenet)" if "ImageNet" in other else ""
    return f"is of another model, {other}{hint}"


def _built(config: ModelConfig, state: Mapping[str, Tensor]) -> ANNN:
    with torch.device("meta"):  # without drawing weights that are replaced at once
        model = ANNN(config)
    model.to_empty(device="cpu")
    for name, tensor in model.state_dict().items():
        if name in state:
            tensor.copy_(state[name])
        else:  # a counter of training steps, which old files lack
            tensor.zero_()
    return model.to(memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]


def _our_block(name: str) -> str:
    match = re.match(r"(backbone|fusion|context|classifier|auxiliary)\.", name)
    return match[1] if match else "context" if name.startswith("reduce.") else ELSEWHERE


def _plain(value: Any) -> Any:
    """The harmless part of what lies beside the weights: numbers, strings, and collections of them."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if _is_plain(v)}
    return [_plain(v) for v in value if _is_plain(v)] if isinstance(value, list | tuple) else value


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str | list | tuple | Mapping)
