"""`annn evaluate` and `annn predict`: weights from a file, any protocol, a person's own images, mistakes named."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from annn import cli
from annn.data import DATASETS, Cityscapes
from annn.data.camvid import CAMVID
from annn.data.cityscapes import CITYSCAPES
from annn.data.images import find_images, to_rgb
from annn.data.scenes import write_cityscapes
from annn.errors import ConfigError, DataError
from annn.evaluate import evaluate, predict
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.protocol import Protocol, logits
from annn.recipes import table2
from annn.runs.network import Network, check_classes, label_space, open_network
from annn.weights import export, load, save_checkpoint

SIZE = (64, 128)


def call(*args):
    with pytest.raises(SystemExit) as stopped:
        cli.main([str(arg) for arg in args])
    return stopped.value.code


def network(classes=19, **settings):
    torch.manual_seed(0)
    config: dict[str, Any] = {"classes": classes, "depth": 18, "width": 8} | settings
    return ANNN(ModelConfig(**config)).eval()


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file as `save_checkpoint` writes it, of a run on generated street scenes."""
    model = network()
    quick = table2("4 & 5", "quick")
    recipe = replace(quick, model=model.config, train=replace(quick.train, precision="fp32"))
    scores = Scores.of(torch.zeros(19, 19, dtype=torch.int64), CITYSCAPES.classes)
    metrics = {"scores": scores.to_dict(), "environment": {}}
    run: Any = SimpleNamespace(recipe=recipe, seed=3, metrics=metrics, model=lambda device: model)
    return save_checkpoint(run, tmp_path_factory.mktemp("weights") / "own.safetensors")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A file in mmsegmentation's layout."""
    model = network(depth=50, stem="deep", stem_widths=(4, 4, 8), conv_bias=False, align_corners=False)
    path = tmp_path_factory.mktemp("published") / "ann_r50-d8.pth"
    return export(model, path, layout="mmsegmentation", classes=CITYSCAPES.classes, palette=CITYSCAPES.colors)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return write_cityscapes(tmp_path_factory.mktemp("data") / "scenes", train=1, val=2, size=SIZE, progress=False)


def numbers(output):
    """What a report says, by name."""
    found = {}
    for name in ("mIoU", "pixel accuracy", "mean accuracy"):
        found[name] = float(re.findall(rf"{name} ([\d.]+) %", output)[0])
    return found


def test_a_file_of_weights_is_scored_under_a_whole_protocol(weights, scenes, tmp_path, capsys):
    options = ("--scales", "0.5", "1", "--flip", "--slide", "48", "32", "--style", "authors", "--save", tmp_path)
    assert call("evaluate", weights, "--data", "cityscapes", "--root", scenes, "--device", "cpu", *options) == 0
    output = capsys.readouterr().out
    protocol = Protocol(scales=(0.5, 1.0), flip=True, window=(48, 32), style="authors")
    scores = evaluate(network(), Cityscapes(scenes, "val"), protocol=protocol, progress=False)
    expected = {"mIoU": scores.miou, "pixel accuracy": scores.pixel_accuracy, "mean accuracy": scores.mean_accuracy}
    assert numbers(output) == {name: round(100 * value, 1) for name, value in expected.items()}
    assert f"mIoU {100 * scores.miou_present:.1f} % of the classes with truth alone" in output
    assert re.search(r"2 images in [\d.]+ s, [\d.]+ images/s, peak memory [\d.]+ GiB of the process", output)
    assert "windows of 48 every 32 pixels, scales 0.5, 1, mirrored too, authors style; fp32 on cpu" in output
    kept = json.loads((tmp_path / "scores.json").read_text())
    assert Scores.from_dict(kept) == scores and kept["protocol"] == str(protocol)
    assert (tmp_path / "classes.csv").is_file() and not (tmp_path / "progress.json").exists()
    assert len(list((tmp_path / "predictions").iterdir())) == len(list((tmp_path / "overlays").iterdir())) == 2


def test_the_command_goes_on_where_it_was_interrupted(weights, scenes, tmp_path, capsys, monkeypatch):
    def interrupted(self, index, read=Cityscapes.__getitem__):
        if index == 1:
            raise KeyboardInterrupt
        return read(self, index)

    line = ("evaluate", weights, "--data", "cityscapes", "--root", scenes, "--device", "cpu", "--save", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Cityscapes, "__getitem__", interrupted)
        assert call(*line) == 130
    assert json.loads((tmp_path / "progress.json").read_text())["done"] == 1
    capsys.readouterr()
    assert call(*line) == 0
    output = capsys.readouterr().out
    whole = evaluate(network(), Cityscapes(scenes, "val"), progress=False)
    assert "1 images in " in output and numbers(output)["mIoU"] == round(100 * whole.miou, 1)


def test_how_a_file_is_upsampled_can_be_said(published, scenes, tmp_path):
    image = next(scenes.rglob("leftImg8bit/val/**/*.png"))
    weights = (load(published, align_corners=align).model for align in (False, True))
    expected = [logits(model, to_rgb(image), "fp32", Protocol(style="mmsegmentation")) for model in weights]
    assert not torch.allclose(*expected, atol=1e-3)
    for said, scores in (((), expected[0]), (("--align-corners", "True"), expected[1])):
        assert call("predict", published, image, "-o", tmp_path, "--data", "cityscapes", "--device", "cpu", *said) == 0
        written = Cityscapes.space.encode(np.array(Image.open(tmp_path / f"{image.stem}_labels.png")), "predicted")
        np.testing.assert_array_equal(written, scores.argmax(0).numpy())


def test_a_run_is_upsampled_as_it_was_trained(tmp_path, capsys):
    assert call("evaluate", tmp_path, "--align-corners", "False") == 2
    assert "is a run, which is tested as it was trained" in capsys.readouterr().err


def test_published_weights_bring_their_style(published, scenes, capsys):
    assert open_network(published, "cpu").protocol == Protocol(style="mmsegmentation")
    assert call("evaluate", published, "--data", "cityscapes", "--root", scenes, "--device", "cpu") == 0
    output = capsys.readouterr().out
    assert "ann_r50-d8.pth (mmsegmentation), on 2 images of generated stand-in scenes (val)" in output
    assert "mmsegmentation style" in output


@pytest.mark.parametrize(
    "options, said",
    [
        ((), "name it with --data (cityscapes, "),
        (("--data", "camvid"), "predicts 19 classes, but CamVid has 11"),
        (("--data", "citiscapes"), "no data set called 'citiscapes'"),
        (("--data", "cityscapes", "--root", "nowhere"), "nowhere"),
        (("--data", "cityscapes", "--root", "SCENES", "--split", "test"), "no public classes"),
        (("--data", "cityscapes", "--root", "SCENES", "--scales", "0"), "scales holds 0"),
        (("--data", "cityscapes", "--root", "SCENES", "--slide", "10", "20"), "stride"),
        (("--data", "cityscapes", "--root", "SCENES", "--sides", "20", "10"), "short <= long"),
        (("--data", "cityscapes", "--root", "SCENES", "--style", "tidy"), "style='tidy'"),
        (("--data", "cityscapes", "--root", "SCENES", "--precision", "int8"), "precision='int8'"),
        (("--data", "cityscapes", "--root", "SCENES", "--device", "cuda:77"), "device='cuda:77'"),
    ],
)
def test_a_mistake_in_the_options_is_one_paragraph(published, scenes, options, said, capsys):
    places = [scenes if option == "SCENES" else option for option in options]
    assert call("evaluate", published, *places) == 2
    captured = capsys.readouterr()
    assert said in captured.err and len(captured.err.strip().splitlines()) == 1 and captured.out == ""


def test_classes_in_another_order_are_refused():
    names = (*CITYSCAPES.classes[1::-1], *CITYSCAPES.classes[2:])
    given = Network(
        path=Path("file.pth"), model=network(), title="", notes=(), classes=names, data=None, protocol=Protocol(),
        precision="fp32",
    )  # fmt: skip
    with pytest.raises(ConfigError, match="class 0 is 'sidewalk', expected 'road'"):
        check_classes(given, CITYSCAPES)
    check_classes(replace(given, classes=tuple(name.upper() for name in names)), CITYSCAPES)  # others' own wording


def test_the_label_space_is_guessed_from_the_number_of_classes():
    def given(classes):
        return Network(
            path=Path("file.pth"), model=network(classes), title="", notes=(), classes=None, data=None,
            protocol=Protocol(), precision="fp32",
        )  # fmt: skip

    assert label_space(given(19), None) is CITYSCAPES and label_space(given(11), None) is CAMVID
    assert label_space(given(11), "camvid") is CAMVID
    for classes, name in ((21, None), (19, "camvid"), (19, "citiscapes")):
        with pytest.raises(ConfigError, match=", ".join(DATASETS) if name != "camvid" else "has 11"):
            label_space(given(classes), name)


@pytest.fixture
def pictures(tmp_path):
    """A folder of images as people have them."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    color = Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8))
    color.save(folder / "color.jpg")
    color.convert("L").save(folder / "grey.PNG")
    color.convert("RGBA").save(folder / "clear.png")
    color.crop((0, 0, 1, 1)).save(folder / "dot.png")
    turned = Image.Exif()
    turned[0x0112] = 6  # held upright
    color.save(folder / "turned.jpeg", exif=turned)
    (folder / "notes.txt").write_text("no image")
    return folder


def test_own_images_are_predicted_in_the_ids_of_the_data_set(weights, pictures, tmp_path, capsys):
    out = tmp_path / "deep" / "out"
    assert call("predict", weights, pictures, "-o", out, "--device", "cpu", "--flip") == 0
    names = ["clear", "color", "dot", "grey", "turned"]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"{name}_{kind}.png" for name in names for kind in ("labels", "overlay")
    )
    model = network()
    for path in find_images([pictures]):
        image = to_rgb(path)
        expected = CITYSCAPES.decode(predict(model, image, protocol=Protocol(flip=True)))
        with (
            Image.open(out / f"{path.stem}_labels.png") as labels,
            Image.open(out / f"{path.stem}_overlay.png") as shown,
        ):
            np.testing.assert_array_equal(np.asarray(labels), expected)
            assert labels.mode == "L" and shown.mode == "RGB" and shown.size == labels.size
    with Image.open(out / "turned_labels.png") as labels:
        assert labels.size == (40, 60)
    output = capsys.readouterr().out
    assert str(out / "dot_labels.png") in output and "ids and colours of Cityscapes" in output


def test_attention_is_a_page_of_all_blocks(weights, pictures, tmp_path):
    assert call("predict", weights, pictures / "color.jpg", "-o", tmp_path, "--attention", "--device", "cpu") == 0
    page = (tmp_path / "color_attention.html").read_text(encoding="utf-8")
    assert "<html" in page and "color.jpg" in page


def test_a_bad_image_is_named_and_leaves_nothing_half_written(weights, pictures, tmp_path, capsys):
    whole = (pictures / "color.jpg").read_bytes()
    (pictures / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    out = tmp_path / "out"
    assert call("predict", weights, pictures / "clear.png", pictures / "cut.jpg", "-o", out, "--device", "cpu") == 2
    assert "cut.jpg: cannot be read as an image" in capsys.readouterr().err
    assert sorted(path.name for path in out.iterdir()) == ["clear_labels.png", "clear_overlay.png"]


@pytest.mark.parametrize(
    "places, said",
    [
        (["nowhere.png"], "nowhere.png: does not exist"),
        (["pictures/notes.txt"], "notes.txt: cannot be read as an image"),
        (["empty"], "empty: this folder holds no image"),
        (["pictures", "pictures/color.jpg"], "color: several images have this name"),
    ],
)
def test_what_is_no_image_is_refused(weights, pictures, tmp_path, monkeypatch, places, said, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert call("predict", weights, *places, "-o", "out", "--device", "cpu") == 2
    assert said in capsys.readouterr().err


def test_arrays_of_other_kinds_are_refused():
    with pytest.raises(DataError, match="expected uint8"):
        to_rgb(np.zeros((4, 4, 3)), "mine")


def test_no_image_is_a_mistake(weights, tmp_path, capsys):
    assert call("predict", weights, "-o", tmp_path / "out", "--device", "cpu") == 2
    assert "No image to predict; expected image files or folders" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_a_damaged_image_is_told_the_same_whoever_reads_it(weights, scenes, tmp_path, workers, capsys):
    copy = shutil.copytree(scenes, tmp_path / "scenes")
    bad = sorted(copy.rglob("leftImg8bit/val/**/*.png"))[1]
    bad.write_bytes(bad.read_bytes()[:100])
    places = ("--data", "cityscapes", "--root", copy, "--workers", workers)
    assert call("evaluate", weights, *places, "--device", "cpu") == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("annn: ")]
    assert len(said) == 1 and said[0].startswith(f"annn: {bad}: this file cannot be decoded")
