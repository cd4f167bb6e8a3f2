"""The metadata in mmsegmentation's files: class names, and the configuration as Python source.

The source is parsed, never run. Version 0.x names the entries CLASSES, PALETTE and config, version 1.x dataset_meta and
cfg; this module reads either and writes both.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from annn.model import ModelConfig

_LONGEST = 1_000_000  # characters of a configuration; real ones have 10 000


def class_names(meta: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The names of the classes in train-id order, or None if the file has none."""
    dataset = meta.get("dataset_meta")
    names = dataset.get("classes") if isinstance(dataset, Mapping) else meta.get("CLASSES")
    if not isinstance(names, Sequence) or isinstance(names, str) or not all(isinstance(name, str) for name in names):
        return None
    return tuple(names) or None


def head_settings(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The literal settings of the decode head: `type`, `align_corners`, `key_pool_scales`, ..."""
    text = meta.get("cfg", meta.get("config"))
    if not isinstance(text, str) or len(text) > _LONGEST:
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings about escapes in strings
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "decode_head" and isinstance(node.value, ast.Call):
            return {word.arg: _literal(word.value) for word in node.value.keywords if word.arg is not None}
    return {}


def meta_of(
    config: ModelConfig, classes: Sequence[str] | None, palette: Sequence[Sequence[int]] | None
) -> dict[str, Any]:
    """The `meta` of a checkpoint: mmsegmentation takes classes and colours from it, a reader the configuration."""
    meta: dict[str, Any] = {"cfg": config_text(config), "config": config_text(config)}
    if classes is not None:
        meta["CLASSES"] = list(classes)
        colors = None if palette is None else [list(color) for color in palette]
        meta["dataset_meta"] = {"classes": list(classes)} | ({} if colors is None else {"palette": colors})
        if colors is not None:
            meta["PALETTE"] = colors
    return meta


def config_text(config: ModelConfig) -> str:
    """The network as a configuration of mmsegmentation 1.x, in its `_base_/models` form."""
    stage = config.width * 4  # channels of Stage2, with Bottleneck blocks
    kind = "ResNet" if config.stem == "plain" else "ResNetV1c"
    stem = (config.stem_widths or (config.width if config.stem == "plain" else 2 * config.width,))[-1]
    common = f"""dropout_ratio={config.dropout},
        num_classes={config.classes},
        norm_cfg=norm_cfg,
        align_corners={config.align_corners},
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False"""
    return f"""norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255),
    backbone=dict(
        type='{kind}',
        depth={config.depth},
        stem_channels={stem},
        base_channels={config.width},
        num_stages=4,
        out_indices=(0, 1, 2, 3),
        dilations=(1, 1, 2, 4),
        strides=(1, 2, 1, 1),
        norm_cfg=norm_cfg,
        norm_eval=False,
        style='pytorch',
        contract_dilation=True),
    decode_head=dict(
        type='ANNHead',
        in_channels=[{4 * stage}, {8 * stage}],
        in_index=[2, 3],
        channels={config.head},
        project_channels={config.key},
        query_scales=(1, ),
        key_pool_scales={tuple(config.pyramid)},
        {common}, loss_weight=1.0)),
    auxiliary_head=dict(
        type='FCNHead',
        in_channels={4 * stage},
        in_index=2,
        channels={config.auxiliary},
        num_convs=1,
        concat_input=False,
        {common}, loss_weight=0.4)),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'))
"""


def _literal(node: ast.expr) -> Any:
    """A number, string or collection of them; None for any other expression."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None
