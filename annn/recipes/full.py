"""Recipes of the full network (AFNB 4 & 5 and APNB) on data sets other than streets, in every preset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from annn.augment import AugmentConfig
from annn.data import is_own
from annn.data.files import FileDataset
from annn.data.open import at_hand
from annn.errors import ConfigError
from annn.losses import LossConfig
from annn.model import variant
from annn.recipes.presets import check_preset, preset_recipe
from annn.recipes.recipe import Recipe
from annn.train import TrainConfig


class Quoted(NamedTuple):
    """A score from the paper: mIoU in % on the real data set."""

    backbone: str
    miou: float


@dataclass(frozen=True, kw_only=True)
class Full:
    """The full network on one data set.

    short: the data set in the name of the recipe. quoted: the paper's scores by method ("Ours" is the authors'); empty
    if the paper has none. augment, loss, train: for the paper preset.
    """

    kind: type[FileDataset]
    short: str
    augment: AugmentConfig
    train: TrainConfig
    loss: LossConfig = field(default_factory=LossConfig)
    quoted: Mapping[str, Quoted] = field(default_factory=dict)


def full_network(
    rows: Mapping[str, Full], row: str, preset: str, data: str | None, where: str, network: str = "Full"
) -> Recipe:
    """The recipe of a row in a preset. network: a name in `model.VARIANTS`, to compare the full network with.

    `data` is "stand-in" or "real"; None is real for "paper" and where the data set is at hand, else the stand-in.

    where: completes "row=... is not" in the error message. Raises `ConfigError` for unknown values.
    """
    if row not in rows:
        raise ConfigError(f"row={row!r} is not {where}; choose one of {', '.join(map(repr, rows))}.")
    full = rows[row]
    check_preset(preset)
    data = data or ("real" if preset == "paper" or at_hand(full.kind.name) else "stand-in")
    if data not in ("stand-in", "real", full.kind.name):
        own = " On a folder of your own, train a row of Table 2 or a variant such as full." if is_own(data) else ""
        raise ConfigError(f"data={data!r} is not known; choose 'stand-in', or 'real' ('{full.kind.name}').{own}")
    stand_in = data == "stand-in"
    if preset == "paper" and stand_in:
        raise ConfigError("preset='paper' needs real data; choose data='real', or another preset.")
    recipe = preset_recipe(preset, full.kind, stand_in=stand_in)
    name = f"{preset}-{'stand-in-' * stand_in}{full.short}"
    name += "" if network == "Full" else f"-{network.strip('+').lower()}"
    recipe = replace(recipe, name=name, model=variant(recipe.model, network))
    if preset != "paper":
        return recipe
    return replace(recipe, augment=full.augment, loss=full.loss, train=full.train)
