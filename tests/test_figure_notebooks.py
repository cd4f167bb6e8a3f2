"""The notebooks of Figures 1 and 2 run from end to end; the way is tested here, not the numbers."""

import csv
import json
from pathlib import Path

import pytest

from annn.reproduce import reproduce

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str | int]:
    """Two steps on four scenes."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    places = {"data_root": str(tmp_path / "data"), "runs": str(tmp_path / "runs")}
    return {"iterations": 2, "scenes": 4, "images": 2, **places}


def lines(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_figure1(tmp_path: Path, tiny: dict[str, str | int]) -> None:
    (outcome,) = reproduce(["3"], {**tiny, "shown": 1}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure1", "quick-stand-in-tried"
    assert [line["row"] for line in lines(folder / f"{name}.csv")] == ["Baseline", "+AFNB", "+APNB", "Full"]
    about = json.loads((folder / f"{name}.json").read_text())
    assert len(about["images"]) == len(about["reverse"]) == 1 and about["segments"] > 0
    for kind in ("better", "worse", "both-ways", "consistency"):
        assert (folder / f"{name}-{kind}.png").stat().st_size > 5000


def test_figure2(tmp_path: Path, tiny: dict[str, str | int]) -> None:
    (outcome,) = reproduce(["4"], tiny, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure2", "quick-stand-in-tried"
    assert len(lines(folder / f"{name}.csv")) == 3 * 5
    assert "28 kinds" in json.loads((folder / f"{name}.json").read_text())["classification network"]
    for kind in ("mean", "components", "similarity"):
        assert (folder / f"{name}-{kind}.png").stat().st_size > 5000
