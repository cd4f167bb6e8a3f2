"""Notebook 9 goes from a folder to networks, and others take the folder; the way is tested here, not the numbers."""

import csv
import json
from pathlib import Path

import nbformat
import pytest
from own_folders import write_own

from annn.reproduce import reproduce

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow(reason="whole notebooks, each in a kernel that imports torch")


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("ANNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ANNN_RUNS", str(tmp_path / "runs"))
    return {"iterations": 2}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_folder_that_the_notebook_makes(tmp_path: Path, tried: dict) -> None:
    (outcome,) = reproduce(["9"], {**tried, "made": 3, "images": 1}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "own_pictures", "quick-street-folder-3-tried"
    assert [row["row"] for row in rows(folder / f"{name}.csv")] == ["Baseline", "Full"]
    behind = json.loads((folder / f"{name}.json").read_text())
    assert behind["stand_in"] and behind["data"] == "generated streets as a folder"
    for kind in ("classes.png", "curves.svg", "predictions.png", "explorer.html"):
        assert (folder / f"{name}-{kind}").stat().st_size > 1000


def test_a_folder_without_a_description_gets_a_draft_and_another_start(tmp_path: Path, tried: dict) -> None:
    folder = write_own(tmp_path / "rivers", "palette", size=(40, 56))
    (folder / "classes.toml").unlink()
    settings = {**tried, "folder": str(folder), "show_images": False, "rows": "Full"}
    (outcome,) = reproduce(["9"], settings, results=tmp_path / "first")
    assert outcome.status == "executed", outcome.error
    drafted = tmp_path / "first/own_pictures/rivers.toml"
    drafted.write_text(drafted.read_text().replace("class_0", "wall"))
    (network,) = (tmp_path / "runs").glob("quick-rivers-full-*")
    (outcome,) = reproduce(["9"], {**settings, "start_from": str(network)}, results=tmp_path / "first", force=True)
    assert outcome.status == "executed", outcome.error
    cells = json.dumps(nbformat.read(tmp_path / "first/notebooks/9_your_own_data.ipynb", as_version=4).cells)
    assert "new 4, for 4 classes instead of 4" in cells and "wall" in cells and "image/png" in cells
    assert not list((tmp_path / "first/own_pictures").glob("*predictions*"))  # images are not shown


def test_table_2_of_a_folder(tmp_path: Path, tried: dict) -> None:
    folder = write_own(tmp_path / "rivers", size=(40, 56))
    settings = {**tried, "data": str(folder), "rows": "Baseline; 4 & 5"}
    (outcome,) = reproduce(["2"], settings, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    lines = rows(tmp_path / "table2/quick-rivers-tried.csv")
    assert [line["row"] for line in lines] == ["Baseline", "4 & 5"]
    assert any("rivers, own split 3/1" in name for name in lines[0])
