"""Dilated ResNets with outputs Stage1..Stage5, built from torchvision's blocks under torchvision's parameter names."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from annn.errors import ConfigError

# depth: block, blocks in layer1..layer4 (He et al. 2016, Table 1)
DEPTHS = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
}
INPUTS = ("imagenet", "caffe-bgr")

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
"""ImageNet's statistics of RGB in 0..255, as torchvision's weights expect them: what every backbone takes as input."""
# The mean that networks in Caffe's convention subtract from BGR (the authors' configuration), in RGB order.
_CAFFE_MEAN = (122.7717, 115.9465, 102.9801)


class ResNet(nn.Module):
    """A ResNet whose layer3 and layer4 are dilated by 2 and 4 instead of strided, so that Stage3..5 have stride 8.

    depth: 18, 34, 50 or 101.
    width: channels of layer1's 3x3 convolutions; 64 is the published network, fewer make every layer narrower. Do not
        train a width below 8 on a CPU without AVX-512: oneDNN's gradient of a 1x1 convolution of stride 2 with fewer
        than 8 input channels is wrong there and damages memory (oneDNN issue 6035, seen with torch 2.13).
    stem: "plain" is one 7x7 stride 2; "deep" is 3x3 stride 2, 3x3, 3x3 with `stem_widths` channels.
    stem_widths: channels of the stem's convolutions, one number or three; (width,) and (width, width, 2 * width) when
        None. The authors' is 64, 64, 128; mmsegmentation's ResNetV1c 32, 32, 64.
    ceil_mode: rounding of the stem's max-pool (True in the authors' network).
    input: what the first convolution reads. The network always takes images from `augment.normalise`. "imagenet" reads
        them directly, "caffe-bgr" first converts them to BGR in 0..255 minus the mean (the authors' networks).

    The first 3x3 convolution of layer3 and layer4, which replaces the strided one, has half the dilation (1 and 2), as
    in the released code.
    `channels[s]` is the number of channels of Stage s, `strides[s]` its stride, s = 1..5. `zero` is the normalised RGB
    colour that the first convolution reads as zeros.
    """

    def __init__(
        self,
        *,
        depth: int,
        width: int = 64,
        stem: str = "plain",
        stem_widths: tuple[int, ...] | None = None,
        ceil_mode: bool = False,
        input: str = "imagenet",
    ):
        super().__init__()
        if depth not in DEPTHS:
            raise ConfigError(f"depth={depth} is not known; choose one of {', '.join(map(str, DEPTHS))}.")
        if input not in INPUTS:
            raise ConfigError(f"input={input!r} is not known; choose one of {', '.join(map(repr, INPUTS))}.")
        block, blocks = DEPTHS[depth]
        self.stem, channels = _stem(stem, width, stem_widths, input)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=ceil_mode)
        self.layer1 = _layer(block, channels, width, blocks[0], stride=1, dilation=1)
        self.layer2 = _layer(block, width * block.expansion, 2 * width, blocks[1], stride=2, dilation=1)
        self.layer3 = _layer(block, 2 * width * block.expansion, 4 * width, blocks[2], stride=1, dilation=2)
        self.layer4 = _layer(block, 4 * width * block.expansion, 8 * width, blocks[3], stride=1, dilation=4)
        self.channels = {1: channels, **{s: width * block.expansion * 2 ** (s - 2) for s in range(2, 6)}}
        self.strides = {1: 2, 2: 4, 3: 8, 4: 8, 5: 8}
        colours = MEAN if input == "imagenet" else _CAFFE_MEAN
        self.zero = [(colour - mean) / std for colour, mean, std in zip(colours, MEAN, STD, strict=True)]
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> dict[int, Float[Tensor, "B _ _ _"]]:
        """Stage1..Stage5 of normalised images, keyed 1..5.

        Stage1 is the stem before its max-pool (stride 2; for He et al. the max-pool belongs to the next stage), Stage2
        has stride 4, Stage3 to Stage5 stride 8.
        """
        stage1 = self.stem(images)
        stage2 = self.layer1(self.maxpool(stage1))
        stage3 = self.layer2(stage2)
        stage4 = self.layer3(stage3)
        return {1: stage1, 2: stage2, 3: stage3, 4: stage4, 5: self.layer4(stage4)}


class CaffeBGR(nn.Module):
    """Convert normalised RGB to BGR in 0..255 minus the mean, without parameters.

    The conversion is affine, but the first convolution cannot absorb it: its zero padding is a different colour before
    and after the conversion, so pixels at the border would change.
    """

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 H W"]:
        shift = [mean - caffe for mean, caffe in zip(MEAN, _CAFFE_MEAN, strict=True)]
        return torch.stack([images[:, c] * STD[c] + shift[c] for c in (2, 1, 0)], dim=1)


def _stem(kind: str, width: int, widths: tuple[int, ...] | None, input: str) -> tuple[nn.Sequential, int]:
    counts = {"plain": 1, "deep": 3}
    if kind not in counts:
        raise ConfigError(f"stem={kind!r} is not known; choose 'plain' (one 7x7) or 'deep' (three 3x3).")
    if widths is None:
        widths = (width,) if kind == "plain" else (width, width, 2 * width)
    if len(widths) != counts[kind]:
        raise ConfigError(f"stem_widths={widths} has {len(widths)} numbers; a {kind} stem takes {counts[kind]}.")
    stem = nn.Sequential()
    if input == "caffe-bgr":
        stem.add_module("input", CaffeBGR())
    channels = 3
    for i, out in enumerate(widths, start=1):
        kernel, stride = (7 if kind == "plain" else 3), (2 if i == 1 else 1)
        stem.add_module(f"conv{i}", nn.Conv2d(channels, out, kernel, stride, padding=kernel // 2, bias=False))
        stem.add_module(f"bn{i}", nn.BatchNorm2d(out))
        stem.add_module(f"relu{i}", nn.ReLU(inplace=True))
        channels = out
    return stem, channels


def _layer(
    block: type[BasicBlock | Bottleneck], channels: int, width: int, blocks: int, *, stride: int, dilation: int
) -> nn.Sequential:
    """One ResNet layer. torchvision's BasicBlock refuses dilation, so it is set after the blocks are built."""
    out = width * block.expansion
    shortcut = None
    if stride != 1 or channels != out:
        shortcut = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
    layer = [block(channels, width, stride, shortcut), *(block(out, width) for _ in range(blocks - 1))]
    for i, unit in enumerate(layer):
        spatial = [m for m in (unit.conv1, unit.conv2) if m.kernel_size == (3, 3)]
        for j, conv in enumerate(spatial):
            spacing = dilation // 2 if i == 0 and j == 0 and dilation > 1 else dilation
            conv.dilation = conv.padding = (spacing, spacing)
    return nn.Sequential(*layer)
