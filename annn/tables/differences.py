"""What may be concluded from scores: gains paired by seed, and whether they exceed the noise."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from scipy.special import stdtrit

NOISE = 1.0
"""A difference in mIoU (points) below which a single seed is taken for chance: a convention, not a measurement."""
UNQUOTED = "no number in the paper"
"""What stands for the paper's number, and for a verdict about it, where a row or its baseline has none."""


def margin(differences: pd.Series) -> float:
    """How far from zero the mean of paired differences, one per seed, still lies within the noise (points).

    Half the width of the mean's 95 % confidence interval by Student's t: where nothing differs, one gain in twenty
    leaves it, however few the seeds. It takes the spread from the seeds themselves, so that two seeds hardly ever say
    anything: their standard error counts 12.7 times, that of three 4.3 times. A single seed has no spread: `NOISE`.
    """
    count = len(differences)
    if count == 1:
        return NOISE
    return float(stdtrit(count - 1, 0.975) * differences.std() / count**0.5)


def gains(measured: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """mIoU minus the baseline's of the same seed (points): row by seed, empty where either is missing."""
    table = measured.pivot(index="row", columns="seed", values="mIoU").reindex(measured["row"].unique())
    if baseline in table.index:
        return table - table.loc[baseline]
    return table * float("nan")


def compare(measured: pd.DataFrame, paper: Mapping[str, float], baseline: str, measured_on: str) -> pd.DataFrame:
    """Paper beside measured, never mixed: two groups of columns, each named after its data, all in points of mIoU.

    Differences are to the baseline row, and measured ones are paired by seed. Spread is the standard deviation over
    seeds, empty for a single one. paper: of the rows that have a number there; the others' are empty.
    """
    mean = measured.groupby("row", sort=False)["mIoU"].mean()
    gain = gains(measured, baseline)
    quoted = pd.Series(paper, dtype=float).reindex(mean.index)
    theirs, ours = "paper: Cityscapes val, ResNet-101", f"measured here: {measured_on}"
    return pd.DataFrame(
        {
            (theirs, "mIoU"): quoted,
            (theirs, "to baseline"): quoted - paper.get(baseline, math.nan),
            (ours, "mIoU"): mean,
            (ours, "spread"): measured.groupby("row", sort=False)["mIoU"].std(),
            (ours, "to baseline"): gain.mean(axis=1).reindex(mean.index),
            (ours, "spread of that"): gain.std(axis=1).reindex(mean.index),
            (ours, "seeds"): measured.groupby("row", sort=False)["seed"].count(),
        }
    ).rename_axis(None)


def differences(measured: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """What each row gains over the baseline row (points of mIoU, paired by seed), and whether that exceeds the noise.

    The same criterion as in `verdicts`, for rows that have no number in the paper.
    """
    gain = gains(measured, baseline)
    lines = {}
    for row in gain.index:
        per_seed = gain.loc[row].dropna()
        sure = row != baseline and len(per_seed) > 0 and _is_sure(per_seed)
        said = "reference" if row == baseline else "within noise" if not sure else "better"
        lines[row] = {
            "mIoU": measured.loc[measured["row"] == row, "mIoU"].mean(),
            "gain": per_seed.mean(),
            "spread of gain": per_seed.std(),
            "seeds": len(per_seed),
            "verdict": "worse" if said == "better" and per_seed.mean() < 0 else said,
        }
    return pd.DataFrame.from_dict(lines, orient="index")


def said_of_differences(table: pd.DataFrame, claim: str) -> str:
    """What `differences` says about a claim that all rows are about equal, in Markdown."""
    sure = table[table["verdict"].isin(["better", "worse"])]
    seeds = f"{int(table['seeds'].max())} seed{'s' if table['seeds'].max() > 1 else ''}"
    if sure.empty:
        return f"- {claim}; here, no row differs from the reference beyond the noise of {seeds}."
    found = ", ".join(f"[{row}] {line.gain:+.1f}" for row, line in sure.iterrows())
    within = table.index[table["verdict"] == "within noise"]
    rest = f" Within it: {', '.join(f'[{row}]' for row in within)}." if len(within) else ""
    return f"- {claim}; here, beyond the noise of {seeds}: {found} points over the reference.{rest}"


def verdicts(measured: pd.DataFrame, paper: Mapping[str, float], baseline: str) -> pd.DataFrame:
    """Each row's gain over the baseline in the paper and here (points), and what the one says about the other.

    A measured gain counts where it exceeds its `margin`. The verdict is "agrees", "contradicts" (the direction is the
    opposite) or "within noise"; `UNQUOTED` where the paper has no number for the row or for the baseline.
    """
    gain = gains(measured, baseline)
    lines = []
    for row in (row for row in gain.index if row != baseline and not gain.loc[row].isna().all()):
        per_seed, theirs = gain.loc[row].dropna(), paper.get(row, math.nan) - paper.get(baseline, math.nan)
        ours = per_seed.mean()
        verdict = "within noise" if not _is_sure(per_seed) else "agrees" if ours * theirs > 0 else "contradicts"
        verdict = UNQUOTED if math.isnan(theirs) else verdict
        lines.append({"row": row, "paper": theirs, "here": ours, "difference": ours - theirs, "seeds": len(per_seed)})
        lines[-1]["verdict"] = verdict
    return pd.DataFrame(lines, columns=["row", "paper", "here", "difference", "seeds", "verdict"]).set_index("row")


def conclusion(measured: pd.DataFrame, paper: Mapping[str, float], baseline: str) -> str:
    """What matches the paper and what does not, in Markdown: the order of the rows, then each row's verdict."""
    judged, gain = verdicts(measured, paper, baseline), gains(measured, baseline)
    lines = [_said_of_order(measured.groupby("row", sort=False)["mIoU"].mean().to_dict(), paper)]
    if (judged["verdict"] == "within noise").any():
        lines[0] += " Rows whose gains lie within the noise could change places with another seed."
    for row, line in judged.iterrows():
        # A single seed says nothing of its own spread; NOISE is a convention, and is named as one.
        noise = (
            f"the noise of {line.seeds} seeds" if line.seeds > 1 else f"the {NOISE:g} point granted to a single seed"
        )
        said = {
            "agrees": f"the paper's direction, beyond {noise}",
            "contradicts": f"**does not match**: the opposite direction, beyond {noise}",
            "within noise": f"within {noise}; this neither confirms nor contradicts the paper",
            UNQUOTED: f"{'beyond' if _is_sure(gain.loc[row].dropna()) else 'within'} {noise}",
        }[line.verdict]
        theirs = UNQUOTED if line.verdict == UNQUOTED else f"paper {line.paper:+.1f}"
        lines.append(f"[{row}] over [{baseline}]: {theirs}, here {round(line.here, 1) + 0.0:+.1f} points, {said}.")
    return "\n".join(f"- {line}" for line in lines)


def _said_of_order(here: Mapping[str, float], paper: Mapping[str, float]) -> str:
    """The order of the rows in the paper and here; they are compared over the rows that have a number in both."""
    quoted = [row for row in here if row in paper]
    if not quoted:
        return f"Best to worst here: {_order(here)}. The paper has no number for any of these rows."
    theirs, both = _order({row: paper[row] for row in quoted}), _order({row: here[row] for row in quoted})
    same = "the same order" if theirs == both else "another order"
    rest = "" if len(quoted) == len(here) else " of the rows that have a number in the paper"
    return f"Best to worst in the paper: {theirs}. Here: {_order(here)}, {same}{rest}."


def _order(values: Mapping[str, float]) -> str:
    """Rows from best to worst, as one line of text."""
    return " > ".join(f"[{row}]" for row in sorted(values, key=lambda row: -values[row]))


def _is_sure(differences: pd.Series) -> bool:
    return bool(abs(differences.mean()) > margin(differences))
