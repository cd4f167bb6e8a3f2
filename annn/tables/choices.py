"""What a table is made of: rows, seeds and recipes as a notebook's parameters name them, and what to say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annn.errors import ConfigError
from annn.model import ANNN, ModelConfig
from annn.recipes import Recipe
from annn.runs import Run
from annn.runs.scored import ScoredNetwork

Runs = Mapping[tuple[str, int], Run]
"""The runs of a table, by (row, seed)."""
Networks = Mapping[tuple[str, int], ScoredNetwork]
"""The networks of a table, by (row, seed): trained here, or read from files."""

SEEDS = {"quick": "0", "evening": "0,1,2", "standard": "0,1,2", "paper": "0"}
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


def label(name: str, shortened: object = False, variant: str = "") -> str:
    """What the files of a table are called: after preset and data, and what else must not take their place.

    name: PRESET-DATA or longer. shortened: whether it was tried out with fewer steps or scenes. variant: as for
    `annn reproduce`; left out where the name holds it, as "camvid" in "quick-camvid".
    """
    name += "-tried" if shortened else ""
    return name if not variant or f"-{variant}-" in f"-{name}-" else f"{name}-{variant}"


def described(config: ModelConfig, how: Mapping[str, str]) -> dict[str, str]:
    """A network in words: its configuration, and how it is trained or tested (`Recipe.how`, `ScoredNetwork.how`)."""
    parameters = sum(parameter.numel() for parameter in ANNN(config).parameters())
    return {
        "fuse": ", ".join(f"{source} & {target}" for source, target in config.fuse) or "nothing",
        "context": config.context or "nothing",
        "backbone": config.backbone_in_words,
        "parameters": f"{parameters / 1e6:.2f} M",
        **how,
    }


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
