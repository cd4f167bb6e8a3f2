"""A classification network in the loop that trains segmentation: the same loss, the same score, scenes of all kinds."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from annn.data import ImageFolder
from annn.data.config import DataConfig, StandIn
from annn.data.scenes.kinds import SOURCES, kinds, write_kinds
from annn.errors import ConfigError, DataError, RunError
from annn.losses import LossConfig, segmentation_loss
from annn.model import ModelConfig, SceneClassifier
from annn.recipes import classification, figure1, read_recipe, table2
from annn.recipes.figures import KINDS
from annn.runs import train_or_load

TINY = ModelConfig(classes=KINDS, depth=18, width=8, fuse=(), context=None)


def test_its_loss_is_the_cross_entropy_of_classification() -> None:
    torch.manual_seed(0)
    model = SceneClassifier(replace(TINY, classes=5, dropout=0.0)).eval()
    images, kind = torch.randn(3, 3, 32, 48), torch.tensor([1, 4, 0])
    labels = kind[:, None, None].expand(-1, 32, 48)
    loss = segmentation_loss(model(images), labels, LossConfig(ohem=False))
    torch.testing.assert_close(loss, torch.nn.functional.cross_entropy(model.classify(images), kind))


def test_the_same_answer_at_every_pixel_of_any_size() -> None:
    model = SceneClassifier(TINY).eval()
    prediction = model(torch.randn(2, 3, 32, 48), (7, 9))
    assert prediction.main.shape == (2, KINDS, 7, 9) and prediction.auxiliary is None
    assert torch.equal(prediction.main[:, :, 0, 0], prediction.main[:, :, 6, 8])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place, mode in (("train/cat/a.png", "RGB"), ("train/dog/b.jpg", "L"), ("val/dog/c.png", "RGB")):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        Image.new(mode, (12, 8)).save(tmp_path / place)
    (tmp_path / "train" / "eel").mkdir()
    (tmp_path / "train" / "cat" / "notes.txt").write_text("not an image")
    return tmp_path


def test_image_folders_label_every_pixel_with_the_class(folder: Path) -> None:
    train, val = ImageFolder(folder, "train"), ImageFolder(folder, "val")
    assert train.space.classes == val.space.classes == ("cat", "dog", "eel")
    assert [(sample.name, int(sample.label[0, 0])) for sample in train] == [("cat/a", 0), ("dog/b", 1)]
    assert train[1].image.shape == (8, 12, 3) and (val[0].label == 1).all() and val[0].label.shape == (8, 12)


def test_image_folders_say_what_is_wrong(folder: Path) -> None:
    (folder / "val" / "fox").mkdir()
    with pytest.raises(DataError, match="fox: there is no such class in train"):
        ImageFolder(folder, "val")
    (folder / "val" / "fox").rmdir()
    (folder / "val" / "dog" / "c.png").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"c\.png: this file cannot be decoded"):
        ImageFolder(folder, "val")[0]
    (folder / "val" / "dog" / "c.png").unlink()
    with pytest.raises(DataError, match="holds no images"):
        ImageFolder(folder, "val")


def test_scenes_are_sorted_by_kind_and_few_have_all_classes(tmp_path: Path) -> None:
    root = write_kinds(tmp_path / "kinds", train=8, val=2, size=(32, 32), progress=False)
    train, val = ImageFolder(root, "train"), ImageFolder(root, "val")
    assert (len(train), len(val)) == (8, 2) and train.stand_in
    assert train.space.classes == kinds() and len(kinds()) == KINDS
    assert train[0].image.shape == (32, 32, 3)
    assert {"street", "rooms", "stuff"} == set(SOURCES)
    again = ImageFolder(write_kinds(tmp_path / "again", train=8, val=2, size=(32, 32), progress=False), "train")
    assert [sample.name for sample in again] == [sample.name for sample in train]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(train, again, strict=True))


def test_a_run_of_classification_is_a_run(tmp_path: Path) -> None:
    quick = classification("quick")
    recipe = replace(
        quick,
        model=TINY,
        data=DataConfig(name="image-folder", stand_in=StandIn(train=6, val=2, size=(32, 32))),
        augment=replace(quick.augment, crop=(32, 32)),
        train=replace(quick.train, iterations=2, batch_size=2, warmup=0, precision="fp32"),
    )
    places = {"data_root": tmp_path / "data", "runs": tmp_path / "runs", "progress": False, "device": "cpu"}
    run = train_or_load(recipe, **places)
    assert run.scores.pixel_accuracy in (0.0, 0.5, 1.0)  # the share of two images
    assert read_recipe(json.loads((run.folder / "recipe.json").read_text())["recipe"]) == recipe
    assert isinstance(run.classifier(), SceneClassifier)
    with pytest.raises(RunError, match="a network for classification"):
        run.model()
    assert train_or_load(recipe, **places).folder == run.folder


def test_recipes_of_the_figures() -> None:
    assert figure1("Baseline") == table2("Baseline") and figure1("+AFNB") == table2("4 & 5")
    full, apnb = figure1("Full"), figure1("+APNB")
    assert (full.model.fuse, full.model.context) == (((4, 5),), "apnb")
    assert (apnb.model.fuse, apnb.model.context) == ((), "apnb")
    assert replace(full, name="", model=apnb.model) == replace(apnb, name="")
    for preset in ("quick", "standard"):
        theirs, ours = classification(preset).model, table2("Baseline", preset).model
        assert [(m.depth, m.width, m.stem) for m in (theirs, ours)] == 2 * [(theirs.depth, theirs.width, theirs.stem)]
    with pytest.raises(ConfigError, match="ImageNet"):
        classification("paper")
    with pytest.raises(ConfigError, match="not in Figure 1"):
        figure1("best")
    with pytest.raises(ConfigError, match="task='detection'"):
        replace(full, task="detection")
