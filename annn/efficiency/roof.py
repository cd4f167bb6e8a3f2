"""The roof that a machine's arithmetic has: what one large product reaches."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from annn.device import PRECISIONS, autocast

SIDE, GPU_SIDE = 2048, 8192  # of the square matrices


def peak_rates(device: torch.device) -> dict[str, float]:
    """Multiply-adds per second by precision, the roof that shares refer to: the faster of a large square matrix product
    and a 1x1 convolution of the same size, since they are different libraries' on many machines.

    Medians of a second each, in tensors of 2048 x 2048 numbers (a GPU: 8192 x 8192) of the precision's own type, the
    time of starting it included; in smaller ones where a product takes longer than a second, as bf16 does on a CPU
    that has no instructions for it. One shape measured once: a form whose shapes suit the machine better, or that runs
    when it is cooler or less busy, may pass it. On the CPU in fp32, which is tf32 there, and bf16.
    """
    gpu = device.type == "cuda"
    rates = {}
    for precision in PRECISIONS if gpu else ("fp32", "bf16"):
        with torch.inference_mode(), autocast(precision, device):  # which says what a GPU rounds float32 to
            size = GPU_SIDE if gpu else _affordable(PRECISIONS[precision] or torch.float32, SIDE)
            a = torch.randn(size, size, device=device, dtype=PRECISIONS[precision] or torch.float32)
            products: list[Callable[[], Tensor]] = [lambda a=a: a @ a, lambda a=a: _convolution(a)]
            rates[precision] = size**3 / min(_seconds(product, device) for product in products)
    return rates


def _affordable(dtype: torch.dtype, most: int) -> int:
    """The side of the largest matrices, up to `most`, that this CPU multiplies in either way in less than a second."""
    size = 256
    while size < most:
        a = torch.randn(size, size, dtype=dtype)
        begin = time.perf_counter()
        _convolution(a @ a)
        if 8 * (time.perf_counter() - begin) > 2:  # twice the side is eight times the work
            break
        size *= 2
    return size


def _convolution(a: Tensor) -> Tensor:
    """The product of a square matrix with itself, as a 1x1 convolution."""
    return F.conv2d(a.view(1, len(a), len(a) // 32, 32), a[:, :, None, None])


def _seconds(product: Callable[[], Tensor], device: torch.device) -> float:
    """Median seconds of a short call: as many together as take a fiftieth of a second, for about a second."""
    times, together = [], 1
    started = time.perf_counter()
    while len(times) < 4 or time.perf_counter() - started < 1:
        wait(device)
        begin = time.perf_counter()
        for _ in range(together):
            product()
        wait(device)
        times.append((time.perf_counter() - begin) / together)
        together = max(1, round(0.02 / times[-1]))
    return statistics.median(times[1:])  # the first warms up


def wait(device: torch.device) -> None:
    """Until a GPU has done all that it was told."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
