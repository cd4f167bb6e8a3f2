"""The mathematics of asymmetric attention: pure functions, no parameters.

N queries attend to S anchors. The anchors are averages of a map over the cells of a pyramid of grids (1x1, 3x3, 6x6 and
8x8 in the paper, so S = 110), which makes the pooling one linear map P (S x N) and lets every weight be traced back to
the positions it came from: row n of `weights @ P` says what query n took from each position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from annn.errors import ConfigError

PYRAMID = (1, 3, 6, 8)
POOLINGS = ("average", "max", "random")


def averaging_matrix(cells: int, length: int, device: torch.device | None = None) -> Float[Tensor, "cells length"]:
    """Average `length` positions into `cells` bins, one row per bin, each row summing to one (float64).

    Bin i covers positions floor(i * length / cells) up to ceil((i + 1) * length / cells): neighbouring bins overlap
    when `cells` does not divide `length`, and repeat positions when there are fewer positions than bins. These are the
    adaptive average pooling bins of the released code.
    """
    if cells < 1 or length < 1:
        raise ConfigError(f"cells={cells} over length={length}: a pyramid level and a map need at least 1 position.")
    cell = torch.arange(cells, device=device)[:, None]
    position = torch.arange(length, device=device)[None, :]
    start = cell * length // cells
    stop = -(-(cell + 1) * length // cells)
    inside = (position >= start) & (position < stop)
    return inside.double() / (stop - start)


def pyramid_matrix(sizes: Sequence[int], grid: tuple[int, int]) -> Float[Tensor, "S N"]:
    """The pyramid as the matrix P (float64): `P @ x` pools a map x (N = H*W rows, row-major) to the S anchors.

    Anchors are ordered by level as in `sizes`, row-major within a level; every row sums to one.
    """
    height, width = grid
    levels = [torch.kron(averaging_matrix(s, height), averaging_matrix(s, width)) for s in sizes]
    return torch.cat(levels)


def _axis_matrices(sizes: tuple[int, ...], length: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    if torch.compiler.is_compiling():  # a cache cannot be compiled; made where it is used, so that nothing is copied
        return torch.cat([averaging_matrix(s, length, device) for s in sizes]).to(dtype)
    return _kept_axis_matrices(sizes, length, dtype, device)


@lru_cache(maxsize=64)
def _kept_axis_matrices(sizes: tuple[int, ...], length: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    # Built outside inference mode: a tensor made inside it could never be used in a training step again.
    with torch.inference_mode(False):
        return torch.cat([averaging_matrix(s, length) for s in sizes]).to(dtype=dtype, device=device)


def pool_anchors(x: Float[Tensor, "B C H W"], sizes: Sequence[int]) -> Float[Tensor, "B S C"]:
    """Average a map over every cell of the pyramid: P applied to x, equal to adaptive average pooling per level.

    P is a Kronecker product per level, so it is applied one axis at a time: a single product reads the whole map once
    and leaves sum(sizes) = 18 rows (or columns), on which the second axis costs next to nothing. That is 18*N*C
    multiply-adds where the dense P needs 110*N*C. The axis that goes first is the one that needs no copy in the
    memory layout of `x` (channels last or contiguous).
    """
    batch, channels, height, width = x.shape
    sizes = tuple(sizes)
    rows = _axis_matrices(sizes, height, x.dtype, x.device)
    columns = _axis_matrices(sizes, width, x.dtype, x.device)
    anchors = []
    if x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous():
        by_row = rows @ x.permute(0, 2, 3, 1).reshape(batch, height, width * channels)
        by_row = by_row.view(batch, -1, width, channels)
        for mine, level in zip(by_row.split(sizes, dim=1), columns.split(sizes), strict=True):
            anchors.append((level @ mine).flatten(1, 2))
        return torch.cat(anchors, dim=1)
    by_column = x @ columns.mT
    for mine, level in zip(by_column.split(sizes, dim=3), rows.split(sizes), strict=True):
        anchors.append((level @ mine).flatten(2))
    return torch.cat(anchors, dim=2).mT


def max_anchors(x: Float[Tensor, "B C H W"], sizes: Sequence[int]) -> Float[Tensor, "B S C"]:
    """The largest value of every channel in every cell of the pyramid: adaptive max pooling per level.

    Not linear, so there is no matrix of it, and what is pooled has to be projected before.
    """
    return torch.cat([F.adaptive_max_pool2d(x, size).flatten(2) for size in sizes], dim=2).mT


@lru_cache(maxsize=64)
def random_positions(
    anchors: int, grid: tuple[int, int], seed: int = 0, device: torch.device | None = None
) -> Int[Tensor, " S"]:
    """Which positions of a grid (row-major) are the anchors when they are drawn: a fixed draw for each seed and grid.

    No position comes twice unless there are fewer positions than anchors; then each comes about equally often.
    """
    positions = grid[0] * grid[1]
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode(False):
        rounds = [torch.randperm(positions, generator=generator) for _ in range(-(-anchors // positions))]
        return torch.cat(rounds)[:anchors].to(device)


def random_matrix(anchors: int, grid: tuple[int, int], seed: int = 0) -> Float[Tensor, "S N"]:
    """Drawn anchors as the matrix P (float64): a single one in each row, at the anchor's position."""
    return F.one_hot(random_positions(anchors, grid, seed), grid[0] * grid[1]).double()


def tokens(x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B N C"]:
    """A map as a list of N = H*W positions, row-major (a view)."""
    return x.flatten(2).mT


def attention_weights(query: Float[Tensor, "B N K"], key: Float[Tensor, "B S K"]) -> Float[Tensor, "B N S"]:
    """softmax(query . key / sqrt(K)) over the S anchors; rows sum to one (afnb.py, apnb.py of the released code)."""
    # The scale goes onto the S anchors instead of the N x S products.
    return torch.softmax(query @ (key * key.shape[-1] ** -0.5).mT, dim=-1)


def respond(
    weights: Float[Tensor, "B N S"], anchors: Float[Tensor, "B S O"], like: Float[Tensor, "B O H W"]
) -> Float[Tensor, "B O H W"]:
    """Spread anchor values over the map: weights @ anchors, laid out in memory as the map `like` that it will join."""
    if like.is_contiguous():
        return (anchors.mT @ weights.mT).view(like.shape)
    batch, out, height, width = like.shape
    return (weights @ anchors).view(batch, height, width, out).permute(0, 3, 1, 2)


def add_response(
    x: Float[Tensor, "B O H W"], weights: Float[Tensor, "B N S"], anchors: Float[Tensor, "B S O"]
) -> Float[Tensor, "B O H W"]:
    """x + weights @ anchors: one product that starts from the map x, in x's layout; the response alone never exists."""
    if x.is_contiguous():
        return torch.baddbmm(x.flatten(2), anchors.mT, weights.mT).view(x.shape)
    out = torch.baddbmm(tokens(x), weights, anchors)
    return out.view(x.shape[0], x.shape[2], x.shape[3], -1).permute(0, 3, 1, 2)


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the anchors come from a map.

    pyramid: grid sizes; None keeps every position as its own anchor (the dense block), whatever the other fields say.
    pooling: the "average" over each cell of the pyramid (the paper), the "max" of each channel over each cell, or as
        many "random" positions, drawn once per grid.
    seed: of the draw.
    Raises ConfigError for a pooling that is not known and for an empty pyramid or level.
    """

    pyramid: tuple[int, ...] | None = PYRAMID
    pooling: str = "average"
    seed: int = 0

    def __post_init__(self):
        if self.pyramid is not None and min(self.pyramid, default=0) < 1:
            raise ConfigError(f"pyramid={self.pyramid}; expected grid sizes of at least 1, such as (1, 3, 6, 8).")
        if self.pooling not in POOLINGS:
            raise ConfigError(f"pooling={self.pooling!r} is not known; choose one of {', '.join(map(repr, POOLINGS))}.")

    @property
    def dense(self) -> bool:
        """Whether every position is an anchor."""
        return self.pyramid is None

    @property
    def drawn(self) -> bool:
        """Whether anchors are positions drawn by `seed`, instead of cells of the pyramid."""
        return not self.dense and self.pooling == "random"

    @property
    def linear(self) -> bool:
        """Whether `pool` is a matrix, so that what is linear may come before or after it."""
        return self.dense or self.pooling != "max"

    def count(self, grid: tuple[int, int]) -> int:
        """S, the number of anchors of a map of (H, W) positions; the grid matters to the dense block alone."""
        return grid[0] * grid[1] if self.pyramid is None else sum(size * size for size in self.pyramid)

    def levels(self, grid: tuple[int, int]) -> list[slice]:
        """The anchors of each pyramid level, as slices into S; drawn and dense anchors have no levels: one slice."""
        if self.pyramid is None or self.drawn:
            return [slice(0, self.count(grid))]
        ends = torch.tensor([0, *(s * s for s in self.pyramid)]).cumsum(0).tolist()
        return [slice(a, b) for a, b in pairwise(ends)]

    def matrix(self, grid: tuple[int, int]) -> Float[Tensor, "S N"]:
        """P: how much of each of the N = H*W positions is in each anchor (float64); rows sum to one.

        Raises ConfigError for max pooling: which position an anchor's value comes from differs from channel to channel.
        """
        if self.pyramid is None:
            return torch.eye(grid[0] * grid[1], dtype=torch.float64)
        if not self.linear:
            raise ConfigError(
                "pooling='max': the maximum over a cell is not linear, so its anchors have no weights on positions; "
                "expected 'average' or 'random'. Look at `weights` over the anchors instead."
            )
        return random_matrix(self.count(grid), grid, self.seed) if self.drawn else pyramid_matrix(self.pyramid, grid)

    def pool(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B S C"]:
        """The anchors of a map: `matrix @ tokens(x)` where the pooling is linear."""
        if self.pyramid is None:
            return tokens(x)
        if self.pooling == "average":
            return pool_anchors(x, self.pyramid)
        if self.pooling == "max":
            return max_anchors(x, self.pyramid)
        grid = (x.shape[2], x.shape[3])
        return tokens(x)[:, random_positions(self.count(grid), grid, self.seed, x.device)]


PAPER_SAMPLING = Sampling()
"""Averages over the cells of `PYRAMID`: 110 anchors (Section 3.2)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attention:
    """What one block's queries put on its anchors, and what the anchors mean on the map they were pooled from.

    weights: B x N x S, rows sum to one; N = H*W of `query_grid`, row-major.
    query_grid, value_grid: (H, W) of the map that asks and of the map that is pooled; each covers the whole image, so
        position (y, x) of a grid covers the image's rows y/H..(y+1)/H and columns x/W..(x+1)/W.
    sampling: how the anchors come from the pooled map.
    """

    weights: Float[Tensor, "B N S"]
    query_grid: tuple[int, int]
    value_grid: tuple[int, int]
    sampling: Sampling

    def matrix(self) -> Float[Tensor, "S M"]:
        """P of `sampling` on the M positions of the value map (float64); raises ConfigError for max pooling."""
        return self.sampling.matrix(self.value_grid)

    def on_positions(self, queries: Int[Tensor, " Q"] | None = None) -> Float[Tensor, "B Q H W"]:
        """The exact weight that each query puts on each position of the value map: `weights @ P`, rows sum to one.

        queries: indices into N; all of them when None (N x M numbers: 340 MB in float32 for two 96 x 96 grids).
        """
        weights = self.weights if queries is None else self.weights[:, queries]
        matrix = self.matrix().to(weights)
        return (weights @ matrix).unflatten(2, self.value_grid)

    def levels(self) -> list[slice]:
        """The anchors of each pyramid level, as slices into S; drawn and dense anchors have no levels: one slice."""
        return self.sampling.levels(self.value_grid)
