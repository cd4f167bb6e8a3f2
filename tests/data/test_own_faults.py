"""Every fault of a folder: what was found, where, and how to mend it; `annn data check` says each and goes on."""

from pathlib import Path

import numpy as np
import pytest
from commands import call
from layouts import write_image
from own_folders import SIZE, STEMS, classes_toml, draw, save_labels, write_own
from PIL import Image
from refusals import refuses

from annn.data.own.faults import Fault, FolderReport, check_folder


def check(root: Path) -> FolderReport:
    return check_folder(root, progress=False)


def fault(root: Path, kind: str, *words: str, stops: bool = True) -> Fault:
    """The only fault of this kind, which says all words in one paragraph."""
    (found,) = [entry for entry in check(root).faults if entry.kind == kind]
    assert found.stops == stops and "\n" not in found.text
    for word in words:
        assert word in found.text, found.text
    return found


@pytest.mark.parametrize("kind", ["index", "RGB", "masks"])
def test_a_folder_in_order_has_no_fault(tmp_path: Path, kind: str) -> None:
    report = check(write_own(tmp_path, kind))
    assert report.usable and report.faults == ()
    said = str(report)
    assert "train  3 images of 8x6 pixels" in said and "split by train.txt, test.txt" in said
    assert "nothing has to be mended" in said
    share = 100 * sum((draw(stem)[1] == 1).sum() for stem in STEMS[:-1]) / (3 * 48)
    assert f"tree       train  {share:4.1f} % in 3 images" in said


def test_images_without_labels(tmp_path: Path) -> None:
    write_own(tmp_path, lists=False)
    (tmp_path / "labels/b.png").unlink()
    fault(tmp_path, "image without labels", "1 without partner", "images/b.png", "{name}.*", "Add what is missing")


def test_labels_without_an_image(tmp_path: Path) -> None:
    write_own(tmp_path, lists=False)
    for stem in "ab":
        (tmp_path / f"images/{stem}.png").unlink()
    fault(tmp_path, "labels without image", "2 without partner", "labels/a.png", "labels/b.png", "take them out")


def test_what_no_list_names_is_only_told(tmp_path: Path) -> None:
    write_own(tmp_path)
    write_image(tmp_path / "images/z.png", draw("a")[0])
    fault(tmp_path, "image without labels", "images/z.png", "No list names them", stops=False)
    assert check(tmp_path).usable


def test_names_that_fit_no_pattern_are_told(tmp_path: Path) -> None:
    write_own(tmp_path)
    (tmp_path / "classes.toml").write_text(classes_toml("index", '[files]\nlabel = "{name}.png"\n'))
    Image.fromarray(draw("a")[1]).save(tmp_path / "labels/a.bmp")
    fault(tmp_path, "label names", "1 files", "labels/a.bmp", "'{name}.png'", "change the pattern", stops=False)


def test_sizes_that_differ(tmp_path: Path) -> None:
    write_own(tmp_path)
    for stem in "ab":
        write_image(tmp_path / f"labels/{stem}.png", np.zeros((3, 4), np.uint8))
    fault(tmp_path, "size", "labels/a.png measures 4x3", "images/a.png 8x6", "(and 1 more)", "Export the labels")


def test_a_turned_photograph_is_recognised(tmp_path: Path) -> None:
    write_own(tmp_path)
    image = Image.fromarray(draw("a")[0])
    exif = image.getexif()
    exif[0x0112] = 6  # the camera was held on its side
    (tmp_path / "images/a.png").unlink()
    image.save(tmp_path / "images/a.jpg", exif=exif)
    fault(tmp_path, "size", "8x6", "6x8", "EXIF")


def test_values_that_no_class_owns(tmp_path: Path) -> None:
    write_own(tmp_path)
    for stem, count in (("a", 5), ("b", 2)):
        train = draw(stem)[1]
        train[1, :count] = 77
        write_image(tmp_path / f"labels/{stem}.png", train)
    fault(tmp_path, "no class", "1 values", "77: 7 pixels in 2 files", "labels/a.png", "ignore = true")


def test_colours_that_no_class_owns(tmp_path: Path) -> None:
    write_own(tmp_path, "RGB")
    pixels = np.array(Image.open(tmp_path / "labels/b.png"))
    pixels[2, :4] = 9, 8, 7
    write_image(tmp_path / "labels/b.png", pixels)
    fault(tmp_path, "no class", "[9, 8, 7]: 4 pixels in 1 files, such as", "labels/b.png", "smooth borders")


def test_equal_images_in_two_splits_whatever_their_format(tmp_path: Path) -> None:
    write_own(tmp_path)
    Image.fromarray(draw("a")[0]).save(tmp_path / "images/d.bmp")
    (tmp_path / "images/d.png").unlink()
    fault(tmp_path, "duplicate", "1 image", "images/a.png (train)", "images/d.bmp (test)", "Take each out")


def test_equal_images_in_one_split_are_no_fault(tmp_path: Path) -> None:
    write_own(tmp_path)
    write_image(tmp_path / "images/b.png", draw("a")[0])
    assert check(tmp_path).usable


def test_a_class_that_no_training_image_holds(tmp_path: Path) -> None:
    write_own(tmp_path)
    more = '[[class]]\nname = "snow"\nid = 50\n'
    (tmp_path / "classes.toml").write_text((tmp_path / "classes.toml").read_text() + more)
    found = [entry.text for entry in check(tmp_path).faults]
    assert "no training image holds snow" in found[0] and "Add such images" in found[0]
    assert "no image of test holds snow" in found[1] and check(tmp_path).usable


def test_labels_that_are_ignored_altogether(tmp_path: Path) -> None:
    write_own(tmp_path)
    write_image(tmp_path / "labels/d.png", np.full(SIZE, 255, np.uint8))
    fault(tmp_path, "labels", "every pixel of test is ignored")


@pytest.mark.parametrize("place", ["images", "labels"])
def test_damaged_files(tmp_path: Path, place: str) -> None:
    write_own(tmp_path)
    for stem in "ab":
        (tmp_path / f"{place}/{stem}.png").write_bytes(b"no picture")
    fault(tmp_path, "damaged file", f"{place}/a.png", "And 1 more")


def test_labels_of_the_wrong_kind(tmp_path: Path) -> None:
    write_own(tmp_path)
    save_labels(tmp_path / "labels/a.png", draw("a")[1], "RGB")
    fault(tmp_path, "damaged file", "labels/a.png", "mode 'RGB'", "ids and no colours")


def test_lists_that_do_not_fit(tmp_path: Path) -> None:
    write_own(tmp_path)
    (tmp_path / "test.txt").write_text("nothing\n")
    fault(tmp_path, "split", "'test' cannot be used", "test.txt, line 1", "no image 'nothing'")
    assert "train  3 images" in str(check(tmp_path))  # the other split is read all the same


def test_a_list_or_folder_that_is_not_there(tmp_path: Path) -> None:
    write_own(tmp_path)
    (tmp_path / "classes.toml").write_text(classes_toml("index", "[split]\ntrain = 'train.txt'\ntest = 'exam'\n"))
    fault(tmp_path, "split", "'exam' is neither a list file", "nor a sub-folder")


def test_soft_masks_are_told(tmp_path: Path) -> None:
    write_own(tmp_path, "masks")
    write_image(tmp_path / "labels/a_sea.png", np.linspace(0, 255, 48).astype(np.uint8).reshape(SIZE))
    fault(tmp_path, "mask", "a_sea.png", "more than two values", stops=False)


def test_names_that_become_one(tmp_path: Path) -> None:
    write_own(tmp_path, stems=("x/a", "x_a", "c"))
    fault(tmp_path, "split", "'x_a'", "Rename")


def test_what_leaves_nothing_to_read_ends_the_check(tmp_path: Path) -> None:
    refuses(lambda: check(tmp_path / "no"), "no", "does not exist")
    write_own(tmp_path)
    for path in (tmp_path / "labels").iterdir():
        path.unlink()
    refuses(lambda: check(tmp_path), "labels", "holds no file of a picture", "[files]")
    (tmp_path / "labels").rmdir()
    refuses(lambda: check(tmp_path), "labels", "does not exist")


def test_the_command_tells_all_faults_draws_and_returns_a_status(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    write_own(tmp_path)
    sheet = tmp_path / "sheet.png"
    assert call("data", "check", tmp_path, "--sheet", sheet) == 0
    assert "3 of 3 training images" in capsys.readouterr().out
    with Image.open(sheet) as drawn:
        assert drawn.width >= 480 and drawn.height > 300
    sheet.unlink()
    write_image(tmp_path / "labels/a.png", np.full((3, 4), 77, np.uint8))
    assert call("data", "check", tmp_path, "--sheet", sheet) == 1
    said = capsys.readouterr().out
    assert "FAULT (size)" in said and "FAULT (no class)" in said and "2 faults to mend" in said and not sheet.exists()
    assert call("data", "check", tmp_path, "--root", tmp_path) == 2
    assert "leave --root out" in capsys.readouterr().err
    (tmp_path / "classes.toml").write_text("nonsense")
    assert call("data", "check", tmp_path) == 2
    said = capsys.readouterr().err
    assert len([line for line in said.splitlines() if line.startswith("annn: ")]) == 1 and "classes.toml" in said


def test_the_facade_folder_is_in_order(facade: Path) -> None:
    report = check(facade.parent)
    assert report.usable and report.faults == () and "100 images of 320x213 to 320x427" in str(report)
