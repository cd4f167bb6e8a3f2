"""COCO-Stuff-10K v1.1 is read as published; what is not v1.1, or damaged, ends in a DataError that says so."""

import hashlib
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from layouts import COCO_NAMES, COCO_STEMS, cell, write_annotation, write_coco, write_image
from PIL import Image
from refusals import refuses

from annn.data import CocoStuff, check, open_dataset
from annn.data.coco_stuff import COCO_STUFF, COCO_STUFF_UNUSED
from annn.data.mat5 import read_mat
from annn.data.nyud.labels import NYUD
from annn.data.space import IGNORE


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    write_coco(tmp_path)
    return tmp_path


def annotation(root: Path, number: int = 0) -> Path:
    return root / "annotations" / f"{COCO_STEMS[number]}.mat"


# ---- classes


def test_171_classes_are_80_things_and_91_kinds_of_stuff():
    assert len(COCO_STUFF.classes) == len(set(COCO_STUFF.classes)) == 171
    assert sum(file_id <= 91 for file_id in COCO_STUFF.file_ids) == 80
    assert COCO_STUFF.file_ids == tuple(sorted(COCO_STUFF.file_ids))
    named = dict(zip(COCO_STUFF.classes, COCO_STUFF.file_ids, strict=True))
    assert [named[name] for name in ("person", "fire hydrant", "stop sign", "toothbrush", "banner", "wood")] == [
        1, 11, 13, 90, 92, 182,
    ]  # fmt: skip


def test_unlabeled_and_the_eleven_ids_that_coco_never_used_are_ignored():
    ignored = {file_id for file_id, train_id in COCO_STUFF.train_ids.items() if train_id == IGNORE}
    assert ignored == {0, *COCO_STUFF_UNUSED} and len(ignored) == 12
    assert set(COCO_STUFF.train_ids) == set(range(183))


def test_the_palette_is_fixed_and_keeps_its_colours_apart():
    assert COCO_STUFF.colors[:3] == ((0, 0, 255), (0, 255, 0), (255, 0, 0))
    assert COCO_STUFF.colors[:40] == NYUD.colors
    colors = np.array(COCO_STUFF.colors, dtype=int)
    apart = np.abs(colors[:, None] - colors).sum(axis=-1) + 999 * np.eye(len(colors), dtype=int)
    assert apart.min() >= 21  # one step of the grid
    assert hashlib.sha256(colors.astype(np.uint8).tobytes()).hexdigest().startswith("6c177b8a7669")


# ---- reading


def test_pairs_are_read_in_the_order_of_the_list_with_train_ids(tmp_path: Path):
    drawn = write_coco(tmp_path)
    for split, stems in {"train": COCO_STEMS[:2], "test": COCO_STEMS[2:], "all": COCO_STEMS}.items():
        dataset = open_dataset("cocostuff10k", tmp_path, split)
        assert [sample.name for sample in dataset] == list(stems)
        for sample in dataset:
            assert (sample.label == COCO_STUFF.encode(drawn[sample.name], "")).all()
            assert sample.image.shape == (*sample.label.shape, 3) and sample.image.dtype == np.uint8
    assert len(set(dataset.files())) == 8


def test_doubles_and_bytes_read_alike(coco: Path):
    ids = np.arange(183, dtype=np.uint8).reshape(3, 61)
    write_image(coco / "images" / f"{COCO_STEMS[0]}.jpg", np.zeros((3, 61, 3), np.uint8))
    labels = []
    for dtype in (np.uint8, np.uint16, np.float64):
        for compress in (False, True):
            write_annotation(annotation(coco), ids.astype(dtype), compress=compress)
            labels.append(CocoStuff(coco, "train")[0].label)
    assert all((label == COCO_STUFF.encode(ids, "")).all() for label in labels)


def test_a_grey_photograph_becomes_rgb(coco: Path):
    path = coco / "images" / f"{COCO_STEMS[2]}.jpg"
    with Image.open(path) as file:
        assert file.mode == "L"
        grey = np.array(file)
    assert (CocoStuff(coco, "test")[0].image == grey[:, :, None]).all()


@pytest.mark.parametrize("size", [(320, 1), (7, 640), (213, 320)])
def test_images_smaller_than_a_crop_are_read_as_they_are(tmp_path: Path, size: tuple[int, int]):
    write_coco(tmp_path, size)
    assert CocoStuff(tmp_path, "test")[1].image.shape == (*size, 3)


@pytest.mark.parametrize("prefix", ["/data/coco/images/", "images/", "./"])
def test_lists_read_alike_under_any_prefix_and_line_ending(tmp_path: Path, prefix: str):
    write_coco(tmp_path, prefix=prefix)
    path = tmp_path / "imageLists/train.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b".jpg\r\n") + b"\r\n")
    assert [pair.name for pair in CocoStuff(tmp_path, "train").pairs] == list(COCO_STEMS[:2])


def test_another_wording_of_an_unused_name_is_accepted(coco: Path):
    names = [{"eye glasses": "eyeglasses", "mirror": "mirror-things"}.get(name, name) for name in COCO_NAMES]
    write_annotation(annotation(coco, 1), np.ones((14, 10)), tuple(names))
    assert (CocoStuff(coco, "train")[1].label == 0).all()


# ---- refusing


def test_version_1_0_is_recognised_and_refused_with_the_way_out(coco: Path):
    write_annotation(annotation(coco), np.ones((10, 14)), ("unlabeled", *COCO_STUFF.classes))
    path = str(annotation(coco))
    refuses(lambda: CocoStuff(coco, "train")[0], path, "172", "v1.0", "convertAnnotationsToVersion11")


def test_names_in_another_order_or_number_are_refused(coco: Path):
    swapped = ("bicycle", "person", *COCO_NAMES[2:])
    write_annotation(annotation(coco), np.ones((10, 14)), swapped)
    refuses(lambda: CocoStuff(coco, "train")[0], "field names", "entry 1 is 'bicycle'", "entry 2 of v1.1")
    write_annotation(annotation(coco), np.ones((10, 14)), COCO_NAMES[:90])
    refuses(lambda: CocoStuff(coco, "train")[0], "field names", "has 90 entries")
    scipy.io.savemat(annotation(coco), {"S": np.ones((10, 14)), "names": np.arange(182)})
    refuses(lambda: CocoStuff(coco, "train")[0], "field names", "not a cell")


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (np.full((10, 14), 183, np.uint8), ["value 183", "0..182"]),
        (np.full((10, 14), -1, np.int16), ["value -1"]),
        (np.full((10, 14), 1.5), ["fractions"]),
        (np.full((10, 14), np.nan), ["fractions"]),
        (np.full((10, 14), 1e9), ["invalid labels"]),
        (np.zeros((10, 14, 2)), ["measures 10x14x2"]),
        (np.zeros((14, 10)), ["10x14", "14x10", "equal sizes"]),
        (np.zeros((10, 14), complex), ["complex"]),
        ("S", ["char"]),
        ({"a": 1}, ["struct"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_label_map_that_is_none_is_refused_by_file_and_field(coco: Path, ids: object, words: list[str]):
    write_annotation(annotation(coco), np.zeros((1, 1)), S=ids)
    where = "" if "equal sizes" in words else "field S"
    refuses(lambda: CocoStuff(coco, "train")[0], str(annotation(coco)), where, *words)


def test_fields_that_are_missing_are_named(coco: Path):
    scipy.io.savemat(annotation(coco), {"S": np.zeros((10, 14))})
    refuses(lambda: CocoStuff(coco, "train")[0], "field names", "missing")
    scipy.io.savemat(annotation(coco), {"names": cell(COCO_NAMES)})
    refuses(lambda: CocoStuff(coco, "train")[0], "field S", "missing")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["header", "0 bytes"]),
        (b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n", ["v7.3", "-v7"]),
        (b"version https://git-lfs.github.com/spec/v1\n".ljust(200), ["not a MAT v5 header"]),
        (b"\x00\x00\x03\xe8".ljust(200, b"\x00"), ["not a MAT v5 header"]),
    ],
)
def test_a_file_of_another_kind_is_refused(coco: Path, content: bytes, words: list[str]):
    annotation(coco).write_bytes(content)
    refuses(lambda: CocoStuff(coco, "train")[0], str(annotation(coco)), *words)


def test_a_truncated_annotation_is_refused_wherever_it_ends(coco: Path):
    whole = annotation(coco).read_bytes()
    for length in range(0, len(whole) - 400, 97):  # the last 400 bytes hold a field that is not needed
        annotation(coco).write_bytes(whole[:length])
        refuses(lambda: CocoStuff(coco, "train")[0], str(annotation(coco)))


def test_a_variable_that_announces_gigabytes_allocates_nothing(coco: Path):
    header = annotation(coco).read_bytes()[:128]
    start = struct.pack("<IIIIII", 6, 8, 6, 0, 5, 8) + struct.pack("<iiII", 2**15, 2**15, 0x10001, ord("S"))
    content = zlib.compress(struct.pack("<II", 14, 2**30) + start.ljust(4096, b"\0"))
    annotation(coco).write_bytes(header + struct.pack("<II", 15, len(content)) + content)
    refuses(lambda: CocoStuff(coco, "train")[0], "field S", f"claims {2**30} bytes")


@pytest.mark.parametrize("folder", ["images", "annotations"])
def test_files_that_a_list_names_must_exist(coco: Path, folder: str):
    next((coco / folder).glob(f"{COCO_STEMS[1]}.*")).unlink()
    refuses(lambda: CocoStuff(coco, "train"), str(coco / folder), COCO_STEMS[1], "train.txt, line 2", "nightrome")
    shutil.rmtree(coco / folder)
    refuses(lambda: CocoStuff(coco, "train"), COCO_STEMS[0], "0 files are there")


def test_lists_that_are_missing_or_damaged_are_named(coco: Path):
    path = coco / "imageLists/train.txt"
    path.write_text(f"\n{COCO_STEMS[0]} {COCO_STEMS[1]}\n")
    refuses(lambda: CocoStuff(coco, "train"), "train.txt, line 2", "expected a stem")
    path.write_text("\n \n")
    refuses(lambda: CocoStuff(coco, "train"), "train.txt", "empty")
    path.write_bytes(b"\xff\xfe\x00")
    refuses(lambda: CocoStuff(coco, "train"), "train.txt", "cannot be read as text")
    path.unlink()
    refuses(lambda: CocoStuff(coco, "train"), "train.txt", "missing", "holds all.txt, test.txt", "2.0 GB")
    shutil.rmtree(path.parent)
    refuses(lambda: CocoStuff(coco, "train"), "imageLists", "does not exist", "holds annotations, images")
    refuses(lambda: CocoStuff(coco, "val"), "no split 'val'", "'train', 'test' or 'all'")


def test_check_counts_both_splits(coco: Path):
    report = check("cocostuff10k", coco)
    assert report.usable and not report.complete
    assert "train  2 images with labels (published: 9000)" in str(report)
    annotation(coco, 2).write_bytes(b"")
    assert "test   not usable" in str(check("cocostuff10k", coco))


# ---- MAT v5


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=arrays.arrays(
        st.sampled_from([np.uint8, np.uint16, np.int16, np.float32, np.float64]),
        arrays.array_shapes(min_dims=2, max_dims=3, max_side=9),
        elements=st.integers(0, 182),
    ),
    words=st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1), max_size=5),
    compress=st.booleans(),
)
def test_what_scipy_writes_is_what_is_read(tmp_path: Path, ids: np.ndarray, words: list[str], compress: bool):
    path = tmp_path / "any.mat"
    scipy.io.savemat(path, {"before": 1, "ids": ids, "words": cell(words), "after": ids}, do_compression=compress)
    found = read_mat(path, "ids", "words", "nothing")
    assert set(found) == {"ids", "words"}
    assert np.array_equal(found["ids"], ids) and found["ids"].dtype == ids.dtype
    assert found["words"] == words


def test_files_that_matlab_wrote_read_as_scipy_reads_them():
    folder = Path(scipy.io.__file__).parent / "matlab/tests/data"
    compared = 0
    for path in sorted(folder.glob("test[!h]*_[67]*.mat")):  # MATLAB 6 and 7, of either byte order
        for name, _, kind in scipy.io.whosmat(path):
            if kind in ("double", "single", "int8", "uint8", "uint16"):
                expected = scipy.io.loadmat(path)[name]
                if not np.iscomplexobj(expected):
                    assert np.array_equal(read_mat(path, name)[name], expected), path
                    compared += 1
    assert compared > 8 or not folder.is_dir()  # a scipy without its tests has no such files
