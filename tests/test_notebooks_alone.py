"""Notebooks 0, 1 and 7 run from end to end with a few steps on a few scenes: the way is tested, not the numbers."""

import csv
import json
from pathlib import Path

import nbformat
import pytest

from annn.recipes import PAPER_TABLE1, SAMPLING, SHARED_WEIGHTS
from annn.report import write_report
from annn.reproduce import reproduce

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return {"iterations": 2, "scenes": 4, "data_root": str(tmp_path / "data"), "runs": str(tmp_path / "runs")}


def lines(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_table1_then_start_here_then_the_report(tmp_path: Path, tried: dict) -> None:
    (outcome,) = reproduce(["1"], tried, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    for row, name in (("COCO-Stuff-10K", "coco-stuff"), ("NYUD-V2", "nyud")):
        file = tmp_path / "table1" / f"quick-stand-in-{name}-tried"
        table = lines(file.with_suffix(".csv"))
        assert [line["row"] for line in table] == [*PAPER_TABLE1[row], "this workbook"]
        (ours,) = [key for key in table[0] if key.startswith("measured here") and key.endswith("mIoU")]
        assert "generated" in ours and [bool(line[ours]) for line in table] == [False, False, False, True]
        assert json.loads(file.with_suffix(".json").read_text())["data"].startswith("generated")

    (outcome,) = reproduce(["0"], results=tmp_path)
    assert outcome.status == "executed", outcome.error
    start = nbformat.read(tmp_path / "notebooks" / "0_start_here.ipynb", as_version=4)
    assert "above Piecewise (40.6)" in json.dumps(start.cells)  # a claim that Table 1 has left in results/
    page = write_report(tmp_path).read_text()
    assert page.count("data:image/webp") > 8 and "generated rooms" in page


def test_sharing_and_sampling(tmp_path: Path, tried: dict) -> None:
    (outcome,) = reproduce(["7"], {**tried, "heads": "0"}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder = tmp_path / "sharing_and_sampling"
    assert [line["row"] for line in lines(folder / "quick-stand-in-tried-sharing.csv")] == list(SHARED_WEIGHTS)
    assert [line["row"] for line in lines(folder / "quick-stand-in-tried-sampling.csv")] == list(SAMPLING)
    for name in ("sharing", "sampling"):
        assert (folder / f"quick-stand-in-tried-{name}.png").stat().st_size > 0
