"""The parameter names of other code bases for this network, as tables for both directions.

A row maps the name of a module there to its name here; below a module, parameters and statistics have the same names. A
whole layer of the backbone needs only one row, since all code bases follow torchvision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

_LAYERS = {f"backbone.layer{i}": f"backbone.layer{i}" for i in (1, 2, 3, 4)}

ELSEWHERE = "elsewhere"  # for names in no block

BOTTLENECKS = (50, 101)
"""The depths with the same network in both layouts; their BasicBlock does not dilate the second convolution."""

SHARED = ("context.branch.query.", "context.branch.key.")
"""The shared projection of APNB for query and key: both layouts save it under both names."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The names and settings of another code base for this network.

    title: readable name. keys: modules there -> here. plain_stem: the rows for a plain stem, which replace those of the
    deep stem; None if that code has no plain stem. blocks: prefix of a name -> block, for messages. settings: fields of
    `ModelConfig` that do not follow from tensor shapes.
    """

    name: str
    title: str
    keys: Mapping[str, str]
    plain_stem: Mapping[str, str] | None = None
    blocks: Mapping[str, str]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def from_ours(self, stem: str) -> dict[str, str]:
        """Modules here -> there, for a network with this stem."""
        plain = dict(self.plain_stem or {}) if stem == "plain" else {}
        rows = {there: here for there, here in self.keys.items() if here not in plain.values()}
        return {here: there for there, here in (rows | plain).items()}

    def to_ours(self) -> dict[str, str]:
        """Modules there -> here."""
        return {**self.keys, **(self.plain_stem or {})}

    def block(self, name: str) -> str:
        """The block of a name in this layout."""
        return next((block for start, block in self.blocks.items() if name.startswith(start)), ELSEWHERE)


def new_names(names: Iterable[str], rows: Mapping[str, str]) -> dict[str, str]:
    """Old name -> new name, from the row of the module that contains it; names without a row are left out."""
    result = {}
    for name in names:
        module = name
        while module and module not in rows:
            module = module.rpartition(".")[0]
        if module:
            result[name] = rows[module] + name[len(module) :]
    return result


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
    # Here its dropout before the classifier is that of APNB, so `classifier_dropout` is 0.
    settings={"ceil_mode": False, "input": "imagenet", "align_corners": False, "dropout": 0.1},
)

LAYOUTS = {layout.name: layout for layout in (AUTHORS, MMSEGMENTATION)}

# Patterns in the names of other networks; the first match counts.
_FOREIGN = {
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
    """The layout of these names, or None; an incomplete file is recognised too."""
    if any(name.startswith(("decode_head.fusion.stages.", "decode_head.context.stages.")) for name in state):
        return MMSEGMENTATION
    if any(name.startswith(("fusion.stages.", "context.2.stages.")) for name in state):
        return AUTHORS
    return None


def other_network(state: Mapping[str, Tensor]) -> str | None:
    """The title of another network with such names, or None if it is not known."""
    return next((title for pattern, title in _FOREIGN.items() if any(re.search(pattern, name) for name in state)), None)
