"""Any convolutional network of timm with five stages as a backbone: Stage1 to Stage5, like `backbone.ResNet`."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from annn.backbone import MEAN, STD
from annn.depthwise import DepthwiseConv2d
from annn.errors import ConfigError

STAGES = 5


class TimmBackbone(nn.Module):
    """The feature extractor of a timm network, with fresh weights.

    name: timm's name of the network, such as "tf_efficientnet_lite0". output_stride: 8, 16 or 32, the stride of Stage5;
    where the network would go beyond it, it is dilated instead.
    state: ImageNet weights of the whole network under timm's names; its classifier is left out. None for random ones.

    The network takes images from `augment.normalise`, as every backbone does, and first converts them to the colours
    that it was trained with (`input_statistics`). `channels[s]` and `strides[s]` are those of Stage s, s = 1..5, and
    `zero` is the normalised RGB colour that it reads as zeros.
    Raises ConfigError if timm is not installed, does not know the name, or if the network has no five stages or cannot
    have this stride.
    """

    def __init__(self, *, name: str, output_stride: int = 16, state: Mapping[str, Tensor] | None = None):
        super().__init__()
        self.network = _create(name, output_stride, state)
        _speed_up(self.network)
        mean, std = input_statistics(name)
        # Numbers and not buffers: they are constants of the network, not weights of a file.
        self.scale = [STD[c] / std[c] for c in range(3)]
        self.shift = [(MEAN[c] - mean[c]) / std[c] for c in range(3)]
        self.zero = [-shift / scale for shift, scale in zip(self.shift, self.scale, strict=True)]
        info: Any = self.network.feature_info
        self.channels: dict[int, int] = dict(enumerate(info.channels(), start=1))
        self.strides: dict[int, int] = dict(enumerate(info.reduction(), start=1))

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> dict[int, Float[Tensor, "B _ _ _"]]:
        """Stage1..Stage5 of normalised images, keyed 1..5."""
        converted = torch.stack([images[:, c] * self.scale[c] + self.shift[c] for c in range(3)], dim=1)
        return dict(enumerate(self.network(converted), start=1))


def input_statistics(name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of the input that a network was trained with: of RGB in 0..255.

    timm's own, except for EfficientNet-Lite: Google trained it on (RGB - 127) / 128, and timm rounds that to 127.5.
    """
    if name.startswith("tf_efficientnet_lite"):
        return (127.0,) * 3, (128.0,) * 3
    settings = whole_network(name, "meta").pretrained_cfg
    return tuple(255 * value for value in settings["mean"]), tuple(255 * value for value in settings["std"])


@lru_cache
def stage_channels(name: str, output_stride: int) -> dict[int, int]:
    """The channels of Stage1..Stage5, keyed 1..5; raises ConfigError as `TimmBackbone`."""
    with torch.device("meta"):
        return dict(enumerate(_create(name, output_stride).feature_info.channels(), start=1))


def whole_network(name: str, device: str = "cpu") -> Any:
    """The network with its classifier and random weights; raises ConfigError for a name that timm does not know."""
    timm = _timm(name)
    _check_name(timm, name)
    with torch.device(device):
        return timm.create_model(name)


def _create(name: str, output_stride: int, state: Mapping[str, Tensor] | None = None) -> Any:
    timm = _timm(name)
    _check_name(timm, name)
    weights = {} if state is None else {"pretrained": True, "pretrained_cfg_overlay": {"state_dict": dict(state)}}
    # timm warns that the classifier's weights find no place in a feature extractor, which is what is wanted.
    logging.getLogger("timm.models._builder").setLevel(logging.ERROR)
    dilated = {} if output_stride == 32 else {"output_stride": output_stride}  # 32 is what networks have by themselves
    try:
        network = timm.create_model(name, features_only=True, **dilated, **weights)
    except (TypeError, AssertionError, NotImplementedError, ValueError, KeyError) as error:
        raise ConfigError(
            f"backbone={name!r}: cannot give its stages at output_stride={output_stride} "
            f"({str(error) or type(error).__name__}); expected a convolutional network that timm can dilate. Choose "
            "output_stride=32, or another network, such as 'tf_efficientnet_lite0' or 'resnet50'."
        ) from error
    reached = network.feature_info.reduction()
    if len(reached) != STAGES or list(reached) != sorted(reached):
        raise ConfigError(
            f"backbone={name!r}: has {len(reached)} stages (strides {', '.join(map(str, reached))}); expected five, "
            "Stage1 to Stage5. Choose another network, such as 'tf_efficientnet_lite0' or 'resnet50'."
        )
    if reached[-1] != output_stride:
        raise ConfigError(
            f"backbone={name!r}: its Stage5 has stride {reached[-1]}, expected output_stride={output_stride}. "
            f"Choose output_stride={reached[-1]}, or another network."
        )
    return network


def _speed_up(network: nn.Module) -> None:
    """Replace depthwise convolutions by ours, which have the same function and parameters."""
    for parent in list(network.modules()):
        for name, conv in parent.named_children():
            depthwise = isinstance(conv, nn.Conv2d) and 1 < conv.groups == conv.in_channels == conv.out_channels
            if depthwise and conv.bias is None and type(conv).__name__ in ("Conv2d", "Conv2dSame"):
                setattr(
                    parent,
                    name,
                    DepthwiseConv2d.of(
                        conv,  # pyright: ignore[reportArgumentType]  a Conv2d, as asked above
                        same=type(conv).__name__ == "Conv2dSame",
                    ),
                )


def _timm(name: str) -> Any:
    """The package, imported only here: a machine that trains ResNets does not need it."""
    try:
        import timm
    except ImportError as error:
        raise ConfigError(
            f"backbone={name!r}: this network is one of timm's, and the package timm cannot be imported ({error}). "
            "Install it (pip install timm==1.0.31), or choose backbone='resnet'."
        ) from error
    return timm


def _check_name(timm: Any, name: str) -> None:
    if timm.is_model(name):
        return
    near = difflib.get_close_matches(name, timm.list_models(), n=4, cutoff=0.5)
    offer = f"near names: {', '.join(near)}" if near else "timm.list_models() lists all of them"
    raise ConfigError(f"backbone={name!r}: timm knows no network of this name; {offer}. Or choose 'resnet'.")
