"""NYUD-V2 is read as published; what is damaged, or of no known layout, ends in a DataError that says so."""

import hashlib
import multiprocessing
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layouts import (
    TEST,
    TRAIN,
    draw_frames,
    labels40,
    train_ids40,
    write_cmx,
    write_esanet,
    write_labeled,
    write_nyud,
    write_refinenet,
    write_splits,
)
from refusals import refuses

from annn.data import InMemory, NyuDepthV2, Sample, check
from annn.data.nyud.labels import NYUD, NYUD_894, NYUD_MAPPING, NYUD_MASKS
from annn.data.space import IGNORE

LABELED = "nyu_depth_v2_labeled.mat"


@pytest.fixture
def nyud(tmp_path: Path) -> Path:
    write_nyud(tmp_path)
    return tmp_path


# ---- classes


def test_the_mapping_is_the_published_one_byte_for_byte():
    digest = hashlib.sha256(bytes(NYUD_MAPPING)).hexdigest()
    assert digest == "9c75cdc1ff39748751966fe8d8493b1d2ca3acda9ec861b2f70f52221d65a7bd"
    assert [NYUD_MAPPING.count(label) for label in (1, 37, 38, 39, 40)] == [1, 1, 68, 82, 707]


def test_three_kinds_of_label_files_mean_the_same_classes():
    labels = np.arange(895, dtype=np.uint16)[None]
    expected = train_ids40(labels)
    assert (NYUD_894.encode(labels, "") == expected).all()
    assert (NYUD.encode(labels40(labels), "") == expected).all()
    assert (NYUD_MASKS.encode(labels40(labels) - 1, "") == expected).all()
    assert NYUD.classes == NYUD_MASKS.classes == NYUD_894.classes and len(set(NYUD.classes)) == 40
    assert (NYUD.classes[0], NYUD.classes[30], NYUD.classes[39]) == ("wall", "person", "otherprop")


# ---- the published file


def test_the_published_file_is_read_with_its_axes_turned_back(tmp_path: Path):
    images, labels = write_nyud(tmp_path)
    for split, numbers in {"train": TRAIN, "test": TEST}.items():
        dataset = NyuDepthV2(tmp_path, split)
        assert dataset.layout == LABELED and len(dataset) == len(numbers)
        for sample, number in zip(dataset, numbers, strict=True):  # numbers count from 1
            assert sample.name == f"{number:06}"
            assert (sample.image == images[number - 1]).all()
            assert (sample.label == train_ids40(labels[number - 1])).all()
            assert sample.label[0, :4].tolist() == [IGNORE, 0, 30, NYUD_MAPPING[893] - 1]
            assert sample.image.flags.c_contiguous and sample.image.flags.writeable


def test_the_fixture_has_the_user_block_of_matlab(nyud: Path):
    content = (nyud / LABELED).read_bytes()
    assert content.startswith(b"MATLAB 7.3 MAT-file") and content[512:520] == b"\x89HDF\r\n\x1a\n"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 999), gzip=st.sampled_from([None, "gzip"])
)
def test_whatever_is_drawn_is_what_is_read(tmp_path: Path, height: int, width: int, seed: int, gzip: str | None):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    labels = rng.integers(0, 895, (2, height, width), dtype=np.uint16)
    write_labeled(tmp_path / LABELED, images, labels, compression=gzip)
    write_splits(tmp_path / "splits.mat", (2,), (1,))
    for split, index in (("train", 1), ("test", 0)):
        sample = NyuDepthV2(tmp_path, split)[0]
        assert (sample.image == images[index]).all() and (sample.label == train_ids40(labels[index])).all()


def test_the_border_is_cropped_as_refinenet_does_unless_asked_not_to(tmp_path: Path):
    images, labels = draw_frames(1, (480, 640))
    write_labeled(tmp_path / LABELED, images, labels)
    write_splits(tmp_path / "splits.mat", (1,), (1,))
    refuses(lambda: NyuDepthV2(tmp_path, "train"), "in both")
    write_labeled(tmp_path / LABELED, np.repeat(images, 2, axis=0), np.repeat(labels, 2, axis=0))
    write_splits(tmp_path / "splits.mat", (1,), (2,))
    sample = NyuDepthV2(tmp_path, "train")[0]
    assert sample.label.shape == (468, 625) and sample.image.shape == (468, 625, 3)
    assert (sample.image == images[0, 6:474, 7:632]).all()
    assert (sample.label == train_ids40(labels[0, 6:474, 7:632])).all()
    assert NyuDepthV2(tmp_path, "train", crop=False)[0].label.shape == (480, 640)


@pytest.mark.parametrize("size", [(468, 625), (425, 560), (240, 320)])
def test_images_of_another_size_have_no_border_to_crop(tmp_path: Path, size: tuple[int, int]):
    write_labeled(tmp_path / LABELED, *draw_frames(2, size))
    write_splits(tmp_path / "splits.mat", (1,), (2,))
    assert NyuDepthV2(tmp_path, "train")[0].label.shape == size


def test_the_file_is_opened_when_it_is_read_and_anew_in_every_process(nyud: Path):
    dataset = NyuDepthV2(nyud, "train")
    (nyud / LABELED).rename(nyud / "elsewhere")  # nothing holds it open, so that it opens again
    refuses(lambda: dataset[0], "is missing")
    (nyud / "elsewhere").rename(nyud / LABELED)
    expected = dataset[0]
    copy = pickle.loads(pickle.dumps(dataset))
    assert (copy[0].label == expected.label).all()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        sample = pool.apply(dataset.__getitem__, (0,))
    assert isinstance(sample, Sample) and (sample.image == expected.image).all()


def test_a_forked_worker_opens_a_handle_of_its_own(nyud: Path, monkeypatch: pytest.MonkeyPatch):
    dataset = NyuDepthV2(nyud, "train")
    opened = []
    monkeypatch.setattr(
        h5py, "File", lambda *args, open=h5py.File, **options: opened.append(1) or open(*args, **options)
    )
    assert dataset[0].name and dataset[1].name and len(opened) == 1
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert dataset[0].name and dataset[1].name and len(opened) == 2


@pytest.mark.parametrize("dtype", [np.float64, np.uint16])
def test_splits_count_from_one_in_any_number_class(nyud: Path, dtype: type):
    write_splits(nyud / "splits.mat", dtype=dtype)
    assert [pair.name for pair in NyuDepthV2(nyud, "train").pairs] == ["000002", "000003", "000005"]


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        ((0, 1), (2,), ["trainNdxs", "holds 0", "counts from 1"]),
        ((1, 6), (2,), ["trainNdxs", "holds 6", "1..5"]),
        ((3, 1, 1), (2,), ["trainNdxs", "image 1 is listed a second time"]),
        ((1,), (1, 2), ["image 1 is in both"]),
        ((1,), (2.5,), ["testNdxs", "holds 2.5"]),
        ((1,), (np.nan,), ["testNdxs", "holds nan"]),
        ((), (1,), ["trainNdxs", "empty"]),
    ],
)
def test_splits_that_are_none_are_refused(nyud: Path, train: tuple, test: tuple, words: list[str]):
    write_splits(nyud / "splits.mat", train, test)
    refuses(lambda: NyuDepthV2(nyud, "train"), "splits.mat", *words)


def test_missing_splits_are_asked_for(nyud: Path):
    (nyud / "splits.mat").unlink()
    refuses(lambda: NyuDepthV2(nyud, "train"), "splits.mat", "missing", "nyuv2-meta-data")
    scipy.io.savemat(nyud / "splits.mat", {"trainNdxs": np.array([[1]])})
    refuses(lambda: NyuDepthV2(nyud, "train"), "splits.mat, field testNdxs", "missing")


def test_the_class_mapping_is_not_needed_but_must_not_contradict(nyud: Path):
    path = nyud / "classMapping40.mat"
    assert path in NyuDepthV2(nyud, "train").files()
    other = np.array([NYUD_MAPPING], dtype=np.uint8)
    other[0, 5] = 3
    for content in ({"mapClass": other}, {"mapClass": other[:, :13]}, {"className": other}):
        scipy.io.savemat(path, content)
        refuses(lambda: NyuDepthV2(nyud, "train"), "classMapping40.mat, field mapClass")
    path.unlink()
    assert len(NyuDepthV2(nyud, "train")) == 3


def rewrite(path: Path, change: Callable[[h5py.File], None]) -> None:
    with h5py.File(path, "r+") as file:
        change(file)


def replace(field: str, array: np.ndarray | None) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[field]
        if array is not None:
            file[field] = array

    return change


@pytest.mark.parametrize(
    ("field", "array", "words"),
    [
        ("images", None, ["is missing", "labels, names"]),
        ("labels", None, ["is missing"]),
        ("labels", np.zeros((5, 32, 24)), ["float64"]),
        ("images", np.zeros((5, 24, 32, 3), np.uint8), ["(5, 24, 32, 3)", "(5, 32, 24)", "order reversed"]),
        ("labels", np.zeros((4, 32, 24), np.uint16), ["(4, 32, 24)", "(n, width, height)"]),
        ("labels", np.zeros((5, 32), np.uint16), ["(5, 32)"]),
        ("names", np.zeros((1, 40)), ["(1, 40)", "894 names"]),
    ],
)
def test_a_field_that_is_mislabelled_or_of_another_size_is_named(
    nyud: Path, field: str, array: np.ndarray | None, words: list[str]
):
    rewrite(nyud / LABELED, replace(field, array))
    refuses(lambda: NyuDepthV2(nyud, "train"), LABELED, field, *words)


def test_sizes_that_no_memory_holds_are_refused_unread(nyud: Path):
    def grow(file: h5py.File) -> None:
        for field, middle, dtype in (("images", (3,), "uint8"), ("labels", (), "uint16")):
            del file[field]
            file.create_dataset(field, (5, *middle, 10**6, 10**6), dtype, chunks=(1, *middle, 64, 64))

    rewrite(nyud / LABELED, grow)
    refuses(lambda: NyuDepthV2(nyud, "train"), "images", "1000000", "640x480")


def test_a_label_beyond_the_names_is_refused_with_its_image(nyud: Path):
    def damage(file: h5py.File) -> None:
        file["labels"][4, 0, 0] = 895  # pyright: ignore[reportIndexIssue]

    rewrite(nyud / LABELED, damage)
    assert NyuDepthV2(nyud, "train")[0].name == "000002"
    refuses(lambda: NyuDepthV2(nyud, "train")[2], LABELED, "labels of image 5", "value 895", "0..894")


def test_an_interrupted_download_is_recognised_at_once(nyud: Path):
    whole = (nyud / LABELED).read_bytes()
    for length in (0, 100, 512, 600, len(whole) // 2, len(whole) - 1):
        (nyud / LABELED).write_bytes(whole[:length])
        refuses(lambda: NyuDepthV2(nyud, "train"), LABELED, "download it again")


def test_a_key_tells_splits_and_crops_apart_though_they_share_their_files(nyud: Path):
    train, test = NyuDepthV2(nyud, "train"), NyuDepthV2(nyud, "test")
    assert train.files() == test.files() and len(train.files()) == 3
    other = NyuDepthV2(nyud, "train", crop=False)
    assert len({tuple(dataset.identity()) for dataset in (train, test, other)}) == 3


# ---- for all layouts


def test_the_published_file_comes_before_what_was_made_of_it(nyud: Path):
    write_cmx(nyud)
    assert NyuDepthV2(nyud, "train").layout == LABELED


def test_a_folder_of_something_else_is_answered_with_all_layouts(tmp_path: Path):
    (tmp_path / "bathroom_0001").mkdir()
    refuses(lambda: NyuDepthV2(tmp_path, "train"), "bathroom_0001", LABELED, "train.nyu", "CMX", "ESANet", "2.8 GB")
    refuses(lambda: NyuDepthV2(tmp_path, "val"), "no split 'val'", "'train' or 'test'")


@pytest.mark.parametrize("write", [write_nyud, write_refinenet, write_cmx, write_esanet])
def test_the_report_names_the_layout(tmp_path: Path, write: Callable[[Path], object]):
    write(tmp_path)
    report = check("nyud", tmp_path)
    layout = NyuDepthV2(tmp_path, "train").layout
    assert report.usable and not report.complete and layout
    assert f"train  3 images with labels (published: 795), read from {layout}" in str(report)


def test_a_report_says_once_where_to_get_what_is_missing(nyud: Path):
    shutil.copy(nyud / LABELED, nyud / "other.mat")
    (nyud / "splits.mat").unlink()
    report = str(check("nyud", nyud))
    assert report.count("not usable") == 2 and report.count("2.8 GB") == 1


def test_in_memory_holds_the_published_file_too(nyud: Path):
    held = InMemory(NyuDepthV2(nyud, "train"))
    (nyud / LABELED).unlink()
    assert [sample.name for sample in held] == ["000002", "000003", "000005"]
