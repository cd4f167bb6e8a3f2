"""The notebooks of Figures 1 and 2 run from end to end; the way is tested here, not the numbers."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
import torch
from torchvision import models

from annn.data.cityscapes import CITYSCAPES
from annn.data.config import DataConfig
from annn.data.open import open_data
from annn.errors import DataError, WeightsError
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.recipes import Recipe, figure1
from annn.reproduce import reproduce
from annn.runs import Run
from annn.runs.figures import figure1_networks, figure2_networks
from annn.weights import export

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Two steps on four scenes, in folders of their own."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("ANNN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ANNN_RUNS", str(tmp_path / "runs"))
    return {"trial": True}


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


class Untrained(Run):
    """A run that nothing has trained."""

    def model(self, device: str = "auto") -> ANNN:
        return ANNN(self.recipe.model)


def untrained(recipe: Recipe, seed: int = 0) -> Untrained:
    scores = Scores.of(torch.eye(2, dtype=torch.int64), ("a", "b")).to_dict()
    metrics = {"scores": scores, "seconds": 1.0, "environment": {"hardware": "none"}, "stand_in": True}
    return Untrained(folder=Path("nowhere"), recipe=recipe, seed=seed, metrics=metrics)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Any]]:
    """Names and data of every call that trains or scores; nothing is trained or scored."""
    calls = []

    def train_all(jobs: Sequence[tuple[Recipe, int]], **where: Any) -> list[Run]:
        assert where.get("data_root") is None
        calls.append(([recipe.name for recipe, _ in jobs], jobs[0][0].data))
        return [untrained(*job) for job in jobs]

    def score(paths: dict[str, Path], data: DataConfig, **_: Any) -> dict[str, Run]:
        calls.append((list(paths), data))
        return {name: untrained(figure1("Full")) for name in paths}

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("annn.runs.scored.train_or_load_all", train_all)
    monkeypatch.setattr("annn.runs.scored.score_networks", score)
    return calls


def test_generated_scenes_stay_out_of_a_real_sets_folder(
    calls: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNN_DATA", str(tmp_path))
    figure2_networks(data="camvid")
    figure2_networks(data="stand-in")
    (streets, real), (_, generated) = calls
    assert streets == [*2 * ["quick-camvid-first"], "quick-camvid-first-from-nothing"]
    (tmp_path / "camvid").mkdir()
    with pytest.raises(DataError, match=f"^{tmp_path}/camvid"):
        open_data(real)
    monkeypatch.setattr("annn.data.open.make_stand_in", lambda name, scenes, folder, **_: folder)
    with pytest.raises(DataError, match=f"^{tmp_path}/stand_in/street-"):
        open_data(generated)


def test_a_missing_imagenet_file_is_told_before_anything_is_trained_or_scored(
    calls: list, published: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "notebooks")  # as a kernel in JupyterLab
    for weights in ("", str(published[0])):
        with pytest.raises(WeightsError, match=f"^{ROOT}/none.pth: there is no such file"):
            figure2_networks(imagenet="none.pth", weights=weights)
    assert calls == []


def test_the_paper_preset_takes_an_imagenet_file(calls: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNN_DATA", str(tmp_path))
    with pytest.raises(WeightsError, match=f"^{tmp_path}/imagenet/3x3resnet101-imagenet.pth: there is no such file"):
        figure2_networks("paper")
    assert calls == []


@pytest.mark.parametrize(
    ("networks", "parameters", "label"),
    [
        (figure1_networks, {}, "quick-stand-in"),
        (figure1_networks, {"seeds": [2], "trial": True}, "quick-stand-in-seed2-tried"),
        (figure1_networks, {"seeds": [0, 1, 2]}, "quick-stand-in-seeds0-1-2"),
        (
            figure1_networks, {"weights": "Full=a/first.pth,Baseline=runs/second"},
            "quick-stand-in-weights-first-second",
        ),
        (figure2_networks, {}, "quick-stand-in"),
        (figure2_networks, {"seed": 2, "trial": True}, "quick-stand-in-seed2-tried"),
        (figure2_networks, {"weights": "a/first.pth, b/second.pth"}, "quick-stand-in-weights-first-second"),
        (figure2_networks, {"imagenet": "a/mine.pth"}, "quick-stand-in-mine"),
    ],
)  # fmt: skip
def test_files_are_named_after_what_they_show(
    calls: list, monkeypatch: pytest.MonkeyPatch, networks: Callable[..., Any], parameters: dict[str, Any], label: str
) -> None:
    monkeypatch.setattr("annn.runs.figures._imagenet", lambda *_: (torch.nn.Identity(), "a file"))
    assert networks(**parameters).label == label


def test_only_the_papers_variants_are_held_against_its_claims(calls: list) -> None:
    assert figure1_networks().papers
    assert not figure1_networks(weights="Full=a.pth,Baseline=b.pth").papers  # a Baseline with both blocks


@pytest.mark.slow(reason="executes notebooks, each in a kernel of its own")
def test_figure1_of_two_seeds(tmp_path: Path, tiny: dict[str, bool]) -> None:
    (outcome,) = reproduce(["3"], {**tiny, "seeds": "0,1"}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure1", "quick-stand-in-seeds0-1-tried"
    assert [line["row"] for line in lines(folder / f"{name}.csv")] == 4 * ["Baseline", "+AFNB", "+APNB", "Full"]
    about = json.loads((folder / f"{name}.json").read_text())
    assert len(about["claims"]) == 2
    assert len(about["images"]) == len(about["reverse"]) == 4 and about["segments"] > 0
    assert list(about["pixels"]) == ["Baseline", "+AFNB", "+APNB"] and len(about["runs"]) == 8
    for kind in ("better", "worse", "both-ways", "consistency"):
        assert (folder / f"{name}-{kind}.png").stat().st_size > 5000


@pytest.mark.slow(reason="executes notebooks, each in a kernel of its own")
def test_figure2(tmp_path: Path, tiny: dict[str, bool]) -> None:
    (outcome,) = reproduce(["4"], tiny, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure2", "quick-stand-in-tried"
    assert len(lines(folder / f"{name}.csv")) == 5 * 5
    assert "efficientnet-lite0" in json.loads((folder / f"{name}.json").read_text())["classification network"]
    for kind in ("mean", "components", "similarity"):
        assert (folder / f"{name}-{kind}.png").stat().st_size > 5000


@pytest.mark.slow(reason="executes notebooks, each in a kernel of its own")
def test_figure1_with_weights_that_were_given(tmp_path: Path, tiny: dict[str, bool], published: list[Path]) -> None:
    weights = f"Full={published[0]},Baseline={published[1]}"  # a Baseline with both blocks
    (outcome,) = reproduce(["3"], {**tiny, "weights": weights}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure1", "quick-stand-in-weights-first-second-tried"
    table = lines(folder / f"{name}.csv")
    assert [line["row"] for line in table] == 4 * ["Full", "Baseline"] and "difference low" in table[0]
    about = json.loads((folder / f"{name}.json").read_text())
    assert [run["weights"] for run in about["runs"]] == ["first.pth", "second.pth"]
    assert about["reference"] == "Full" and about["claims"] == [] and about["preset"] == "weights given"
    for kind in ("better", "worse", "both-ways", "consistency"):
        assert (folder / f"{name}-{kind}.png").stat().st_size > 5000
    assert not (tmp_path / "runs").exists()  # nothing was trained


@pytest.mark.slow(reason="executes notebooks, each in a kernel of its own")
def test_figure1_wants_two_networks(tmp_path: Path, tiny: dict[str, bool], published: list[Path]) -> None:
    (outcome,) = reproduce(["3"], {**tiny, "weights": f"Full={published[0]}"}, results=tmp_path)
    assert outcome.status == "failed" and "found 1 network (Full); expected 2 at least" in outcome.error


@pytest.mark.slow(reason="executes notebooks, each in a kernel of its own")
def test_figure2_with_weights_that_were_given_and_no_control(
    tmp_path: Path, tiny: dict[str, bool], published: list[Path]
) -> None:
    upper = tmp_path / "imagenet.pth"
    torch.save(models.resnet50(weights=None).state_dict(), upper)
    (outcome,) = reproduce(["4"], {**tiny, "weights": str(published[0]), "imagenet": str(upper)}, results=tmp_path)
    assert outcome.status == "executed", outcome.error
    folder, name = tmp_path / "figure2", "quick-stand-in-weights-first-imagenet-tried"
    pairs = [line["pair"] for line in lines(folder / f"{name}.csv")]
    assert pairs == 5 * ["classification and segmentation"] + 5 * ["segmentation and untrained"]
    runs = json.loads((folder / f"{name}.json").read_text())["runs"]
    assert [(run["row"], run.get("weights")) for run in runs] == [("segmentation", "first.pth")]
    assert not (tmp_path / "runs").exists()  # nothing was trained
    (executed,) = (tmp_path / "notebooks").glob("4*.ipynb")
    assert "There is no control" in json.dumps(nbformat.read(executed, as_version=4).cells)
