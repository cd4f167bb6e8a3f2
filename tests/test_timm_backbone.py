"""Networks of timm as backbones: five stages, the network's own colours, and refusals by name."""

import copy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from annn.attention import PYRAMID
from annn.backbone import MEAN, STD
from annn.data.cityscapes import CITYSCAPES
from annn.efficiency import Case, predict
from annn.efficiency.cost import multiply_adds
from annn.efficiency.fold import fold
from annn.efficiency.forms import forms, inputs
from annn.efficiency.onnx import export
from annn.errors import ConfigError, WeightsError
from annn.explorer import AttentionExplorer
from annn.metrics import Scores
from annn.model import ANNN, VARIANTS, ModelConfig, variant
from annn.recipes import table2
from annn.timm_backbone import TimmBackbone, input_statistics
from annn.weights import export as write_foreign
from annn.weights import load, save_checkpoint

timm = pytest.importorskip("timm")
LITE = "tf_efficientnet_lite0"


def config(**settings) -> ModelConfig:
    return ModelConfig(classes=5, **{"backbone": LITE, "output_stride": 16, **settings})


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_stages_have_their_channels_and_strides(stride: int) -> None:
    backbone = TimmBackbone(name=LITE, output_stride=stride).eval()
    with torch.no_grad():
        stages = backbone(torch.randn(1, 3, 64, 96))
    assert (
        backbone.channels == {s: maps.shape[1] for s, maps in stages.items()} == {1: 16, 2: 24, 3: 40, 4: 112, 5: 320}
    )
    assert {s: (64 // maps.shape[2], 96 // maps.shape[3]) for s, maps in stages.items()} == {
        s: (each, each) for s, each in backbone.strides.items()
    }
    assert backbone.strides[5] == stride


@pytest.mark.parametrize(
    ("size", "centred"), [((65, 97), True), ((97, 65), True), ((64, 96), False), ((81, 90), False)]
)
def test_positions_lie_symmetrically_in_images_of_a_multiple_of_the_stride_plus_one(
    size: tuple[int, int], centred: bool
) -> None:
    """Filters that are their own mirror images see a mirrored image mirrored if no border is padded more than another.

    Then the first and the last position lie on the borders, as in `upsample` with align_corners.
    """
    backbone = TimmBackbone(name=LITE, output_stride=16).eval()
    images = torch.randn(1, 3, *size)
    with torch.no_grad():
        for weight in backbone.parameters():
            if weight.ndim == 4:
                weight.copy_((weight + weight.flip(2) + weight.flip(2, 3) + weight.flip(3)) / 4)
        maps, mirrored = backbone(images), backbone(images.flip(2, 3))
    for stage, found in mirrored.items():
        scale = maps[stage].abs().max()
        assert ((found - maps[stage].flip(2, 3)).abs().max() < 1e-4 * scale) == centred, stage


def test_the_network_reads_its_own_colours() -> None:
    backbone = TimmBackbone(name=LITE, output_stride=32).eval()
    pixels = torch.randint(0, 256, (1, 3, 64, 64)).float()
    normalised = (pixels - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    with torch.no_grad():
        ours = backbone(normalised)
        theirs = backbone.network((pixels - 127) / 128)
    for found, expected in zip(ours.values(), theirs, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)
    assert input_statistics("resnet18")[0] == pytest.approx(MEAN)  # nothing to convert


def test_replaced_convolutions_leave_function_and_names() -> None:
    torch.manual_seed(0)
    plain = timm.create_model(LITE, features_only=True, output_stride=16).eval()
    ours = TimmBackbone(name=LITE, output_stride=16).eval()
    ours.network.load_state_dict(plain.state_dict())
    images = torch.randn(1, 3, 65, 97)
    with torch.no_grad():
        for found, expected in zip(ours.network(images), plain(images), strict=True):
            torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_train_attend_and_fold(name: str) -> None:
    torch.manual_seed(0)
    model = ANNN(variant(config(), name))
    images = torch.randn(2, 3, 65, 97)
    prediction = model.train()(images)
    assert prediction.main.shape == (2, 5, 65, 97)
    prediction.main.sum().backward()
    assert all(parameter.grad is not None for parameter in model.backbone.network.conv_stem.parameters())
    model.eval()
    with torch.no_grad():
        attention = model.attention(images)
        expected, folded = model(images).main, fold(copy.deepcopy(model))(images).main
    assert set(attention) == set(model.samplings())
    for found in attention.values():
        assert found.weights.shape[1:] == (5 * 7, sum(size * size for size in PYRAMID))
    torch.testing.assert_close(folded, expected, rtol=1e-3, atol=1e-4)


def test_all_fused_pairs_build() -> None:
    model = ANNN(config(fuse=((2, 5), (3, 5), (4, 5)))).eval()
    with torch.no_grad():
        assert model(torch.randn(1, 3, 33, 33)).main.shape == (1, 5, 33, 33)


@pytest.mark.parametrize("size", [1, 8, 17])
def test_small_images_have_maps_of_at_least_one_position(size: int) -> None:
    model = ANNN(config(output_stride=32)).eval()
    with torch.no_grad():
        assert model(torch.randn(1, 3, size, size)).main.shape == (1, 5, size, size)


def test_widths_scale_with_stage5() -> None:
    assert (config().head, config().auxiliary, config().key, config().value) == (80, 80, 40, 40)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"backbone": "tf_efficentnet_lite0"}, "timm knows no network of this name; near names: tf_efficientnet_lite0"),
        ({"backbone": "convnext_tiny"}, "has 4 stages .*expected five"),
        ({"backbone": "vit_tiny_patch16_224"}, "vit_tiny_patch16_224.*cannot give its stages"),
        ({"backbone": "hrnet_w18_small", "output_stride": 8}, "cannot give its stages at output_stride=8"),
        ({"output_stride": 12}, "output_stride=12"),
        ({"depth": 50}, "depth=50 is a property of backbone='resnet'"),
        ({"backbone": "resnet", "output_stride": 16}, "dilated for 8"),
    ],
)
def test_what_cannot_be_a_backbone_is_refused_by_name(settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(**settings)


def test_a_machine_without_timm_trains_resnets_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "timm", None)
    ANNN(ModelConfig(classes=5, depth=18, width=8))
    with pytest.raises(ConfigError, match=r"timm cannot be imported.*pip install timm.*backbone='resnet'"):
        config(backbone="mobilenetv3_small_100")


def test_cost_and_bench_take_the_network() -> None:
    """The cost counts the modules that run; the forms of the head give the same logits."""
    counted = predict((128, 160), backbone=LITE, output_stride=16, mode="forward")
    with torch.device("meta"):
        model = ANNN(ModelConfig(classes=19, backbone=LITE, output_stride=16)).eval()
        images = torch.empty(1, 3, 128, 160)
        assert counted.multiply_adds == multiply_adds(lambda: model(images))
    case = Case(level="network", grid=(64, 96), backbone=LITE, output_stride=16, forms=("textbook", "ours", "folded"))
    found = forms(case, "cpu")
    (image,) = inputs(case, "cpu")
    with torch.no_grad():
        first, *others = [form.function(image) for form in found.values()]
    for other in others:
        torch.testing.assert_close(other, first, rtol=1e-3, atol=1e-4)


@pytest.mark.slow(reason="PyTorch's exporter takes its time")
def test_onnx_gives_the_same_logits(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = ANNN(config()).eval()
    assert export(model, tmp_path / "lite.onnx", (64, 96)) < 1e-4


def test_a_checkpoint_keeps_the_network(tmp_path: Path) -> None:
    recipe = table2("4 & 5", "quick", "stand-in")
    model = ANNN(recipe.model).eval()
    scores = Scores.of(torch.eye(19, dtype=torch.int64), CITYSCAPES.classes).to_dict()
    metrics = {"scores": scores, "environment": {}}
    run = SimpleNamespace(recipe=recipe, seed=0, metrics=metrics, model=lambda device: model)
    read = load(save_checkpoint(run, tmp_path / "run.safetensors"))
    images = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(read.model(images).main, model(images).main, rtol=1e-4, atol=1e-5)
    assert read.model.config == recipe.model
    with pytest.raises(WeightsError, match=r"backbone is 'tf_efficientnet_lite0', expected 'resnet'"):
        write_foreign(read.model, tmp_path / "other.pth", layout="authors")


def test_the_explorer_shows_it() -> None:
    image = np.random.default_rng(0).integers(0, 256, (70, 90, 3)).astype(np.uint8)
    explorer = AttentionExplorer(ANNN(config()).eval(), {"an image": image})
    assert explorer.view().attention.query_grid == (5, 6)
