"""NYUD-V2 as people have prepared it is read from their lists; what does not fit together ends in a DataError."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from layouts import FRAME, TEST, TRAIN, train_ids40, write_cmx, write_esanet, write_image, write_refinenet
from refusals import refuses

from annn.data import NyuDepthV2, open_dataset
from annn.data.space import IGNORE


@pytest.mark.parametrize("prefix", ["", "/home/someone/nyud/", "./"])
def test_the_lists_of_refinenets_family_are_read_under_any_prefix(tmp_path: Path, prefix: str):
    images, labels = write_refinenet(tmp_path, prefix)
    for split, numbers in {"train": TRAIN, "test": TEST}.items():
        dataset = NyuDepthV2(tmp_path, split)
        assert "train.nyu" in str(dataset.layout)
        for sample, number in zip(dataset, numbers, strict=True):
            assert sample.name == f"{number:06}"
            assert (sample.image == images[number - 1]).all()  # cropped before: not cropped again
            assert (sample.label == train_ids40(labels[number - 1])).all()


@pytest.mark.parametrize("entry", ["{}", "RGB/{}.jpg", "/data/NYUDepthv2/RGB/{}.png", "RGB/{0}.jpg Label/{0}.png"])
@pytest.mark.parametrize("inside", ["", "NYUDepthv2"])
def test_the_layout_of_cmx_and_dformer_is_read(tmp_path: Path, entry: str, inside: str):
    images, labels = write_cmx(tmp_path / inside, entry)
    dataset = NyuDepthV2(tmp_path, "test")
    assert "CMX" in str(dataset.layout)
    assert [sample.name for sample in dataset] == ["0", "3"]
    assert all((dataset[i].image == images[n - 1]).all() for i, n in enumerate(TEST))
    assert all((dataset[i].label == train_ids40(labels[n - 1])).all() for i, n in enumerate(TEST))


def test_the_layout_of_esanet_is_read(tmp_path: Path):
    images, labels = write_esanet(tmp_path)
    dataset = open_dataset("nyud", tmp_path, "train")
    assert "ESANet" in str(dataset.layout)
    assert [sample.name for sample in dataset] == ["0002", "0003", "0005"]
    assert all((dataset[i].image == images[n - 1]).all() for i, n in enumerate(TRAIN))
    assert all((dataset[i].label == train_ids40(labels[n - 1])).all() for i, n in enumerate(TRAIN))


def test_labels_counted_from_the_wrong_number_are_explained(tmp_path: Path):
    write_cmx(tmp_path / "a")
    write_image(tmp_path / "a/Label/0.png", np.full(FRAME, IGNORE, np.uint8))
    refuses(lambda: NyuDepthV2(tmp_path / "a", "test")[0], "Label/0.png", "value 255", "classes from 0")
    write_refinenet(tmp_path / "b")
    write_image(tmp_path / "b/train_labels/000001.png", np.full((20, 31), 40, np.uint8))
    refuses(lambda: NyuDepthV2(tmp_path / "b", "test")[0], "000001.png", "value 40", "classes from 1")


@pytest.mark.parametrize(
    ("write", "file", "list_name"),
    [
        (write_refinenet, "train_labels/000003.png", "train.nyu, line 2"),
        (write_cmx, "RGB/2.png", "train.txt, line 2"),
        (write_esanet, "train/labels_40/0003.png", "train.txt, line 2"),
    ],
)
def test_prepared_files_that_a_list_names_must_exist(
    tmp_path: Path, write: Callable[[Path], object], file: str, list_name: str
):
    write(tmp_path)
    path = tmp_path / file
    path.unlink()
    refuses(lambda: NyuDepthV2(tmp_path, "train"), str(path.parent), f"'{path.stem}'", list_name)
    (tmp_path / list_name.split(",")[0]).unlink()
    refuses(lambda: NyuDepthV2(tmp_path, "train"), list_name.split(",")[0], "missing")


@pytest.mark.parametrize("line", ["train_images/000003.png", "a b c", "a/1.png b/2.png", "1.png 1.png"])
def test_lines_that_are_no_pair_are_quoted(tmp_path: Path, line: str):
    write_refinenet(tmp_path)
    (tmp_path / "train.nyu").write_text(line + "\n")
    refuses(lambda: NyuDepthV2(tmp_path, "train"), "train.nyu, line 1", line)


def test_sizes_that_differ_and_images_of_another_kind_are_refused(tmp_path: Path):
    write_esanet(tmp_path)
    write_image(tmp_path / "train/labels_40/0002.png", np.zeros((24, 30), np.uint8))
    refuses(lambda: NyuDepthV2(tmp_path, "train")[0], "0002.png", "30x24", "32x24")
    write_image(tmp_path / "train/labels_40/0002.png", np.zeros(FRAME, np.uint16))
    refuses(lambda: NyuDepthV2(tmp_path, "train")[0], "0002.png", "mode 'I;16'")
