"""Notebooks are stripped, parameterised and thin; the one of Table 2 runs from end to end."""

import ast
import csv
import json
from pathlib import Path

import nbformat
import pytest

from annn.recipes import TABLE2
from annn.reproduce import reproduce

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LONGEST = 14  # lines of a cell, parameters apart


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def python(cell: nbformat.NotebookNode) -> str:
    """A cell without IPython's magics."""
    return "\n".join(line for line in cell.source.splitlines() if not line.startswith("%"))


def test_valid_stripped_and_for_the_kernel_python3(notebook: nbformat.NotebookNode) -> None:
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in code_cells(notebook):
        assert cell.outputs == [] and cell.execution_count is None


def test_opens_with_a_title(notebook: nbformat.NotebookNode) -> None:
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")


def test_one_parameters_cell_of_scalars_each_explained(notebook: nbformat.NotebookNode) -> None:
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    for line in cell.source.splitlines():
        (assignment,) = ast.parse(line).body
        assert isinstance(assignment, ast.Assign)
        assert isinstance(ast.literal_eval(assignment.value), bool | int | float | str)
        assert line.partition("  # ")[2], f"no comment: {line}"
        assert line.count("=") == 1, f"papermill cannot read a line with two equal signs: {line}"


def test_no_class_no_function_no_long_cell(notebook: nbformat.NotebookNode) -> None:
    for cell in code_cells(notebook):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        assert not [node for node in ast.walk(ast.parse(python(cell))) if isinstance(node, kinds)]
        assert "parameters" in cell.metadata.get("tags", []) or len(cell.source.splitlines()) <= LONGEST


@pytest.mark.slow(reason="executes notebooks, each in a kernel of its own")
def test_table2_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps on four scenes: the way is tested here, not the numbers."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    places = {"data_root": str(tmp_path / "data"), "runs": str(tmp_path / "runs")}
    (outcome,) = reproduce(["2"], {"iterations": 2, "scenes": 4, **places}, results=tmp_path)
    assert outcome.status == "executed", outcome.error

    with (tmp_path / "table2" / "quick-stand-in-tried.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [line["row"] for line in lines] == list(TABLE2)
    measured = [name for name in lines[0] if name.endswith("mIoU")]
    assert [name.partition(":")[0] for name in measured] == ["paper", "measured here"]
    assert "generated street scenes" in measured[1]
    behind = json.loads((tmp_path / "table2" / "quick-stand-in-tried.json").read_text())
    assert [(run["row"], run["seed"]) for run in behind["runs"]] == [(row, 0) for row in TABLE2]
    assert all(run["environment"]["hardware"] for run in behind["runs"])
    for name in ("tried", "tried-classes", "tried-curves"):
        for suffix in ("png", "svg"):
            assert (tmp_path / "table2" / f"quick-stand-in-{name}.{suffix}").stat().st_size > 0
