"""Weights that are NaN or infinite are refused by whatever reads or writes them, in one paragraph that names them."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import published
import pytest
import torch
from commands import call
from safetensors import safe_open
from safetensors.torch import save_file
from torchvision import models

from annn.errors import RunError, WeightsError
from annn.files import not_finite
from annn.journal import Journal
from annn.model import ANNN, ModelConfig
from annn.recipes import table2
from annn.runs import run as runs
from annn.timm_backbone import whole_network
from annn.weights import export, load, load_checkpoint, save_checkpoint
from annn.weights.imagenet import load_imagenet
from annn.weights.timm_imagenet import load_timm

SMALL = {"depth": 50, "width": 4, "stem": (3, 3, 6), "classes": 5}
CONFIG = ModelConfig(classes=19, depth=18, width=4)
FINITE = r"expected finite numbers.*take an earlier checkpoint, or fetch the file again\."


@pytest.fixture
def run() -> SimpleNamespace:
    """A trained run with one weight that is no number."""
    model = ANNN(CONFIG).eval()
    metrics = {"scores": {"miou": 0.25}, "environment": {"torch": "2"}, "stand_in": True, "seconds": 1.0}
    recipe = replace(table2("4 & 5", "quick"), model=CONFIG)
    return SimpleNamespace(recipe=recipe, seed=0, metrics=metrics, model=lambda device="auto": model)


def spoil(path: Path, run: SimpleNamespace) -> Path:
    """The checkpoint of a run, its classifier's weights replaced by NaN behind the back of the writer."""
    save_checkpoint(run, path)
    with safe_open(path, "pt") as file:
        about = file.metadata()
    state = run.model().state_dict()
    save_file(state | {"classifier.1.weight": torch.full_like(state["classifier.1.weight"], np.nan)}, path, about)
    return path


def test_the_first_tensors_and_their_number_are_named() -> None:
    tensors = {name: torch.ones(2) for name in "abcdef"} | {"count": torch.tensor(3)}
    assert not_finite(tensors) == ""
    tensors["b"][1] = np.inf
    assert not_finite(tensors) == "numbers that are not finite in 1 of 7 tensors: b (infinity)"
    for name in "acdf":
        tensors[name] = torch.tensor([np.nan, np.inf], dtype=torch.float16)
    assert not_finite(tensors).endswith("in 5 of 7 tensors: a (NaN), b (infinity), c (NaN), ...")
    assert not_finite({"e4m3": torch.tensor([1.0, np.nan]).to(torch.float8_e4m3fn)})  # isfinite does not know it
    assert not_finite({"float64": torch.tensor(1e300, dtype=torch.float64)})  # the network is float32


@pytest.mark.parametrize("kind", ["authors", "mmsegmentation"])
def test_weights_of_other_code(kind, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    shapes, name = {
        "authors": (published.authors_shapes, "cls.weight"),
        "mmsegmentation": (published.mmseg_shapes, "decode_head.conv_seg.weight"),
    }[kind]
    state = published.random_state(shapes(**SMALL))
    state[name][2] = np.inf
    path = tmp_path / "weights.pth"
    torch.save({"state_dict": state}, path)
    with pytest.raises(WeightsError, match=rf"weights\.pth: holds .* in 1 of \d+ tensors: {name} .infinity.; {FINITE}"):
        load(path)
    assert call("weights", "show", path) == 2
    assert call("evaluate", path, "--data", "camvid") == 2
    assert call("predict", path, tmp_path, "-o", tmp_path / "out") == 2
    assert capsys.readouterr().err.count(f"tensors: {name} (infinity)") == 3


def test_a_checkpoint_of_this_package(run, tmp_path: Path) -> None:
    path = spoil(tmp_path / "own.safetensors", run)
    for reader in (load, load_checkpoint):
        with pytest.raises(WeightsError, match=rf"own\.safetensors: holds .*: classifier\.1\.weight .NaN.; {FINITE}"):
            reader(path)


def test_a_run_says_how_to_train_it_again(run, tmp_path: Path) -> None:
    """`Run.model` is what tables, figures and the heads on frozen features take the network from."""
    folder = tmp_path / "run"
    folder.mkdir()
    spoil(folder / "weights.safetensors", run)
    (folder / "recipe.json").write_text(json.dumps({"recipe": asdict(run.recipe), "seed": 0}))
    (folder / "metrics.json").write_text(json.dumps(run.metrics))
    with pytest.raises(RunError, match=rf"safetensors: holds .*classifier.*{FINITE} Or delete the folder .*run to tra"):
        runs.load(folder).model("cpu")
    assert call("evaluate", folder, "--device", "cpu") == 2


def test_imagenet_files_say_where_to_get_them(tmp_path: Path) -> None:
    state = models.resnet18(weights=None).state_dict()
    state["layer1.0.bn1.running_var"][0] = np.nan
    torch.save(state, tmp_path / "r18.pth")
    with pytest.raises(WeightsError, match=rf"r18\.pth: holds .*: layer1\.0\.bn1\.running_var .*{FINITE}.*or download"):
        load_imagenet(18, tmp_path / "r18.pth")


def test_timms_files_too(tmp_path: Path) -> None:
    pytest.importorskip("timm")
    state = whole_network("mobilenetv3_small_050").state_dict()
    state["conv_stem.weight"][0] = np.nan
    save_file(state, tmp_path / "mine.safetensors")
    with pytest.raises(WeightsError, match=rf"mine\.safetensors: holds .*: conv_stem\.weight .*{FINITE}.*--start"):
        load_timm("mobilenetv3_small_050", tmp_path / "mine.safetensors", output_stride=16)


@pytest.mark.parametrize("part", ["model.weight", "optimizer.state.0.momentum_buffer"])
def test_a_checkpoint_to_resume_from(part, tmp_path: Path) -> None:
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    journal = Journal(tmp_path, {"model": model, "optimizer": optimizer})
    journal.save(3)
    assert journal.resume() == 3
    spoilt = model.weight if part == "model.weight" else optimizer.state[model.weight]["momentum_buffer"]
    good = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        spoilt[0, 0] = np.nan
    journal.save(3)
    model.load_state_dict(good)
    with pytest.raises(RunError, match=rf"checkpoint\.pt: cannot resume .*: {part} .NaN.\).*Delete the file to train"):
        journal.resume()
    assert all(torch.equal(tensor, good[name]) for name, tensor in model.state_dict().items())  # nothing was loaded


def test_nothing_of_the_kind_is_written(run, tmp_path: Path) -> None:
    model = run.model()
    with torch.no_grad():
        model.classifier[1].weight[0] = 1e6  # which float16 does not hold
    load(save_checkpoint(run, tmp_path / "own.safetensors"))
    with pytest.raises(WeightsError, match=r"half\.safetensors: would hold .*classifier\.1\.weight .infinity.*float16"):
        save_checkpoint(run, tmp_path / "half.safetensors", half=True)
    other = ANNN(ModelConfig(classes=5, depth=50, width=8, conv_bias=False))
    torch.nn.init.constant_(other.classifier[1].bias, np.nan)
    with pytest.raises(WeightsError, match=r"out\.pth: would hold .*: classifier\.1\.bias .NaN"):
        export(other, tmp_path / "out.pth", layout="mmsegmentation")
    assert [path.name for path in tmp_path.iterdir()] == ["own.safetensors"]


def test_the_explorer_says_so_beside_its_field(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ipywidgets")
    from annn.explorer import AttentionExplorer
    from annn.explorer.controls import with_controls

    monkeypatch.chdir(tmp_path)
    spoil(tmp_path / "own.safetensors", run)
    explorer = AttentionExplorer(run.model(), np.zeros((32, 32, 3), np.uint8))
    box = with_controls(explorer)
    box.children[0].children[1].value = str(tmp_path / "own.safetensors")
    assert "own.safetensors: holds numbers that are not finite" in box.children[1].value
    box.close()
    explorer.close()
