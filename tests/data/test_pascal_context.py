"""PASCAL-Context is read from its own annotations and as others prepared them; what is damaged ends in a DataError."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from layouts import CONTEXT_MAPPING, CONTEXT_STEMS, context_index, write_context, write_image, write_label_map
from refusals import refuses

from annn.data import PascalContext, check, open_dataset
from annn.data.pascal_context import PASCAL_CONTEXT, PASCAL_CONTEXT_60, PASCAL_CONTEXT_459, PASCAL_CONTEXT_LABELS
from annn.data.space import IGNORE

LAYOUTS = {"published": "459", "prepared": "mmsegmentation", "copied": "authors"}
FIRST = CONTEXT_STEMS["train"][0]


@pytest.fixture
def context(tmp_path: Path) -> Path:
    write_context(tmp_path)
    return tmp_path


def annotation(root: Path) -> Path:
    return root / "trainval" / f"{FIRST}.mat"


# ---- classes


def test_the_59_classes_are_those_of_the_converters_by_number_and_of_the_labels_by_name():
    assert len(PASCAL_CONTEXT_LABELS) == len(set(PASCAL_CONTEXT_LABELS)) == 459
    assert len(PASCAL_CONTEXT.classes) == 59 and len(CONTEXT_MAPPING) == 60
    numbers = sorted(CONTEXT_MAPPING)[1:]
    assert PASCAL_CONTEXT.classes == tuple(PASCAL_CONTEXT_LABELS[number - 1] for number in numbers)
    assert PASCAL_CONTEXT_459.file_ids == (0, *numbers)
    assert [PASCAL_CONTEXT_LABELS[n - 1] for n in (1, 2, 284, 431, 459)] == [
        "accordion", "aeroplane", "person", "unknown", "wool",
    ]  # fmt: skip


def test_every_label_that_is_none_of_the_59_classes_is_background():
    labels = np.arange(460, dtype=np.uint16).reshape(20, 23)
    assert (PASCAL_CONTEXT_459.encode(labels, "all.mat") == context_index(labels)).all()
    assert PASCAL_CONTEXT_60.classes == PASCAL_CONTEXT_459.classes == ("background", *PASCAL_CONTEXT.classes)


# ---- reading


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_layouts_give_the_same_train_ids(tmp_path: Path, layout: str):
    drawn = write_context(tmp_path, layout)
    for split, stems in CONTEXT_STEMS.items():
        dataset = open_dataset("pascal_context", tmp_path, split)
        assert [sample.name for sample in dataset] == list(stems)
        for sample in dataset:
            index = context_index(drawn[sample.name])
            assert (sample.label == np.where(index == 0, IGNORE, index - 1)).all()
            assert sample.image.shape == (*sample.label.shape, 3) and sample.image.dtype == np.uint8
        assert LAYOUTS[layout] in (dataset.layout or "")
    assert LAYOUTS[layout] in str(check("pascal_context", tmp_path))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_background_can_be_a_class_of_its_own(tmp_path: Path, layout: str):
    drawn = write_context(tmp_path, layout)
    dataset = PascalContext(tmp_path, "train", background=True)
    assert dataset.space == PASCAL_CONTEXT_60 and PascalContext(tmp_path, "train").space == PASCAL_CONTEXT
    assert (dataset[0].label == context_index(drawn[FIRST])).all()


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float64])
@pytest.mark.parametrize("compress", [True, False])
def test_label_maps_read_alike_whatever_they_are_stored_as(context: Path, dtype: type, compress: bool):
    expected = PascalContext(context, "train")[0].label
    labels = scipy.io.loadmat(annotation(context))["LabelMap"]
    assert labels.dtype == np.uint16
    write_label_map(annotation(context), labels.astype(dtype), compress=compress)
    assert (PascalContext(context, "train")[0].label == expected).all()


@pytest.mark.parametrize("inside", ["VOC2010", "VOCdevkit/VOC2010"])
def test_the_folders_around_voc2010_are_accepted(tmp_path: Path, inside: str):
    write_context(tmp_path / inside)
    assert len(PascalContext(tmp_path, "train")) == 2


def test_own_annotations_come_first_and_the_converters_list_before_vocs(context: Path):
    write_context(context, "prepared")
    lists = context / "ImageSets"
    (lists / "SegmentationContext/train.txt").write_text(f"{FIRST}\n")
    dataset = PascalContext(context, "train")
    assert len(dataset) == 1 and dataset.pairs[0].label.suffix == ".mat"
    (lists / "SegmentationContext/train.txt").unlink()
    assert len(PascalContext(context, "train")) == 2


def test_labels_txt_is_optional_and_compared_where_it_is_there(context: Path):
    path = context / "labels.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:1] + lines[2:]))
    refuses(lambda: PascalContext(context, "train"), "labels.txt", "lacks 'aeroplane'", "'2: aeroplane'")
    path.write_text("\n".join(lines).replace("284: person", "285: person"))
    refuses(lambda: PascalContext(context, "train"), "labels.txt, line 284", "'person'", "285", "expected 284")
    path.write_text("\n".join([*lines, "285: person"]))  # the right number stands before
    refuses(lambda: PascalContext(context, "train"), "labels.txt, line 460", "'person'", "285", "expected 284")
    path.unlink()
    assert len(PascalContext(context, "train")) == 2


# ---- refusing


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.full((10, 14), 460, np.uint16), ["value 460", "0..459"]),
        (np.full((10, 14), -1, np.int16), ["value -1"]),
        (np.full((10, 14), 1.5), ["fractions"]),
        (np.full((10, 14), np.nan), ["fractions"]),
        (np.full((10, 14), 1e12), ["invalid labels"]),
        (np.zeros((10, 14, 2), np.uint16), ["measures 10x14x2"]),
        (np.zeros((0, 0), np.uint16), ["measures 0x0"]),
        (np.zeros((14, 10), np.uint16), ["10x14", "14x10", "equal sizes"]),
        (np.zeros((10, 14), complex), ["complex"]),
        (np.array(["a"]), ["char"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_label_map_that_is_none_is_refused_by_file_and_field(context: Path, labels: np.ndarray, words: list[str]):
    write_label_map(annotation(context), labels)
    where = "" if "equal sizes" in words else "field LabelMap"
    refuses(lambda: PascalContext(context, "train")[0], str(annotation(context)), where, *words)


def test_a_field_that_is_missing_is_named(context: Path):
    scipy.io.savemat(annotation(context), {"S": np.zeros((10, 14))})
    refuses(lambda: PascalContext(context, "train")[0], "field LabelMap", "missing")


def test_truncated_annotations_are_refused_wherever_they_end(context: Path):
    whole = annotation(context).read_bytes()
    for length in range(0, len(whole), 29):
        annotation(context).write_bytes(whole[:length])
        refuses(lambda: PascalContext(context, "train")[0], str(annotation(context)))


def test_prepared_label_maps_that_were_shifted_or_hold_459_labels_are_refused(tmp_path: Path):
    write_context(tmp_path, "prepared")
    path = tmp_path / "SegmentationClassContext" / f"{FIRST}.png"
    for value, word in ((255, "subtracted 1"), (60, "0..59")):
        write_image(path, np.full((10, 14), value, np.uint8))
        for dataset in (PascalContext(tmp_path, "train", background=background) for background in (False, True)):
            refuses(lambda dataset=dataset: dataset[0], str(path), f"value {value}", word)
    write_image(path, np.zeros((10, 14), np.uint16))
    refuses(lambda: PascalContext(tmp_path, "train")[0], str(path), "mode 'I;16'")


@pytest.mark.parametrize("folder", ["JPEGImages", "trainval"])
def test_files_that_a_list_names_must_exist(context: Path, folder: str):
    stem = CONTEXT_STEMS["train"][1]
    next((context / folder).glob(f"{stem}.*")).unlink()
    refuses(lambda: PascalContext(context, "train"), str(context / folder), stem, "train.txt, line 2", "VOCtrainval")


def test_lists_that_are_missing_or_damaged_are_named(context: Path):
    path = context / "ImageSets/Main/train.txt"
    path.write_text(f"{FIRST} -1\n")  # as PASCAL VOC's lists of one class have it
    refuses(lambda: PascalContext(context, "train"), "train.txt, line 1", f"{FIRST} -1", "expected the stem")
    path.write_text("\n")
    refuses(lambda: PascalContext(context, "train"), "train.txt", "empty")
    path.unlink()
    refuses(lambda: PascalContext(context, "train"), "train.txt", "missing", "holds val.txt", "voc2010")


def test_voc_without_context_is_refused_with_the_way_out(context: Path):
    shutil.rmtree(context / "trainval")
    refuses(lambda: PascalContext(context, "train"), str(context), "SegmentationClass and", "trainval.tar.gz")
    refuses(lambda: PascalContext(context, "test"), "no split 'test'", "'train' or 'val'")
    report = check("pascal_context", context)
    assert not report.usable and "data/README.md" in str(report)


def test_check_counts_both_splits(context: Path):
    report = check("pascal_context", context)
    assert report.usable and not report.complete
    assert "train  2 images with labels (published: 4998), read from trainval/*.mat" in str(report)
