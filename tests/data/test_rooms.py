"""Rooms: exact labels and depth, nearest surfaces in front, and files as the data set's own."""

from collections import defaultdict
from pathlib import Path

import h5py
import numpy as np
import pytest
from elsewhere import drawn_elsewhere
from scipy.io import loadmat

from annn.data import open_dataset
from annn.data.nyud.labels import NYUD_894, NYUD_MAPPING
from annn.data.scenes import sheet
from annn.data.scenes.camera import Camera
from annn.data.scenes.rooms import KINDS, Scene, add_border, contact_sheet, draw, ids, read_scene_types, write_nyud
from annn.data.scenes.rooms.light import RoomLight
from annn.data.scenes.rooms.material import material
from annn.data.scenes.rooms.nyud import FIRST_INDEX, LABELED, MAPPING, SPLITS
from annn.data.scenes.rooms.render import Walls, render
from annn.data.scenes.rooms.solids import Space
from annn.data.space import IGNORE
from annn.errors import ConfigError, DataError

SMALL = (96, 128)
SEED, COUNT = 12, 120


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Scene]:
    return drawn_elsewhere(Scene, tmp_path_factory.mktemp("scenes"), SEED, COUNT, SMALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_nyud(tmp_path_factory.mktemp("rooms") / "nyud", 4, 3, SMALL, SEED, progress=False)


def drawn(split: str, number: int) -> Scene:
    return draw(SEED, FIRST_INDEX[split] + number, SMALL)


# The scenes


def test_a_scene_is_fixed_by_seed_and_index(scenes: list[Scene]) -> None:
    again = draw(SEED, 3, SMALL)
    for field, other in zip(again, scenes[3], strict=True):
        assert np.array_equal(field, other)
    assert not np.array_equal(draw(SEED + 1, 3, SMALL).image, scenes[3].image)
    assert not np.array_equal(scenes[4].image, scenes[3].image)


def test_a_scene_has_the_types_that_it_says() -> None:
    scene = draw(SEED, 0, (60, 90))
    assert scene.image.shape == (60, 90, 3) and scene.image.dtype == np.uint8
    assert scene.label.shape == (60, 90) and scene.label.dtype == np.uint16
    assert scene.instances.dtype == np.uint8 and scene.depth.dtype == np.float32
    assert scene.kind in KINDS


@pytest.mark.parametrize("index", range(2))
def test_another_size_shows_the_same_room(index: int) -> None:
    small, large = draw(SEED, index, (60, 80)), draw(SEED, index, (180, 240))
    assert small.kind == large.kind
    assert (small.label == large.label[1::3, 1::3]).mean() > 0.9  # the centres of the small one's pixels


def test_most_classes_and_all_kinds_of_rooms_occur(scenes: list[Scene]) -> None:
    present = {number for scene in scenes for number in np.unique(NYUD_894.encode(scene.label, "scene"))}
    assert len(present - {IGNORE}) >= 37
    assert {scene.kind for scene in scenes} == set(KINDS)


def test_the_other_classes_gather_several_ids_and_some_pixels_have_none(scenes: list[Scene]) -> None:
    gathered = defaultdict(set)
    for number in {number for scene in scenes for number in np.unique(scene.label).tolist()}:
        gathered[NYUD_MAPPING[number - 1] if number else 0].add(number)
    assert gathered[0] == {ids.UNLABELED}
    assert min(len(gathered[number]) for number in (38, 39, 40)) >= 2
    assert all(len(gathered[number]) <= 1 for number in range(1, 38))


def test_every_kind_has_its_own_furniture(scenes: list[Scene]) -> None:
    marks = {"bedroom": ids.BED, "bathroom": ids.TOILET, "kitchen": ids.COUNTER, "bookstore": ids.BOOKSHELF}
    for kind, mark in marks.items():
        shown = [bool((scene.label == mark).any()) for scene in scenes if scene.kind == kind]
        others = [bool((scene.label == mark).any()) for scene in scenes if scene.kind != kind]
        assert np.mean(shown) > 0.5 > np.mean(others)


def test_instances_count_the_things_of_a_label(scenes: list[Scene]) -> None:
    for scene in scenes[:10]:
        for number in np.unique(scene.label):
            found = np.unique(scene.instances[scene.label == number])
            assert found.tolist() == ([0] if number == 0 else list(range(1, len(found) + 1)))


def test_depth_is_exact_on_planes(scenes: list[Scene]) -> None:
    """Inverse depth on a plane is affine in the pixel coordinates."""
    for scene in scenes[:10]:
        rows, columns = np.nonzero(scene.label == ids.FLOOR)
        if len(rows) < 50:
            continue
        design = np.stack([rows, columns, np.ones_like(rows)], axis=1).astype(float)
        inverse = 1 / scene.depth[rows, columns].astype(float)
        fit = design @ np.linalg.lstsq(design, inverse, rcond=None)[0]
        assert np.abs(fit - inverse).max() < 1e-3


def test_pictures_are_neither_black_nor_white(scenes: list[Scene]) -> None:
    means = np.array([scene.image.mean() for scene in scenes])
    assert means.min() > 50 and means.max() < 215
    assert min(scene.image.std() for scene in scenes) > 12


@pytest.mark.parametrize(
    ("seed", "index", "size"), [(-1, 0, SMALL), (0, -1, SMALL), (0, 0, (20, 200)), (0, 0, (96, 5000))]
)
def test_impossible_numbers_are_refused(seed: int, index: int, size: tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match="got"):
        draw(seed, index, size)


def test_the_border_is_that_of_the_real_frames() -> None:
    scene = add_border(draw(SEED, 1, (480, 640)))
    inside = np.zeros((480, 640), dtype=bool)
    inside[5:478, 7:636] = True
    assert (scene.image[~inside] == 255).all()
    assert not scene.label[~inside].any() and not scene.instances[~inside].any()
    rows, columns = np.nonzero(scene.label)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 477, 7, 635)


# The renderer

CAMERA = Camera(width=64, height=48, focal=0.8, horizon=0.5, eye=1.5)
WALLS = Walls(-3.0, 3.0, -1.0, 6.0, 3.0)
LIGHT = RoomLight(mood="day", ambient=(0.5, 0.5, 0.5), outside=(1.0, 1.0, 1.0), outside_glow=1.0)


def seen(space: Space) -> tuple[np.ndarray, np.ndarray]:
    background = space.frame(0, 0, 6.0, np.pi)
    background.front((-9, 9), (-9, 9), 0.0, material((0.5, 0.5, 0.5)), ids.WALL)
    painted = render(space, CAMERA, WALLS, LIGHT, (0, 0))
    return painted.label, painted.depth


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_nearer_of_two_boxes_hides_the_other_in_any_order(order: tuple[int, int]) -> None:
    space, grey = Space(), material((0.5, 0.5, 0.5))
    boxes = [((-0.5, 0.5), 3.0, ids.BOX), ((-1.0, 1.0), 4.0, ids.BED)]
    for number in order:
        x, z, label = boxes[number]
        space.frame(0, 0, z).box(x, (1.0, 2.0), (-0.2, 0.2), grey, label)
    label, depth = seen(space)
    middle = label[24]
    assert middle[32] == ids.BOX and depth[24, 32] == pytest.approx(2.8, abs=0.01)
    assert [int(value) for value in dict.fromkeys(middle.tolist())] == [ids.WALL, ids.BED, ids.BOX]
    assert depth[24, 0] == pytest.approx(6.0, abs=0.01)


def test_pieces_that_pass_through_each_other_are_cut_where_they_meet() -> None:
    space, grey = Space(), material((0.5, 0.5, 0.5))
    for turn, label in ((0.6, ids.DOOR), (-0.6, ids.PICTURE)):
        space.frame(0, 0, 3.0, turn).front((-1.5, 1.5), (0.5, 2.5), 0.0, grey, label)
    label, _ = seen(space)
    left, right = label[24, 20], label[24, 43]
    assert {int(left), int(right)} == {ids.DOOR, ids.PICTURE}


def test_what_stands_behind_the_camera_is_not_seen() -> None:
    space = Space()
    space.frame(0, 0, -2.0).box((-1, 1), (0, 3), (-0.2, 0.2), material((0.5, 0.5, 0.5)), ids.BOX)
    assert (seen(space)[0] == ids.WALL).all()


def test_a_frame_at_the_back_wall_looks_at_the_camera() -> None:
    frame = Space().frame(1.0, 0.0, 5.0, np.pi)
    assert frame.world(0.0, 2.0, 1.0) == pytest.approx((1.0, 2.0, 4.0))
    assert frame.sub(0.0, 0.0, 1.0, np.pi).world(0.0, 0.0, 1.0) == pytest.approx((1.0, 0.0, 5.0))


# The files


@pytest.mark.parametrize(("split", "count"), [("train", 4), ("test", 3)])
def test_what_was_drawn_is_what_the_reader_returns(folder: Path, split: str, count: int) -> None:
    dataset = open_dataset("nyud", folder, split)
    dataset.crop = False  # pyright: ignore[reportAttributeAccessIssue]
    assert len(dataset) == count and dataset.stand_in
    for number, sample in enumerate(dataset):
        scene = drawn(split, number)
        assert np.array_equal(sample.image, scene.image)
        lut = np.array([IGNORE, *(label - 1 for label in NYUD_MAPPING)])
        assert np.array_equal(sample.label, lut[scene.label])


def test_instances_depth_and_kinds_are_as_drawn(folder: Path) -> None:
    kinds = read_scene_types(folder / LABELED)
    splits = loadmat(folder / SPLITS)
    with h5py.File(folder / LABELED, "r") as file:
        for split in ("train", "test"):
            for number, place in enumerate(splits[f"{split}Ndxs"].ravel().astype(int) - 1):
                scene = drawn(split, number)
                assert kinds[place] == scene.kind
                assert np.array_equal(file["instances"][place].T, scene.instances)  # type: ignore[index]
                assert np.array_equal(file["depths"][place].T, scene.depth)  # type: ignore[index]


def test_the_labeled_file_is_one_of_matlab(folder: Path) -> None:
    header = (folder / LABELED).read_bytes()[:520]
    assert header.startswith(b"MATLAB 7.3 MAT-file, Platform: GLNXA64") and header[124:128] == b"\x00\x02IM"
    assert header[512:520] == b"\x89HDF\r\n\x1a\n"
    shapes = {"images": (7, 3, 128, 96), "labels": (7, 128, 96), "instances": (7, 128, 96), "depths": (7, 128, 96)}
    classes = {"images": b"uint8", "labels": b"uint16", "instances": b"uint8", "depths": b"single", "names": b"cell"}
    with h5py.File(folder / LABELED, "r") as file:
        assert {name: file[name].shape for name in shapes} == shapes  # type: ignore[union-attr]
        assert {name: file[name].attrs["MATLAB_class"] for name in classes} == classes
        assert all(file[name].chunks[0] == 1 for name in shapes)  # type: ignore[union-attr, index]
        names = file["names"]
        assert names.shape == (1, 894) and file["sceneTypes"].shape == (1, 7)  # type: ignore[union-attr]
        wall = file[names[0, ids.WALL - 1]]  # type: ignore[index]
        assert wall.name.startswith("/#refs#/") and wall.dtype == np.uint16 and wall.shape == (4, 1)  # type: ignore[union-attr]
        assert bytes(wall[:, 0].astype(np.uint8)) == b"wall"  # type: ignore[index]


def test_the_splits_count_from_one_in_doubles(folder: Path) -> None:
    splits = loadmat(folder / SPLITS, mat_dtype=True)
    train, test = splits["trainNdxs"], splits["testNdxs"]
    assert train.shape == (4, 1) and test.shape == (3, 1) and train.dtype == np.float64
    assert sorted([*train.ravel(), *test.ravel()]) == list(range(1, 8))


def test_the_mapping_says_what_the_label_space_does(folder: Path) -> None:
    mapping = loadmat(folder / MAPPING)
    assert mapping["mapClass"].shape == (1, 894) and tuple(mapping["mapClass"].ravel()) == NYUD_MAPPING
    assert mapping["className"].shape == (1, 40) and mapping["className"][0, 39][0] == "otherprop"
    assert mapping["allClassName"][0, ids.BOOKSHELF - 1][0] == "bookshelf"


def test_equal_scenes_make_equal_files(folder: Path, tmp_path: Path) -> None:
    again = write_nyud(tmp_path / "again", 4, 3, SMALL, SEED, progress=False)
    for path in folder.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name
    before = (folder / LABELED).stat().st_mtime_ns
    write_nyud(folder, 4, 3, SMALL, SEED, progress=False)
    assert (folder / LABELED).stat().st_mtime_ns == before


def test_another_stand_in_is_not_overwritten(folder: Path) -> None:
    with pytest.raises(DataError, match="another stand-in"):
        write_nyud(folder, 5, 3, SMALL, SEED, progress=False)


def test_full_size_has_the_border_and_the_reader_takes_it_off(tmp_path: Path) -> None:
    folder = write_nyud(tmp_path / "full", 1, 1, seed=SEED, progress=False)
    sample = open_dataset("nyud", folder, "train")[0]
    scene = draw(SEED, 0, (480, 640))
    assert sample.image.shape == (468, 625, 3)
    assert np.array_equal(sample.image, scene.image[6:474, 7:632])
    with h5py.File(folder / LABELED, "r") as file:
        assert (np.array(file["images"])[:, :, :7] == 255).all()


def test_files_without_scene_types_are_named(tmp_path: Path) -> None:
    path = tmp_path / LABELED
    with h5py.File(path, "w") as file:
        file["images"] = np.zeros(3)
    with pytest.raises(DataError, match="sceneTypes"):
        read_scene_types(path)
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match=LABELED):
        read_scene_types(path)


@pytest.mark.parametrize(("train", "val", "seed"), [(0, 1, 0), (1, 0, 0), (1, 1, -1)])
def test_a_data_set_needs_images_and_a_seed(tmp_path: Path, train: int, val: int, seed: int) -> None:
    with pytest.raises(ConfigError, match="at least one image"):
        write_nyud(tmp_path / "none", train, val, SMALL, seed)


# The contact sheet


def test_a_contact_sheet_shows_image_above_labels() -> None:
    shown = contact_sheet(SEED, 2, SMALL)
    gap = sheet.GAP
    assert shown.shape == (2 * 96 + 2 * gap, 2 * 128 + 3 * gap, 3)
    assert np.array_equal(shown[gap : gap + 96, gap : gap + 128], draw(SEED, 0, SMALL).image)


def test_a_contact_sheet_needs_a_scene() -> None:
    with pytest.raises(ConfigError, match="count 0"):
        contact_sheet(SEED, 0)
    with pytest.raises(ConfigError, match="none"):
        sheet.lay_out([])
