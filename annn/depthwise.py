"""Depthwise convolutions that are faster on a CPU: the same function and the same gradients.

oneDNN has fast kernels for depthwise convolutions forward, and slow ones for some of their gradients. On one core of an
AMD EPYC with bfloat16, a dilated 5x5 over 1152 channels (4 x 16 x 20 positions) takes 0.9 ms forward, 79 ms for the
gradient of its weights and 24 ms for that of its input. Both gradients are depthwise convolutions themselves:

- The input's: the output's gradient, with the filters turned by 180 degrees. (0.9 ms) With a stride, zeros come
  between its rows and columns.
- The weights': the input, with the output's gradient as its filters, one for each image and channel; stride and
  dilation change places. (8 ms)

A whole training step of EfficientNet-Lite0 in bfloat16 takes 0.6 of the time.

And oneDNN leaves its fast kernels where an image is padded by 8 or more, as a 5x5 at output stride 8 is, which has
dilation 4. Zeros that are added before make no difference, and it stays fast: 1152 channels of 73 x 97 positions take
22 ms instead of 217 (one core of an Intel Xeon, bfloat16), a whole image at stride 8 two thirds of the time.
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

_SLOW_PADDING = 8
"""From this padding on oneDNN leaves its fast kernels."""


class DepthwiseConv2d(nn.Conv2d):
    """A convolution of one filter per channel, without bias, that computes its gradients as above on a CPU.

    same: pad to ceil(size / stride) positions, as TensorFlow does: more on the right and below where it is uneven.
    """

    same: bool = False

    @classmethod
    def of(cls, conv: nn.Conv2d, *, same: bool) -> DepthwiseConv2d:
        """The same convolution with the same parameter; `same` tells whether it pads as TensorFlow does."""
        new = cls(
            conv.in_channels,
            conv.out_channels,
            conv.kernel_size,  # pyright: ignore[reportArgumentType]  torch says tuple[int, ...], and means two
            conv.stride,  # pyright: ignore[reportArgumentType]
            0 if same else conv.padding,  # pyright: ignore[reportArgumentType]
            conv.dilation,  # pyright: ignore[reportArgumentType]
            conv.groups,
            bias=False,
            device="meta",
        )
        new.weight, new.same = conv.weight, same
        return new.train(conv.training)

    def forward(self, input: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C h w"]:
        x, weight = input, self.weight
        if self.same:
            x = F.pad(x, self._same_padding(x))
        training = torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad)
        if x.device.type != "cpu" or self.bias is not None:
            return self._conv_forward(x, weight, self.bias)
        if not training:
            return _convolve(x, weight, self.stride, self.padding, self.dilation)
        if torch.is_autocast_enabled("cpu"):
            dtype = torch.get_autocast_dtype("cpu")
            x, weight = x.to(dtype), weight.to(dtype)
        return _Depthwise.apply(x, weight, self.stride, self.padding, self.dilation)

    def _same_padding(self, x: Tensor) -> list[int]:
        sides: list[int] = []
        for axis in (1, 0):
            size, stride = x.shape[2 + axis], self.stride[axis]
            extent = self.dilation[axis] * (self.kernel_size[axis] - 1) + 1
            total = max((-(-size // stride) - 1) * stride + extent - size, 0)
            sides += [total // 2, total - total // 2]
        return sides


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: Any, padding: Any, dilation: Any) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.settings = (stride, padding, dilation)
        with torch.autocast("cpu", enabled=False):
            return _convolve(x, weight, stride, padding, dilation)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None, None, None, None]:
        x, weight = ctx.saved_tensors
        (grad,) = grads
        grad = grad.to(x.dtype)
        of_input = _input_gradient(grad, x, weight, *ctx.settings) if ctx.needs_input_grad[0] else None
        of_weight = _weight_gradient(grad, x, weight, *ctx.settings) if ctx.needs_input_grad[1] else None
        return of_input, of_weight, None, None, None


def _convolve(x: Tensor, weight: Tensor, stride: Any, padding: Any, dilation: Any) -> Tensor:
    if max(padding) >= _SLOW_PADDING:
        x, padding = F.pad(x, (padding[1], padding[1], padding[0], padding[0])), (0, 0)
    return F.conv2d(x, weight, None, stride, padding, dilation, groups=x.shape[1])


def _input_gradient(grad: Tensor, x: Tensor, weight: Tensor, stride: Any, padding: Any, dilation: Any) -> Tensor:
    around = [d * (k - 1) - p for d, k, p in zip(dilation, weight.shape[2:], padding, strict=True)]
    if min(around) < 0:
        return _library(grad, x, weight, stride, padding, dilation, which=0)
    if stride != (1, 1):
        # As large as the output of stride 1, of which the library's output has every `stride`-th row and column.
        rows, columns = (size - (a - p) for size, a, p in zip(x.shape[2:], around, padding, strict=True))
        shape = (*grad.shape[:2], rows, columns)
        spread = torch.empty(shape, dtype=grad.dtype, memory_format=torch.channels_last).zero_()
        spread[:, :, :: stride[0], :: stride[1]] = grad
        grad = spread
    return _convolve(grad, weight.flip(2, 3), 1, around, dilation)


def _weight_gradient(grad: Tensor, x: Tensor, weight: Tensor, stride: Any, padding: Any, dilation: Any) -> Tensor:
    rows, columns = weight.shape[2:]
    if max(rows, columns) <= 3 and dilation == (1, 1):  # the library's kernel is faster here
        return _library(grad, x, weight, stride, padding, dilation, which=1)
    padded = F.pad(x, (padding[1], padding[1], padding[0], padding[0])).contiguous()
    filters = grad.contiguous().flatten(0, 1)[:, None]
    each = F.conv2d(padded.flatten(0, 1)[None], filters, None, dilation, 0, stride, groups=len(filters))
    taps = each.unflatten(1, grad.shape[:2])[0, ..., :rows, :columns].sum(
        0, dtype=torch.promote_types(x.dtype, torch.float32)
    )
    return taps[:, None].to(weight.dtype).contiguous(memory_format=torch.channels_last)


def _library(
    grad: Tensor, x: Tensor, weight: Tensor, stride: Any, padding: Any, dilation: Any, *, which: int
) -> Tensor:
    wanted = [which == 0, which == 1, False]
    return torch.ops.aten.convolution_backward(
        grad, x, weight, None, stride, padding, dilation, False, [0, 0], x.shape[1], wanted
    )[which]
