"""Which changes make a notebook be executed again: those of code that it reaches."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import annn
from annn.reproduce import record

CELLS = ("%matplotlib inline\nfrom annn.data.open import open_data\nfrom annn.explorer import views", "1 + 1")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, in whose files imports are looked up."""
    copy = Path(shutil.copytree(Path(annn.__file__).parent, tmp_path / "annn"))
    reachable, imported = record.reachable_files, record.imported_files
    monkeypatch.setattr(record, "imported_files", lambda source: imported(source, copy))
    monkeypatch.setattr(record, "reachable_files", lambda *files, **how: reachable(*files, package=copy, **how))
    return copy


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("data/camvid.py", True),
        ("data/scenes/street/people.py", True),  # named in a string by the reader of Cityscapes
        ("explorer/views.py", True),
        ("explorer/static/widget.js", True),
        ("explorer/static/widget.css", False),
        ("reproduce/report/report.html.j2", False),
        ("figures/bars.py", False),
        ("cli/app.py", False),
    ],
)
def test_code_that_a_notebook_reaches_counts_and_a_style_sheet_does_not(
    package: Path, tmp_path: Path, file: str, counts: bool
) -> None:
    notebook = tmp_path / "notebook.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(text) for text in CELLS]), notebook)
    before = record.key(notebook, {})
    with (package / file).open("a") as text:
        text.write("\nprint(1)\n" if file.endswith(".py") else "\n\n")
    assert (record.key(notebook, {}) != before) == counts
