"""Notebooks are executed whole or not at all, once, and only with parameters that they declare."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import annn
from annn.cli import main
from annn.errors import AnnnError, ConfigError, RunError
from annn.files import project_root
from annn.reproduce import Outcome, convert, declared, reproduce, select, worker
from annn.reproduce.record import Record, key
from annn.reproduce.worker import check_kernel

PARAMETERS = 'steps = 2  # how many\nname = "a"  # whose\nresults = "results"  # where'


def write_notebook(path: Path, *code: str, parameters: str = PARAMETERS) -> None:
    cells = [new_code_cell(parameters, metadata={"tags": ["parameters"]}), *map(new_code_cell, code)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two notebooks, as the current folder."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "notebooks").mkdir()
    write_notebook(
        tmp_path / "notebooks" / "1_good.ipynb",
        "from pathlib import Path\nPath(results, 'number.txt').write_text(str(steps))",
    )
    write_notebook(tmp_path / "notebooks" / "2_bad.ipynb", "before = 1", "before / 0", parameters="much = 0.5  # x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_notebooks_in_parallel(project: Path) -> None:
    """Two that wait for each other end only if they are executed at the same time."""
    meet = (
        "import time\nfrom pathlib import Path\nfolder = Path(results)\n(folder / mine).write_text('here')\n"
        "started = time.time()\nwhile not (folder / other).exists() and time.time() - started < 60:\n"
        "    time.sleep(0.05)\nassert (folder / other).exists()"
    )
    for name, mine, other in (("3_left", "l", "r"), ("4_right", "r", "l")):
        parameters = f'mine = "{mine}"  # x\nother = "{other}"  # x\nresults = "results"  # x'
        write_notebook(project / "notebooks" / f"{name}.ipynb", meet, parameters=parameters)
    (project / "results").mkdir()
    outcomes = reproduce(["3", "4"], parallel=2, tell=lambda line: None)
    assert [(outcome.name, outcome.status) for outcome in outcomes] == [("3_left", "executed"), ("4_right", "executed")]
    for name, mine in (("3_left", "l"), ("4_right", "r")):
        record = json.loads((project / "results" / ".finished" / f"{name}.json").read_text())
        assert set(record["files"]) == {mine, f"notebooks/{name}.ipynb"}  # not what the other wrote meanwhile
    again = reproduce(["3", "4"], parallel=2, tell=lambda line: None)
    assert [outcome.status for outcome in again] == ["up to date"] * 2
    with pytest.raises(ConfigError, match="parallel=0"):
        reproduce(["3"], parallel=0)


def test_reproduce(project: Path) -> None:
    """The whole story with real kernels: finished, failed, up to date, and what makes it necessary again."""
    results = project / "results"
    (results / "notebooks").mkdir(parents=True)
    (results / "notebooks" / "2_bad.ipynb").write_text("of an earlier day")
    told: list[str] = []
    good, bad = reproduce(parameters={"steps": "7"}, tell=told.append)

    assert (good.status, good.output) == ("executed", Path("results/notebooks/1_good.ipynb"))
    assert (results / "number.txt").read_text() == "7"
    executed = nbformat.read(results / "notebooks" / "1_good.ipynb", as_version=4)
    assert "steps = 7" in executed.cells[1].source
    assert str(project) not in json.dumps(executed)  # paths of this machine mean nothing elsewhere

    assert (bad.status, bad.output) == ("failed", Path("results/notebooks/2_bad.failed.ipynb"))
    assert "ZeroDivisionError" in bad.error and "ZeroDivisionError" in "".join(told)
    assert "ZeroDivisionError" in (results / "notebooks" / "2_bad.failed.ipynb").read_text()
    assert (results / "notebooks" / "2_bad.ipynb").read_text() == "of an earlier day"
    names = {path.name for path in (results / "notebooks").iterdir()}
    assert names == {"1_good.ipynb", "2_bad.ipynb", "2_bad.failed.ipynb"}  # nothing temporary stays

    again = reproduce(["1"], {"steps": 7}, tell=told.append)
    assert [outcome.status for outcome in again] == ["up to date"]
    source = project / "notebooks" / "1_good.ipynb"
    assert Record(source, {"steps": 7}, results).is_finished()
    assert not Record(source, {"steps": 8}, results).is_finished()
    (results / "number.txt").unlink()
    assert not Record(source, {"steps": 7}, results).is_finished()
    (results / "number.txt").write_text("7")
    source.write_text(source.read_text().replace("how many", "how much"))
    assert not Record(source, {"steps": 7}, results).is_finished()


def test_a_variant_is_kept_beside_the_ordinary_copy(project: Path) -> None:
    source = project / "notebooks" / "1_good.ipynb"
    ordinary, variant = (Record(source, {}, project / "results", name) for name in ("", "camvid"))
    assert (ordinary.executed.name, variant.executed.name) == ("1_good.ipynb", "1_good-camvid.ipynb")
    assert ordinary.path != variant.path


def test_files_named_by_parameters_count_with_their_content(project: Path) -> None:
    """Another file of the same name is another network; of a folder only the name counts."""
    source = project / "notebooks" / "1_good.ipynb"
    write_notebook(source, parameters='weights = "shipped.pth"  # which\nplace = "."  # where')
    for name in ("shipped.pth", "first.pth", "second.pth", "elsewhere.pth"):
        (project / name).write_text("one")
    for given in ({}, {"weights": "first.pth"}, {"weights": "a=first.pth, b=second.pth"}):
        before = key(source, given)
        (project / "elsewhere.pth").write_text("more")
        assert key(source, given) == before
        for name in dict.fromkeys(str(given.get("weights", "shipped.pth")).replace("=", " ").replace(",", " ").split()):
            if name.endswith(".pth"):
                (project / name).write_text("two")
                assert key(source, given) != before
                (project / name).write_text("one")
                assert key(source, given) == before
    key(source, {"weights": "x" * 5000 + "\0"})  # no file can have such a name


def test_a_variant_is_told_to_notebooks_that_ask_for_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_notebook(project / "notebooks" / "2_bad.ipynb", parameters='variant = ""  # of what')
    noted = {}

    def note(source, record):
        noted[record.executed.name] = record.parameters
        return Outcome(name=source.stem, status="executed", output=record.executed)

    monkeypatch.setattr("annn.reproduce._execute_whole_or_not", note)
    reproduce(variant="seeds-3", tell=lambda line: None)
    reproduce(["2"], {"variant": "b"}, tell=lambda line: None)
    reproduce(["2"], tell=lambda line: None)
    assert noted == {
        "1_good-seeds-3.ipynb": {}, "2_bad-seeds-3.ipynb": {"variant": "seeds-3"}, "2_bad-b.ipynb": {"variant": "b"},
        "2_bad.ipynb": {},
    }  # fmt: skip
    with pytest.raises(ConfigError, match="variant='a/b'"):
        reproduce(variant="a/b")


@pytest.mark.parametrize("words", [["-p", "results", "mine"], ["--results", "mine"]])
def test_the_page_is_made_of_the_results_that_were_written(words: list[str], project: Path, monkeypatch) -> None:
    made = []
    monkeypatch.setattr(
        "annn.reproduce.report.write_report", lambda results: made.append(Path(results)) or project / "1.html"
    )
    (project / "1.html").touch()
    with pytest.raises(SystemExit, match="0"):
        main(["reproduce", "1", *words])
    assert made == [Path("mine")] and (project / "mine" / "notebooks" / "1_good.ipynb").is_file()


def test_git_ignores_the_records_of_what_was_finished(project: Path) -> None:
    source = project / "notebooks" / "1_good.ipynb"
    (project / "results").mkdir()
    Record(source, {}, project / "results").write(1.0)
    subprocess.run(["git", "init", "-q", project], check=True)
    ignored = subprocess.run(["git", "check-ignore", "-q", "results/.finished/1_good.json"], cwd=project)
    assert ignored.returncode == 0


def test_a_damaged_record_counts_for_nothing(project: Path) -> None:
    record = Record(project / "notebooks" / "1_good.ipynb", {}, project / "results")
    record.path.parent.mkdir(parents=True)
    record.path.write_text("{")
    assert not record.is_finished()


@pytest.mark.parametrize(
    ("notebooks", "parameters", "message"),
    [
        ([], {"step": 1}, "Parameter 'step' is not known .* known are: steps, name, results, much"),
        (["1"], {"much": 1}, "Parameter 'much' is not known to 1_good; known are: steps, name, results"),
        ([], {"steps": "many"}, "Parameter 'steps': found 'many', expected a whole number like its default 2"),
        (["3"], {}, "'3' matches no notebook; use one of: 1_good, 2_bad"),
        (["1", ""], {}, "'' matches 1_good and 2_bad"),
    ],
)
def test_mistakes_are_refused_before_anything_runs(project: Path, notebooks, parameters, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        reproduce(notebooks, parameters)
    assert not (project / "results").exists()


def test_a_parameter_reaches_only_notebooks_that_declare_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = {}

    def note(source, record):
        passed[source.stem] = record.parameters
        return Outcome(name=source.stem, status="executed", output=record.executed)

    monkeypatch.setattr("annn.reproduce._execute_whole_or_not", note)
    reproduce(parameters={"much": "2", "name": 3}, results="elsewhere", tell=lambda line: None)
    assert passed == {"1_good": {"name": "3", "results": "elsewhere"}, "2_bad": {"much": 2.0}}


def test_notebooks_are_selected_by_name_path_or_beginning(project: Path) -> None:
    first, second = (project / "notebooks" / name for name in ("1_good.ipynb", "2_bad.ipynb"))
    (project / "notebooks/._1_good.ipynb").write_bytes(b"macOS")
    assert select([], project / "notebooks") == [first, second]
    for name in ("1", "1_good", "1_good.ipynb", "notebooks/1_good.ipynb"):
        assert select([name, "1"], project / "notebooks") == [first]


def test_values_take_the_type_of_the_default() -> None:
    assert convert("flag", "False", True) is False
    assert convert("seeds", 0, "") == "0"
    assert convert("lr", "1e-3", 0.1) == 1e-3
    with pytest.raises(ConfigError, match="Parameter 'flag': found 'perhaps', expected true or false"):
        convert("flag", "perhaps", True)


def test_a_parameter_must_be_a_flat_scalar(tmp_path: Path) -> None:
    write_notebook(tmp_path / "list.ipynb", parameters="sizes = [1, 2]  # of what")
    with pytest.raises(ConfigError, match=r"'sizes' has the default \[1, 2\]; expected a flat scalar"):
        declared(tmp_path / "list.ipynb")


def test_a_damaged_notebook_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(ConfigError, match=r"broken\.ipynb: this notebook cannot be read"):
        declared(tmp_path / "broken.ipynb")


def test_the_kernel_must_be_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    check_kernel()
    other = subprocess.CompletedProcess([], 0, stdout="/other/bin/python\n/kernels/python3\n")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: other)
    with pytest.raises(ConfigError, match=f"starts /other/bin/python, expected {sys.executable}"):
        check_kernel()


def test_the_root_is_the_same_from_the_root_and_from_notebooks(project: Path, tmp_path_factory) -> None:
    assert project_root() == project_root(project / "notebooks") == project
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert project_root(elsewhere) == elsewhere


def test_a_persons_own_settings_do_not_reach_the_batch(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them alone loses all figures, or ends the kernel, or needs LaTeX."""
    profile = project / "home" / ".ipython" / "profile_default"
    for file, content in {
        profile
        / "ipython_config.py": "c.InlineBackend.figure_formats = {'svg'}\nc.InteractiveShellApp.exec_lines = ['1/0']",
        profile / "startup" / "first.py": "import os\nos._exit(3)",
        project / "home" / ".config" / "matplotlib" / "matplotlibrc": "text.usetex: True",
        project / "start.py": "raise SystemExit(4)",
    }.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    for name, value in {"HOME": "home", "MPLBACKEND": "Agg", "PYTHONSTARTUP": str(project / "start.py")}.items():
        monkeypatch.setenv(name, str(project / value) if name == "HOME" else value)
    for name in ("IPYTHONDIR", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "MATPLOTLIBRC"):
        monkeypatch.delenv(name, raising=False)
    draw = (
        "from pathlib import Path\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('$x$ and y')\n"
        "Path(results).mkdir(exist_ok=True)\nplt.savefig(Path(results) / 'plot.png')\nplt.show()"
    )
    write_notebook(project / "notebooks" / "1_good.ipynb", draw)
    (outcome,) = reproduce(["1"], tell=lambda line: None)
    assert outcome.status == "executed", outcome.error
    outputs = [
        output for cell in nbformat.read(project / outcome.output, as_version=4).cells for output in cell.outputs
    ]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    record = json.loads((project / "results" / ".finished" / "1_good.json").read_text())
    assert set(record["files"]) == {"plot.png", "notebooks/1_good.ipynb"}


@pytest.mark.parametrize("fits", [False, True])
def test_a_full_disk_is_no_failed_notebook(project: Path, monkeypatch: pytest.MonkeyPatch, fits: bool) -> None:
    """Whether the executed copy does not fit or the reason for a failure: nothing is left, and the disk is named."""

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device") if not fits else ValueError("of the notebook")

    def in_this_process(command, **_):
        status = worker.run(json.loads(Path(command[-1]).read_text()))
        return Mock(wait=lambda: status)

    monkeypatch.setattr("papermill.execute_notebook", full)
    monkeypatch.setattr("annn.reproduce.check_kernel", lambda: None)
    monkeypatch.setattr(worker.subprocess, "Popen", in_this_process)
    if fits:

        def refuse(path: Path, text: str) -> None:
            raise RunError(f"{path}: could not be written")

        monkeypatch.setattr(worker, "write_text", refuse)
    with pytest.raises(
        AnnnError, match=r"1_good\.ipynb: the executed notebook cannot be written \(No space left"
    ) as error:
        reproduce(["1"], tell=lambda line: None)
    assert "\n" not in str(error.value) and list((project / "results" / "notebooks").iterdir()) == []


@pytest.mark.slow(reason="three kernels, twice")
def test_three_batches_in_one_folder_leave_each_other_alone(project: Path) -> None:
    code = (
        "import time\nfrom pathlib import Path\nfor part in range(8):\n    time.sleep(0.25)\n"
        "    (Path(results) / f'{mine}-{part}.txt').write_text(mine)"
    )
    (project / "results").mkdir()
    names = ("4_x", "5_y", "6_z")
    for name in names:
        parameters = f'mine = "{name}"  # x\nresults = "results"  # x'
        write_notebook(project / "notebooks" / f"{name}.ipynb", code, parameters=parameters)
    environment = {**os.environ, "PYTHONPATH": str(Path(annn.__file__).parents[1])}
    batches = [
        subprocess.Popen([sys.executable, "-m", "annn", "reproduce", name], env=environment, stderr=subprocess.DEVNULL)
        for name in names
    ]
    assert [batch.wait(300) for batch in batches] == [0, 0, 0]
    again = reproduce(names, tell=lambda line: None)
    assert [outcome.status for outcome in again] == ["up to date"] * 3
    assert all((project / f"results/{name}-{part}.txt").read_text() == name for name in names for part in range(8))
