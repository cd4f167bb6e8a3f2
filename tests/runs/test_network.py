"""A network is tested on the split that it was tested on before, and needs nothing else of its data."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from commands import call
from PIL import Image

from annn.data.camvid import CAMVID
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.recipes import table2
from annn.weights import save_checkpoint


@pytest.fixture
def split(tmp_path):
    """Writes two images of a split in CamVid's layout, to a folder with nothing else, and returns the folder."""

    def write(name):
        root = tmp_path / "camvid"
        for folder, shape in ((name, (24, 32, 3)), (f"{name}annot", (24, 32))):
            (root / folder).mkdir(parents=True)
            for number in range(2):
                Image.fromarray(np.full(shape, number, np.uint8)).save(root / folder / f"{number}.png")
        (root / f"{name}.txt").write_text("".join(f"{name}/{i}.png {name}annot/{i}.png\n" for i in range(2)))
        return root

    return write


@pytest.fixture
def weights(tmp_path):
    """Writes the weights of a run that was tested on a split of CamVid, and returns their file."""

    def write(val):
        model = ANNN(ModelConfig(classes=11, depth=18, width=8)).eval()
        quick = table2("4 & 5", "quick", "camvid")
        recipe = replace(quick, model=model.config, data=replace(quick.data, val=val))
        scores = Scores.of(torch.ones(11, 11, dtype=torch.int64), CAMVID.classes)
        metrics = {"scores": scores.to_dict(), "environment": {}}
        run: Any = SimpleNamespace(recipe=recipe, seed=0, metrics=metrics, model=lambda device: model)
        return save_checkpoint(run, tmp_path / "own.safetensors")

    return write


@pytest.mark.parametrize("named", [(), ("--data", "camvid")])
@pytest.mark.parametrize("own", ["val", "test"])
def test_the_runs_own_split_is_tested_and_no_other_is_needed(split, weights, own, named, capsys):
    root = split(own)
    for place in (root, root.parent):  # the data set's folder, or its parent
        assert call("evaluate", weights(own), *named, "--root", place, "--device", "cpu") == 0
        assert f"on 2 images of CamVid ({own}; published: " in capsys.readouterr().out


def test_another_split_is_tested_where_it_is_named(split, weights, capsys):
    assert call("evaluate", weights("test"), "--split", "val", "--root", split("val"), "--device", "cpu") == 0
    assert "on 2 images of CamVid (val; published: 101)" in capsys.readouterr().out


def test_what_is_missing_is_told_by_the_split_that_was_looked_for(split, weights, capsys):
    assert call("evaluate", weights("test"), "--root", split("val"), "--device", "cpu") == 2
    assert "the list test.txt of the split 'test' is missing" in capsys.readouterr().err
    assert call("evaluate", weights("test"), "--data", "kamvid", "--device", "cpu") == 2
    assert "no data set called 'kamvid'" in capsys.readouterr().err
