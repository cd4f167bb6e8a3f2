"""Open a trained network from a run folder or a weights file, and the data to test it on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from annn import weights
from annn.data import DATASETS, FileDataset, is_own, kind_of, reader
from annn.data.config import DataConfig
from annn.data.open import open_validation
from annn.data.space import LabelSpace
from annn.device import choose_device
from annn.errors import ConfigError, WeightsError
from annn.model import ANNN
from annn.protocol import STYLES, Protocol
from annn.recipes import Recipe, fine_tuning, read_recipe
from annn.runs.run import load, run_of, weights_and_name
from annn.weights.transfer import Transfer, transfer


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A network in eval mode, with its source and the protocol to test it.

    title: a readable name. notes: anything unusual. classes: names, if the source has them. data, protocol, precision:
    those of the recipe; for weights from other code no data, whole images in the style of that code, and "fp32". seed:
    of a run; None for weights from other code.
    """

    path: Path
    model: ANNN
    title: str
    notes: tuple[str, ...]
    classes: tuple[str, ...] | None
    data: DataConfig | None
    protocol: Protocol
    precision: str
    seed: int | None = None


def open_network(path: str | Path, device: str = "auto", align_corners: bool | None = None) -> Network:
    """The network of a run folder or a weights file, on a device.

    align_corners: for the upsampling to the image size, instead of the value in the file or the default of its source.
    Raises RunError for a folder that is not a finished run, WeightsError for a file that cannot be read, ConfigError
    for align_corners with a run, since it is part of the recipe.
    """
    path = Path(path)
    path = run_of(path) or path
    if path.is_dir():
        if align_corners is not None:
            raise ConfigError(
                f"align_corners={align_corners}: {path} is a run, which is tested as it was trained; expected a "
                "weights file. Leave the option out, or set it in the recipe's model."
            )
        run = load(path)
        return _of_recipe(path, run.model(device), run.recipe, run.seed)
    if not path.exists():
        raise WeightsError(
            f"{path}: there is no such file or folder; expected the folder of a run, as `annn train` prints it, or a "
            "weights file."
        )
    loaded = weights.load(path, align_corners=align_corners)
    target = choose_device(device)
    model = loaded.model.to(target, memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
    if loaded.source == "annn":
        return _of_recipe(path, model, read_recipe(loaded.about["recipe"]), loaded.about["seed"])
    style = loaded.source if loaded.source in STYLES else "plain"
    return Network(
        path=path, model=model, title=f"{path.name} ({loaded.source})", notes=tuple(loaded.about.get("notes", ())),
        classes=loaded.classes, data=None, protocol=Protocol(style=style), precision="fp32",
    )  # fmt: skip


def _of_recipe(path: Path, model: ANNN, recipe: Recipe, seed: int) -> Network:
    return Network(
        path=path, model=model, title=f"{recipe.name}, seed {seed}", notes=(),
        classes=None if recipe.data.own is None else kind_of(recipe.data).space.classes,
        data=recipe.data, protocol=recipe.protocol, precision=recipe.train.precision, seed=seed,
    )  # fmt: skip


def fine_tuned(recipe: Recipe, path: str | Path) -> tuple[Recipe, Transfer]:
    """The recipe that starts from the network of a run folder or a weights file, and what it keeps of it.

    Raises WeightsError where backbone, widths or blocks differ, RunError for a folder that is not a finished run.
    """
    file, name = weights_and_name(path)
    return fine_tuning(recipe, file.resolve(), name), transfer(ANNN(recipe.model), file)


def open_test_data(network: Network, name: str | None, root: Path | None, split: str | None) -> FileDataset:
    """The split to test a network on: from the data set `name`, or from the data of its run if `name` is None.

    root: as for `open_validation`. split: None takes that of the run, or of another data set its split for tests.
    Training data may be missing. Raises ConfigError if no data set is named or its classes differ from the network's,
    DataError if it is not known or missing.
    """
    data = network.data
    if name is not None:
        kind = reader(name)
        own = data.val if data is not None and data.name == kind.name else kind.test_split
        data = DataConfig(name=kind.name, val=own, own=kind.own)
    if data is None:
        raise ConfigError(
            f"{network.path}: a weights file does not name its data; name it with --data ({', '.join(DATASETS)})."
        )
    check_classes(network, kind_of(data).space)
    return open_validation(replace(data, val=split or data.val), root)


def label_space(network: Network, name: str | None) -> LabelSpace:
    """The label space for predictions: that of the data set `name`, of the run's data, or the only one that fits.

    Raises ConfigError if none or several fit, or if `name` does not fit.
    """
    if name is not None and name not in DATASETS and not is_own(name):
        raise ConfigError(
            f"There is no data set called '{name}'; use one of {', '.join(DATASETS)}, or a folder of your own."
        )
    if name is not None or network.data is not None:
        kind = reader(name) if name is not None else kind_of(network.data or DataConfig())
        check_classes(network, kind.space)
        return kind.space
    classes = network.model.config.classes
    fitting = {name: kind.space for name, kind in DATASETS.items() if len(kind.space.classes) == classes}
    if len({space.classes for space in fitting.values()}) != 1:  # several sets may have the classes of Cityscapes
        raise ConfigError(
            f"{network.path}: predicts {classes} classes, which {' and '.join(fitting) or 'no known data set'} "
            f"ha{'s' if len(fitting) < 2 else 've'}; choose a data set with --data: {', '.join(DATASETS)}, or a folder "
            "of your own."
        )
    space = next(iter(fitting.values()))
    check_classes(network, space)
    return space


def check_classes(network: Network, space: LabelSpace) -> None:
    """Raises ConfigError if the classes of a network differ from those of a label space, or have another order."""
    count, expected = network.model.config.classes, len(space.classes)
    if count != expected:
        fitting = [name for name, kind in DATASETS.items() if len(kind.space.classes) == count]
        alternatives = " or ".join(fitting)
        raise ConfigError(
            f"{network.path}: predicts {count} classes, but {space.name} has {expected}; expected weights that were "
            f"trained on it. {f'For {count} classes use --data {alternatives}.' if fitting else ''}".strip()
        )
    names = network.classes
    if names is not None and network.data is not None and names != space.classes:  # of an own folder
        raise ConfigError(
            f"{network.path}: predicts {', '.join(names)[:200]}, but {space.name} has "
            f"{', '.join(space.classes)[:200]}; expected the same classes in the same order."
        )
    if names is not None and names != space.classes and sorted(names) == sorted(space.classes):
        place = next(i for i, (a, b) in enumerate(zip(names, space.classes, strict=True)) if a != b)
        raise ConfigError(
            f"{network.path}: has the classes of {space.name} in another order (class {place} is '{names[place]}', "
            f"expected '{space.classes[place]}'); reorder the rows of its classifier."
        )
