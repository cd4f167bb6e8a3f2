"""The dilated ResNet against torchvision's own."""

import pytest
import torch
from torchvision.models import resnet18, resnet50

from annn.backbone import ResNet
from annn.errors import ConfigError


def same_weights(ours, theirs):
    state = {k if k.startswith("layer") else f"stem.{k}": v for k, v in theirs.state_dict().items()}
    ours.load_state_dict({k: v for k, v in state.items() if not k.startswith("stem.fc")})


def torchvision_stages(net, x):
    stages = {1: net.relu(net.bn1(net.conv1(x)))}
    x = net.maxpool(stages[1])
    for stage, layer in enumerate((net.layer1, net.layer2, net.layer3, net.layer4), start=2):
        stages[stage] = x = layer(x)
    return stages


def test_resnet50_stages_equal_torchvisions_dilated_ones():
    theirs = resnet50(weights=None, replace_stride_with_dilation=[False, True, True]).eval()
    ours = ResNet(depth=50).eval()
    same_weights(ours, theirs)
    x = torch.randn(1, 3, 65, 73)
    with torch.no_grad():
        for (stage, mine), (_, his) in zip(ours(x).items(), torchvision_stages(theirs, x).items(), strict=True):
            torch.testing.assert_close(mine, his, msg=lambda text, stage=stage: f"Stage{stage}: {text}")


def test_resnet18_without_dilation_is_torchvisions():
    theirs = resnet18(weights=None).eval()
    ours = ResNet(depth=18).eval()
    same_weights(ours, theirs)
    for layer in (ours.layer3, ours.layer4):  # back to strides: what remains must be the published network
        for unit in layer:
            for conv in (unit.conv1, unit.conv2):
                conv.dilation = conv.padding = (1, 1)
        layer[0].conv1.stride = layer[0].downsample[0].stride = (2, 2)
    x = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        for stage, his in torchvision_stages(theirs, x).items():
            torch.testing.assert_close(ours(x)[stage], his)


@pytest.mark.parametrize("depth", [18, 34, 50, 101])
def test_strides_and_channels_of_every_depth(depth):
    net = ResNet(depth=depth, width=8).eval()
    with torch.no_grad():
        stages = net(torch.randn(1, 3, 64, 96))
    assert [64 // stages[s].shape[2] for s in range(1, 6)] == [2, 4, 8, 8, 8]
    assert {s: x.shape[1] for s, x in stages.items()} == net.channels


@pytest.mark.parametrize(("layer", "dilations"), [("layer3", {1, 2}), ("layer4", {2, 4})])
def test_the_formerly_strided_convolution_keeps_half_the_dilation(layer, dilations):
    net = ResNet(depth=18, width=8)
    first, *rest = [c.dilation[0] for unit in getattr(net, layer) for c in (unit.conv1, unit.conv2)]
    assert first == min(dilations)
    assert set(rest) == {max(dilations)}


def test_deep_stems_of_the_authors_and_of_mmsegmentation():
    authors = ResNet(depth=101, width=64, stem="deep", stem_widths=(64, 64, 128), ceil_mode=True)
    mmseg = ResNet(depth=101, width=64, stem="deep", stem_widths=(32, 32, 64))
    assert authors.layer1[0].conv1.weight.shape == (64, 128, 1, 1)
    assert mmseg.layer1[0].conv1.weight.shape == (64, 64, 1, 1)
    assert authors.maxpool.ceil_mode and not mmseg.maxpool.ceil_mode


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"depth": 20}, "depth=20"),
        ({"depth": 18, "stem": "wide"}, "stem="),
        ({"depth": 18, "stem_widths": (1, 2)}, "2"),
    ],
)
def test_unknown_settings_are_refused_by_name(settings, named):
    with pytest.raises(ConfigError, match=named):
        ResNet(**settings)
