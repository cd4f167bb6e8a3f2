"""Stand-ins for ADE20K and PASCAL-Context: what is drawn is what the readers return, in the real sets' own files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat

from annn.data import Ade20k, PascalContext, check
from annn.data.ade20k import ADE20K
from annn.data.coco_stuff import COCO_STUFF
from annn.data.pascal_context import PASCAL_CONTEXT, PASCAL_CONTEXT_459, PASCAL_CONTEXT_LABELS
from annn.data.scenes import rooms, stuff
from annn.data.scenes.everyday import ade20k, pascal_context, write_ade20k, write_pascal_context
from annn.data.scenes.everyday.classes import ade20k_of_rooms, ade20k_of_stuff, context_of_stuff
from annn.data.scenes.rooms import ids
from annn.data.scenes.stuff.names import ID, NAMES
from annn.errors import ConfigError, DataError

SMALL = (60, 80)


@pytest.fixture(scope="module")
def ade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ade20k(tmp_path_factory.mktemp("ade") / "set", 6, 2, SMALL, seed=3, progress=False)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pascal_context(tmp_path_factory.mktemp("context") / "set", 4, 2, SMALL, seed=3, progress=False)


# ---- classes


def test_things_and_stuff_have_their_counterparts():
    table = ade20k_of_stuff()
    names = {name: ADE20K.classes[table[number] - 1] for name, number in ID.items() if table[number]}
    expected = {"sky-other": "sky", "person": "person", "couch": "sofa", "zebra": "animal", "floor-wood": "floor"}
    assert names.items() >= expected.items()
    assert "train" not in names and "snow" not in names  # none of the 150 classes
    table = context_of_stuff()
    names = {name: PASCAL_CONTEXT_LABELS[table[number] - 1] for name, number in ID.items() if table[number]}
    expected = {"airplane": "aeroplane", "tv": "tvmonitor", "umbrella": "umbrella", "snow": "snow", "sea": "water"}
    assert names.items() >= expected.items()


def test_no_id_is_gathered_twice_and_namesakes_stay_together():
    from annn.data.scenes.everyday import classes

    for gathered, targets in (
        (classes._ADE20K_OF_STUFF, ADE20K.classes),
        (classes._CONTEXT_OF_STUFF, PASCAL_CONTEXT_LABELS),
        (classes._ADE20K_OF_ROOMS, ADE20K.classes),
    ):
        assert set(gathered) <= set(targets)
        members = [member for group in gathered.values() for member in group]
        assert len(members) == len(set(members))
    for table, targets in ((ade20k_of_stuff(), ADE20K.classes), (context_of_stuff(), PASCAL_CONTEXT_LABELS)):
        assert table[0] == 0 and len(table) == len(NAMES) + 1
        for name in set(targets) & set(NAMES):
            assert targets[table[ID[name]] - 1] == name


def test_all_that_the_generators_draw_often_counts():
    """Of many scenes, the share of pixels with a class."""
    labels = [stuff.draw(0, index, SMALL).label for index in range(20)]
    assert np.mean([(ade20k_of_stuff()[label] > 0).mean() for label in labels]) > 0.85
    counted = [PASCAL_CONTEXT_459.encode(context_of_stuff()[label], "") > 0 for label in labels]
    assert np.mean([pixels.mean() for pixels in counted]) > 0.75
    drawn = [rooms.draw(0, index, SMALL).label for index in range(12)]
    assert np.mean([(ade20k_of_rooms()[label] > 0).mean() for label in drawn]) > 0.9
    assert len(ade20k_of_rooms()) == ids.COUNT + 1


def test_every_class_of_coco_stuff_has_a_label_of_pascal_context():
    assert (context_of_stuff()[list(COCO_STUFF.file_ids)] > 0).all()


# ---- files


def test_what_is_drawn_for_ade20k_is_what_the_reader_returns(ade: Path):
    for split, first in ade20k.FIRST_INDEX.items():
        dataset = Ade20k(ade, split)
        for number, sample in enumerate(dataset):
            image, drawn, _ = ade20k.draw(3, first + number, SMALL)
            assert sample.name == ade20k.stem(split, number)
            np.testing.assert_array_equal(sample.label, ADE20K.encode(drawn, "scene"))
            if number == 3:
                image = np.array(Image.fromarray(image).convert("L").convert("RGB"))
            assert np.abs(sample.image.astype(int) - image).mean() < 8
    assert check("ade20k", ade).usable and check("ade20k", ade).stand_in


@pytest.mark.parametrize("prepared", [False, True])
def test_what_is_drawn_for_pascal_context_is_what_the_reader_returns(tmp_path: Path, prepared: bool):
    root = write_pascal_context(tmp_path / "set", 2, 1, SMALL, seed=3, prepared=prepared, progress=False)
    for split, first in pascal_context.FIRST_INDEX.items():
        dataset = PascalContext(root, split)
        assert ("mmsegmentation" in str(dataset.layout)) == prepared
        for number, sample in enumerate(dataset):
            image, labels = pascal_context.draw(3, first + number, SMALL)
            assert sample.name == pascal_context.stem(split, number)
            expected = PASCAL_CONTEXT.encode(PASCAL_CONTEXT_459.encode(labels, ""), "")
            np.testing.assert_array_equal(sample.label, expected)
            assert np.abs(sample.image.astype(int) - image).mean() < 8
    assert check("pascal_context", root).stand_in


def test_files_of_ade20k_are_like_the_real_ones(ade: Path):
    with Image.open(ade / "annotations/training/ADE_train_00000001.png") as file:
        assert file.mode == "L"
    with Image.open(ade / "images/training/ADE_train_00000004.jpg") as file:
        assert file.format == "JPEG" and file.mode == "L"
    header, *rows = (ade / "objectInfo150.txt").read_text().splitlines()
    assert header == "Idx\tRatio\tTrain\tVal\tName" and len(rows) == 150
    cells = [row.split("\t") for row in rows]
    assert [cell[4] for cell in cells] == list(ADE20K.classes)
    assert sum(float(cell[1]) for cell in cells) == pytest.approx(1, abs=0.01)
    with_walls = sum((sample.label == 0).any() for sample in Ade20k(ade, "train"))
    assert int(cells[0][2]) == with_walls
    scenes = dict(line.split() for line in (ade / "sceneCategories.txt").read_text().splitlines())
    assert len(scenes) == 8 and scenes["ADE_train_00000002"] in rooms.KINDS
    assert sorted(path.name for path in ade.iterdir()) == [
        "annotations", "images", "objectInfo150.txt", "sceneCategories.txt", "stand_in.json",
    ]  # fmt: skip


def test_files_of_pascal_context_are_like_the_real_ones(context: Path):
    labels = loadmat(next((context / "trainval").glob("*.mat")))["LabelMap"]
    assert labels.dtype == np.uint16 and labels.ndim == 2 and labels.max() <= 459
    lines = (context / "labels.txt").read_text().splitlines()
    assert len(lines) == 459 and lines[1] == "2: aeroplane"
    assert (context / "ImageSets/Main/train.txt").read_text().splitlines()[0] == "2008_000002"
    assert len({sample.label.shape for sample in PascalContext(context, "train")}) > 1


@pytest.mark.parametrize("write", [write_ade20k, write_pascal_context])
def test_equal_numbers_make_equal_files(tmp_path: Path, write):
    first, again = (write(tmp_path / name, 1, 1, SMALL, seed=1, progress=False) for name in ("a", "b"))
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    for path in files:
        assert (first / path).read_bytes() == (again / path).read_bytes(), path


def test_writing_again_changes_nothing_and_another_set_is_refused(context: Path):
    before = {path: path.stat().st_mtime_ns for path in context.rglob("*")}
    write_pascal_context(context, 4, 2, SMALL, seed=3, progress=False)
    assert before == {path: path.stat().st_mtime_ns for path in context.rglob("*")}
    assert json.loads((context / "stand_in.json").read_text())["size"] == list(SMALL)
    for changes in ({"seed": 4}, {"seed": 3, "prepared": True}):
        with pytest.raises(DataError, match="another stand-in"):
            write_pascal_context(context, 4, 2, SMALL, progress=False, **changes)


@pytest.mark.parametrize("write", [write_ade20k, write_pascal_context])
@pytest.mark.parametrize("arguments", [(0, 1), (1, 0), (1, 1, (40, 64)), (1, 1, SMALL, -1)])
def test_impossible_sets_are_refused(tmp_path: Path, write, arguments: tuple):
    with pytest.raises(ConfigError):
        write(tmp_path / "set", *arguments)
    assert not (tmp_path / "set").exists()
