"""The notebooks of Figures 1 and 2 run from end to end; the way is tested here, not the numbers."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch

from annn.data.cityscapes import CITYSCAPES
from annn.data.config import DataConfig
from annn.errors import WeightsError
from annn.model import ANNN, ModelConfig
from annn.recipes import Recipe
from annn.reproduce import reproduce
from annn.weights import export

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str | int]:
    """Two steps on four scenes."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    places = {"data_root": str(tmp_path / "data"), "runs": str(tmp_path / "runs")}
    return {"iterations": 2, "scenes": 4, "images": 2, **places}


@pytest.fixture
def published(tmp_path: Path) -> list[Path]:
    """Two networks as mmsegmentation saves them."""
    torch.manual_seed(0)
    config = ModelConfig(classes=19, depth=50, width=8, conv_bias=False, align_corners=False)
    return [
        export(ANNN(config), tmp_path / f"{name}.pth", layout="mmsegmentation", classes=CITYSCAPES.classes)
        for name in ("first", "second")
    ]


def lines(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def executed(notebook: str, *wanted: str, **parameters: Any) -> dict[str, Any]:
    """What the imports, the parameters and the cells with certain words leave, with some parameters changed."""
    (path,) = (ROOT / "notebooks").glob(f"{notebook}_*.ipynb")
    space: dict[str, Any] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        is_parameters = "parameters" in cell.metadata.get("tags", [])
        if cell.cell_type == "code" and (
            is_parameters or any(word in cell.source for word in ("%matplotlib", *wanted))
        ):
            exec(cell.source.removeprefix("%matplotlib inline"), space)
            space |= parameters if is_parameters else {}
    return space


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Any]]:
    """Recipes and data folder of every call that trains or scores; nothing is trained or scored."""
    calls = []

    def train(jobs: Sequence[tuple[Recipe, int]], data_root: Path | None = None, **_: Any) -> list[str]:
        calls.append(([recipe.name for recipe, _ in jobs], data_root))
        return [recipe.name for recipe, _ in jobs]

    def score(paths: dict[str, Path], data: DataConfig, **_: Any) -> dict[str, str]:
        if paths:
            calls.append((list(paths), data))
        return {}

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("annn.runs.together.train_or_load_all", train)
    monkeypatch.setattr("annn.runs.given.score_networks", score)
    return calls


NETWORKS = ("by_file = ", "score_networks", "train_or_load_all")


def test_generated_scenes_stay_out_of_a_real_sets_folder(calls: list, tmp_path: Path) -> None:
    executed("4", *NETWORKS, data="camvid", data_root=str(tmp_path))
    street = 2 * ["quick-camvid-baseline"]
    assert calls == [(street, tmp_path), (["quick-classification"], None)]
    calls.clear()
    executed("4", *NETWORKS)  # all at once: side by side on a CPU
    assert calls == [([*2 * ["quick-stand-in-baseline"], "quick-classification"], None)]


def test_a_missing_imagenet_file_is_told_before_anything_is_trained_or_scored(
    calls: list, published: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "notebooks")  # as a kernel in JupyterLab
    for given in ({}, {"weights": str(published[0])}):
        with pytest.raises(WeightsError, match=f"^{ROOT}/none.pth: there is no such file"):
            executed("4", *NETWORKS, imagenet=True, imagenet_file="none.pth", **given)
    assert calls == []


@pytest.mark.parametrize(
    ("notebook", "parameters", "label"),
    [
        ("3", {}, "quick-stand-in"),
        ("3", {"seed": 2, "iterations": 5}, "quick-stand-in-seed2-tried"),
        ("3", {"weights": "Full=a/first.pth,Baseline=runs/second"}, "quick-stand-in-weights-first-second"),
        ("4", {}, "quick-stand-in"),
        ("4", {"seed": 2, "scenes": 5}, "quick-stand-in-seed2-tried"),
        ("4", {"control": "row"}, "quick-stand-in-control-row"),
        ("4", {"weights": "a/first.pth, b/second.pth"}, "quick-stand-in-weights-first-second"),
        ("4", {"imagenet": True}, "quick-stand-in-imagenet"),
        ("4", {"imagenet": True, "imagenet_file": "a/mine.pth"}, "quick-stand-in-imagenet-mine"),
    ],
)
def test_files_are_named_after_what_they_show(
    calls: list, monkeypatch: pytest.MonkeyPatch, notebook: str, parameters: dict[str, Any], label: str
) -> None:
    monkeypatch.setattr("annn.weights.imagenet.load_imagenet", lambda depth, path: None)
    assert executed(notebook, "by_file = ", "score_networks", "label = ", **parameters)["label"] == label


def test_figure1(tmp_path: Path, tiny: dict[str, str | int]) -> None:
    (outcome,) = reproduce(["3"], {**tiny, "shown": 1}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure1", "quick-stand-in-tried"
    assert [line["row"] for line in lines(folder / f"{name}.csv")] == ["Baseline", "+AFNB", "+APNB", "Full"]
    about = json.loads((folder / f"{name}.json").read_text())
    assert len(about["claims"]) == 2
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


def test_figure1_with_weights_that_were_given(
    tmp_path: Path, tiny: dict[str, str | int], published: list[Path]
) -> None:
    weights = f"Full={published[0]},Baseline={published[1]}"  # a Baseline with both blocks
    (outcome,) = reproduce(["3"], {**tiny, "shown": 1, "weights": weights}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure1", "quick-stand-in-weights-first-second-tried"
    table = lines(folder / f"{name}.csv")
    assert [line["row"] for line in table] == ["Full", "Baseline"] and "Full alone right, % of pixels" in table[0]
    about = json.loads((folder / f"{name}.json").read_text())
    assert [run["weights"] for run in about["runs"]] == ["first.pth", "second.pth"]
    assert about["reference"] == "Full" and about["claims"] == [] and about["preset"] == "weights given"
    for kind in ("better", "worse", "both-ways", "consistency"):
        assert (folder / f"{name}-{kind}.png").stat().st_size > 5000
    assert not (tmp_path / "runs").exists()  # nothing was trained


def test_figure1_wants_two_networks(tmp_path: Path, tiny: dict[str, str | int], published: list[Path]) -> None:
    (outcome,) = reproduce(["3"], {**tiny, "weights": f"Full={published[0]}"}, results=tmp_path)
    assert outcome.status == "failed" and "found 1 network (Full); expected 2 at least" in outcome.error


def test_figure2_with_weights_that_were_given_and_no_control(
    tmp_path: Path, tiny: dict[str, str | int], published: list[Path]
) -> None:
    (outcome,) = reproduce(["4"], {**tiny, "weights": str(published[0])}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure2", "quick-stand-in-weights-first-tried"
    pairs = [line["pair"] for line in lines(folder / f"{name}.csv")]
    assert pairs == 5 * ["classification and segmentation"] + 5 * ["segmentation and untrained"]
    runs = json.loads((folder / f"{name}.json").read_text())["runs"]
    assert [(run["row"], run.get("weights")) for run in runs] == [
        ("segmentation", "first.pth"), ("classification", None),
    ]  # fmt: skip
    assert [path.name.split("-seed")[0] for path in (tmp_path / "runs").iterdir()] == ["quick-classification"]
    (executed,) = (tmp_path / "notebooks").glob("4*.ipynb")
    assert "There is no control" in json.dumps(nbformat.read(executed, as_version=4).cells)
