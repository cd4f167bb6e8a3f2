"""What a table is made of: rows, seeds and recipes as a notebook's parameters name them, and what to say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from annn.data import in_words
from annn.errors import ConfigError
from annn.model import ANNN
from annn.recipes import Recipe
from annn.runs import Run
from annn.runs.scored import FileNetwork

Runs = Mapping[tuple[str, int], Run]
"""The runs of a table, by (row, seed)."""
Networks = Mapping[tuple[str, int], Run | FileNetwork]
"""The networks of a table, by (row, seed): trained here, or given and scored here."""

SEEDS = {"quick": "0", "standard": "0,1,2", "paper": "0"}
"""The seeds of each preset, where none are named."""


def choose(text: str, known: Sequence[str]) -> list[str]:
    """The rows named in "first; second", in the table's order, or all of them for "all".

    Raises `ConfigError` for a name that is not known.
    """
    named = [part.strip() for part in text.split(";") if part.strip()]
    if unknown := [name for name in named if name not in known and name != "all"]:
        raise ConfigError(f"rows: there is no row '{unknown[0]}'; use 'all', or of these: {'; '.join(known)}.")
    return list(known) if named in ([], ["all"]) else [name for name in known if name in named]


def parse_seeds(text: str | int) -> list[int]:
    """Seeds written as "0,1,2" or as a single number; raises `ConfigError` for anything else."""
    try:
        seeds = sorted({int(part) for part in str(text).split(",")})
    except ValueError:
        seeds = []
    if not seeds or seeds[0] < 0:
        raise ConfigError(f"seeds: found '{text}', expected whole numbers from 0 on, separated by commas, as 0,1,2.")
    return seeds


def shorten(recipe: Recipe, iterations: int = 0, scenes: int = 0) -> Recipe:
    """A recipe with fewer steps and generated scenes, to try something out; 0 keeps what it has.

    Raises `ConfigError` for scenes where the recipe generates none.
    """
    if iterations:
        recipe = replace(recipe, train=replace(recipe.train, iterations=iterations))
    if scenes:
        if recipe.data.stand_in is None:
            raise ConfigError(f"scenes={scenes}: {recipe.name} is trained on real data; leave scenes at 0.")
        stand_in = replace(recipe.data.stand_in, train=scenes, val=scenes)
        recipe = replace(recipe, data=replace(recipe.data, stand_in=stand_in))
    return recipe


def label(name: str, shortened: object = False, variant: str = "") -> str:
    """What the files of a table are called: after preset and data, and what else must not take their place.

    name: PRESET-DATA or longer. shortened: whether it was tried out with fewer steps or scenes. variant: as for
    `annn reproduce`; left out where the name holds it, as "camvid" in "quick-camvid".
    """
    name += "-tried" if shortened else ""
    return name if not variant or f"-{variant}-" in f"-{name}-" else f"{name}-{variant}"


def described(made: Recipe | FileNetwork) -> dict[str, str]:
    """What to know of a recipe, or of a network that was given, in words."""
    network = made.network.model if isinstance(made, FileNetwork) else ANNN(made.model)
    model = network.config
    parameters = sum(parameter.numel() for parameter in network.parameters())
    said = {
        "fuse": ", ".join(f"{source} & {target}" for source, target in model.fuse) or "nothing",
        "backbone": f"ResNet-{model.depth}" + ("" if model.width == 64 else f" of width {model.width}"),
        "parameters": f"{parameters / 1e6:.2f} M",
    }
    if isinstance(made, FileNetwork):
        return said | {"context": model.context or "nothing", "tested": str(made.network.protocol)}
    optimization, (height, width) = made.train, made.augment.crop
    training = f"{optimization.iterations} steps of {optimization.batch_size}, {optimization.optimizer}"
    return said | {"crops": f"{height}x{width}", "training": training}


def described_context(recipe: Recipe) -> dict[str, str]:
    """What to know of a recipe's context block, in words."""
    block = ANNN(recipe.model).context
    parameters = 0 if block is None else sum(parameter.numel() for parameter in block.parameters())
    sampling = None if block is None else block.sampling
    if sampling is None:
        return {"sharing": "", "pooling": "", "anchors": "none", "parameters": f"{parameters}"}
    if sampling.pyramid is None:
        pooling, anchors = "none", "every position"
    else:
        sizes = "; ".join(f"{size}x{size}" for size in sampling.pyramid)
        pooling = sampling.pooling if sampling.drawn else f"{sampling.pooling} over {sizes}"
        anchors = f"{sum(size * size for size in sampling.pyramid)}"
    return {"sharing": recipe.model.sharing, "pooling": pooling, "anchors": anchors, "parameters": f"{parameters}"}


def data_name(runs: Networks) -> str:
    """What the networks were scored on, as it heads a column: "generated street scenes" or, say, "CamVid test"."""
    run = next(iter(runs.values()))
    return in_words(run.data, run.stand_in)


def hardware(runs: Networks) -> str:
    """What the networks were trained on (those that were given: scored on), each machine once."""
    return "; ".join(dict.fromkeys(run.environment["hardware"] for run in runs.values()))


def said_of_given(given: Mapping[str, FileNetwork]) -> str:
    """In words, as Markdown, where networks come from that were given, and what is to know about their files."""
    machines = "; ".join(dict.fromkeys(found.environment["hardware"] for found in given.values()))
    lines = [
        f"- {name}: `{found.network.title}`" + "".join(f"; {note}" for note in found.network.notes)
        for name, found in given.items()
    ]
    return "\n".join([f"with weights that were given, on **{machines}**:\n", *lines])
