"""Networks are trained, loaded, scored and used on a person's own folder, wherever it lies."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call
from own_folders import NAMES, STEMS, classes_toml, write_own
from PIL import Image

from annn.augment import AugmentConfig
from annn.data import in_words
from annn.data.open import open_data
from annn.errors import ConfigError, DataError, WeightsError
from annn.model import ModelConfig
from annn.recipes import Recipe, figure1, read_recipe, table1, table2
from annn.runs import load, open_network, train_or_load
from annn.runs.key import content_key
from annn.runs.network import fine_tuned, label_space, open_test_data
from annn.runs.scored import data_name, published
from annn.weights import load as load_weights

SIZE = (40, 56)


def small(recipe: Recipe) -> Recipe:
    """A recipe of a small network in two steps."""
    of_recipe = {"classes": recipe.model.classes, "fuse": recipe.model.fuse, "context": recipe.model.context}
    model = ModelConfig(depth=18, width=8, **of_recipe)
    train = replace(recipe.train, iterations=2, batch_size=2, precision="fp32", warmup=0)
    augment = AugmentConfig(crop=(32, 48))
    settings: dict[str, Any] = {"first": None, "first_stride": None, "test_scale": 1.0, "start": "nothing"}
    return replace(recipe, model=model, train=train, augment=augment, **settings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_own(tmp_path / "rivers", size=SIZE)


@pytest.fixture
def run(folder: Path, tmp_path: Path):
    return go(small(table2("4 & 5", "quick", str(folder))), tmp_path)


def go(recipe: Recipe, tmp_path: Path):
    return train_or_load(recipe, 0, runs=tmp_path / "runs", device="cpu", progress=False)


@pytest.mark.parametrize("make", [lambda data: table2("4 & 5", "quick", data), lambda data: figure1("Full", data=data)])
def test_recipes_take_a_folder(folder: Path, make: Callable[[str], Recipe]) -> None:
    recipe = make(str(folder))
    assert recipe.name.startswith("quick-rivers-") and recipe.model.classes == 3
    assert recipe.data.own is not None and [entry.name for entry in recipe.data.own.classes] == [*NAMES, "void"]
    assert read_recipe(json.loads(json.dumps(asdict(recipe)))) == recipe
    assert not recipe.loss.ohem and recipe.data.stand_in is None
    for preset in ("evening", "standard", "paper"):
        assert table2("Baseline", preset, str(folder)).model.classes == 3


def test_neither_a_name_nor_a_folder_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"data='nothing' is not known; choose one of .*, or the path of a folder"):
        table2("4 & 5", "quick", "nothing")
    with pytest.raises(DataError, match=r"no/where: does not exist"):
        table2("4 & 5", "quick", "no/where")
    with pytest.raises(ConfigError, match=r"On a folder of your own, train a row of Table 2"):
        table1("NYUD-V2", "quick", "no/where")


def test_a_run_says_what_it_was_scored_on_and_never_passes_as_published(run, folder: Path) -> None:
    assert run.folder.name.startswith("quick-rivers-fuse-45-seed0-")
    assert data_name({0: run}) == "rivers, own split 3/1" and not published({0: run})
    assert run.scores.classes == NAMES
    assert load_weights(run.folder / "weights.safetensors").about["data"] == "rivers, own split 3/1"
    assert in_words(run.data, True) == "generated scenes (rivers)"


def key_of(folder: Path) -> str:
    recipe = small(table2("4 & 5", "quick", str(folder)))
    return content_key(recipe, 0, *open_data(recipe.data))


def test_the_key_follows_the_content_and_not_the_place(folder: Path, tmp_path: Path) -> None:
    key = key_of(folder)
    elsewhere = Path(shutil.copytree(folder, tmp_path / "other/rivers"))
    assert key_of(elsewhere) == key
    changes: dict[str, Callable[[Path], Any]] = {
        "a class": lambda root: (root / "classes.toml").write_text(classes_toml("index").replace("tree", "bush")),
        "an id": lambda root: (root / "classes.toml").write_text(
            classes_toml("index").replace("id = 1", "id = 9").replace("id = 0", "id = 1").replace("id = 9", "id = 0")
        ),
        "the split": lambda root: (root / "train.txt").write_text("a\nb\n"),
        "the order": lambda root: (root / "train.txt").write_text("c\nb\na\n"),
        "an image": lambda root: Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(root / "images/a.png"),
    }
    keys = {key}
    for what, change in changes.items():
        copy = Path(shutil.copytree(folder, tmp_path / what / "rivers"))
        change(copy)
        keys.add(key_of(copy))
    assert len(keys) == 1 + len(changes)


def test_a_folder_that_moved_gives_the_same_run_and_its_new_place(run, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    moved = Path(shutil.move(folder, tmp_path / "new/rivers"))
    again = go(small(table2("4 & 5", "quick", str(moved))), tmp_path)
    assert again.folder == run.folder and again.scores == run.scores
    assert again.data.own is not None and Path(again.data.own.place) == moved
    network = open_network(run.folder, "cpu")
    with pytest.raises(DataError, match=r"rivers: does not exist"):
        open_test_data(network, None, None, None)
    assert len(open_test_data(network, None, moved, None)) == len(open_test_data(network, str(moved), None, None)) == 1


def test_a_network_knows_its_classes_without_the_folder(run, folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder)
    space = label_space(open_network(run.folder, "cpu"), None)
    assert space.classes == NAMES and space.void_id == 255
    file = shutil.copy(run.folder / "weights.safetensors", tmp_path / "sent.safetensors")
    assert label_space(open_network(file, "cpu"), None) == space


def test_other_classes_are_refused_even_as_many(run, tmp_path: Path) -> None:
    other = write_own(tmp_path / "other")
    (other / "classes.toml").write_text(classes_toml("index").replace("tree", "bush"))
    network = open_network(run.folder, "cpu")
    with pytest.raises(ConfigError, match=r"predicts wall, tree, sea, but other has wall, bush, sea"):
        open_test_data(network, str(other), None, None)
    with pytest.raises(ConfigError, match="predicts 3 classes, but CamVid has 11"):
        label_space(network, "camvid")


def test_evaluate_and_predict_on_the_command_line(run, folder: Path, tmp_path: Path, capsys) -> None:
    assert call("evaluate", run.folder, "--device", "cpu", "--save", tmp_path / "scores") == 0
    assert "1 images of rivers (test)" in capsys.readouterr().out
    assert call("evaluate", run.folder, "--data", folder, "--split", "train", "--device", "cpu") == 0
    assert "3 images of rivers (train)" in capsys.readouterr().out
    assert call("predict", run.folder, folder / "images", "-o", tmp_path / "out", "--device", "cpu") == 0
    assert "ids and colours of rivers" in capsys.readouterr().out
    for stem in STEMS:
        assert set(np.unique(np.array(Image.open(tmp_path / f"out/{stem}_labels.png")))) <= {0, 1, 2}


def test_ids_of_16_bits_are_predicted_as_such(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "wide", "16 bit", size=SIZE)
    run = go(small(table2("4 & 5", "quick", str(folder))), tmp_path)
    assert call("predict", run.folder, folder / "images/a.png", "-o", tmp_path / "out", "--device", "cpu") == 0
    with Image.open(tmp_path / "out/a_labels.png") as file:
        assert file.mode == "I;16" and set(np.unique(np.array(file))) <= {1000, 1001, 1002}


def test_a_run_on_other_classes_starts_from_another_run(run, tmp_path: Path, capsys) -> None:
    text = '[[class]]\nname = "sea"\nid = 2\n[[class]]\nname = "land"\nid = [0, 1, 255]\n'
    other = write_own(tmp_path / "coast", size=SIZE)
    (other / "classes.toml").write_text(text)
    recipe, taken = fine_tuned(small(table2("4 & 5", "quick", str(other))), run.folder)
    assert recipe.name == "quick-coast-fuse-45-from-quick-rivers-fuse-45" and taken.classes == (3, 2)
    tuned = go(recipe, tmp_path)
    assert tuned.scores.classes == ("sea", "land") and load(tuned.folder).recipe == recipe
    splits = open_data(recipe.data)
    key = content_key(recipe, 0, *splits)
    moved = shutil.copytree(run.folder, tmp_path / "moved")
    assert content_key(replace(recipe, network=f"{moved}/weights.safetensors"), 0, *splits) == key
    weights = moved / "weights.safetensors"
    weights.write_bytes(weights.read_bytes() + b" ")
    assert content_key(replace(recipe, network=str(weights)), 0, *splits) != key
    with pytest.raises(WeightsError, match="there is no such file; expected the network that quick-coast"):
        content_key(replace(recipe, network=str(tmp_path / "gone")), 0, *splits)


def test_the_command_says_what_it_keeps_and_refuses_two_starts(run, folder: Path, tmp_path: Path, monkeypatch, capsys):
    from annn.recipes import presets

    quick = presets.quick
    monkeypatch.setattr(presets, "quick", lambda kind, data: small(quick(kind, data)))
    common = ("train", "4 & 5", "--data", folder, "--runs", tmp_path / "runs", "--device", "cpu", "--from", run.folder)
    assert call(*common, "--iterations", "1") == 0
    said = capsys.readouterr().out
    assert "kept" in said and "new 4, for 3 classes instead of 3" in said and "-from-quick-rivers-fuse-45-seed0" in said
    assert call(*common, "--start", "nothing") == 2
    assert "a network starts from one of them" in capsys.readouterr().err
    assert call(*common[:-1], tmp_path) == 2
    assert "is not a finished run" in capsys.readouterr().err


def test_a_weights_file_says_nothing_of_the_places_on_this_machine(run, folder: Path, tmp_path: Path) -> None:
    tuned = go(fine_tuned(small(table2("4 & 5", "quick", str(folder))), run.folder)[0], tmp_path)
    file = shutil.copy(tuned.folder / "weights.safetensors", tmp_path / "sent.safetensors")
    assert str(tmp_path).encode() not in Path(file).read_bytes()
    network = open_network(file, "cpu")
    with pytest.raises(DataError, match="nothing says where this folder lies"):
        open_test_data(network, None, None, None)
    assert len(open_test_data(network, str(folder), None, None)) == 1
