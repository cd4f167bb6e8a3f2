"""From the rows of `annn bench` to the tables of the efficiency page."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from annn.efficiency import Prediction
from annn.efficiency.cost import paper_accounting
from annn.tables.claims import Claim, claim

_CLAIM: dict[str, Any] = {"map": "128x256", "time": 6.0, "memory": 28.0}  # the paper's abstract


def bench_frame(results: Mapping[str, Any]) -> pd.DataFrame:
    """One line per form of each case: what was compared, median seconds and ratio with their quartiles, memory, work.

    seconds, ratio (to the textbook of the same round): medians; `low` and `high` are quartiles of the ratio. Memory in
    MB, work in G multiply-adds, `rate` in G multiply-adds per second.
    """
    lines = []
    for result in results["results"]:
        case = result["case"]
        for row in result["rows"]:
            low, middle, high = _quartiles(row["ratio"])
            seconds = statistics.median(row["seconds"]) if row["seconds"] else float("nan")
            work = float("nan") if row["multiply_adds"] is None else row["multiply_adds"] / 1e9
            lines.append({
                **{name: case[name] for name in ("level", "mode", "channels", "precision", "channels_last")},
                "grid": tuple(case["grid"]), "positions": case["grid"][0] * case["grid"][1], "form": row["form"],
                "seconds": seconds, "ratio": middle, "low": low, "high": high,
                "peak": _mega(row["peak"]), "temporary": _mega(row["temporary"]),
                "work": work, "rate": work / seconds, "difference": row["difference"],
                "exact": row.get("exact"), "skipped": row["skipped"],
                "rounds": len(row["seconds"]),
            })  # fmt: skip
    return pd.DataFrame(lines)


def compared(frame: pd.DataFrame, level: str, mode: str = "forward", **where: Any) -> pd.DataFrame:
    """The lines of one level and mode, and of any other column that is named."""
    chosen = (frame["level"] == level) & (frame["mode"] == mode)
    for name, value in where.items():
        chosen &= frame[name].map(lambda found, value=value: found == value)
    return frame[chosen]


def claim_table(frame: pd.DataFrame, smallest: int = 4000) -> pd.DataFrame:
    """The paper's claim, map by map: how much dearer the dense block is than each other form, attention and W alone.

    The paper's accounting beside the sound one: "GFLOPs" as the authors' script counts the dense block; multiply-adds;
    time; memory with the output (which any form holds, and the paper counted) and without. Maps of `smallest` N and
    more.
    """
    attention = compared(frame, "attention")
    attention = attention[attention["positions"] >= smallest]
    lines = []
    for _, case in attention.groupby("positions", sort=True):
        forms = case.set_index("form")
        if "dense" not in forms.index or not np.isfinite(forms.loc["dense", "seconds"]):
            continue
        dense = forms.loc["dense"]
        for form in forms.index.drop("dense"):
            other = forms.loc[form]
            lines.append({
                "map": "{}x{}".format(*dense["grid"]), "dense against": form,
                "paper's GFLOPs of dense": paper_accounting(dense["grid"]),
                "G multiply-adds, dense": dense["work"], "G multiply-adds": other["work"],
                "work, times": dense["work"] / other["work"],
                "time, times": dense["seconds"] / other["seconds"],
                "memory with output, times": dense["peak"] / other["peak"],
                "memory without output, times": dense["temporary"] / other["temporary"],
            })  # fmt: skip
    return pd.DataFrame(lines)


def growth(frame: pd.DataFrame, quantity: str, smallest: int = 2000) -> pd.Series:
    """The exponent p of quantity ~ N^p per form, by least squares on logarithms, over maps of `smallest` N or more."""
    attention = compared(frame, "attention")
    attention = attention[(attention["positions"] >= smallest) & np.isfinite(attention[quantity])]
    exponents = {}
    for form, lines in attention.groupby("form", sort=False):
        if lines["positions"].nunique() > 1:
            slope, _ = np.polyfit(np.log(lines["positions"]), np.log(lines[quantity]), 1)
            exponents[form] = float(slope)
    return pd.Series(exponents, name=f"exponent of {quantity}")


def ratios(frame: pd.DataFrame) -> pd.DataFrame:
    """What the forms cost relative to the textbook, for the parts of the head and the network."""
    parts = frame[frame["level"].isin(["blocks", "head", "network"]) & np.isfinite(frame["seconds"])]
    lines = []
    for _, case in parts.groupby(["level", "mode", "positions", "precision", "channels_last"], sort=False):
        if "textbook" not in set(case["form"]):  # it did not fit
            continue
        textbook = case[case["form"] == "textbook"].iloc[0]
        for _, line in case[case["form"] != "textbook"].iterrows():
            what = {"forward": "inference", "step": "training step"}[line["mode"]]
            lines.append({
                "part": "{}, {}, {}x{}".format(line["level"], what, *line["grid"]), "form": line["form"],
                "layout": "channels last" if line["channels_last"] else "channels first",
                "textbook, s": textbook["seconds"], "s": line["seconds"],
                "time": line["ratio"], "low": line["low"], "high": line["high"],
                "work": line["work"] / textbook["work"], "memory": line["peak"] / textbook["peak"],
                "memory without outputs": line["temporary"] / textbook["temporary"],
                "difference": line["difference"], "textbook's difference": textbook["difference"],
                "in float64": line["exact"], "rounds": line["rounds"],
            })  # fmt: skip
    return pd.DataFrame(lines)


def predicted(asked: Mapping[tuple[tuple[int, int], str], Prediction]) -> pd.DataFrame:
    """Predicted costs by size of image and mode ("step" or "forward"), a line each; what is counted: `Prediction`."""
    return pd.DataFrame([
        {
            "one image of": f"{height}x{width}", "for": "a training step" if mode == "step" else "inference",
            "G multiply-adds": cost.multiply_adds / 1e9, "activations and gradients, GB": cost.activations / 1e9,
            "weights and momentum, GB": cost.weights / 1e9, "M parameters": cost.parameters / 1e6,
        }
        for ((height, width), mode), cost in asked.items()
    ])  # fmt: skip


def efficiency_claims(frame: pd.DataFrame) -> list[Claim]:
    """The paper's claim against the largest map with a dense row, and what regrouping and folding add to it."""
    table = claim_table(frame)
    largest = table[table["map"] == table["map"].iloc[-1]].set_index("dense against")
    found = []
    for form, name in (("textbook", "APNB as released"), ("ours", "APNB regrouped")):
        line = largest.loc[form]
        time, memory, without = (
            line["time, times"],
            line["memory with output, times"],
            line["memory without output, times"],
        )
        found.append(
            claim(
                f"the dense block needs more than {name} (attention and W, 2048 channels)",
                paper="about 6 times the time, 28 times the memory (256x128)" if form == "textbook" else "",
                here=f"{time:.1f} times the time, {memory:.1f} times the memory with the output, {without:.0f} times "
                f"without it ({line['map']})",
                verdict=_verdict(line["map"], time, memory) if form == "textbook" else "not in the paper",
            )
        )
    measured = ratios(frame)
    for what, form in (("blocks, training step", "ours"), ("head, inference", "folded")):
        lines = measured[measured["part"].str.startswith(what) & (measured["form"] == form)]
        here = f"{lines['time'].iloc[0]:.2f} of the textbook's time"
        text = f"the same function in less time: {lines['part'].iloc[0]}, {form}"
        found.append(claim(text, paper="", here=here, verdict="not in the paper"))
    return found


def _verdict(size: str, time: float, memory: float) -> str:
    if size != _CLAIM["map"]:
        return "not comparable: another map"
    found = [("time", time / _CLAIM["time"]), ("memory", memory / _CLAIM["memory"])]
    return ", ".join(f"{what} {'agrees' if share >= 1 else f'{share:.0%} of it'}" for what, share in found)


def _quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    if not values:
        return float("nan"), float("nan"), float("nan")
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)


def _mega(value: int | None) -> float:
    return float("nan") if value is None else value / 1e6
