"""Recipes: each is one row of a table in one preset. A recipe and a seed determine a result.

In: the name of a row, a preset (quick, evening, standard, paper), the data. Out: a `Recipe`. It holds no path and no
device, which do not change a result. The rows hold the paper's numbers.
"""

from annn.recipes.figures import figure1
from annn.recipes.full import Full, Quoted
from annn.recipes.main_paper import MAIN_PAPER, PAPER_MAIN, main_paper
from annn.recipes.recipe import PRESETS, Recipe, fine_tuning, read_recipe, shorten, starting, trial_of, with_schedule
from annn.recipes.sharing import AVERAGED, RELEASED, SAMPLING, SHARED_WEIGHTS, UNSHARED, sampling, sharing
from annn.recipes.table1 import PAPER_TABLE1, TABLE1, table1
from annn.recipes.table2 import DATA, PAPER_TABLE2, TABLE2, Row, table2

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
    "Full",
    "Quoted",
    "Recipe",
    "Row",
    "figure1",
    "fine_tuning",
    "main_paper",
    "read_recipe",
    "sampling",
    "sharing",
    "shorten",
    "starting",
    "table1",
    "table2",
    "trial_of",
    "with_schedule",
]
