"""Figure 1: the variants on the same images, for every seed: what is shown, and what is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, UInt8
from tqdm import tqdm

from annn.analysis import bootstrap, consistency, disagreement
from annn.data.files import Sample
from annn.data.space import LabelSpace
from annn.runs.scored import ScoredNetwork, predictions

Labels = UInt8[np.ndarray, "H W"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """What `compare` found on the images of `truths`.

    predictions: of the first seed, by variant. pixels: by seed, where the variants differ from the reference
    (`disagreement.compare`). counts: by seed and variant, for `consistency.values`.
    """

    reference: str
    truths: Sequence[Labels]
    predictions: Mapping[str, Sequence[Labels]]
    pixels: Mapping[int, pd.DataFrame]
    counts: Mapping[int, Mapping[str, consistency.Counts]]

    @property
    def variants(self) -> list[str]:
        """All variants, the reference among them."""
        return list(self.predictions)

    @property
    def seeds(self) -> list[int]:
        return list(self.pixels)

    @property
    def size(self) -> dict[str, int]:
        """What was measured, under names for a table's JSON file."""
        first = next(iter(self.counts[self.seeds[0]].values()))
        smallest = disagreement.smallest_region(self.truths[0])
        return {
            "images measured": len(self.truths), "segments": int(first.segments.sum()),
            "smallest region, pixels": smallest, "bootstrap draws": bootstrap.DRAWS,
        }  # fmt: skip

    def examples(self, way: str = "better", images: int = 4) -> disagreement.Examples:
        """The images that show most of one way, by the networks of the first seed (`disagreement.examples`)."""
        first = self.pixels[self.seeds[0]]
        return disagreement.examples(first, self.truths, self.predictions, self.reference, way, images=images)

    def totals(self) -> pd.DataFrame:
        """`disagreement.summed` for all seeds: the mean over them, of the largest region the largest."""
        each = pd.concat([disagreement.summed(frame) for frame in self.pixels.values()])
        by_variant = each.groupby(level=0, sort=False)
        mean = by_variant.mean()
        regions = mean[["better regions", "worse regions"]].round().astype(int)
        largest = by_variant[["better largest", "worse largest"]].max()
        return mean[["better", "worse"]].join([regions, largest]).rename_axis(None)

    def net(self) -> dict[str, Float[np.ndarray, "S D"]]:
        """`disagreement.net` of each variant: a line per seed; first on all images, then on draws of them."""
        weights = self._weights()
        found = [disagreement.net(frame, weights) for frame in self.pixels.values()]
        return {variant: np.stack([one[variant] for one in found]) for variant in found[0]}

    def consistency(self) -> dict[str, Float[np.ndarray, "S D M"]]:
        """`consistency.values` of each variant, in the same layout, with the measures on the last axis."""
        weights = self._weights()
        return {
            variant: np.stack([consistency.values(of_seed[variant], weights) for of_seed in self.counts.values()])
            for variant in self.variants
        }

    def _weights(self) -> Float[np.ndarray, "D I"]:
        """The same draws for all networks, so that differences are paired by image."""
        return bootstrap.once_and_resampled(len(self.truths))


def compare(
    networks: Mapping[int, Mapping[str, ScoredNetwork]],
    reference: str,
    samples: Sequence[Sample],
    space: LabelSpace,
    *,
    progress: bool = True,
) -> Comparison:
    """Predict the images with each network and compare the variants of each seed with the reference of that seed.

    networks: by seed and variant. Only the predictions of the first seed are kept.
    """
    truths = [sample.label for sample in samples]
    smallest = disagreement.smallest_region(truths[0])
    kept, pixels, counts = {}, {}, {}
    for seed, variants in networks.items():
        bar = tqdm(variants.items(), desc=f"seed {seed}", unit="network", disable=not progress)
        drawn = {name: predictions({name: network}, samples)[name] for name, network in bar}
        pixels[seed] = disagreement.compare(truths, drawn, reference, smallest)
        counts[seed] = consistency.count(truths, drawn, len(space.classes))
        kept = kept or drawn
    return Comparison(reference=reference, truths=truths, predictions=kept, pixels=pixels, counts=counts)
