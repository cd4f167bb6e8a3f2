"""A checkpoint is the network that was saved and says where it comes from; anything else is refused with a reason."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file

from annn.data.config import StandIn
from annn.errors import WeightsError
from annn.model import ANNN, ModelConfig
from annn.recipes import read_recipe, table1, table2
from annn.weights import load_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def run():
    recipe = table2("4 & 5", "quick")
    model = ModelConfig(classes=19, depth=18, width=8)
    stand_in = StandIn(train=3, val=1, size=(64, 128))
    recipe = replace(recipe, model=model, data=replace(recipe.data, stand_in=stand_in))
    network = ANNN(model).eval()
    metrics = {"scores": {"miou": 0.25}, "environment": {"torch": "2"}}
    return SimpleNamespace(recipe=recipe, seed=3, metrics=metrics, model=lambda device="auto": network)


def test_a_checkpoint_is_the_same_network_with_its_recipe_and_scores(run, tmp_path: Path) -> None:
    path = save_checkpoint(run, tmp_path / "new" / "small.safetensors")
    found = load_checkpoint(path)
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(found.model(image).main, run.model()(image).main, rtol=0, atol=1e-5)
    assert not found.model.training
    assert read_recipe(found.recipe) == run.recipe
    assert (found.seed, found.scores, found.environment) == (3, run.metrics["scores"], run.metrics["environment"])
    assert "3 for training and 1 for validation" in found.data and found.stored == "float32"
    assert [file.name for file in path.parent.iterdir()] == ["small.safetensors"]


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (table2("4 & 5"), "generated street scenes, 600 for training"),
        (table2("4 & 5", "quick", "camvid"), "CamVid"),
        (
            table1("NYUD-V2"),
            "generated patterns and shapes (40 classes), 500 for training and 100 for validation, 120 x 160 pixels",
        ),
        (table1("NYUD-V2", "quick", "real"), "NYUD-V2"),
    ],
)
def test_a_checkpoint_says_which_data_it_was_trained_on(run, recipe, words: str, tmp_path: Path) -> None:
    recipe = replace(run.recipe, data=recipe.data)
    about = SimpleNamespace(recipe=recipe, seed=3, metrics=run.metrics, model=run.model)
    found = load_checkpoint(save_checkpoint(about, tmp_path / "small.safetensors"))
    assert found.data.startswith(words) and ("generated" in found.data) == (recipe.data.stand_in is not None)


def test_half_precision_takes_half_the_room_and_changes_little(run, tmp_path: Path) -> None:
    whole = save_checkpoint(run, tmp_path / "whole.safetensors")
    half = save_checkpoint(run, tmp_path / "half.safetensors", half=True)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    found = load_checkpoint(half)
    assert {parameter.dtype for parameter in found.model.parameters()} == {torch.float32}
    assert found.stored == "float16 convolutions"
    image = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        expected = run.model()(image).main
        assert (found.model(image).main - expected).abs().max() < 0.02 * expected.abs().max()


def test_what_is_no_checkpoint_is_refused(run, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    with pytest.raises(WeightsError, match="no such file"):
        load_checkpoint(path)
    path.write_bytes(b"not weights")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        load_checkpoint(path)
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(WeightsError, match="without a recipe"):
        load_checkpoint(path)
    whole = save_checkpoint(run, tmp_path / "whole.safetensors").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match="cannot be loaded"):
        load_checkpoint(path)
