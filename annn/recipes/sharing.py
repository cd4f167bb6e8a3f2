"""Recipes of the two questions that the paper leaves open: which weights APNB shares, and how its anchors are sampled.

Every row is the variant +APNB (no AFNB) with one change in its block. The paper has no number for any row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from annn.errors import ConfigError
from annn.recipes.figures import figure1
from annn.recipes.recipe import Recipe

RELEASED = "query = key (released code)"
UNSHARED = "nothing shared"
SHARED_WEIGHTS: Mapping[str, Mapping[str, Any]] = {
    RELEASED: {},
    UNSHARED: {"sharing": "none"},
    "key = value (Figure 3)": {"sharing": "key=value"},
    "no context block": {"context": None},
}
"""The change in the network's configuration, by row."""

AVERAGED = "means over 1, 3, 6, 8 (released)"
SAMPLING: Mapping[str, Mapping[str, Any]] = {
    AVERAGED: {},
    "means over 1, 2, 3, 6 (PSPNet)": {"pyramid": (1, 2, 3, 6)},
    "means over 8 alone": {"pyramid": (8,)},
    "one global mean": {"pyramid": (1,)},
    "maxima over 1, 3, 6, 8": {"pooling": "max"},
    "110 random positions": {"pooling": "random"},
    "every position (dense)": {"context": "nonlocal"},
    "no context block": {"context": None},
}
"""The change in the sampling, by row; the block shares nothing in all rows."""

_HEAD_ITERATIONS = {"quick": 60, "evening": 1500, "standard": 3000}


def sharing(row: str, preset: str = "quick", data: str | None = None) -> Recipe:
    """The whole network of one row of `SHARED_WEIGHTS`; data as for `table2`.

    The released block is Figure 1's variant +APNB, and the row without a block is its Baseline: the same recipes.
    """
    _check(row, SHARED_WEIGHTS)
    if row in (RELEASED, "no context block"):
        return figure1("+APNB" if row == RELEASED else "Baseline", preset, data)
    recipe = figure1("+APNB", preset, data)
    return replace(recipe, name=f"{recipe.name}-{_short(row)}", model=replace(recipe.model, **SHARED_WEIGHTS[row]))


def sampling(row: str, preset: str = "quick", data: str | None = None, draw: int = 0, whole: bool = False) -> Recipe:
    """One row of `SAMPLING`, for a head on the features of the network that shares nothing (see `annn.runs.frozen`).

    draw: the seed of the random anchor positions. whole: train the whole network instead, with its own schedule. Raises
    ConfigError for heads with the paper preset: the features of its images do not fit in memory.
    """
    _check(row, SAMPLING)
    recipe = sharing(UNSHARED, preset, data)
    model = replace(recipe.model, **SAMPLING[row])
    model = replace(model, anchor_seed=draw if model.sampling.drawn else 0)
    kind = "whole" if whole else "head"
    recipe = replace(recipe, name=f"{recipe.name}-{kind}-{_short(row)}", model=model)
    if whole:
        return recipe
    if preset not in _HEAD_ITERATIONS:
        raise ConfigError(f"preset={preset!r} trains whole networks; choose whole=True, or another preset.")
    schedule = recipe.first or recipe.train  # heads are trained from random weights
    train = replace(schedule, iterations=_HEAD_ITERATIONS[preset])
    return replace(recipe, train=train, first=None, first_stride=None)


def _check(row: str, known: Mapping[str, Any]) -> None:
    if row not in known:
        raise ConfigError(f"row={row!r} is not known; choose one of {', '.join(map(repr, known))}.")


def _short(row: str) -> str:
    """A row as part of a folder name."""
    return "-".join("".join(c if c.isalnum() else " " for c in row.lower().partition(" (")[0]).split())
