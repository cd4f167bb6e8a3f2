"""Annotations of other formats become label maps as the formats' own code draws them."""

import contextlib
import io
import json
import tomllib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotated import CATEGORIES, SIZES, blob, encoded, run_list, write_instances, write_panoptic, write_streets
from cityscapesscripts.helpers.annotation import Annotation
from cityscapesscripts.preparation.json2labelImg import createLabelImage
from commands import call
from layouts import write_image
from PIL import Image

from annn.data.cityscapes import CITYSCAPES
from annn.data.convert import convert
from annn.data.convert.masks import mask_of, run_lengths


def read(path: Path) -> np.ndarray:
    with Image.open(path) as file:
        return np.asarray(file)


def entries(out: Path) -> list[dict[str, Any]]:
    return tomllib.loads((out / "classes.toml").read_text())["class"]


def test_instances_are_those_of_cocos_own_code_small_ones_on_top(tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    file, out = write_instances(tmp_path), tmp_path / "out"
    assert call("data", "convert", "coco", out, "--all", file, tmp_path / "images") == 0
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pycocotools' arrays and NumPy 2
        coco = COCO(file)
        for number, size in SIZES.items():
            expected = np.zeros(size, int)
            masks = [(coco.annToMask(a), a["category_id"]) for a in coco.imgToAnns[number]]
            for mask, category in sorted(masks, key=lambda pair: -int(pair[0].sum())):
                expected[mask > 0] = category
            name = Path(coco.imgs[number]["file_name"]).with_suffix("")
            found = read(out / "labels" / f"{name}.png")
            assert found.dtype == np.uint8 and (found == expected).all()
            assert (read(out / "images" / f"{name}.jpg") == read(tmp_path / "images" / f"{name}.jpg")).all()
    assert [(entry["name"], entry["id"], entry.get("ignore", False)) for entry in entries(out)] == [
        ("void", 0, True), *((name, number, False) for number, name in CATEGORIES.items())
    ]  # fmt: skip


def test_pixels_that_nobody_annotated_may_be_a_class(tmp_path: Path) -> None:
    file = write_instances(tmp_path)
    convert("coco", tmp_path / "out", {"": (file, tmp_path / "images")}, rest="background", progress=False)
    assert entries(tmp_path / "out")[0] == {"name": "background", "id": 0}


@pytest.mark.parametrize("seed", range(20))
def test_run_lengths_are_those_of_pycocotools(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = (int(rng.integers(1, 90)), int(rng.integers(1, 90)))
    mask = [blob(rng, size), np.ones(size, bool), np.zeros(size, bool), rng.random(size) > 0.5][seed % 4]
    assert run_lengths(encoded(mask)["counts"].encode()) == run_list(mask)
    for segmentation in (encoded(mask), {"size": list(size), "counts": run_list(mask)}):
        assert (mask_of({"segmentation": segmentation}, size, "x") == mask).all()


def test_panoptic_pngs_become_their_categories(tmp_path: Path) -> None:
    file, labels = write_panoptic(tmp_path)
    counts = convert("coco-panoptic", tmp_path / "out", {"": (file, tmp_path / "images")}, progress=False)
    assert counts == {"": 3}
    for number, expected in labels.items():
        (found,) = (tmp_path / "out" / "labels").rglob(f"{number:06}.png")
        assert (read(found) == expected).all()
    assert entries(tmp_path / "out")[1]["draw"] == [1, 2, 3]


def test_polygons_are_drawn_as_cityscapesscripts_draws_them(tmp_path: Path) -> None:
    annotations, out = write_streets(tmp_path), tmp_path / "out"
    places = (annotations, tmp_path / "leftImg8bit")
    assert convert("cityscapes", out, {"train": places, "val": places}, progress=False) == {"train": 3, "val": 3}
    files = sorted(annotations.rglob("*.json"))
    for file in files:
        annotation = Annotation()
        annotation.fromJsonFile(str(file))
        name = f"{file.parent.name}/{file.name.removesuffix('_gtFine_polygons.json')}"
        for split in ("train", "val"):
            assert (
                read(out / "labels" / split / f"{name}.png") == np.asarray(createLabelImage(annotation, "ids"))
            ).all()
            assert (out / "images" / split / f"{name}.png").is_symlink()
    found = {entry["id"]: None if entry.get("ignore") else entry["name"] for entry in entries(out)}
    wanted = {
        number: None if train == 255 else CITYSCAPES.classes[train] for number, train in CITYSCAPES.train_ids.items()
    }
    assert found == wanted


def test_polygons_of_ones_own_classes(tmp_path: Path) -> None:
    write_image(tmp_path / "images" / "a.png", np.zeros((10, 10, 3), np.uint8))
    (tmp_path / "polygons").mkdir()
    whole = [[0, 0], [9, 0], [9, 4], [0, 4]]
    content = {"imgHeight": 10, "imgWidth": 10, "objects": [{"label": "roof", "polygon": whole}]}
    (tmp_path / "polygons" / "a_polygons.json").write_text(json.dumps(content))
    (tmp_path / "own.toml").write_text('[[class]]\nname = "roof"\nid = 700\n[[class]]\nname = "tree"\nid = 2\n')
    words = ("data", "convert", "cityscapes", tmp_path / "out", "--all", tmp_path / "polygons", tmp_path / "images")
    assert call(*words, "--classes", tmp_path / "own.toml", "--copy") == 0
    label = read(tmp_path / "out" / "labels" / "a.png")
    assert label.dtype == np.uint16 and (label[:5] == 700).all() and (label[5:] == 0).all()  # more than 8 bits
    assert entries(tmp_path / "out")[-1] == {"name": "void", "id": 0, "ignore": True}
    assert not (tmp_path / "out" / "images" / "a.png").is_symlink()
