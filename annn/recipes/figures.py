"""Recipes of Figure 1: the four variants. Figure 2 takes its segmentation networks from Table 2."""

from __future__ import annotations

from dataclasses import replace

from annn.errors import ConfigError
from annn.model import VARIANTS, variant
from annn.recipes.recipe import Recipe
from annn.recipes.table2 import table2


def figure1(name: str, preset: str = "quick", data: str | None = None) -> Recipe:
    """A variant of Figure 1: "Baseline", "+AFNB", "+APNB" or "Full".

    The first two are rows of Table 2 ("Baseline" and "4 & 5"), the same recipes; the others differ only in their
    blocks.
    """
    if name not in VARIANTS:
        raise ConfigError(f"variant={name!r} is not in Figure 1; choose one of {', '.join(map(repr, VARIANTS))}.")
    baseline = table2("Baseline", preset, data)
    if name in ("Baseline", "+AFNB"):
        return baseline if name == "Baseline" else table2("4 & 5", preset, data)
    title = baseline.name.removesuffix("baseline") + name.strip("+").lower()
    return replace(baseline, name=title, model=variant(baseline.model, name))
