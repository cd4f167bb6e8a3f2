"""Figure 1 in numbers: every variant beside the reference, with intervals over images and over seeds.

Both intervals are of the difference of two networks of one seed on the same images. Over images: a bootstrap of the
mean over all seeds; each draw of images is the same for all networks and seeds. So it says how the difference of these
networks depends on the images. Over seeds: Student's t on the differences on all images, one per seed, as in Table 2.
With a single seed there is none, and it is not known how much another training would change. A difference is within
noise where either interval holds 0.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from annn.analysis import bootstrap
from annn.analysis.comparison import Comparison
from annn.analysis.consistency import MEASURES
from annn.tables.claims import Claim, claim
from annn.tables.differences import margin

NOISE, HOLDS, FAILS = "within noise", "holds", "does not hold"


def figure1_consistency(compared: Comparison) -> pd.DataFrame:
    """Each measure of consistency (`consistency.MEASURES`) of each variant: index measure, row.

    value, spread: mean and standard deviation over the seeds. low, high: interval over images of the mean. difference:
    to the reference, variant minus reference, with an interval over images (difference low, difference high) and half
    that over seeds (over seeds). verdict: the reference "better", "worse", or "within noise".
    """
    measured = compared.consistency()
    lines = {}
    for place, measure in enumerate(MEASURES):
        sign = 1 if measure.endswith("↓") else -1  # of variant minus reference, where the reference is better
        for row in compared.variants:
            own, theirs = measured[row][..., place], measured[compared.reference][..., place]
            low, high = bootstrap.interval(own.mean(0)[1:])
            line = {"value": own[:, 0].mean(), "spread": pd.Series(own[:, 0]).std(), "low": low, "high": high}
            line |= _judged(own - theirs, sign, compared.reference) | {"seeds": len(own)}
            lines[measure, row] = line | ({"verdict": "reference"} if row == compared.reference else {})
    return pd.DataFrame.from_dict(lines, orient="index").rename_axis(["measure", "row"])


def figure1_pixels(compared: Comparison) -> pd.DataFrame:
    """`Comparison.totals`, and the net of both directions with its intervals and verdict, as in `figure1_consistency`.

    The difference is better minus worse: the reference's pixel accuracy minus the variant's.
    """
    judged = {row: _judged(net, 1, compared.reference) | {"seeds": len(net)} for row, net in compared.net().items()}
    return compared.totals().join(pd.DataFrame.from_dict(judged, orient="index"))


def figure1_about(compared: Comparison, pixels: pd.DataFrame) -> dict[str, Any]:
    """What was measured, and the table of `figure1_pixels`, as plain values for a table's JSON file."""
    return {**compared.size, "pixels": json.loads(pixels.to_json(orient="index"))}


def figure1_shown(table: pd.DataFrame) -> pd.DataFrame:
    """Either table as texts, with units; what only several seeds have is left out for a single one."""
    several = table["seeds"].max() > 1
    shown = {}
    if "value" in table:
        shown["value"] = table["value"].map(_plain)
        shown["95 % over images"] = _ranges(table, "low", "high")
        shown |= {"spread over seeds": table["spread"].map(_plain)} if several else {}
    else:
        shown |= {f"{way}, % of pixels": table[way].map(_plain) for way in ("better", "worse")}
    shown["difference" if "value" in table else "net, % of pixels"] = table["difference"].map(_signed)
    shown["its 95 % over images"] = _ranges(table, "difference low", "difference high", "+")
    shown |= {"its 95 % over seeds": table["over seeds"].map("± {:.2f}".format)} if several else {}
    shown["verdict"] = table["verdict"]
    if "value" not in table:
        shown |= {f"{way} regions": table[f"{way} regions"] for way in ("better", "worse")}
        shown |= {f"largest {way} region, pixels": table[f"{way} largest"] for way in ("better", "worse")}
    texts = pd.DataFrame(shown, index=table.index)
    empty = [name for name in shown if name.startswith(("difference", "its"))]
    texts.loc[table["verdict"] == "reference", empty] = "\N{EN DASH}"
    return texts.rename_axis([None] * texts.index.nlevels)


def figure1_claims(pixels: pd.DataFrame, table: pd.DataFrame, reference: str, papers: bool = True) -> list[Claim]:
    """Whether `reference` corrects more than it spoils (`figure1_pixels`), and is the most consistent.

    A claim holds where the intervals say so: against each variant, and by each measure against all variants. papers:
    whether the networks are those that the paper compares; of others it claims nothing.
    """
    if not papers:
        return []
    gains = ", ".join(
        f"{_signed(line['difference'])} [{_signed(line['difference low'])}, {_signed(line['difference high'])}] "
        f"against {variant}"
        for variant, line in pixels.iterrows()
    )
    judged = _by_measure(table, reference)
    best = [measure for measure, verdict in judged.items() if verdict == HOLDS]
    return [
        claim(
            f"{reference} is right where a variant is wrong, more than the other way round",
            paper="shown on a few images",
            here=f"net % of pixels: {gains}; {_seeds(pixels)}",
            verdict=_summary([_claimed(verdict, reference) for verdict in pixels["verdict"]]),
        ),
        claim(
            f"{reference} has the best semantic consistency",
            paper="said, without numbers",
            here=f"beyond noise the best by {len(best)} of {len(judged)} measures; {_seeds(table)}",
            verdict=_summary(list(judged.values())),
        ),
    ]


def figure1_conclusion(pixels: pd.DataFrame, table: pd.DataFrame, reference: str, papers: bool = True) -> str:
    """The same in words, with what counts as noise."""
    if not papers:
        return "The paper compares Full with networks that lack its blocks; these are others."
    against = {word: [str(row) for row in pixels.index if _claimed(pixels["verdict"][row], reference) == word]
               for word in (HOLDS, FAILS, NOISE)}  # fmt: skip
    judged = _by_measure(table, reference)
    best, worse = ([name[:-2] for name, verdict in judged.items() if verdict == word] for word in (HOLDS, FAILS))
    parts = {
        f"{reference} corrects more pixels than it spoils against": against[HOLDS],
        f"{reference} spoils more pixels than it corrects against": against[FAILS],
        "What it corrects and what it spoils differ by no more than noise against": against[NOISE],
    }
    lines = [f"{text} {_and(rows)}." for text, rows in parts.items() if rows]
    lines.append(
        f"Beyond noise, {reference} is more consistent than every variant by {len(best) or 'none'} of {len(judged)} "
        f"measures{': ' * bool(best)}{'; '.join(best)}."
    )
    if worse:
        lines.append(f"A variant is more consistent than {reference} by: {'; '.join(worse)}.")
    seeds = int(table["seeds"].max())
    lines.append(
        f"Noise is the 95 % interval of the difference over images, and over {seeds} seeds."
        if seeds > 1
        else "Noise is the 95 % interval of the difference over images; with one seed, what another training would "
        "change is not in it."
    )
    return " ".join(lines)


def _judged(differences: Float[np.ndarray, "S D"], sign: int, reference: str) -> dict[str, float | str]:
    """A difference with its intervals and verdict: a line per seed, first on all images, then on draws of them.

    sign: that of the difference where the reference is better.
    """
    mean, seeds = differences.mean(0), pd.Series(differences[:, 0])
    low, high = bootstrap.interval(mean[1:])
    over_seeds = margin(seeds) if len(seeds) > 1 else math.nan
    sure = (low > 0 or high < 0) and not abs(mean[0]) <= over_seeds  # NaN: a single seed rules nothing out
    verdict = f"{reference} {'better' if mean[0] * sign > 0 else 'worse'}" if sure else NOISE
    found = {"difference": float(mean[0]), "difference low": low, "difference high": high}
    return {**found, "over seeds": over_seeds, "verdict": verdict}


def _by_measure(table: pd.DataFrame, reference: str) -> dict[str, str]:
    """By measure, whether the reference is better than every variant: it fails where one variant is better."""
    others = table[table["verdict"] != "reference"]
    found = {}
    for measure, verdicts in others.groupby(level="measure", sort=False)["verdict"]:
        said = {_claimed(verdict, reference) for verdict in verdicts}
        found[str(measure)] = FAILS if FAILS in said else NOISE if NOISE in said else HOLDS
    return found


def _claimed(verdict: str, reference: str) -> str:
    return {f"{reference} better": HOLDS, f"{reference} worse": FAILS}.get(verdict, NOISE)


def _summary(found: Sequence[str]) -> str:
    """One verdict of several: the word that all have, or how many have which."""
    if len(set(found)) == 1:
        return found[0]
    shares = {word: found.count(word) for word in (HOLDS, FAILS, NOISE)}
    return "; ".join(f"{word} for {count} of {len(found)}" for word, count in shares.items() if count)


def _seeds(table: pd.DataFrame) -> str:
    seeds = int(table["seeds"].max())
    return f"{seeds} seeds" if seeds > 1 else "one seed"


def _ranges(table: pd.DataFrame, low: str, high: str, sign: str = "") -> list[str]:
    text = _signed if sign else _plain
    return [f"{text(first)} to {text(last)}" for first, last in zip(table[low], table[high], strict=True)]


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}"  # no "-0.00"


def _plain(value: float) -> str:
    return "\N{EN DASH}" if math.isnan(value) else f"{value:.2f}"


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
