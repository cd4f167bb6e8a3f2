"""Where the numbers of a results folder come from: what the tables' JSON files say of the runs behind them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Source:
    """The runs behind one table or figure.

    folder: of its files, below results/. name: of its JSON file, without the suffix. files: that and its CSV file.
    """

    folder: str
    name: str
    title: str
    preset: str
    data: str
    rows: tuple[str, ...]
    seeds: tuple[int, ...]
    hardware: tuple[str, ...]
    versions: str
    minutes: float
    files: tuple[str, ...]


def sources(results: Path) -> list[Source]:
    """Every JSON file below `results` that lists runs, in the order of its path; other files are passed over."""
    found = []
    for path in sorted(results.glob("*/*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # half-copied, or not ours
            continue
        runs = content.get("runs") if isinstance(content, dict) else None
        if isinstance(runs, list) and runs and all(isinstance(run, dict) for run in runs):
            found.append(_source(path, content, runs))
    return found


def _source(path: Path, content: dict[str, Any], runs: list[dict[str, Any]]) -> Source:
    environments = [run.get("environment", {}) for run in runs]
    files = [file.name for suffix in (".csv", ".json") if (file := path.with_suffix(suffix)).is_file()]
    return Source(
        folder=path.parent.name,
        name=path.stem,
        title=str(content.get("table", path.stem)),
        preset=str(content.get("preset", "")),
        data=str(content.get("data", "")),
        rows=tuple(dict.fromkeys(str(run.get("row", "")) for run in runs)),
        seeds=tuple(sorted({int(run.get("seed", 0)) for run in runs})),
        hardware=tuple(dict.fromkeys(e["hardware"] for e in environments if "hardware" in e)),
        versions=", ".join(dict.fromkeys(f"torch {e['torch']}" for e in environments if "torch" in e)),
        minutes=sum(float(run.get("minutes", 0.0)) for run in runs),
        files=tuple(files),
    )
