"""Attention from the planted surfaces to the banner far away, which alone names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, UInt8
from torch.nn.functional import adaptive_avg_pool2d

from annn.analysis.attention import centres, weight_on
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
