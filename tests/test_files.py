"""A file is there whole or not at all, and an error is told as what it is."""

import os
import time

import pytest
import torch
from safetensors.torch import save_file

from annn.errors import RunError
from annn.files import TEMPORARY, data_folder, project_root, replacing, runs_folder, sweep, write_text


def test_what_was_there_stays_until_all_is_written(tmp_path):
    path = tmp_path / "notes.txt"
    write_text(path, "first")
    with pytest.raises(KeyError), replacing(path) as temporary:
        temporary.write_text("second")
        raise KeyError
    assert path.read_text() == "first" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no disk that is always full")
@pytest.mark.parametrize("size", [10, 10**6])
def test_a_full_disk_is_told_as_one(tmp_path, size):
    with pytest.raises(RunError, match="could not be written"), replacing(tmp_path / "weights"):
        torch.save(torch.zeros(size), "/dev/full")
    with pytest.raises(RunError, match="could not be written"), replacing(tmp_path / "weights"):
        save_file({"x": torch.zeros(size)}, "/nowhere/weights")


def test_another_error_stays_what_it_is(tmp_path):
    with pytest.raises(RuntimeError, match="shapes"), replacing(tmp_path / "weights"):
        raise RuntimeError("shapes do not fit")


def test_folders_are_those_of_the_environment_or_of_the_project(tmp_path, monkeypatch):
    for folder, variable, usual in ((data_folder, "ANNN_DATA", "data"), (runs_folder, "ANNN_RUNS", "runs")):
        monkeypatch.delenv(variable, raising=False)
        assert folder() == project_root() / usual
        monkeypatch.setenv(variable, "elsewhere/here")
        assert folder() == project_root() / "elsewhere" / "here"
        monkeypatch.setenv(variable, str(tmp_path))
        assert folder() == tmp_path


def test_two_that_write_one_file_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "notes.json"
    with replacing(path) as first:
        with replacing(path) as second:
            assert first != second
            first.write_text("one")
            second.write_text("two")
            assert list(tmp_path.glob("*.json")) == []  # no reader takes what is not finished
        assert path.read_text() == "two"
    assert path.read_text() == "one" and list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_is_deleted_after_a_while(tmp_path):
    names = ("old", "new", "mine.tmp")
    old, new, other = (tmp_path / (name if "." in name else f".{name}-12345678{TEMPORARY}") for name in names)
    folder = tmp_path / f".scenes-12345678{TEMPORARY}"
    folder.mkdir()
    for file in (old, new, other, folder / "scene.png"):
        file.write_text("half")
    day = 24 * 3600
    for path, age in ((old, day), (other, day), (folder, day)):
        os.utime(path, (time.time() - age,) * 2)
    write_text(tmp_path / "notes.txt", "all")
    assert not old.exists() and new.exists() and other.exists() and folder.exists()  # folders are worked in for long
    os.utime(folder, (time.time() - 8 * day,) * 2)
    sweep.cache_clear()
    write_text(tmp_path / "notes.txt", "all")
    assert not folder.exists()


def test_a_place_that_refuses_is_known_before_the_work(tmp_path):
    began = []
    with pytest.raises(RunError, match="No such file or directory"), replacing(tmp_path / "nowhere" / "file"):
        began.append(True)
    assert not began
