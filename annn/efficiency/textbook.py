"""The network as the paper writes it, line by line, with no regrouping: the judge of `blocks`, and what `bench` times.

Every function takes one of our modules only as a holder of parameters and evaluates it the long way round, as the
released code does: project at all N positions, pool with adaptive average pooling, form the context map, concatenate,
convolve. `tests/test_blocks.py` holds the two against each other, outputs and gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from annn.attention import random_positions
from annn.blocks import AFNB, APNB, AsymmetricAttention, ContextBlock, NonLocal
from annn.errors import ConfigError
from annn.model import ANNN


def pool(x: Float[Tensor, "B C H W"], branch: AsymmetricAttention) -> Float[Tensor, "B C S"]:
    """psp(x): one adaptive pooling per level, concatenated; or the map at as many drawn positions."""
    sampling = branch.sampling
    if sampling.pyramid is None:
        return x.flatten(2)
    if sampling.pooling == "random":
        anchors = sum(size**2 for size in sampling.pyramid)
        chosen = random_positions(anchors, (x.shape[2], x.shape[3]), sampling.seed).tolist()
        return torch.stack([x[:, :, n // x.shape[3], n % x.shape[3]] for n in chosen], dim=2)
    adaptive = F.adaptive_max_pool2d if sampling.pooling == "max" else F.adaptive_avg_pool2d
    return torch.cat([adaptive(x, size).flatten(2) for size in sampling.pyramid], dim=2)


def attend(
    branch: AsymmetricAttention, low: Float[Tensor, "B L h w"], high: Float[Tensor, "B C H W"]
) -> tuple[Float[Tensor, "B N K"], Float[Tensor, "B K S"], Float[Tensor, "B S V"]]:
    """Queries of `high`; keys and values of `low`, projected at all its positions and pooled after that."""
    key = branch.key(low)
    query = (branch.key if branch.query is None else branch.query)(high)  # the released APNB runs the shared one twice
    value = key if branch.value is None else branch.value(low)
    return query.flatten(2).transpose(1, 2), pool(key, branch), pool(value, branch).transpose(1, 2)


def response(
    branch: AsymmetricAttention, low: Float[Tensor, "B L h w"], high: Float[Tensor, "B C H W"]
) -> tuple[Float[Tensor, "B O H W"], Float[Tensor, "B N S"]]:
    """W(softmax(query . key / sqrt(K)) value) as a map of the size of `high`, and the attention."""
    query, key, value = attend(branch, low, high)
    attention = torch.softmax((query @ key) / key.shape[1] ** 0.5, dim=-1)
    context = (attention @ value).transpose(1, 2).reshape(high.shape[0], -1, *high.shape[2:])
    return branch.W(context), attention


def afnb(
    block: AFNB, lows: Sequence[Float[Tensor, "B _ _ _"]], high: Float[Tensor, "B C H W"]
) -> Float[Tensor, "B O H W"]:
    """AFNB of one or several low maps, whose responses are summed."""
    pairs = zip(block.branches, lows, strict=True)
    context = sum(response(branch, low, high)[0] for branch, low in pairs)  # pyright: ignore[reportArgumentType]
    return block.dropout(block.bn(block.fuse(torch.cat([context, high], dim=1))))  # pyright: ignore


def apnb(block: APNB, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
    """APNB, or the dense non-local block where its pyramid is None."""
    context, _ = response(block.branch, x, x)
    return block.dropout(torch.relu(block.bn(block.fuse(torch.cat([context, x], dim=1)))))


CONTEXTS: Mapping[type[ContextBlock], Callable[..., Tensor]] = {APNB: apnb, NonLocal: apnb}
"""The context blocks that are transcribed here."""


def context(block: ContextBlock, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
    """Any context block that is transcribed here; raises ConfigError for one that is not."""
    if type(block) not in CONTEXTS:  # a subclass may compute something else
        raise ConfigError(
            f"context: the textbook has no transcription of {type(block).__name__}, expected one of "
            f"{', '.join(known.__name__ for known in CONTEXTS)}. Add one to CONTEXTS in efficiency/textbook.py."
        )
    return CONTEXTS[type(block)](block, x)


def head(model: ANNN, stages: dict[int, Float[Tensor, "B _ _ _"]]) -> Float[Tensor, "B K H W"]:
    """Class scores of Stage1..5 before upsampling: AFNB, 3x3 convolution, APNB, classifier (annn.py, released code).

    Raises ConfigError for a context block that is not transcribed here.
    """
    stages = dict(stages)
    for target, block in model.fusion.items():
        lows = [stages[s] for s, t in sorted(model.config.fuse) if t == int(target)]
        assert isinstance(block, AFNB)
        stages[int(target)] = afnb(block, lows, stages[int(target)])
    x = model.reduce(stages[5])
    return model.classifier(x if model.context is None else context(model.context, x))


def network(model: ANNN, images: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B K h w"]:
    """The whole network: backbone, head, bilinear upsampling to the images' size."""
    size = (images.shape[2], images.shape[3])
    scores = head(model, model.backbone(images))
    return F.interpolate(scores, size, mode="bilinear", align_corners=model.config.align_corners)
