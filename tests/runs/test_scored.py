"""Networks from files in place of training: named, scored on the data that is shown, recorded with their origin."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import published
import pytest
import torch

from annn import tables
from annn.data.camvid import CAMVID
from annn.data.cityscapes import CITYSCAPES
from annn.data.config import DataConfig, StandIn
from annn.data.open import open_data, open_validation
from annn.errors import ConfigError, DataError
from annn.evaluate import evaluate, predict
from annn.files import project_root
from annn.model import ANNN, ModelConfig
from annn.protocol import Protocol
from annn.recipes import shorten, table2
from annn.runs import Run, train_or_load
from annn.runs.scored import (
    FileNetwork,
    ScoredNetwork,
    named_weights,
    networks_of,
    origins,
    predictions,
    score_networks,
)
from annn.weights import export, load, save_checkpoint

DATA = DataConfig(stand_in=StandIn(train=2, val=2, size=(64, 128)))
SMALL: dict[str, Any] = {"depth": 50, "width": 4, "classes": 19}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of three layouts: mmsegmentation's, the authors', and a run with its checkpoint; and the scenes."""
    folder = tmp_path_factory.mktemp("given")
    torch.manual_seed(0)
    config = ModelConfig(**SMALL, conv_bias=False, align_corners=False)
    export(ANNN(config), folder / "theirs.pth", layout="mmsegmentation", classes=CITYSCAPES.classes)
    state = published.random_state(published.authors_shapes(**SMALL, stem=(3, 3, 6)))
    torch.save({"state_dict": state}, folder / "authors.pth")
    recipe = shorten(table2("Baseline", "quick"), iterations=1, scenes=2)
    run = train_or_load(recipe, 3, data_root=folder / "scenes", runs=folder / "runs", device="cpu", progress=False)
    save_checkpoint(run, folder / "own.safetensors")  # pyright: ignore[reportArgumentType]
    run.folder.rename(folder / "run")
    return folder


@pytest.fixture(scope="module")
def given(place: Path) -> dict[str, FileNetwork]:
    text = f"Full={place}/theirs.pth, Authors={place}/authors.pth,Own={place}/own.safetensors,Run={place}/run"
    return score_networks(named_weights(text, least=2), DATA, data_root=place / "scenes", device="cpu", progress=False)


def test_names_and_paths() -> None:
    root = project_root()
    found = named_weights(" Full = a/b.pth,Baseline=/c.pth, ")
    assert list(found.items()) == [("Full", root / "a/b.pth"), ("Baseline", Path("/c.pth"))]
    assert named_weights("", least=2) == named_weights("", ("segmentation",)) == {}
    assert named_weights("odd=a=b.pth") == {"odd": root / "a=b.pth"}
    roles = ("segmentation", "control")
    assert named_weights("a.pth", roles) == {"segmentation": root / "a.pth"}
    for text in ("a.pth,b.pth", "a.pth,control=b.pth", "segmentation=a.pth,b.pth"):
        assert named_weights(text, roles) == {"segmentation": root / "a.pth", "control": root / "b.pth"}


@pytest.mark.parametrize(
    ("text", "roles", "said"),
    [
        ("Full=a.pth", (), "found 1 network (Full); expected 2 at least"),
        ("a.pth,b.pth", (), "found 'a.pth'"),
        ("Full=a.pth,Full=b.pth", (), "found 'Full=b.pth'"),
        ("Full=,Baseline=b.pth", (), "found 'Full='"),
        ("=a.pth,Baseline=b.pth", (), "found '=a.pth'"),
        ("a.pth,b.pth,c.pth", ("segmentation", "control"), "found 'c.pth'"),
        ("Full=a.pth", ("segmentation", "control"), "each of segmentation and control at most once"),
        ("control=a.pth", ("segmentation", "control"), "segmentation is not among"),
    ],
)
def test_what_names_no_networks_is_refused(text: str, roles: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        named_weights(text, roles, least=1 if roles else 2)
    assert said in str(error.value) and str(error.value).startswith("weights: ")


def test_scores_are_those_of_an_evaluation(place: Path, given: dict[str, FileNetwork]) -> None:
    dataset = open_validation(DATA, place / "scenes")
    assert list(given) == ["Full", "Authors", "Own", "Run"]
    for name, file in (("Full", "theirs.pth"), ("Authors", "authors.pth")):
        assert given[name].scores == evaluate(load(place / file).model, dataset, progress=False)
        assert given[name].seed is None and given[name].testing["precision"] == "fp32"
    assert [found.testing["protocol"].style for found in given.values()] == [
        "mmsegmentation", "authors", "plain", "plain",
    ]  # fmt: skip


def test_a_run_and_its_checkpoint_score_alike_by_its_own_precision(given: dict[str, FileNetwork]) -> None:
    own, run = given["Own"], given["Run"]
    assert own.scores == run.scores and own.sha256 == run.sha256  # a run keeps its weights as a checkpoint
    assert own.seed == run.seed == 3
    assert own.testing == run.testing == {"precision": "bf16", "protocol": Protocol()}


def test_predictions_are_the_models(place: Path, given: dict[str, FileNetwork]) -> None:
    image = open_validation(DATA, place / "scenes")[0].image
    full = given["Full"]
    model = full.model("cpu")
    assert not model.training
    expected = load(place / "theirs.pth").model
    assert (predict(model, image, **full.testing) == predict(expected, image)).all()


def test_tables_and_files_say_where_a_network_is_from(
    place: Path, given: dict[str, FileNetwork], tmp_path: Path
) -> None:
    networks = {(name, 0): found for name, found in given.items()}
    scored = tables.scores(networks)
    assert scored["seed"].isna().tolist() == [True, True, False, False] and scored["seed"].tolist()[2:] == [3, 3]
    assert scored["minutes"].isna().all()
    assert scored["mIoU"][0] == 100 * given["Full"].scores.miou
    shown = tables.shown(scored)
    assert shown["seed"].tolist() == ["\N{EN DASH}", "\N{EN DASH}", "3", "3"]
    assert tables.data_name(networks) == "generated street scenes"
    assert "ResNet-50 of width 4" in tables.described(given["Full"].config, given["Full"].how).values()
    said = origins(given)
    assert "theirs.pth (mmsegmentation)" in said and tables.hardware(networks) in said

    written = tables.write(tmp_path, "table", scored.set_index("row"), networks, {})[1]
    lines = json.loads(written.read_text(), parse_constant=pytest.fail)["runs"]
    assert [line["weights"] for line in lines] == ["theirs.pth", "authors.pth", "own.safetensors", "run"]
    assert lines[0]["sha256"] == hashlib.sha256((place / "theirs.pth").read_bytes()).hexdigest()
    assert "mmsegmentation style" in lines[0]["protocol"]
    assert "seed" not in lines[0] and lines[3]["seed"] == 3
    assert all(line["environment"]["hardware"] for line in lines)


def test_runs_and_given_networks_share_a_table(place: Path, given: dict[str, FileNetwork]) -> None:
    run = train_or_load(
        shorten(table2("Baseline", "quick"), iterations=1, scenes=2), 0,
        data_root=place / "scenes", runs=place / "runs", device="cpu", progress=False,
    )  # fmt: skip
    assert isinstance(run, Run) and run.stand_in and run.data == run.recipe.data
    scored = tables.scores({("trained", 0): run, ("given", 0): given["Full"]})
    assert scored["seed"].tolist()[0] == 0 and scored["seed"].isna().tolist() == [False, True]
    assert not math.isnan(scored["minutes"][0]) and math.isnan(scored["minutes"][1])


def test_trained_or_from_files_the_interface_is_one(place: Path) -> None:
    recipe = shorten(table2("Baseline", "quick"), iterations=1, scenes=2)
    where: Any = {"data_root": place / "scenes", "runs": place / "runs", "device": "cpu", "progress": False}
    (trained,) = networks_of({"one": (recipe, 0)}, **where).values()
    (read,) = networks_of({"one": (recipe, 0)}, f"two={place}/run", **where).values()
    image = open_validation(recipe.data, place / "scenes").first(1)
    for network in (trained, read):
        assert isinstance(network, ScoredNetwork)
        assert tables.described(network.config, network.how)["backbone"] == "tf_efficientnet_lite0 (stride 16)"
        assert predictions({"x": network}, image)["x"][0].shape == image[0].label.shape
    assert "trained here" in trained.origin and "from a file" in read.origin


def test_classes_are_checked_before_anything_is_scored(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    other = ModelConfig(classes=11, depth=50, width=8, conv_bias=False)
    export(ANNN(other), place / "camvid.pth", layout="mmsegmentation", classes=CAMVID.classes)
    monkeypatch.setattr("annn.runs.scored.evaluate", lambda *_, **__: pytest.fail("scored"))
    paths = {"Full": place / "theirs.pth", "Baseline": place / "camvid.pth"}
    with pytest.raises(ConfigError, match=r"camvid\.pth: predicts 11 classes, but Cityscapes has 19"):
        score_networks(paths, DATA, data_root=place / "scenes", device="cpu", progress=False)


def test_missing_data_is_refused_and_nothing_needs_no_data(place: Path, tmp_path: Path) -> None:
    real = DataConfig(name="cityscapes")
    with pytest.raises(DataError):
        score_networks({"Full": place / "theirs.pth"}, real, data_root=tmp_path, progress=False)
    assert score_networks({}, real, data_root=tmp_path) == {}


def test_the_validation_split_alone(place: Path) -> None:
    _, expected = open_data(DATA, place / "scenes")
    found = open_validation(DATA, place / "scenes")
    assert found.pairs == expected.pairs and found.split == expected.split
