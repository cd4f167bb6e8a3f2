"""Whether a form computes what the textbook computes: in the case's own precision, and where rounding hides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from annn.efficiency.case import Case
from annn.efficiency.forms import as_call, forms, inputs
from annn.errors import RunError

TOLERANCE = 1e-5
"""How far from the textbook in float64 any form may be, relative to its size; or twice as far as the textbook itself is
in the case's precision, where that is more (gradients through a ReLU jump where rounding changes a sign)."""
EXACT = 1e-9
"""How far a form may be where all is computed in float64."""
LOOSE = 1e-3
"""Where the textbook's own rounding is above this, agreement within it says little, and `EXACT` is asked for, too."""
_KERNEL = "dense, fused kernel"


def judge(case: Case, maps: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """What the textbook gives in float64."""
    exactly = replace(case, forms=("textbook",), precision="fp32")
    form = forms(exactly, device, torch.float64)["textbook"]
    return as_call(form, [x.double() for x in maps], exactly, device)()


def deviation(found: Sequence[Tensor], expected: Sequence[Tensor]) -> float:
    """The norm of the difference over the norm of what is expected; the largest of all tensors."""
    pairs = zip(found, expected, strict=True)
    return max(((mine.double() - his).norm() / his.norm()).item() for mine, his in pairs)


def refuse_unequal(case: Case, form: str, difference: float, textbook: float) -> None:
    """Raise RunError for a form that is too far from the judge; textbook: how far the textbook is in this precision."""
    allowed = max(TOLERANCE, 2 * textbook)
    if not difference <= allowed:
        raise RunError(
            f"{case}: '{form}' is {difference:.1e} away from the textbook in float64, relative to its size; expected "
            f"at most {allowed:.0e}, as the textbook itself is {textbook:.1e} away in this precision. What is not "
            "equal is not timed: please report this with your machine and versions."
        )


def exact_differences(case: Case, device: torch.device) -> dict[str, float]:
    """How far each form is from the textbook where all is in float64, on maps of 13x13 or images of 97x97 at most.

    The fused kernel is held against the dense block, on the CPU: a GPU's works in less precision. The compiled forms
    are left out. Raises RunError for one that is further away than `EXACT`.
    """
    side = 97 if case.level == "network" else 13
    names = [form for form in case.forms if not form.endswith("compiled")]
    if _KERNEL in names:
        device, names = torch.device("cpu"), ["dense", *names]
    case = replace(
        case, grid=(min(case.grid[0], side), min(case.grid[1], side)), batch=min(case.batch, 2), precision="fp32",
        forms=tuple(dict.fromkeys(names)),
    )  # fmt: skip
    ways, maps = forms(case, device, torch.float64), [x.double() for x in inputs(case, device)]
    outputs = {form: as_call(way, maps, case, device)() for form, way in ways.items()}
    found = {}
    for form in set(ways) - {"textbook", "dense"}:
        found[form] = deviation(outputs[form], outputs["dense" if form == _KERNEL else "textbook"])
        if not found[form] <= EXACT:
            raise RunError(
                f"{case}: '{form}' is {found[form]:.1e} away from the textbook where both are in float64; expected at "
                f"most {EXACT:.0e}. It is another function, and is not timed: please report this with your versions."
            )
    return found
