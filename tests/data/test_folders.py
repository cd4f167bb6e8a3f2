"""Folders as a Mac, Jupyter, a thumbnailer or a broken download leave them: one rule for every reader."""

import logging
import os
import shutil

import pytest

from annn.data import DATASETS, open_dataset
from annn.data import folders as folders_module
from annn.data.config import StandIn
from annn.data.images import find_images
from annn.data.open import make_stand_in
from annn.errors import DataError

DRAWN = [name for name, kind in DATASETS.items() if kind.generator]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    roots = tmp_path_factory.mktemp("sets")
    return {
        name: make_stand_in(name, StandIn(train=2, val=1, size=(64, 96)), roots / name, progress=False)
        for name in DRAWN
    }


@pytest.fixture
def told(caplog):
    folders_module._tell.cache_clear()
    caplog.set_level(logging.WARNING)
    return caplog


@pytest.mark.parametrize("name", DRAWN)
def test_hidden_files_never_count(name, drawn, tmp_path):
    root = shutil.copytree(drawn[name], tmp_path / name)
    before = {split: open_dataset(name, root, split).pairs for split in DATASETS[name].splits}
    for folder in [path for path in root.rglob("*") if path.is_dir()]:
        for file in list(folder.glob("*.*")):
            (folder / f"._{file.name}").write_bytes(b"resource fork")
        (folder / ".ipynb_checkpoints").mkdir()
        for file in [path for path in folder.glob("[!.]*") if path.is_file()][:1]:
            shutil.copy(file, folder / ".ipynb_checkpoints" / file.name)
        (folder / "Thumbs.db").write_bytes(b"thumbs")
    for split, pairs in before.items():
        assert open_dataset(name, root, split).pairs == pairs
        assert len(open_dataset(name, root, split).first()) == len(pairs)


@pytest.mark.parametrize("name", [name for name in DRAWN if name != "nyud"])  # NYUD-V2 is one file
def test_a_link_that_leads_nowhere_is_named_before_any_work(name, drawn, tmp_path):
    root = shutil.copytree(drawn[name], tmp_path / name)
    dataset = open_dataset(name, root, DATASETS[name].splits[0])
    image = dataset.pairs[0].image
    image.unlink()
    image.symlink_to(tmp_path / "gone.jpg")
    with pytest.raises(DataError, match=f"{image.name}.* is a link that leads nowhere"):
        open_dataset(name, root, dataset.split)


def test_a_persons_folder_is_read_by_the_same_rule(tmp_path, told):
    for name in ("b.png", "a.JPG", "._a.JPG", "note.txt"):
        (tmp_path / name).touch()
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "b-checkpoint.png").touch()
    for _ in range(2):
        assert [path.name for path in find_images([tmp_path])] == ["a.JPG", "b.png"]
    (line,) = [record.message for record in told.records]
    assert line.startswith("skipped 2 hidden files, such as") and "never count" in line

    os.symlink(tmp_path / "gone", tmp_path / "c.png")
    with pytest.raises(DataError, match=r"c\.png: is a link that leads nowhere"):
        find_images([tmp_path])
