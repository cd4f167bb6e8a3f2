"""The data of a recipe: the name of a data set, its splits, and the number of scenes if they are generated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """Generated scenes: numbers for training and validation, (height, width), and the seed of the generator."""

    train: int
    val: int
    size: tuple[int, int]
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """A data set by the name of its reader, its splits for training and scoring, and `stand_in` if it is generated."""

    name: str = "cityscapes"
    train: str = "train"
    val: str = "val"
    stand_in: StandIn | None = None
