"""What is known of a data set stands in its reader, whole, and nothing else has to name it."""

import inspect
import pkgutil
import subprocess
import sys

import pytest

from annn.data import DATASETS, NyuDepthV2, in_words, reader, space_of
from annn.data.config import DataConfig
from annn.data.files import FileDataset
from annn.data.open import generator_of
from annn.errors import DataError

SETS = pytest.mark.parametrize("kind", DATASETS.values(), ids=DATASETS.keys())


@SETS
def test_a_reader_says_all_that_is_asked_of_a_data_set(kind: type[FileDataset]) -> None:
    assert reader(kind.name) is kind
    assert kind.test_split in kind.splits and "train" in kind.splits and set(kind.official) <= set(kind.splits)
    assert kind.source and kind.citation and kind.space.name
    assert list(kind.crops) == ["quick", "evening", "standard"]
    for crop in kind.crops.values():
        assert 0 < crop.scale[0] < crop.scale[1] and crop.scale[0] <= crop.test_scale <= crop.scale[1]
        assert all(side > 0 for side in crop.size)
    weights = kind.space.class_weights
    assert weights is None or len(weights) == len(kind.space.classes)


@SETS
def test_what_draws_a_stand_in_can_be_imported_and_called(kind: type[FileDataset]) -> None:
    if kind.generator is None:
        with pytest.raises(DataError, match=f"{kind.name}: no scenes are generated"):
            generator_of(kind.name)
        return
    generator = generator_of(kind.name)
    writer = pkgutil.resolve_name(generator.writer)
    asked = {"train", "val", "size", "seed", "workers", "progress"}
    assert callable(writer) and asked <= inspect.signature(writer).parameters.keys()
    assert tuple(generator.sizes) == ("quick", "standard") and generator.scenes("evening") == generator.scenes("quick")
    for scenes in generator.sizes.values():
        assert scenes.train >= scenes.val > 0 and generator.name(scenes).startswith(f"{generator.folder}-")


def test_no_two_data_sets_share_a_name_or_the_folder_of_their_stand_in() -> None:
    folders = [kind.generator.folder for kind in DATASETS.values() if kind.generator]
    assert len(set(folders)) == len(folders)
    assert list(DATASETS) == [kind.name for kind in DATASETS.values()] and "image-folder" not in DATASETS


def test_readers_do_not_import_what_draws() -> None:
    code = "import sys, annn.data.open; print([name for name in sys.modules if name.startswith('annn.data.scenes')])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_data_set_in_words() -> None:
    assert in_words(DataConfig(name="camvid", val="test"), False) == "CamVid test"
    assert in_words(DataConfig(), True) == "generated street scenes"
    assert in_words(DataConfig(name="camvid"), True) == "a stand-in for CamVid"  # somebody else's


def test_a_split_of_ones_own_does_not_pass_as_the_published_one() -> None:
    rooms = DataConfig(name="nyud", val="test")
    assert in_words(rooms, False, {"train": 795, "val": 654}) == "NYUD-V2 test"
    assert in_words(rooms, False, {"train": 439, "val": 215}) == "NYUD-V2, own split 439/215"
    assert in_words(rooms, False, {"val": 215}) == "NYUD-V2, own split 215"
    assert in_words(rooms, True, {"train": 439, "val": 215}) == NyuDepthV2.generator.words


def test_a_label_space_by_its_number_of_classes() -> None:
    spaces = [space_of(count) for count in (19, 11, 60)]
    assert [space.name for space in spaces if space] == ["Cityscapes", "CamVid", "PASCAL-Context with background"]
    assert space_of(7) is None
