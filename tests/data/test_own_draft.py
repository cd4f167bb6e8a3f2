"""`annn data describe` drafts a classes.toml that reads the folder as it is, and says what it guessed."""

from pathlib import Path

import numpy as np
import pytest
from commands import call
from layouts import write_image
from own_folders import COLORS, NAMES, SIZE, STEMS, draw, save_labels, write_own
from PIL import Image
from refusals import refuses

from annn.data import open_dataset
from annn.data.own.draft import described, draft


def bare(root: Path, kind: str = "index", **options) -> Path:
    """A folder that nobody described."""
    write_own(root, kind, **options)
    (root / "classes.toml").unlink()
    return root


@pytest.mark.parametrize("kind", ["index", "palette", "16 bit", "RGB", "RGBA", "masks"])
def test_a_draft_reads_the_folder_it_is_of(tmp_path: Path, kind: str) -> None:
    file, text = draft(bare(tmp_path, kind), progress=False)
    assert file == tmp_path / "classes.toml" and file.read_text() == text
    both = [sample for part in ("train", "test") for sample in open_dataset(str(tmp_path), None, part)]
    assert sorted(sample.name for sample in both) == list(STEMS)
    for sample in both:
        own, right = sample.label, draw(sample.name)[1]
        pairs = set(zip(own.ravel().tolist(), right.ravel().tolist(), strict=True))
        assert len(pairs) == len({mine for mine, _ in pairs}) == len({theirs for _, theirs in pairs}) == 4
        if kind not in ("palette",):  # there, nothing says that the last index does not count
            assert (255, 255) in pairs
    if kind != "masks":
        pixels = sum((draw(stem)[1] == 1).sum() for stem in STEMS)
        assert f"# {pixels} pixels" in text and "in 4 of 4 files" in text and "guessed" in text


def test_palettes_give_the_drawing_colours(tmp_path: Path) -> None:
    draft(bare(tmp_path, "palette"), progress=False)
    assert open_dataset(str(tmp_path), None, "train").space.colors[:3] == COLORS


def test_palettes_that_differ_between_files_are_read_as_colours(tmp_path: Path) -> None:
    bare(tmp_path, "palette")
    with Image.open(tmp_path / "labels/b.png") as file:
        other = file.remap_palette([3, 2, 1, 0])
    other.save(tmp_path / "labels/b.png")
    _, text = draft(tmp_path, progress=False)
    assert "color = [200, 10, 10]" in text and "id =" not in text
    dataset = open_dataset(str(tmp_path), None, "train")
    np.testing.assert_array_equal(dataset[1].label == 255, draw("b")[1] == 255)


def test_a_foreground_mask_of_0_and_255_has_two_classes(tmp_path: Path) -> None:
    bare(tmp_path)
    for stem in STEMS:
        write_image(tmp_path / f"labels/{stem}.png", np.where(draw(stem)[1] == 1, 255, 0).astype(np.uint8))
    draft(tmp_path, progress=False)
    assert open_dataset(str(tmp_path), None, "train").space.classes == ("background", "foreground")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "wall\ntree\nsea\n"),
        ("labelmap.txt", "0: wall\n1: tree\n2: sea\n255: void\n"),
        ("class_dict.csv", "name,r,g,b\nwall,200,10,10\ntree,10,200,10\nsea,10,10,200\n"),
        ("label_colors.txt", "200 10 10\twall\n10 200 10\ttree\n10 10 200\tsea\n"),
    ],
)  # fmt: skip
def test_names_are_taken_from_the_files_that_usually_hold_them(tmp_path: Path, name: str, text: str) -> None:
    bare(tmp_path, "RGB" if "col" in name or "dict" in name else "index")
    (tmp_path / name).write_text(text)
    _, drafted = draft(tmp_path, progress=False)
    assert all(f'name = "{entry}"  # guessed from {name}' in drafted for entry in NAMES)


def test_suffixes_of_names_are_guessed(tmp_path: Path) -> None:
    for stem in ("a_1", "a_2", "b_1"):
        image, train = draw(stem)
        write_image(tmp_path / "leftImg8bit" / f"{stem}_leftImg8bit.png", image)
        save_labels(tmp_path / "gtFine" / f"{stem}_gtFine_labelIds.png", train, "index")
        save_labels(tmp_path / "gtFine" / f"{stem}_gtFine_color.png", train, "RGB")
    _, text = draft(tmp_path, progress=False)
    assert 'image = "{name}_leftImg8bit.*"' in text and 'label = "{name}_gtFine_labelIds.png"' in text
    assert "not {name}_gtFine_color.*" in text and 'labels = "gtFine"' in text
    assert len(open_dataset(str(tmp_path), None, "train")) + len(open_dataset(str(tmp_path), None, "test")) == 3


@pytest.mark.parametrize("place", ["{name}_{class}.png", "{class}/{name}.png", "{name}/{class}.png"])
def test_masks_are_recognised_by_name_or_folder(tmp_path: Path, place: str) -> None:
    bare(tmp_path, "masks")
    for path in sorted((tmp_path / "labels").iterdir()):
        stem, _, name = path.stem.partition("_")
        target = path.parent / place.replace("{name}", stem).replace("{class}", name)
        target.parent.mkdir(exist_ok=True)
        path.rename(target)
    _, text = draft(tmp_path, progress=False)
    assert f'label = "{place.replace(".png", ".*")}"' in text
    assert open_dataset(str(tmp_path), None, "train").space.classes == tuple(sorted(NAMES))


def test_splits_are_guessed_from_lists_folders_or_drawn(tmp_path: Path) -> None:
    assert 'train = "train.txt"' in draft(bare(tmp_path / "a"), progress=False)[1]
    folders = draft(bare(tmp_path / "b", stems=("train/a", "val/b"), lists=False), progress=False)[1]
    assert 'train = "train"\nval = "val"' in folders
    assert "test = 0.2\nseed = 0" in draft(bare(tmp_path / "c", lists=False), progress=False)[1]


def test_a_draft_is_never_written_over(tmp_path: Path) -> None:
    write_own(tmp_path)
    before = (tmp_path / "classes.toml").read_text()
    refuses(lambda: draft(tmp_path, progress=False), "classes.toml", "exists already", "--out")
    assert (tmp_path / "classes.toml").read_text() == before


def test_a_draft_may_lie_elsewhere(tmp_path: Path) -> None:
    place = described(bare(tmp_path / "data"), tmp_path / "drafts")
    assert place == tmp_path / "drafts/data.toml" and len(open_dataset(str(place), None, "train")) == 3
    place.write_text(place.read_text().replace("class_0", "wall"))
    assert described(tmp_path / "data", tmp_path / "drafts") == place and "wall" in place.read_text()
    (tmp_path / "data/classes.toml").write_text(place.read_text())
    assert described(tmp_path / "data", tmp_path / "drafts") == tmp_path / "data"


def test_what_is_no_folder_of_images_and_labels_is_refused(tmp_path: Path) -> None:
    refuses(lambda: draft(tmp_path / "no", progress=False), "no", "does not exist")
    refuses(lambda: draft(tmp_path, progress=False), "no sub-folder of images", "called images")
    (tmp_path / "images").mkdir()
    refuses(lambda: draft(tmp_path, progress=False), "no sub-folder of labels")
    (tmp_path / "labels").mkdir()
    refuses(lambda: draft(tmp_path, progress=False), "images: holds no images")
    write_image(tmp_path / "images/a.png", np.zeros((*SIZE, 3), np.uint8))
    write_image(tmp_path / "labels/b.png", np.zeros(SIZE, np.uint8))
    refuses(lambda: draft(tmp_path, progress=False), "share a name", "a.png and b.png")
    refuses(lambda: draft(tmp_path, tmp_path / "x.txt", progress=False), "x.txt", ".toml")


def test_photographs_as_labels_are_refused(tmp_path: Path) -> None:
    bare(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    write_image(tmp_path / "labels/b.png", noise)
    refuses(lambda: draft(tmp_path, progress=False), "b.png", "more than 254 colours", "export the labels")


def test_the_command_prints_and_writes_the_draft(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    bare(tmp_path)
    assert call("data", "describe", tmp_path) == 0
    said = capsys.readouterr().out
    assert said.startswith("# What the labels") and f"annn data check {tmp_path}" in said
    assert call("data", "describe", tmp_path) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_facade_folder_is_described(facade: Path, tmp_path: Path) -> None:
    file, text = draft(facade, tmp_path / "drafted.toml", progress=False)
    assert text.count("[[class]]") == 9 and text.count("ignore = true") == 1 and "color = [128, 64, 0]" in text
    assert 'train = "train.txt"' in text and len(open_dataset(str(file), None, "train").space.classes) == 8
