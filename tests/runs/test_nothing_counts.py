"""Labels without a class, and batches without a variance: told, not trained and not scored."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annn.cli.scoring import assess
from annn.data import Cityscapes
from annn.data.config import StandIn
from annn.data.open import open_data
from annn.data.space import IGNORE
from annn.errors import ConfigError, DataError
from annn.evaluate import evaluate
from annn.losses import balanced_weights
from annn.metrics import check_labels
from annn.model import ANNN, ModelConfig
from annn.protocol import WHOLE
from annn.recipes import table2, trial_of
from annn.runs import train_or_load
from annn.runs.frozen import extract
from annn.runs.network import Network


@pytest.fixture
def recipe():
    recipe = trial_of(table2("4 & 5", "quick", "stand-in"))
    return replace(
        recipe, model=ModelConfig(classes=19, depth=18, width=8), start="nothing", identity=False,
        data=replace(recipe.data, stand_in=StandIn(train=2, val=1, size=(32, 64))),
        augment=replace(recipe.augment, crop=(32, 64)),
    )  # fmt: skip


@pytest.fixture
def void(monkeypatch):
    read = Cityscapes.read_label
    monkeypatch.setattr(Cityscapes, "read_label", lambda self, pair: read(self, pair) * 0 + IGNORE)


@pytest.mark.parametrize("balance", [0.0, 0.5])
def test_labels_that_are_all_ignored_train_nothing(recipe, void, tmp_path, balance):
    recipe = replace(recipe, loss=replace(recipe.loss, balance=balance))
    with pytest.raises(DataError, match=r"no pixel of the 2 label maps of the split 'train' .* all are ignored"):
        train_or_load(recipe, runs=tmp_path, device="cpu", progress=False)
    assert not list(tmp_path.glob("*/log.jsonl"))


def test_a_test_split_that_is_all_ignored_is_told_before_the_training(recipe, void, monkeypatch, tmp_path):
    read = Cityscapes.read_label
    monkeypatch.setattr(Cityscapes, "read_label", lambda self, pair: read(self, pair) * (self.split == "val"))
    with pytest.raises(DataError, match=r"of the split 'val' .* all are ignored"):
        train_or_load(recipe, runs=tmp_path, device="cpu", progress=False)
    assert not list(tmp_path.glob("*/log.jsonl"))


def test_labels_that_are_all_ignored_have_no_score(recipe, void, tmp_path):
    _, valset = open_data(recipe.data, progress=False)
    model, said = ANNN(recipe.model), "no pixel of the 1 label maps of the split 'val'"
    network = Network(
        path=tmp_path, model=model, title="", notes=(), classes=None, data=None, protocol=recipe.protocol,
        precision="fp32",
    )  # fmt: skip
    for score in (
        lambda: evaluate(model, valset, progress=False),
        lambda: extract(model, valset, "fp32", WHOLE),
        lambda: assess(network, valset, protocol=recipe.protocol, precision="fp32", save=tmp_path / "out"),
    ):
        with pytest.raises(DataError, match=said):
            score()
    assert not (tmp_path / "out").exists()


def test_one_pixel_that_counts_is_enough(recipe, void, monkeypatch):
    trainset, _ = open_data(recipe.data, progress=False)

    def last_pixel(self, index):
        sample: Any = read(self, index)
        sample.label[-1, -1] = 3 if index == len(self) - 1 else IGNORE
        return sample

    read = Cityscapes.__getitem__
    monkeypatch.setattr(Cityscapes, "__getitem__", last_pixel)
    check_labels(trainset)


def test_weights_of_no_class_are_refused():
    with pytest.raises(DataError, match="no pixel of the label maps has one of the 19 classes"):
        balanced_weights([np.full((2, 3), IGNORE, np.uint8)], 19, 0.5)


def test_one_image_of_one_position_has_no_variance(recipe, tmp_path):
    for size, parts, said in ((1, 1, "batch_size=1 with"), (2, 2, "batch_size=2 in 2 parts with")):
        train = replace(recipe.train, batch_size=size, accumulate=parts)
        small = replace(recipe, train=train, augment=replace(recipe.augment, crop=(8, 8)))
        with pytest.raises(ConfigError, match=f"{said} crops of 8x8 leaves one position"):
            train_or_load(small, runs=tmp_path, device="cpu", progress=False)
