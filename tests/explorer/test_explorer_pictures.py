"""Images as people have them: grey, with alpha, of any size, or no images at all."""

import numpy as np
import pytest
from PIL import Image

from annn.data import Sample
from annn.errors import ConfigError, DataError
from annn.explorer.pictures import LONGEST, open_picture, open_pictures


def test_grey_alpha_and_files_become_rgb(tmp_path):
    grey = np.full((40, 60), 100, dtype=np.uint8)
    alpha = np.zeros((40, 60, 4), dtype=np.uint8)
    assert (open_picture(grey).image == 100).all() and open_picture(grey).image.shape == (40, 60, 3)
    assert (open_picture(grey[..., None]).image == 100).all()
    assert (open_picture(grey.astype(np.uint16) * 257).image == 100).all()
    assert (open_picture(alpha).image == 255).all()  # transparent: the white page shows
    Image.fromarray(alpha).save(tmp_path / "clear.png")
    picture = open_picture(tmp_path / "clear.png")
    assert picture.name == "clear.png" and (picture.image == 255).all()
    sixteen = Image.fromarray(grey.astype(np.uint16) * 257)
    assert (open_picture(sixteen).image == 100).all()


def test_large_images_shrink_with_their_labels():
    picture = open_picture(np.zeros((300, 500, 3), np.uint8), label=np.full((300, 500), 255, np.uint8), longest=100)
    assert picture.image.shape == (60, 100, 3)
    assert (picture.label == 255).all() and picture.label.shape == (60, 100)


@pytest.mark.parametrize(
    "source, label, said",
    [
        (np.zeros((20, 20, 3)), None, "uint8"),
        (np.zeros((20, 20, 2), np.uint8), None, "shape"),
        (np.zeros((4, 20, 3), np.uint8), None, "at least 8"),
        (np.zeros((20, 20, 3), np.uint8), np.zeros((10, 20), np.uint8), "same size"),
        (np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20)), "train ids"),
        ("nowhere.png", None, "nowhere.png"),
    ],
)
def test_what_is_no_image_is_refused(source, label, said):
    with pytest.raises(DataError, match=said):
        open_picture(source, label=label)


def test_images_come_alone_in_lists_and_by_name(tmp_path):
    image, label = np.zeros((40, 60, 3), np.uint8), np.zeros((40, 60), np.uint8)
    Image.fromarray(image).save(tmp_path / "file.png")
    assert [p.name for p in open_pictures(image)] == ["image 0"]
    assert [p.name for p in open_pictures([tmp_path / "file.png", image])] == ["file.png", "image 1"]
    assert [p.name for p in open_pictures({"a": image, "b": image})] == ["a", "b"]
    sample = Sample(image=image, label=label, name="street")
    (picture,) = open_pictures(sample)
    assert picture.name == "street" and picture.label is not None
    assert [p.label is None for p in open_pictures([image, image], [None, label])] == [True, False]
    assert max(open_pictures(np.zeros((8, LONGEST + 100), np.uint8))[0].image.shape) == LONGEST
    with pytest.raises(ConfigError, match="found 1 for 2 images"):
        open_pictures([image, image], [label])
