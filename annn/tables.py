"""Numbers for the notebooks: from runs to tables, with the spread over seeds and what may be concluded from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from annn.atomic import replacing, write_text
from annn.errors import ConfigError
from annn.runs import Run

Runs = Mapping[tuple[str, int], Run]
"""The runs of a table, by (row, seed)."""

NOISE = 1.0
"""A difference in mIoU (points) that a single seed cannot tell from chance: seeds alone move small runs this much."""

DATA_NAMES = {"stand-in": "generated street scenes", "cityscapes": "Cityscapes val", "camvid": "CamVid test"}


def choose(text: str, known: Sequence[str]) -> list[str]:
    """The rows named in "first; second", in the table's order, or all of them for "all".

    Raises `ConfigError` for a name that is not known.
    """
    named = [part.strip() for part in text.split(";") if part.strip()]
    if unknown := [name for name in named if name not in known and name != "all"]:
        raise ConfigError(f"rows: there is no row '{unknown[0]}'; use 'all', or of these: {'; '.join(known)}.")
    return list(known) if named in ([], ["all"]) else [name for name in known if name in named]


def parse_seeds(text: str | int) -> list[int]:
    """Seeds written as "0,1,2" or as a single number; raises `ConfigError` for anything else."""
    try:
        seeds = sorted({int(part) for part in str(text).split(",")})
    except ValueError:
        seeds = []
    if not seeds or seeds[0] < 0:
        raise ConfigError(f"seeds: found '{text}', expected whole numbers from 0 on, separated by commas, as 0,1,2.")
    return seeds


def scores(runs: Runs) -> pd.DataFrame:
    """One line per run: row, seed, mIoU and pixel accuracy in %, classes with truth, minutes of training."""
    lines = [
        {
            "row": row,
            "seed": seed,
            "mIoU": 100 * run.scores.miou,
            "pixel accuracy": 100 * run.scores.pixel_accuracy,
            "classes with truth": run.scores.classes_with_truth,
            "minutes": run.seconds / 60,
        }
        for (row, seed), run in runs.items()
    ]
    return pd.DataFrame(lines)


def gains(measured: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """mIoU minus the baseline's of the same seed (points): row by seed, empty where either is missing."""
    table = measured.pivot(index="row", columns="seed", values="mIoU").reindex(measured["row"].unique())
    if baseline in table.index:
        return table - table.loc[baseline]
    return table * float("nan")


def compare(measured: pd.DataFrame, paper: Mapping[str, float], baseline: str, measured_on: str) -> pd.DataFrame:
    """Paper beside measured, never mixed: two groups of columns, each named after its data, all in points of mIoU.

    Differences are to the baseline row, and measured ones are paired by seed. Spread is the standard deviation over
    seeds, empty for a single one.
    """
    mean = measured.groupby("row", sort=False)["mIoU"].mean()
    gain = gains(measured, baseline)
    quoted = pd.Series(paper).reindex(mean.index)
    theirs, ours = "paper: Cityscapes val, ResNet-101", f"measured here: {measured_on}"
    return pd.DataFrame(
        {
            (theirs, "mIoU"): quoted,
            (theirs, "to baseline"): quoted - paper[baseline],
            (ours, "mIoU"): mean,
            (ours, "spread"): measured.groupby("row", sort=False)["mIoU"].std(),
            (ours, "to baseline"): gain.mean(axis=1).reindex(mean.index),
            (ours, "spread of that"): gain.std(axis=1).reindex(mean.index),
            (ours, "seeds"): measured.groupby("row", sort=False)["seed"].count(),
        }
    ).rename_axis(None)


def class_iou(runs: Runs) -> pd.DataFrame:
    """IoU of each class in %, mean over seeds: row by class, in the order of train ids; NaN where undefined."""
    lines = [
        pd.Series(run.scores.iou, index=list(run.scores.classes), name=row) * 100 for (row, _), run in runs.items()
    ]
    return pd.DataFrame(lines).groupby(level=0, sort=False).mean()


def learning(runs: Runs) -> pd.DataFrame:
    """The logs of all runs in one long table: row, seed, and what each log line holds (step, loss, lr, ...)."""
    return pd.concat(
        [pd.DataFrame(run.log).assign(row=row, seed=seed) for (row, seed), run in runs.items()], ignore_index=True
    )


def verdicts(measured: pd.DataFrame, paper: Mapping[str, float], baseline: str) -> pd.DataFrame:
    """Each row of the paper against the baseline, beside what was measured, and whether that says anything.

    A measured difference counts where it exceeds the spread over seeds (two standard errors of the paired
    differences); with a single seed, where it exceeds `NOISE`.
    """
    gain = gains(measured, baseline)
    lines = []
    for row in (row for row in gain.index if row != baseline and not gain.loc[row].isna().all()):
        per_seed, theirs = gain.loc[row].dropna(), paper[row] - paper[baseline]
        ours, sure = per_seed.mean(), _is_sure(per_seed)
        seeds = f"{len(per_seed)} seed{'s' if len(per_seed) > 1 else ''}"
        if not sure:
            said = f"within the noise of {seeds}: says nothing about the paper's order"
        elif (ours > 0) == (theirs > 0):
            said = f"same direction as the paper, beyond the noise of {seeds}"
        else:
            said = f"does not match the paper: the opposite direction, beyond the noise of {seeds}"
        lines.append({"row": row, "paper": theirs, "ours": ours, "difference": ours - theirs, "verdict": said})
    return pd.DataFrame(lines, columns=["row", "paper", "ours", "difference", "verdict"]).set_index("row")


def order(values: Mapping[str, float] | pd.Series) -> str:
    """Rows from best to worst, as one line of text."""
    return " > ".join(f"[{row}]" for row, _ in sorted(dict(values).items(), key=lambda item: -item[1]))


def write(folder: Path, name: str, table: pd.DataFrame, runs: Runs, about: Mapping[str, Any]) -> list[Path]:
    """Write a table as `name.csv`, and as `name.json` with all runs behind it: scores, seeds, hardware, time, data.

    `about` says what else belongs to it (the data's name, the preset). Raises `RunError` where that is not possible.
    """
    folder.mkdir(parents=True, exist_ok=True)
    flat = table.copy()
    flat.columns = [", ".join(column) if isinstance(column, tuple) else column for column in flat.columns]
    with replacing(folder / f"{name}.csv") as temporary:
        flat.round(3).to_csv(temporary, index_label="row")
    lines = [
        {"row": row, "seed": seed, "run": run.folder.name, "minutes": round(run.seconds / 60, 2), **_summary(run)}
        for (row, seed), run in runs.items()
    ]
    write_text(folder / f"{name}.json", json.dumps({**about, "runs": lines}, indent=1) + "\n")
    return [folder / f"{name}.csv", folder / f"{name}.json"]


def _summary(run: Run) -> dict[str, Any]:
    scores = run.scores.to_dict()
    kept = {name: scores[name] for name in ("miou", "miou_present", "pixel_accuracy", "classes_with_truth", "iou")}
    return {**kept, "environment": run.environment}


def _is_sure(differences: pd.Series) -> bool:
    if len(differences) == 1:
        return bool(abs(differences.iloc[0]) > NOISE)
    return bool(abs(differences.mean()) > 2 * differences.std() / len(differences) ** 0.5)
