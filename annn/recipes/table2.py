"""Recipes of Table 2, on streets: which stages AFNB fuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from annn.data import DATASETS, reader
from annn.data.cityscapes import Cityscapes
from annn.data.files import either
from annn.data.open import at_hand
from annn.data.own import is_place
from annn.errors import ConfigError
from annn.recipes.presets import check_preset, preset_recipe
from annn.recipes.recipe import Recipe


class Row(NamedTuple):
    """fuse: (source, target) stages of each AFNB. paper: mIoU in %; None if the paper has no such row."""

    fuse: tuple[tuple[int, int], ...]
    paper: float | None = None


TABLE2: Mapping[str, Row] = {
    "Baseline": Row(fuse=(), paper=75.8),  # backbone, 3x3 convolution, classifier
    "4 & 5": Row(fuse=((4, 5),), paper=77.1),
    "3 & 5, 4 & 5": Row(fuse=((3, 5), (4, 5)), paper=76.7),
    "2 & 5, 3 & 5, 4 & 5": Row(fuse=((2, 5), (3, 5), (4, 5)), paper=76.2),
}
"""The supplement's Table 2: mIoU on Cityscapes val, ResNet-101, single scale."""

PAPER_TABLE2: Mapping[str, float] = {name: row.paper for name, row in TABLE2.items() if row.paper is not None}
"""The rows with a number in the paper."""

STREETS = tuple(
    sorted((name for name, kind in DATASETS.items() if kind.streets), key=lambda name: DATASETS[name].official["train"])
)
DATA = ("stand-in", *STREETS)
"""The data for Table 2: generated streets, or a real data set of streets."""


def table2(row: str, preset: str = "quick", data: str | None = None) -> Recipe:
    """The recipe of a row of Table 2: AFNBs without APNB.

    `data` is one of `DATA`, or the path of a person's own folder. None is Cityscapes for "paper", and else real streets
    where they are at hand (the smallest data set first), or the stand-in.
    """
    if row not in TABLE2:
        raise ConfigError(f"row={row!r} is not in Table 2; choose one of {', '.join(map(repr, TABLE2))}.")
    check_preset(preset)
    data = data or (Cityscapes.name if preset == "paper" else next(filter(at_hand, STREETS), "stand-in"))
    if data not in DATA and not is_place(data):
        raise ConfigError(
            f"data={data!r} is not known; choose one of {', '.join(DATA)}, or the path of a folder of your own."
        )
    stand_in = data == "stand-in"
    if preset == "paper" and stand_in:
        raise ConfigError(f"preset='paper' is for real data; choose data={either(STREETS)}, or another preset.")
    kind = Cityscapes if stand_in else reader(data)
    recipe = preset_recipe(preset, kind, stand_in=stand_in)
    data = data if data in DATA else kind.name
    fuse = TABLE2[row].fuse
    short = "-".join(["fuse", *(f"{source}{target}" for source, target in fuse)]) if fuse else "baseline"
    return replace(recipe, name=f"{preset}-{data}-{short}", model=replace(recipe.model, fuse=fuse, context=None))
