"""Which cases a preset holds: what the paper measured, what the head does in training and testing, and growth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from annn.efficiency.case import Case
from annn.errors import ConfigError

PRESETS = ("quick", "full")
PAPER = ((96, 96), (128, 128), (128, 256))
"""The maps of the paper's efficiency measurement, C = 2048 (`efficiency_statics/` of the released code)."""
CROP = (97, 97)
"""The map of a 769 crop, as in training on Cityscapes."""
_INFERENCE = ("textbook", "ours", "folded")
_GROWTH = ("dense", "dense, fused kernel", "textbook", "ours", "folded")


def cases(preset: str = "quick", precision: str = "fp32") -> list[Case]:
    """The cases of "quick" (a minute or two on two cores) or "full" (fifteen), with compiled forms, too."""
    if preset not in PRESETS:
        raise ConfigError(f"preset={preset!r} is not known; choose one of {', '.join(map(repr, PRESETS))}.")
    sides = [(side, side) for side in (32, 48, 64, 96)]
    maps = sides if preset == "quick" else [*sides, *PAPER[1:]]
    small = [(side, side) for side in (6, 8, 12, 16, 24)]
    found = [Case(level="attention", grid=grid, forms=_GROWTH) for grid in maps]
    found += [Case(level="apnb", grid=grid, channels=512, forms=("dense", *_INFERENCE)) for grid in small]
    found += [Case(level="blocks", grid=CROP, mode="step"), Case(level="head", grid=CROP, forms=_INFERENCE)]
    if preset == "full":
        found.append(Case(level="attention", grid=(256, 256), forms=("dense", *_INFERENCE)))
        found[-3:-1] = _head_and_network()
    return [replace(case, precision=precision) for case in found]


def _head_and_network() -> list[Case]:
    block: dict[str, Any] = {"mode": "step", "channels": 512, "forms": ("dense", "textbook", "ours")}
    compiled = ("textbook", "ours", "ours compiled")
    return [
        *(Case(level="apnb", grid=(side, side), **block) for side in (32, 48, 64, 97)),
        Case(level="blocks", grid=CROP, mode="step", forms=compiled),
        Case(level="blocks", grid=CROP, mode="step", channels_last=True),
        Case(level="head", grid=CROP, forms=("dense", *_INFERENCE, "folded compiled")),
        Case(level="head", grid=CROP, forms=_INFERENCE, channels_last=True),
        Case(level="head", grid=CROP, mode="step", forms=("dense", "textbook", "ours")),
        Case(level="network", grid=(769, 769), forms=_INFERENCE, channels_last=True),
        Case(level="network", grid=(769, 769), mode="step", channels_last=True),
    ]
