"""From runs to tables of scores, and into files."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from annn.files import make_folder, replacing, write_text
from annn.recipes import Quoted
from annn.runs.scored import ScoredNetwork
from annn.tables.choices import Networks, Runs


def scores(runs: Networks) -> pd.DataFrame:
    """One line per run: row, seed, mIoU and pixel accuracy in %, classes with truth, minutes of training.

    Seed and minutes are missing for networks from files that do not say them.
    """
    lines = [
        {
            "row": row,
            "seed": run.seed,
            "mIoU": 100 * run.scores.miou,
            "pixel accuracy": 100 * run.scores.pixel_accuracy,
            "classes with truth": run.scores.classes_with_truth,
            "minutes": run.seconds / 60,
        }
        for (row, _), run in runs.items()
    ]
    frame = pd.DataFrame(lines)
    return frame.astype({"seed": "Int64"}) if frame["seed"].isna().any() else frame


def averages(runs: Runs) -> pd.DataFrame:
    """One line per run with both averages of IoU, in %: row, seed, mIoU, mIoU of classes with truth, and accuracies.

    They differ by the classes that are predicted somewhere but have no truth: mIoU counts them as 0 (the authors' code
    and mmsegmentation), the other one leaves them out (deeplab-pytorch).
    """
    lines = []
    for (row, seed), run in runs.items():
        found = run.scores
        counted = sum(not math.isnan(iou) for iou in found.iou)
        line: dict[str, Any] = {"row": row, "seed": seed, "mIoU": 100 * found.miou, "over classes": counted}
        line |= {"mIoU, with truth": 100 * found.miou_present, "classes with truth": found.classes_with_truth}
        line |= {"of": len(found.classes), "pixel accuracy": 100 * found.pixel_accuracy}
        lines.append(line | {"mean accuracy": 100 * found.mean_accuracy, "minutes": run.seconds / 60})
    return pd.DataFrame(lines)


def competitors(quoted: Mapping[str, Quoted], runs: Runs, row: str, dataset: str, measured_on: str) -> pd.DataFrame:
    """One half of Table 1: the quoted methods, then this workbook's, whose numbers have columns of their own.

    quoted: by method, "Ours" being the supplement's own. dataset: on whose real images those were measured. Measured
    values are the mean and the spread (standard deviation) over the seeds of `row`.
    """
    mine = {seed: run for (name, seed), run in runs.items() if name == row}
    scored = pd.Series([100 * run.scores.miou for run in mine.values()])
    model = next(iter(mine.values())).recipe.model
    theirs, ours = f"paper: {dataset} test", f"measured here: {measured_on}"
    name = model.backbone_in_words
    found = {(ours, "mIoU"): scored.mean(), (ours, "spread"): scored.std(), (ours, "seeds"): len(mine)}
    quotes = [
        {("", "backbone"): backbone, (theirs, "mIoU"): miou, (theirs, "source"): _source(method)}
        for method, (backbone, miou) in quoted.items()
    ]
    columns = [("", "backbone"), (theirs, "mIoU"), (theirs, "source"), *found]
    lines = pd.DataFrame([*quotes, {("", "backbone"): name, **found}], index=[*quoted, "this workbook"])
    return lines.reindex(columns=pd.MultiIndex.from_tuples(columns)).astype({(ours, "seeds"): "Int64"})


def class_iou(runs: Runs) -> pd.DataFrame:
    """IoU of each class in %, mean over seeds: row by class, in the order of train ids; NaN where undefined."""
    lines = [
        pd.Series(run.scores.iou, index=list(run.scores.classes), name=row) * 100 for (row, _), run in runs.items()
    ]
    return pd.DataFrame(lines).groupby(level=0, sort=False).mean()


def class_gains(runs: Runs, baseline: str, row: str) -> pd.DataFrame:
    """IoU of each class in % for two rows, means over seeds, and what the second gains, largest first (points)."""
    table = class_iou(runs).loc[[baseline, row]].T
    table["gain"] = table[row] - table[baseline]
    return table.sort_values("gain", ascending=False)


def learning(runs: Runs) -> pd.DataFrame:
    """The logs of all runs in one long table: row, seed, and what each log line holds (step, loss, lr, ...).

    The steps of the network that a run continues from (`Recipe.first`) are counted, but not in the table.
    """
    logs = []
    for (row, seed), run in runs.items():
        log = pd.DataFrame(run.log).assign(row=row, seed=seed)
        logs.append(log.assign(step=log["step"] + (run.recipe.first.iterations if run.recipe.first else 0)))
    return pd.concat(logs, ignore_index=True)


def write(folder: Path, name: str, table: pd.DataFrame, runs: Networks, about: Mapping[str, Any]) -> list[Path]:
    """Write a table as `name.csv`, and as `name.json` with all runs behind it: scores, seeds, hardware, time, data;
    for networks from files, which files these are and how they were scored.

    `about` says what else belongs to it (the data's name, the preset). The field `stand_in` says whether the scores are
    of generated data. Raises `RunError` where that is not possible.
    """
    make_folder(folder)
    flat = table.copy()
    flat.columns = [", ".join(filter(None, name)) if isinstance(name, tuple) else name for name in flat.columns]
    label = list(flat.index.names) if flat.index.nlevels > 1 else "row"
    with replacing(folder / f"{name}.csv") as temporary:
        flat.round(3).to_csv(temporary, index_label=label)
    lines = [{"row": row, **run.record, **_summary(run)} for (row, _), run in runs.items()]
    source = {"stand_in": any(run.stand_in for run in runs.values()), "runs": lines}
    write_text(folder / f"{name}.json", json.dumps({**about, **source}, indent=1) + "\n")
    return [folder / f"{name}.csv", folder / f"{name}.json"]


def _summary(run: ScoredNetwork) -> dict[str, Any]:
    scores = run.scores.to_dict()
    kept = {name: scores[name] for name in ("miou", "miou_present", "pixel_accuracy", "classes_with_truth", "iou")}
    return {**kept, "environment": run.environment}


def _source(method: str) -> str:
    return "the supplement's own" if method == "Ours" else "taken from its paper"
