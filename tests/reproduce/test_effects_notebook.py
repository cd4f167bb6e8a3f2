"""Notebook 8 from end to end on very few images; the way is tested here, not the numbers."""

import csv
import json
from pathlib import Path

import nbformat
import pytest

from annn.reproduce import reproduce

ROOT = Path(__file__).parents[2]


@pytest.mark.slow(reason="a notebook from end to end, in a kernel that imports torch")
def test_without_photographs_it_is_about_planted_streets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("ANNN_DATA", str(tmp_path / "data"))
    (outcome,) = reproduce(["8"], {"streets": 2, "passes": 1, "height": 64}, results=tmp_path)
    assert outcome.status == "executed", outcome.error

    found = json.loads((tmp_path / "effects" / "findings.json").read_text())
    assert list(found["findings"]) == list("abcde") and found["stand_in"] and found["machine"]["hardware"]
    with (tmp_path / "effects" / "levels.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert {line["block"] for line in lines} == {"afnb 4&5", "apnb"}
    assert {line["images"] for line in lines} == {"planted streets"}
    (executed,) = (tmp_path / "notebooks").glob("8*.ipynb")
    last = nbformat.read(executed, as_version=4).cells[-2].outputs[0].data["text/markdown"]
    assert all(sentence in last for sentence in found["findings"].values())
    assert {path.stem for path in (tmp_path / "effects").glob("*.png")} == {
        "banner",
        "changes",
        "correlation",
        "levels",
    }
