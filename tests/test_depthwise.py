"""Faster depthwise convolutions give the output and the gradients of PyTorch's own."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from annn.depthwise import DepthwiseConv2d


def gradients(conv: nn.Conv2d, images: torch.Tensor, seed: int) -> tuple[torch.Tensor, ...]:
    """Output, and gradients of the input and the weights, for a random gradient of the output."""
    images = images.clone().requires_grad_()
    out = conv(images)
    torch.manual_seed(seed)
    out.backward(torch.randn_like(out))
    assert images.grad is not None and conv.weight.grad is not None
    found = out.detach(), images.grad, conv.weight.grad.clone()
    conv.weight.grad = None
    return found


@given(
    kernel=st.sampled_from((1, 3, 5, 7)),
    stride=st.sampled_from((1, 2, 3)),
    dilation=st.sampled_from((1, 2, 4)),
    padding=st.integers(0, 9),
    size=st.tuples(st.integers(25, 40), st.integers(25, 40)),
    channels=st.integers(1, 9),
    last=st.booleans(),
)
def test_output_and_gradients_are_those_of_pytorch(kernel, stride, dilation, padding, size, channels, last) -> None:
    torch.manual_seed(0)
    layout = torch.channels_last if last else torch.contiguous_format
    theirs = nn.Conv2d(
        channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False, dtype=torch.float64
    )
    ours = DepthwiseConv2d.of(theirs, same=False)
    images = torch.randn(2, channels, *size, dtype=torch.float64).contiguous(memory_format=layout)
    for found, expected in zip(gradients(ours, images, 1), gradients(theirs, images, 1), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(16, 16), (17, 23)])
def test_same_padding_is_timms(stride: int, size: tuple[int, int]) -> None:
    layers = pytest.importorskip("timm.layers")
    torch.manual_seed(0)
    theirs = layers.Conv2dSame(8, 8, 5, stride=stride, groups=8, bias=False)
    ours = DepthwiseConv2d.of(theirs, same=True)
    images = torch.randn(2, 8, *size)
    for found, expected in zip(gradients(ours, images, 1), gradients(theirs, images, 1), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("stride", [1, 2])
def test_bfloat16_differs_by_its_rounding(stride: int) -> None:
    torch.manual_seed(0)
    exact = nn.Conv2d(16, 16, 5, stride, 4, 2, groups=16, bias=False)
    ours = DepthwiseConv2d.of(exact, same=False)
    images = torch.randn(2, 16, 20, 24).contiguous(memory_format=torch.channels_last)
    expected = gradients(exact, images, 1)
    with torch.autocast("cpu", torch.bfloat16):
        found = gradients(ours, images, 1)
    for rounded, exactly in zip(found[1:], expected[1:], strict=True):
        assert F.cosine_similarity(rounded.float().flatten(), exactly.flatten(), dim=0) > 0.999


def test_the_parameter_is_the_same_and_inference_is_the_plain_convolution() -> None:
    conv = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
    ours = DepthwiseConv2d.of(conv, same=False)
    assert ours.weight is conv.weight and list(ours.state_dict()) == ["weight"]
    images = torch.randn(1, 8, 9, 9)
    with torch.inference_mode():
        assert torch.equal(ours(images), conv(images))
