"""Train or load runs: one run, or several side by side, one on each GPU or core.

Small networks do not use a second thread well: on 2 cores, two runs in parallel train 1.4 times as many images per
second as one run on both cores (ResNet-18 of width 16, 128x256, batch 8, bf16).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from tqdm import tqdm

from annn.data.files import FileDataset
from annn.data.open import open_data
from annn.device import check_workers, choose_device, devices_of, loaders, processes
from annn.parallel import first_alone, join, rank, told
from annn.recipes.recipe import Recipe
from annn.runs.curves import Curves, following, summary_writer
from annn.runs.key import run_folder
from annn.runs.run import Run, begin, finish, is_finished, is_training, last_step, load, weights_of
from annn.runs.training import train_and_score
from annn.train import check_seed

Row = TypeVar("Row", bound=Hashable)
"""What names a row: a text, or several, such as data set and variant."""


def train_or_load(
    recipe: Recipe,
    seed: int = 0,
    *,
    data_root: str | Path | None = None,
    runs: str | Path | None = None,
    device: str = "auto",
    workers: int | None = None,
    checkpoint_every: int = 200,
    progress: bool = True,
    tensorboard: bool = False,
) -> Run:
    """The run of a recipe and a seed: loaded if it is finished, resumed if it was interrupted, else trained.

    The folder name ends in a key of the recipe, the seed, the data files and the code, so that any change in these
    gives another run. Under torchrun all processes train it together; their number is not in
    the key. data_root: see `open_data`. runs: by default `files.runs_folder`. workers: loader processes; None
    means none on a CPU, where they would take cores from the training, and up to eight with a GPU. tensorboard: also
    write its `curves`, those of a finished run from its log. A missing device, missing data, missing initial weights,
    an impossible seed and number of workers raise before the training starts.
    """
    target = choose_device(device)
    check_seed(seed)
    if tensorboard:
        summary_writer()
    workers = check_workers((loaders() if target.type == "cuda" else 0) if workers is None else workers)
    join(target)
    progress = progress and rank() == 0
    with first_alone() as first:  # which draws missing scenes
        splits = open_data(recipe.data, data_root, progress=progress) if first else None
    splits = splits or open_data(recipe.data, data_root, progress=progress)
    folder = run_folder(recipe, seed, *splits, runs)
    before = None
    if recipe.before is not None and not told(is_finished(folder)):
        settings = {"data_root": data_root, "runs": runs, "device": device, "workers": workers}
        settings |= {"checkpoint_every": checkpoint_every, "progress": progress, "tensorboard": tensorboard}
        before = weights_of(train_or_load(recipe.before, seed, **settings).folder)
    with following(folder, tensorboard and rank() == 0) as curves:
        if told(is_finished(folder)):
            return _drawn(_as_now(load(folder), recipe), curves, splits[1], target)
        with begin(folder, recipe, seed) as needed:
            if not needed:
                return _as_now(load(folder), recipe)
            model, scores = train_and_score(
                recipe,
                seed,
                *splits,
                folder,
                target,
                workers=workers,
                checkpoint_every=checkpoint_every,
                progress=progress,
                follower=curves,
                before=before,
            )
            run = finish(folder, recipe, seed, model, scores, splits)
        if curves is not None:
            curves.end(run, model, splits[1])
        return run


def _drawn(run: Run, curves: Curves | None, dataset: FileDataset, device: torch.device) -> Run:
    """The run itself; its curves are drawn from its log if they are wanted and not there."""
    if curves is not None and not curves.exist:
        curves.begin(run.log)
        curves.end(run, run.model(str(device)), dataset)
    return run


def _as_now(run: Run, recipe: Recipe) -> Run:
    """A run with the places of its own folder and of the network that it starts from as they are now."""
    same = run.recipe.data.own == recipe.data.own and run.recipe.network == recipe.network
    return run if same else replace(run, recipe=recipe)


def train_or_load_all(
    jobs: Sequence[tuple[Recipe, int]],
    *,
    data_root: str | Path | None = None,
    runs: str | Path | None = None,
    device: str = "auto",
    progress: bool = True,
) -> list[Run]:
    """The runs of several (recipe, seed), in order; missing runs train side by side, one on each GPU or core.

    A network that others continue from (`Recipe.before`) comes before those; jobs that need none train meanwhile. One
    progress bar counts the steps of all runs. If a run fails, its error is raised and the other runs stop; Ctrl-C stops
    them too. The next call resumes them from their checkpoints.
    """
    settings = {"data_root": data_root, "runs": runs, "device": device}
    for _, seed in jobs:
        check_seed(seed)
    # Before the training: generate stand-ins, and raise for missing data.
    data = {data: open_data(data, data_root, progress=progress) for data in {recipe.data for recipe, _ in jobs}}

    def missing(jobs: Iterable[tuple[Recipe, int]]) -> dict[tuple[Recipe, int], Path]:
        folders = {(recipe, seed): run_folder(recipe, seed, *data[recipe.data], runs) for recipe, seed in jobs}
        return {job: folder for job, folder in folders.items() if not is_finished(folder)}

    rows = missing(jobs)
    firsts = missing((recipe.before, seed) for recipe, seed in rows if recipe.before is not None)
    if len(firsts) == 1 and all((recipe.before, seed) in firsts for recipe, seed in rows):
        # All wait for this one: let it have all cores.
        train_or_load(*firsts.popitem()[0], **settings, progress=progress)
    needed = firsts | rows
    if side_by_side(len(needed), device):
        places: dict[tuple[Recipe | None, int], int] = {job: place for place, job in enumerate(needed)}
        work_side_by_side(
            train_or_load,
            list(needed),
            settings | {"progress": False},
            folders=list(needed.values()),
            steps=sum(recipe.train.iterations for recipe, _ in needed),
            progress=progress,
            after=[places.get((recipe.before, seed)) for recipe, seed in needed],
        )
    return [train_or_load(recipe, seed, **settings, progress=progress) for recipe, seed in jobs]


def train_or_load_rows(
    recipes: Mapping[Row, Recipe],
    seeds: Sequence[int],
    *,
    data_root: str | Path | None = None,
    runs: str | Path | None = None,
    device: str = "auto",
) -> dict[tuple[Row, int], Run]:
    """The runs of a table by (row, seed): each recipe with each seed, all rows of the first seed first."""
    jobs = {(row, seed): (recipe, seed) for seed in seeds for row, recipe in recipes.items()}
    trained = train_or_load_all(list(jobs.values()), data_root=data_root, runs=runs, device=device)
    return dict(zip(jobs, trained, strict=True))


def side_by_side(jobs: int, device: str) -> bool:
    """Whether this number of jobs runs in parallel processes: on several GPUs or cores, outside of torchrun."""
    return min(jobs, len(devices_of(device))) > 1 and "WORLD_SIZE" not in os.environ


def work_side_by_side(
    work: Callable[..., Any],
    jobs: Sequence[tuple],
    settings: dict[str, Any],
    *,
    folders: Sequence[Path],
    steps: int,
    progress: bool,
    after: Sequence[int | None] = (),
) -> None:
    """Call work(*job, **settings) for every job, one process per GPU or core; one bar counts the steps in their logs.

    folders: the run folders of the jobs. after: the place of the job that each one waits for, None where it waits for
    none; empty if none does. If a job fails, its error is raised and the other jobs stop.
    """
    devices = devices_of(settings["device"])
    count = min(len(jobs), len(devices))
    settings = settings | {"device": "auto"}
    title = f"{len(jobs)} runs, {count} at a time"
    with (
        processes(count, devices[:count]) as pool,
        tqdm(total=steps, desc=title, unit="step", disable=not progress) as bar,
    ):
        _watch(lambda place: pool.submit(work, *jobs[place], **settings), after or [None] * len(jobs), folders, bar)


def _watch(submit: Callable[[int], Future], after: Sequence[int | None], folders: Sequence[Path], bar: tqdm) -> None:
    """Submit the jobs, and update the bar from their logs until all have ended; raises the error of a failed run."""
    before = sum(step for step, _ in map(last_step, folders))
    pending = {submit(place): place for place, first in enumerate(after) if first is None}
    while pending:
        done, _ = wait(pending, timeout=1.0, return_when=FIRST_COMPLETED)
        lines = [last_step(folder) for folder in folders]
        bar.update(sum(step for step, _ in lines) - before - bar.n)
        busy = [f"{loss:.3f}" for (_, loss), folder in zip(lines, folders, strict=True) if is_training(folder)]
        bar.set_postfix_str(f"loss {', '.join(busy)}" if busy else "", refresh=True)
        for future in done:
            future.result()  # raises the error of the run
            ended = pending.pop(future)
            pending |= {submit(place): place for place, first in enumerate(after) if first == ended}
