"""A network starts from another one: backbone and blocks are the very same tensors, the classifiers are new."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from annn.data.camvid import CAMVID
from annn.errors import ConfigError, WeightsError
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.recipes import fine_tuning, table2
from annn.weights import export, save_checkpoint
from annn.weights.transfer import CLASSIFIERS, transfer

SMALL = ModelConfig(classes=11, depth=18, width=8)


def saved(folder: Path, config: ModelConfig = SMALL, seed: int = 1) -> Path:
    """A trained network as a run leaves it, with weights of its own."""
    torch.manual_seed(seed)
    model = ANNN(config).eval()
    recipe = replace(table2("4 & 5"), model=config)
    scores = Scores.of(torch.zeros(11, 11, dtype=torch.int64), CAMVID.classes).to_dict()
    run: Any = SimpleNamespace(
        recipe=recipe, seed=0, metrics={"scores": scores, "environment": {}}, model=lambda device: model
    )
    return save_checkpoint(run, folder / "network.safetensors")


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    from annn.weights import load

    return load(path).model.state_dict()


def test_all_but_the_classifiers_is_kept(tmp_path: Path) -> None:
    path, model = saved(tmp_path), ANNN(replace(SMALL, classes=4))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    taken = transfer(model, path)
    theirs = weights_of(path)
    for name, tensor in model.state_dict().items():
        if name.startswith(CLASSIFIERS):
            assert torch.equal(tensor, before[name]) and tensor.shape[0] == 4
        else:
            assert torch.equal(tensor, theirs[name])
    assert set(taken.new) == {name for name in before if name.startswith(CLASSIFIERS)} and taken.classes == (11, 4)
    said = str(taken)
    assert f"kept {len(before) - 4} tensors (backbone, fusion, reduce, context, auxiliary)" in said
    assert "new 4, for 4 classes instead of 11: classifier.1 (weight, bias), auxiliary.2 (weight, bias)" in said


def test_the_features_are_those_of_the_other_network(tmp_path: Path) -> None:
    path, model = saved(tmp_path), ANNN(replace(SMALL, classes=4))
    transfer(model, path)
    from annn.weights import load

    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(model.eval().features(images), load(path).model.features(images))


def test_the_classifiers_are_new_even_for_as_many_classes(tmp_path: Path) -> None:
    path, model = saved(tmp_path), ANNN(SMALL)
    assert len(transfer(model, path).new) == 4
    assert not torch.equal(model.state_dict()["classifier.1.weight"], weights_of(path)["classifier.1.weight"])


def test_the_classifiers_are_kept_where_asked_for(tmp_path: Path) -> None:
    path, model = saved(tmp_path), ANNN(SMALL)
    assert transfer(model, path, classifiers=True).new == ()
    for name, tensor in weights_of(path).items():
        assert torch.equal(model.state_dict()[name], tensor)


def test_blocks_that_the_other_network_lacks_stay_fresh(tmp_path: Path) -> None:
    path = saved(tmp_path, replace(SMALL, fuse=(), context=None))
    model = ANNN(SMALL)
    model.start_as_identity()
    before = model.state_dict()["fusion.5.fuse.weight"].clone()
    taken = transfer(model, path)
    assert "fusion (whole block), context (whole block)" in str(taken)
    assert torch.equal(model.state_dict()["fusion.5.fuse.weight"], before)
    assert torch.equal(model.state_dict()["reduce.0.weight"], weights_of(path)["reduce.0.weight"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"depth": 34}, ("depth is 18 instead of 34", "backbone: tensors missing", "backbone.layer1.2.conv1.weight")),
        ({"width": 16}, ("width is 8 instead of 16", "backbone.stem.conv1.weight, 8x3x7x7 instead of 16x3x7x7")),
        ({"stem": "deep"}, ("stem is 'plain' instead of 'deep'", "backbone.stem.conv2.weight")),
        ({"input": "caffe-bgr"}, ("input is 'imagenet' instead of 'caffe-bgr'",)),
        ({"ceil_mode": True}, ("ceil_mode is False instead of True",)),
        ({"backbone": "tf_efficientnet_lite0"}, ("backbone is 'resnet' instead of 'tf_efficientnet_lite0'",)),
        ({"head": 24}, ("reduce: tensors of another shape", "reduce.0.weight, 16x64x3x3 instead of 24x64x3x3")),
        ({"key": 5}, ("of another shape", "key.0.weight, 8x")),
        ({"fuse": ()}, ("fusion: tensors for which the recipe has no place", "fusion.5.branches.0.key.0.weight")),
        ({"fuse": ((3, 5), (4, 5))}, ("fuse is ((4, 5),) instead of ((3, 5), (4, 5))", "fusion: tensors missing")),
        ({"context": None}, ("context: tensors for which the recipe has no place",)),
        ({"context": "nonlocal"}, ("context is 'apnb' instead of 'nonlocal'",)),
        ({"sharing": "none"}, ("sharing is 'query=key' instead of 'none'",)),
        ({"pyramid": (1, 2)}, ("pyramid is (1, 3, 6, 8) instead of (1, 2)",)),
        ({"conv_bias": False}, ("for which the recipe has no place", "reduce.0.bias")),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(tmp_path: Path, change: dict, words: tuple[str, ...]) -> None:
    if change.get("backbone"):
        config = ModelConfig(classes=4, head=16, auxiliary=8, key=8, value=8, **change)
    else:
        config = replace(SMALL, **({"head": 16, "auxiliary": 8, "key": 8, "value": 8} | change))
    with pytest.raises(WeightsError) as error:
        transfer(ANNN(config), saved(tmp_path))
    message = str(error.value)
    assert "\n" not in message and "network.safetensors: does not fit" in message and len(message) < 2000
    for word in (*words, "Choose the preset and the row"):
        assert word in message, message


def test_other_codes_networks_are_a_start_too(tmp_path: Path) -> None:
    config = ModelConfig(classes=19, depth=50, width=8, conv_bias=False, align_corners=False)
    torch.manual_seed(2)
    path = export(ANNN(config), tmp_path / "theirs.pth", layout="mmsegmentation")
    model = ANNN(replace(config, classes=3))
    transfer(model, path)
    assert torch.equal(model.state_dict()["reduce.0.weight"], weights_of(path)["reduce.0.weight"])


def test_a_file_without_an_auxiliary_head_leaves_a_fresh_one(tmp_path: Path) -> None:
    config = ModelConfig(classes=19, depth=50, width=8, conv_bias=False, align_corners=False)
    path = export(ANNN(config), tmp_path / "theirs.pth", layout="mmsegmentation")
    content = torch.load(path, weights_only=True)
    content["state_dict"] = {k: v for k, v in content["state_dict"].items() if not k.startswith("auxiliary_head")}
    torch.save(content, path)
    model = ANNN(replace(config, classes=3))
    before = model.state_dict()["auxiliary.0.0.weight"].clone()
    taken = transfer(model, path)
    assert before.any() and torch.equal(model.state_dict()["auxiliary.0.0.weight"], before)
    assert any(name.startswith("auxiliary.0.") for name in taken.new)


def test_a_start_and_its_file_belong_together() -> None:
    recipe = fine_tuning(table2("4 & 5"), "a/b.safetensors", "b")
    assert (recipe.name, recipe.start, recipe.network) == (
        "quick-stand-in-fuse-45-from-b",
        "network",
        "a/b.safetensors",
    )
    for change in ({"network": ""}, {"start": "imagenet"}):
        with pytest.raises(ConfigError, match="`fine_tuning` sets both"):
            replace(recipe, **change)
