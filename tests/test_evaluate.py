"""An evaluation streams, goes on where it stopped, and leaves files that cityscapesscripts scores the same."""

import csv
import json
import os
import shutil
import subprocess
import sys
import weakref

import numpy as np
import pytest
import torch
from PIL import Image

from annn import evaluate as module
from annn.data import Cityscapes, Sample
from annn.data.camvid import CAMVID
from annn.data.cityscapes import CITYSCAPES
from annn.data.predictions import OPACITY, overlay, write_picture, write_table
from annn.data.scenes import write_cityscapes
from annn.errors import ConfigError, RunError
from annn.evaluate import evaluate, images_done, predict
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.protocol import Protocol


class Blocks:
    """Random images of different sizes, drawn anew whenever they are asked for; the indices asked for are kept."""

    space, split, stand_in = CAMVID, "val", True

    def __init__(self, count=6, stop=None, before=None):
        self.count, self.stop, self.before, self.asked = count, stop, before, []

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        if self.before is not None:
            self.before(i)
        if i == self.stop:
            raise KeyboardInterrupt
        self.asked.append(i)
        rng = np.random.default_rng(i)
        size = (24 + i, 40)
        image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        return Sample(image, rng.integers(0, 11, size, dtype=np.uint8), f"blocks{i}")


def network(classes=11, seed=0):
    torch.manual_seed(seed)
    return ANNN(ModelConfig(classes=classes, depth=18, width=8))


def score(model, dataset, **settings):
    return evaluate(model, dataset, progress=False, **settings)


@pytest.mark.parametrize("protocol", [Protocol(), Protocol(scales=(0.5, 1.0), flip=True, window=(20, 15))], ids=str)
def test_scores_are_those_of_the_predictions(protocol):
    model, data = network(), Blocks(3)
    scores = score(model, data, protocol=protocol)
    expected = np.zeros((11, 11), dtype=np.int64)
    for i in range(3):
        np.add.at(expected, (data[i].label, predict(model, data[i].image, protocol=protocol)), 1)
    np.testing.assert_array_equal(scores.confusion, expected)


def test_processes_that_load_change_nothing():
    model = network()
    assert score(model, Blocks(4), workers=2) == score(model, Blocks(4))


def test_samples_are_let_go_one_after_the_other():
    given, alive = [], []

    class Watched(Blocks):
        def __getitem__(self, i):
            sample = super().__getitem__(i)
            given.append(weakref.ref(sample.image))
            alive.append(sum(image() is not None for image in given))
            return sample

    score(network(), Watched(12))
    assert len(alive) == 12 and max(alive) <= 2  # one in use, one being read


def test_an_interrupted_evaluation_goes_on_and_ends_in_the_same_scores(tmp_path):
    model, file = network(), tmp_path / "deep" / "progress.json"
    whole = score(model, Blocks())
    with pytest.raises(KeyboardInterrupt):
        score(model, Blocks(stop=4), progress_file=file)
    assert images_done(file) == 4
    rest = Blocks()
    assert score(model, rest, progress_file=file) == whole
    assert rest.asked == [4, 5]
    assert list(file.parent.iterdir()) == [] and images_done(file) == 0


def test_killed_without_warning_it_goes_on_from_what_was_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_KEEP_EVERY", 0.0)
    model, file, left = network(), tmp_path / "progress.json", tmp_path / "left.json"
    whole = score(model, Blocks(before=lambda i: i == 3 and shutil.copy(file, left)), progress_file=file)
    rest = Blocks()
    assert score(model, rest, progress_file=left) == whole
    assert 0 < rest.asked[0] <= 3 and rest.asked[-1] == 5


@pytest.mark.parametrize("other", ["weights", "head", "data", "protocol", "precision", "save"])
def test_progress_of_another_evaluation_is_refused(tmp_path, other):
    model, file = network(), tmp_path / "progress.json"
    with pytest.raises(KeyboardInterrupt):
        score(model, Blocks(stop=2), progress_file=file)
    kept = file.read_text()
    changed = {
        "weights": lambda: score(network(seed=1), Blocks(), progress_file=file),
        "head": lambda: score(
            ANNN(ModelConfig(classes=11, depth=18, width=8, align_corners=False)), Blocks(), progress_file=file
        ),
        "data": lambda: score(model, Blocks(5), progress_file=file),
        "protocol": lambda: score(model, Blocks(), progress_file=file, protocol=Protocol(flip=True)),
        "precision": lambda: score(model, Blocks(), progress_file=file, precision="bf16"),
        "save": lambda: score(model, Blocks(), progress_file=file, save=tmp_path / "save"),
    }
    with pytest.raises(RunError, match=r"progress\.json: holds the progress of another evaluation"):
        changed[other]()
    assert file.read_text() == kept


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": "x"}', '{"key": "x", "done": 1, "confusion": [[1]]}'])
def test_a_damaged_progress_file_is_refused(tmp_path, content):
    file = tmp_path / "progress.json"
    file.write_text(content)
    with pytest.raises(RunError, match="Delete it to start anew"):
        score(network(), Blocks(), progress_file=file)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return write_cityscapes(tmp_path_factory.mktemp("data") / "scenes", train=1, val=2, size=(64, 128), progress=False)


def test_cityscapesscripts_scores_the_saved_predictions_the_same(scenes, tmp_path):
    data, model = Cityscapes(scenes, "val"), network(classes=19)
    scores = score(model, data, save=tmp_path / "saved", protocol=Protocol(scales=(0.5, 1.0)))
    # their command without arguments; nIoU off, since it calls what NumPy 2.4 no longer has
    command = (
        "from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as e;"
        "e.args.evalInstLevelScore = False; e.main()"
    )
    places = {"CITYSCAPES_DATASET": scenes, "CITYSCAPES_RESULTS": tmp_path / "saved", "CITYSCAPES_EXPORT_DIR": tmp_path}
    environment = os.environ | {name: str(place) for name, place in places.items()}
    done = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    theirs = json.loads((tmp_path / "resultPixelLevelSemanticLabeling.json").read_text())
    np.testing.assert_allclose(scores.miou, theirs["averageScoreClasses"], rtol=0, atol=1e-12)
    expected = [theirs["classScores"][name] for name in CITYSCAPES.classes]
    np.testing.assert_allclose(scores.iou, expected, rtol=0, atol=1e-12, equal_nan=True)


def test_saved_files_are_the_prediction(scenes, tmp_path):
    data, model = Cityscapes(scenes, "val"), network(classes=19)
    score(model, data, save=tmp_path)
    for image, _, name in data:
        train_ids = predict(model, image)
        with Image.open(tmp_path / "predictions" / f"{name}_pred_labelIds.png") as file:
            assert file.mode == "L"
            np.testing.assert_array_equal(np.asarray(file), CITYSCAPES.decode(train_ids))
        with Image.open(tmp_path / "overlays" / f"{name}.jpg") as file:
            assert file.size == (128, 64)
            difference = np.asarray(file).astype(float) - overlay(image, train_ids, CITYSCAPES)
            assert abs(difference.mean()) < 2
    assert not list(tmp_path.rglob("*.tmp"))


def test_an_overlay_is_a_mixture_of_image_and_colours():
    image = np.full((2, 2, 3), 100, dtype=np.uint8)
    mixed = overlay(image, np.zeros((2, 2), np.uint8), CITYSCAPES)
    np.testing.assert_allclose(mixed[0, 0], (1 - OPACITY) * 100 + OPACITY * np.array(CITYSCAPES.colors[0]), atol=1)


def test_the_table_of_classes(tmp_path):
    scores = Scores.of(torch.tensor([[3, 1, 0], [0, 0, 0], [0, 0, 0]]), ("a, b", "c", "d"))
    write_table(tmp_path / "classes.csv", scores)
    with (tmp_path / "classes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == ["a, b", "c", "d"]
    assert [row["iou"] for row in rows] == ["0.750000", "0.000000", ""]
    assert [row["accuracy"] for row in rows] == ["0.750000", "", ""]
    assert [row["pixels_true"] for row in rows] == ["4", "0", "0"]


def test_what_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="could not be written"):
        score(network(), Blocks(), save=tmp_path / "file" / "below")
    with pytest.raises(ConfigError, match=r"\.png or \.jpg"):
        write_picture(tmp_path / "picture.gif", np.zeros((2, 2), np.uint8))
