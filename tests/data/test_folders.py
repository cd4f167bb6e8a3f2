"""Hidden files never count and are told once; links that lead nowhere are named before any work begins."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from layouts import PICTURED, write_camvid, write_cmx, write_coco, write_context, write_image, write_nyud, write_streets
from refusals import refuses

from annn.data import CamVid, Cityscapes, NyuDepthV2, check, open_dataset
from annn.data.images import find_images
from annn.data.open import at_hand

LAYOUTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    **PICTURED,
    "COCO-Stuff": ("cocostuff10k", write_coco),
    "PASCAL-Context, published": ("pascal_context", write_context),
}
PLACES = pytest.mark.parametrize("place", ["image", "label"])


def write_foreign(beside: Path) -> None:
    """What macOS and Jupyter leave beside a file."""
    beside.with_name(f"._{beside.name}").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X        ")
    checkpoints = beside.with_name(".ipynb_checkpoints")
    checkpoints.mkdir(exist_ok=True)
    (checkpoints / f"{beside.stem}-checkpoint{beside.suffix}").write_bytes(b"")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        beside.with_name(name).write_bytes(b"")
    (beside.parent / "@eaDir" / beside.name).mkdir(parents=True, exist_ok=True)


@pytest.mark.parametrize("layout", [*LAYOUTS, "NYUD, published"])
def test_hidden_files_change_nothing_in_any_reader_and_are_told_once(
    tmp_path: Path, layout: str, caplog: pytest.LogCaptureFixture
):
    name, write = {**LAYOUTS, "NYUD, published": ("nyud", write_nyud)}[layout]
    write(tmp_path)
    clean = open_dataset(name, tmp_path, "train")
    assert not caplog.messages
    files = sorted({clean.pairs[0].image, clean.pairs[0].label})
    for path in files:
        write_foreign(path)
    found = open_dataset(name, tmp_path, "train")
    assert found.pairs == clean.pairs and len(list(found)) == len(clean)
    assert list(found.identity()) == list(clean.identity())
    example = min(str(files[0].with_name(name)) for name in (f"._{files[0].name}", ".ipynb_checkpoints"))
    assert caplog.messages[0].startswith(f"skipped {2 * len(files)} hidden files, such as {example}")
    assert "begin with a dot" in caplog.text
    open_dataset(name, tmp_path, "train")
    assert check(name, tmp_path).splits[0].pairs == len(clean)
    assert sum(str(files[0].parent) in message for message in caplog.messages) == 1


@PLACES
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_link_that_leads_nowhere_is_named_when_the_data_is_opened(tmp_path: Path, layout: str, place: str):
    name, write = LAYOUTS[layout]
    write(tmp_path)
    path: Path = getattr(open_dataset(name, tmp_path, "train").pairs[-1], place)
    kept = path.rename(tmp_path / f"kept{path.suffix}")
    path.symlink_to(kept)
    assert open_dataset(name, tmp_path, "train")[-1].label.size  # a link counts as what it leads to
    kept.unlink()
    words = (str(path.parent), path.name, "is a link that leads nowhere", str(kept))
    refuses(lambda: open_dataset(name, tmp_path, "train"), *words)
    assert "is a link that leads nowhere" in str(check(name, tmp_path))
    path.unlink()
    path.symlink_to(path.name)  # to itself
    refuses(lambda: open_dataset(name, tmp_path, "train"), path.name, "is a link that leads nowhere")


def test_links_of_other_images_do_not_matter_to_a_list(tmp_path: Path):
    write_camvid(tmp_path)
    (tmp_path / "train/other.png").symlink_to("/nowhere/other.png")
    assert len(CamVid(tmp_path, "train")) == 2


def test_all_links_of_a_split_and_a_whole_city_are_missed(tmp_path: Path):
    write_streets(tmp_path)
    for kind in ("leftImg8bit", "gtFine"):
        (tmp_path / kind / "train/zurich").symlink_to("/nowhere/zurich")
    refuses(lambda: Cityscapes(tmp_path, "train"), "train/zurich", "is a link that leads nowhere", "git annex get")
    assert len(Cityscapes(tmp_path, "val")) == 1
    for path in (tmp_path / "leftImg8bit/val/lindau").iterdir():
        for copy in range(3):
            path.with_name(f"copy{copy}_leftImg8bit.png").symlink_to("/nowhere/x")
    refuses(lambda: Cityscapes(tmp_path, "val"), "lindau/copy0_leftImg8bit.png", "and 2 more such links")


def test_other_files_of_a_data_set_that_are_links_to_nothing_are_shown_as_such(tmp_path: Path):
    for name in ("train.txt", "train"):
        root = tmp_path / f"camvid-{name}"
        write_camvid(root)
        (root / name).rename(tmp_path / f"moved-{name}")
        (root / name).symlink_to("/nowhere/else")
        refuses(lambda root=root: CamVid(root, "train"), name, "lead" if name == "train.txt" else "does not exist")
    write_nyud(tmp_path / "nyud")
    labels, mapping = (tmp_path / "nyud" / name for name in ("nyu_depth_v2_labeled.mat", "classMapping40.mat"))
    mapping.unlink()
    mapping.symlink_to("/nowhere/mapping.mat")
    refuses(lambda: NyuDepthV2(tmp_path / "nyud", "train"), "classMapping40.mat", "missing")
    labels.unlink()
    labels.symlink_to("/nowhere/labels.mat")
    refuses(lambda: NyuDepthV2(tmp_path / "nyud", "train"), "nyu_depth_v2_labeled.mat (a link that leads nowhere)")


def test_a_list_may_not_name_hidden_files(tmp_path: Path):
    write_camvid(tmp_path)
    hidden = tmp_path / "train/._a_1.png"
    hidden.write_bytes(b"macOS")
    with (tmp_path / "train.txt").open("a") as file:
        file.write("train/._a_1.png trainannot/._a_1.png\n")
    refuses(lambda: CamVid(tmp_path, "train"), str(hidden), "is hidden", "never count", "line 3", "take the line out")


def test_of_files_with_one_stem_the_image_counts(tmp_path: Path):
    write_cmx(tmp_path)
    for path in (tmp_path / "Label").glob("*.png"):
        path.with_suffix(".txt").write_text("beside it")
    assert NyuDepthV2(tmp_path, "train")[0].label.size


# ---- folders of one's own images


def test_a_folder_of_images_is_read_by_the_same_rule(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    image = tmp_path / "street.png"
    write_image(image, np.zeros((4, 6, 3), np.uint8))
    write_foreign(image)
    (tmp_path / "folder.png").mkdir()
    assert find_images([tmp_path]) == find_images([tmp_path]) == [image]
    (line,) = caplog.messages
    assert line == f"skipped 2 hidden files, such as {image.with_name('._street.png')}: names that begin with a dot " \
        "never count"  # fmt: skip
    assert find_images([tmp_path / "._street.png"]) == [tmp_path / "._street.png"]  # named itself


def test_without_a_program_that_logs_the_line_goes_to_the_error_stream(tmp_path: Path, capfd, monkeypatch):
    write_foreign(tmp_path / "street.jpg")
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of pytest
    refuses(lambda: find_images([tmp_path]), str(tmp_path), "holds no image")
    captured = capfd.readouterr()
    assert captured.err.startswith("skipped 2 hidden files") and captured.err.count("\n") == 1 and not captured.out


def test_a_link_to_nothing_ends_a_batch_before_it_begins(tmp_path: Path):
    for name in ("a.png", "c.png"):
        write_image(tmp_path / name, np.zeros((4, 6, 3), np.uint8))
    link = tmp_path / "b.png"
    link.symlink_to("/nowhere/x.png")
    for places in ([tmp_path], [tmp_path / "a.png", link]):
        refuses(lambda places=places: find_images(places), str(link), "is a link that leads nowhere", "/nowhere/x.png")
    link.unlink()
    (tmp_path / "notes").symlink_to("/nowhere/notes")  # no image
    os.link(tmp_path / "a.png", link)
    assert len(find_images([tmp_path])) == 3


def test_hidden_files_alone_are_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ANNN_DATA", str(tmp_path))
    (tmp_path / "camvid").mkdir()
    (tmp_path / "camvid/.DS_Store").write_bytes(b"")
    assert not at_hand("camvid")
    write_camvid(tmp_path / "camvid")
    assert at_hand("camvid")
