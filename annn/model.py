"""The whole network on one screen: Stage1..5, AFNB, 3x3 convolution, APNB, classifier, auxiliary head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, TypeAlias

from jaxtyping import Float
from torch import Tensor, nn

from annn.attention import PYRAMID, Attention, Sampling
from annn.backbone import DEPTHS, ResNet
from annn.blocks import AFNB, CONTEXTS, ContextBlock
from annn.errors import ConfigError
from annn.timm_backbone import TimmBackbone, stage_channels
from annn.upsample import upsample

RESNET = "resnet"
"""The name of `backbone.ResNet` in a configuration; any other name is a network of timm."""
OF_RESNET = ("depth", "width", "stem", "stem_widths", "ceil_mode", "input")
Backbone: TypeAlias = ResNet | TimmBackbone


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Everything that determines the network's function. The defaults are the paper's network on torchvision's
    ResNet-101; the authors' own backbone has stem="deep", ceil_mode=True and input="caffe-bgr".

    classes: K. backbone: "resnet", or timm's name of a network, such as "tf_efficientnet_lite0". output_stride: of
        Stage5; 8 for a ResNet, 8, 16 or 32 for others (see `timm_backbone.TimmBackbone`).
    depth, width, stem, stem_widths, ceil_mode, input: of the ResNet, see `backbone.ResNet`.
    fuse: pairs (s, t) of stages, s < t <= 5: Stage s is fused into Stage t by AFNB; () for none.
    context: a name in `blocks.CONTEXTS`, such as "apnb" or "nonlocal" (the dense block), or None.
    head, auxiliary, key, value: channels of the 3x3 convolution and the context block, of the auxiliary head, and of
        the attention projections. 0 scales with the backbone: Stage5 / 4, / 4, / 8, / 8 (512, 512, 256, 256).
    pyramid, pooling, anchor_seed: the fields of `sampling`, flat as the files of trained networks have them.
    sharing: see `blocks.AsymmetricAttention`; it concerns the context block alone.
    dropout: of the blocks and the auxiliary head (mmsegmentation: 0.1); classifier_dropout: before the classifier,
        after the context block's own.
    conv_bias: whether convolutions before a BN have a bias outside the backbone (authors: yes, mmsegmentation: no).
    align_corners: of the upsampling to the input size (authors: True).
    """

    classes: int
    backbone: str = RESNET
    output_stride: int = 8
    depth: int = 101
    width: int = 64
    stem: str = "plain"
    stem_widths: tuple[int, ...] | None = None
    ceil_mode: bool = False
    input: str = "imagenet"
    fuse: tuple[tuple[int, int], ...] = ((4, 5),)
    context: str | None = "apnb"
    head: int = 0
    auxiliary: int = 0
    key: int = 0
    value: int = 0
    pyramid: tuple[int, ...] = PYRAMID
    pooling: str = "average"
    anchor_seed: int = 0
    sharing: str = "query=key"
    dropout: float = 0.05
    classifier_dropout: float = 0.0
    conv_bias: bool = True
    align_corners: bool = True

    def __post_init__(self):
        for name in ("classes", "width"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}={getattr(self, name)}; expected a positive number.")
        if self.context not in (None, *CONTEXTS):
            known = ", ".join(map(repr, CONTEXTS))
            raise ConfigError(f"context={self.context!r} is not known; choose {known} or None.")
        _ = self.sampling  # refuses what is no pyramid and no pooling
        _check_fuse(self.fuse)
        self._check_backbone()
        for name, share in (("head", 4), ("auxiliary", 4), ("key", 8), ("value", 8)):
            if getattr(self, name) == 0:
                object.__setattr__(self, name, max(1, self._stage5() // share))

    @property
    def sampling(self) -> Sampling:
        """How AFNB and the context block sample their anchors."""
        return Sampling(pyramid=self.pyramid or (), pooling=self.pooling, seed=self.anchor_seed)

    @property
    def backbone_in_words(self) -> str:
        """The backbone in a table: "ResNet-101", "ResNet-18 of width 16", "tf_efficientnet_lite0 (stride 16)"."""
        if self.backbone != RESNET:
            return f"{self.backbone} (stride {self.output_stride})"
        return f"ResNet-{self.depth}" + ("" if self.width == 64 else f" of width {self.width}")

    def make_backbone(self) -> Backbone:
        """The backbone with fresh weights. Raises ConfigError for a network that timm does not have."""
        if self.backbone != RESNET:
            return TimmBackbone(name=self.backbone, output_stride=self.output_stride)
        return ResNet(
            depth=self.depth, width=self.width, stem=self.stem, stem_widths=self.stem_widths,
            ceil_mode=self.ceil_mode, input=self.input,
        )  # fmt: skip

    def _stage5(self) -> int:
        """Channels of Stage5."""
        if self.backbone != RESNET:
            return stage_channels(self.backbone, self.output_stride)[5]
        return 8 * self.width * DEPTHS[self.depth][0].expansion

    def _check_backbone(self) -> None:
        if self.backbone == RESNET:
            if self.depth not in DEPTHS:
                raise ConfigError(f"depth={self.depth} is not known; choose one of {', '.join(map(str, DEPTHS))}.")
            if self.output_stride != 8:
                raise ConfigError(
                    f"output_stride={self.output_stride}: the stages of backbone='resnet' are dilated for 8, as in the "
                    "paper; expected 8. Choose that, or a network of timm, such as backbone='resnet50'."
                )
            return
        for field in fields(self):
            if field.name in OF_RESNET and getattr(self, field.name) != field.default:
                raise ConfigError(
                    f"{field.name}={getattr(self, field.name)!r} is a property of backbone='resnet', and this one is "
                    f"{self.backbone!r}; expected {field.default!r}. Leave {field.name} out, or choose 'resnet'."
                )


class Prediction(NamedTuple):
    """Logits at the size asked for; `auxiliary` only while training."""

    main: Float[Tensor, "B K H W"]
    auxiliary: Float[Tensor, "B K H W"] | None


class ANNN(nn.Module):
    """Asymmetric non-local neural network (Zhu et al. 2019; annn.py of the released code)."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = c = config
        self.backbone = c.make_backbone()
        stage = self.backbone.channels
        block: dict[str, Any] = {"key": c.key, "value": c.value, "sampling": c.sampling}
        block |= {"dropout": c.dropout, "bias": c.conv_bias}
        self.fusion = nn.ModuleDict()
        for target in sorted({t for _, t in c.fuse}):
            lows = [stage[s] for s in _sources(c.fuse, target)]
            self.fusion[str(target)] = AFNB(low=lows, high=stage[target], out=stage[target], **block)
        self.reduce = _conv3x3(stage[5], c.head, c.conv_bias)
        self.context: ContextBlock | None = None
        if c.context is not None:
            self.context = CONTEXTS[c.context](channels=c.head, sharing=c.sharing, **block)
        self.classifier = nn.Sequential(nn.Dropout2d(c.classifier_dropout), nn.Conv2d(c.head, c.classes, 1))
        self.auxiliary = nn.Sequential(
            _conv3x3(stage[4], c.auxiliary, c.conv_bias),
            nn.Dropout2d(c.dropout),
            nn.Conv2d(c.auxiliary, c.classes, 1),
        )

    def start_as_identity(self) -> None:
        """Let fresh blocks pass on the map that they extend: a start (`Recipe.identity`), not another function."""
        for block in (*self.fusion.values(), self.context):
            if isinstance(block, AFNB | ContextBlock):
                block.start_as_identity()

    def forward(self, images: Float[Tensor, "B 3 h w"], size: tuple[int, int] | None = None) -> Prediction:
        """Logits for normalised images of any size, upsampled to `size` (H, W), or to the images' own when None."""
        size = size or (images.shape[2], images.shape[3])
        stages = self.backbone(images)
        main = self.classify(self._fuse(stages)[5], size)
        if not self.training:
            return Prediction(main, None)
        return Prediction(main, upsample(self.auxiliary(stages[4]), size, self.config.align_corners))

    def features(self, images: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B C H W"]:
        """Stage5 after fusion, for normalised images: what `classify` turns into logits."""
        return self._fuse(self.backbone(images))[5]

    def classify(self, features: Float[Tensor, "B C h w"], size: tuple[int, int]) -> Float[Tensor, "B K H W"]:
        """Logits at `size` (H, W) from the features: 3x3 convolution, context block, classifier, upsampling."""
        return upsample(self._scores(features), size, self.config.align_corners)

    def scores(self, stages: Mapping[int, Float[Tensor, "B _ _ _"]]) -> Float[Tensor, "B K H W"]:
        """Class scores on Stage5's grid, before upsampling, from Stage1..5 as the backbone gives them: the head."""
        return self._scores(self._fuse(stages)[5])

    def _scores(self, features: Tensor) -> Tensor:
        x = self.reduce(features)
        return self.classifier(x if self.context is None else self.context(x))

    def attention(self, images: Float[Tensor, "B 3 H W"]) -> dict[str, Attention]:
        """What every block of the network attends to for normalised images, in the network's own arithmetic.

        Keys are those of `samplings`. The weights are those that `forward` uses in the same mode and under the same
        autocast; call `model.eval()` first, and `torch.no_grad()` unless gradients are wanted. An `Attention`
        translates them to positions.
        """
        stages = self.backbone(images)
        found: dict[str, Attention] = {}
        x = self.reduce(self._fuse(stages, found)[5])
        if self.context is not None and self.context.sampling is not None:
            found[str(self.config.context)] = self.context.attention(x)
        return found

    def samplings(self) -> dict[str, Sampling]:
        """How each block that attends samples its anchors, in the order of `attention`.

        Keys are "afnb s&t" for each fused pair of stages, and the name of the context block, such as "apnb".
        """
        pairs = sorted(self.config.fuse, key=lambda pair: pair[::-1])
        found = {f"afnb {s}&{t}": self.config.sampling for s, t in pairs}
        if self.context is not None and self.context.sampling is not None:
            found[str(self.config.context)] = self.context.sampling
        return found

    def _fuse(self, stages: Mapping[int, Tensor], found: dict[str, Attention] | None = None) -> dict[int, Tensor]:
        """Replace each target stage by its fusion, shallow targets first, so that deeper ones read what was fused."""
        stages = dict(stages)
        for target, block in self.fusion.items():
            sources = _sources(self.config.fuse, int(target))
            assert isinstance(block, AFNB)
            lows = [stages[s] for s in sources]
            if found is not None:
                names = [f"afnb {s}&{target}" for s in sources]
                found |= dict(zip(names, block.attention(lows, stages[int(target)]), strict=True))
            stages[int(target)] = block(lows, stages[int(target)])
        return stages


VARIANTS = ("Baseline", "+AFNB", "+APNB", "Full")


def variant(config: ModelConfig, name: str) -> ModelConfig:
    """A variant of Figure 1: "Baseline" (no block), "+AFNB", "+APNB" or "Full", keeping everything else of `config`."""
    if name not in VARIANTS:
        raise ConfigError(f"variant={name!r} is not known; choose one of {', '.join(VARIANTS)}.")
    fuse = (config.fuse or ((4, 5),)) if name in ("+AFNB", "Full") else ()
    context = (config.context or "apnb") if name in ("+APNB", "Full") else None
    return replace(config, fuse=fuse, context=context)


def without_blocks(config: ModelConfig) -> ModelConfig:
    """The variant "Baseline", with the defaults for what only blocks have: one configuration for one network."""
    defaults = {"pyramid": PYRAMID, "pooling": "average", "anchor_seed": 0, "sharing": "query=key"}
    return replace(variant(config, "Baseline"), **defaults)


def _conv3x3(channels: int, out: int, bias: bool) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, out, 3, padding=1, bias=bias), nn.BatchNorm2d(out), nn.ReLU(inplace=True))


def _sources(fuse: tuple[tuple[int, int], ...], target: int) -> list[int]:
    return sorted(s for s, t in fuse if t == target)


def _check_fuse(fuse: tuple[tuple[int, int], ...]) -> None:
    for pair in fuse:
        s, t = pair
        if not 1 <= s < t <= 5:
            raise ConfigError(
                f"fuse: the pair {s} & {t} does not exist; a stage from 1 to 4 is fused into a deeper one, "
                "such as 4 & 5 (the supplement combines shallow to deep only)."
            )
        if fuse.count(pair) > 1:
            raise ConfigError(f"fuse: the pair {s} & {t} is given twice; give every pair once.")
        if t != 5 and not any(source == t for source, _ in fuse):
            raise ConfigError(f"fuse: {s} & {t} changes Stage{t}, which no later pair reads; add {t} & 5 or drop it.")
