"""`annn weights show` and `annn weights export` say and write what the library does."""

from dataclasses import replace
from pathlib import Path

import published
import pytest
import torch
from commands import call

from annn.model import ANNN, ModelConfig
from annn.weights import export, load

SMALL = {"depth": 50, "width": 4, "stem": (3, 3, 6), "classes": 5}


def test_show_says_whose_file_it_is_and_what_it_holds(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "weights.pth"
    state = published.random_state(published.mmseg_shapes(**SMALL))
    meta = {"CLASSES": list("abcde"), "config": "x = 1\n" * 1000, "epoch": 12}
    torch.save({"state_dict": state, "meta": meta}, path)
    assert call("weights", "show", path) == 0
    said = capsys.readouterr().out
    for part in (
        "as saved by mmsegmentation: ResNet-50", "5 classes: a, b, c, d, e", "stem_widths        (3, 3, 6)",
        "epoch: 12", "config: (6000 characters)", "note: the file holds no configuration",
    ):  # fmt: skip
        assert part in said
    torch.save({"state_dict": published.random_state(published.authors_shapes(**SMALL))}, path)
    assert call("weights", "show", path) == 0
    assert "input              'caffe-bgr'" in capsys.readouterr().out


def test_what_cannot_be_read_ends_in_one_paragraph(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert call("weights", "show", tmp_path / "nothing.pth") == 2
    assert "there is no such file" in capsys.readouterr().err


def test_export_writes_a_file_that_loads_as_the_same_network(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = ModelConfig(classes=19, depth=50, width=8, conv_bias=False)
    names = [f"class {i}" for i in range(19)]
    first = export(ANNN(config).eval(), tmp_path / "first.pth", layout="mmsegmentation", classes=names)
    second = tmp_path / "second.pth"
    assert call("weights", "export", first, second, "--layout", "mmsegmentation") == 0
    assert "second.pth" in capsys.readouterr().out
    found, expected = load(second), load(first)
    assert found.classes == tuple(names) and found.model.config == expected.model.config
    theirs = expected.model.state_dict()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in found.model.state_dict().items())
    assert call("weights", "export", first, tmp_path / "third.pth", "--layout", "authors") == 2
    assert "width is 8, expected 64" in capsys.readouterr().err
    assert replace(config, stem_widths=(8,)) == found.model.config


def test_export_says_what_was_missing_in_its_source(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    state = published.random_state(published.mmseg_shapes(**SMALL))
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("auxiliary_head.")}
    torch.save({"state_dict": kept}, tmp_path / "weights.pth")
    assert call("weights", "export", tmp_path / "weights.pth", tmp_path / "o.pth", "--layout", "mmsegmentation") == 0
    assert "note: the file has no auxiliary head" in capsys.readouterr().out
