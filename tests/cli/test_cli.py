"""Commands do what they say, and every mistake ends in one paragraph and an honest status."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from commands import call
from PIL import Image

from annn import recipes
from annn.cli import training
from annn.data import DATASETS, open_dataset
from annn.data.config import StandIn
from annn.data.scenes import write_cityscapes
from annn.model import ModelConfig
from annn.recipes import presets, table2
from annn.reproduce import Outcome

SIZE = (64, 128)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick preset made tiny: three small scenes, a narrow network."""
    quick = table2("Baseline", "quick")
    small = replace(
        quick,
        model=ModelConfig(classes=19, depth=18, width=8),
        data=replace(quick.data, stand_in=StandIn(train=2, val=1, size=SIZE)),
        augment=replace(quick.augment, crop=SIZE),
        train=replace(quick.train, iterations=2, batch_size=2, warmup=0, precision="fp32"),
        start="nothing",
    )
    monkeypatch.setattr(presets, "quick", lambda kind, data: small)


def test_help_lists_each_command_in_a_line(capsys: pytest.CaptureFixture) -> None:
    assert call("--help") == 0
    text = capsys.readouterr().out
    for command in ("train", "evaluate", "predict", "data", "reproduce"):
        assert re.search(rf"{command} +[A-Z]", text), command
    assert "Examples:" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["train", "5 & 4"],
            "'5 & 4' is neither a row of Table 2 nor a recipe; use 'all', or one of: 'Baseline' (baseline)",
        ),
        (["train", "baseline", "--preset", "slow"], "'slow'"),
        (["train", "baseline", "--data", "citiscapes"], "'citiscapes'"),
        (["train", "baseline", "--data", "camvid", "--data-root", "nowhere"], "nowhere"),
        (["train", "baseline", "--iterations", "0"], "iterations=0"),
        (["evaluate", "nowhere"], "nowhere"),
        (["predict", "nowhere", "street.png", "-o", "out"], "nowhere"),
        (["data", "check", "citiscapes"], "no data set called 'citiscapes'"),
        (["data", "check", "--root", "here"], "name it: cityscapes, camvid"),
        (["data", "make", "--preset", "paper"], "choose one of quick, standard"),
        (["data", "make", "camvid"], "camvid: no scenes are generated for this data set; expected 'cityscapes'"),
        (["data", "make", "citiscapes"], "no data set called 'citiscapes'"),
        (["data", "make", "--size", "8", "8", "--root", "here"], "8"),
        (["reproduce", "nothing"], "'nothing' matches no notebook"),
    ],
)
def test_a_mistake_is_one_paragraph_and_status_2(args: list[str], message: str, capsys: pytest.CaptureFixture) -> None:
    assert call(*args) == 2
    captured = capsys.readouterr()
    assert message in captured.err and captured.err.startswith("annn: ")
    assert len(captured.err.strip().splitlines()) == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    "args", [["train"], ["trian"], ["train", "baseline", "--sed", "1"], ["train", "all", "--seed", "x"]]
)
def test_what_cannot_be_parsed_is_status_2_too(args: list[str]) -> None:
    assert call(*args) == 2


def test_a_row_has_several_names() -> None:
    meant = [training._recipes(name, "quick", None) for name in ("4 & 5", "fuse-45", "quick-stand-in-fuse-45")]
    assert meant == [[recipes.table2("4 & 5", "quick")]] * 3
    for name, classes in (("NYUD-V2", 40), ("COCO-Stuff-10K", 171), ("ADE20K", 150), ("PASCAL-Context", 59)):
        (recipe,) = training._recipes(name, "paper", None)
        assert recipe.model.classes == classes and recipe.data.stand_in is None
    assert training._recipes("all", "quick", "camvid") == [
        recipes.table2(row, "quick", "camvid") for row in recipes.TABLE2
    ]


def test_train_load_and_evaluate(tiny: None, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    places = ("--data-root", tmp_path / "data")
    assert call("train", "fuse-45", "--runs", tmp_path / "runs", "--device", "cpu", *places) == 0
    trained = capsys.readouterr().out
    (folder,) = (tmp_path / "runs").iterdir()
    assert trained.startswith(f"{folder}: mIoU ") and " % on generated street scenes, " in trained
    weights = (folder / "weights.safetensors").stat().st_mtime_ns
    assert call("train", "fuse-45", "--runs", tmp_path / "runs", "--device", "cpu", *places) == 0
    assert (folder / "weights.safetensors").stat().st_mtime_ns == weights  # loaded, not trained again
    assert capsys.readouterr().out == trained

    assert call("evaluate", folder, "--device", "cpu", "--root", tmp_path / "data") == 0
    evaluated = capsys.readouterr().out
    assert re.search(r"mIoU [\d.]+ %", evaluated)[0] == re.search(r"mIoU [\d.]+ %", trained)[0]
    assert "generated stand-in scenes" in evaluated and "traffic light" in evaluated


def test_data_make_and_check(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert call("data", "check", "cityscapes", "--root", tmp_path / "scenes") == 1
    assert "www.cityscapes-dataset.com" in capsys.readouterr().out
    few = ("--train", "1", "--val", "1", "--workers", "1", "--size", *map(str, SIZE))
    assert call("data", "make", *few, "--root", tmp_path / "scenes") == 0
    assert "generated street scenes, 1 for training and 1 for tests, 64x128" in capsys.readouterr().out
    assert call("data", "check", "cityscapes", "--root", tmp_path / "scenes") == 0
    assert "a generated stand-in" in capsys.readouterr().out


@pytest.mark.parametrize("name", [name for name, kind in DATASETS.items() if kind.generator])
def test_data_make_knows_every_stand_in(name: str, tmp_path: Path) -> None:
    few = ("--train", "1", "--val", "1", "--workers", "1", "--size", "64", "96")
    assert call("data", "make", name, *few, "--root", tmp_path / "scenes") == 0
    kind = DATASETS[name]
    dataset = open_dataset(name, tmp_path / "scenes", kind.test_split)
    assert isinstance(dataset, kind) and dataset.stand_in and len(dataset) == 1
    assert sorted(dataset[0].image.shape) == [3, 64, 96]  # some are upright


def test_reproduce_is_only_well_if_every_notebook_is(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {}

    def pretend(notebooks, parameters, **others):
        given.update(parameters)
        return [Outcome(name=name, status="failed" if name == "2" else "executed", output=Path()) for name in notebooks]

    reported = []
    monkeypatch.setattr(
        "annn.reproduce.report.write_report", lambda results: reported.append(results) or Path(__file__)
    )
    monkeypatch.setattr("annn.reproduce.reproduce", pretend)
    assert call("reproduce", "1", "3", "-p", "preset", "quick", "-p", "rows", "4 & 5; Baseline") == 0
    assert given == {"preset": "quick", "rows": "4 & 5; Baseline"}
    assert call("reproduce", "1", "2") == 1
    assert reported == [Path("results")]


def test_bench_writes_where_it_is_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("annn.efficiency.measure.cases", lambda preset, precision: [])
    monkeypatch.setattr("annn.efficiency.measure.peak_rates", lambda device: {})
    assert call("bench", "--device", "cpu", "--precision", "bf16") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["bench-quick-cpu-bf16.json"]
    assert "bench-quick-cpu-bf16.json" in capsys.readouterr().out


def test_ctrl_c_says_how_it_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    def interrupted(*args, **others):
        raise KeyboardInterrupt

    monkeypatch.setattr("annn.runs.train_or_load", interrupted)
    assert call("train", "baseline") == 130
    assert "resumes from the last checkpoint" in capsys.readouterr().err


def test_training_needs_no_workbook_package(tmp_path: Path) -> None:
    """With Jupyter, papermill and plots made impossible to import, all that trains still works."""
    write_cityscapes(tmp_path / "scenes", train=1, val=1, size=SIZE, progress=False)
    missing = ["IPython", "jupyter_client", "matplotlib", "nbformat", "pandas", "papermill", "seaborn"]
    code = f"""
import sys
sys.modules.update(dict.fromkeys({missing}))
from annn.cli import main
main(["train", "baseline", "--data", "cityscapes", "--data-root", {str(tmp_path / "scenes")!r}, "--device", "cpu",
      "--iterations", "1", "--runs", {str(tmp_path / "runs")!r}])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "mIoU" in result.stdout


def test_a_sheet_of_scenes_is_drawn_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("data", "sheet", tmp_path / "scenes.png", "--count", "1") == 0
    with Image.open(tmp_path / "scenes.png") as picture:
        assert picture.width > 512 and picture.height > 512
    assert call("data", "sheet", tmp_path / "mosaics.png", "--data", "nyud", "--count", "1") == 0
    with Image.open(tmp_path / "mosaics.png") as picture:
        assert picture.width < 512
    assert call("data", "sheet", tmp_path / "none.png", "--data", "camvid") == 2
    assert call("data", "sheet", tmp_path / "scenes.tiff") == 2
    assert "scenes.tiff" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        ("--help | true", (0, 141)),  # 0 where it was written before the reader went away
        ("data check | true", (1, 141)),
        ("weights show nowhere 2>&1 | true", (2,)),
        ("--help >&- 2>&-", (0,)),
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_ends_a_command_quietly(words: str, statuses: tuple, unbuffered: str) -> None:
    """As in `annn ... | head`, or with no stream at all."""
    command = f"set -o pipefail; {sys.executable} -m annn {words}"
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True)
    assert done.stderr == "" and done.returncode in statuses, done


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no disk that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_an_error(unbuffered: str) -> None:
    command = f"{sys.executable} -m annn data check > /dev/full"
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and "No space left on device" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_the_system_refuses_is_one_paragraph(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", "/secret/train.txt")

    monkeypatch.setattr("annn.data.check", refuse)
    assert call("data", "check", "camvid") == 2
    said = capsys.readouterr().err
    assert said.startswith("annn: /secret/train.txt: Permission denied; expected") and said.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["train", "baseline", "--seed", "-1"], "seed=-1; expected a whole number from 0"),
        (["train", "baseline", "--seed", str(10**23)], "expected a whole number from 0 to 2^64 - 1"),
        (["train", "baseline", "--workers", "-1"], "workers=-1; expected a number of processes from 0 to 256"),
        (["train", "baseline", "--device", "meta"], "device='meta' cannot be used"),
        (["train", "baseline", "--iterations", str(10**23)], "expected a positive number below 1e+09"),
        (["train", "baseline", "--runs", ""], "after `annn train baseline --runs` is empty"),
        (["data", "make", "--workers", "0"], "workers=0; expected a number of processes from 1 to 256"),
        (["data", "sheet", "s.png", "--count", "301"], "1 to 300 scenes"),
        (["data", "sheet", "s.png", "--seed", "-1"], "a seed of at least 0, got count 12 and seed -1"),
        (["bench", "--seconds", "nan"], "seconds=nan; expected"),
        (["reproduce", ""], "after `annn reproduce` is empty"),
    ],
)
def test_an_impossible_value_names_its_parameter_and_the_way_out(args: list[str], message: str, capsys) -> None:
    assert call(*args) == 2
    said = capsys.readouterr().err
    assert message in said and said.startswith("annn: ") and said.count("\n") == 1
