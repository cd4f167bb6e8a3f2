"""Planted surfaces: perfect sight scores 1, blind guessing 0.5, whatever is guessed."""

import math
from pathlib import Path

import numpy as np
import pytest

from annn.analysis import planted, planted_decisions
from annn.data import CamVid, Cityscapes
from annn.data.scenes import write_cityscapes
from annn.errors import DataError
from annn.model import ANNN, ModelConfig

WALL, FENCE, BUS, TRAIN = 3, 4, 15, 16


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Cityscapes:
    """Enough scenes that each of the four planted classes occurs."""
    root = tmp_path_factory.mktemp("scenes") / "street"
    write_cityscapes(root, train=1, val=24, size=(64, 128), progress=False)
    return Cityscapes(root, "val")


@pytest.fixture
def model() -> ANNN:
    return ANNN(ModelConfig(classes=19, depth=18, width=8))  # never asked: its answers are given by each test


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch):
    """Let the network answer with a function of the truth."""

    def give(scenes: Cityscapes, answer) -> None:
        truth = {sample.image.tobytes(): sample.label for sample in scenes}
        monkeypatch.setattr(planted, "predict", lambda model, image, precision: answer(truth[image.tobytes()]))

    return give


def test_the_truth_scores_one(scenes: Cityscapes, model: ANNN, answers) -> None:
    answers(scenes, lambda label: label)
    assert planted_decisions(model, scenes) == {"wall or fence": 1.0, "bus or train": 1.0}


def test_always_the_same_guess_scores_a_half(scenes: Cityscapes, model: ANNN, answers) -> None:
    answers(scenes, lambda label: np.where(np.isin(label, [WALL, FENCE]), WALL, TRAIN).astype(np.uint8))
    assert planted_decisions(model, scenes) == {"wall or fence": 0.5, "bus or train": 0.5}


def test_always_the_twin_scores_zero(scenes: Cityscapes, model: ANNN, answers) -> None:
    twin = np.arange(256, dtype=np.uint8)
    twin[[WALL, FENCE, BUS, TRAIN]] = [FENCE, WALL, TRAIN, BUS]
    answers(scenes, lambda label: twin[label])
    assert planted_decisions(model, scenes) == {"wall or fence": 0.0, "bus or train": 0.0}


def test_undecided_is_not_a_number(scenes: Cityscapes, model: ANNN, answers) -> None:
    answers(scenes, np.zeros_like)
    assert all(math.isnan(score) for score in planted_decisions(model, scenes).values())


def test_real_data_has_no_planted_surfaces(camvid_root: Path, model: ANNN) -> None:
    with pytest.raises(DataError, match="this is real data"):
        planted_decisions(model, CamVid(camvid_root, "val"))
