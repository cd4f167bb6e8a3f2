"""File ids and train ids are two names of the same pixels."""

import pickle

import numpy as np
import pytest
from cityscapesscripts.helpers.labels import labels as official_labels
from hypothesis import given, settings
from hypothesis import strategies as st

from annn.data.camvid import CAMVID
from annn.data.cityscapes import CITYSCAPES, CITYSCAPES_LABELS
from annn.data.coco_stuff import COCO_STUFF
from annn.data.nyud.labels import NYUD, NYUD_894, NYUD_MASKS
from annn.data.pascal_context import PASCAL_CONTEXT
from annn.data.space import IGNORE, LabelSpace
from annn.errors import DataError

SPACES = pytest.mark.parametrize(
    "space",
    [CITYSCAPES, CAMVID, COCO_STUFF, NYUD, NYUD_MASKS, NYUD_894, PASCAL_CONTEXT],
    ids=["Cityscapes", "CamVid", "COCO-Stuff", "NYUD", "NYUD masks", "NYUD 894", "PASCAL-Context"],
)


def test_all_35_rows_are_those_of_cityscapesscripts():
    official = [
        (row.id, row.trainId, row.name, row.category, row.hasInstances, row.ignoreInEval, row.color)
        for row in official_labels
    ]
    assert [tuple(row) for row in CITYSCAPES_LABELS] == official
    assert len(official) == 35


def test_cityscapes_has_the_19_classes_in_the_order_of_the_released_code():
    assert CITYSCAPES.file_ids == (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
    assert CITYSCAPES.classes[0] == "road" and CITYSCAPES.classes[-1] == "bicycle"
    assert CITYSCAPES.class_weights is not None and len(CITYSCAPES.class_weights) == 19


@SPACES
def test_every_file_id_is_encoded_as_its_row_says(space: LabelSpace):
    ids = np.array([sorted(space.train_ids)], dtype=np.uint16)
    assert space.encode(ids, "all.png").tolist() == [[space.train_ids[file_id] for file_id in ids[0].tolist()]]


@SPACES
def test_decode_is_the_right_inverse_of_encode(space: LabelSpace):
    train = np.array([[*range(len(space.classes)), IGNORE]], dtype=np.uint8)
    assert (space.encode(space.decode(train), "own.png") == train).all()
    assert space.decode(train)[0, -1] == space.void_id


@SPACES
def test_colours_tell_all_classes_apart_and_void_is_black(space: LabelSpace):
    train = np.array([[*range(len(space.classes)), IGNORE]], dtype=np.uint8)
    painted = space.colorize(train)
    assert painted.shape == (1, len(space.classes) + 1, 3)
    assert len({tuple(color) for color in painted[0].tolist()}) == len(space.classes) + 1
    assert painted[0, -1].tolist() == [0, 0, 0]


@settings(deadline=None)
@given(value=st.integers(34, 255), dtype=st.sampled_from([np.uint8, np.int32]))
def test_a_value_that_no_class_owns_is_named_with_its_file(value: int, dtype: type):
    ids = np.full((2, 3), 7, dtype=dtype)
    ids[1, 1] = value
    with pytest.raises(DataError, match=rf"aachen\.png: .* value {value}, .* expected 0\.\.33") as error:
        CITYSCAPES.encode(ids, "aachen.png")
    assert ("labelTrainIds" in str(error.value)) == (value == 255)


@pytest.mark.parametrize("value", [-1, 256, 26001])
def test_values_beyond_a_byte_are_refused_too(value: int):
    with pytest.raises(DataError, match=f"value {value}"):
        CITYSCAPES.encode(np.array([[value]], dtype=np.int32), "instances.png")


def test_many_unowned_values_are_listed_without_end():
    with pytest.raises(DataError, match=r"values 12, 13, 14, 15, 16, 17, 18, 19, \.\.\., .* expected 0\.\.11"):
        CAMVID.encode(np.arange(100, dtype=np.uint8).reshape(10, 10), "x.png")


@SPACES
def test_a_label_space_travels_to_worker_processes(space: LabelSpace):
    assert pickle.loads(pickle.dumps(space)) == space
    assert isinstance(hash(space), int)
