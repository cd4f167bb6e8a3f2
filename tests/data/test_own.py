"""A folder of any person is read: labels of every kind, splits of every kind, names of every kind."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from layouts import write_image
from own_folders import COLORS, NAMES, SIZE, STEMS, classes_toml, draw, save_labels, write_own
from PIL import Image
from refusals import refuses

from annn.data import is_own, open_dataset, reader
from annn.data.cache import cached, write_cache
from annn.data.config import DataConfig
from annn.data.open import open_data, open_validation
from annn.data.space import IGNORE

KINDS = ("index", "palette", "16 bit", "RGB", "RGBA", "masks")


def rewrite(root: Path, text: str, old: str = "", new: str = "") -> None:
    (root / "classes.toml").write_text(text.replace(old, new))


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_every_kind_give_the_same_train_ids(tmp_path: Path, kind: str) -> None:
    train = open_dataset(str(write_own(tmp_path, kind)), None, "train")
    test = open_dataset(str(tmp_path), None, "test")
    assert [sample.name for sample in train] == list(STEMS[:-1]) and [sample.name for sample in test] == ["d"]
    assert train.space.classes == NAMES
    for sample in (*train, *test):
        image, expected = draw(sample.name)
        np.testing.assert_array_equal(sample.label, expected)
        np.testing.assert_array_equal(sample.image, image)
    assert train.space.colorize(np.array([[0, 1, 2]], np.uint8)).shape == (1, 3, 3)
    if kind.startswith("RGB"):
        assert train.space.colors == COLORS  # drawn as in the label files


def test_both_ids_and_colours_are_read_by_what_a_file_is(tmp_path: Path) -> None:
    write_own(tmp_path, "index")
    lines = classes_toml("index").splitlines()
    for name, color in zip(NAMES, COLORS, strict=True):
        lines.insert(lines.index(f'name = "{name}"') + 1, f"color = {list(color)}")
    rewrite(tmp_path, "\n".join(lines).replace("id = 255", "id = 255\ncolor = [0, 0, 0]"))
    save_labels(tmp_path / "labels/b.png", draw("b")[1], "RGB")
    dataset = open_dataset(str(tmp_path), None, "train")
    for sample in dataset:
        np.testing.assert_array_equal(sample.label, draw(sample.name)[1])


def test_transparent_pixels_of_colours_do_not_count(tmp_path: Path) -> None:
    write_own(tmp_path, "RGBA")
    pixels = np.array(Image.open(tmp_path / "labels/a.png"))
    pixels[0, 0, 3] = 0
    write_image(tmp_path / "labels/a.png", pixels)
    assert open_dataset(str(tmp_path), None, "train")[0].label[0, 0] == IGNORE


def test_a_list_of_ids_merges_and_the_order_of_the_file_is_that_of_the_classes(tmp_path: Path) -> None:
    write_own(tmp_path)
    rewrite(tmp_path, '[[class]]\nname = "sea"\nid = 2\n[[class]]\nname = "land"\nid = [0, 1]\n'
            '[[class]]\nname = "x"\nid = 255\nignore = true\n')  # fmt: skip
    dataset = open_dataset(str(tmp_path), None, "train")
    assert dataset.space.classes == ("sea", "land")
    expected = draw("a")[1]
    np.testing.assert_array_equal(dataset[0].label, np.where(expected == 255, 255, np.where(expected == 2, 0, 1)))


def test_what_no_mask_covers_is_of_the_class_rest_and_later_masks_lie_on_top(tmp_path: Path) -> None:
    write_own(tmp_path, "masks")
    everything = np.full(SIZE, 255, np.uint8)
    write_image(tmp_path / "labels/a_wall.png", everything)  # below all others
    text = classes_toml("masks")
    rewrite(tmp_path, text, 'name = "sea"', 'name = "sea"\nrest = true')
    label = open_dataset(str(tmp_path), None, "train")[0].label
    expected = draw("a")[1]
    np.testing.assert_array_equal(label, np.where(expected == 255, 0, expected))
    (tmp_path / "labels/b_wall.png").unlink()  # the class is not in that image
    label = open_dataset(str(tmp_path), None, "train")[1].label
    np.testing.assert_array_equal(label == 2, (draw("b")[1] == 2) | (draw("b")[1] == 255) | (draw("b")[1] == 0))


@pytest.mark.parametrize("label", ["{class}/{name}.png", "{name}/{class}.png"])
def test_masks_may_lie_in_folders_of_classes_or_of_images(tmp_path: Path, label: str) -> None:
    write_own(tmp_path, "masks")
    for path in sorted((tmp_path / "labels").iterdir()):
        stem, _, name = path.stem.partition("_")
        path.parent.joinpath(label.replace("{class}", name).replace("{name}", stem)).parent.mkdir(exist_ok=True)
        path.rename(path.parent / label.replace("{class}", name).replace("{name}", stem))
    rewrite(tmp_path, classes_toml("masks"), "{name}_{class}.png", label)
    for sample in open_dataset(str(tmp_path), None, "train"):
        np.testing.assert_array_equal(sample.label, draw(sample.name)[1])


def test_masks_of_two_sizes_are_refused(tmp_path: Path) -> None:
    write_own(tmp_path, "masks")
    write_image(tmp_path / "labels/a_sea.png", np.zeros((3, 3), np.uint8))
    dataset = open_dataset(str(tmp_path), None, "train")
    refuses(lambda: dataset[0], "a_sea.png", "3x3", "8x6", "one size")


def test_suffix_patterns_match_the_names_of_cityscapes_at_any_depth(tmp_path: Path) -> None:
    for stem in ("ulm/ulm_1", "ulm/ulm_2", "bonn/x/bonn_1"):
        image, train = draw(stem)
        write_image(tmp_path / "images" / f"{stem}_leftImg8bit.png", image)
        save_labels(tmp_path / "labels" / f"{stem}_gtFine_labelIds.png", train, "index")
        write_image(tmp_path / "labels" / f"{stem}_gtFine_color.png", image)
    files = '[files]\nimage = "{name}_leftImg8bit.png"\nlabel = "{name}_gtFine_labelIds.png"\n[split]\ntest = 0.4\n'
    rewrite(tmp_path, classes_toml("index", files))
    both = [*open_dataset(str(tmp_path), None, "train"), *open_dataset(str(tmp_path), None, "test")]
    assert sorted(sample.name for sample in both) == ["bonn_x_bonn_1", "ulm_ulm_1", "ulm_ulm_2"]


# ---- splits


def names(root: Path, split: str) -> list[str]:
    return [pair.name for pair in open_dataset(str(root), None, split).pairs]


@pytest.mark.parametrize(
    "lines",
    [
        "b\nc\n", "b.png\nc.png\n", "images/b.png\r\nimages/c.png\r\n", "./images/b.png labels/b.png\nc c.png\n\n",
        "b.png b.png\nc labels/c.png",
    ],
)  # fmt: skip
def test_lists_hold_stems_names_paths_or_pairs(tmp_path: Path, lines: str) -> None:
    write_own(tmp_path)
    (tmp_path / "train.txt").write_text(lines)
    assert names(tmp_path, "train") == ["b", "c"] and names(tmp_path, "test") == ["d"]
    for sample in open_dataset(str(tmp_path), None, "train"):
        np.testing.assert_array_equal(sample.label, draw(sample.name)[1])


def test_names_with_spaces_and_umlauts_are_one_line_of_a_list(tmp_path: Path) -> None:
    write_own(tmp_path, stems=("my first picture", "Straße 2", "c"))
    assert names(tmp_path, "train") == ["my first picture", "Straße 2"]


def test_a_pair_of_a_list_may_have_labels_of_another_name(tmp_path: Path) -> None:
    write_own(tmp_path)
    (tmp_path / "labels/a.png").rename(tmp_path / "labels/other.png")
    (tmp_path / "train.txt").write_text("a.png other.png\nb\n")
    np.testing.assert_array_equal(open_dataset(str(tmp_path), None, "train")[0].label, draw("a")[1])


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("a\nz\n", ("train.txt, line 2", "no image 'z'", "4 are there")),
        ("a\na.png\n", ("train.txt, line 2", "a second time")),
        ("\n", ("train.txt", "empty")),
        ("a.png z.png\n", ("train.txt, line 1", "the label file 'z.png'", "does not exist")),
    ],
)
def test_lists_that_do_not_fit_are_refused_with_the_line(tmp_path: Path, lines: str, words: tuple[str, ...]) -> None:
    write_own(tmp_path)
    (tmp_path / "train.txt").write_text(lines)
    refuses(lambda: open_dataset(str(tmp_path), None, "train"), *words)


def test_a_stem_of_several_images_needs_its_folder_in_a_list(tmp_path: Path) -> None:
    write_own(tmp_path, stems=("x/a", "y/a", "c"))
    assert names(tmp_path, "train") == ["x_a", "y_a"]
    (tmp_path / "train.txt").write_text("a\n")
    refuses(lambda: names(tmp_path, "train"), "line 1", "name of several images")


def test_a_listed_image_without_labels_is_named(tmp_path: Path) -> None:
    write_own(tmp_path)
    (tmp_path / "labels/b.png").unlink()
    refuses(lambda: names(tmp_path, "train"), "train.txt, line 2", "images/b.png has no labels", "b.*")


def test_sub_folders_are_splits_without_a_word(tmp_path: Path) -> None:
    write_own(tmp_path, stems=("train/a", "train/deep/b", "val/c"), lists=False)
    assert names(tmp_path, "train") == ["a", "deep_b"] and names(tmp_path, "val") == ["c"]
    assert reader(str(tmp_path)).test_split == "val"
    assert "sub-folder" in str(open_dataset(str(tmp_path), None, "train").layout)


def test_shares_divide_all_images_once_and_one_more_image_moves_no_other(tmp_path: Path) -> None:
    stems = [f"{number:02}" for number in range(20)]
    write_own(tmp_path, stems=stems, lists=False, more="[split]\nval = 0.1\ntest = 0.25\nseed = 3\n")
    parts = {part: names(tmp_path, part) for part in ("train", "val", "test")}
    assert [len(part) for part in parts.values()] == [13, 2, 5]
    assert sorted(name for part in parts.values() for name in part) == stems
    rewrite(tmp_path, (tmp_path / "classes.toml").read_text(), "seed = 3", "seed = 4")
    assert names(tmp_path, "test") != parts["test"]


def test_without_any_split_a_fifth_is_drawn_for_tests(tmp_path: Path) -> None:
    write_own(tmp_path, stems=[f"{number:02}" for number in range(10)], lists=False)
    assert len(names(tmp_path, "test")) == 2 and len(names(tmp_path, "train")) == 8
    assert "shares" in str(open_dataset(str(tmp_path), None, "test").layout)


def test_a_split_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    write_own(tmp_path)
    refuses(lambda: open_dataset(str(tmp_path), None, "val"), "no split 'val'", "train, test")


# ---- what fails


def test_partners_must_be_there_where_no_list_chooses(tmp_path: Path) -> None:
    write_own(tmp_path, lists=False)
    (tmp_path / "labels/b.png").unlink()
    refuses(lambda: names(tmp_path, "train"), "images/b.png", "has no labels", "b.*", "train.txt")
    (tmp_path / "images/b.png").unlink()
    (tmp_path / "images/a.png").unlink()
    refuses(lambda: names(tmp_path, "train"), "labels/a.png", "has no image")


def test_values_that_no_class_owns_are_named_in_the_words_of_the_file(tmp_path: Path) -> None:
    write_own(tmp_path / "ids")
    write_image(tmp_path / "ids/labels/a.png", np.full(SIZE, 77, np.uint8))
    refuses(lambda: open_dataset(str(tmp_path / "ids"), None, "train")[0], "labels/a.png", "values 77", "ignore = true")
    write_own(tmp_path / "colors", "RGB")
    write_image(tmp_path / "colors/labels/a.png", np.full((*SIZE, 3), 9, np.uint8))
    refuses(lambda: open_dataset(str(tmp_path / "colors"), None, "train")[0], "colours [9, 9, 9]", "classes.toml")


def test_colours_where_classes_have_ids_alone_and_lossy_labels_are_refused(tmp_path: Path) -> None:
    write_own(tmp_path)
    save_labels(tmp_path / "labels/a.png", draw("a")[1], "RGB")
    refuses(lambda: open_dataset(str(tmp_path), None, "train")[0], "labels/a.png", "mode 'RGB'", "ids and no colours")
    Image.fromarray(draw("a")[1]).save(tmp_path / "labels/a.png", "JPEG")
    refuses(lambda: open_dataset(str(tmp_path), None, "train")[0], "labels/a.png", "JPEG")


def test_labels_of_another_size_are_refused(tmp_path: Path) -> None:
    write_own(tmp_path)
    write_image(tmp_path / "labels/a.png", np.zeros((3, 4), np.uint8))
    refuses(lambda: open_dataset(str(tmp_path), None, "train")[0], "labels/a.png", "4x3", "8x6")


def test_two_images_of_one_name_are_refused(tmp_path: Path) -> None:
    write_own(tmp_path)
    write_image(tmp_path / "images/a.bmp", draw("a")[0])
    refuses(lambda: names(tmp_path, "train"), "images/a.png", "images/a.bmp", "{name}.png")


def test_names_that_become_one_in_the_files_about_them_are_refused(tmp_path: Path) -> None:
    write_own(tmp_path, stems=("x/a", "x_a", "c"))
    refuses(lambda: names(tmp_path, "train"), "'x_a'", "Rename")


# ---- as a data set


def test_a_path_is_a_folder_and_a_name_is_a_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_own(tmp_path / "camvid")
    monkeypatch.chdir(tmp_path)
    assert not is_own("camvid") and is_own("./camvid") and is_own(str(tmp_path)) and is_own("no/where")
    kind = reader("./camvid")
    assert kind.name == "own-camvid"  # so that its tables are not those of CamVid
    refuses(lambda: reader("no/where"), "no/where", "does not exist", "classes.toml")


def test_a_description_may_lie_elsewhere(tmp_path: Path) -> None:
    write_own(tmp_path / "data")
    (tmp_path / "data/classes.toml").rename(tmp_path / "mine.toml")
    rewrite_to = (tmp_path / "mine.toml").read_text()
    (tmp_path / "mine.toml").write_text(f'name = "Two rivers"\n[files]\nfolder = "data"\n{rewrite_to}')
    dataset = open_dataset(str(tmp_path / "mine.toml"), None, "train")
    assert len(dataset) == 3 and dataset.name == "Two-rivers" and dataset.credit == "Two-rivers"
    (tmp_path / "about.toml").write_text('name = "Rivers"\nlicence = "CC BY"\n')
    assert open_dataset(str(tmp_path / "mine.toml"), None, "train").credit == "Rivers, CC BY"


def test_a_data_set_is_pickled_for_loader_processes_and_cached(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("ANNN_DATA", str(tmp_path / "data"))
    dataset = open_dataset(str(write_own(tmp_path / "own", "RGB")), None, "train")
    again = pickle.loads(pickle.dumps(dataset))
    np.testing.assert_array_equal(again[1].label, dataset[1].label)
    assert list(again.identity()) == list(dataset.identity())
    write_cache(dataset, progress=False)
    fast = cached(dataset)
    assert fast is not None
    np.testing.assert_array_equal(fast[2].label, dataset[2].label)


def test_identity_holds_every_mask(tmp_path: Path) -> None:
    dataset = open_dataset(str(write_own(tmp_path, "masks")), None, "train")
    assert len(list(dataset.identity())) == 1 + 3 * 4 and any("labels/a_sea.png" in line for line in dataset.identity())


def test_a_recipe_opens_the_folder_where_it_is_now(tmp_path: Path) -> None:
    kind = reader(str(write_own(tmp_path / "here")))
    data = DataConfig(name=kind.name, val=kind.test_split, own=kind.own)
    assert [len(split) for split in open_data(data)] == [3, 1]
    (tmp_path / "here").rename(tmp_path / "there")
    refuses(lambda: open_validation(data), "here", "does not exist")
    assert len(open_validation(data, tmp_path / "there")) == 1
    rewrite(tmp_path / "there", classes_toml("index"), "tree", "bush")
    refuses(lambda: open_validation(data, tmp_path / "there"), "classes.toml", "wall, bush, sea", "wall, tree, sea")


@pytest.mark.parametrize("size", [(120, 160), (480, 640), (3000, 4000), (640, 480)])
def test_crops_fit_the_size_of_the_images(tmp_path: Path, size: tuple[int, int]) -> None:
    write_own(tmp_path)
    for stem in STEMS:
        Image.new("RGB", size[::-1]).save(tmp_path / f"images/{stem}.png")
    crops = reader(str(tmp_path)).crops
    crop = crops["quick"]
    seen = [side * scale for side in size for scale in crop.scale]
    assert 220 < min(seen) < 300 and 680 < max(seen) < 830  # about as many pixels for each network, whatever the size
    assert (crop.size[0] < crop.size[1]) == (size[0] < size[1])


def test_the_facade_folder_gives_the_same_labels_in_every_form(facade: Path, tmp_path: Path) -> None:
    """Real photographs with RGBA colours, rewritten as indices, as palettes and as 16 bits."""
    described = (facade.parent / "classes.toml").read_text()
    original = open_dataset(str(facade.parent), None, "train")
    rows = [entry for entry in described.split("[[class]]")[1:]]
    for kind in ("index", "palette", "16 bit"):
        folder = tmp_path / kind
        (folder / "labels").mkdir(parents=True)
        (folder / "images").symlink_to(facade / "images")
        for part in ("train", "test"):
            (folder / f"{part}.txt").write_text((facade / f"{part}.txt").read_text())
        ids = [7 + 3 * number if kind != "16 bit" else 300 + number for number in range(len(rows))]
        entries = [
            "\n".join(f"id = {n}" if line.startswith("color") else line for line in row.strip().splitlines())
            for row, n in zip(rows, ids, strict=True)
        ]
        (folder / "classes.toml").write_text("".join(f"[[class]]\n{entry}\n" for entry in entries))
        for pair in original.pairs:
            colors = np.array(Image.open(pair.label))[..., :3].astype(int)
            codes = (colors[..., 0] << 16) | (colors[..., 1] << 8) | colors[..., 2]
            values = np.zeros(codes.shape, np.uint16)
            for row, n in zip(rows, ids, strict=True):
                r, g, b = json.loads(row.split("color = ")[1].splitlines()[0])
                values[codes == (r << 16 | g << 8 | b)] = n
            image = Image.fromarray(values if kind == "16 bit" else values.astype(np.uint8))
            if kind == "palette":
                image.putpalette(np.random.default_rng(0).integers(0, 256, 768, dtype=np.uint8).tolist())
            image.save(folder / "labels" / pair.label.name, compress_level=1)
        again = open_dataset(str(folder), None, "train")
        assert [pair.name for pair in again.pairs] == [pair.name for pair in original.pairs]
        for mine, right in zip(again, original, strict=True):
            np.testing.assert_array_equal(mine.label, right.label)
