"""The data of a recipe: the name of a data set, its splits, scenes if they are generated, classes of own labels."""

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
class OwnClass:
    """A class of a person's own labels, as classes.toml has it (`data.own`).

    ids: its values in label files of one channel. colors: RGB in coloured label files. mask: its word in the names of
    mask files. draw: RGB in pictures. ignore: its pixels do not count. rest: it has the pixels that no mask covers.
    """

    name: str
    ids: tuple[int, ...] = ()
    colors: tuple[tuple[int, int, int], ...] = ()
    mask: str = ""
    draw: tuple[int, int, int] = (0, 0, 0)
    ignore: bool = False
    rest: bool = False


@dataclass(frozen=True, kw_only=True)
class Own:
    """A person's own folder: what its classes.toml says of the classes, and the place of that file or its folder.

    The place is where the data lay when the recipe was made. It changes no result, so the key of a run leaves it out.
    """

    place: str
    classes: tuple[OwnClass, ...]


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """A data set by the name of its reader, its splits for training and scoring, and `stand_in` if it is generated.

    own: of a person's own folder, whose name is then `name`; None for the data sets that the library knows.
    """

    name: str = "cityscapes"
    train: str = "train"
    val: str = "val"
    stand_in: StandIn | None = None
    own: Own | None = None
