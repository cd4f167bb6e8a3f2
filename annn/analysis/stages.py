"""Stage1 to Stage5 of two networks on the same images: maps to show, and their similarity."""

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
from annn.model import Backbone, ModelConfig

STAGES = (1, 2, 3, 4, 5)
POSITIONS = 64  # of each image, at which features are compared
PAIR, SEEDS, TASK, APART, UNTRAINED = (
    "classification and segmentation", "segmentation twice, same start", "segmentation twice, one from random weights",
    "classification and segmentation from random weights", "segmentation and untrained",
)  # fmt: skip
"""The pairs of Figure 2: the claim's; the same start and task; the same task alone; neither; the architecture alone."""
Image = UInt8[np.ndarray, "H W 3"]


@torch.inference_mode()
def stage_maps(backbone: nn.Module, image: Image) -> dict[int, Float[Tensor, "C h w"]]:
    """Stage1..Stage5 of an RGB image, keyed 1..5, in float32 on the CPU; puts the backbone into eval mode."""
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
    """What Figure 2's claim is measured on: `PAIR`, and as many of the other pairs as there are networks for.

    backbones: by the roles of `runs.figures.StageNetworks`. config, seed: of the untrained network.
    """
    segmentation, classification = backbones["segmentation"], backbones["classification"]
    pairs = {PAIR: (classification, segmentation)}
    if "second seed" in backbones:
        pairs[SEEDS] = (segmentation, backbones["second seed"])
    if "random start" in backbones:
        pairs[TASK] = (segmentation, backbones["random start"])
        pairs[APART] = (classification, backbones["random start"])
    pairs[UNTRAINED] = (segmentation, untrained(config, seed).to(next(segmentation.parameters()).device))
    return pairs


def by_stage(measured: pd.DataFrame) -> pd.DataFrame:
    """CKA of `similarity` as a table: a row per stage, a column per pair."""
    table = measured.pivot(index="stage", columns="pair", values="cka")
    return table[list(measured["pair"].unique())].rename("Stage{}".format)


def untrained(config: ModelConfig, seed: int) -> Backbone:
    """The backbone of a network's configuration with random weights."""
    torch.manual_seed(seed)
    return config.make_backbone()


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

    count: positions per image, the same in both networks. groups: the maximum number of groups for the bootstrap; with
    more images, a group holds several. 0 takes as many as fit in 2 GB (`similarity.affordable_groups`).
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
        cka = LinearCKA()  # one at a time: its sums take more memory than all features
        for group in np.array_split(np.arange(len(images)), min(limit, len(images))):
            cka.add(*(torch.cat([side[number] for number in group]) for side in sides))
        lines.append({"pair": name, "stage": stage, **cka.interval(draws)._asdict()})
    return pd.DataFrame(lines)


def conclusion(measured: pd.DataFrame) -> str:
    """A text: whether the claim of Figure 2 holds (`verdict`), and what start and task have to do with it.

    measured: as `similarity` gives it for `pairs_of`; without controls the text says what is not known.
    """
    cka = {pair: lines.set_index("stage")["cka"] for pair, lines in measured.groupby("pair")}
    past = {"holds": "held", "holds in part": "held in part", "does not hold": "did not hold"}
    parts = [
        f"The claim **{past[verdict(measured, PAIR)]}** here. In Stage1 to Stage5, CKA of the two networks is "
        f"{_listed(cka[PAIR])}; {_largest_fall(cka[PAIR])}."
    ]
    if SEEDS in cka:
        parts.append(
            f"Two segmentation networks from the same start have {_listed(cka[SEEDS])}: this is what chance in the "
            f"training changes. The change of task goes beyond it {_most(cka[SEEDS] - cka[PAIR])}."
        )
    if APART in cka:
        parts.append(
            f"Inherited: against a segmentation network from random weights, the ImageNet network has only "
            f"{_listed(cka[APART])}. So the shared start adds {_listed(cka[PAIR] - cka[APART], signed=True)}. "
            f"Due to the task: two networks with one task and different starts have {_listed(cka[TASK])}. So the "
            f"shared task adds {_listed(cka[TASK] - cka[APART], signed=True)}."
        )
    if SEEDS not in cka and APART not in cka:
        parts.append(
            "There is no control, so it is not known how much any two trainings differ, and what is inherited from the "
            "start."
        )
    return " ".join(parts)


def _listed(values: pd.Series, signed: bool = False) -> str:
    return ", ".join(f"{value:+.2f}" if signed else f"{value:.2f}" for value in values.sort_index())


def _most(gaps: pd.Series) -> str:
    """Where the gap to the control is largest, in words."""
    if gaps.max() <= 0:
        return "in no stage"
    return f"most in Stage{int(gaps.idxmax())} (by {gaps.max():.2f})"


def _largest_fall(cka: pd.Series) -> str:
    """The largest fall of CKA between two stages, and the change where the claim expects that fall."""
    steps = cka.diff().dropna()
    at = int(steps.idxmin())
    if steps[at] >= 0:
        return "it never falls, but the claim expects a fall between Stage3 and Stage4"
    fall = f"its largest fall is between Stage{at - 1} and Stage{at} ({-steps[at]:.2f})"
    if at == 4:
        return f"{fall}, where the claim expects it"
    step = round(float(steps[4]), 2)
    change = f"{'falls' if step < 0 else 'rises'} by {abs(step):.2f}" if step else "stays as it is"
    return f"{fall}; the claim expects it between Stage3 and Stage4, where CKA {change} here"


def verdict(measured: pd.DataFrame, pair: str) -> str:
    """Whether the claim of Figure 2 holds for a pair of networks: "holds", "holds in part" or "does not hold".

    The claim: the first three stages are similar, the last two differ. It holds if the interval of each of the first
    three stages is above those of the last two. It holds in part if the value of Stage3 is above the last two.
    """
    table = measured[measured["pair"] == pair].set_index("stage")
    last = table.loc[[4, 5]]
    if table.loc[[1, 2, 3], "low"].min() > last["high"].max():
        return "holds"
    return "holds in part" if table["cka"][3] > last["cka"].max() else "does not hold"


def channel_mean(maps: Float[Tensor, "C h w"]) -> Float[np.ndarray, "h w"]:
    """The mean over channels, each scaled to 0..1 first so that no channel dominates."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return ((maps - low) / (high - low).clamp_min(1e-6)).mean(0).numpy()


def shared_colors(maps: Sequence[Float[Tensor, "_ h w"]]) -> list[Float[np.ndarray, "h w 3"]]:
    """The maps of several networks for one image as RGB, by principal components with one basis for all networks.

    Networks have different channels. So each map is standardised, and the components are computed from the channels of
    all networks together (positions are the samples). The color of a network at a position is the part of the component
    from its own channels. Equal maps have equal colors, so colors can be compared between networks. Red, green and blue
    are the first three components, each from its 2nd to its 98th percentile over all networks.
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
    """Zero mean and unit total variance: all networks have the same scale, and channels keep their proportions."""
    values = values - values.mean(0)
    return values / values.square().sum().sqrt().clamp_min(1e-12)


def _sampled(maps: Float[Tensor, "C h w"], count: int, image: int) -> Float[Tensor, "n C"]:
    rows, columns = positions(maps.shape[1], maps.shape[2], count, image)
    return maps[:, rows, columns].T
