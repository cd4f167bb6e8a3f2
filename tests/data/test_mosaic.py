"""Mosaics for any label space: the same scene from the same numbers, exact labels, twins that only a marker tells."""

import itertools
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from elsewhere import drawn_elsewhere
from PIL import Image
from scipy.io import loadmat

from annn.data import Ade20k, CocoStuff, NyuDepthV2, PascalContext, check
from annn.data.ade20k import ADE20K
from annn.data.coco_stuff import COCO_STUFF
from annn.data.files import FileDataset
from annn.data.nyud.labels import NYUD, NYUD_894, NYUD_MAPPING
from annn.data.palette import spread_colors
from annn.data.pascal_context import PASCAL_CONTEXT
from annn.data.scenes import contact_sheet
from annn.data.scenes.mosaic import CLASSES, Scene, catalogue, draw, nyud, photographs
from annn.data.scenes.mosaic.photographs import draw_photograph, image_size
from annn.data.scenes.mosaic.planted import REACH
from annn.data.scenes.stand_in import FIRST_INDEX
from annn.data.space import IGNORE, LabelSpace
from annn.errors import ConfigError, DataError

SMALL = (48, 64)
WRITERS = {
    "cocostuff10k": photographs.write_coco_stuff,
    "ade20k": photographs.write_ade20k,
    "pascal_context": photographs.write_pascal_context,
    "nyud": nyud.write_nyud,
}
ANY_WRITER = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())


def own_space(classes: int) -> LabelSpace:
    """The label space of somebody's own data, with other file ids than train ids."""
    return LabelSpace(
        name="mine",
        classes=tuple(f"class {number}" for number in range(classes)),
        colors=spread_colors(classes),
        train_ids={0: IGNORE, **{number + 1: number for number in range(classes)}},
        void_id=0,
    )


# ---- scenes


def test_a_scene_is_fixed_by_space_seed_and_index() -> None:
    first, again = draw(NYUD, 3, 7, SMALL), draw(NYUD, 3, 7, SMALL)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.uint8 and one.shape[:2] == SMALL
    for different in (draw(NYUD, 3, 8, SMALL), draw(NYUD, 4, 7, SMALL), draw(ADE20K, 3, 7, SMALL)):
        assert (first.image != different.image).mean() > 0.5


def test_another_size_shows_the_same_scene() -> None:
    for index in range(6):
        small, large = draw(NYUD, 0, index, (60, 80)), draw(NYUD, 0, index, (180, 240))
        assert (small.label == large.label[1::3, 1::3]).mean() > 0.95  # the centres of the small one's pixels
        np.testing.assert_allclose(small.image.mean(axis=(0, 1)), large.image.mean(axis=(0, 1)), atol=6)


@pytest.mark.parametrize(("space", "often"), [(NYUD, 0.05), (COCO_STUFF, 0.025)], ids=["40 classes", "171 classes"])
def test_all_classes_are_common_and_something_is_ignored(tmp_path: Path, space: LabelSpace, often: float) -> None:
    scenes = drawn_elsewhere(Scene, tmp_path, 0, 500, SMALL, space)
    present = np.stack([np.bincount(scene.label.ravel(), minlength=256) > 0 for scene in scenes])
    shares = present.mean(axis=0)
    assert shares[: len(space.classes)].min() > often
    assert not shares[len(space.classes) : IGNORE].any() and 0.1 < shares[IGNORE] < 0.5
    assert 6 < present.sum(axis=1).mean() < 12  # classes in an image
    assert 0.005 < np.mean([(scene.label == IGNORE).mean() for scene in scenes]) < 0.1


@pytest.mark.parametrize("classes", [CLASSES[0], 3, 5, 6, 7, 19, 64, CLASSES[-1]])
def test_any_label_space_is_drawn(classes: int) -> None:
    space, found = own_space(classes), set()
    for index in range(40):
        scene = draw(space, 0, index, (32, 32))
        found |= set(np.unique(scene.label).tolist())
        np.testing.assert_array_equal(space.encode(space.decode(scene.label), "file"), scene.label)
    assert found <= {*range(classes), IGNORE}
    assert len(found - {IGNORE}) == classes or classes > 19


@pytest.mark.parametrize("size", [(16, 16), (16, 200), (200, 16), (17, 31), (97, 41)])
def test_any_size_from_16_pixels_on_is_drawn(size: tuple[int, int]) -> None:
    for index in range(8):
        scene = draw(COCO_STUFF, 1, index, size)
        assert scene.image.shape == (*size, 3) and scene.label.shape == scene.planted.shape == size


def test_a_class_does_not_always_have_the_same_color() -> None:
    means = [
        scene.image[scene.label == 0].mean(axis=0)
        for scene in (draw(own_space(4), 0, index, SMALL) for index in range(30))
        if (scene.label == 0).sum() > 100
    ]
    assert np.std(means, axis=0).mean() > 4


def test_images_are_neither_black_nor_white() -> None:
    images = [draw(COCO_STUFF, 0, index, SMALL).image for index in range(60)]
    means = np.array([image.mean() for image in images])
    assert means.min() > 60 and means.max() < 220 and min(image.std() for image in images) > 15


def test_impossible_numbers_are_refused() -> None:
    for seed, index, size in ((-1, 0, SMALL), (0, -1, SMALL), (0, 0, (15, 64)), (0, 0, (64, 9999))):
        with pytest.raises(ConfigError, match="got"):
            draw(NYUD, seed, index, size)
    for classes in (CLASSES[0] - 1, CLASSES[-1] + 1):
        with pytest.raises(ConfigError, match=f"2 to 250 classes, got {classes}"):
            catalogue(classes)


# ---- the catalogue


@pytest.mark.parametrize("classes", [2, 5, 6, 40, 59, 150, 171, 250])
def test_only_twins_share_a_look(classes: int) -> None:
    book = catalogue(classes)
    assert len(book.looks) == classes
    twins = [number for pair in book.twins for number in pair]
    others = [look for number, look in enumerate(book.looks) if number not in twins and number != book.marker]
    assert len(set(others)) == len(others) == len({*book.stuff, *book.things})
    for first, second in book.twins:
        assert book.looks[first] == book.looks[second] and book.looks[first] not in others
    assert len({book.looks[first] for first, _ in book.twins}) == len(book.twins) <= 4
    assert bool(twins) == (classes >= 6) == (book.marker is not None)


# ---- the planted dependency


def told_both_ways(count: int, size: tuple[int, int] = SMALL) -> list[tuple[Scene, ...]]:
    """Scenes with a panel, with a warm and with a cool marker."""
    both = (tuple(draw(COCO_STUFF, 0, index, size, warm=warm) for warm in (True, False)) for index in itertools.count())
    return list(itertools.islice((pair for pair in both if pair[0].planted.any()), count))


def test_the_marker_alone_decides_the_class_of_a_panel() -> None:
    """Change what the marker says: the image changes within the marker only, the label on the panel only."""
    book = catalogue(len(COCO_STUFF.classes))
    for warm, cool in told_both_ways(20):
        np.testing.assert_array_equal(warm.planted, cool.planted)
        panel, marker = warm.planted > 0, warm.label == book.marker
        np.testing.assert_array_equal(warm.label[~panel], cool.label[~panel])
        (pair,) = np.unique(warm.planted[panel])
        assert {*warm.label[panel].tolist()} == {book.twins[pair - 1][0]}
        assert {*cool.label[panel].tolist()} == {book.twins[pair - 1][1]}
        changed = (warm.image != cool.image).any(axis=2)
        assert changed.any() and not changed[panel].any()
        assert (changed & marker).sum() > 0.9 * changed.sum()  # the rest is its blurred rim


def test_the_marker_is_far_from_the_panel_and_both_are_large_enough() -> None:
    for size in (SMALL, (64, 48)):
        for scene, _ in told_both_ways(20, size):
            panel, marker = (np.argwhere(where) for where in (scene.planted > 0, scene.label == 170))
            assert len(panel) > 0.05 * scene.label.size and len(marker) > 0.01 * scene.label.size
            assert np.abs(panel - marker.mean(axis=0)).max(axis=1).min() > REACH * max(size)


def test_cues_are_fair_and_all_pairs_occur() -> None:
    scenes = [draw(COCO_STUFF, 2, index, (16, 16)) for index in range(400)]
    pairs = np.array([scene.planted.max() for scene in scenes])
    assert set(pairs) == {0, 1, 2, 3, 4} and abs((pairs > 0).mean() - 0.6) < 0.08
    firsts = [bool((scene.label[scene.planted > 0] % 2 == 0).all()) for scene in scenes if scene.planted.any()]
    assert catalogue(171).twins[0][0] % 2 == 0 and abs(np.mean(firsts) - 0.5) < 0.1
    alone = [bool((scene.label == 170).any()) for scene in scenes if not scene.planted.any()]
    assert 0.2 < np.mean(alone) < 0.5


# ---- files


READ: dict[str, tuple[type[FileDataset], str, Callable[[int, int], Scene]]] = {
    "cocostuff10k": (CocoStuff, "test", lambda s, i: draw_photograph(COCO_STUFF, s, i, SMALL)),
    "ade20k": (Ade20k, "val", lambda s, i: draw_photograph(ADE20K, s, i, SMALL)),
    "pascal_context": (PascalContext, "val", lambda s, i: draw_photograph(PASCAL_CONTEXT, s, i, SMALL)),
    "nyud": (NyuDepthV2, "test", lambda s, i: draw(NYUD, s, i, SMALL)),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_drawn_is_what_the_reader_returns(tmp_path: Path, name: str) -> None:
    kind, test_split, drawn = READ[name]
    root = WRITERS[name](tmp_path / "set", 5, 2, SMALL, seed=3, progress=False)
    for split, part, count in (("train", "train", 5), (test_split, "val", 2)):
        dataset = kind(root, split)
        assert len(dataset) == count and dataset.stand_in
        for number, sample in enumerate(dataset):
            scene = drawn(3, FIRST_INDEX[part] + number)
            np.testing.assert_array_equal(sample.label, scene.label)
            image = scene.image
            if name != "nyud" and number == 3:  # one of the grey ones
                image = np.array(Image.fromarray(image).convert("L").convert("RGB"))
            assert np.abs(sample.image.astype(int) - image).mean() < (1e-9 if name == "nyud" else 8)
            with Image.open(next((root / "planted").rglob(f"{sample.name}.png"))) as file:
                np.testing.assert_array_equal(np.array(file), scene.planted)
    assert check(kind.name, root).usable and check(kind.name, root).stand_in


@ANY_WRITER
def test_equal_numbers_make_equal_files(tmp_path: Path, write: Callable[..., Path]) -> None:
    first = write(tmp_path / "a", 2, 1, SMALL, seed=1, progress=False)
    again = write(tmp_path / "b", 2, 1, SMALL, seed=1, progress=False)
    contents = [
        {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (first, again)
    ]
    assert contents[0] == contents[1]
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    write(first, 2, 1, SMALL, seed=1, progress=False)
    assert before == {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    with pytest.raises(DataError, match="another stand-in"):
        write(first, 3, 1, SMALL, seed=1, progress=False)


@ANY_WRITER
@pytest.mark.parametrize("arguments", [(0, 1, SMALL), (1, 0, SMALL), (1, 1, (15, 64)), (1, 1, SMALL, -1)])
def test_impossible_sets_are_refused(tmp_path: Path, write: Callable[..., Path], arguments: tuple) -> None:
    with pytest.raises(ConfigError, match="got"):
        write(tmp_path / "set", *arguments)
    assert not (tmp_path / "set").exists()


def test_the_smallest_photographs_are_drawn(tmp_path: Path) -> None:
    root = photographs.write_ade20k(tmp_path / "set", 12, 1, (23, 23), progress=False)
    assert min(min(sample.label.shape) for sample in Ade20k(root, "train")) == 16


def test_files_of_coco_stuff_are_like_the_real_ones(tmp_path: Path) -> None:
    root = photographs.write_coco_stuff(tmp_path / "set", 4, 1, SMALL, progress=False)
    kinds = []
    for number in range(4):
        name = photographs.coco_stem("train", number)
        found = loadmat(root / "annotations" / f"{name}.mat")
        with Image.open(root / "images" / f"{name}.jpg") as image:
            assert image.format == "JPEG" and image.mode == ("L" if number == 3 else "RGB")
            assert found["S"].shape == (image.height, image.width)
        kinds.append(found["S"].dtype)
        assert found["names"].shape == (182, 1) and found["names"][0, 0].item() == "person"
        assert found["captions"].shape == (1, 1) and len(name) == 27
    assert kinds == 2 * [np.float64, np.uint8]
    lists = {split: (root / "imageLists" / f"{split}.txt").read_text().split() for split in ("train", "test", "all")}
    assert [len(lists[split]) for split in lists] == [4, 1, 5]
    assert sorted(lists["train"] + lists["test"]) == lists["all"]


def test_files_of_ade20k_and_pascal_context_are_like_the_real_ones(tmp_path: Path) -> None:
    root = photographs.write_ade20k(tmp_path / "ade", 4, 1, SMALL, progress=False)
    modes = {
        "annotations/training/ADE_train_00000001.png": "L",
        "images/training/ADE_train_00000004.jpg": "L",  # a grey one
        "images/validation/ADE_val_00000001.jpg": "RGB",
    }
    for name, mode in modes.items():
        with Image.open(root / name) as file:
            assert file.mode == mode
    root = photographs.write_pascal_context(tmp_path / "context", 4, 1, SMALL, progress=False)
    labels = loadmat(next((root / "trainval").glob("*.mat")))["LabelMap"]
    assert labels.dtype == np.uint16 and labels.max() <= 459
    lines = (root / "labels.txt").read_text().splitlines()
    assert len(lines) == 459 and lines[1] == "2: aeroplane"
    assert (root / "ImageSets/Main/train.txt").read_text().splitlines()[0] == "2008_000002"


def test_sizes_of_photographs_vary_and_some_stand_upright() -> None:
    sizes = {image_size(0, index, (240, 320)) for index in range(80)}
    assert (240, 320) in sizes and (320, 240) in sizes and min(min(size) for size in sizes) < 200


def test_the_files_of_nyud_are_those_of_matlab(tmp_path: Path) -> None:
    root = nyud.write_nyud(tmp_path / "set", 4, 3, SMALL, progress=False)
    header = (root / nyud.LABELED).read_bytes()[:520]
    assert header.startswith(b"MATLAB 7.3 MAT-file, Platform: GLNXA64") and header[124:128] == b"\x00\x02IM"
    assert header[512:520] == b"\x89HDF\r\n\x1a\n"
    classes = {"images": b"uint8", "labels": b"uint16", "names": b"cell"}
    with h5py.File(root / nyud.LABELED, "r") as file:
        assert file["images"].shape == (7, 3, 64, 48) and file["labels"].shape == (7, 64, 48)  # type: ignore[union-attr]
        assert {name: file[name].attrs["MATLAB_class"] for name in classes} == classes
        word = file[file["names"][0, NYUD_894.file_ids[0] - 1]]  # type: ignore[index]
        assert bytes(word[:, 0].astype(np.uint8)) == b"wall"  # type: ignore[index]
    splits = loadmat(root / nyud.SPLITS, mat_dtype=True)
    train, test = splits["trainNdxs"], splits["testNdxs"]
    assert train.shape == (4, 1) and test.shape == (3, 1) and train.dtype == np.float64
    assert sorted([*train.ravel(), *test.ravel()]) == list(range(1, 8))
    mapping = loadmat(root / nyud.MAPPING)
    assert tuple(mapping["mapClass"].ravel()) == NYUD_MAPPING and mapping["className"][0, 39][0] == "otherprop"


# ---- the contact sheet


def test_a_sheet_shows_mosaics_above_their_labels() -> None:
    sheet = contact_sheet(0, 4, SMALL, NYUD)
    assert sheet.shape == (6 + 2 * (2 * 48 + 6), 6 + 3 * (64 + 6), 3)
    scene = draw(NYUD, 0, 0, SMALL)
    np.testing.assert_array_equal(sheet[6:54, 6:70], scene.image)
    np.testing.assert_array_equal(sheet[54:102, 6:70], NYUD.colorize(scene.label))
