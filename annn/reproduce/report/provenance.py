"""The sources of the numbers in a results folder, from the JSON files of the tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim of the paper, the result here, and whether they agree; see `annn.tables.claims`."""

    claim: str
    paper: str
    here: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """The runs behind one table or figure.

    folder: the folder of its files in results/. name: the JSON file without the suffix. files: the JSON and the CSV
    file. generated: whether the numbers are from stand-ins (field `stand_in` of the file; true if it is missing).
    """

    folder: str
    name: str
    title: str
    preset: str
    data: str
    generated: bool
    rows: tuple[str, ...]
    seeds: tuple[int, ...]
    hardware: tuple[str, ...]
    versions: str
    minutes: float
    files: tuple[str, ...]
    claims: tuple[Claim, ...] = ()


def sources(results: Path) -> list[Source]:
    """All JSON files in `results` that list runs or name the machine, sorted by path; other files are skipped."""
    result = []
    folders = [folder for folder in results.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    for path in sorted(path for folder in folders for path in folder.iterdir() if path.suffix == ".json"):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # incomplete, or from another program
            continue
        if not isinstance(content, dict):
            continue
        runs = content.get("runs", [])
        listed = isinstance(runs, list) and bool(runs) and all(isinstance(run, dict) for run in runs)
        if listed or isinstance(content.get("machine"), dict):
            result.append(_source(path, content, runs if listed else []))
    return result


def _source(path: Path, content: dict[str, Any], runs: list[dict[str, Any]]) -> Source:
    environments = [run.get("environment", {}) for run in runs] or [content["machine"]]
    files = [file.name for suffix in (".csv", ".json") if (file := path.with_suffix(suffix)).is_file()]
    return Source(
        folder=path.parent.name,
        name=path.stem,
        title=str(content.get("table") or content.get("figure") or path.stem),
        preset=str(content.get("preset", "")),
        data=str(content.get("data", "")),
        generated=content.get("stand_in") is not False,
        rows=tuple(dict.fromkeys(str(run.get("row", "")) for run in runs)),
        seeds=tuple(sorted({int(run["seed"]) for run in runs if run.get("seed") is not None})),
        hardware=tuple(dict.fromkeys(e["hardware"] for e in environments if "hardware" in e)),
        versions=", ".join(dict.fromkeys(f"torch {e['torch']}" for e in environments if "torch" in e)),
        minutes=sum(float(run.get("minutes", 0.0)) for run in runs),
        files=tuple(files),
        claims=tuple(_claims(content.get("claims"))),
    )


def _claims(listed: Any) -> list[Claim]:
    names = ("claim", "paper", "here", "verdict")
    lines = [line for line in listed if isinstance(line, dict)] if isinstance(listed, list) else []
    return [Claim(**{name: str(line.get(name, "")) for name in names}) for line in lines]
