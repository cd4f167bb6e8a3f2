"""Notebooks 0, 1, 7 and two rows of 2 run to their end with few steps on few scenes: the way is tested, no numbers."""

import csv
import json
from pathlib import Path

import nbformat
import pytest

from annn.errors import ConfigError
from annn.recipes import PAPER_TABLE1, SAMPLING, SHARED_WEIGHTS
from annn.reproduce import reproduce
from annn.reproduce.report import write_report

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow(reason="whole notebooks, each in a kernel that imports torch")


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("ANNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ANNN_RUNS", str(tmp_path / "runs"))
    return {"iterations": 2, "scenes": 4}


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
    assert page.count("data:image/webp") > 8 and "generated patterns and shapes (40 classes)" in page


def execute_cells(variables: dict, name: str, upto: str, **parameters: object) -> None:
    """Execute a notebook's code cells in `variables`, up to the one with this id."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec("\n".join(line for line in cell.source.splitlines() if not line.startswith("%")), variables)
        if "parameters" in cell.metadata.get("tags", []):
            variables |= parameters
        if cell.id == upto:
            break


class Trained(Exception):
    """Raised instead of training, with the folders that training was asked to use."""


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(*jobs, data_root, runs, device):
        raise Trained(data_root, runs)

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("annn.runs.together.train_or_load_all", train)


@pytest.mark.parametrize("name", ["1_table1_coco_stuff_nyud", "2_table2_fusing_layers", "7_sharing_and_sampling"])
def test_empty_folders_are_left_to_the_environment_variables(name: str, stopped: None) -> None:
    with pytest.raises(Trained) as usual:
        execute_cells({}, name, "")
    assert usual.value.args == (None, None)  # the library reads ANNN_DATA and ANNN_RUNS
    with pytest.raises(Trained) as chosen:
        execute_cells({}, name, "", data_root="a", runs="/b")
    assert chosen.value.args == (ROOT / "a", Path("/b"))


def test_mistakes_of_question_2_show_before_question_1_trains(stopped: None) -> None:
    """The paper's networks take days: what follows them must not fail for a parameter."""
    question1 = ("7_sharing_and_sampling", "cell-05")
    with pytest.raises(ConfigError, match="seeds: found 'a'"):
        execute_cells({}, *question1, heads="a")
    for preset in ("quick", "paper"):
        variables: dict = {}
        with pytest.raises(Trained):
            execute_cells(variables, *question1, preset=preset)
        assert variables["whole"] == (preset == "paper")


def test_sharing_and_sampling(tmp_path: Path, tried: dict) -> None:
    (outcome,) = reproduce(["7"], {**tried, "heads": "0"}, results=tmp_path, variant="b")
    assert outcome.status == "executed", outcome.error
    folder = tmp_path / "sharing_and_sampling"
    assert [line["row"] for line in lines(folder / "quick-stand-in-tried-b-sharing.csv")] == list(SHARED_WEIGHTS)
    assert [line["row"] for line in lines(folder / "quick-stand-in-tried-b-sampling.csv")] == list(SAMPLING)
    for name in ("sharing", "sampling"):
        assert (folder / f"quick-stand-in-tried-b-{name}.png").stat().st_size > 0


def test_two_rows_of_table2_without_its_baseline(tmp_path: Path, tried: dict) -> None:
    (outcome,) = reproduce(["2"], {**tried, "rows": "4 & 5; 3 & 5, 4 & 5"}, results=tmp_path, variant="two")
    assert outcome.status == "executed", outcome.error
    behind = json.loads((tmp_path / "table2" / "quick-stand-in-tried-two.json").read_text())
    assert [claim["claim"] for claim in behind["claims"]] == ["fusing [3 & 5, 4 & 5] against [4 & 5]"]
