"""The same function for inference with less work: BN folded away, AFNB's fuse convolution dissolved into the next 3x3.

AFNB ends in BN without ReLU, so in eval mode AFNB's 1x1 and the 3x3 behind it are one linear map of Stage5 and of the
attention. With K the 3x3 kernel (its BN folded in), s and t the scale and shift of AFNB's BN, and [C_ctx, C_x], b its
fuse convolution:

    K * BN(fuse([A v', x]))  =  (K s C_x) * x  +  (K (s C_ctx W v + s b + t)) * A

The first kernel maps Stage5 to the head directly. The second is a 3x3 kernel over the S channels of the attention, one
per image, linear in the anchors' values v: 110 x V times a fixed V x (9 * head) matrix. Every bias travels through the
anchors: the rows of A sum to one inside the image, and the zero padding of A is zero outside, as that of the fused map
was, so borders are exact. At a 97x97 map of the ResNet-101 head that is 106 G multiply-adds instead of 194 G as
released.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.resnet import BasicBlock, Bottleneck

from annn.blocks import AFNB, AsymmetricAttention
from annn.errors import ConfigError
from annn.model import ANNN, ModelConfig, Prediction
from annn.timm_backbone import TimmBackbone
from annn.upsample import upsample

Block = TypeVar("Block", bound=nn.Module)


class FoldedANNN(nn.Module):
    """An ANNN for inference alone: the function of `ANNN.eval()`, exactly, in about half the head's work.

    Built by `fold`. Holds no auxiliary head, refuses to train, and has the state dict of its own folded tensors, which
    loads into any FoldedANNN of the same `config`. A context block is folded as by `fold_block`.
    """

    folded = True

    def __init__(self, model: ANNN):
        super().__init__()
        model = copy.deepcopy(model).eval().requires_grad_(False)
        self.config: ModelConfig = model.config
        self.backbone = model.backbone
        self.fusion = model.fusion
        self.context = model.context
        self.classifier = model.classifier
        if isinstance(self.backbone, TimmBackbone):
            _fold_traced(self.backbone)
        else:
            _fold_pairs(self.backbone)
        for block in self.fusion.values():
            _fold_pairs(block)
        reduce = fuse_conv_bn_eval(model.reduce[0], model.reduce[1])  # pyright: ignore[reportArgumentType]
        last = self.fusion.pop("5") if "5" in self.fusion else None
        assert last is None or isinstance(last, AFNB)
        for block in self.fusion.values():
            _fold_own(block)
        if self.context is not None:
            self.context = _folded(self.context)
        self.reduce = Reduce(reduce, last)
        super().train(False)

    def forward(self, images: Float[Tensor, "B 3 h w"], size: tuple[int, int] | None = None) -> Prediction:
        """Logits as `ANNN.forward` gives them in eval mode."""
        size = size or (images.shape[2], images.shape[3])
        scores = self.scores(self.backbone(images))
        return Prediction(upsample(scores, size, self.config.align_corners), None)

    def scores(self, stages: Mapping[int, Float[Tensor, "B _ _ _"]]) -> Float[Tensor, "B K H W"]:
        """Class scores on Stage5's grid, as `ANNN.scores` gives them in eval mode."""
        stages = dict(stages)
        for target, block in self.fusion.items():
            stages[int(target)] = block(self._lows(stages, int(target)), stages[int(target)])
        x = self.reduce(self._lows(stages, 5), stages[5])
        if self.context is not None:
            x = self.context(x)
        return self.classifier(x)

    def train(self, mode: bool = True) -> FoldedANNN:
        """Raises ConfigError for `mode=True`: BN is gone, so this network cannot be trained."""
        if mode:
            raise ConfigError("This network is folded for inference and cannot be trained; train the one it came from.")
        return super().train(False)

    def _lows(self, stages: Mapping[int, Tensor], target: int) -> list[Tensor]:
        return [stages[s] for s, t in sorted(self.config.fuse) if t == target]


class Reduce(nn.Module):
    """The 3x3 convolution, BN and ReLU behind Stage5, with the AFNB before it dissolved into it.

    conv: the 3x3 with its BN folded in. afnb: the block to dissolve, in eval mode with folded projections, or None.
    """

    def __init__(self, conv: nn.Conv2d, afnb: AFNB | None):
        super().__init__()
        self.branches = nn.ModuleList()
        self.bias = conv.bias
        if afnb is None:
            self.weight = conv.weight
            return
        scale, shift = _scale_and_shift(afnb.bn)
        out = afnb.fuse.out_channels
        context, own = (scale[:, None] * afnb.fuse.weight.flatten(1)).split([out, afnb.fuse.in_channels - out], dim=1)
        kernel = conv.weight  # head x out x 3 x 3
        self.weight = _frozen(torch.einsum("hoij,oc->hcij", kernel, own).contiguous())
        constant = shift if afnb.fuse.bias is None else shift + scale * afnb.fuse.bias
        for number, branch in enumerate(afnb.branches):
            assert isinstance(branch, AsymmetricAttention) and branch.W.bias is not None
            # The block's own constant joins the first branch: the weights of each branch sum to one by themselves.
            bias = context @ branch.W.bias + (constant if number == 0 else 0)
            values = torch.einsum("hoij,ov->vijh", kernel, context @ branch.W.weight.flatten(1))
            self.branches.append(_Kernel(branch, values, torch.einsum("hoij,o->ijh", kernel, bias)))

    def forward(self, lows: Sequence[Tensor], high: Float[Tensor, "B C H W"]) -> Float[Tensor, "B O H W"]:
        y = F.conv2d(high, self.weight, self.bias, padding=1)
        if self.branches:
            parts = [branch(low, high) for branch, low in zip(self.branches, lows, strict=True)]
            weights = torch.cat([a for a, _ in parts], dim=1)
            kernels = torch.cat([k for _, k in parts], dim=2)
            y = y + _conv_each(weights, kernels)
        return F.relu(y, inplace=True)


class _Kernel(nn.Module):
    """One branch's attention as a map of S channels, and the 3x3 kernel of each image over it."""

    def __init__(self, branch: AsymmetricAttention, values: Float[Tensor, "V 3 3 O"], bias: Float[Tensor, "3 3 O"]):
        super().__init__()
        self.branch = branch
        del branch.W  # it lives on in `values`
        self.values, self.bias = _frozen(values.flatten(1).contiguous()), _frozen(bias.flatten().contiguous())

    def forward(
        self, low: Float[Tensor, "B L h w"], high: Float[Tensor, "B C H W"]
    ) -> tuple[Float[Tensor, "B S H W"], Float[Tensor, "B O S 3 3"]]:
        weights, values = self.branch.attend(low, high)
        kernel = (values @ self.values + self.bias).unflatten(2, (3, 3, -1)).permute(0, 4, 1, 2, 3)
        return weights.mT.unflatten(2, (high.shape[2], high.shape[3])), kernel


def fold(model: ANNN | FoldedANNN) -> FoldedANNN:
    """A trained network as an inference network with the same logits (1e-4 in float32); the original is left as it is.

    Raises ConfigError for a network that is folded already.
    """
    if isinstance(model, FoldedANNN):
        raise ConfigError("This network is folded already; pass the ANNN it came from.")
    with torch.no_grad():
        return FoldedANNN(model)


def fold_block(block: Block) -> Block:
    """A single block for inference: a copy in eval mode, with BN folded into the convolution before it.

    That is every BN right behind a convolution in an `nn.Sequential`, and those of `foldable` (see
    `blocks.ContextBlock`); any other stays as it is.
    """
    with torch.no_grad():
        return _folded(copy.deepcopy(block).eval().requires_grad_(False))


def _conv_each(x: Float[Tensor, "B S H W"], kernels: Float[Tensor, "B O S 3 3"]) -> Float[Tensor, "B O H W"]:
    """A 3x3 convolution with a kernel for each image, zero padded."""
    batch = x.shape[0]
    if batch == 1:
        return F.conv2d(x, kernels[0], padding=1)
    grouped = F.conv2d(x.flatten(0, 1)[None], kernels.flatten(0, 1), padding=1, groups=batch)
    return grouped[0].unflatten(0, (batch, -1))


def _folded(block: Block) -> Block:
    """A block in eval mode, folded in place."""
    _fold_pairs(block)
    _fold_own(block)
    return block


def _fold_pairs(module: nn.Module) -> None:
    """Fold every BN that is known to follow a convolution directly into it, in place."""
    for unit in module.modules():
        if isinstance(unit, (BasicBlock, Bottleneck)):
            for i in (1, 2, 3):
                if hasattr(unit, f"conv{i}"):
                    conv, bn = getattr(unit, f"conv{i}"), getattr(unit, f"bn{i}")
                    setattr(unit, f"conv{i}", fuse_conv_bn_eval(conv, bn))
                    setattr(unit, f"bn{i}", nn.Identity())
        elif type(unit).forward is nn.Sequential.forward:  # a subclass may run its parts in another order
            for before, after in pairwise(list(unit._modules)):
                _fold_pair(unit, before, after)


def _fold_traced(backbone: TimmBackbone) -> None:
    """Fold the BNs of a timm network, in place: those that read just what one convolution has returned.

    The pairs are found by running the network. If the folded network differs, because a convolution's output is read
    elsewhere too, the network stays as it was.
    """
    device = next(backbone.parameters()).device
    images = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0)).to(device)
    original = copy.deepcopy(backbone)
    before = original(images)
    places = {module: (parent, name) for parent in backbone.modules() for name, module in parent.named_children()}
    made: dict[int, nn.Module] = {}
    pairs: list[tuple[nn.Module, nn.Module]] = []
    kept: list[Any] = []  # tensors stay alive, so that each has an identity of its own

    def watch(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        kept.append((inputs, output))
        if isinstance(module, nn.Conv2d):
            made[id(output)] = module
        elif isinstance(module, nn.BatchNorm2d) and id(inputs[0]) in made and module.running_mean is not None:
            pairs.append((made.pop(id(inputs[0])), module))

    hooks = [module.register_forward_hook(watch) for module in places]
    backbone(images)
    for hook in hooks:
        hook.remove()
    for conv, bn in pairs:
        parent, name = places[conv]
        setattr(parent, name, fuse_conv_bn_eval(conv, bn))  # pyright: ignore[reportArgumentType]
        parent, name = places[bn]
        # timm's BN holds its activation
        setattr(parent, name, getattr(bn, "act", nn.Identity()))
    after = backbone(images)
    if any((after[s] - before[s]).abs().max() > 1e-3 * before[s].abs().max() for s in before):
        backbone.network = original.network


def _fold_own(block: nn.Module) -> None:
    """Fold the BNs of which a class says what they follow (`foldable`), in place."""
    for unit in block.modules():
        for before, after in getattr(type(unit), "foldable", ()):
            _fold_pair(unit, before, after)


def _fold_pair(unit: nn.Module, before: str, after: str) -> None:
    """Fold one BN into one convolution, in place; anything else, and a BN of the batch's statistics, stays."""
    conv, bn = unit._modules[before], unit._modules[after]
    if isinstance(conv, nn.Conv2d) and isinstance(bn, nn.BatchNorm2d) and bn.running_mean is not None:
        unit._modules[before] = fuse_conv_bn_eval(conv, bn)
        unit._modules[after] = nn.Identity()


def _scale_and_shift(bn: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    assert bn.running_mean is not None and bn.running_var is not None
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    return scale, bn.bias - bn.running_mean * scale


def _frozen(tensor: Tensor) -> nn.Parameter:
    return nn.Parameter(tensor, requires_grad=False)
