"""The networks of a table or a figure: trained here, or loaded from files and scored here; one interface for both."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from annn.data import Sample, in_words
from annn.data.config import DataConfig
from annn.data.open import open_validation
from annn.device import choose_device, environment
from annn.errors import ConfigError
from annn.evaluate import evaluate, predict
from annn.files import project_root
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.recipes.recipe import Recipe
from annn.runs.network import Network, check_classes, open_network
from annn.runs.run import weights_of
from annn.runs.together import train_or_load_all

Labels = UInt8[np.ndarray, "H W"]
_EXAMPLE = "Full=published.pth,Baseline=other.pth"


@runtime_checkable
class ScoredNetwork(Protocol):
    """What tables and figures ask of a network, whether it is a `run.Run` or a `FileNetwork`.

    seed: None where it is not known. data, stand_in: what it was scored on, and whether that is generated. images: how
    many images there were for training ("train"; not in a file) and testing ("val"). environment:
    hardware and versions. seconds: of training, NaN where they are not known. testing: protocol and precision, for
    `evaluate.predict`. record: where the scores come from, as plain values. how: training or testing, in words.
    origin: where the network comes from, in words.
    """

    @property
    def config(self) -> ModelConfig: ...
    @property
    def seed(self) -> int | None: ...
    @property
    def scores(self) -> Scores: ...
    @property
    def data(self) -> DataConfig: ...
    @property
    def stand_in(self) -> bool: ...
    @property
    def images(self) -> Mapping[str, int]: ...
    @property
    def about(self) -> Mapping[str, str]: ...
    @property
    def environment(self) -> dict[str, str]: ...
    @property
    def seconds(self) -> float: ...
    @property
    def testing(self) -> dict[str, Any]: ...
    @property
    def record(self) -> dict[str, Any]: ...
    @property
    def how(self) -> dict[str, str]: ...
    @property
    def origin(self) -> str: ...
    def model(self, device: str = "auto") -> ANNN: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class FileNetwork:
    """A `ScoredNetwork` from a file of weights or a run's folder. sha256: of its weights.

    environment: of the scoring; hardware and versions of its training are not known.
    """

    network: Network
    data: DataConfig
    stand_in: bool
    images: Mapping[str, int]
    about: Mapping[str, str]
    scores: Scores
    environment: dict[str, str]
    sha256: str

    @property
    def config(self) -> ModelConfig:
        return self.network.model.config

    @property
    def seed(self) -> int | None:
        return self.network.seed

    @property
    def seconds(self) -> float:
        """Training time: not known, NaN."""
        return math.nan

    @property
    def testing(self) -> dict[str, Any]:
        """Protocol and precision by which it was scored, for `evaluate.predict`."""
        return {"precision": self.network.precision, "protocol": self.network.protocol}

    @property
    def record(self) -> dict[str, Any]:
        """Where it comes from and how it was scored, as plain values for a table's JSON file."""
        network = self.network
        return {
            "weights": network.path.name,
            "network": network.title,
            "sha256": self.sha256,
            "notes": list(network.notes),
            "protocol": str(network.protocol),
            "precision": network.precision,
        } | ({} if network.seed is None else {"seed": network.seed})

    @property
    def how(self) -> dict[str, str]:
        """How the network was tested, in words."""
        return {"tested": str(self.network.protocol)}

    @property
    def origin(self) -> str:
        """Where the network comes from, and what is unusual about it, in words."""
        return "; ".join([f"from a file, `{self.network.title}`", *self.network.notes])

    def model(self, device: str = "auto") -> ANNN:
        """The network in eval mode, moved to a device."""
        return self.network.model.to(choose_device(device)).eval()


def networks_of(
    jobs: Mapping[str, tuple[Recipe, int]],
    weights: str = "",
    *,
    roles: Sequence[str] = (),
    least: int = 1,
    data_root: str | Path | None = None,
    runs: str | Path | None = None,
    device: str = "auto",
    progress: bool = True,
) -> dict[str, ScoredNetwork]:
    """Networks by name: those of the jobs, trained or loaded, or those that `weights` names, opened and scored.

    jobs: a recipe and a seed by name. weights: files and runs' folders as in `named_weights`, with `roles` and `least`;
    they are scored on the data of the first job. Empty text trains.
    """
    if paths := named_weights(weights, roles, least):
        data = next(recipe.data for recipe, _ in jobs.values())
        return {**score_networks(paths, data, data_root=data_root, device=device, progress=progress)}
    settings = {"data_root": data_root, "runs": runs, "device": device, "progress": progress}
    return {**dict(zip(jobs, train_or_load_all(list(jobs.values()), **settings), strict=True))}


def data_name(networks: Mapping[Any, ScoredNetwork]) -> str:
    """What the networks were scored on, as it heads a column: "generated street scenes" or, say, "CamVid test"."""
    network = next(iter(networks.values()))
    return in_words(network.data, network.stand_in, network.images, network.about)


def hardware(networks: Mapping[Any, ScoredNetwork]) -> str:
    """What the networks were trained on (those from files: scored on), each machine once."""
    return "; ".join(dict.fromkeys(network.environment["hardware"] for network in networks.values()))


def origins(networks: Mapping[str, ScoredNetwork]) -> str:
    """What the networks were scored on, with which hardware, and where each comes from: Markdown, a line each."""
    heading = f"Data: **{data_name(networks)}**. Hardware: **{hardware(networks)}**."
    return "\n".join([f"{heading}\n", *(f"- {name}: {network.origin}" for name, network in networks.items())])


def predictions(networks: Mapping[str, ScoredNetwork], samples: Sequence[Sample]) -> dict[str, list[Labels]]:
    """What each network predicts for each image, as train ids, by the protocol and precision that it is tested with."""
    drawn = {}
    for name, network in networks.items():
        model = network.model()
        drawn[name] = [predict(model, sample.image, **network.testing) for sample in samples]
    return drawn


def named_weights(text: str, roles: Sequence[str] = (), least: int = 1) -> dict[str, Path]:
    """Names and paths from text such as "Full=published.pth,Baseline=other.pth"; nothing from empty text.

    Relative paths start at the project's root. roles: the names that there may be; entries without a name take them in
    their order, and the first one must be there. least: how many networks are needed. Raises ConfigError for all else.
    """
    named: dict[str, Path] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        name, sign, path = map(str.strip, entry.partition("="))
        if not sign and len(named) < len(roles):
            name, path = roles[len(named)], entry
        if not name or not path or name in named or (roles and name not in roles):
            expected = f"each of {' and '.join(roles)} at most once" if roles else "each with a name of its own"
            example = f"{roles[0]}=published.pth" if roles else _EXAMPLE
            raise ConfigError(
                f"weights: found '{entry}'; expected files or folders of runs, separated by commas, {expected}, such "
                f"as {example}. Leave weights empty to train."
            )
        named[name] = project_root() / path
    if named and roles and roles[0] not in named:
        raise ConfigError(f"weights: {roles[0]} is not among '{text}'; name it, as {roles[0]}=published.pth.")
    if named and len(named) < least:
        raise ConfigError(
            f"weights: found {len(named)} network{'s' if len(named) > 1 else ''} ({', '.join(named)}); expected "
            f"{least} at least, to compare them, such as {_EXAMPLE}. Name another, or leave weights empty to train."
        )
    return named


def score_networks(
    paths: Mapping[str, Path],
    data: DataConfig,
    *,
    data_root: str | Path | None = None,
    device: str = "auto",
    progress: bool = True,
) -> dict[str, FileNetwork]:
    """Open the networks of files and runs' folders, and score each on the validation split of `data`, in their order.

    Each by its own protocol and precision. Before any is scored: ConfigError where the classes of one are not those of
    the data set, WeightsError or RunError where one cannot be opened, DataError where the data is missing.
    """
    if not paths:
        return {}
    networks = {name: open_network(path, device) for name, path in paths.items()}
    dataset = open_validation(data, data_root, progress=progress)
    for network in networks.values():
        check_classes(network, dataset.space)
    settings = {"data": data, "stand_in": dataset.stand_in, "images": {"val": len(dataset)}}
    settings["about"] = {"name": dataset.about.name, "split": dataset.about.split}
    settings["environment"] = environment(choose_device(device))
    return {
        name: FileNetwork(
            network=network,
            scores=evaluate(
                network.model, dataset, protocol=network.protocol, precision=network.precision, progress=progress
            ),
            sha256=_sha256(network.path),
            **settings,
        )
        for name, network in networks.items()
    }


def _sha256(path: Path) -> str:
    with (weights_of(path) if path.is_dir() else path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
