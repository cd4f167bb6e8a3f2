"""Recipes of the main paper's other data sets: the full network on ADE20K and on PASCAL-Context.

The `paper` preset is that of the authors' scripts (run_fs_annn_ade20k_seg.sh, run_fs_annn_pascal_context_seg.sh):
ResNet-101 with a deep stem, batch 16 over 8 GPUs, OHEM without class weights, poly schedule, scale 0.5..2 with aspect
0.9..1.1. The paper's scores are means over six or seven scales with flips; these recipes test whole images at a single
scale, so their scores are not the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping

from annn.augment import AugmentConfig
from annn.data.ade20k import Ade20k
from annn.data.pascal_context import PascalContext
from annn.recipes.full import Full, Quoted, full_network
from annn.recipes.recipe import Recipe
from annn.train import TrainConfig

MAIN_PAPER: Mapping[str, Full] = {
    # 20 210 training and 2000 validation images, 150 classes. Two differences from the authors' script: it first
    # resizes the shorter side of each image to 520 pixels, here images keep their size; and it has a special schedule
    # (lambda_range), here it is poly with power 0.9 as for the other data sets.
    "ADE20K": Full(
        kind=Ade20k,
        short="ade20k",
        augment=AugmentConfig(crop=(520, 520)),
        train=TrainConfig(iterations=150_000, batch_size=16, lr=0.02, weight_decay=1e-4),
        quoted={"Ours": Quoted("ResNet-101", 45.24)},
    ),
    # 4998 training and 5105 validation images, 59 classes; the background is ignored in training and scoring.
    "PASCAL-Context": Full(
        kind=PascalContext,
        short="pascal-context",
        augment=AugmentConfig(crop=(480, 480)),
        train=TrainConfig(iterations=28_000, batch_size=16, lr=0.01, weight_decay=1e-4),
        quoted={"Ours": Quoted("ResNet-101", 52.8)},
    ),
}

PAPER_MAIN: Mapping[str, Quoted] = {row: full.quoted["Ours"] for row, full in MAIN_PAPER.items() if full.quoted}
"""The authors' mIoU in % on the real validation sets, over several scales and flips."""


def main_paper(row: str, preset: str = "quick", data: str | None = None) -> Recipe:
    """The recipe of another set of the main paper. `data` is "stand-in" or "real"; None is the preset's default."""
    return full_network(MAIN_PAPER, row, preset, data, "known")
