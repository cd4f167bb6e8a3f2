"""A readable description of a weights file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from annn.model import ModelConfig
from annn.weights.pretrained import Pretrained

_LONGEST = 300  # characters of a setting; configurations have thousands
_SOURCES = {"annn": "this package", "authors": "the authors' released code", "mmsegmentation": "mmsegmentation"}


def describe(network: Pretrained) -> str:
    """A readable listing: source, size, settings of the network, classes, and other contents of the file."""
    config = network.model.config
    million = sum(parameter.numel() for parameter in network.model.parameters()) / 1e6
    names = "no names in the file" if network.classes is None else ", ".join(network.classes)
    lines = [f"as saved by {_SOURCES[network.source]}: {config.backbone_in_words}, {million:.1f} million parameters"]
    lines += [f"  {name:18} {value!r}" for name, value in settings(config).items()]
    lines += [f"{config.classes} classes: {names}"]
    beside = {name: value for name, value in network.about.items() if name != "notes"}
    if beside:
        lines += ["also in the file:", *_indented(beside)]
    return "\n".join([*lines, *(f"note: {note}" for note in network.about.get("notes", ()))])


def settings(config: ModelConfig) -> dict[str, Any]:
    """Every field of a ModelConfig but the number of classes."""
    return {field.name: getattr(config, field.name) for field in fields(config) if field.name != "classes"}


def _indented(content: Mapping[str, Any], depth: int = 1) -> list[str]:
    lines = []
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{'  ' * depth}{name}:", *_indented(value, depth + 1)]
        else:
            text = value if isinstance(value, str) else repr(value)
            short = text if len(text) <= _LONGEST and "\n" not in text else f"({len(text)} characters)"
            lines.append(f"{'  ' * depth}{name}: {short}")
    return lines
