"""Recipes: one row of a table each, in three presets; all that determines a result, apart from the seed.

In: the name of a row, a preset (quick, standard, paper), the data. Out: a `Recipe`. It holds no path and no device:
those say where a result is computed, not what it is. The rows carry the paper's numbers.
"""

from annn.recipes.figures import classification, figure1
from annn.recipes.main_paper import MAIN_PAPER, PAPER_MAIN, main_ade20k, main_paper, main_pascal_context
from annn.recipes.recipe import PRESETS, Recipe, read_recipe, starting
from annn.recipes.sharing import AVERAGED, RELEASED, SAMPLING, SHARED_WEIGHTS, UNSHARED, sampling, sharing
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
from annn.recipes.table1 import PAPER_TABLE1, TABLE1, Quoted, table1, table1_coco_stuff, table1_nyud

__all__ = [
    "AVERAGED",
    "DATA",
    "MAIN_PAPER",
    "PAPER_MAIN",
    "PAPER_TABLE1",
    "PAPER_TABLE2",
    "PRESETS",
    "RELEASED",
    "SAMPLING",
    "SHARED_WEIGHTS",
    "TABLE1",
    "TABLE2",
    "UNSHARED",
    "Quoted",
    "Recipe",
    "classification",
    "figure1",
    "main_ade20k",
    "main_paper",
    "main_pascal_context",
    "read_recipe",
    "sampling",
    "sharing",
    "starting",
    "table1",
    "table1_coco_stuff",
    "table1_nyud",
    "table2",
    "table2_baseline",
    "table2_fuse_25_35_45",
    "table2_fuse_35_45",
    "table2_fuse_45",
]
