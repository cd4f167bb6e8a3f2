"""The thing-and-stuff generator: the same scene from the same numbers, exact labels, and COCO-Stuff's own layout."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from elsewhere import drawn_elsewhere
from PIL import Image
from scipy.io import loadmat

from annn.data.coco_stuff import COCO_STUFF, CocoStuff
from annn.data.scenes.stand_in import STAND_IN_FILE
from annn.data.scenes.stuff import KINDS, Scene, contact_sheet, draw, kind_of, write_coco_stuff
from annn.data.scenes.stuff.coco_stuff import FIRST_INDEX, image_size, regions_of, stem
from annn.data.scenes.stuff.names import ID, NAMES
from annn.data.scenes.stuff.scene import VIEWS
from annn.errors import ConfigError, DataError

SMALL = (96, 128)
STUFF = range(92, 183)
DECK = sum(view.share for view in VIEWS.values())


@pytest.fixture(scope="module")
def two_decks(tmp_path_factory: pytest.TempPathFactory) -> list[Scene]:
    return drawn_elsewhere(Scene, tmp_path_factory.mktemp("scenes"), 0, 2 * DECK, SMALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coco_stuff(tmp_path_factory.mktemp("coco") / "stand-in", 10, 3, SMALL, seed=3, progress=False)


def test_names_are_those_of_the_label_space() -> None:
    assert len(NAMES) == len(set(NAMES)) == 182
    assert all(ID[name] == file_id for name, file_id in zip(COCO_STUFF.classes, COCO_STUFF.file_ids, strict=True))


def test_a_scene_is_fixed_by_seed_and_index() -> None:
    first, again, next_one, other = draw(3, 7, SMALL), draw(3, 7, SMALL), draw(3, 8, SMALL), draw(4, 7, SMALL)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.label, again.label)
    for different in (next_one, other):
        assert (first.image != different.image).mean() > 0.5


@pytest.mark.parametrize("size", [(64, 96), (120, 80), (33, 200)])
def test_a_scene_has_the_size_asked_for(size: tuple[int, int]) -> None:
    for index in range(5):
        scene = draw(1, index, size)
        assert scene.image.shape == (*size, 3) and scene.image.dtype == np.uint8
        assert scene.label.shape == size and scene.label.dtype == np.uint8


def test_another_size_shows_the_same_scene() -> None:
    for index in range(6):
        small, large = draw(0, index, (120, 160)), draw(0, index, (240, 320))
        assert (small.label == large.label[::2, ::2]).mean() > 0.85
        np.testing.assert_allclose(small.image.mean(axis=(0, 1)), large.image.mean(axis=(0, 1)), atol=6)


def test_every_kind_is_dealt_in_turn() -> None:
    for deal in range(3):
        dealt = Counter(kind_of(5, index) for index in range(deal * DECK, (deal + 1) * DECK))
        assert dealt == {kind: view.share for kind, view in VIEWS.items()}
    assert len(KINDS) >= 12
    assert [kind_of(5, k) for k in range(DECK)] != [kind_of(5, DECK + k) for k in range(DECK)]


def test_many_classes_occur_and_all_are_legal(two_decks: list[Scene]) -> None:
    present = np.stack([np.bincount(scene.label.ravel(), minlength=183) > 0 for scene in two_decks])
    assert present.shape[1] == 183
    found = {number for number in range(1, 183) if present[:, number].any()}
    assert not found - set(COCO_STUFF.file_ids)
    assert len(found) >= 130
    assert 0 < present[:, 0].mean() < 0.5
    for scene in two_decks:
        COCO_STUFF.encode(scene.label, scene.kind)


def test_stuff_is_large_and_things_are_there(two_decks: list[Scene]) -> None:
    pixels = np.sum([np.bincount(scene.label.ravel(), minlength=183) for scene in two_decks], axis=0)
    shares = pixels / pixels.sum()
    assert shares[0] < 0.05
    assert shares[list(STUFF)].sum() > 0.6
    assert 0.08 < shares[1:92].sum() < 0.4
    assert np.mean([(scene.label == ID["person"]).any() for scene in two_decks]) > 0.4


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("beach", ("sand", "sea")),
        ("snow", ("snow",)),
        ("savanna", ("grass", "tree")),
        ("street", ("road", "pavement")),
        ("tennis", ("playingfield", "net")),
        ("bathroom", ("toilet", "sink")),
        ("desk", ("desk-stuff",)),
        ("bedroom", ("bed",)),
        ("river", ("river", "tree")),
        ("market", ("tent",)),
    ],
)
def test_a_kind_shows_what_its_name_says(two_decks: list[Scene], kind: str, names: tuple[str, ...]) -> None:
    scenes = [scene for scene in two_decks if scene.kind == kind]
    assert scenes
    for name in names:
        assert np.mean([(scene.label == ID[name]).any() for scene in scenes]) > 0.7


def test_images_use_the_range_of_light(two_decks: list[Scene]) -> None:
    means = np.array([scene.image.mean() for scene in two_decks])
    assert means.min() > 40 and means.max() < 235 and means.std() > 10
    assert min(scene.image.std() for scene in two_decks) > 10


def test_impossible_numbers_are_refused() -> None:
    for arguments in ((-1, 0, SMALL), (0, -1, SMALL), (0, 0, (8, 64)), (0, 0, (64, 9999))):
        with pytest.raises(ConfigError):
            draw(*arguments)
    with pytest.raises(ConfigError):
        contact_sheet(0, 0)


def test_a_sheet_holds_scenes_and_labels() -> None:
    sheet = contact_sheet(0, 4, (48, 64))
    assert sheet.shape == (6 + 2 * (2 * 48 + 6), 6 + 3 * (64 + 6), 3)
    np.testing.assert_array_equal(sheet[6:54, 6:70], draw(0, 0, (48, 64)).image)


def test_what_is_drawn_is_what_the_reader_returns(folder: Path) -> None:
    for split, first in FIRST_INDEX.items():
        dataset = CocoStuff(folder, split)
        for number in range(len(dataset)):
            sample = dataset[number]
            scene = draw(3, first + number, image_size(3, first + number, SMALL))
            assert sample.name == stem(split, number)
            np.testing.assert_array_equal(sample.label, COCO_STUFF.encode(scene.label, "scene"))
            gray = number == 3
            image = np.array(Image.fromarray(scene.image).convert("L").convert("RGB")) if gray else scene.image
            assert np.abs(sample.image.astype(int) - image).mean() < 8


def test_files_are_like_the_real_ones(folder: Path) -> None:
    doubles = 0
    for number in range(10):
        path = folder / "annotations" / f"{stem('train', number)}.mat"
        found = loadmat(path)
        with Image.open(folder / "images" / f"{stem('train', number)}.jpg") as image:
            assert image.format == "JPEG" and image.mode == ("L" if number == 3 else "RGB")
            assert found["S"].shape == found["regionMapStuff"].shape == (image.height, image.width)
        doubles += found["S"].dtype == np.float64
        assert found["S"].dtype in (np.float64, np.uint8)
        assert found["names"].shape == (182, 1) and found["names"][0, 0].item() == "person"
        assert found["captions"].shape == (5, 1)
        assert found["regionMapStuff"].dtype == np.uint16 and found["regionMapStuff"].min() == 1
        stuff = found["regionLabelsStuff"].ravel()[found["regionMapStuff"] - 1]
        np.testing.assert_array_equal(stuff, np.where(found["S"] > 91, found["S"], 0))
    assert doubles == 5


def test_regions_are_numbered_from_one_without_gaps() -> None:
    label = draw(0, 2, SMALL).label
    regions, labels = regions_of(label)
    np.testing.assert_array_equal(np.unique(regions), np.arange(1, len(labels) + 1))


def test_sizes_vary_and_some_stand_upright() -> None:
    sizes = {image_size(0, index, (240, 320)) for index in range(80)}
    assert (240, 320) in sizes and (320, 240) in sizes and min(min(size) for size in sizes) < 200


def test_lists_and_kinds_name_every_scene(folder: Path) -> None:
    lists = {s: (folder / "imageLists" / f"{s}.txt").read_text().split() for s in ("train", "test", "all")}
    assert [len(lists[s]) for s in ("train", "test", "all")] == [10, 3, 13]
    assert set(lists["train"]) | set(lists["test"]) == set(lists["all"]) and all(
        len(line) == 27 for line in lists["all"]
    )
    kinds = json.loads((folder / "kinds.json").read_text())
    assert set(kinds) == set(lists["all"]) and set(kinds.values()) <= set(KINDS)
    for name, kind in kinds.items():
        captions = loadmat(folder / "annotations" / f"{name}.mat")["captions"]
        assert captions[0, 0].item() == f"A generated scene: {kind}."


def test_writing_again_changes_nothing(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    write_coco_stuff(folder, 10, 3, SMALL, seed=3, progress=False)
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert json.loads((folder / STAND_IN_FILE).read_text())["size"] == list(SMALL)
    with pytest.raises(DataError):
        write_coco_stuff(folder, 11, 3, SMALL, seed=3, progress=False)


@pytest.mark.parametrize("arguments", [(0, 1), (1, 0), (1, 1, (40, 64)), (1, 1, SMALL, -1)])
def test_impossible_sets_are_refused(tmp_path: Path, arguments: tuple) -> None:
    with pytest.raises(ConfigError):
        write_coco_stuff(tmp_path / "set", *arguments)
    assert not (tmp_path / "set").exists()
