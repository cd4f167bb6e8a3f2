"""ADE20K's scene parsing challenge is read as published; what is damaged or another set ends in a DataError."""

import hashlib
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from layouts import write_ade, write_image
from PIL import Image
from refusals import refuses

from annn.data import Ade20k, check, open_dataset
from annn.data.ade20k import ADE20K
from annn.data.space import IGNORE


@pytest.fixture
def ade(tmp_path: Path) -> Path:
    write_ade(tmp_path)
    return tmp_path


def label_path(root: Path, number: int = 1) -> Path:
    return root / "annotations/training" / f"ADE_train_{number:08}.png"


# ---- classes


def test_150_classes_are_numbered_as_the_challenge_numbers_them():
    assert len(ADE20K.classes) == len(set(ADE20K.classes)) == 150
    assert ADE20K.file_ids == tuple(range(1, 151))
    named = dict(zip(ADE20K.classes, ADE20K.file_ids, strict=True))
    known = {
        "wall": 1,
        "sky": 3,
        "person": 13,
        "car": 21,
        "sofa": 24,
        "toilet": 66,
        "bus": 81,
        "animal": 127,
        "flag": 150,
    }
    assert {name: named[name] for name in known} == known


def test_0_is_ignored_and_every_id_is_another_class():
    ids = np.arange(151, dtype=np.uint8).reshape(1, -1)
    train = ADE20K.encode(ids, "all.png")
    assert train[0, 0] == IGNORE and train[0, 1:].tolist() == list(range(150))
    assert (ADE20K.decode(train) == ids).all()


def test_the_palette_is_the_usual_one_in_which_road_and_skyscraper_are_alike():
    assert ADE20K.colors[:3] == ((120, 120, 120), (180, 120, 120), (6, 230, 230)) and ADE20K.colors[-1] == (92, 0, 255)
    (twice,) = (color for color, times in Counter(ADE20K.colors).items() if times > 1)
    alike = [name for name, color in zip(ADE20K.classes, ADE20K.colors, strict=True) if color == twice]
    assert alike == ["road", "skyscraper"] and len(set(ADE20K.colors)) == 149
    digest = hashlib.sha256(np.array(ADE20K.colors, dtype=np.uint8).tobytes()).hexdigest()
    assert digest.startswith("ce475c915103")


# ---- reading


@pytest.mark.parametrize("copied", [False, True], ids=["published", "authors' copy"])
def test_pairs_are_read_in_order_with_train_ids(tmp_path: Path, copied: bool):
    drawn = write_ade(tmp_path, copied=copied)
    for split, count in (("train", 3), ("val", 1)):
        dataset = open_dataset("ade20k", tmp_path, split)
        assert [sample.name for sample in dataset] == [f"ADE_{split}_{n + 1:08}" for n in range(count)]
        for sample in dataset:
            expected = drawn[sample.name].astype(int) - 1
            assert (sample.label == np.where(expected < 0, IGNORE, expected)).all()
            assert sample.image.shape == (*sample.label.shape, 3) and sample.image.dtype == np.uint8
        assert ("authors" in (dataset.layout or "")) == copied


def test_a_grey_photograph_becomes_rgb(ade: Path):
    path = ade / "images/training/ADE_train_00000002.jpg"
    with Image.open(path) as file:
        assert file.mode == "L"
        grey = np.array(file)
    assert (Ade20k(ade, "train")[1].image == grey[:, :, None]).all()


def test_a_label_map_without_any_class_counts_nowhere(ade: Path):
    assert (Ade20k(ade, "train")[2].label == IGNORE).all()


def test_the_folder_around_the_data_set_is_accepted(tmp_path: Path):
    write_ade(tmp_path / "ADEChallengeData2016")
    assert len(Ade20k(tmp_path, "train")) == 3 and check("ade20k", tmp_path).usable


def test_files_beside_the_pairs_are_left_alone(ade: Path):
    (ade / "images/training/._ADE_train_00000001.jpg").write_bytes(b"macOS")
    (ade / "annotations/training/notes.txt").write_text("mine")
    assert len(Ade20k(ade, "train")) == 3


def test_check_counts_both_splits(ade: Path):
    report = check("ade20k", ade)
    assert report.usable and not report.complete and not report.stand_in
    assert "train  3 images with labels (published: 20210)" in str(report)
    assert "val    1 images with labels (published: 2000)" in str(report)


# ---- refusing


def test_label_maps_that_were_shifted_are_recognised(ade: Path):
    write_image(label_path(ade), np.full((10, 14), 255, np.uint8))
    refuses(lambda: Ade20k(ade, "train")[0], str(label_path(ade)), "value 255", "0..150", "subtracted 1")
    write_image(label_path(ade), np.full((10, 14), 151, np.uint8))
    refuses(lambda: Ade20k(ade, "train")[0], "value 151")


def test_label_maps_of_another_kind_are_refused(ade: Path):
    write_image(label_path(ade), np.zeros((10, 14, 3), np.uint8))
    refuses(lambda: Ade20k(ade, "train")[0], str(label_path(ade)), "mode 'RGB'", "single-channel 8-bit")


def test_sizes_that_differ_are_given_both(ade: Path):
    write_image(label_path(ade), np.zeros((14, 10), np.uint8))
    refuses(lambda: Ade20k(ade, "train")[0], "10x14", "14x10", "equal sizes")


def test_truncated_files_are_named(ade: Path):
    for path in (label_path(ade), ade / "images/training/ADE_train_00000001.jpg"):
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        refuses(lambda: Ade20k(ade, "train")[0], str(path), "cannot be decoded", "restore it")
        path.write_bytes(whole)


def test_files_without_counterpart_are_named(ade: Path):
    label_path(ade, 2).unlink()
    photograph = str(ade / "images/training/ADE_train_00000002.jpg")
    refuses(lambda: Ade20k(ade, "train"), photograph, "has no label map", "3 photographs, 2 label maps")
    shutil.rmtree(ade / "images/training")
    refuses(lambda: Ade20k(ade, "train"), "images/training", "does not exist", "holds validation")
    (ade / "images/training").mkdir()
    refuses(lambda: Ade20k(ade, "train"), str(label_path(ade, 1)), "has no photograph", "and 1 more have none")
    shutil.rmtree(ade / "annotations/training")
    (ade / "annotations/training").mkdir()
    refuses(lambda: Ade20k(ade, "train"), "ADE20K train is empty", "ADEChallengeData2016.zip")


def test_the_full_ade20k_and_folders_of_anything_are_refused_with_the_way_out(tmp_path: Path):
    write_image(tmp_path / "images/training/a/abbey/ADE_train_00000001_seg.png", np.zeros((4, 4, 3), np.uint8))
    refuses(lambda: Ade20k(tmp_path, "train"), str(tmp_path), "found images", "full ADE20K", "ADEChallengeData2016.zip")
    refuses(lambda: Ade20k(tmp_path / "none", "train"), "does not exist", "sceneparsing")


def test_the_test_split_is_refused_with_the_reason(ade: Path):
    refuses(lambda: Ade20k(ade, "test"), "'test'", "no public label maps", "'train' or 'val'")
    refuses(lambda: Ade20k(ade, "training"), "no split 'training'", "'train' or 'val'")
