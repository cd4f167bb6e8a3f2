"""Numbers for the notebooks: from runs to tables, with the spread over seeds and what may be concluded from it."""

from annn.tables.choices import (
    SEEDS,
    Runs,
    choose,
    data_name,
    described,
    described_context,
    hardware,
    parse_seeds,
    shorten,
)
from annn.tables.differences import NOISE, compare, conclusion, differences, gains, said_of_differences, verdicts
from annn.tables.scores import averages, class_iou, competitors, learning, scores, write

__all__ = [
    "NOISE",
    "SEEDS",
    "Runs",
    "averages",
    "choose",
    "class_iou",
    "compare",
    "competitors",
    "conclusion",
    "data_name",
    "described",
    "described_context",
    "differences",
    "gains",
    "hardware",
    "learning",
    "parse_seeds",
    "said_of_differences",
    "scores",
    "shorten",
    "verdicts",
    "write",
]
