"""Attention statistics over a data set: entropy, pyramid levels, distance, and weight between classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from annn.attention import Attention
from annn.augment import normalise
from annn.data.space import IGNORE, LabelSpace
from annn.errors import ConfigError
from annn.model import ANNN

_QUERIES_AT_ONCE = 512


def entropy(weights: Float[Tensor, "N S"]) -> Float[Tensor, " N"]:
    """Entropy of each query's weights in bits: 0 for a single anchor, log2(S) for uniform weights."""
    weights = weights.double()
    return -torch.xlogy(weights, weights).sum(1) / np.log(2)


def level_shares(attention: Attention) -> Float[Tensor, "N L"]:
    """The fraction of each query's weight on each pyramid level, for the first image."""
    weights = attention.weights[0].double()
    return torch.stack([weights[:, part].sum(1) for part in attention.levels()], dim=1)


def centres(grid: tuple[int, int], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the centre pixel of each position of a grid that covers an image of `size`, row-major."""
    y, x = (
        np.minimum((np.arange(cells) + 0.5) * length / cells, length - 1).astype(int)
        for cells, length in zip(grid, size, strict=True)
    )
    return np.repeat(y, grid[1]), np.tile(x, grid[0])


def areas(label: UInt8[np.ndarray, "H W"], grid: tuple[int, int], classes: int) -> Float[Tensor, "M A"]:
    """The fraction of each position's patch that each class covers; the last column is for ignored pixels."""
    ids = torch.from_numpy(np.where(label < classes, label, classes)).long()
    painted = F.one_hot(ids, classes + 1).permute(2, 0, 1).float()
    return F.adaptive_avg_pool2d(painted, grid).flatten(1).T.double()


def weight_on(attention: Attention, area: Float[Tensor, "M A"]) -> Float[Tensor, "N A"]:
    """The weight of each query of the first image on regions; `area` holds their fraction of each position's patch."""
    return attention.weights[0].double() @ (attention.matrix() @ area)


def distances(attention: Attention, size: tuple[int, int]) -> tuple[Float[Tensor, " N"], Float[Tensor, " N"]]:
    """Mean distance between a query and its targets, and the same for uniform attention; in image widths.

    size: (height, width) of the image, for its aspect ratio.
    """
    queries, values = (_places(grid, size) for grid in (attention.query_grid, attention.value_grid))
    weights, matrix = attention.weights[0].double(), attention.matrix()
    actual, uniform = [], []
    for start in range(0, len(queries), _QUERIES_AT_ONCE):
        part = slice(start, start + _QUERIES_AT_ONCE)
        away = torch.cdist(queries[part], values)
        actual.append((weights[part] * (away @ matrix.T)).sum(1))
        uniform.append(away.mean(1))
    return torch.cat(actual), torch.cat(uniform)


def _places(grid: tuple[int, int], size: tuple[int, int]) -> Float[Tensor, "N 2"]:
    y = (torch.arange(grid[0], dtype=torch.float64) + 0.5) / grid[0] * size[0] / size[1]
    x = (torch.arange(grid[1], dtype=torch.float64) + 0.5) / grid[1]
    return torch.cartesian_prod(y, x)


@dataclass(kw_only=True, eq=False)
class AttentionStatistics:
    """Averages over the queries of each class (by the truth at the centre of their patch) of one block.

    queries: their number. entropy: in bits, at most `bits`. shares: per pyramid level. distance, uniform_distance: in
    image widths. between: row a, column b: the weight of queries of class a on pixels of class b; the last column is
    for ignored pixels. uniform: the same for uniform attention. NaN for a class without queries.
    """

    classes: tuple[str, ...]
    levels: tuple[str, ...]
    bits: float
    queries: Float[np.ndarray, " K"]
    sums: dict[str, np.ndarray] = field(default_factory=dict)

    def _mean(self, name: str) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return (self.sums[name].T / self.queries).T

    @property
    def entropy(self) -> Float[np.ndarray, " K"]:
        return self._mean("entropy")

    @property
    def shares(self) -> Float[np.ndarray, "K L"]:
        return self._mean("shares")

    @property
    def distance(self) -> Float[np.ndarray, " K"]:
        return self._mean("distance")

    @property
    def uniform_distance(self) -> Float[np.ndarray, " K"]:
        return self._mean("uniform_distance")

    @property
    def between(self) -> Float[np.ndarray, "K A"]:
        return self._mean("between")

    @property
    def uniform(self) -> Float[np.ndarray, "K A"]:
        return self._mean("uniform")

    def overall(self) -> dict[str, float]:
        """The same averages over the queries of all classes."""
        total = self.queries.sum()
        mean = {name: float(self.sums[name].sum(0) / total) for name in ("entropy", "distance", "uniform_distance")}
        shares = self.sums["shares"].sum(0) / total
        return mean | {f"share of {name}": float(share) for name, share in zip(self.levels, shares, strict=True)}

    def add(self, label: UInt8[np.ndarray, " N"], values: dict[str, np.ndarray]) -> None:
        """Count the queries of one image, whose true classes are `label`."""
        counted = label < len(self.classes)
        member = np.eye(len(self.classes))[:, label[counted]]
        self.queries += member.sum(1)
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0) + member @ value[counted]


@torch.inference_mode()
def attention_statistics(
    model: ANNN,
    samples: Iterable[Any],
    space: LabelSpace,
    blocks: Sequence[str] | None = None,
    *,
    progress: bool = True,
) -> dict[str, AttentionStatistics]:
    """Statistics of each block of a network over samples, or other objects with `image` and `label` (train ids).

    blocks: names as in `ANNN.attention`, all by default; raises ConfigError for unknown names.
    """
    device = next(model.parameters()).device
    model.eval()
    statistics: dict[str, AttentionStatistics] = {}
    for sample in tqdm(samples, desc="attention", unit="image", disable=not progress):
        image, label = sample.image, sample.label
        maps = model.attention(normalise(image)[None].to(device))
        unknown = set(blocks or ()) - set(maps)
        if unknown:
            raise ConfigError(f"blocks: {sorted(unknown)} not known, expected some of {', '.join(map(repr, maps))}.")
        for name in blocks or maps:
            attention = replace(maps[name], weights=maps[name].weights.float().cpu())
            if name not in statistics:
                statistics[name] = _empty(attention, space.classes)
            rows, columns = centres(attention.query_grid, label.shape)
            statistics[name].add(label[rows, columns], _query_values(attention, label, len(space.classes)))
    return statistics


def _query_values(attention: Attention, label: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    area = areas(label, attention.value_grid, classes)
    distance, uniform_distance = distances(attention, (label.shape[0], label.shape[1]))
    queries = attention.weights.shape[1]
    values = {
        "entropy": entropy(attention.weights[0]),
        "shares": level_shares(attention),
        "distance": distance,
        "uniform_distance": uniform_distance,
        "between": weight_on(attention, area),
        "uniform": area.mean(0).expand(queries, -1),
    }
    return {name: value.numpy() for name, value in values.items()}


def _empty(attention: Attention, classes: tuple[str, ...]) -> AttentionStatistics:
    assert len(classes) <= IGNORE
    sizes = attention.sampling.pyramid if len(attention.levels()) > 1 else None
    levels = tuple(f"{s}x{s}" for s in sizes) if sizes else ("all anchors",)
    bits = float(np.log2(attention.weights.shape[2]))
    return AttentionStatistics(classes=classes, levels=levels, bits=bits, queries=np.zeros(len(classes)))
