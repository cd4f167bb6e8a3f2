"""A file is there whole or not at all, and an error is told as what it is."""

import os

import pytest
import torch
from safetensors.torch import save_file

from annn.errors import RunError
from annn.files import data_folder, project_root, replacing, runs_folder, write_text


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
