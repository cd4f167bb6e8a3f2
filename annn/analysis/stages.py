"""Stage1 to Stage5 of two networks on the same images: maps to look at, and how alike they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from tqdm import tqdm

from annn.analysis.similarity import LinearCKA, affordable_groups, positions
from annn.augment import normalise
from annn.backbone import ResNet
from annn.model import ModelConfig

STAGES = (1, 2, 3, 4, 5)
POSITIONS = 64  # of each image, at which features are compared
PAIR, CONTROL, UNTRAINED = (
    "classification and segmentation", "segmentation twice (control)", "segmentation and untrained",
)  # fmt: skip
Image = UInt8[np.ndarray, "H W 3"]


@torch.inference_mode()
def stage_maps(backbone: nn.Module, image: Image) -> dict[int, Float[Tensor, "C h w"]]:
    """Stage1..Stage5 of an ordinary RGB image, keyed 1..5, in float32 on the CPU; puts the backbone into eval mode."""
    device = next(backbone.parameters()).device
    backbone.eval()
    images = normalise(image)[None].to(device, memory_format=torch.channels_last)
    return {stage: maps[0].float().cpu() for stage, maps in backbone(images).items()}


def channel_means(backbones: Mapping[str, nn.Module], image: Image) -> dict[str, list[Float[np.ndarray, "h w"]]]:
    """The `channel_mean` of each stage of each network for one image."""
    return {
        name: [channel_mean(maps) for maps in stage_maps(backbone, image).values()]
        for name, backbone in backbones.items()
    }


def components(backbones: Mapping[str, nn.Module], image: Image) -> dict[str, list[Float[np.ndarray, "h w 3"]]]:
    """The `shared_colors` of all networks in each stage for one image, by network."""
    maps = [stage_maps(backbone, image) for backbone in backbones.values()]
    colors = [shared_colors([found[stage] for found in maps]) for stage in STAGES]
    return {name: [stage[place] for stage in colors] for place, name in enumerate(backbones)}


def pairs_of(
    backbones: Mapping[str, nn.Module], config: ModelConfig, seed: int
) -> dict[str, tuple[nn.Module, nn.Module]]:
    """What Figure 2's claim is measured on: `PAIR`, `CONTROL` where there is a control, and `UNTRAINED`.

    backbones: by the roles classification, segmentation and control. config, seed: of the untrained network.
    """
    segmentation = backbones["segmentation"]
    others = {PAIR: backbones["classification"]}
    if "control" in backbones:
        others[CONTROL] = backbones["control"]
    others[UNTRAINED] = untrained(config, seed).to(next(segmentation.parameters()).device)
    return {name: (segmentation, other) for name, other in others.items()}


def by_stage(measured: pd.DataFrame) -> pd.DataFrame:
    """CKA of `similarity` as a table: a row per stage, a column per pair."""
    table = measured.pivot(index="stage", columns="pair", values="cka")
    return table[list(measured["pair"].unique())].rename("Stage{}".format)


def untrained(config: ModelConfig, seed: int) -> ResNet:
    """The backbone of a network's configuration with random weights."""
    torch.manual_seed(seed)
    form = {name: getattr(config, name) for name in ("depth", "width", "stem", "stem_widths", "ceil_mode", "input")}
    return ResNet(**form)


def similarity(
    pairs: Mapping[str, tuple[nn.Module, nn.Module]],
    images: Sequence[Image],
    *,
    count: int = POSITIONS,
    groups: int = 0,
    draws: int = 200,
    progress: bool = True,
) -> pd.DataFrame:
    """Linear CKA per stage of each pair of backbones: columns pair, stage, cka, low and high (95 %, over images).

    count: positions of each image that are compared, the same in both networks. groups: where there are more images,
    as many at a time are drawn in the bootstrap that there are no more groups than this; 0 takes as many as 2 GB hold
    (`similarity.affordable_groups`).
    """
    backbones = {id(network): network for pair in pairs.values() for network in pair}
    features: dict[tuple[int, int], list[Tensor]] = {}
    for number, image in enumerate(tqdm(images, desc="stage features", unit="image", disable=not progress)):
        for key, network in backbones.items():
            for stage, maps in stage_maps(network, image).items():
                features.setdefault((key, stage), []).append(_sampled(maps, count, number))

    lines = []
    for (name, pair), stage in product(pairs.items(), STAGES):
        sides = [features[id(network), stage] for network in pair]
        limit = groups or affordable_groups(*(features[id(network), STAGES[-1]][0].shape[1] for network in pair))
        cka = LinearCKA()  # one at a time: its sums are larger than all features together
        for group in np.array_split(np.arange(len(images)), min(limit, len(images))):
            cka.add(*(torch.cat([side[number] for number in group]) for side in sides))
        lines.append({"pair": name, "stage": stage, **cka.interval(draws)._asdict()})
    return pd.DataFrame(lines)


def conclusion(measured: pd.DataFrame, pair: str = PAIR, control: str = CONTROL, apart: str = "task and data") -> str:
    """In words, whether the claim of Figure 2 held (`verdict`), where the networks part, and what the control does.

    control: may be missing from what was measured. apart: in what the two networks of the pair differ and those of the
    control do not.
    """
    cka = measured[measured["pair"] == pair].set_index("stage")["cka"]
    held = {"holds": "held", "holds in part": "held in part", "does not hold": "did not hold"}[verdict(measured, pair)]
    parted = (
        f"The claim **{held}** here. In Stage1 to Stage5, CKA of the pair is "
        f"{', '.join(f'{value:.2f}' for value in cka)}; {_largest_fall(cka)}. "
    )
    if control not in set(measured["pair"]):
        return parted + (
            f"There is no control, no second network for the same task: how much of what the pair lacks to 1 is due to "
            f"{apart} together, and how much two trainings differ by anyway, cannot be told."
        )
    same = measured[measured["pair"] == control].set_index("stage")["cka"]
    lacks = same - cka
    told = f"The control, two networks for the same task, has {', '.join(f'{value:.2f}' for value in same)}"
    if lacks.max() <= 0:
        return parted + f"{told}: the pair lacks nothing to that in any stage, and no effect of {apart} shows."
    above = [f"Stage{stage}" for stage in STAGES if lacks[stage] < 0]
    return (
        f"{parted}{told}: what the pair lacks to that is due to {apart} together, and it is largest in "
        f"Stage{int(lacks.idxmax())} ({lacks.max():.2f})."
        + (f" In {' and '.join(above)} the pair is more alike than the control, and no effect shows." if above else "")
    )


def _largest_fall(cka: pd.Series) -> str:
    """Where CKA falls most from a stage to the next, and what it does where the claim has that fall."""
    steps = cka.diff().dropna()
    at = int(steps.idxmin())
    if steps[at] >= 0:
        return "it falls nowhere, where the claim has it fall between Stage3 and Stage4"
    said = f"its largest fall lies between Stage{at - 1} and Stage{at} ({-steps[at]:.2f}), where the claim has it"
    if at == 4:
        return said
    step = round(float(steps[4]), 2)
    there = f"{'falls' if step < 0 else 'rises'} by {abs(step):.2f}" if step else "stays as it is"
    return f"{said} between Stage3 and Stage4, where it {there} here"


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
