"""The same function evaluated in several forms, checked and timed against each other in one run: `annn bench`.

In: a case (a part of the network at one size). Out: a row for each form, with time, multiply-adds and memory.
`textbook` is the paper's form and the judge, `fold` the form for inference; `cost` counts without running; `onnx`
exports.

All forms of a comparison have the same weights and the same inputs, and each is checked before it is timed: a form
whose outputs or gradients are not the textbook's is an error, not a row. Where rounding alone is so large that this
says little (a training step of the whole network, half precision), all forms but the compiled ones are held to 1e-9 in
float64 as well. Rounds take the forms in turn, so that a machine that slows down slows all of them; ratios are taken
within a round, and their median is quoted.
"""

from annn.efficiency.case import FORMS, LEVELS, MODES, Case
from annn.efficiency.check import EXACT, TOLERANCE
from annn.efficiency.measure import Row, bench, read, run, save, summary
from annn.efficiency.predict import GPU_ITSELF, Prediction, predict
from annn.efficiency.presets import CROP, PAPER, PRESETS, cases
from annn.efficiency.roof import peak_rates

__all__ = [
    "CROP",
    "EXACT",
    "FORMS",
    "GPU_ITSELF",
    "LEVELS",
    "MODES",
    "PAPER",
    "PRESETS",
    "TOLERANCE",
    "Case",
    "Prediction",
    "Row",
    "bench",
    "cases",
    "peak_rates",
    "predict",
    "read",
    "run",
    "save",
    "summary",
]
