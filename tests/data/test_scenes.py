"""The street generator: the same scene from the same numbers, exact labels, and a cue that alone decides."""

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from elsewhere import drawn_elsewhere
from PIL import Image

from annn.data import Cityscapes
from annn.data.cityscapes import CITYSCAPES
from annn.data.scenes import Scene, contact_sheet, draw, write_cityscapes
from annn.data.scenes.canvas import WITH_INSTANCES
from annn.data.scenes.stand_in import FIRST_INDEX
from annn.data.scenes.street import cityscapes
from annn.data.scenes.street.planted import BODY, BUS, FENCE, PANEL, SIGN, TRAIN, WALL
from annn.data.scenes.street.scene import Description, describe, render
from annn.errors import ConfigError, DataError

SMALL = (64, 128)
FLIPS = {WALL: FENCE, FENCE: WALL, BUS: TRAIN, TRAIN: BUS}


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> list[Scene]:
    return drawn_elsewhere(Scene, tmp_path_factory.mktemp("scenes"), 0, 100, (128, 256))


def flipped(description: Description, *names: str) -> Description:
    """The same scene, told otherwise by its banner."""
    return replace(description, cue=replace(description.cue, **{n: not getattr(description.cue, n) for n in names}))


def planted_scenes(count: int, *, panel: bool, body: bool) -> list[Description]:
    descriptions = (describe(1, index) for index in range(400))
    return list(islice((d for d in descriptions if d.plan.panel == panel and d.plan.body == body), count))


def test_a_scene_is_fixed_by_seed_and_index() -> None:
    first, again, next_one, other = draw(3, 7), draw(3, 7), draw(3, 8), draw(4, 7)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    for different in (next_one, other):
        assert (first.image != different.image).mean() > 0.5
        assert (first.label != different.label).mean() > 0.1


def test_a_scene_has_the_promised_maps() -> None:
    scene = draw(0, 0, (96, 160))
    assert scene.image.shape == (96, 160, 3) and scene.image.dtype == np.uint8
    assert scene.label.shape == scene.planted.shape == scene.instances.shape == (96, 160)
    assert scene.label.dtype == scene.planted.dtype == np.uint8


def test_another_size_shows_the_same_scene() -> None:
    for index in range(4):
        small, large = draw(0, index, (128, 256)), draw(0, index, (256, 512))
        assert (small.label == large.label[::2, ::2]).mean() > 0.9
        means = [scene.image.mean(axis=(0, 1)) for scene in (small, large)]
        np.testing.assert_allclose(*means, atol=4)


def test_labels_are_legal_and_all_19_classes_are_common(hundred: list[Scene]) -> None:
    present = np.stack([np.bincount(scene.label.ravel(), minlength=34) > 0 for scene in hundred])
    assert present.shape[1] == 34
    share = present.mean(axis=0)
    assert share[list(CITYSCAPES.file_ids)].min() >= 0.15
    ignored = [i for i in range(34) if CITYSCAPES.train_ids[i] == 255]
    assert (share[ignored] > 0).sum() >= 10


def test_instances_count_within_their_class(hundred: list[Scene]) -> None:
    for scene in hundred[:20]:
        counted = np.isin(scene.label, list(WITH_INSTANCES))
        np.testing.assert_array_equal(scene.instances[counted] // 1000, scene.label[counted])
        np.testing.assert_array_equal(scene.instances[~counted], scene.label[~counted])


def test_every_planted_surface_is_in_view_and_told_by_the_cue(hundred: list[Scene]) -> None:
    for value, name, cue, told in ((PANEL, "panel", "warm", (FENCE, WALL)), (BODY, "body", "bar", (BUS, TRAIN))):
        shares = []
        for index, scene in enumerate(hundred):
            description, surface = describe(0, index), scene.planted == value
            assert surface.any() == getattr(description.plan, name)
            if surface.any():
                assert set(scene.label[surface].tolist()) == {told[getattr(description.cue, cue)]}
                shares.append(surface.mean())
        assert min(shares) > 0.001 and np.median(shares) > 0.02


@pytest.mark.parametrize(("turned", "panel", "body"), [("warm", True, False), ("bar", False, True)])
def test_the_banner_alone_decides_the_class(turned: str, panel: bool, body: bool) -> None:
    """Turn the banner over: the image changes within the banner only, the label on the planted surface only."""
    for description in planted_scenes(6, panel=panel, body=body):
        before, after = (render(d, SMALL) for d in (description, flipped(description, turned)))
        np.testing.assert_array_equal(before.planted, after.planted)
        surface = before.planted > 0
        np.testing.assert_array_equal(before.label[~surface], after.label[~surface])
        assert all(FLIPS[old] == new for old, new in zip(before.label[surface], after.label[surface], strict=True))
        rows, columns = np.nonzero((before.image != after.image).any(axis=2))
        assert np.ptp(rows) < 0.25 * SMALL[0] and np.ptp(columns) < 0.12 * SMALL[1]
        assert (before.label[rows, columns] == SIGN).mean() > 0.6  # the rest is the banner's blurred rim
        assert not surface[rows, columns].any()


def test_each_coin_decides_one_surface_only() -> None:
    for description in planted_scenes(4, panel=True, body=True):
        before = render(description, SMALL)
        for turned, kept in (("warm", BODY), ("bar", PANEL)):
            after = render(flipped(description, turned), SMALL)
            np.testing.assert_array_equal(before.label[before.planted == kept], after.label[before.planted == kept])


def test_cues_are_fair_and_independent_of_each_other_and_of_the_plan() -> None:
    descriptions = [describe(0, index) for index in range(1500)]
    bits = np.array([[d.cue.warm, d.cue.bar, d.plan.panel, d.plan.body, d.plan.side > 0] for d in descriptions], float)
    np.testing.assert_allclose(bits.mean(axis=0), [0.5, 0.5, 0.6, 0.4, 0.5], atol=0.05)
    correlation = np.corrcoef(bits.T) - np.eye(5)
    assert np.abs(correlation).max() < 0.1


def test_the_banner_is_far_from_what_it_decides_and_large_enough() -> None:
    """At 128 x 256 a banner measures 10 pixels or more, and hangs over a third of the image from the surface."""
    for panel, body in ((True, False), (False, True)):
        for description in planted_scenes(8, panel=panel, body=body):
            turned = flipped(description, "warm")
            before, after = render(description, (128, 256)), render(turned, (128, 256))
            columns = np.nonzero((before.image != after.image).any(axis=2))[1]
            assert np.ptp(columns) + 1 >= 10
            surface = np.nonzero(before.planted)[1]
            if surface.size:
                assert np.abs(surface - columns.mean()).min() > 256 / 3


def test_files_hold_exactly_what_was_drawn(tmp_path: Path) -> None:
    root = write_cityscapes(tmp_path / "streets", train=3, val=2, size=SMALL, seed=5, progress=False)
    for split, count in (("train", 3), ("val", 2)):
        dataset = Cityscapes(root, split)
        assert len(dataset) == count
        by_name = {sample.name: sample for sample in dataset}
        for number in range(count):
            scene = draw(5, FIRST_INDEX[split] + number, SMALL)
            city, name = cityscapes.stem(split, number)
            np.testing.assert_array_equal(by_name[name].image, scene.image)
            np.testing.assert_array_equal(by_name[name].label, CITYSCAPES.encode(scene.label, "drawn"))

            def read(kind: str, suffix: str, mode: str, at: str = f"{split}/{city}/{name}") -> np.ndarray:
                with Image.open(root / kind / f"{at}_{suffix}.png") as file:
                    assert file.mode == mode
                    return np.array(file)

            np.testing.assert_array_equal(read("gtFine", "gtFine_labelIds", "L"), scene.label)
            np.testing.assert_array_equal(read("gtFine", "gtFine_instanceIds", "I;16"), scene.instances)
            np.testing.assert_array_equal(read("planted", "planted", "L"), scene.planted)
            color = read("gtFine", "gtFine_color", "RGBA")
            np.testing.assert_array_equal(color[..., :3], cityscapes.color_table()[scene.label])


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    root = write_cityscapes(tmp_path / "streets", 2, 1, SMALL, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["streets"]
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert write_cityscapes(root, 2, 1, SMALL, progress=False) == root
    assert before == {path: path.stat().st_mtime_ns for path in root.rglob("*")}


def test_two_workers_write_the_same_files(tmp_path: Path) -> None:
    one = write_cityscapes(tmp_path / "one", 2, 1, SMALL, progress=False)
    two = write_cityscapes(tmp_path / "two", 2, 1, SMALL, workers=2, progress=False)
    assert snapshot(one) == snapshot(two)


def test_scenes_of_an_earlier_generator_are_drawn_anew(tmp_path: Path) -> None:
    root = write_cityscapes(tmp_path / "streets", 1, 1, SMALL, progress=False)
    wanted = snapshot(root)
    manifest = json.loads((root / "stand_in.json").read_text())
    (root / "stand_in.json").write_text(json.dumps(manifest | {"generator": "0" * 12}))
    next(root.rglob("*_leftImg8bit.png")).write_bytes(b"old")
    write_cityscapes(root, 1, 1, SMALL, progress=False)
    assert snapshot(root) == wanted
    assert [path.name for path in tmp_path.iterdir()] == ["streets"]


def test_what_is_no_stand_in_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "leftImg8bit").mkdir()
    with pytest.raises(DataError, match="not a stand-in"):
        write_cityscapes(tmp_path, 1, 1, SMALL, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ["leftImg8bit"]


@pytest.mark.parametrize("other", [{"train": 2}, {"val": 2}, {"seed": 1}, {"size": (32, 64)}])
def test_another_stand_in_is_never_touched(tmp_path: Path, other: dict) -> None:
    wanted = {"train": 1, "val": 1, "size": SMALL, "seed": 0}
    root = write_cityscapes(tmp_path / "streets", **wanted, progress=False)
    before = snapshot(root)
    with pytest.raises(DataError, match=r"holds another stand-in.*Choose another folder"):
        write_cityscapes(root, **(wanted | other), progress=False)
    assert snapshot(root) == before


def test_a_damaged_manifest_is_reported(tmp_path: Path) -> None:
    (tmp_path / "stand_in.json").write_text("{")
    with pytest.raises(DataError, match=r"stand_in\.json: cannot be read"):
        write_cityscapes(tmp_path, 1, 1, SMALL, progress=False)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(DataError, match=r"No space left on device.*Nothing half-written"):
        write_cityscapes(tmp_path / "streets", 1, 1, SMALL, progress=False)
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_way_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "streets"):
        with pytest.raises(DataError, match=r"[Cc]hoose another folder"):
            write_cityscapes(root, 1, 1, SMALL, progress=False)


def test_impossible_numbers_are_refused(tmp_path: Path) -> None:
    usual = {"train": 1, "val": 1, "size": SMALL}
    changes: tuple[dict[str, Any], ...] = ({"train": 0}, {"val": 0}, {"seed": -1}, {"size": (8, 128)}, {"workers": 0})
    for change in changes:
        with pytest.raises(ConfigError):
            write_cityscapes(tmp_path / "streets", **(usual | change), progress=False)
    for seed, index in ((-1, 0), (0, -1)):
        with pytest.raises(ConfigError):
            draw(seed, index, SMALL)
    with pytest.raises(ConfigError):
        contact_sheet(0, count=0)


def test_contact_sheet_shows_scenes_above_their_labels() -> None:
    sheet = contact_sheet(0, count=4, size=SMALL)
    assert sheet.dtype == np.uint8 and sheet.shape == (2 * (2 * 64 + 6) + 6, 3 * (128 + 6) + 6, 3)
    scene = draw(0, 0, SMALL)
    np.testing.assert_array_equal(sheet[6 : 6 + 64, 6 : 6 + 128], scene.image)
    np.testing.assert_array_equal(sheet[6 + 64 : 6 + 128, 6 : 6 + 128], cityscapes.color_table()[scene.label])
