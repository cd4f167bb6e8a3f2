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
from annn.tables.claims import (
    choice_claim,
    claim,
    claims_table,
    figure1_claims,
    figure2_claim,
    gain_claims,
    score_claim,
)
from annn.tables.differences import NOISE, compare, conclusion, differences, gains, said_of_differences, verdicts
from annn.tables.display import shown
from annn.tables.efficiency import bench_frame, claim_table, compared, growth, predicted, ratios, said_of_efficiency
from annn.tables.scores import averages, class_iou, competitors, learning, scores, write

__all__ = [
    "NOISE",
    "SEEDS",
    "Runs",
    "averages",
    "bench_frame",
    "choice_claim",
    "choose",
    "claim",
    "claim_table",
    "claims_table",
    "class_iou",
    "compare",
    "compared",
    "competitors",
    "conclusion",
    "data_name",
    "described",
    "described_context",
    "differences",
    "figure1_claims",
    "figure2_claim",
    "gain_claims",
    "gains",
    "growth",
    "hardware",
    "learning",
    "parse_seeds",
    "predicted",
    "ratios",
    "said_of_differences",
    "said_of_efficiency",
    "score_claim",
    "scores",
    "shorten",
    "shown",
    "verdicts",
    "write",
]
