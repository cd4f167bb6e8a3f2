"""An ordinary RGB image is right for every network: the convention of its weights is the backbone's business."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import published
import pytest
import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from annn.augment import normalise
from annn.backbone import ResNet
from annn.efficiency.fold import fold
from annn.errors import ConfigError, WeightsError
from annn.model import ANNN, ModelConfig
from annn.recipes import table2
from annn.weights import load, save_checkpoint
from annn.weights.checkpoint import write_checkpoint
from annn.weights.imagenet import load_imagenet


def picture(size=(37, 50)):
    return np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)


def bgr(image: np.ndarray) -> torch.Tensor:
    """As the authors' code feeds it: BGR in 0..255 minus the mean."""
    colors = image[:, :, ::-1].astype(np.float64) - np.array([102.9801, 115.9465, 122.7717])
    return torch.from_numpy(np.ascontiguousarray(colors.transpose(2, 0, 1)))[None]


@pytest.mark.parametrize("stem", ["plain", "deep"])
def test_bgr_input_is_the_explicit_computation_up_to_the_border(stem) -> None:
    net = ResNet(depth=18, width=8, stem=stem, input="caffe-bgr").double().eval()
    image = picture()
    expected = F.conv2d(bgr(image), net.stem.conv1.weight, stride=2, padding=net.stem.conv1.padding)
    found = {}
    net.stem.conv1.register_forward_hook(lambda module, args, out: found.update(input=args[0], output=out))
    with torch.no_grad():
        net(normalise(image)[None].double())
    # float32 normalisation rounds at 1e-7 of 128
    torch.testing.assert_close(found["input"], bgr(image), rtol=0, atol=1e-4)
    torch.testing.assert_close(found["output"], expected, rtol=0, atol=1e-4)
    # and no change of conv1 could have done it: at the border the padding is another colour
    weight = net.stem.conv1.weight.flip(1) * torch.tensor([58.395, 57.12, 57.375], dtype=torch.float64)[:, None, None]
    shift = torch.tensor([123.675 - 122.7717, 116.28 - 115.9465, 103.53 - 102.9801], dtype=torch.float64)
    bias = (net.stem.conv1.weight.flip(1) * shift[:, None, None]).sum((1, 2, 3))
    absorbed = F.conv2d(normalise(image)[None].double(), weight, bias, stride=2, padding=net.stem.conv1.padding)
    torch.testing.assert_close(absorbed[..., 2:-2, 2:-2], expected[..., 2:-2, 2:-2], rtol=0, atol=1e-4)
    assert (absorbed - expected)[..., 0, :].abs().max() > 1e-2


def test_without_the_option_nothing_is_added_and_with_it_no_parameter() -> None:
    plain, caffe = ResNet(depth=18, width=8), ResNet(depth=18, width=8, input="caffe-bgr")
    assert [type(module).__name__ for module in plain.stem] == ["Conv2d", "BatchNorm2d", "ReLU"]
    assert plain.state_dict().keys() == caffe.state_dict().keys()
    with pytest.raises(ConfigError, match=r"input='bgr'.*'caffe-bgr'"):
        ResNet(depth=18, input="bgr")


def test_a_network_with_bgr_input_trains_folds_and_runs_in_any_precision() -> None:
    model = ANNN(ModelConfig(classes=5, depth=18, width=8, stem="deep", input="caffe-bgr"))
    model.train()(torch.randn(2, 3, 48, 64)).main.mean().backward()
    assert model.backbone.stem.conv1.weight.grad.abs().max() > 0
    torch.nn.init.normal_(model.context.branch.W.weight)
    images = normalise(picture((48, 64)))[None]
    with torch.no_grad():
        expected = model.eval()(images).main
        folded = fold(model)(images).main
        last = model.to(memory_format=torch.channels_last)(images.contiguous(memory_format=torch.channels_last)).main
        with torch.autocast("cpu", torch.bfloat16):
            rough = model(images).main
    scale = expected.abs().max().item()
    torch.testing.assert_close(folded, expected, rtol=0, atol=1e-4 * scale)
    torch.testing.assert_close(last, expected, rtol=0, atol=1e-4 * scale)
    torch.testing.assert_close(rough, expected, rtol=0, atol=0.1 * scale)


def test_the_authors_imagenet_file_gives_their_backbone(tmp_path: Path) -> None:
    shapes = {name: shape for name, shape in published.authors_shapes(depth=50).items() if name.startswith("backbone.")}
    state = published.random_state(shapes)
    theirs = {name.removeprefix("backbone.").removeprefix("prefix."): tensor for name, tensor in state.items()}
    path = tmp_path / "3x3resnet50.pth"
    torch.save(theirs | {"fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.zeros(1000)}, path)
    backbone = load_imagenet(50, path)
    image = picture((64, 96))
    with torch.no_grad():
        stages = backbone(normalise(image)[None])
        x = bgr(image).float()
        for i in (1, 2, 3):
            x = F.conv2d(x, state[f"backbone.prefix.conv{i}.weight"], stride=2 if i == 1 else 1, padding=1)
            x = F.relu(published.norm(state, f"backbone.prefix.bn{i}", x))
        expected = published.resnet(state, F.max_pool2d(x, 3, 2, 1, ceil_mode=True))
    for found, stage in zip((stages[4], stages[5]), expected, strict=True):
        torch.testing.assert_close(found, stage, rtol=0, atol=1e-4 * stage.abs().max().item())
    del theirs["layer3.1.bn2.weight"]
    torch.save(theirs | {"layer3.1.bn2.scale": torch.zeros(1)}, path)
    with pytest.raises(
        WeightsError, match=r"missing in .*: layer3\.1\.bn2\.weight; unexpected in .*: layer3\.1\.bn2\.scale"
    ):
        load_imagenet(50, path)


@pytest.fixture
def run():
    recipe = table2("4 & 5", "quick")
    model = ModelConfig(classes=19, depth=18, width=8, fuse=(), context=None)
    recipe = replace(recipe, model=model)
    network = ANNN(model).eval()
    names = [f"class {i}" for i in range(model.classes)]
    metrics = {"scores": {"miou": 0.25, "classes": names}, "environment": {"torch": "2"}}
    return SimpleNamespace(recipe=recipe, seed=3, metrics=metrics, model=lambda device="auto": network)


def test_a_checkpoint_of_this_package_keeps_its_variant_names_and_recipe(run, tmp_path: Path) -> None:
    path = save_checkpoint(run, tmp_path / "own.safetensors")
    found = load(path, classes=19)
    assert (found.source, found.classes) == ("annn", tuple(run.metrics["scores"]["classes"]))
    assert found.model.config == run.recipe.model and found.model.config.fuse == ()
    assert found.about["seed"] == 3 and found.about["recipe"]["name"] == run.recipe.name
    images = torch.randn(1, 3, 48, 64)
    with torch.no_grad():
        torch.testing.assert_close(found.model(images).main, run.model()(images).main, rtol=0, atol=1e-5)
    assert load(path, align_corners=False).model.config.align_corners is False
    with pytest.raises(WeightsError, match="has 19 classes, expected 5"):
        load(path, classes=5)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError, match="cannot be loaded"):
        load(path)


def test_the_weights_of_a_run_are_read_by_themselves(run, tmp_path: Path) -> None:
    state = run.model().state_dict()
    path = write_checkpoint(tmp_path / "weights.safetensors", state, run)
    network = load(path)
    assert (network.source, network.model.config) == ("annn", run.recipe.model)
    assert network.classes == tuple(run.metrics["scores"]["classes"])
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.model.state_dict().items())
    save_file(state, path)
    with pytest.raises(WeightsError, match=r"without the recipe.*the folder of its run"):
        load(path)
