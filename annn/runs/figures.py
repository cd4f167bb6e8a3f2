"""The networks that Figures 1 and 2 compare, and what the figures say about them: trained here, or from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torch import nn

from annn.data.config import DataConfig
from annn.files import project_root
from annn.model import VARIANTS, Backbone, ModelConfig, variant
from annn.recipes import Recipe, figure1, starting, table2, trial_of
from annn.runs.network import open_network
from annn.runs.scored import ScoredNetwork, data_name, named_weights, networks_of, origins
from annn.runs.training import imagenet_backbone, initial_weights

GIVEN = "weights given"  # in place of the preset, for networks from files
_ROLES = ("segmentation", "second seed", "random start")


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
    """The networks of Figure 1; `networks` are those of the first seed, which the pictures show.

    by_seed: all networks, by seed and name. reference: the one that the others are compared with.
    """

    figure = "Figure 1"
    by_seed: Mapping[int, Mapping[str, ScoredNetwork]]
    reference: str

    @property
    def rows(self) -> dict[tuple[str, int], ScoredNetwork]:
        """The networks of all seeds by name and seed, as tables take them; 0 stands for a seed that is not known."""
        found = [(name, network) for networks in self.by_seed.values() for name, network in networks.items()]
        ranks = {name: rank for rank, name in enumerate(self.networks)}
        return {(name, network.seed or 0): network for name, network in sorted(found, key=lambda one: ranks[one[0]])}

    @property
    def origins(self) -> str:
        """Data, hardware, and where each network of each seed comes from, as Markdown."""
        if len(self.by_seed) == 1:
            return super().origins
        return origins({f"{name}, seed {seed}": network for (name, seed), network in self.rows.items()})

    def named(self, pictures: bool = False) -> str:
        """What a figure prints above itself: data, preset and seeds; for pictures the seed that they show."""
        if self.preset == GIVEN:
            return f"{self.measured_on}, networks from files"
        seeds = list(self.by_seed)[:1] if pictures else list(self.by_seed)
        listed = ", ".join(map(str, seeds))
        return f"{self.measured_on}, preset {self.preset}, seed{'s' if len(seeds) > 1 else ''} {listed}"

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

    backbones: "classification" is the ImageNet network itself, "segmentation" the one that started from it. Controls,
    where there are any: "second seed" started from the same, "random start" from random weights. source: the weights of
    the classification network.
    """

    figure = "Figure 2"
    backbones: Mapping[str, nn.Module]
    source: str

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
    preset: str = "quick", data: str = "", *, seeds: Sequence[int] = (0,), weights: str = "", trial: bool = False
) -> VariantNetworks:
    """The four variants of Figure 1, trained or loaded; or at least two networks from files, the first for "Full".

    data: as for `recipes.figure1`; empty takes the preset's own. seeds: each trains four networks. weights: as in
    `scored.named_weights`; there is one network per name then, and seeds do not count. trial: two steps on four scenes.
    """
    recipes = {name: _recipe(figure1(name, preset, data or None), trial) for name in VARIANTS}
    full, files = recipes["Full"], named_weights(weights)
    by_seed = {
        seed: networks_of({name: (recipe, seed) for name, recipe in recipes.items()}, weights, least=2)
        for seed in (seeds[:1] if files else seeds)
    }
    networks = next(iter(by_seed.values()))
    return VariantNetworks(
        networks=networks,
        by_seed=by_seed,
        data=full.data,
        preset=GIVEN if files else preset,
        label=_label(full.name.removesuffix("-full"), files, (0,) if files else seeds, trial),
        reference=next(iter(networks)) if files else "Full",
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
    """The ImageNet network and the segmentation network of Figure 2, and the controls.

    Segmentation is Table 2's Baseline, or what its rows continue from (`Recipe.before`); the controls are the same
    recipe with the next seed, and from random weights. Or all are files that `weights` names, "first.pth,second
    seed=second.pth" or one alone. imagenet: the file of the classification network; empty is the one that the
    segmentation network starts from, or beside `weights`, torchvision's of a ResNet and timm's of other networks. Other
    arguments as for `figure1_networks`. Raises WeightsError for an ImageNet file that is missing or of another network,
    before anything is trained or scored.
    """
    street = _recipe(table2("Baseline", preset, data or None), trial)
    files = named_weights(weights, _ROLES)
    trained, scratch = (recipe.before or recipe for recipe in (street, starting(street, "nothing")))
    upper, source = _imagenet(trained, files.get("segmentation"), imagenet)
    jobs = {"segmentation": (trained, seed), "second seed": (trained, seed + 1), "random start": (scratch, seed)}
    networks = networks_of(jobs, weights, roles=_ROLES)
    backbones: dict[str, nn.Module] = {role: network.model().backbone for role, network in networks.items()}
    backbones["classification"] = upper.to(next(backbones["segmentation"].parameters()).device)
    return StageNetworks(
        networks=networks,
        data=street.data,
        preset=GIVEN if weights else preset,
        label=_label(
            street.name.removesuffix("-baseline"), files, (seed,), trial, [Path(imagenet).stem] if imagenet else []
        ),
        backbones=backbones,
        source=f"ImageNet ({source})",
    )


def _recipe(recipe: Recipe, trial: bool) -> Recipe:
    return trial_of(recipe) if trial else recipe


def _label(begin: str, files: Mapping[str, Path], seeds: Sequence[int], trial: bool, kinds: Sequence[str] = ()) -> str:
    """How the names of a figure's files begin: preset and data, and all that differs from seed 0 and the default."""
    weights = ["weights", *(path.stem for path in files.values())] if files else []
    numbers = "-".join(map(str, seeds))
    named = [] if numbers == "0" else [f"seed{'s' if len(seeds) > 1 else ''}{numbers}"]
    return "-".join([begin, *weights, *named, *kinds, *["tried"] * trial])


def _imagenet(street: Recipe, segmentation: Path | None, imagenet: str) -> tuple[Backbone, str]:
    """The ImageNet network of a segmentation network's kind, and the name of its file.

    segmentation: the file of the segmentation network, None if the recipe trains it.
    """
    if segmentation is None:
        config, file = street.model, initial_weights(street)
    else:
        config, file = open_network(segmentation, "cpu").model.config, None
    file = project_root() / imagenet if imagenet else file
    return imagenet_backbone(config, file), file.name if file else "the usual file"
