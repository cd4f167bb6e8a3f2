"""Labels without a class, and batches without a variance: told, not trained and not scored."""

from dataclasses import replace

import pytest

from annn.data import Cityscapes
from annn.data.config import StandIn
from annn.data.open import open_data
from annn.data.space import IGNORE
from annn.errors import ConfigError, DataError
from annn.evaluate import evaluate
from annn.model import ANNN, ModelConfig
from annn.recipes import table2, trial_of
from annn.runs import train_or_load


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


def test_labels_that_are_all_ignored_have_no_score(recipe, void):
    _, valset = open_data(recipe.data, progress=False)
    with pytest.raises(DataError, match="no pixel of the 1 label maps of the split 'val'"):
        evaluate(ANNN(recipe.model), valset, progress=False)


def test_one_image_of_one_position_has_no_variance(recipe, tmp_path):
    train = replace(recipe.train, batch_size=1)
    recipe = replace(recipe, train=train, augment=replace(recipe.augment, crop=(8, 8)))
    with pytest.raises(ConfigError, match="batch_size=1 with crops of 8x8 leaves one position"):
        train_or_load(recipe, runs=tmp_path, device="cpu", progress=False)
