"""What anchors do to decisions, as tables, one line per number with its interval, and as sentences (notebook 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from annn.analysis import bootstrap
from annn.analysis.decisions import DecisionStatistics
from annn.analysis.levels import ALL, DENSE, Worth

CORRELATIONS = ("weight and effect", "weight and size")
FLIPS = ("most attended", "random, its level", "most effective", "random, that level", "any")
_INTERVAL = ["value", "low", "high"]


class Subject(NamedTuple):
    """A block of a network, on images of a kind, under a convention."""

    images: str
    block: str
    convention: str


def decision_table(measured: Mapping[Subject, DecisionStatistics]) -> pd.DataFrame:
    """Columns images, block, convention, measure, value, low, high, decisions, number of images.

    Correlations from -1 to 1; shares of decisions in %.
    """
    lines = []
    for subject, statistics in measured.items():
        for measure in (*CORRELATIONS, *FLIPS):
            unit = 1 if measure in CORRELATIONS else 100
            values = [unit * value for value in statistics.overall(measure)]
            lines.append((*subject, measure, *values, statistics.positions, statistics.images))
    return pd.DataFrame(lines, columns=[*Subject._fields, "measure", *_INTERVAL, "decisions", "number of images"])


def by_class(statistics: DecisionStatistics, measure: str, fewest: int = 50) -> pd.DataFrame:
    """A row per class with at least `fewest` decisions: value, low, high, decisions; largest value first."""
    found = {name: line for name, line in statistics.by_class(measure).items() if line[3] >= fewest}
    frame = pd.DataFrame.from_dict(found, orient="index", columns=[*_INTERVAL, "decisions"])
    return frame.sort_values("value", ascending=False)


def banner_table(found: Mapping[Subject, Mapping[str, Float[np.ndarray, " I"]]]) -> pd.DataFrame:
    """Columns as in `decision_table`, without decisions: the mean area under the ROC curve over scenes (bootstrap)."""
    lines = []
    for subject, measures in found.items():
        for measure, values in measures.items():
            means = bootstrap.once_and_resampled(len(values)) @ values / max(len(values), 1)
            lines.append((*subject, measure, means[0], *bootstrap.interval(means[1:]), len(values)))
    return pd.DataFrame(lines, columns=[*Subject._fields, "measure", *_INTERVAL, "number of images"])


def level_table(worth: Mapping[str, Worth]) -> pd.DataFrame:
    """Columns images, block, convention, level, value, low, high (of what mIoU changes by, in points), mIoU."""
    lines = [
        (images, change.block, change.convention, change.level, *measured.difference(change), measured.miou)
        for images, measured in worth.items()
        for change in measured.changed
    ]
    return pd.DataFrame(lines, columns=[*Subject._fields, "level", *_INTERVAL, "mIoU"])


def texts(frame: pd.DataFrame, digits: int = 2) -> pd.Series:
    """Each line's value with its interval, as one text."""
    rounded = frame[_INTERVAL].map(lambda value: _rounded(value, digits))
    return rounded["value"] + " (" + rounded["low"] + " to " + rounded["high"] + ")"


def wide(frame: pd.DataFrame, digits: int = 2) -> pd.DataFrame:
    """A long table as texts to show: a row per subject, a column per measure, with intervals."""
    rows = [name for name in Subject._fields if frame[name].nunique() > 1]
    shown = frame.assign(text=texts(frame, digits)).pivot_table(
        index=rows or ["block"], columns="measure", values="text", aggfunc="first", sort=False
    )
    return shown.rename_axis(columns=None)


def findings(decided: pd.DataFrame, banner: pd.DataFrame, levels: pd.DataFrame) -> dict[str, str]:
    """What the numbers say, a sentence or two for each of the notebook's five questions, by its letter."""
    removed = decided[decided["convention"] == "removed"]
    apnb, afnb = (removed[removed["block"].str.startswith(name)] for name in ("apnb", "afnb"))
    return {
        "a": _each(apnb, _correlated),
        "b": _each(apnb, _changed),
        "c": " ".join(_found(block, lines) for block, lines in banner.groupby("block", sort=False)),
        "d": " ".join(_worth(images, lines) for images, lines in levels.groupby("images", sort=False)),
        "e": _each(afnb, lambda images, of: f"{_correlated(images, of)} {_changed(images, of)}"),
    }


def _each(frame: pd.DataFrame, say: Any) -> str:
    parts = [
        say(images, lines.set_index("measure")) for (images, _), lines in frame.groupby(["images", "block"], sort=False)
    ]
    return " ".join(parts) or "Not measured here."


def _correlated(images: str, of: pd.DataFrame) -> str:
    size, signed = (of.loc[name, "value"] for name in ("weight and size", "weight and effect"))
    return (
        f"On {images} the weight of an anchor and the size of its effect are {_strength(size)}: "
        f"{_number(of, 'weight and size')}; with the direction of the effect, {_strength(signed)}: "
        f"{_number(of, 'weight and effect')}."
    )


def _strength(value: float) -> str:
    for least, word in ((0.7, "strongly correlated"), (0.4, "moderately correlated"), (0.1, "weakly correlated")):
        if value >= least:
            return word
    return "not correlated" if value > -0.1 else "of opposite order"


def _changed(images: str, of: pd.DataFrame) -> str:
    return (
        f"On {images}, {_number(of, 'most attended', ' %')} of the decisions change without the most attended anchor, "
        f"{_number(of, 'random, its level', ' %')} without a random one of its level, "
        f"{_number(of, 'most effective', ' %')} without the most effective one."
    )


def _found(block: Any, lines: pd.DataFrame) -> str:
    of = lines[lines["convention"] == "removed"].set_index("measure")
    better = "the size of the effect" if of.loc["size of the effect", "value"] > of.loc["weight", "value"] else "weight"
    return (
        f"In {block}, weight finds the banner with an area of {_number(of, 'weight')} under the ROC curve, the effect "
        f"with {_number(of, 'effect')}, its size with {_number(of, 'size of the effect')}: {better} finds it best."
    )


def _worth(images: Any, lines: pd.DataFrame) -> str:
    every = lines[lines["level"] == ALL]
    parts = [
        f"{line.block} {line.value:+.2f} points ({line.low:+.2f} to {line.high:+.2f})" for line in every.itertuples()
    ]
    single = lines[~lines["level"].isin([ALL, DENSE])]
    most = single.loc[single["value"].abs().idxmax()]
    dense = lines[lines["level"] == DENSE]
    beside = "".join(
        f" Every position as an anchor, with the same weights: {line.value:+.2f} ({line.low:+.2f} to {line.high:+.2f})."
        for line in dense.itertuples()
    )
    return (
        f"On {images} ({lines['mIoU'].iloc[0]:.1f} mIoU), attention switched off altogether changes mIoU by "
        f"{', '.join(parts)}; a single level by at most {most['value']:+.2f} ({most['block']}, {most['level']}, "
        f"{most['convention']}).{beside}"
    )


def _number(of: pd.DataFrame, measure: str, unit: str = "") -> str:
    value, low, high = (_rounded(of.loc[measure, name]) for name in _INTERVAL)
    return f"{value}{unit} ({low} to {high})"


def _rounded(value: Any, digits: int = 2) -> str:
    return f"{round(float(value), digits) + 0.0:.{digits}f}"  # no "-0.00"
