"""`annn train`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import FlagCreatePairsOff, Positional, arg

from annn.cli.app import app
from annn.errors import ConfigError

if TYPE_CHECKING:
    from annn.recipes import Recipe


@app.command
def train(
    row: Annotated[Positional[str], arg(metavar="ROW")],
    *,
    preset: str = "quick",
    data: str | None = None,
    seeds: Annotated[tuple[int, ...], arg(aliases=["--seed"])] = (0,),
    data_root: Path | None = None,
    runs: Path | None = None,
    device: str = "auto",
    workers: int | None = None,
    iterations: int | None = None,
    start: str | None = None,
    from_: Annotated[Path | None, arg(name="from", metavar="RUN_OR_WEIGHTS")] = None,
    accumulate: int | None = None,
    gpus: int = 1,
    submit: str | None = None,
    dry_run: FlagCreatePairsOff[bool] = False,
    hours: float = 24.0,
    partition: str = "",
    tensorboard: FlagCreatePairsOff[bool] = False,
) -> int:
    """Train recipes, or load finished runs; an interrupted run resumes.

    Args:
        row: a row of Table 2 such as "4 & 5", its recipe's name such as fuse-45, or all; a variant of Figure 1, such as
            full, the paper's whole network; or a row of Table 1 or of the main paper, which is a data set such as
            NYUD-V2 (an unknown row lists all)
        preset: quick (CPU, minutes), evening (CPU, an hour), standard (one GPU) or paper (ResNet-101)
        data: the path of a folder of your own, with images/, labels/ and classes.toml; stand-in; or real data: for
            Table 2 and Figure 1 the name of a data set of streets, such as camvid, else real; by default real data
            where they are at hand
        seeds: of the initial weights and the augmentation, such as 0 1 2
        data_root: the data set's folder, by default data/NAME
        runs: folder for runs; by default runs/ in the project
        device: auto, cpu, cuda or cuda:N
        workers: number of processes that load images; by default none on a CPU, up to eight with a GPU
        iterations: number of steps, instead of the preset's
        accumulate: parts of a batch that are computed one after the other, where it does not fit into memory; each has
            its own statistics in batch normalisation, so the result is another
        gpus: number of processes that train a run together, one for each GPU; as `torchrun --nproc_per_node`
        submit: submit one job for each run to slurm, or for a trial to local
        dry_run: with --submit, print what would be submitted
        hours: with --submit, the time limit of a job
        partition: with --submit slurm, where it has several
        tensorboard: also write curves, scores and a few predictions as event files into the run's folder tensorboard
            (extra annn[tensorboard])
        start: nothing, imagenet, or for a ResNet torchvision or authors (whose file); by default the preset's: authors
            for paper, imagenet for the others
        from_: instead, start from a trained network, the folder of a run or a weights file: backbone and blocks are
            kept, the classifiers are new, whatever its classes were
    """
    from annn.parallel import check_processes, launch, rank
    from annn.recipes import starting, with_schedule
    from annn.runs import train_or_load
    from annn.runs.curves import summary_writer
    from annn.runs.scored import data_name

    changes = {"iterations": iterations, "accumulate": accumulate}
    changes = {name: value for name, value in changes.items() if value is not None}
    if start and from_:
        raise ConfigError(
            f"--start {start} and --from {from_}: a network starts from one of them; leave the other out."
        )
    recipes = [starting(recipe, start) if start else recipe for recipe in _recipes(row, preset, data)]
    if from_:
        tell = rank() == 0 and (gpus == 1 or "WORLD_SIZE" in os.environ)  # not also where processes are started
        recipes = [_fine_tuned(recipe, from_, tell) for recipe in recipes]
    recipes = [with_schedule(recipe, **changes) for recipe in recipes]
    jobs = [(recipe, seed) for seed in seeds for recipe in recipes]
    settings = {"data_root": data_root, "runs": runs, "device": device, "workers": workers}
    settings |= {"tensorboard": tensorboard}
    if not seeds:
        raise ConfigError("--seeds: there is no number; expected one or several, such as 0 1 2.")
    if partition and submit != "slurm":
        raise ConfigError(
            f"--partition {partition[:80]}: only slurm has partitions; expected --submit slurm beside it."
        )
    if not 0 < hours < 10_000:
        raise ConfigError(f"--hours {hours:g}: expected the time limit of a job, such as 24.")
    if tensorboard:
        summary_writer()
    if submit is not None:
        from annn.cli.submitting import submit as submit_jobs

        return submit_jobs(jobs, submit, settings, gpus=gpus, hours=hours, partition=partition, dry_run=dry_run)
    check_processes(gpus)
    if gpus > 1 and "WORLD_SIZE" not in os.environ:
        launch(gpus, sys.argv[1:])
        return 0
    for recipe, seed in jobs:
        run = train_or_load(recipe, seed, **settings)
        hardware = run.environment["hardware"]
        if rank() > 0:
            continue
        scored = f"mIoU {100 * run.scores.miou:.1f} % on {data_name({seed: run})}"
        print(f"{run.folder}: {scored}, {run.seconds / 60:.1f} min on {hardware}")
    return 0


def _fine_tuned(recipe: Recipe, network: Path, tell: bool) -> Recipe:
    """The recipe that starts from a network; prints what it keeps of it, before anything is trained."""
    from annn.runs.network import fine_tuned

    tuned, taken = fine_tuned(recipe, network)
    if tell:
        print(f"{tuned.name}: {taken}", flush=True)
    return tuned


def _recipes(row: str, preset: str, data: str | None) -> list[Recipe]:
    """The recipes for a row of Table 2, a recipe's name without the common prefix or with it, "all", a variant of
    Figure 1 in any case of letters, or a data set."""
    from annn.model import VARIANTS
    from annn.recipes import MAIN_PAPER, TABLE1, TABLE2, figure1, main_paper, table1, table2

    if row in TABLE1 or row in MAIN_PAPER:
        return [(table1 if row in TABLE1 else main_paper)(row, preset, data)]
    if variant := next((name for name in VARIANTS if name.lower() == row.lower()), None):
        return [figure1(variant, preset, data)]
    recipes = {name: table2(name, preset, data) for name in TABLE2}
    common = recipes["Baseline"].name.removesuffix("baseline")
    short = {recipe.name.removeprefix(common): recipe for recipe in recipes.values()}
    named = recipes | {recipe.name: recipe for recipe in recipes.values()} | short
    if row == "all":
        return list(recipes.values())
    if row not in named:
        listed = ", ".join(f"'{name}' ({recipe.name.removeprefix(common)})" for name, recipe in recipes.items())
        others = ", ".join([*VARIANTS[1:], *TABLE1, *MAIN_PAPER])
        raise ConfigError(
            f"'{row}' is neither a row of Table 2 nor a recipe; use 'all', or one of: {listed}, {others}."
        )
    return [named[row]]
