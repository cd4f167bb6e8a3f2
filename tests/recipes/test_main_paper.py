"""Recipes of ADE20K and PASCAL-Context say what the released scripts say, and train on stand-ins as they stand."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from annn.data import Ade20k, PascalContext
from annn.data.config import StandIn
from annn.data.open import open_data
from annn.errors import ConfigError, DataError
from annn.recipes import MAIN_PAPER, PAPER_MAIN, PRESETS, main_paper, read_recipe
from annn.runs import train_or_load

CLASSES = {"ADE20K": 150, "PASCAL-Context": 59}
READERS = {"ADE20K": Ade20k, "PASCAL-Context": PascalContext}


@pytest.mark.parametrize("row", MAIN_PAPER)
@pytest.mark.parametrize("preset", PRESETS)
def test_both_sets_train_the_full_network_and_test_on_val(row: str, preset: str):
    recipe = main_paper(row, preset)
    assert (recipe.model.fuse, recipe.model.context) == (((4, 5),), "apnb")
    assert recipe.model.classes == CLASSES[row] == len(READERS[row].space.classes)
    assert (recipe.data.train, recipe.data.val) == ("train", "val")
    assert (recipe.data.stand_in is None) == (preset == "paper")
    assert read_recipe(json.loads(json.dumps(asdict(recipe)))) == recipe
    assert len({main_paper(other, preset).name for other in MAIN_PAPER}) == 2


@pytest.mark.parametrize(
    ("row", "crop", "lr", "iterations", "score"),
    [("ADE20K", 520, 0.02, 150_000, 45.24), ("PASCAL-Context", 480, 0.01, 28_000, 52.8)],
)
def test_the_paper_preset_is_what_the_released_scripts_train(
    row: str, crop: int, lr: float, iterations: int, score: float
):
    recipe = main_paper(row, "paper")
    assert (recipe.model.depth, recipe.model.stem, recipe.model.ceil_mode) == (101, "deep", True)
    augment, train, loss = recipe.augment, recipe.train, recipe.loss
    assert (augment.crop, augment.scale, augment.aspect) == ((crop, crop), (0.5, 2.0), (0.9, 1.1))
    assert (train.batch_size, train.lr, train.weight_decay, train.iterations) == (16, lr, 1e-4, iterations)
    assert (train.optimizer, train.momentum, train.power, train.warmup) == ("sgd", 0.9, 0.9, 0)
    assert loss.ohem and loss.class_weights is None and loss.balance == 0
    assert PAPER_MAIN[row].miou == score


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("NYUD-V2",), "row='NYUD-V2'"),
        (("ADE20K", "fast"), "preset='fast'"),
        (("ADE20K", "quick", "cityscapes"), "data='cityscapes'"),
        (("PASCAL-Context", "paper", "stand-in"), "preset='paper'"),
    ],
)
def test_unknown_names_are_refused(arguments: tuple[str, ...], named: str):
    with pytest.raises(ConfigError, match=f"{named}.*choose"):
        main_paper(*arguments)


@pytest.mark.parametrize("row", MAIN_PAPER)
def test_real_data_that_is_missing_is_refused_with_the_way_to_it(row: str, tmp_path: Path):
    with pytest.raises(DataError, match=r"Run `annn data get \w+`; or download .* unpack"):
        open_data(main_paper(row, "quick", "real").data, tmp_path)


@pytest.mark.parametrize("row", MAIN_PAPER)
def test_the_quick_recipe_trains_on_its_stand_in(row: str, tmp_path: Path):
    recipe = main_paper(row)
    recipe = replace(
        recipe,
        data=replace(recipe.data, stand_in=StandIn(train=4, val=1, size=(60, 80))),
        augment=replace(recipe.augment, crop=(64, 80)),
        train=replace(recipe.train, iterations=2, batch_size=2, precision="fp32", warmup=0),
    )
    run = train_or_load(recipe, data_root=tmp_path / "data", runs=tmp_path / "runs", device="cpu", progress=False)
    assert len(run.scores.classes) == CLASSES[row] and run.metrics["stand_in"]
    assert run.metrics["images"] == {"train": 4, "val": 1}
    assert [line["step"] for line in run.log][-1] in (1, 2) and all(0 < line["loss"] < 20 for line in run.log)
    assert isinstance(open_data(recipe.data, tmp_path / "data")[0], READERS[row])
