"""What a weights file holds, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from annn.model import ModelConfig
from annn.weights.pretrained import Pretrained

_LONGEST = 300  # characters of a setting; configurations have thousands
_SOURCES = {"annn": "this package", "authors": "the authors' released code", "mmsegmentation": "mmsegmentation"}


def described(found: Pretrained) -> str:
    """A listing for people: source, size, each setting of the network, classes, and what was stored beside them."""
    config = found.model.config
    million = sum(parameter.numel() for parameter in found.model.parameters()) / 1e6
    names = "no names in the file" if found.classes is None else ", ".join(found.classes)
    lines = [f"as saved by {_SOURCES[found.source]}: ResNet-{config.depth}, {million:.1f} million parameters"]
    lines += [f"  {name:18} {value!r}" for name, value in settings(config).items()]
    lines += [f"{config.classes} classes: {names}"]
    beside = {name: value for name, value in found.about.items() if name != "notes"}
    if beside:
        lines += ["stored beside the weights:", *_indented(beside)]
    return "\n".join([*lines, *(f"note: {note}" for note in found.about.get("notes", ()))])


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
            shown = text if len(text) <= _LONGEST and "\n" not in text else f"({len(text)} characters)"
            lines.append(f"{'  ' * depth}{name}: {shown}")
    return lines
