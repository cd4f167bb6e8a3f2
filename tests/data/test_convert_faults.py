"""Annotations that cannot be used are told in one paragraph, and nothing half-written is left."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotated import write_instances, write_panoptic, write_streets
from commands import call
from layouts import write_image

from annn.data.convert import convert, folder
from annn.errors import ConfigError, DataError

Faulty = Callable[[dict, Path], Any]


def content_of(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text())


def write_fault(fault: Faulty, kind: str, root: Path) -> tuple[Path, Path]:
    """A set with one fault; returns annotations and images."""
    if kind == "cityscapes":
        annotations, images = write_streets(root), root / "leftImg8bit"
        file = sorted(annotations.rglob("*.json"))[1]
    else:
        annotations = file = write_instances(root) if kind == "coco" else write_panoptic(root)[0]
        images = root / "images"
    content = content_of(file)
    text = fault(content, root)
    file.write_text(text if isinstance(text, str) else json.dumps(content))
    return annotations, images


def change(*path: Any) -> Faulty:
    """A fault: the last of the arguments in the place that the others name."""

    def fault(content: dict, _: Path) -> None:
        *parents, last, value = path
        target: Any = content
        for part in parents:
            target = target[part]
        if value is KeyError:
            del target[last]
        else:
            target[last] = value

    return fault


def segmentation(found: Any) -> Faulty:
    return change("annotations", 0, "segmentation", found)


def runs(counts: Any, size: tuple[int, int] = (24, 32)) -> Faulty:
    return segmentation({"size": list(size), "counts": counts})


def without(name: str) -> Faulty:
    return lambda _, root: (root / name).unlink()


def repainted(shape: tuple[int, ...]) -> Faulty:
    return lambda _, root: write_image(root / "panoptic/000001.png", np.zeros(shape, np.uint8))


COCO: dict[str, tuple[Faulty, str]] = {
    "broken": (lambda c, _: json.dumps(c)[:200], r"instances\.json: is no JSON \(.*cut off or damaged"),
    "list": (lambda *_: "[1, 2]", r"holds \[1, 2\]; expected an object"),
    "no images": (change("images", KeyError), r"images is missing; there are annotations, categories"),
    "image of nothing": (change("images", []), r"lists no image"),
    "no category": (change("categories", []), r"lists no category"),
    "not an object": (change("annotations", 0, 5), r"annotations\[0\]: is 5; expected an object"),
    "missing image": (without("images/000001.jpg"), r"000001\.jpg: does not exist.*image 1 of"),
    "image twice": (change("images", 2, "id", 1), r"images\[2\]: image 1 .* stands twice"),
    "same name": (change("images", 2, "file_name", "000001.png"), r"stands twice; expected each once"),
    "outside name": (change("images", 0, "file_name", "../a.jpg"), r"file_name is '\.\./a\.jpg'"),
    "other size": (change("images", 0, "width", 33), r"000001\.jpg: measures 32x24 .*says 33x24"),
    "no size": (change("images", 0, "width", 0), r"the size is 0x24"),
    "text as size": (change("images", 0, "width", "wide"), r'width is "wide"; expected a whole number'),
    "no image file": (lambda _, r: (r / "images/000001.jpg").write_text("x") and None, r"cannot be read as an image"),
    "category": (change("annotations", 0, "category_id", 77), r"has the category 77, which is none of the 3"),
    "category twice": (change("categories", 1, "id", 1), r"categories\[1\]: the id 1 stands twice"),
    "two names": (change("categories", 1, "name", "person"), r"two categories are called 'person'"),
    "category too large": (change("categories", 1, "id", 70000), r"is no value of a label map"),
    "one category": (lambda c, _: c.update(categories=c["categories"][:1], annotations=[]), r"expected 2 to 254"),
    "image id": (change("annotations", 0, "image_id", 9), r"is of image 9, which images does not list"),
    "polygon outside": (segmentation([[40, 1, 50, 1, 50, 5]]), r"reaches from \(40, 1\) .*outside of the image"),
    "polygon far": (segmentation([[1, 1, 1e9, 1, 5, 5]]), r"reaches from .*outside of the image"),
    "polygon short": (segmentation([[1, 1, 5, 1]]), r"expected 3 corners or more"),
    "polygon odd": (segmentation([[1, 1, 5, 1, 4, 4, 4]]), r"expected 3 corners or more"),
    "polygon of text": (segmentation([["a"] * 6]), r"expected 3 corners or more"),
    "polygon of NaN": (lambda c, _: json.dumps(c).replace("[[", "[[NaN, ", 1), r"expected 3 corners or more"),
    "polygon flat": (segmentation([1, 2, 3, 4, 5, 6]), r"expected 3 corners or more"),
    "no segmentation": (segmentation(KeyError), r"segmentation is missing"),
    "runs too long": (runs([5, 10**9]), r"they sum to 1000000005 pixels"),
    "runs negative": (runs([-5, 773]), r"-5 at least in each"),
    "runs of another size": (runs([768], (32, 24)), r"are of an image of \[32, 24\]"),
    "runs of nonsense": (runs("zzzz~"), r"run lengths cannot be read"),
    "runs cut off": (runs("o"), r"they end within a number"),
    "runs of no text": (runs("é"), r"run lengths cannot be read"),
    "runs of nothing": (runs(None), r"run lengths cannot be read"),
}
PANOPTIC: dict[str, tuple[Faulty, str]] = {
    "no PNGs": (lambda _, r: (r / "panoptic").rename(r / "other") and None, r"panoptic: does not exist.*PNGs of"),
    "no PNG": (without("panoptic/000001.png"), r"000001\.png: does not exist.*segments of image 1"),
    "segment": (change("annotations", 0, "segments_info", 0, "id", 8), r"holds the segment 7, which segments_info"),
    "category": (change("annotations", 0, "segments_info", 0, "category_id", 9), r"has the category 9"),
    "size": (repainted((9, 9, 3)), r"000001\.png: measures 9x9 .* says 32x24"),
    "grey": (repainted((24, 32)), r"an RGB image"),
    "two annotations": (lambda c, _: c["annotations"].append(c["annotations"][0]), r"has 2 annotations"),
}
CAR_OUTSIDE = {"label": "car", "polygon": [[70, 1], [80, 1], [80, 9]]}
STREETS: dict[str, tuple[Faulty, str]] = {
    "broken": (lambda *_: "{", r"aachen_000001.*polygons\.json: is no JSON"),
    "label": (change("objects", 0, "label", "dog"), r"objects\[0\]: the label 'dog' is none of the 35"),
    "size": (change("imgHeight", 41), r"measures 64x40 .* says 64x41"),
    "outside": (change("objects", 0, CAR_OUTSIDE), r"objects\[0\]: the polygon .*outside of the image"),
    "no objects": (change("objects", KeyError), r"objects is missing"),
    "no image": (without("leftImg8bit/ulm/ulm_000000_000019_leftImg8bit.png"), r"ulm.*json: there is no image"),
}
FAULTS = {
    f"{kind}: {name}": (kind, *fault)
    for kind, faults in {"coco": COCO, "coco-panoptic": PANOPTIC, "cityscapes": STREETS}.items()
    for name, fault in faults.items()
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_in_one_paragraph_and_leaves_nothing(name: str, tmp_path: Path, capsys) -> None:
    kind, fault, expected = FAULTS[name]
    annotations, images = write_fault(fault, kind, tmp_path / "source")
    out = tmp_path / "out"
    assert call("data", "convert", kind, out, "--all", annotations, images) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("annn: ")]
    assert len(said) == 1 and "expected" in said[0], said
    with pytest.raises(DataError, match=expected):
        convert(kind, out, {"": (annotations, images)}, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_place_that_is_missing_or_taken_is_told(tmp_path: Path, capsys) -> None:
    file = write_instances(tmp_path)
    images = tmp_path / "images"
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "a").touch()
    for out, annotations, folder_, expected in (
        ("out", "none.json", images, "none.json: does not exist"),
        ("out", file, "nowhere", "nowhere: does not exist"),
        ("out", images, images, "is a folder; "),
        ("taken", file, images, "taken: holds a; expected a new or an empty folder"),
    ):
        places = (tmp_path / annotations, tmp_path / folder_)
        assert call("data", "convert", "coco", tmp_path / out, "--all", *places) == 2
        assert expected in (said := capsys.readouterr().err) and "expected" in said
    assert not (tmp_path / "out").exists()
    (tmp_path / "taken" / "a").unlink()
    assert call("data", "convert", "coco", tmp_path / "taken", "--all", file, images) == 0


def test_impossible_combinations_are_told(tmp_path: Path) -> None:
    file, images = write_instances(tmp_path), tmp_path / "images"
    places = {"": (file, images)}
    for form, sources, options, expected in (
        ("yolo", places, {}, r"FORMAT='yolo' is not known; choose one of coco, coco-panoptic, cityscapes"),
        ("coco", {}, {}, r"annotations are of none; expected --train with --val or --test"),
        ("coco", {"train": places[""]}, {}, r"are of --train; expected"),
        ("coco", {"train": places[""], **places}, {}, r"are of --train, --all; expected"),
        ("coco", places, {"classes": file}, r"--classes .*leave the option out"),
        ("cityscapes", places, {"rest": "x"}, r"--rest x.*leave the option out"),
    ):
        with pytest.raises(ConfigError, match=expected):
            convert(form, tmp_path / "out", sources, progress=False, **options)
    with pytest.raises(ConfigError, match=r"--rest car: a category of .* has this name"):
        convert("coco", tmp_path / "out", places, rest="car", progress=False)
    other = content_of(file)
    other["categories"][0]["name"] = "robot"
    (tmp_path / "other.json").write_text(json.dumps(other))
    with pytest.raises(
        DataError, match=r"--val: its categories are not those of --train, such as 'person' with the id 1"
    ):
        sources = {"train": (file, images), "val": (tmp_path / "other.json", images)}
        convert("coco", tmp_path / "out", sources, progress=False)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "text", ["", "x", '[[class]]\nname = "a"', '[[class]]\nname = "a"\nid = 1\n' * 2, "[class]\nid = 1"]
)
def test_a_list_of_classes_that_is_none_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(text)
    places = (write_streets(tmp_path), tmp_path / "leftImg8bit")
    with pytest.raises(DataError, match=r"own\.toml.*: .*expected"):
        convert("cityscapes", tmp_path / "out", {"": places}, classes=tmp_path / "own.toml", progress=False)


def test_without_pycocotools_it_is_told_before_anything_is_read(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pycocotools", None)
    with pytest.raises(ConfigError, match=r"annn\[coco\]"):
        convert("coco", tmp_path / "out", {"": (tmp_path / "none.json", tmp_path)}, progress=False)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), SystemExit(143)])
def test_an_interruption_or_a_full_disk_leaves_nothing(
    error: BaseException, tmp_path: Path, monkeypatch, capsys
) -> None:
    file = write_instances(tmp_path / "source")
    write, written = folder._write, []

    def refuse(*args: Any) -> None:
        if written:
            raise error
        written.append(args)
        write(*args)

    monkeypatch.setattr(folder, "_write", refuse)
    status = call("data", "convert", "coco", tmp_path / "out", "--all", file, tmp_path / "source" / "images")
    assert status == {KeyboardInterrupt: 130, OSError: 2, SystemExit: 143}[type(error)]
    if isinstance(error, OSError):
        assert "out: could not be written (No space left on device)" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
