"""Similarity of two networks' features: linear CKA with debiased HSIC, in float64, with an interval over images.

Kornblith et al. 2019 (CKA); Song et al. 2012, equation 5 (debiased HSIC); Nguyen et al. 2021 (CKA from minibatches).
With linear kernels, CKA depends only on sums over samples. So batches can be added exactly without a kernel matrix, and
images can be weighted afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from annn.analysis import bootstrap
from annn.errors import ConfigError

_AT_ONCE = 20  # bootstrap draws per batch: 0.7 GB for 2048 channels
_MEMORY = 2.1e9  # bytes that the sums of two networks' features may take
_MOST_GROUPS = 100


class Similarity(NamedTuple):
    """Linear CKA of two sets of features, and a percentile interval of the bootstrap over images."""

    cka: float
    low: float
    high: float


class LinearCKA:
    """Linear CKA of two networks' features, summed image by image (or in groups of images).

    Memory: 8 bytes times C^2 + C D + D^2 per addition, for C and D channels; 100 MB for 2048 and 2048.
    """

    def __init__(self) -> None:
        self._sums: list[dict[str, dict[str, Tensor]]] = []
        self._center: tuple[Tensor, Tensor] | None = None

    def __len__(self) -> int:
        return len(self._sums)

    def add(self, x: Float[Tensor, "n C"], y: Float[Tensor, "m D"]) -> None:
        """Add the features of the same n samples in both networks; raises ConfigError where their numbers differ."""
        if len(x) != len(y):
            raise ConfigError(f"LinearCKA: features of {len(x)} and of {len(y)} samples; expected the same samples.")
        x, y = x.double(), y.double()
        if self._center is None:  # CKA is the same for any centre; one near the mean keeps precision
            self._center = x.mean(0), y.mean(0)
        x, y = x - self._center[0], y - self._center[1]
        self._sums.append({"xy": _sums(x, y), "xx": _sums(x, x), "yy": _sums(y, y)})

    def value(self, weights: Float[Tensor, " additions"] | None = None) -> float:
        """CKA of all samples: 1 for features equal up to rotation and scale, about 0 for unrelated ones.

        weights: how often each addition counts; once if None. Debiased, it may fall slightly below 0; NaN where a
        network's features do not vary. Raises ConfigError for fewer than 4 samples, which nothing can debias.
        """
        if sum(int(sums["xy"]["n"]) for sums in self._sums) < 4:
            raise ConfigError("LinearCKA: fewer than 4 samples were added; expected those of several images.")
        weights = torch.ones(len(self)) if weights is None else weights
        return float(self._values(weights[None].double()))

    def interval(self, draws: int = 200, level: float = 0.95, seed: int = 0) -> Similarity:
        """CKA with a bootstrap interval: additions (images) are drawn with replacement, each as a whole.

        Positions of one image are correlated, so images are drawn, not positions.
        """
        weights = torch.from_numpy(bootstrap.resampled(len(self), draws, seed))
        values = torch.cat([self._values(part) for part in weights.split(_AT_ONCE)])
        return Similarity(self.value(), *bootstrap.interval(values.numpy(), level))

    def _values(self, weights: Float[Tensor, "draws additions"]) -> Float[Tensor, " draws"]:
        xy, xx, yy = (_hsic([sums[name] for sums in self._sums], weights) for name in ("xy", "xx", "yy"))
        scale = torch.minimum(xx, yy).clamp_min(0).sign() * xx * yy
        return torch.where(scale > 0, xy / scale.clamp_min(1e-300).sqrt(), math.nan)


def affordable_groups(channels: int, other_channels: int) -> int:
    """The number of groups of images: 100, or fewer if `LinearCKA` would need more than 2 GB.

    channels, other_channels: those of the two networks' widest features; 20 groups for 2048 and 2048.
    """
    return max(2, min(_MOST_GROUPS, int(_MEMORY / _bytes_per_addition(channels, other_channels))))


def debiased_hsic(x: Float[Tensor, "n C"], y: Float[Tensor, "n D"]) -> float:
    """The debiased estimate of the Hilbert-Schmidt independence criterion with linear kernels, for n > 3 samples."""
    return _hsic([_sums(x.double(), y.double())], torch.ones(1, 1, dtype=torch.float64)).item()


def positions(height: int, width: int, count: int, image: int) -> tuple[Tensor, Tensor]:
    """Rows and columns of `count` positions in a map of height x width: the same places for every map of an image.

    They are uniform over the image, with the image's number as seed. So maps of two networks or two stages are read at
    the same places, also if their sizes differ.
    """
    places = np.random.default_rng([17, image]).random((2, count))
    return torch.from_numpy((places[0] * height).astype(int)), torch.from_numpy((places[1] * width).astype(int))


def _bytes_per_addition(channels: int, other_channels: int) -> int:
    return 8 * (channels**2 + channels * other_channels + other_channels**2)


def _sums(x: Float[Tensor, "n C"], y: Float[Tensor, "n D"]) -> dict[str, Tensor]:
    """Sums over samples, with a = |x|^2 and b = |y|^2 of each sample, the diagonals of the two kernel matrices."""
    a, b = (x * x).sum(1), (y * y).sum(1)
    return {
        "n": torch.tensor(len(x), dtype=torch.float64), "x y": x.T @ y, "x": x.sum(0), "y": y.sum(0),
        "x b": b @ x, "a y": a @ y, "a": a.sum(), "b": b.sum(), "a b": a @ b,
    }  # fmt: skip


def _hsic(sums: Sequence[dict[str, Tensor]], weights: Float[Tensor, "draws groups"]) -> Float[Tensor, " draws"]:
    """The debiased HSIC of unions of groups of samples, each group taken `weights` times, for each draw of weights.

    Copies of a sample count as the same sample: the estimator leaves out the similarity of a sample to itself, and so
    also to its copies.
    """

    def total(name: str, power: int = 1) -> Tensor:
        return torch.tensordot(weights**power, torch.stack([part[name] for part in sums]), dims=1)

    n, x, y, xy = total("n"), total("x"), total("y"), total("x y")
    # K, L: the kernel matrices with zeros for a sample and itself (a power of the weights for each such factor)
    trace = xy.square().sum((1, 2)) - total("a b", 2)
    sum_k, sum_l = x.square().sum(1) - total("a", 2), y.square().sum(1) - total("b", 2)
    along = torch.einsum("dc,dce,de->d", x, xy, y)
    sum_kl = along - (x * total("x b", 2)).sum(1) - (total("a y", 2) * y).sum(1) + total("a b", 3)
    return (trace + sum_k * sum_l / ((n - 1) * (n - 2)) - 2 * sum_kl / (n - 2)) / (n * (n - 3))
