"""Tables of the notebooks: from runs to numbers, their spread over seeds, and what may be concluded from them.

In: runs by (row, seed). Out: pandas tables, sentences in Markdown, and CSV and JSON files in `results`.
`choices` reads a notebook's parameters, `scores` and `differences` compare rows, `claims` sets the paper's claims
beside what was measured, `figure1` judges what is measured on many images by networks of several seeds, `display`
formats.
"""

from annn.runs.scored import data_name, hardware, published
from annn.tables.choices import (
    SEEDS,
    Networks,
    Runs,
    choose,
    described,
    described_context,
    label,
    parse_seeds,
)
from annn.tables.claims import (
    choice_claim,
    claim,
    claims_table,
    figure2_claim,
    gain_claims,
    score_claim,
)
from annn.tables.differences import (
    NOISE,
    compare,
    conclusion,
    differences,
    gains,
    margin,
    said_of_differences,
    verdicts,
)
from annn.tables.display import shown
from annn.tables.efficiency import (
    bench_frame,
    claim_table,
    compared,
    efficiency_claims,
    growth,
    predicted,
    ratios,
)
from annn.tables.figure1 import (
    figure1_about,
    figure1_claims,
    figure1_conclusion,
    figure1_consistency,
    figure1_pixels,
    figure1_shown,
)
from annn.tables.scores import averages, class_gains, class_iou, competitors, learning, scores, write

__all__ = [
    "NOISE",
    "SEEDS",
    "Networks",
    "Runs",
    "averages",
    "bench_frame",
    "choice_claim",
    "choose",
    "claim",
    "claim_table",
    "claims_table",
    "class_gains",
    "class_iou",
    "compare",
    "compared",
    "competitors",
    "conclusion",
    "data_name",
    "described",
    "described_context",
    "differences",
    "efficiency_claims",
    "figure1_about",
    "figure1_claims",
    "figure1_conclusion",
    "figure1_consistency",
    "figure1_pixels",
    "figure1_shown",
    "figure2_claim",
    "gain_claims",
    "gains",
    "growth",
    "hardware",
    "label",
    "learning",
    "margin",
    "parse_seeds",
    "predicted",
    "published",
    "ratios",
    "said_of_differences",
    "score_claim",
    "scores",
    "shown",
    "verdicts",
    "write",
]
