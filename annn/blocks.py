"""AFNB, APNB and the dense non-local block: parameters around the functions of `attention`.

The function is the paper's, the arithmetic is regrouped. Between the anchors and the fuse convolution everything is
linear and the rows of the attention A sum to one, so with [C_ctx, C_x] the two halves of the fuse convolution

    fuse(concat[W(A P(Wv x_low)), x_high])  =  A . (C_ctx (W (Wv (P x_low) + b_v) + b_w))  +  C_x x_high + b

The right-hand side carries the value path on S = 110 anchors instead of N positions, never forms the context map, and
needs no concatenation. `textbook.py` holds the left-hand side, as written in the paper, as the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from annn.attention import PAPER_SAMPLING, Attention, Sampling, add_response, attention_weights, tokens
from annn.errors import ConfigError

SHARING = ("none", "query=key", "key=value")


class AsymmetricAttention(nn.Module):
    """Queries of one map attend to the anchors of another; parameters and weights, without the fuse convolution.

    low, high, out: channels of the pooled map, of the asking map, and of the response W(A v).
    key, value: channels K and V of the projections.
    sampling: how the anchors come from the pooled map.
    sharing: which projections are one module. "query=key" is the released APNB (run once here; the released code runs
        it twice, so only its running statistics differ), "key=value" is the paper's Figure 3, "none" is AFNB.
    bias: whether the convolutions that precede a BN have one (the released code: yes, mmsegmentation: no).

    The weights and the bias of W start at zero, so that a fresh block adds nothing (released code).
    """

    def __init__(
        self,
        *,
        low: int,
        high: int,
        out: int,
        key: int,
        value: int,
        sampling: Sampling = PAPER_SAMPLING,
        sharing: str = "none",
        bias: bool = True,
    ):
        super().__init__()
        if sharing not in SHARING:
            raise ConfigError(f"sharing={sharing!r} is not known; choose one of {', '.join(map(repr, SHARING))}.")
        if sharing == "query=key" and low != high:
            raise ConfigError(
                f"sharing='query=key' needs one map that asks and answers, found {low} and {high} channels."
            )
        if sharing == "key=value" and key != value:
            raise ConfigError(f"sharing='key=value' needs equal widths, found key={key} and value={value}.")
        self.sampling = sampling
        self.key = _projection(low, key, bias)
        self.query = None if sharing == "query=key" else _projection(high, key, bias)
        self.value = None if sharing == "key=value" else nn.Conv2d(low, value, 1)
        self.W = nn.Conv2d(value, out, 1)
        nn.init.zeros_(self.W.weight)
        nn.init.zeros_(self.W.bias)  # pyright: ignore[reportArgumentType]

    def forward(
        self, low: Float[Tensor, "B L h w"], high: Float[Tensor, "B C H W"]
    ) -> tuple[Float[Tensor, "B N S"], Float[Tensor, "B S O"]]:
        """The weights A of each query and the response W(v) of each anchor; the block's response is their product."""
        weights, values = self.attend(low, high)
        return weights, _linear(values, self.W)

    def attend(
        self, low: Float[Tensor, "B L h w"], high: Float[Tensor, "B C H W"]
    ) -> tuple[Float[Tensor, "B N S"], Float[Tensor, "B S V"]]:
        """The weights A of each query and the value v of each anchor, before W."""
        keys = self.key(low)
        queries = keys if self.query is None else self.query(high)
        key_anchors = self.sampling.pool(keys)
        weights = attention_weights(tokens(queries), key_anchors)
        if self.value is None:
            values = key_anchors
        elif self.sampling.linear:
            values = _linear(self.sampling.pool(low), self.value)
        else:  # projected first, pooled second, as the paper writes it
            values = self.sampling.pool(self.value(low))
        return weights, values


class AFNB(nn.Module):
    """Asymmetric fusion non-local block: a deep map queries one or several shallower ones (Section 3.3, Figure 3).

    low: channels of each map that is fused in; high, out, key, value, sampling: see `AsymmetricAttention`.

    With several low maps each pair has its own query, key, value and W. Their responses are summed before the one fuse
    convolution, our reading of the supplement's "the responses are summed up if a certain layer receives more than two
    fusion invitations": the released block, too, sums the responses of its branches before its fuse convolution, but
    no released code fuses several pairs. Output = Dropout2d(BN(Conv1x1([response, high]))): no ReLU, no residual
    (afnb.py).
    """

    foldable = (("fuse", "bn"),)

    def __init__(
        self,
        *,
        low: Sequence[int],
        high: int,
        out: int,
        key: int,
        value: int,
        sampling: Sampling = PAPER_SAMPLING,
        dropout: float = 0.05,
        bias: bool = True,
    ):
        super().__init__()
        self.branches = nn.ModuleList(
            AsymmetricAttention(low=c, high=high, out=out, key=key, value=value, sampling=sampling, bias=bias)
            for c in low
        )
        self.fuse = nn.Conv2d(out + high, out, 1, bias=bias)
        self.bn = nn.BatchNorm2d(out)
        self.dropout = nn.Dropout2d(dropout)

    def start_as_identity(self) -> None:
        """Let the fuse convolution pass on `high` unchanged at first, where the output has its channels."""
        _pass_on(self.fuse)

    def forward(
        self, lows: Sequence[Float[Tensor, "B _ _ _"]], high: Float[Tensor, "B C H W"]
    ) -> Float[Tensor, "B O H W"]:
        """Fuse the maps `lows` (any resolution) into `high`."""
        return self.dropout(self.bn(_fuse(self.fuse, self._responses(lows, high), high)))

    def attention(self, lows: Sequence[Float[Tensor, "B _ _ _"]], high: Float[Tensor, "B C H W"]) -> list[Attention]:
        """The weights that `forward` uses, one `Attention` per low map."""
        parts = zip(self.branches, self._responses(lows, high), lows, strict=True)
        return [_attention(branch, weights, high, low) for branch, (weights, _), low in parts]

    def _responses(self, lows: Sequence[Tensor], high: Tensor) -> list[tuple[Tensor, Tensor]]:
        return [branch(low, high) for branch, low in zip(self.branches, lows, strict=True)]


class Terms(NamedTuple):
    """A position's sum before APNB's ReLU, in eval mode: own + weights @ responses.

    own: what the position brings itself. weights: A. responses: those of each anchor through W, the fuse convolution
    and the scale of its BN.
    """

    own: Float[Tensor, "B N O"]
    weights: Float[Tensor, "B N S"]
    responses: Float[Tensor, "B S O"]


class ContextBlock(nn.Module):
    """A block between the 3x3 convolution and the classifier: B C H W in, B C H W out.

    Another one is a subclass and a line in `CONTEXTS`. `ANNN` makes it from the keywords channels, key, value,
    sampling, sharing, dropout and bias, of which it may ignore some. A block that attends to anchors overrides
    `sampling` and `attention`.
    foldable: names of each convolution and of the BN that is applied to its output and to nothing else, for
        `efficiency.fold`, which finds those of an `nn.Sequential` by itself. Any other BN stays.
    """

    foldable: tuple[tuple[str, str], ...] = ()

    @property
    def sampling(self) -> Sampling | None:
        """How the block's anchors come from its map; None where it attends to nothing."""
        return None

    def start_as_identity(self) -> None:
        """Let a fresh block pass on its map; one without a fuse convolution stays as it is."""

    def attention(self, x: Float[Tensor, "B C H W"]) -> Attention:
        """The weights that `forward` uses; raises ConfigError for a block that attends to nothing."""
        raise ConfigError(f"{type(self).__name__} attends to no anchors, so it has no weights to return.")


class APNB(ContextBlock):
    """Asymmetric pyramid non-local block: a map attends to its own anchors (Section 3.2, Figure 3).

    channels: of the map and of the output; key, value, sampling, sharing: see `AsymmetricAttention`.
    Output = Dropout2d(ReLU(BN(Conv1x1([response, x])))) (apnb.py).
    """

    foldable = (("fuse", "bn"),)

    def __init__(
        self,
        *,
        channels: int,
        key: int,
        value: int,
        sampling: Sampling = PAPER_SAMPLING,
        sharing: str = "query=key",
        dropout: float = 0.05,
        bias: bool = True,
    ):
        super().__init__()
        self.branch = AsymmetricAttention(
            low=channels,
            high=channels,
            out=channels,
            key=key,
            value=value,
            sampling=sampling,
            sharing=sharing,
            bias=bias,
        )
        self.fuse = nn.Conv2d(2 * channels, channels, 1, bias=bias)
        self.bn = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout2d(dropout)

    @property
    def sampling(self) -> Sampling:
        """How the block's anchors come from its map."""
        return self.branch.sampling

    def start_as_identity(self) -> None:
        """Let the fuse convolution pass on the map unchanged at first."""
        _pass_on(self.fuse)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        """Add to each position what it attends to."""
        return self.dropout(self.relu(self.bn(_fuse(self.fuse, [self.branch(x, x)], x))))

    def attention(self, x: Float[Tensor, "B C H W"]) -> Attention:
        """The weights that `forward` uses."""
        weights, _ = self.branch(x, x)
        return _attention(self.branch, weights, x, x)

    def terms(self, x: Float[Tensor, "B C H W"]) -> Terms:
        """What `forward` adds up before its ReLU, in eval mode.

        The fuse convolution and BN are linear there, so each anchor has a response of its own behind them. Raises
        ConfigError in training mode, where BN's statistics depend on the sum.
        """
        if self.training:
            raise ConfigError("APNB.terms: the block is in training mode, where BN is not linear; call eval() first.")
        weights, responses = self.branch(x, x)
        context, own = self.fuse.weight.split([self.fuse.in_channels - x.shape[1], x.shape[1]], dim=1)
        scale, shift = _affine(self.bn, self.fuse.weight)
        return Terms(
            own=tokens(F.conv2d(x, own, self.fuse.bias)) * scale + shift,
            weights=weights,
            responses=F.linear(responses, context.flatten(1)) * scale,
        )


class NonLocal(APNB):
    """The dense non-local block in APNB's form: the same parameters, every position an anchor (Section 3.1).

    N x N weights: the block whose cost APNB removes, kept for comparison. APNB's weights load into it and back. Its
    `sampling` has no pyramid, whatever it is made with.
    """

    def __init__(
        self,
        *,
        channels: int,
        key: int,
        value: int,
        sampling: Sampling = PAPER_SAMPLING,
        sharing: str = "query=key",
        dropout: float = 0.05,
        bias: bool = True,
    ):
        dense = replace(sampling, pyramid=None)
        super().__init__(
            channels=channels, key=key, value=value, sampling=dense, sharing=sharing, dropout=dropout, bias=bias
        )


CONTEXTS: Mapping[str, Callable[..., ContextBlock]] = {"apnb": APNB, "nonlocal": NonLocal}
"""The context blocks, by their name in `ModelConfig.context`."""


def _projection(channels: int, out: int, bias: bool) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, out, 1, bias=bias), nn.BatchNorm2d(out), nn.ReLU(inplace=True))


def _linear(anchors: Tensor, conv: nn.Conv2d) -> Tensor:
    """A 1x1 convolution on a list of anchors instead of a map."""
    return F.linear(anchors, conv.weight.flatten(1), conv.bias)


def _fuse(conv: nn.Conv2d, responses: Sequence[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
    """conv([sum of A v over the responses, x]) without forming the sum at N positions: context first, as released."""
    context, own = conv.weight.split([conv.in_channels - x.shape[1], x.shape[1]], dim=1)
    fused = F.conv2d(x, own, conv.bias)
    # The sum over several responses is one product over all their anchors.
    weights = torch.cat([w for w, _ in responses], dim=2) if len(responses) > 1 else responses[0][0]
    anchors = torch.cat([v for _, v in responses], dim=1) if len(responses) > 1 else responses[0][1]
    return add_response(fused, weights, F.linear(anchors, context.flatten(1)))


@torch.no_grad()
def _pass_on(conv: nn.Conv2d) -> None:
    """Make the half of a fuse convolution that reads the block's own map the identity, without bias."""
    own = conv.weight[:, conv.out_channels :]  # the context has as many channels as the output
    if own.shape[1] == conv.out_channels:
        nn.init.dirac_(own)
        if conv.bias is not None:
            conv.bias.zero_()


def _affine(bn: nn.Module, like: Tensor) -> tuple[Tensor, Tensor]:
    """Scale and shift of a BN in eval mode; 1 and 0 where it has been folded away."""
    if not isinstance(bn, nn.BatchNorm2d):
        return like.new_ones(()), like.new_zeros(())
    assert bn.running_mean is not None and bn.running_var is not None
    scale = bn.weight * torch.rsqrt(bn.running_var + bn.eps)
    return scale, bn.bias - bn.running_mean * scale


def _attention(branch: nn.Module, weights: Tensor, query_map: Tensor, value_map: Tensor) -> Attention:
    assert isinstance(branch, AsymmetricAttention)
    return Attention(
        weights=weights,
        query_grid=_grid(query_map),
        value_grid=_grid(value_map),
        sampling=branch.sampling,
    )


def _grid(x: Tensor) -> tuple[int, int]:
    return x.shape[2], x.shape[3]
