"""One function per row of the paper's tables: everything that determines a result, in three presets.

A recipe holds no path and no device: those say where a result is computed, not what it is.
"""

from annn.recipes.recipe import PRESETS, DataConfig, Recipe, StandIn, read_recipe
from annn.recipes.street import (
    DATA,
    PAPER_TABLE2,
    TABLE2,
    table2,
    table2_baseline,
    table2_fuse_25_35_45,
    table2_fuse_35_45,
    table2_fuse_45,
)

__all__ = [
    "DATA",
    "PAPER_TABLE2",
    "PRESETS",
    "TABLE2",
    "DataConfig",
    "Recipe",
    "StandIn",
    "read_recipe",
    "table2",
    "table2_baseline",
    "table2_fuse_25_35_45",
    "table2_fuse_35_45",
    "table2_fuse_45",
]
