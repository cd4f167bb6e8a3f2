"""The cache holds what the reader reads, and is refused where the files are others."""

import json
import os
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from annn import cli
from annn.augment import AugmentConfig, augment
from annn.data import open_dataset
from annn.data.cache import cache_folder, cached, write_cache
from annn.data.scenes import write_cityscapes
from annn.errors import DataError
from annn.runs.training import _in_memory


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("ANNN_DATA", str(tmp_path / "data"))
    write_cityscapes(tmp_path / "scenes", train=3, val=1, size=(64, 128), progress=False)
    return open_dataset("cityscapes", tmp_path / "scenes", "train")


def test_samples_and_crops_are_those_of_the_files(dataset):
    assert cached(dataset) is None
    write_cache(dataset, progress=False)
    fast = pickle.loads(pickle.dumps(cached(dataset)))
    assert len(fast) == len(dataset)
    for mine, right in zip((fast[i] for i in range(3)), dataset, strict=True):
        assert mine.name == right.name
        np.testing.assert_array_equal(mine.image, right.image)
        np.testing.assert_array_equal(mine.label, right.label)
        for seed in range(20):
            config = AugmentConfig(crop=(48, 80), scale=(0.3, 3.0))
            views = [augment(s.image, s.label, config, np.random.default_rng(seed)) for s in (mine, right)]
            for a, b in zip(*views, strict=True):
                np.testing.assert_array_equal(a, b)
    assert type(_in_memory(dataset, False)) is type(fast)  # training takes it


def test_a_cache_of_other_files_is_refused_by_name(dataset):
    folder = write_cache(dataset, progress=False)
    image = dataset.pairs[1].image
    os.utime(image, ns=(0, 0))
    with pytest.raises(DataError, match=f"{image.name}: is newer .* annn data cache cityscapes"):
        cached(dataset)
    write_cache(dataset, progress=False)
    assert cached(dataset) is not None
    with (folder / "labels.bin").open("ab") as file:
        file.write(b"x")
    with pytest.raises(DataError, match="not as long"):
        cached(dataset)
    (folder / "index.json").write_text(json.dumps({"places": []}))
    with pytest.raises(DataError, match="cannot be read"):
        cached(dataset)


def test_a_full_disk_is_told_before_anything_is_decoded(dataset, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10))
    with pytest.raises(DataError, match=r"take about .* GB"):
        write_cache(dataset, progress=False)
    assert not cache_folder(dataset).exists()


def test_the_command_says_what_it_wrote(dataset, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["data", "cache", "cityscapes", "--root", str(dataset.root)])
    assert stopped.value.code == 0
    assert "3 images" in capsys.readouterr().out
    assert cached(dataset) is not None
