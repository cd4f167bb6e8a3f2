"""What the paper claims beside what was found here, one line per claim, for the report's first page.

A claim is a dictionary of four texts: claim, paper, here, verdict. The paper's number and ours are different texts in
different columns, and ours names its unit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from annn.analysis import stages
from annn.recipes import Quoted
from annn.tables.differences import UNQUOTED

Claim = Mapping[str, str]


def claim(claim: str, *, paper: str, here: str, verdict: str) -> Claim:
    """One line: what is claimed, what the paper has for it, what was found here, and whether the two agree."""
    return {"claim": claim, "paper": paper, "here": here, "verdict": verdict}


def claims_table(claims: Sequence[Claim]) -> pd.DataFrame:
    """Claims as a table to show; its texts are longer than what pandas shows of a text by default."""
    return pd.DataFrame(claims, columns=["claim", "paper", "here", "verdict"]).set_index("claim").rename_axis(None)


def score_claim(quoted: Mapping[str, Quoted], miou: float, real: bool) -> Claim:
    """That the supplement's own score is above its competitors'; miou in %. Of stand-ins this cannot be judged, nor
    where the paper has no competitor.
    """
    others = {method: quote.miou for method, quote in quoted.items() if method != "Ours"}
    text = "above " + (" and ".join(f"{method} ({value})" for method, value in others.items()) or "other methods")
    theirs = f"{quoted['Ours'].miou} % mIoU" if "Ours" in quoted else UNQUOTED
    judged = "not comparable" if not (real and others) else "agrees" if miou > max(others.values()) else "contradicts"
    return claim(text, paper=theirs, here=f"{miou:.1f} % mIoU", verdict=judged)


def gain_claims(judged: pd.DataFrame, baseline: str, rows: Sequence[str]) -> list[Claim]:
    """What `verdicts` says of some rows, as claims about their gain over a baseline."""
    return [
        claim(
            f"fusing [{row}] against [{baseline}]",
            paper=UNQUOTED if math.isnan(line.paper) else f"{line.paper:+.1f} points of mIoU",
            here=f"{round(line.here, 1) + 0.0:+.1f} points of mIoU",
            verdict=line.verdict,
        )
        for row, line in judged.iterrows()
        if row in rows
    ]


def figure2_claim(measured: pd.DataFrame, pair: str = stages.PAIR) -> Claim:
    """Whether the first three stages of a pair of networks are alike and the last two differ (`stages.similarity`)."""
    cka = [f"{value:.2f}" for value in measured[measured["pair"] == pair].sort_values("stage")["cka"]]
    return claim(
        "a classification and a segmentation network are alike in Stage1 to 3, and differ in Stage4 and 5",
        paper="shown on one image",
        here=f"CKA {', '.join(cka[:3])}; then {', '.join(cka[3:])}",
        verdict=stages.verdict(measured, pair),
    )


def choice_claim(text: str, paper: str, table: pd.DataFrame, without: Sequence[str] = (), said: bool = True) -> Claim:
    """What `differences` finds between choices that the paper calls equal (said), or does not compare.

    without: rows that are no choice.
    """
    rows = table.drop(index=list(without), errors="ignore").query("verdict != 'reference'")
    sure = rows[rows["verdict"] != "within noise"]
    found = "; ".join(f"[{row}] {line.gain:+.1f}" for row, line in (sure if len(sure) else rows).iterrows())
    here = f"points of mIoU over the released one: {found}" + ("" if len(sure) in (0, len(rows)) else "; else noise")
    if not said:
        return claim(text, paper=paper, here=here, verdict="left open by the paper")
    return claim(text, paper=paper, here=here, verdict="does not hold" if len(sure) else "holds")
