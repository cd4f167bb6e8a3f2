"""A folder says what it is, and a score says what it is a score of."""

import numpy as np
import pytest
from PIL import Image

from annn.data import DATASETS, as_published, check, in_words, open_dataset
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
    assert as_published(data, False, {"train": 367, "val": 233})
    assert not as_published(data, False, {"train": 366, "val": 233})
    assert not as_published(data, True, {"train": 367, "val": 233})


def test_splits_of_several_published_ones_have_a_published_number_too(camvid):
    assert open_dataset("camvid", camvid, "trainval").in_words == "4 images of CamVid (trainval; published: 468)"
    for kind in DATASETS.values():
        assert {*kind.official, *kind.joined} == {*kind.splits}


def test_what_the_folder_says_of_itself_comes_first(camvid):
    (camvid / "about.toml").write_text(
        'name = "CamVid at night"\nsplit = "second half"\nlicence = "CC0"\ncitation = "A. Person 2026"\n'
    )
    dataset = open_dataset("camvid", camvid, "test")
    assert dataset.in_words == "2 images of CamVid at night (test, second half; published CamVid: 233)"
    assert dataset.credit == "CamVid at night, A. Person 2026, CC0"
    about = {"name": dataset.about.name, "split": dataset.about.split}
    data = DataConfig(name="camvid", val="test")
    assert in_words(data, False, {"train": 2, "val": 2}, about) == "CamVid at night, second half 2/2"
    assert "about.toml: name: CamVid at night; split: second half" in str(check("camvid", camvid))


@pytest.mark.parametrize("about", [{"name": "CamVid at night"}, {"split": "another half"}])
def test_the_published_numbers_alone_do_not_make_a_published_set(about):
    data, images = DataConfig(name="camvid", val="test"), {"train": 367, "val": 233}
    assert next(iter(about.values())) in in_words(data, False, images, about)
    assert not as_published(data, False, images, about)
    assert as_published(data, False, images, {"name": "CamVid", "split": ""})  # only its licence is said


def test_the_file_lies_where_the_images_lie_or_above(camvid, tmp_path_factory):
    root = tmp_path_factory.mktemp("clone")
    camvid.rename(root / "CamVid")
    (root / "CamVid" / "about.toml").write_text('\ufeffname = """CamVid\nat  night """', encoding="utf-8")
    assert open_dataset("camvid", root, "val").about.name == "CamVid at night"
    assert "about.toml: name: CamVid at night" in str(check("camvid", root))
    (root / "about.toml").write_text('name = "CamVid by day"')
    assert open_dataset("camvid", root, "val").about.name == "CamVid by day"


def test_a_file_that_cannot_be_understood_is_a_line_of_the_report(camvid):
    (camvid / "about.toml").write_text("name = 3")
    report = check("camvid", camvid)
    assert not report.usable
    assert f"not usable: {camvid}/about.toml: the entry 'name' is 3" in str(report)


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


def test_a_link_that_leads_nowhere_does_not_pass_for_no_file(tmp_path):
    (tmp_path / "about.toml").symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(DataError, match=r"about\.toml: cannot be read"):
        About.of(tmp_path)
