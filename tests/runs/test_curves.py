"""A run's event files hold what its log holds, each step once, and change nothing else."""

import errno
import logging
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from commands import call

import annn.journal
import annn.train
from annn.augment import AugmentConfig
from annn.data.config import DataConfig, StandIn
from annn.errors import ConfigError
from annn.journal import Journal
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.recipes import Recipe
from annn.runs import Run, train_or_load
from annn.runs.curves import PICTURES, Curves, picture
from annn.train import TrainConfig

_reader = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="the extra annn[tensorboard] is not installed"
)

RECIPE = Recipe(
    name="tiny",
    model=ModelConfig(classes=19, depth=18, width=8, context=None),
    data=DataConfig(stand_in=StandIn(train=2, val=PICTURES + 1, size=(32, 64))),
    augment=AugmentConfig(crop=(32, 64)),
    loss=LossConfig(ohem=False),
    train=TrainConfig(iterations=25, batch_size=2, lr=0.01, precision="fp32"),
)


def go(runs: Path, tensorboard: bool = True, **settings) -> Run:
    return train_or_load(RECIPE, 0, runs=runs, device="cpu", progress=False, tensorboard=tensorboard, **settings)


def events(run: Run) -> Any:
    """What TensorBoard shows."""
    accumulator = _reader.EventAccumulator(str(run.folder / "tensorboard"), size_guidance={"images": 0, "scalars": 0})
    return accumulator.Reload()


def curve(run: Run, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in events(run).Scalars(tag)]


def check(run: Run) -> None:
    """The curves are those of the log; at the end stand the scores and the pictures."""
    for name, tag in {"loss": "train/loss", "lr": "train/lr", "images_per_second": "speed/images_per_second",
                      "waiting": "speed/waiting_for_data"}.items():  # fmt: skip
        assert curve(run, tag) == [(line["step"], pytest.approx(line[name])) for line in run.log]
    assert curve(run, "test/miou") == [(25, pytest.approx(run.scores.miou))]
    tags = events(run).Tags()
    known = {f"iou/{name}" for name, iou in zip(run.scores.classes, run.scores.iou, strict=True) if np.isfinite(iou)}
    assert {tag for tag in tags["scalars"] if tag.startswith("iou/")} == known
    assert len(tags["images"]) == PICTURES
    for tag in tags["images"]:
        (image,) = events(run).Images(tag)
        assert (image.step, image.width, image.height) == (25, 3 * 64, 32)


def test_curves_are_those_of_the_log_and_change_nothing_else(tmp_path: Path) -> None:
    followed, alone = go(tmp_path / "a"), go(tmp_path / "b", tensorboard=False)
    check(followed)
    assert followed.folder.name == alone.folder.name and not (alone.folder / "tensorboard").exists()
    for name, tensor in followed.model("cpu").state_dict().items():
        assert torch.equal(tensor, alone.model("cpu").state_dict()[name])
    seconds = [event.wall_time for event in events(followed).Scalars("train/loss")]
    expected = [line["seconds"] for line in followed.log]
    assert np.allclose(np.diff(seconds), np.diff(expected), atol=1e-3)


@pytest.mark.parametrize("first", [True, False])
def test_a_resumed_run_has_each_step_once(tmp_path: Path, monkeypatch, first: bool) -> None:
    """Killed at step 20 with a checkpoint of step 10: step 20 was written, and is written again with another loss."""
    write = Journal.write

    def die(journal: Journal, step: int, *args, **named):
        line = write(journal, step, *args, **named)
        if step == 20:
            raise KeyboardInterrupt
        return line

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "write", die)
        with pytest.raises(KeyboardInterrupt):
            go(tmp_path, tensorboard=first, checkpoint_every=10)
    run = go(tmp_path, checkpoint_every=10)
    assert len(list((run.folder / "tensorboard").iterdir())) == 1 + first
    check(run)


def test_the_curves_of_a_finished_run_are_drawn_from_its_log_once(tmp_path: Path) -> None:
    run = go(tmp_path, tensorboard=False)
    for _ in range(2):
        check(go(tmp_path))
    assert len(list((run.folder / "tensorboard").iterdir())) == 1


@pytest.mark.parametrize("fault", ["folder", "disk"])
def test_a_disk_that_refuses_ends_the_curves_and_not_the_training(tmp_path, monkeypatch, caplog, fault: str) -> None:
    if fault == "folder":
        monkeypatch.setattr("annn.runs.curves.FOLDER", "recipe.json")  # a file is in its place
    else:

        def refuse(*_, **__) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("torch.utils.tensorboard.writer.SummaryWriter.add_scalar", refuse)
    with caplog.at_level(logging.WARNING):
        run = go(tmp_path)
    assert len(run.log) == 3 and run.scores
    (said,) = [record.message for record in caplog.records if "curves" in record.message]
    assert "end here" in said and "expected" in said and "\n" not in said


def test_without_the_package_it_is_told_before_the_training(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard.writer", None)
    with pytest.raises(ConfigError, match=r"annn\[tensorboard\]"):
        go(tmp_path)
    assert not any(path.name == "log.jsonl" for path in tmp_path.rglob("*"))
    assert (
        call("train", "baseline", "--tensorboard", "--runs", tmp_path, "--start", "nothing", "--data", "stand-in") == 2
    )
    assert "--tensorboard: the package tensorboard cannot be imported" in capsys.readouterr().err


def test_of_several_processes_the_first_one_follows(tmp_path: Path, monkeypatch) -> None:
    for rank, expected in ((0, [0, 1]), (1, [])):
        told: list[int] = []

        class Follower:
            def begin(self, lines, told=told) -> None:
                told.append(len(lines))

            def add(self, line, told=told) -> None:
                told.append(line["step"])

        monkeypatch.setattr(annn.journal, "rank", lambda rank=rank: rank)
        folder = tmp_path / str(rank)
        folder.mkdir()
        journal = Journal(folder, {}, Follower())
        journal.resume()
        journal.write(1, 0.5, 0.1, images=2)
        assert told == expected


def test_a_large_picture_is_thinned_out(tmp_path: Path) -> None:
    from annn.data.camvid import CAMVID
    from annn.data.files import Sample

    sample = Sample(np.zeros((1024, 2048, 3), np.uint8), np.zeros((1024, 2048), np.uint8), "a")
    assert picture(sample, sample.label, CAMVID).shape == (256, 3 * 512, 3)


def test_curves_need_no_folder_before_the_training(tmp_path: Path) -> None:
    curves = Curves(tmp_path / "run")
    curves.close()
    assert not (tmp_path / "run").exists() and not curves.exist
