"""Notebook 5 from end to end on a network of someone else's, of classes that the scenes' labels do not name."""

import csv
import json
from pathlib import Path

import nbformat
import pytest
import torch
from PIL import Image

from annn.data.ade20k import ADE20K
from annn.data.scenes import draw
from annn.model import ANNN, ModelConfig
from annn.reproduce import reproduce
from annn.weights import export

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow(reason="a notebook from end to end, in a kernel that imports torch")


def test_foreign_weights_and_an_own_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    torch.manual_seed(0)
    model = ANNN(ModelConfig(classes=150, depth=50, width=8, stem="deep", conv_bias=False))
    file = export(model, tmp_path / "ann_r50-d8.pth", layout="mmsegmentation", classes=ADE20K.classes)
    Image.fromarray(draw(3, 0, (72, 100)).image).convert("L").save(tmp_path / "grey.png")
    given = {"weights": str(file), "own_image": str(tmp_path / "grey.png"), "scenes": 2, "measured": 6, "height": 64}
    (outcome,) = reproduce(["5"], given, results=tmp_path)
    assert outcome.status == "executed", outcome.error

    (notebook,) = (tmp_path / "notebooks").glob("5*.ipynb")
    outputs = [o for cell in nbformat.read(notebook, as_version=4).cells for o in cell.get("outputs", [])]
    texts = [o.data["text/plain"] for o in outputs if "image/png" in o.get("data", {})]
    assert sum(text.startswith("AttentionExplorer: ") for text in texts) == 4
    assert "truth" not in "".join(texts) and "grey.png (1 in all)" in "".join(texts)
    assert "mmsegmentation" in json.dumps(outputs)
    with (tmp_path / "attention" / "ann_r50-d8" / "findings.csv").open() as table:
        first = next(csv.reader(table))
    assert first[1:] == ["paper", "afnb 4&5, generated street scenes", "apnb, generated street scenes", "uniform"]
    assert (tmp_path / "attention" / "ann_r50-d8" / "explorer.html").stat().st_size < 6e6
    assert [path.name for path in (tmp_path / "attention").iterdir()] == ["ann_r50-d8"]
