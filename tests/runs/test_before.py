"""Rows of a table that continue from one network: trained once for each seed, the same for all rows, kept whole."""

import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import annn.runs.training
from annn.augment import AugmentConfig
from annn.data.config import DataConfig, StandIn
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.recipes import Recipe
from annn.recipes.presets import LITE
from annn.runs import Run, train_or_load, train_or_load_all
from annn.runs.together import work_side_by_side
from annn.train import TrainConfig

STILL = TrainConfig(iterations=2, batch_size=2, optimizer="adamw", lr=1e-9, weight_decay=0.0, precision="fp32")
"""Steps that move no weight, so that a network shows what it started from."""
FULL = Recipe(
    name="tiny-full",
    model=ModelConfig(
        classes=19, backbone=LITE, output_stride=8, head=16, auxiliary=16, key=8, value=8, sharing="none"
    ),
    data=DataConfig(stand_in=StandIn(train=3, val=2, size=(32, 64))),
    augment=AugmentConfig(crop=(32, 64)),
    loss=LossConfig(ohem=False),
    train=STILL,
    identity=True,
    first=replace(STILL, iterations=3, lr=0.01),
    first_stride=16,
)
BASELINE = replace(FULL, name="tiny-baseline", model=replace(FULL.model, fuse=(), context=None))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict:
    folder = tmp_path_factory.mktemp("before")
    return {"data_root": folder / "data", "runs": folder / "runs", "device": "cpu", "progress": False}


@pytest.fixture(scope="module")
def rows(places: dict) -> list[Run]:
    return train_or_load_all([(BASELINE, 0), (FULL, 0), (FULL, 1)], **places)


def firsts(places: dict) -> list[str]:
    return sorted(path.name.rpartition("-")[0] for path in Path(places["runs"]).glob("tiny-stand-in-*"))


def test_one_network_for_each_seed_is_trained_first(rows: list[Run], places: dict) -> None:
    assert [run.recipe for run in rows] == [BASELINE, FULL, FULL]
    assert firsts(places) == [f"tiny-stand-in-cityscapes-first-from-nothing-seed{seed}" for seed in (0, 1)]


def _noted(name: str, waits_for: str, *, folder: Path, device: str) -> None:
    """Note that the job runs, once another one has; raises if that one does not within a minute."""
    since = time.monotonic()
    while waits_for and not (folder / waits_for).exists():
        assert time.monotonic() < since + 60, f"{name} waits for {waits_for}"
        time.sleep(0.01)
    (folder / name).touch()


def test_jobs_run_beside_the_first_network_that_others_wait_for(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("annn.runs.together.devices_of", lambda device: ["cpu", "cpu"])
    jobs = [("first", "beside"), ("row", ""), ("beside", ""), ("another row", "row")]
    settings = {"folder": tmp_path, "device": "cpu"}
    folders = [tmp_path / "no run"] * len(jobs)
    work_side_by_side(_noted, jobs, settings, folders=folders, steps=0, progress=False, after=[None, 0, None, 0])
    ended = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert ended["beside"] <= ended["first"] <= ended["row"] <= ended["another row"]


def test_a_row_starts_with_all_that_the_first_network_has(rows: list[Run], places: dict) -> None:
    for run in rows:
        assert run.recipe.before is not None
        first = train_or_load(run.recipe.before, run.seed, **places)
        assert first.recipe.train == FULL.first
        # one network, at its own stride, however its rows share
        assert first.config == replace(BASELINE.model, sharing="query=key", output_stride=16)
        assert run.config.output_stride == 8
        learnt = {name: tensor for name, tensor in first.model("cpu").named_parameters()}
        own = dict(run.model("cpu").named_parameters())
        assert {name for name in own if name not in learnt} == {
            name for name in own if name.startswith(("fusion.", "context."))
        }
        for name, tensor in learnt.items():  # the classifiers, too
            torch.testing.assert_close(own[name], tensor, rtol=0, atol=1e-7)
    fuse = rows[1].model("cpu").state_dict()["fusion.5.fuse.weight"][:, :, 0, 0]
    assert torch.allclose(
        fuse[:, -len(fuse) :], torch.eye(len(fuse)), atol=1e-7
    )  # the new block starts as the identity


def test_the_schedule_of_the_first_network_is_in_the_key_of_a_row(rows: list[Run], places: dict) -> None:
    longer = replace(BASELINE, first=replace(STILL, iterations=4, lr=0.01))
    assert train_or_load(longer, 0, **places).folder != rows[0].folder


def test_a_finished_row_needs_the_first_network_no_more(rows: list[Run], places: dict, tmp_path: Path, monkeypatch):
    runs = tmp_path / "runs"
    shutil.copytree(rows[1].folder, runs / rows[1].folder.name)
    monkeypatch.setattr(annn.runs.training, "train", lambda *_, **__: pytest.fail("trained again"))
    assert train_or_load(FULL, 0, **places | {"runs": runs}).scores == rows[1].scores
