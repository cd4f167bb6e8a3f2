"""The explorer's Python side: the widget, what it writes, its controls."""

import base64
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from explorer_parts import header, network, street, street_label
from ipywidgets.widgets.widget import _instances
from PIL import Image

from annn.data.camvid import CAMVID
from annn.data.cityscapes import CITYSCAPES
from annn.data.scenes import Scene
from annn.errors import AnnnError, ConfigError
from annn.explorer import AttentionExplorer, look, open_picture, with_controls
from annn.explorer.controls import Workbench
from annn.model import ANNN

SHIPPED = Path(__file__).parents[2] / "results" / "checkpoint" / "full-street.safetensors"


@pytest.fixture(scope="module")
def model() -> ANNN:
    return network()


@pytest.fixture(scope="module")
def scene() -> Scene:
    return street()


@pytest.fixture(scope="module")
def label() -> np.ndarray:
    return street_label()


def test_other_sizes_few_positions_and_no_labels_work(model):
    for size in ((40, 40), (8, 8), (50, 130)):  # 25, 1 and 119 positions, 110 anchors
        explorer = AttentionExplorer(model, np.zeros((*size, 3), np.uint8))
        assert explorer.view().weights.shape[1] == 110
        assert explorer.view().truth is None
        assert "truth" not in explorer.summary()
        explorer.close()


def test_blocks_that_are_not_there_are_refused(model, scene):
    with pytest.raises(ConfigError, match="afnb 3&5"):
        AttentionExplorer(model, scene.image, blocks=["afnb 3&5"])
    with pytest.raises(ConfigError, match="no attention block"):
        AttentionExplorer({"Baseline": network("Baseline"), "Full": model}, scene.image)
    with pytest.raises(ConfigError, match="label"):
        AttentionExplorer(model, [scene.image], labels=[])
    with pytest.raises(ConfigError, match="colours"):
        AttentionExplorer(model, scene.image, colours="viridis")
    with pytest.raises(AnnnError, match="compare"):
        AttentionExplorer(model, scene.image, compare="apbn")
    for pins in ([(1, 2)] * 5, [(1, 2, 3)]):
        with pytest.raises(ConfigError, match="at most 4, each"):
            AttentionExplorer(model, scene.image, pins=pins)


@pytest.mark.parametrize("pooling", ["max", "random"])
def test_anchors_that_are_no_cells_are_refused(model, scene, pooling):
    other = network(pooling=pooling)
    said = f"pooling='{pooling}'; expected 'average'"
    with pytest.raises(ConfigError, match=said):
        AttentionExplorer({"Full": model, "other": other}, scene.image)
    with pytest.raises(ConfigError, match=said):
        look(other, open_picture(scene.image))
    explorer = AttentionExplorer(model, scene.image)
    with pytest.raises(ConfigError, match=said):
        explorer.add_model(other, "other")
    explorer.close()


def test_networks_and_names_of_other_classes_are_refused(model, scene):
    with pytest.raises(ConfigError, match="11 and 19 classes"):
        AttentionExplorer({"Full": model, "other": network(classes=11)}, scene.image)
    with pytest.raises(ConfigError, match=r"11 and 19 classes .space='CamVid'"):
        AttentionExplorer(model, scene.image, space=CAMVID)
    explorer = AttentionExplorer(model, scene.image)
    with pytest.raises(ConfigError, match="'other': found 11 and 19 classes"):
        explorer.add_model(network(classes=11), "other")
    explorer.close()


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
    for classes, name in ((19, "road"), (11, "Sky"), (150, "wall"), (5, "class 0")):
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


def test_in_anchor_mode_the_output_is_about_the_anchor(model, scene):
    explorer = AttentionExplorer(model, scene.image, mode="anchor", anchor=0)
    average = 100 * explorer.view().weights[:, 0].mean()
    assert f"anchor 1x1, row 0, column 0: average {average:.2f} %" in explorer.summary()
    explorer.pins = [[3, 4], [109]]
    assert "row 3, column 4" in explorer.summary() and "anchor 8x8, row 7, column 7" in explorer.summary()
    assert len(explorer.to_figure().axes) == 2 * 5
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
    explorer = AttentionExplorer(network(), scene.image)
    box = with_controls(explorer)
    upload, weights, page = box.children[0].children
    Image.fromarray(scene.image).save(tmp_path / "mine.png")
    upload.value = (uploaded("mine.png", (tmp_path / "mine.png").read_bytes()),)
    assert explorer.image == 1 and [p["name"] for p in header(explorer.payload)["pictures"]][1] == "mine.png"
    weights.value = str(tmp_path / "none.safetensors")
    assert "none.safetensors" in box.children[1].value
    assert explorer.view_keys == ["afnb 4&5", "apnb"]
    weights.value = str(SHIPPED)  # another width, the same classes
    assert explorer.left == "full-street · apnb" and explorer.view_keys[:2] == ["afnb 4&5", "apnb"]
    assert "full-street" in explorer.summary()
    page.value = str(tmp_path / "page.html")
    assert (tmp_path / "page.html").exists()
    upload.value = (uploaded("bad.png", b"not an image"),)
    assert "bad.png: cannot be read as an image" in box.children[1].value
    sideways = Image.Exif()
    sideways[0x0112] = 6
    Image.fromarray(scene.image[:40, :64]).save(tmp_path / "phone.png", exif=sideways)
    upload.value = (uploaded("phone.png", (tmp_path / "phone.png").read_bytes()),)
    assert explorer.view().prediction.shape == (64, 40)
    data, _ = box._repr_mimebundle_()
    assert data["image/png"] and data["application/vnd.jupyter.widget-view+json"]["model_id"] == box.model_id
    explorer.add_model(network("+APNB"), "+APNB")
    assert explorer.left == "+APNB · apnb"
    explorer.close()


def test_relative_paths_of_the_controls_start_at_the_root(scene, tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").touch()
    shutil.copy(SHIPPED, tmp_path / "mine.safetensors")
    monkeypatch.chdir(tmp_path / "notebooks")  # as a kernel in JupyterLab
    explorer = AttentionExplorer(network(), scene.image)
    box = with_controls(explorer)
    _, weights, page = box.children[0].children
    weights.value = "mine.safetensors"
    assert explorer.left == "mine · apnb", box.children[1].value
    page.value = "page.html"
    assert (tmp_path / "page.html").exists() and not list((tmp_path / "notebooks").iterdir())
    explorer.close()


def test_closing_lets_go_of_everything(model, scene):
    def controls() -> Workbench:
        return with_controls(AttentionExplorer(model, scene.image))

    controls().children[-1].close()  # what ipywidgets keeps for good (its default layouts) is there now
    before = set(_instances)
    box = controls()
    explorer = box.children[-1]
    assert len(set(_instances) - before) > 6
    box.close()
    assert explorer.payload  # its own cell closes it, which may be another
    explorer.close()
    assert set(_instances) == before
    assert explorer.payload == b""


def test_a_cell_that_runs_again_closes_what_it_made(model, scene, monkeypatch):
    running = ["cell one", "first"]
    monkeypatch.setattr("annn.explorer.sessions._running_cell", lambda: tuple(running))

    def run(cell: str, execution: str) -> AttentionExplorer:
        running[:] = cell, execution
        return AttentionExplorer(model, scene.image)

    one, two, other = run("cell one", "first"), run("cell one", "first"), run("cell two", "second")
    assert one.payload and two.payload
    again = run("cell one", "third")
    assert not one.payload and not two.payload and other.payload and again.payload
    for explorer in (other, again):
        explorer.close()


def uploaded(name: str, content: bytes) -> dict:
    return {
        "name": name,
        "type": "image/png",
        "size": len(content),
        "content": content,
        "last_modified": datetime.now(UTC),
    }
