"""Heads on frozen features: the backbone stays, the score is the whole network's, runs are trained once."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import annn.runs.frozen
from annn.augment import AugmentConfig, normalise
from annn.data.config import DataConfig, StandIn
from annn.data.open import open_data
from annn.errors import ConfigError
from annn.evaluate import evaluate
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.protocol import WHOLE
from annn.recipes import Recipe
from annn.runs import Run, train_or_load
from annn.runs.frozen import extract, train_heads_or_load
from annn.train import TrainConfig

RECIPE = Recipe(
    name="tiny",
    model=ModelConfig(classes=19, depth=18, width=8, fuse=(), context=None),
    data=DataConfig(stand_in=StandIn(train=4, val=2, size=(32, 64))),
    augment=AugmentConfig(scale=(1, 1), crop=(32, 64)),
    loss=LossConfig(ohem=False, balance=0.5),
    train=TrainConfig(iterations=4, batch_size=2, lr=0.01, precision="fp32"),
)


def head(**changes) -> Recipe:
    return replace(RECIPE, name="head", model=replace(RECIPE.model, **({"context": "apnb"} | changes)))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict:
    root = tmp_path_factory.mktemp("heads")
    return {"data_root": root / "data", "runs": root / "runs", "device": "cpu", "progress": False}


@pytest.fixture(scope="module")
def start(places: dict) -> Run:
    return train_or_load(RECIPE, 0, **places)


def test_only_the_head_is_trained_and_its_score_is_the_whole_networks(start: Run, places: dict) -> None:
    run, other = train_heads_or_load([(head(), 0), (head(context=None), 0)], start, **places)
    assert other.recipe.model.context is None and other.seed == 0
    before, after = start.model("cpu").state_dict(), run.model("cpu").state_dict()
    for name, tensor in before.items():
        same = torch.equal(tensor, after[name]) if name in after and tensor.shape == after[name].shape else False
        if name.startswith("backbone."):
            assert same, name
    assert not torch.equal(before["classifier.1.weight"], after["classifier.1.weight"])
    _, validation = open_data(RECIPE.data, places["data_root"], progress=False)
    whole = evaluate(run.model("cpu"), validation, progress=False)
    assert whole.pixel_accuracy == pytest.approx(run.scores.pixel_accuracy, abs=0.01)  # features are kept in bfloat16
    assert run.metrics["start"] == start.folder.name and run.metrics["stand_in"]
    assert [line["step"] for line in run.log] == [4]


def test_heads_are_trained_once(start: Run, places: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [(head(), 0)]
    (first,) = train_heads_or_load(jobs, start, **places)
    monkeypatch.setattr(annn.runs.frozen, "train", lambda *a, **k: pytest.fail("trained twice"))
    (again,) = train_heads_or_load(jobs, start, **places)
    assert again.folder == first.folder and again.scores == first.scores


def test_the_seed_alone_decides(start: Run, places: dict, tmp_path: Path) -> None:
    (first,) = train_heads_or_load([(head(), 1)], start, **places)
    (again,) = train_heads_or_load([(head(), 1)], start, **(places | {"runs": tmp_path}))
    assert again.scores == first.scores


def test_flipped_features_are_those_of_flipped_images(start: Run, places: dict) -> None:
    data, _ = open_data(RECIPE.data, places["data_root"], progress=False)
    found = extract(start.model("cpu"), data, "fp32", WHOLE, progress=False)
    assert len(found) == 4 and found.size == (32, 64)
    assert found[0].maps.shape == (2, 64, 4, 8)
    model = start.model("cpu")
    with torch.inference_mode():
        expected = model.features(normalise(data[2].image[:, ::-1].copy())[None]).bfloat16()
    torch.testing.assert_close(found[2].maps[1:], expected, rtol=0.02, atol=0.02)


@pytest.mark.parametrize(
    "recipe",
    [
        head(width=16),
        head(fuse=((4, 5),)),
        replace(head(), data=DataConfig(stand_in=StandIn(train=5, val=2, size=(32, 64)))),
    ],
)
def test_a_head_for_another_backbone_or_other_data_is_refused(start: Run, places: dict, recipe: Recipe) -> None:
    with pytest.raises(ConfigError, match="backbone, fusion and data differ"):
        train_heads_or_load([(recipe, 0)], start, **places)


def test_features_that_do_not_fit_are_refused(start: Run, places: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = open_data(RECIPE.data, places["data_root"], progress=False)
    monkeypatch.setattr(annn.runs.frozen, "_LARGEST", 1000)
    with pytest.raises(ConfigError, match=r"the features of 4 images would take .* Train whole networks"):
        extract(start.model("cpu"), data, "fp32", WHOLE, progress=False)
