"""The ONNX file computes what the network computes, from an ordinary image."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from test_blocks import randomise

from annn.augment import normalise
from annn.efficiency import onnx as module
from annn.efficiency.fold import fold
from annn.efficiency.onnx import export
from annn.errors import ConfigError, RunError
from annn.model import ANNN, ModelConfig


def built(**config):
    torch.manual_seed(3)
    return randomise(ANNN(ModelConfig(**{"classes": 5, "depth": 18, "width": 8} | config))).eval()


def run(path, image):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"image": image.transpose(2, 0, 1)[None].astype(np.float32)})[0]


@pytest.mark.parametrize(
    "config",
    [{"fuse": ((3, 5), (4, 5))}, {"fuse": (), "context": "nonlocal", "align_corners": False}],
    ids=str,
)
def test_onnxruntime_gives_the_networks_logits(config, tmp_path):
    model = built(**config)
    difference = export(model, tmp_path / "network.onnx", (37, 52), classes=("a", "b", "c", "d", "e"))
    image = np.random.default_rng(0).integers(0, 256, (37, 52, 3), dtype=np.uint8)
    with torch.no_grad():
        expected = model(normalise(image)[None]).main.numpy()
    found = run(tmp_path / "network.onnx", image)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * np.abs(expected).max())
    assert difference < 1e-4
    stored = {entry.key: json.loads(entry.value) for entry in onnx.load(tmp_path / "network.onnx").metadata_props}
    assert stored == {"classes": ["a", "b", "c", "d", "e"], "size": [37, 52]}


def test_a_folded_network_is_taken_as_it_is_and_another_size_refused_by_the_file(tmp_path):
    assert export(fold(built()), tmp_path / "network.onnx", (24, 24)) < 1e-4
    onnx.checker.check_model(str(tmp_path / "network.onnx"))
    with pytest.raises(Exception, match=r"[Ii]nvalid dimensions"):
        run(tmp_path / "network.onnx", np.zeros((32, 40, 3), dtype=np.uint8))


def test_a_network_that_is_given_stays_as_it_is(tmp_path):
    folded = fold(built()).double()
    assert export(folded, tmp_path / "network.onnx", (24, 24)) < 1e-4
    assert all(parameter.dtype == torch.float64 for parameter in folded.parameters())


def test_what_pytorch_cannot_export_is_not_called_a_full_disk(tmp_path, monkeypatch):
    def fails(*args, **others):
        raise torch.onnx.OnnxExporterError("Failed to convert") from TypeError("an operator is unknown")

    monkeypatch.setattr(torch.onnx, "export", fails)
    with pytest.raises(RunError, match=r"network\.onnx: PyTorch .* could not export .*an operator is unknown"):
        export(built(), tmp_path / "network.onnx", (24, 24))
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_equal_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CLOSE", -1.0)
    with pytest.raises(RunError, match="onnxruntime"):
        export(built(), tmp_path / "network.onnx", (32, 32))
    assert list(tmp_path.iterdir()) == []


def test_a_size_that_is_none_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="size"):
        export(built(), tmp_path / "network.onnx", (0, 32))
