"""Which data a recipe means: the name of a data set, its splits, and how many scenes where they are generated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """Generated scenes: how many for training and validation, (height, width), and the generator's seed."""

    train: int
    val: int
    size: tuple[int, int]
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Which data set, by the name of its reader, and which splits train and score; `stand_in` if it is generated."""

    name: str = "cityscapes"
    train: str = "train"
    val: str = "val"
    stand_in: StandIn | None = None
