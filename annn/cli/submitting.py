"""Submit runs to a cluster, one job each, through submitit; notebooks load them afterwards from the shared disk."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annn.data.open import open_data
from annn.errors import AnnnError, ConfigError
from annn.files import make_folder, runs_folder
from annn.recipes import Recipe
from annn.runs import train_or_load
from annn.runs.key import run_folder
from annn.runs.run import is_finished

CLUSTERS = ("slurm", "local")


def submit(
    jobs: Sequence[tuple[Recipe, int]],
    cluster: str,
    settings: dict[str, Any],
    *,
    gpus: int = 1,
    hours: float = 24.0,
    partition: str = "",
    dry_run: bool = False,
) -> int:
    """Submit the missing ones among several (recipe, seed); returns the exit status.

    cluster: "slurm", which returns at once, or "local", which starts processes here and waits: 1 if a run failed.
    settings: those of `train_or_load`. gpus: processes of a run, one for each GPU. hours: the limit of a job. dry_run:
    only print what would be submitted. Raises ConfigError for another cluster, or without the package submitit.
    """
    if cluster not in CLUSTERS:
        raise ConfigError(f"submit={cluster!r} is not known; choose one of {', '.join(CLUSTERS)}.")
    missing = []
    for recipe, seed in jobs:
        splits = open_data(recipe.data, settings["data_root"])
        folder = run_folder(recipe, seed, *splits, settings["runs"])
        finished = is_finished(folder)
        print(f"{folder.name}: {'finished' if finished else 'to be trained'}")
        missing += [] if finished else [(recipe, seed, folder)]
    print(f"{len(missing)} jobs for {cluster}, each with {gpus} GPU{'s' if gpus > 1 else ''} for up to {hours:g} hours")
    if dry_run or not missing:
        return 0
    executor = _executor(cluster, gpus, hours, partition, settings["runs"])
    with executor.batch():
        submitted = [executor.submit(_train, recipe, seed, settings, gpus) for recipe, seed, _ in missing]
    for job, (_, _, folder) in zip(submitted, missing, strict=True):
        print(f"job {job.job_id}: {folder.name}, log {job.paths.stderr}")
    if cluster == "slurm":
        return 0
    failed = [folder.name for job, (_, _, folder) in zip(submitted, missing, strict=True) if _ended_badly(job)]
    if failed:
        print(f"{len(failed)} of {len(missing)} jobs failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _executor(cluster: str, gpus: int, hours: float, partition: str, runs: str | Path | None) -> Any:
    try:
        import submitit
    except ImportError as error:
        raise ConfigError("--submit: the package submitit is not installed; install annn[cluster].") from error
    try:
        executor = submitit.AutoExecutor(folder=make_folder(Path(runs or runs_folder()) / "jobs"), cluster=cluster)
    except RuntimeError as error:  # no sbatch
        raise ConfigError(
            f"submit={cluster!r}: {error}; expected a machine of the cluster, or choose local."
        ) from error
    executor.update_parameters(name="annn", nodes=1, tasks_per_node=gpus, timeout_min=int(60 * hours) or 1)
    if cluster == "slurm":
        executor.update_parameters(gpus_per_node=gpus, cpus_per_task=8)
        if partition:
            executor.update_parameters(slurm_partition=partition)
    return executor


def _train(recipe: Recipe, seed: int, settings: dict[str, Any], gpus: int) -> str:
    """What a job does."""
    if gpus > 1:
        import submitit

        submitit.helpers.TorchDistributedEnvironment().export()
    try:
        return train_or_load(recipe, seed, **settings).folder.name
    except AnnnError as error:
        raise SystemExit(f"annn: {error}") from error


def _ended_badly(job: Any) -> bool:
    """Wait for a job; print the end of its log if it failed."""
    job.wait()
    if job.exception() is None:
        return False
    lines = job.stderr().splitlines() if job.stderr() else []
    said = [line for line in lines if line.startswith("annn:")] or lines[-1:]
    print(f"job {job.job_id}: failed. {said[-1] if said else 'It left no log.'}", file=sys.stderr)
    return True
