"""The names that other code gives to the parameters of this network, as tables that are read in both directions.

A row maps a module's name there to its name here; parameters and statistics keep their own names below it. A name that
is a whole layer of the backbone stands for everything below it, since all follow torchvision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

_LAYERS = {f"backbone.layer{i}": f"backbone.layer{i}" for i in (1, 2, 3, 4)}

ELSEWHERE = "elsewhere"  # a name that lies in no block

BOTTLENECKS = (50, 101)
"""Depths that both layouts share with this package; of a BasicBlock, theirs leaves the second convolution undilated."""

SHARED = ("context.branch.query.", "context.branch.key.")
"""The one projection of APNB that is query and key: both layouts save it under both names."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How another code base names and builds the network.

    title: in words. keys: modules there -> here. plain_stem: rows that take the deep stem's place in a network with the
    plain one, or None where that code has none. blocks: beginnings of names -> the block they belong to, in a message.
    settings: fields of `ModelConfig` that no tensor's shape tells.
    """

    name: str
    title: str
    keys: Mapping[str, str]
    plain_stem: Mapping[str, str] | None = None
    blocks: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def theirs(self, stem: str) -> dict[str, str]:
        """Modules here -> there, for a network with that stem."""
        plain = dict(self.plain_stem or {}) if stem == "plain" else {}
        rows = {their: our for their, our in self.keys.items() if our not in plain.values()}
        return {our: their for their, our in (rows | plain).items()}

    def ours(self) -> dict[str, str]:
        """Modules there -> here."""
        return {**self.keys, **(self.plain_stem or {})}

    def block(self, name: str) -> str:
        """The block that a name of this layout belongs to."""
        return next((block for start, block in self.blocks.items() if name.startswith(start)), ELSEWHERE)


def renamed(names: Iterable[str], rows: Mapping[str, str]) -> dict[str, str]:
    """Old name -> new name by the row of the module that each name lies in; names outside all rows are left out."""
    found = {}
    for name in names:
        module = name
        while module and module not in rows:
            module = module.rpartition(".")[0]
        if module:
            found[name] = rows[module] + name[len(module) :]
    return found


AUTHORS = Layout(
    name="authors",
    title="the authors' released code",
    keys={
        "backbone.prefix.conv1": "backbone.stem.conv1",
        "backbone.prefix.bn1": "backbone.stem.bn1",
        "backbone.prefix.conv2": "backbone.stem.conv2",
        "backbone.prefix.bn2": "backbone.stem.bn2",
        "backbone.prefix.conv3": "backbone.stem.conv3",
        "backbone.prefix.bn3": "backbone.stem.bn3",
        **_LAYERS,
        "fusion.stages.0.f_key.0": "fusion.5.branches.0.key.0",
        "fusion.stages.0.f_key.1.0": "fusion.5.branches.0.key.1",
        "fusion.stages.0.f_query.0": "fusion.5.branches.0.query.0",
        "fusion.stages.0.f_query.1.0": "fusion.5.branches.0.query.1",
        "fusion.stages.0.f_value": "fusion.5.branches.0.value",
        "fusion.stages.0.W": "fusion.5.branches.0.W",
        "fusion.conv_bn_dropout.0": "fusion.5.fuse",
        "fusion.conv_bn_dropout.1": "fusion.5.bn",
        "context.0": "reduce.0",
        "context.1.0": "reduce.1",
        "context.2.stages.0.f_key.0": "context.branch.key.0",
        "context.2.stages.0.f_key.1.0": "context.branch.key.1",
        "context.2.stages.0.f_query.0": "context.branch.query.0",
        "context.2.stages.0.f_query.1.0": "context.branch.query.1",
        "context.2.stages.0.f_value": "context.branch.value",
        "context.2.stages.0.W": "context.branch.W",
        "context.2.conv_bn_dropout.0": "context.fuse",
        "context.2.conv_bn_dropout.1.0": "context.bn",
        "cls": "classifier.1",
        "dsn.0": "auxiliary.0.0",
        "dsn.1.0": "auxiliary.0.1",
        "dsn.3": "auxiliary.2",
    },
    blocks={
        "backbone.": "backbone",
        "fusion.": "fusion",
        "context.": "context",
        "cls.": "classifier",
        "dsn.": "auxiliary",
    },
    settings={"ceil_mode": True, "input": "caffe-bgr", "align_corners": True, "dropout": 0.05},
)

MMSEGMENTATION = Layout(
    name="mmsegmentation",
    title="mmsegmentation",
    keys={
        "backbone.stem.0": "backbone.stem.conv1",
        "backbone.stem.1": "backbone.stem.bn1",
        "backbone.stem.3": "backbone.stem.conv2",
        "backbone.stem.4": "backbone.stem.bn2",
        "backbone.stem.6": "backbone.stem.conv3",
        "backbone.stem.7": "backbone.stem.bn3",
        **_LAYERS,
        "decode_head.fusion.stages.0.key_project.conv": "fusion.5.branches.0.key.0",
        "decode_head.fusion.stages.0.key_project.bn": "fusion.5.branches.0.key.1",
        "decode_head.fusion.stages.0.query_project.conv": "fusion.5.branches.0.query.0",
        "decode_head.fusion.stages.0.query_project.bn": "fusion.5.branches.0.query.1",
        "decode_head.fusion.stages.0.value_project": "fusion.5.branches.0.value",
        "decode_head.fusion.stages.0.out_project": "fusion.5.branches.0.W",
        "decode_head.fusion.bottleneck.conv": "fusion.5.fuse",
        "decode_head.fusion.bottleneck.bn": "fusion.5.bn",
        "decode_head.bottleneck.conv": "reduce.0",
        "decode_head.bottleneck.bn": "reduce.1",
        "decode_head.context.stages.0.key_project.conv": "context.branch.key.0",
        "decode_head.context.stages.0.key_project.bn": "context.branch.key.1",
        "decode_head.context.stages.0.query_project.conv": "context.branch.query.0",
        "decode_head.context.stages.0.query_project.bn": "context.branch.query.1",
        "decode_head.context.stages.0.value_project": "context.branch.value",
        "decode_head.context.stages.0.out_project": "context.branch.W",
        "decode_head.context.bottleneck.conv": "context.fuse",
        "decode_head.context.bottleneck.bn": "context.bn",
        "decode_head.conv_seg": "classifier.1",
        "auxiliary_head.convs.0.conv": "auxiliary.0.0",
        "auxiliary_head.convs.0.bn": "auxiliary.0.1",
        "auxiliary_head.conv_seg": "auxiliary.2",
    },
    plain_stem={"backbone.conv1": "backbone.stem.conv1", "backbone.bn1": "backbone.stem.bn1"},
    blocks={
        "backbone.": "backbone",
        "decode_head.fusion.": "fusion",
        "decode_head.context.": "context",
        "decode_head.bottleneck.": "context",
        "decode_head.": "classifier",
        "auxiliary_head.": "auxiliary",
    },
    # Its dropout before the classifier is APNB's own here, so that `classifier_dropout` adds none.
    settings={"ceil_mode": False, "input": "imagenet", "align_corners": False, "dropout": 0.1},
)

LAYOUTS = {layout.name: layout for layout in (AUTHORS, MMSEGMENTATION)}

# Names that give other networks away, the first that fits.
_OTHERS = {
    r"\.c1_bottleneck\.": "DeepLabV3+ (mmsegmentation)",
    r"\.image_pool\.|\.aspp_modules\.": "DeepLabV3 (mmsegmentation)",
    r"\.psp_modules\.": "PSPNet or UPerNet (mmsegmentation)",
    r"\.nl_block\.": "a non-local network (mmsegmentation)",
    r"\.(pam_conv|pam_in_conv|cam_in_conv)\.": "DANet (mmsegmentation)",
    r"\.cca\.": "CCNet (mmsegmentation)",
    r"\.gc_block\.": "GCNet (mmsegmentation)",
    r"\.object_context_block\.": "OCRNet (mmsegmentation)",
    r"^decode_head\.convs\.": "FCN (mmsegmentation)",
    r"^decode_head\.": "a network of mmsegmentation with another head",
    r"^classifier\.0\.convs\.": "torchvision's DeepLabV3",
    r"^classifier\.(0|4)\.weight$": "torchvision's FCN or another segmentation network",
    r"ppm|psp": "PSPNet",
    r"aspp": "DeepLab",
    r"^(layer4\.0\.|fc\.|conv1\.)": "a ResNet for ImageNet, without a segmentation head",
}


def recognise(state: Mapping[str, Tensor]) -> Layout | None:
    """The layout of these names, or None; a file that lacks parts of one is still recognised as that."""
    if any(name.startswith(("decode_head.fusion.stages.", "decode_head.context.stages.")) for name in state):
        return MMSEGMENTATION
    if any(name.startswith(("fusion.stages.", "context.2.stages.")) for name in state):
        return AUTHORS
    return None


def other_network(state: Mapping[str, Tensor]) -> str | None:
    """Which network these names are of, as far as they tell, if it is not this one."""
    return next((title for pattern, title in _OTHERS.items() if any(re.search(pattern, name) for name in state)), None)
