"""`annn evaluate --save` goes on where it stopped, and leaves files that cityscapesscripts scores the same."""

import csv
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from noise import Blocks, network
from PIL import Image

from annn.cli import scoring as module
from annn.cli.scoring import ResumableTally, _write_table
from annn.data import Cityscapes
from annn.data.cityscapes import CITYSCAPES
from annn.data.predictions import OPACITY, overlay, write_picture
from annn.data.scenes import write_cityscapes
from annn.errors import ConfigError, RunError
from annn.evaluate import evaluate, predict
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.protocol import Protocol


def score(model, dataset, folder, protocol=Protocol(), precision="fp32"):  # noqa: B008  (frozen)
    with ResumableTally.open(folder, model, dataset, protocol, precision) as tally:
        return evaluate(model, dataset, protocol=protocol, precision=precision, progress=False, tally=tally)


def test_an_interrupted_evaluation_goes_on_and_ends_in_the_same_scores(tmp_path):
    model, folder = network(), tmp_path / "deep" / "down"
    whole = evaluate(model, Blocks(), progress=False)
    with pytest.raises(KeyboardInterrupt):
        score(model, Blocks(stop=4), folder)
    assert json.loads((folder / "progress.json").read_text())["done"] == 4
    rest = Blocks()
    assert score(model, rest, folder) == whole
    assert rest.asked == [4, 5]
    assert not (folder / "progress.json").exists()


def test_killed_without_warning_it_goes_on_from_what_was_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_SAVE_EVERY", 0.0)
    model, left = network(), tmp_path / "left"
    left.mkdir()
    copied = Blocks(before=lambda i: i == 3 and shutil.copy(tmp_path / "progress.json", left))
    whole = score(model, copied, tmp_path)
    rest = Blocks()
    assert score(model, rest, left) == whole
    assert 0 < rest.asked[0] <= 3 and rest.asked[-1] == 5


@pytest.mark.parametrize("other", ["weights", "head", "data", "protocol", "precision"])
def test_progress_of_another_evaluation_is_refused(tmp_path, other):
    model, file = network(), tmp_path / "progress.json"
    with pytest.raises(KeyboardInterrupt):
        score(model, Blocks(stop=2), tmp_path)
    kept = file.read_text()
    changed = {
        "weights": lambda: score(network(seed=1), Blocks(), tmp_path),
        "head": lambda: score(
            ANNN(ModelConfig(classes=11, depth=18, width=8, align_corners=False)), Blocks(), tmp_path
        ),
        "data": lambda: score(model, Blocks(5), tmp_path),
        "protocol": lambda: score(model, Blocks(), tmp_path, protocol=Protocol(flip=True)),
        "precision": lambda: score(model, Blocks(), tmp_path, precision="bf16"),
    }
    with pytest.raises(RunError, match=r"progress\.json: holds the progress of another evaluation"):
        changed[other]()
    assert file.read_text() == kept


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": "x"}', '{"key": "x", "done": 1, "confusion": [[1]]}'])
def test_a_damaged_progress_file_is_refused(tmp_path, content):
    file = tmp_path / "progress.json"
    file.write_text(content)
    with pytest.raises(RunError, match="Delete it to start again"):
        score(network(), Blocks(), tmp_path)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return write_cityscapes(tmp_path_factory.mktemp("data") / "scenes", train=1, val=2, size=(64, 128), progress=False)


def test_cityscapesscripts_scores_the_saved_predictions_the_same(scenes, tmp_path):
    data, model = Cityscapes(scenes, "val"), network(classes=19)
    scores = score(model, data, tmp_path / "saved", protocol=Protocol(scales=(0.5, 1.0)))
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
    score(model, data, tmp_path)
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
    _write_table(tmp_path / "classes.csv", scores)
    with (tmp_path / "classes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == ["a, b", "c", "d"]
    assert [row["iou"] for row in rows] == ["0.750000", "0.000000", ""]
    assert [row["accuracy"] for row in rows] == ["0.750000", "", ""]
    assert [row["pixels_true"] for row in rows] == ["4", "0", "0"]


def test_what_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="could not be written"):
        score(network(), Blocks(), tmp_path / "file" / "below")
    with pytest.raises(ConfigError, match=r"\.png or \.jpg"):
        write_picture(tmp_path / "picture.gif", np.zeros((2, 2), np.uint8))
