"""Recipes of Table 1: the full network on COCO-Stuff-10K and on NYUD-V2.

The released code has no configuration for either data set, and the supplement only names the protocols
(DeepLab-V2's and RefineNet's, with single-scale testing of whole images). The `paper` preset is therefore our
interpretation, explained at each row: the authors' network and augmentation, with crops and schedules of the data sets.
"""

from __future__ import annotations

from collections.abc import Mapping

from annn.augment import AugmentConfig
from annn.data.coco_stuff import CocoStuff
from annn.data.nyud import NyuDepthV2
from annn.losses import LossConfig
from annn.recipes.full import Full, Quoted, full_network
from annn.recipes.recipe import Recipe
from annn.train import TrainConfig

TABLE1: Mapping[str, Full] = {
    # 9000 training and 1000 test images, 171 classes. As in openseg.pytorch (by the authors' colleagues, from the
    # same code base): SGD, poly, plain cross-entropy. Unlike there, images keep their size; there the shorter side
    # becomes 520 pixels. The mean is over 171 classes.
    "COCO-Stuff-10K": Full(
        kind=CocoStuff,
        short="coco-stuff",
        augment=AugmentConfig(scale=(0.5, 2.0), crop=(520, 520)),
        loss=LossConfig(ohem=False),
        train=TrainConfig(iterations=60_000, batch_size=16, lr=1e-3, weight_decay=1e-4),
        quoted={
            "RefineNet": Quoted("ResNet-101", 33.6),
            "CCL": Quoted("ResNet-101", 35.7),
            "Ours": Quoted("ResNet-101", 37.2),
        },
    ),
    # 795 training and 654 test images, 40 classes. RefineNet's protocol, adapted to batch normalisation: border cropped
    # (468x625), flips, weight decay 5e-4. RefineNet trains single images with frozen statistics, the authors with
    # synchronised ones. So the batch size is 8, with the authors' poly schedule from 0.01. 30 000 iterations are 300
    # epochs, as in Light-Weight RefineNet. The authors have no script; they reported that others got 41 with batch 6.
    "NYUD-V2": Full(
        kind=NyuDepthV2,
        short="nyud",
        augment=AugmentConfig(scale=(0.7, 1.3), aspect=(1.0, 1.0), crop=(400, 400)),
        loss=LossConfig(ohem=False),
        train=TrainConfig(iterations=30_000, batch_size=8, lr=0.01, weight_decay=5e-4),
        quoted={
            "Piecewise": Quoted("VGG16", 40.6),
            "RefineNet": Quoted("ResNet-101", 43.6),
            "Ours": Quoted("ResNet-101", 44.4),
        },
    ),
}

PAPER_TABLE1: Mapping[str, Mapping[str, Quoted]] = {row: full.quoted for row, full in TABLE1.items()}
"""The supplement's Table 1, by data set and method; "Ours" is the authors', the rest is from other papers."""


def table1(row: str, preset: str = "quick", data: str | None = None, network: str = "Full") -> Recipe:
    """The recipe of one half of Table 1: its full network, or another variant of Figure 1, such as "Baseline".

    data: "stand-in" or "real"; None as in `full_network`.
    """
    return full_network(TABLE1, row, preset, data, "in Table 1", network)
