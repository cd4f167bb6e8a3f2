"""The settings of the explorer's page, and what may be switched off in its views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from annn.analysis.effects import CONVENTIONS, Off, Rectangle, anchors_of, inside
from annn.attention import Attention
from annn.errors import ConfigError
from annn.explorer.payload import COLORMAPS


class Settings(TypedDict, total=False):
    """The settings of the page; missing ones are in `DEFAULTS`, and `CHOICES` lists the values of texts."""

    mode: str
    view: str
    convention: str
    scale: str
    colors: str
    base: str
    opacity: float
    level: int


DEFAULTS: dict[str, Any] = {
    "mode": "query", "view": "pixels", "convention": "removed", "scale": "query", "colors": "viridis", "base": "image",
    "opacity": 0.6, "level": 3,
}  # fmt: skip
CHOICES: dict[str, tuple[str, ...]] = {
    "mode": ("query", "anchor", "off"),
    "view": ("pixels", "cells", "effect"),
    "convention": CONVENTIONS,
    "scale": ("query", "absolute"),
    "colors": tuple(COLORMAPS),
    "base": ("image", "prediction", "truth"),
}


def complete(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The page's settings with defaults; raises ConfigError for unknown names or values."""
    for name, value in settings.items():
        if name not in DEFAULTS or value not in CHOICES.get(name, (value,)):
            raise ConfigError(
                f"{name}={value!r} is not a setting; expected "
                + ", ".join(f"{n}={' | '.join(values)}" for n, values in CHOICES.items())
                + ", opacity=0..1 or level=0..3."
            )
    return DEFAULTS | dict(settings)


def anchors_off(attention: Attention, choice: Off, key: str) -> list[int]:
    """The anchors of a view that are meant, each once, in order; of a rectangle those that lie half inside.

    Raises ConfigError for an anchor or a level that the view has not.
    """
    if isinstance(choice, Rectangle):
        return inside(attention, choice)
    return sorted(set(anchors_of(choice, attention.sampling, attention.value_grid, key)))
