"""Attention from the planted surfaces to the banner far away, which alone names them, and what it does there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d
from tqdm import tqdm

from annn.analysis.attention import centres, weight_on
from annn.analysis.decisions import decisions
from annn.attention import Attention
from annn.augment import normalise
from annn.data.cityscapes import CITYSCAPES
from annn.data.scenes.street.planted import Cue
from annn.data.scenes.street.scene import describe, render
from annn.model import ANNN

BARRIER, BODY = 1, 2  # values of the planted map
KINDS = {"barriers (wall or fence)": BARRIER, "vehicle bodies (bus or train)": BODY, "everything else": 0}


@dataclass(frozen=True, kw_only=True, eq=False)
class CueScene:
    """A street with planted surfaces, whose class only a banner shows.

    banner: its pixels. planted: 1 on a barrier (wall or fence), 2 on a vehicle body (bus or train). turned: the same
    street with the opposite cue.
    """

    index: int
    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"]
    banner: Bool[np.ndarray, "H W"]
    planted: UInt8[np.ndarray, "H W"]
    turned: UInt8[np.ndarray, "H W 3"]

    def query(self, grid: tuple[int, int]) -> tuple[int, int]:
        """The query on a planted surface (the barrier if there is one) with the most neighbours on it."""
        rows, columns = centres(grid, self.planted.shape)
        planted = self.planted[rows, columns].reshape(grid)
        on = planted == (BARRIER if (planted == BARRIER).any() else BODY)
        around = np.pad(on.astype(int), 1)
        crowd = sum(np.roll(around, (dy, dx), (0, 1))[1:-1, 1:-1] for dy in (-1, 0, 1) for dx in (-1, 0, 1))
        row, column = divmod(int(np.where(on, crowd, -1).argmax()), grid[1])
        return row, column


def cue_scenes(seed: int, size: tuple[int, int], count: int, *, smallest: int = 4) -> Iterator[CueScene]:
    """The first `count` scenes of a seed with a planted surface and its banner.

    The pixels of the banner are those that change with the opposite cue; nothing else in the image changes. Scenes with
    less surface than `smallest` patches of 8 x 8 pixels, or with fewer than 8 pixels of banner, are skipped.
    """
    index = accepted = 0
    while accepted < count:
        description = describe(seed, index)
        index += 1
        if not (description.plan.panel or description.plan.body):
            continue
        other = replace(description, cue=Cue(warm=not description.cue.warm, bar=not description.cue.bar))
        scene, turned = render(description, size), render(other, size)
        banner = (scene.image != turned.image).any(axis=2)
        if banner.sum() < 8 or (scene.planted > 0).sum() < 64 * smallest:
            continue
        accepted += 1
        yield CueScene(
            index=index - 1,
            image=scene.image,
            label=CITYSCAPES.encode(scene.label, f"scene {index - 1}"),
            banner=banner,
            planted=scene.planted,
            turned=turned.image,
        )


@torch.inference_mode()
def attention_to_cue(model: ANNN, scenes: Sequence[CueScene]) -> dict[str, dict[str, float]]:
    """Per block: the weight on the banner from queries on planted surfaces and from all other queries, as a multiple of
    uniform attention (1: no preference); the mean over the scenes with such queries."""
    device = next(model.parameters()).device
    model.eval()
    lifts: dict[str, dict[str, list[float]]] = {}
    for scene in scenes:
        for name, attention in model.attention(normalise(scene.image)[None].to(device)).items():
            attention = replace(attention, weights=attention.weights.float().cpu())
            mask = torch.from_numpy(scene.banner).double()[None, None]
            area = adaptive_avg_pool2d(mask, attention.value_grid).flatten()[:, None]
            lift = (weight_on(attention, area)[:, 0] / area.mean()).numpy()
            rows, columns = centres(attention.query_grid, scene.planted.shape)
            planted = scene.planted[rows, columns]
            for kind, value in KINDS.items():
                if (planted == value).any():
                    lifts.setdefault(name, {}).setdefault(kind, []).append(float(lift[planted == value].mean()))
    return {
        name: {kind: float(np.mean(by_kind[kind])) for kind in KINDS if kind in by_kind}
        for name, by_kind in lifts.items()
    }


TWINS = (("wall", "fence"), ("bus", "train"))
"""Classes of planted surfaces that look alike."""
HELD = 0.25  # the share of the banner that a cell holds, to be one that shows it


def banner_found(
    model: ANNN, scenes: Sequence[CueScene], block: str, convention: str = "removed", *, progress: bool = True
) -> dict[str, Float[np.ndarray, " I"]]:
    """How well weight and effect tell the anchors that show the banner from the others: the area under the ROC curve.

    The anchors are those of the finest level of a block; those that hold at least `HELD` of the banner show it. The
    effect is that on the true class of a planted position over its twin: the banner speaks for the truth. Keys:
    "weight", "effect", "size of the effect"; a value per scene, the mean over its planted positions; chance is 0.5.
    Scenes where no cell, or every one, shows the banner are left out.
    """
    found: dict[str, list[float]] = {"weight": [], "effect": [], "size of the effect": []}
    for scene in tqdm(scenes, desc=f"banner by {block}", unit="scene", disable=not progress):
        decided = decisions(model, scene.image, scene.label, block, convention)
        finest = decided.attention.levels()[-1]
        shows = _shows(decided.attention, scene.banner)[finest]
        rows, columns = centres(decided.attention.query_grid, scene.planted.shape)
        planted = torch.from_numpy(scene.planted[rows, columns] > 0)
        truth = torch.from_numpy(decided.truth.astype(np.int64))
        twin = _twins(truth)
        counted = planted & (twin >= 0)
        if not counted.any() or shows.all() or not shows.any():
            continue
        margins = decided.margins(truth.clamp(max=decided.scores.shape[1] - 1), twin.clamp(min=0))
        values = {"weight": decided.weights, "effect": margins, "size of the effect": margins.abs()}
        for name, of in values.items():
            found[name].append(float(area_under_curve(of[counted][:, finest], shows).mean()))
    return {name: np.array(values) for name, values in found.items()}


def area_under_curve(values: Float[Tensor, "N S"], positive: Bool[Tensor, " S"]) -> Float[Tensor, " N"]:
    """For each row, how often a positive has a larger value than another one; equal values count half."""
    differences = values[:, positive, None].double() - values[:, None, ~positive]
    return ((differences > 0).double() + (differences == 0).double() / 2).mean((1, 2))


def _shows(attention: Attention, banner: Bool[np.ndarray, "H W"]) -> Bool[Tensor, " S"]:
    area = adaptive_avg_pool2d(torch.from_numpy(banner).double()[None, None], attention.value_grid).flatten()
    return (attention.matrix() > 0).double() @ area >= HELD * area.sum()


def _twins(truth: Tensor) -> Tensor:
    """The class that looks like each one, or -1."""
    twin = torch.full_like(truth, -1)
    for pair in TWINS:
        one, other = map(CITYSCAPES.classes.index, pair)
        twin = torch.where(truth == one, other, torch.where(truth == other, one, twin))
    return twin
