"""Every writer on a full, a read-only and a forbidden disk: one paragraph, older files kept, nothing half-written."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from commands import call
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from annn.cli.scoring import ResumableTally
from annn.data.camvid import CAMVID
from annn.data.predictions import write_labels, write_picture
from annn.data.scenes import write_cityscapes
from annn.efficiency import onnx, save
from annn.errors import AnnnError
from annn.explorer.page import write_page
from annn.figures.style import save as save_figure
from annn.files import TEMPORARY, delete, locked
from annn.journal import Journal
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.recipes import table2
from annn.reproduce.record import Record
from annn.reproduce.report import write_report
from annn.runs.run import begin
from annn.tables.scores import write as write_table
from annn.weights import export, save_checkpoint

SMALL = ModelConfig(classes=11, depth=18, width=8)
RECIPE = replace(table2("Baseline"), model=SMALL)
PICTURE = np.zeros((4, 6, 3), np.uint8)


def figure(folder: Path) -> None:
    drawn, axes = plt.subplots()
    axes.plot([1, 2])
    plt.close(drawn)
    save_figure(drawn, folder / "plot", ["png"])


def notebook(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    parameters = new_code_cell("steps = 2  # x", metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = new_notebook(cells=[new_markdown_cell("# One"), parameters], metadata={"kernelspec": kernel})
    nbformat.write(content, folder / name)
    return folder / name


def report(folder: Path) -> None:
    notebook(folder / "notebooks", "1_one.ipynb")
    write_report(folder)


def record(folder: Path) -> None:
    Record(notebook(folder / "notebooks", "1_one.ipynb"), {}, folder).write(1.0)


def checkpoint(folder: Path) -> None:
    model = ANNN(SMALL).eval()
    metrics = {"scores": Scores.of(torch.zeros(11, 11, dtype=torch.int64), CAMVID.classes).to_dict(), "environment": {}}
    run: Any = SimpleNamespace(recipe=RECIPE, seed=0, metrics=metrics, model=lambda device: model)
    save_checkpoint(run, folder / "network.safetensors")


def for_other_code(folder: Path) -> None:
    deep: dict[str, Any] = {"stem": "deep", "stem_widths": (4, 4, 8), "conv_bias": False, "align_corners": False}
    export(ANNN(replace(SMALL, depth=50, **deep)), folder / "network.pth", layout="mmsegmentation")


def as_onnx(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:  # without the exporter, which takes long
        patch.setattr(onnx, "_write", lambda network, image, path, *_: path.write_bytes(b"network"))
        patch.setattr(onnx, "_run", lambda path, image: np.float32(0))
        patch.setattr(onnx, "CLOSE", float("inf"))
        onnx.export(ANNN(SMALL), folder / "network.onnx", (32, 32))


def training(folder: Path) -> None:
    with begin(folder / "run", RECIPE, 0):
        pass


WRITERS: dict[str, Callable[[Path], object]] = {
    "recipe.json": training,
    "checkpoint.pt": lambda folder: Journal(folder, {"model": ANNN(SMALL)}).save(1),
    "log.jsonl": lambda folder: Journal(folder, {}).resume(),
    "network.safetensors": checkpoint,
    "network.pth": for_other_code,
    "network.onnx": as_onnx,
    "plot.png": figure,
    "rows.csv": lambda folder: write_table(folder, "rows", pd.DataFrame({"mIoU": [1.0]}), {}, {}),
    "labels.png": lambda folder: write_labels(folder / "labels.png", PICTURE[..., 0], CAMVID),
    "overlay.jpg": lambda folder: write_picture(folder / "overlay.jpg", PICTURE),
    "progress.json": lambda folder: ResumableTally(folder / "progress.json", "key", 2, lambda *_: None)._save(),
    "explorer.html": lambda folder: write_page(folder / "explorer.html", b"", {}, "title"),
    "bench.json": lambda folder: save({"results": []}, folder / "bench.json"),
    "report.html": report,
    ".gitignore": record,
    "scenes": lambda folder: write_cityscapes(folder / "scenes", train=1, val=1, size=(32, 64), progress=False),
}
DISKS = {"full": errno.ENOSPC, "read-only": errno.EROFS, "forbidden": errno.EACCES}


@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize("file", WRITERS)
def test_a_disk_that_refuses_is_told_in_one_paragraph(file: str, disk: str, tmp_path: Path, monkeypatch) -> None:
    number = DISKS[disk]

    def refuse(*paths: Any, **_: Any) -> None:
        raise OSError(number, os.strerror(number), str(paths[0]))

    old = tmp_path / {"recipe.json": "run", ".gitignore": ".finished"}.get(file, "") / file
    if file not in ("scenes", "progress.json"):  # read first, where they are there
        old.parent.mkdir(exist_ok=True)
        old.write_text("")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)  # the last step of every writer
        if disk == "read-only":
            patch.setattr(Path, "unlink", refuse)  # even of a file that is not there
        with pytest.raises(AnnnError) as error:
            WRITERS[file](tmp_path)
    said = str(error.value)
    assert file in said and os.strerror(number) in said and "could not be written" in said and "\n" not in said
    assert TEMPORARY not in said
    if file not in ("scenes", "progress.json"):
        assert old.read_text() == ""
    if disk != "read-only":
        assert not list(tmp_path.rglob(f"*{TEMPORARY}"))


@pytest.mark.parametrize("file", WRITERS)
def test_a_folder_that_cannot_be_made_is_told_in_one_paragraph(file: str, tmp_path: Path) -> None:
    if file in ("report.html", ".gitignore"):  # of results that are there
        return
    (tmp_path / "file").write_text("")
    with pytest.raises(AnnnError, match=r"file.*could not be written \(Not a directory\)") as error:
        WRITERS[file](tmp_path / "file" / "below")
    assert "\n" not in str(error.value)


def test_the_lock_of_another_user_is_told_in_one_paragraph(tmp_path: Path, monkeypatch) -> None:
    def refuse(path: Path, *_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(AnnnError, match=r"\.lock: could not be written \(Permission denied\)"), locked(tmp_path):
        pass
    with pytest.raises(AnnnError, match=r"x: could not be deleted \(Permission denied\)"):
        delete(tmp_path / "x")


@pytest.mark.parametrize("hidden", ["testannot", "test.txt", "test/a.png"])
def test_data_that_may_not_be_read_is_no_damaged_data(hidden: str, tmp_path: Path, monkeypatch, capsys) -> None:
    """The same words for folders, lists and images; a check goes on with the other splits."""
    for split in ("train", "val", "test"):
        for folder, pixels in ((split, PICTURE), (f"{split}annot", PICTURE[..., 0])):
            (tmp_path / folder).mkdir()
            write_picture(tmp_path / folder / "a.png", pixels)
        (tmp_path / f"{split}.txt").write_text(f"{split}/a.png {split}annot/a.png\n")
    real = {"iterdir": Path.iterdir, "open": Path.open, "read_text": Path.read_text}

    def closed(name: str) -> Callable:
        def call(path: Path, *args: Any, **named: Any) -> Any:
            if path == tmp_path / hidden:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return real[name](path, *args, **named)

        return call

    for name in real:
        monkeypatch.setattr(Path, name, closed(name))
    scan = os.scandir
    real["scandir"] = lambda path, *_, **__: scan(path)
    monkeypatch.setattr(os, "scandir", lambda path=".": closed("scandir")(Path(path)))
    opened = open
    monkeypatch.setattr("builtins.open", lambda file, *args, **named: (  # Pillow's
        closed("open")(Path(file), *args, **named) if isinstance(file, str | Path) else opened(file, *args, **named)
    ))  # fmt: skip
    assert call("data", "check", "camvid", "--root", tmp_path) == 1
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[1:]}
    assert f"{tmp_path / hidden}" in lines["test"] and "ermission" in lines["test"]
    assert "damaged" not in lines["test"] and "1 images" in lines["train"] and "1 images" in lines["val"]


def test_a_folder_of_pictures_that_may_not_be_listed_is_not_called_empty(tmp_path: Path, monkeypatch, capsys) -> None:
    checkpoint(tmp_path)

    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    (tmp_path / "pictures").mkdir()
    monkeypatch.setattr(os, "scandir", refuse)
    names = ("predict", tmp_path / "network.safetensors", tmp_path / "pictures", "-o", tmp_path / "out")
    assert call(*names, "--device", "cpu", "--data", "camvid") == 2
    said = capsys.readouterr().err
    assert (
        f"pictures: {os.strerror(errno.EACCES)}" in said and "Change its permissions" in said and "no image" not in said
    )
