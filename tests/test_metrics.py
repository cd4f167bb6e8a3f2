"""Scores equal cityscapesscripts' own, and a few matrices small enough to score by hand."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as oracle
from PIL import Image

from annn.data.cityscapes import CITYSCAPES
from annn.data.space import IGNORE
from annn.errors import ConfigError
from annn.metrics import Scores, confusion_matrix

K = len(CITYSCAPES.classes)


def scores(matrix: list[list[int]]) -> Scores:
    return Scores.of(torch.tensor(matrix), tuple("abcdefgh"[: len(matrix)]))


def random_set(folder: Path, seed: int) -> tuple[list[str], list[str]]:
    """One to three random pairs on disk as cityscapesscripts reads them: truths with ignored ids, and predictions."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 24, size=2)
    owned = rng.choice(34, size=rng.integers(1, 34), replace=False)  # some classes absent, some sets all ignored
    guessed = rng.choice(K, size=rng.integers(1, K + 1), replace=False)
    predictions, truths = [], []
    for index in range(rng.integers(1, 4)):
        truth = rng.choice(owned, size=(height, width)).astype(np.uint8)
        guess = rng.choice(guessed, size=(height, width)).astype(np.uint8)
        right = CITYSCAPES.encode(truth, "truth")
        guess = np.where((right != IGNORE) & (rng.random((height, width)) < rng.random()), right, guess)
        stem = folder / f"city_{seed:06}_{index:06}"
        truths.append(f"{stem}_gtFine_labelIds.png")
        predictions.append(f"{stem}_pred.png")
        Image.fromarray(truth).save(truths[-1])
        Image.fromarray(CITYSCAPES.decode(guess)).save(predictions[-1])
    return predictions, truths


def read(path: str) -> torch.Tensor:
    return torch.from_numpy(CITYSCAPES.encode(np.array(Image.open(path)), path))


def test_50_random_prediction_sets_score_as_cityscapesscripts_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in {"evalInstLevelScore": False, "JSONOutput": False, "quiet": True}.items():
        monkeypatch.setattr(oracle.args, name, value)
    undefined = 0
    for seed in range(50):
        predictions, truths = random_set(tmp_path, seed)
        expected = oracle.evaluateImgLists(predictions, truths, oracle.args)
        ours = Scores.of(
            sum(
                confusion_matrix(read(truth), read(prediction), K)
                for prediction, truth in zip(predictions, truths, strict=True)
            ),
            CITYSCAPES.classes,
        )
        per_class = [expected["classScores"][name] for name in CITYSCAPES.classes]
        np.testing.assert_allclose(ours.iou, per_class, rtol=0, atol=1e-12, equal_nan=True)
        np.testing.assert_allclose(ours.miou, expected["averageScoreClasses"], rtol=0, atol=1e-12, equal_nan=True)
        undefined += sum(map(math.isnan, per_class))
    assert undefined > 0, "the random sets should leave some classes undefined"


def test_rows_are_truth_columns_are_predictions_and_ignored_truth_is_dropped():
    label = torch.tensor([[0, 0, 1], [2, IGNORE, IGNORE]], dtype=torch.uint8)
    prediction = torch.tensor([[0, 1, 1], [0, 2, IGNORE]], dtype=torch.uint8)  # what lies on ignored truth is free
    assert confusion_matrix(label, prediction, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_matrices_of_parts_add_up_to_that_of_the_whole():
    label, prediction = torch.randint(0, 5, (2, 4, 6, 6))
    parts = sum(confusion_matrix(a, b, 5) for a, b in zip(label, prediction, strict=True))
    assert torch.equal(confusion_matrix(label, prediction, 5), parts)
    assert parts.sum() == label.numel()


@pytest.mark.parametrize(
    ("label", "prediction", "what"), [(3, 0, "label"), (0, 3, "prediction"), (0, 255, "prediction")]
)
def test_ids_that_are_no_class_are_refused(label: int, prediction: int, what: str):
    with pytest.raises(ConfigError, match=rf"the {what} holds the train id .* expected 0\.\.2"):
        confusion_matrix(torch.tensor([label]), torch.tensor([prediction]), 3)


def test_scores_by_hand():
    s = scores([[3, 1], [2, 4]])
    assert s.iou == (3 / 6, 4 / 7)
    assert s.miou == s.miou_present == pytest.approx((3 / 6 + 4 / 7) / 2)
    assert s.pixel_accuracy == 7 / 10
    assert s.mean_accuracy == pytest.approx((3 / 4 + 4 / 6) / 2)


def test_the_two_averages_differ_for_a_class_that_is_only_predicted():
    s = scores([[3, 1, 0], [0, 0, 0], [0, 0, 0]])  # b is predicted but never true, c is neither
    assert s.iou[:2] == (3 / 4, 0.0) and math.isnan(s.iou[2])
    assert s.miou == 3 / 8
    assert s.miou_present == 3 / 4
    assert s.classes_with_truth == 1


def test_nothing_counted_is_undefined_not_zero():
    s = scores([[0, 0], [0, 0]])
    assert all(map(math.isnan, (s.miou, s.miou_present, s.pixel_accuracy, s.mean_accuracy)))
    assert s.classes_with_truth == 0


def test_scores_survive_strict_json():
    s = scores([[3, 1, 0], [0, 0, 0], [0, 0, 0]])
    content = json.loads(json.dumps(s.to_dict(), allow_nan=False))
    assert content["iou"] == {"a": 0.75, "b": 0.0, "c": None}
    assert Scores.from_dict(content) == s


def test_class_names_must_fit_the_matrix():
    with pytest.raises(ConfigError, match="1 class names for a confusion matrix of 2"):
        Scores.of(torch.zeros(2, 2, dtype=torch.int64), ("a",))
