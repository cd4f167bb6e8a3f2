"""The networks that Figures 1 and 2 compare, and what the figures say about them: trained here, or from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torch import nn

from annn.backbone import ResNet
from annn.data.config import DataConfig
from annn.files import project_root
from annn.model import VARIANTS, ModelConfig, variant
from annn.recipes import Recipe, classification, figure1, table2, trial_of
from annn.runs.network import open_network
from annn.runs.scored import ScoredNetwork, data_name, named_weights, networks_of, origins
from annn.runs.together import train_or_load
from annn.runs.training import initial_weights
from annn.weights.imagenet import load_imagenet

TORCHVISION = "torchvision"
"""As the name of an ImageNet file: torchvision's own, in data/imagenet."""
_NOT_INHERITED = "What the stages of the two networks share is not inherited: neither starts from the other."
_ROLES = ("segmentation", "control")


@dataclass(frozen=True, kw_only=True)
class FigureNetworks:
    """The networks of a figure by name.

    data: what they are scored on. preset: by which they were trained, or "weights given". label: how the names of the
    figure's files begin.
    """

    figure: ClassVar[str]
    networks: Mapping[str, ScoredNetwork]
    data: DataConfig
    preset: str
    label: str

    @property
    def rows(self) -> dict[tuple[str, int], ScoredNetwork]:
        """The networks by name and seed, as tables take them; 0 stands for a seed that is not known."""
        return {(name, network.seed or 0): network for name, network in self.networks.items()}

    @property
    def measured_on(self) -> str:
        """What the first network was scored on, in words."""
        return data_name(self.networks)

    @property
    def origins(self) -> str:
        """Data, hardware, and where each network comes from, as Markdown."""
        return origins(self.networks)

    @property
    def about(self) -> dict[str, str]:
        """Figure, preset and data, for a table's JSON file."""
        return {"figure": self.figure, "preset": self.preset, "data": self.measured_on}


@dataclass(frozen=True, kw_only=True)
class VariantNetworks(FigureNetworks):
    """The networks of Figure 1. reference: the one that the others are compared with."""

    figure = "Figure 1"
    reference: str

    @property
    def papers(self) -> bool:
        """Whether they are what the paper compares: Full, and networks that lack its blocks and nothing else."""
        configs = {name: network.config for name, network in self.networks.items()}
        full = configs[self.reference]
        return self.reference == "Full" and all(
            name in VARIANTS and variant(full, name) == config for name, config in configs.items()
        )


@dataclass(frozen=True, kw_only=True)
class StageNetworks(FigureNetworks):
    """The networks of Figure 2, and their backbones on one device.

    backbones: "classification", "segmentation", and "control", a second one for segmentation, unless weights name one
    network alone. source: what the classification network was trained on. inherited: whether one starts from the other.
    apart: in what the two differ and those of the control do not.
    """

    figure = "Figure 2"
    backbones: Mapping[str, nn.Module]
    source: str
    inherited: str
    apart: str

    @property
    def about(self) -> dict[str, str]:
        """Figure, preset, data and what the classification network was trained on, for a table's JSON file."""
        return {**super().about, "classification network": self.source}

    @property
    def pair(self) -> dict[str, nn.Module]:
        """The two backbones that the figure shows, the upper row first."""
        return {name: self.backbones[name] for name in ("classification", "segmentation")}

    @property
    def config(self) -> ModelConfig:
        """The configuration of the segmentation network."""
        return self.networks["segmentation"].config

    @property
    def origins(self) -> str:
        """Data, hardware, and where each network comes from, as Markdown."""
        return f"{super().origins}\n\nThe classification network was trained on **{self.source}**."


def figure1_networks(
    preset: str = "quick", data: str = "", *, seed: int = 0, weights: str = "", trial: bool = False
) -> VariantNetworks:
    """The four variants of Figure 1, trained or loaded; or at least two networks from files, the first for "Full".

    data: as for `recipes.figure1`; empty takes the preset's own. weights: as in `scored.named_weights`. trial: two
    steps on four scenes.
    """
    recipes = {name: _recipe(figure1(name, preset, data or None), trial) for name in VARIANTS}
    full = recipes["Full"]
    networks = networks_of({name: (recipe, seed) for name, recipe in recipes.items()}, weights, least=2)
    return VariantNetworks(
        networks=networks,
        data=full.data,
        preset="weights given" if weights else preset,
        label=_label(full.name.removesuffix("-full"), named_weights(weights), seed, trial),
        reference=next(iter(networks)) if weights else "Full",
    )


def figure2_networks(
    preset: str = "quick",
    data: str = "",
    *,
    seed: int = 0,
    weights: str = "",
    imagenet: str = "",
    trial: bool = False,
) -> StageNetworks:
    """The classification and the segmentation network of Figure 2, and a second segmentation network as the control.

    Segmentation is Table 2's Baseline, the control the same of the next seed; or both are files that `weights` names,
    "first.pth,control=second.pth" or one alone. imagenet: an ImageNet file for the classification network, or
    "torchvision"; empty trains that on generated scenes, but the preset "paper" takes the file that the segmentation
    network starts from, and torchvision's beside `weights`. Other arguments as for `figure1_networks`. Raises
    WeightsError for an ImageNet file that is missing or of another depth, before anything is trained or scored.
    """
    street = _recipe(table2("Baseline", preset, data or None), trial)
    upper = _imagenet(imagenet, preset, street, weights)
    networks = networks_of({"segmentation": (street, seed), "control": (street, seed + 1)}, weights, roles=_ROLES)
    backbones: dict[str, nn.Module] = {role: network.model().backbone for role, network in networks.items()}
    if upper is None:
        named = train_or_load(_recipe(classification(preset), trial), seed + 1)
        networks["classification"], backbone = named, named.classifier().backbone
        right = 100 * named.scores.pixel_accuracy
        source = f"generated scenes of 28 kinds, of which it names {right:.0f} % rightly"
        inherited = _NOT_INHERITED
    else:
        backbone, file = upper
        source = f"ImageNet, with the weights of {file.name if file else TORCHVISION}"
        inherited = _inheritance(street, weights)
    backbones["classification"] = backbone.to(next(backbones["segmentation"].parameters()).device)
    kinds = ["imagenet"] * bool(imagenet) + [Path(imagenet).stem] * (imagenet not in ("", TORCHVISION))
    return StageNetworks(
        networks=networks,
        data=street.data,
        preset="weights given" if weights else preset,
        label=_label(street.name.removesuffix("-baseline"), named_weights(weights, _ROLES), seed, trial, kinds),
        backbones=backbones,
        source=source,
        inherited=inherited,
        apart="task, data and perhaps the start" if weights else "task and data",
    )


def _recipe(recipe: Recipe, trial: bool) -> Recipe:
    return trial_of(recipe) if trial else recipe


def _label(begin: str, files: Mapping[str, Path], seed: int, trial: bool, kinds: Sequence[str] = ()) -> str:
    """How the names of a figure's files begin: preset and data, and all that differs from their default."""
    weights = ["weights", *(path.stem for path in files.values())] if files else []
    return "-".join([begin, *weights, *[f"seed{seed}"] * bool(seed), *kinds, *["tried"] * trial])


def _imagenet(imagenet: str, preset: str, street: Recipe, weights: str) -> tuple[ResNet, Path | None] | None:
    """The ImageNet backbone of the upper row and its file, None for torchvision's; nothing where it is trained here."""
    if not imagenet and preset != "paper":
        return None
    files = named_weights(weights, _ROLES)
    depth = open_network(files["segmentation"], "cpu").model.config.depth if files else street.model.depth
    if imagenet not in ("", TORCHVISION):
        file = project_root() / imagenet
    else:
        file = None if imagenet or files else initial_weights(street)
    return load_imagenet(depth, file), file


def _inheritance(street: Recipe, weights: str) -> str:
    """Whether the segmentation network starts from ImageNet weights as the classification network does, in words."""
    if weights:
        return "Published networks start from ImageNet weights: what the stages share may be inherited."
    if street.start == "nothing":
        return _NOT_INHERITED
    return "As in the paper, segmentation starts from ImageNet weights: part of what the stages share is inherited."
