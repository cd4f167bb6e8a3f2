"""A folder says what it is, and a score says what it is a score of."""

import numpy as np
import pytest
from PIL import Image

from annn.data import check, in_words, open_dataset
from annn.data.about import About
from annn.data.config import DataConfig
from annn.errors import DataError


@pytest.fixture
def camvid(tmp_path):
    """CamVid's layout with two images of each split."""
    for split in ("train", "val", "test"):
        for folder in (split, f"{split}annot"):
            (tmp_path / folder).mkdir()
            for number in range(2):
                shape = (24, 32, 3) if folder == split else (24, 32)
                Image.fromarray(np.full(shape, number, np.uint8)).save(tmp_path / folder / f"{number}.png")
        lines = [f"{split}/{number}.png {split}annot/{number}.png\n" for number in range(2)]
        (tmp_path / f"{split}.txt").write_text("".join(lines))
    return tmp_path


def test_a_part_of_a_set_is_said_beside_its_scores(camvid):
    assert open_dataset("camvid", camvid, "test").in_words == "2 images of CamVid (test; published: 233)"
    data = DataConfig(name="camvid", val="test")
    assert in_words(data, False, {"train": 367, "val": 233}) == "CamVid test"
    assert in_words(data, False, {"train": 2, "val": 2}) == "CamVid, own split 2/2"


def test_what_the_folder_says_of_itself_comes_first(camvid):
    (camvid / "about.toml").write_text(
        'name = "CamVid at night"\nsplit = "second half"\nlicence = "CC0"\ncitation = "A. Person 2026"\n'
    )
    dataset = open_dataset("camvid", camvid, "test")
    assert dataset.in_words == "2 images of CamVid at night (second half; published: 233)"
    assert dataset.credit == "CamVid at night, A. Person 2026, CC0"
    about = {"name": dataset.about.name, "split": dataset.about.split}
    named = in_words(DataConfig(name="camvid", val="test"), False, {"train": 2, "val": 2}, about)
    assert named == "CamVid at night second half, own split 2/2"
    assert "about.toml: name: CamVid at night; split: second half" in str(check("camvid", camvid))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = 3", "entry 'name' is 3, which is no text"),
        ('titel = "x"', "entry 'titel' is not known; expected lines such as name"),
        ("name = ", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(tmp_path, text, said):
    (tmp_path / "about.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match=f"about.toml: .*{said}"):
        About.of(tmp_path)
