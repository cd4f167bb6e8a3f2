"""Recipes of the two questions that the paper leaves open: which weights APNB shares, and how its anchors are sampled.

Every row is the variant +APNB (no AFNB) with one thing changed in its APNB; `REFERENCE` is the released code's block.
No row has a number in the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from annn.errors import ConfigError
from annn.recipes.recipe import Recipe
from annn.recipes.street import street

REFERENCE = "as released"
SHARED_WEIGHTS: Mapping[str, Mapping[str, Any]] = {
    REFERENCE: {},
    "nothing shared": {"sharing": "none"},
    "key = value (Figure 3)": {"sharing": "key=value"},
}
"""What changes in the network's configuration, by row; as released, query and key are one projection."""

SAMPLING: Mapping[str, Mapping[str, Any]] = {
    REFERENCE: {},
    "global mean (1)": {"pyramid": (1,)},
    "PSPNet's (1, 2, 3, 6)": {"pyramid": (1, 2, 3, 6)},
    "one level (8)": {"pyramid": (8,)},
    "maximum instead of mean": {"pooling": "max"},
    "110 random positions": {"pooling": "random"},
    "every position (dense)": {"context": "nonlocal"},
    "no context block": {"context": None},
}
"""As released, anchors are means over grids of 1, 3, 6 and 8 cells a side: 110 of them."""

SHARING_ROWS: Mapping[str, Mapping[str, Any]] = {**SHARED_WEIGHTS, **SAMPLING}


_HEAD_ITERATIONS = {"quick": 500, "standard": 4000}


def sharing_head(row: str, preset: str = "quick", data: str | None = None, draw: int = 0) -> Recipe:
    """As `sharing`, with the schedule of a head alone on the features of a trained backbone (see `annn.heads`).

    Raises ConfigError for the paper preset, which trains on random crops of images too large for their features to be
    kept.
    """
    if preset not in _HEAD_ITERATIONS:
        raise ConfigError(
            f"preset={preset!r} trains whole networks; choose the preset 'quick' or 'standard' for heads."
        )
    recipe = sharing(row, preset, data, draw)
    train = replace(recipe.train, iterations=_HEAD_ITERATIONS[preset])
    return replace(recipe, name=recipe.name.replace("-apnb-", "-head-"), train=train)


def sharing(row: str, preset: str = "quick", data: str | None = None, draw: int = 0) -> Recipe:
    """The recipe of one row of either question. data: as for `table2`. draw: which random positions are the anchors."""
    if row not in SHARING_ROWS:
        raise ConfigError(f"row={row!r} is not known; choose one of {', '.join(map(repr, SHARING_ROWS))}.")
    recipe = street(preset, data)
    changes = dict(SHARING_ROWS[row])
    if changes.get("pooling") == "random":
        changes["anchor_seed"] = draw
    model = replace(recipe.model, fuse=(), context="apnb")
    return replace(recipe, name=f"{recipe.name}-apnb-{_short(row)}", model=replace(model, **changes))


def _short(row: str) -> str:
    """A row as part of a folder's name."""
    return "-".join("".join(c if c.isalnum() else " " for c in row.lower()).split())
