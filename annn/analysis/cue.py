"""Where the planted long-range dependency is resolved: how much the planted surfaces attend to the banner far away."""

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

BARRIER, BODY = 1, 2  # values in the map of planted surfaces
KINDS = {"barriers (wall or fence)": BARRIER, "vehicle bodies (bus or train)": BODY, "everything else": 0}


@dataclass(frozen=True, kw_only=True, eq=False)
class CueScene:
    """A drawn street whose planted surfaces only a banner names.

    banner: its pixels. planted: 1 on a barrier (wall or fence), 2 on a vehicle body (bus or train). turned: the same
    street with the cue turned over.
    """

    index: int
    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"]
    banner: Bool[np.ndarray, "H W"]
    planted: UInt8[np.ndarray, "H W"]
    turned: UInt8[np.ndarray, "H W 3"]

    def query(self, grid: tuple[int, int]) -> tuple[int, int]:
        """The query on a planted surface, of the barrier if there is one, that has most of the surface around it."""
        rows, columns = centres(grid, self.planted.shape)
        planted = self.planted[rows, columns].reshape(grid)
        on = planted == (BARRIER if (planted == BARRIER).any() else BODY)
        around = np.pad(on.astype(int), 1)
        crowd = sum(np.roll(around, (dy, dx), (0, 1))[1:-1, 1:-1] for dy in (-1, 0, 1) for dx in (-1, 0, 1))
        row, column = divmod(int(np.where(on, crowd, -1).argmax()), grid[1])
        return row, column


def cue_scenes(seed: int, size: tuple[int, int], count: int, *, smallest: int = 4) -> Iterator[CueScene]:
    """The first `count` scenes of a seed that have a planted surface and a banner to name it.

    The banner's pixels are found by turning the cue over: nothing else in the image changes. Scenes in which either
    shows fewer than `smallest` patches of 8 x 8 pixels' worth of surface, or 8 pixels of banner, are passed over.
    """
    index = found = 0
    while found < count:
        description = describe(seed, index)
        index += 1
        if not (description.plan.panel or description.plan.body):
            continue
        other = replace(description, cue=Cue(warm=not description.cue.warm, bar=not description.cue.bar))
        scene, turned = render(description, size), render(other, size)
        banner = (scene.image != turned.image).any(axis=2)
        if banner.sum() < 8 or (scene.planted > 0).sum() < 64 * smallest:
            continue
        found += 1
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
    """Per block: the weight that queries on planted surfaces, and all others, put on the banner, in multiples of what
    uniform attention would put there (1: no preference); the mean over the scenes that have such queries."""
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
        name: {kind: float(np.mean(found[kind])) for kind in KINDS if kind in found} for name, found in lifts.items()
    }
