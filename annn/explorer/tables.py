"""The numbers of the explorer notebook as tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from annn.analysis.attention import AttentionStatistics
from annn.weights import Pretrained

Statistics = Mapping[str, AttentionStatistics]
_FEWEST = 50  # minimum number of queries for the average of a class


def network(trained: Pretrained) -> pd.DataFrame:
    """The facts in a weights file, one per row."""
    config, about = trained.model.config, trained.about
    blocks = [f"AFNB {s} & {t}" for s, t in config.fuse] + ([config.context.upper()] if config.context else [])
    facts = {
        "file": {"annn": "of this workbook"}.get(trained.source, f"of {trained.source}"),
        "network": ", ".join([config.backbone_in_words, *blocks, f"{config.classes} classes"]),
    }
    if "recipe" in about:
        training = about["recipe"]["train"]
        facts["recipe"] = about["recipe"]["name"]
        facts["training"] = f"{training['iterations']} steps of {training['batch_size']} images, seed {about['seed']}"
    if "scores" in about:
        facts["mIoU, measured here"] = f"{100 * about['scores']['miou']:.1f} %"
        facts["pixel accuracy, measured here"] = f"{100 * about['scores']['pixel_accuracy']:.1f} %"
    facts |= {name: about[name] for name in ("data", "stored") if name in about}
    if "hardware" in about.get("environment", {}):
        facts["trained on"] = about["environment"]["hardware"]
    facts |= {f"note {i + 1}": note for i, note in enumerate(about.get("notes", []))}
    return pd.DataFrame({"": facts})


def attention(statistics: Statistics) -> pd.DataFrame:
    """A row per block and one for uniform attention: shares in %, entropy in bits, distances in image widths."""
    first = next(iter(statistics.values()))
    cells = [int(name.partition("x")[0]) ** 2 if "x" in name else 1 for name in first.levels]
    lines = {}
    for block, measured in statistics.items():
        overall = measured.overall()
        shares = {name: 100 * value for name, value in overall.items() if name.startswith("share")}
        lines[block] = {"entropy": overall["entropy"], "distance": overall["distance"]} | shares
    shares = {f"share of {name}": 100 * count / sum(cells) for name, count in zip(first.levels, cells, strict=True)}
    lines["uniform"] = {"entropy": first.bits, "distance": first.overall()["uniform_distance"]} | shares
    return pd.DataFrame(lines).T


def global_anchor(statistics: Statistics) -> pd.DataFrame:
    """The three classes with most and with least weight on the 1x1 anchor, for the block that uses it most."""
    block, measured = max(statistics.items(), key=_first_level)
    share = pd.Series(100 * measured.shares[:, 0], index=measured.classes)[measured.queries >= _FEWEST].sort_values()
    chosen = pd.concat([share.iloc[::-1].head(3), share.head(3).iloc[::-1]])
    return chosen[~chosen.index.duplicated()].rename(f"{block}: % on the 1x1 anchor").to_frame()


def _first_level(item: tuple[str, AttentionStatistics]) -> float:
    return item[1].overall()[f"share of {item[1].levels[0]}"]


def own_kind(statistics: Statistics) -> pd.DataFrame:
    """Weight on pixels of the query's own class, as a multiple of uniform attention; a row per block."""
    return pd.DataFrame({block: {"own class": lift_on_own(measured)} for block, measured in statistics.items()}).T


def lift_on_own(statistics: AttentionStatistics) -> float:
    """Mean weight of all queries on pixels of their own class, divided by that of uniform attention."""
    own = [np.diagonal(statistics.sums[name]).sum() for name in ("between", "uniform")]
    return float(own[0] / own[1])


def findings(statistics: Statistics, cue: pd.DataFrame) -> pd.DataFrame:
    """The last table: the quantity, the paper's number (none about attention), and ours by block."""
    overall = attention(statistics)
    lines: dict[str, dict[str, object]] = {
        "share of the 1x1 anchor, %": (overall["share of " + next(iter(statistics.values())).levels[0]]).to_dict(),
        "entropy, bits": overall["entropy"].to_dict(),
        "distance, image widths": overall["distance"].to_dict(),
        "weight on the own class, times uniform": own_kind(statistics)["own class"].to_dict() | {"uniform": 1.0},
    }
    for kind in cue.columns:
        lines[f"weight of {kind} on the banner, times uniform"] = cue[kind].to_dict() | {"uniform": 1.0}
    table = pd.DataFrame(lines).T.astype(float).round(2)
    table.insert(0, "paper", "none")
    return table.rename(columns={block: f"{block}, generated street scenes" for block in statistics})
