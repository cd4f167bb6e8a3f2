"""Stage1 to Stage5 of two networks on the same images: maps to look at, and how alike they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from tqdm import tqdm

from annn.analysis.similarity import LinearCKA, positions
from annn.augment import normalise

STAGES = (1, 2, 3, 4, 5)
Image = UInt8[np.ndarray, "H W 3"]


@torch.inference_mode()
def stage_maps(backbone: nn.Module, image: Image) -> dict[int, Float[Tensor, "C h w"]]:
    """Stage1..Stage5 of an ordinary RGB image, keyed 1..5, in float32 on the CPU; puts the backbone into eval mode."""
    device = next(backbone.parameters()).device
    backbone.eval()
    images = normalise(image)[None].to(device, memory_format=torch.channels_last)
    return {stage: maps[0].float().cpu() for stage, maps in backbone(images).items()}


def similarity(
    pairs: Mapping[str, tuple[nn.Module, nn.Module]],
    images: Sequence[Image],
    *,
    count: int = 64,
    groups: int = 100,
    draws: int = 200,
    progress: bool = True,
) -> pd.DataFrame:
    """Linear CKA per stage of each pair of backbones: columns pair, stage, cka, low and high (95 %, over images).

    count: positions of each image that are compared, the same in both networks. groups: where there are more images,
    as many at a time are drawn in the bootstrap that there are no more groups than this; 20 keep wide networks of 2048
    channels within 3 GB.
    """
    backbones = {id(network): network for pair in pairs.values() for network in pair}
    measured = {(name, stage): LinearCKA() for name in pairs for stage in STAGES}
    bar = tqdm(total=len(images), desc="stage features", unit="image", disable=not progress)
    for group in np.array_split(np.arange(len(images)), min(groups, len(images))):
        features: dict[tuple[int, int], list[Tensor]] = {}
        for number in group:
            for key, network in backbones.items():
                for stage, maps in stage_maps(network, images[number]).items():
                    features.setdefault((key, stage), []).append(_sampled(maps, count, int(number)))
            bar.update()
        for (name, stage), cka in measured.items():
            cka.add(*(torch.cat(features[id(network), stage]) for network in pairs[name]))
    bar.close()
    lines = [{"pair": name, "stage": stage, **cka.interval(draws)._asdict()} for (name, stage), cka in measured.items()]
    return pd.DataFrame(lines)


def conclusion(measured: pd.DataFrame, pair: str, control: str | None) -> str:
    """In words, whether the claim of Figure 2 held (`verdict`), where the networks part, and what the control does."""
    cka = measured[measured["pair"] == pair].set_index("stage")["cka"]
    held = {"holds": "held", "holds in part": "held in part", "does not hold": "did not hold"}[verdict(measured, pair)]
    falls = -cka.diff().dropna()
    at = int(falls.idxmax())
    parted = (
        f"The claim **{held}** here. In Stage1 to Stage5, CKA of the pair is "
        f"{', '.join(f'{value:.2f}' for value in cka)}; its largest fall lies "
        f"between Stage{at - 1} and Stage{at} ({falls[at]:.2f}), where the claim has it between "
        f"Stage3 and Stage4 ({falls[4]:+.2f} here). "
    )
    if control is None:
        return parted + (
            "There is no control, no second network for the same task: how much of what the pair lacks to 1 is the "
            "task's doing, and how much two trainings differ by anyway, cannot be told."
        )
    same = measured[measured["pair"] == control].set_index("stage")["cka"]
    return parted + (
        "The control, two networks for the same task, has "
        f"{', '.join(f'{value:.2f}' for value in same)}: what the pair lacks to that is the task's doing, and it is "
        f"largest in Stage{int((same - cka).idxmax())}."
    )


def verdict(measured: pd.DataFrame, pair: str) -> str:
    """Whether the claim of Figure 2 holds for a pair of networks: "holds", "holds in part" or "does not hold".

    The claim: the first three stages are alike, the last two differ. It holds where each of the first three is more
    alike than either of the last two by the ends of their intervals; in part, where Stage3 still is, by its value.
    """
    table = measured[measured["pair"] == pair].set_index("stage")
    last = table.loc[[4, 5]]
    if table.loc[[1, 2, 3], "low"].min() > last["high"].max():
        return "holds"
    return "holds in part" if table["cka"][3] > last["cka"].max() else "does not hold"


def channel_mean(maps: Float[Tensor, "C h w"]) -> Float[np.ndarray, "h w"]:
    """The mean over channels, each first brought to the range 0..1 so that no single one outshouts the others."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return ((maps - low) / (high - low).clamp_min(1e-6)).mean(0).numpy()


def shared_colors(maps: Sequence[Float[Tensor, "_ h w"]]) -> list[Float[np.ndarray, "h w 3"]]:
    """The maps of several networks for one image as RGB, by principal components with one basis for all of them.

    Networks have channels of their own, so each map is standardised, and the components are those of all channels side
    by side (positions are the samples): a network's color at a position is the part of the component that its own
    channels carry. Equal maps have equal colors, and colors compare across the networks. Red, green and blue are the
    first three components, each from its 2nd to its 98th percentile over all networks.
    """
    flat = [_standardised(m.flatten(1).T.double()) for m in maps]
    together = torch.cat(flat, dim=1)
    _, _, basis = torch.linalg.svd(together.T @ together)
    axes = basis[:3].T  # channels of all networks by component
    parts = torch.split(axes, [m.shape[1] for m in flat])
    projected = [values @ part for values, part in zip(flat, parts, strict=True)]
    limits = torch.quantile(torch.cat(projected), torch.tensor([0.02, 0.98], dtype=torch.float64), dim=0)
    scaled = [((p - limits[0]) / (limits[1] - limits[0]).clamp_min(1e-12)).clamp(0, 1) for p in projected]
    return [s.reshape(*m.shape[1:], -1).numpy() for s, m in zip(scaled, maps, strict=True)]


def _standardised(values: Float[Tensor, "n C"]) -> Float[Tensor, "n C"]:
    """Zero mean and unit total variance: neither network is larger, while its channels keep their proportions."""
    values = values - values.mean(0)
    return values / values.square().sum().sqrt().clamp_min(1e-12)


def _sampled(maps: Float[Tensor, "C h w"], count: int, image: int) -> Float[Tensor, "n C"]:
    rows, columns = positions(maps.shape[1], maps.shape[2], count, image)
    return maps[:, rows, columns].T
