"""Numbers for the notebooks: from runs to tables, with the spread over seeds and what may be concluded from it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from annn.atomic import replacing, write_text
from annn.datasets import DATASETS
from annn.errors import ConfigError
from annn.model import ANNN
from annn.recipes import Quoted, Recipe
from annn.runs import Run

Runs = Mapping[tuple[str, int], Run]
"""The runs of a table, by (row, seed)."""

NOISE = 1.0
"""A difference in mIoU (points) below which a single seed is taken for chance: a convention, not a measurement."""

SEEDS = {"quick": "0", "standard": "0,1,2", "paper": "0"}
"""The seeds of each preset, where none are named."""

_GENERATED = {
    "cityscapes": "generated street scenes",
    "cocostuff10k": "generated things and stuff",
    "nyud": "generated rooms",
}


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


def shorten(recipe: Recipe, iterations: int = 0, scenes: int = 0) -> Recipe:
    """A recipe with fewer steps and generated scenes, to try something out; 0 keeps what it has.

    Raises `ConfigError` for scenes where the recipe generates none.
    """
    if iterations:
        recipe = replace(recipe, train=replace(recipe.train, iterations=iterations))
    if scenes:
        if recipe.data.stand_in is None:
            raise ConfigError(f"scenes={scenes}: {recipe.name} is trained on real data; leave scenes at 0.")
        stand_in = replace(recipe.data.stand_in, train=scenes, val=scenes)
        recipe = replace(recipe, data=replace(recipe.data, stand_in=stand_in))
    return recipe


def described(recipe: Recipe) -> dict[str, str]:
    """What to know of a recipe, in words."""
    model, optimization, (height, width) = recipe.model, recipe.train, recipe.augment.crop
    parameters = sum(parameter.numel() for parameter in ANNN(model).parameters())
    return {
        "fuse": ", ".join(f"{source} & {target}" for source, target in model.fuse) or "nothing",
        "backbone": f"ResNet-{model.depth}" + ("" if model.width == 64 else f" of width {model.width}"),
        "parameters": f"{parameters / 1e6:.2f} M",
        "crops": f"{height}x{width}",
        "training": f"{optimization.iterations} steps of {optimization.batch_size}, {optimization.optimizer}",
    }


def data_name(runs: Runs) -> str:
    """What the runs were scored on, as it heads a column: "generated street scenes" or, say, "CamVid test"."""
    run = next(iter(runs.values()))
    data = run.recipe.data
    return _GENERATED[data.name] if run.metrics["stand_in"] else f"{DATASETS[data.name].space.name} {data.val}"


def hardware(runs: Runs) -> str:
    """What the runs were trained on, each machine once."""
    return "; ".join(dict.fromkeys(run.environment["hardware"] for run in runs.values()))


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
    name = f"ResNet-{model.depth}" + ("" if model.width == 64 else f" of width {model.width}")
    found = {(ours, "mIoU"): scored.mean(), (ours, "spread"): scored.std(), (ours, "seeds"): len(mine)}
    quotes = [
        {("", "backbone"): backbone, (theirs, "mIoU"): miou, (theirs, "source"): _source(method)}
        for method, (backbone, miou) in quoted.items()
    ]
    columns = [("", "backbone"), (theirs, "mIoU"), (theirs, "source"), *found]
    lines = pd.DataFrame([*quotes, {("", "backbone"): name, **found}], index=[*quoted, "this workbook"])
    return lines.reindex(columns=pd.MultiIndex.from_tuples(columns))


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
    """Each row's gain over the baseline in the paper and here (points), and what the one says about the other.

    A measured gain counts where it exceeds two standard errors of the paired differences; with a single seed, where it
    exceeds `NOISE`. The verdict is "agrees", "contradicts" (the direction is the opposite) or "within noise".
    """
    gain = gains(measured, baseline)
    lines = []
    for row in (row for row in gain.index if row != baseline and not gain.loc[row].isna().all()):
        per_seed, theirs = gain.loc[row].dropna(), paper[row] - paper[baseline]
        ours = per_seed.mean()
        verdict = "within noise" if not _is_sure(per_seed) else "agrees" if ours * theirs > 0 else "contradicts"
        lines.append({"row": row, "paper": theirs, "here": ours, "difference": ours - theirs, "seeds": len(per_seed)})
        lines[-1]["verdict"] = verdict
    return pd.DataFrame(lines, columns=["row", "paper", "here", "difference", "seeds", "verdict"]).set_index("row")


def conclusion(measured: pd.DataFrame, paper: Mapping[str, float], baseline: str) -> str:
    """What matches the paper and what does not, in Markdown: the order of the rows, then each row's verdict."""
    mean = measured.groupby("row", sort=False)["mIoU"].mean()
    theirs, ours = (_order(values) for values in ({row: paper[row] for row in mean.index}, mean.to_dict()))
    judged = verdicts(measured, paper, baseline)
    same = "the same order" if theirs == ours else "another order"
    lines = [f"Best to worst in the paper: {theirs}. Here: {ours}, {same}."]
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
        }[line.verdict]
        lines.append(f"[{row}] over [{baseline}]: paper {line.paper:+.1f}, here {line.here:+.1f} points, {said}.")
    return "\n".join(f"- {line}" for line in lines)


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


def _source(method: str) -> str:
    return "the supplement's own" if method == "Ours" else "taken from its paper"


def _order(values: Mapping[str, float]) -> str:
    """Rows from best to worst, as one line of text."""
    return " > ".join(f"[{row}]" for row in sorted(values, key=lambda row: -values[row]))


def _is_sure(differences: pd.Series) -> bool:
    if len(differences) == 1:
        return bool(abs(differences.iloc[0]) > NOISE)
    return bool(abs(differences.mean()) > 2 * differences.std() / len(differences) ** 0.5)
