"""`annn train`."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

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
    seed: int = 0,
    data_root: Path | None = None,
    runs: Path | None = None,
    device: str = "auto",
    workers: int | None = None,
    iterations: int | None = None,
    start: str | None = None,
    accumulate: int | None = None,
    gpus: int = 1,
) -> int:
    """Train recipes, or load finished runs; an interrupted run resumes.

    Args:
        row: a row of Table 2 such as "4 & 5", its recipe's name such as fuse-45, or all; or a row of Table 1 or of the
            main paper, which is a data set such as NYUD-V2 (an unknown row lists all)
        preset: quick (CPU, minutes), evening (CPU, half an hour a run), standard (one GPU) or paper (ResNet-101)
        data: stand-in, or real data: for Table 2 the name of a data set of streets, such as camvid, else real; by
            default real data where they are at hand
        seed: of the initial weights and the augmentation
        data_root: the data set's folder, by default data/NAME
        runs: folder for runs; by default runs/ in the project
        device: auto, cpu, cuda or cuda:N
        workers: number of processes that load images; by default none on a CPU, up to eight with a GPU
        iterations: number of steps, instead of the preset's
        accumulate: parts of a batch that are computed one after the other, where it does not fit into memory; each has
            its own statistics in batch normalisation, so the result is another
        gpus: number of processes that train a run together, one for each GPU; as `torchrun --nproc_per_node`
        start: nothing, imagenet, or for a ResNet torchvision or authors (whose file); by default the preset's: authors
            for paper, imagenet for the others
    """
    from annn.parallel import launch, rank
    from annn.recipes import starting
    from annn.runs import train_or_load

    if gpus < 1:
        raise ConfigError(f"--gpus {gpus}: expected the number of GPUs to train on, at least 1.")
    if gpus > 1 and "WORLD_SIZE" not in os.environ:
        launch(gpus, sys.argv[1:])
        return 0
    for recipe in _recipes(row, preset, data):
        if start is not None:
            recipe = starting(recipe, start)
        changes = {"iterations": iterations, "accumulate": accumulate}
        changes = {name: value for name, value in changes.items() if value is not None}
        recipe = replace(recipe, train=replace(recipe.train, **changes))
        run = train_or_load(recipe, seed, data_root=data_root, runs=runs, device=device, workers=workers)
        hardware = run.environment["hardware"]
        if rank() > 0:
            continue
        print(f"{run.folder}: mIoU {100 * run.scores.miou:.1f} %, {run.seconds / 60:.1f} min on {hardware}")
    return 0


def _recipes(row: str, preset: str, data: str | None) -> list[Recipe]:
    """The recipes for a row of Table 2, a recipe's name with or without the common prefix, "all", or a data set."""
    from annn.recipes import MAIN_PAPER, TABLE1, TABLE2, main_paper, table1, table2

    if row in TABLE1 or row in MAIN_PAPER:
        return [(table1 if row in TABLE1 else main_paper)(row, preset, data)]
    recipes = {name: table2(name, preset, data) for name in TABLE2}
    common = recipes["Baseline"].name.removesuffix("baseline")
    short = {recipe.name.removeprefix(common): recipe for recipe in recipes.values()}
    named = recipes | {recipe.name: recipe for recipe in recipes.values()} | short
    if row == "all":
        return list(recipes.values())
    if row not in named:
        listed = ", ".join(f"'{name}' ({recipe.name.removeprefix(common)})" for name, recipe in recipes.items())
        sets = ", ".join([*TABLE1, *MAIN_PAPER])
        raise ConfigError(f"'{row}' is neither a row of Table 2 nor a recipe; use 'all', or one of: {listed}, {sets}.")
    return [named[row]]
