"""Runs as jobs: a failure is told and leaves the others alone; the next call submits what is missing."""

from dataclasses import replace

import pytest

from annn.cli.submitting import submit
from annn.data.config import StandIn
from annn.data.open import open_data
from annn.errors import ConfigError
from annn.model import ModelConfig
from annn.recipes import table2, trial_of
from annn.runs.key import run_folder
from annn.runs.run import is_finished


@pytest.fixture
def jobs():
    recipe = trial_of(table2("Baseline", "quick", "stand-in"))
    model = ModelConfig(classes=19, depth=18, width=8, fuse=(), context=None)
    recipe = replace(
        recipe, model=model, start="nothing", identity=False,
        data=replace(recipe.data, stand_in=StandIn(train=4, val=2, size=(32, 64))),
        augment=replace(recipe.augment, crop=(32, 64)),
    )  # fmt: skip
    return [(recipe, 0), (recipe, 1)]


@pytest.mark.slow(reason="each job imports torch")
def test_one_job_fails_the_other_finishes_and_the_next_call_goes_on(jobs, tmp_path, capfd):
    settings = {"data_root": None, "runs": tmp_path, "device": "cpu", "workers": None}
    splits = open_data(jobs[0][0].data, progress=False)
    good, bad = (run_folder(recipe, seed, *splits, tmp_path) for recipe, seed in jobs)
    bad.mkdir(parents=True)
    (bad / "checkpoint.pt").write_bytes(b"cut off")

    assert submit(jobs, "local", settings, dry_run=True) == 0
    assert not good.exists()
    assert submit(jobs, "local", settings) == 1
    told = capfd.readouterr()
    assert is_finished(good) and not is_finished(bad)
    assert f"1 of 2 jobs failed: {bad.name}" in told.err and "checkpoint.pt: cannot resume" in told.err
    (bad / "checkpoint.pt").unlink()
    assert submit(jobs, "local", settings) == 0
    assert is_finished(bad) and "1 jobs for local" in capfd.readouterr().out


def test_what_cannot_be_submitted_is_refused(jobs):
    with pytest.raises(ConfigError, match="choose one of slurm, local"):
        submit(jobs, "pbs", {})
    with pytest.raises(ConfigError, match="expected a machine of the cluster"):
        submit(jobs, "slurm", {"data_root": None, "runs": None})
