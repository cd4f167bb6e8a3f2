"""classes.toml says what labels mean; what it says wrongly is told with the class and the way out."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_folders import classes_toml, write_own
from refusals import refuses

from annn.data.own.description import read_description, slug, space_of_classes
from annn.data.space import IGNORE
from annn.errors import DataError

TWO = '[[class]]\nname = "a"\nid = 1\n[[class]]\nname = "b"\nid = 2\n'


def described(root: Path, text: str):
    (root / "classes.toml").write_text(text)
    return read_description(root)


def test_the_smallest_description(tmp_path: Path) -> None:
    description = described(tmp_path, TWO)
    assert description.name == tmp_path.name and description.split is None and not description.masks
    assert (description.files.image, description.files.label) == ("{name}.*", "{name}.*")
    space = space_of_classes("x", description.classes)
    assert space.classes == ("a", "b") and space.train_ids == {1: 0, 2: 1} and space.void_id == 255
    assert len(set(space.colors)) == 2


def test_drawing_colours_are_those_of_the_labels_unless_others_are_named(tmp_path: Path) -> None:
    text = '[[class]]\nname = "a"\ncolor = [[1, 2, 3], [4, 5, 6]]\n[[class]]\nname = "b"\ncolor = [7, 8, 9]\n'
    classes = described(tmp_path, text + "draw = [250, 0, 0]\n").classes
    assert [entry.draw for entry in classes] == [(1, 2, 3), (250, 0, 0)]
    assert classes[0].colors == ((1, 2, 3), (4, 5, 6))


def test_the_void_id_is_that_of_an_ignored_class_and_free_otherwise(tmp_path: Path) -> None:
    void = '[[class]]\nname = "c"\nid = 9\nignore = true\n'
    space = space_of_classes("x", described(tmp_path, TWO + void).classes)
    assert space.void_id == 9 and space.train_ids[9] == IGNORE
    space = space_of_classes("x", described(tmp_path, TWO.replace("id = 2", "id = 255")).classes)
    assert space.void_id not in space.train_ids


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[class]\n", ("cannot be read", "annn data describe")),
        ("", ("no list of classes", "[[class]]")),
        ("class = 3\n", ("no list of classes",)),
        (TWO + "[other]\n", ("an entry 'other'", "name, files, split, class")),
        (TWO + "colour = [1, 2, 3]\n", ("class 2 (b)", "an entry 'colour'", "color")),
        ("[[class]]\nid = 1\n" + TWO, ("class 1", "has no name")),
        ('[[class]]\nname = ""\nid = 1\n', ("class 1", "name is ''")),
        ('[[class]]\nname = "x"\n' + TWO, ("class 1 (x)", "neither id nor color")),
        ('[[class]]\nname = "x"\nid = -1\n', ("class 1 (x)", "id is -1", "0 to 65535")),
        ('[[class]]\nname = "x"\nid = 65536\n', ("id is 65536",)),
        ('[[class]]\nname = "x"\nid = true\n', ("id is True",)),
        ('[[class]]\nname = "x"\ncolor = [1, 2]\n', ("color is [1, 2]", "red, green, blue")),
        ('[[class]]\nname = "x"\ncolor = [1, 2, 256]\n', ("color is [1, 2, 256]",)),
        ('[[class]]\nname = "x"\ncolor = "red"\n', ("color is 'red'",)),
        ('[[class]]\nname = "x"\nid = 1\nignore = 1\n', ("ignore is 1", "true or false")),
        (TWO.replace('"b"', '"a"'), ("name 'a'", "2 times")),
        (TWO.replace("id = 2", "id = 1"), ("id 1", "2 times", "a, b", "To merge")),
        (TWO.replace("id = 1", "color = [1, 1, 1]").replace("id = 2", "color = [1, 1, 1]"), ("color [1, 1, 1]",)),
        (TWO + "ignore = true\n", ("fewer than two classes",)),
        (TWO + "rest = true\n" + '[[class]]\nname = "c"\nid = 3\nrest = true\n', ("b and c", "one class at most")),
        ('name = "///"\n' + TWO, ("name is '///'",)),
        ("files = 3\n" + TWO, ("files is 3", "[files]")),
        ("[files]\nimage = 3\n" + TWO, ("image is 3",)),
        ("[files]\nphotos = 'x'\n" + TWO, ("an entry 'photos'", "images")),
        ("[files]\nimage = 'x.png'\n" + TWO, ("image = 'x.png'", "{name} once")),
        ("[files]\nimage = '{name}{class}.png'\n" + TWO, ("image = ", "{name} once")),
        ("[files]\nlabel = '{stem}.png'\n" + TWO, ("label = '{stem}.png'", "{class}")),
        ("split = 3\n" + TWO, ("split is 3",)),
        ("[split]\n" + TWO, ("[split]", "nothing")),
        ("[split]\ntrain = 'train.txt'\n" + TWO, ("train = 'train.txt'", "test or")),
        ("[split]\ntest = 'test.txt'\n" + TWO, ("test = 'test.txt'", "for train")),
        ("[split]\ntest = 1.5\n" + TWO, ("test = 1.5",)),
        ("[split]\ntest = 0.5\nval = 0.5\n" + TWO, ("shares of all images",)),
        ("[split]\ntrain = 'a'\ntest = 0.5\n" + TWO, ("test = 0.5",)),
        ("[split]\ntest = 0.5\nseed = -1\n" + TWO, ("seed is -1",)),
        ("[split]\ntest = 0.5\nfold = 1\n" + TWO, ("an entry 'fold'",)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_was_expected(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    refuses(lambda: described(tmp_path, text), str(tmp_path / "classes.toml"), *words)


def test_more_classes_than_train_ids_are_refused(tmp_path: Path) -> None:
    text = "".join(f'[[class]]\nname = "c{n}"\nid = {n}\n' for n in range(255))
    refuses(lambda: described(tmp_path, text), "255 classes", "at most 254")
    assert len(described(tmp_path, text.rpartition("[[class]]")[0]).classes) == 254


def test_places_without_a_description_are_refused_with_the_command_that_drafts_one(tmp_path: Path) -> None:
    write_own(tmp_path / "own")
    (tmp_path / "own/classes.toml").unlink()
    refuses(lambda: read_description(tmp_path / "own"), "classes.toml", "images, labels", "annn data describe")
    refuses(lambda: read_description(tmp_path / "nowhere"), "nowhere", "does not exist")
    refuses(lambda: read_description(tmp_path / "own/train.txt"), "neither a folder nor a TOML file")


def test_masks_need_no_id_and_may_have_words_of_their_own(tmp_path: Path) -> None:
    text = classes_toml("masks").replace('name = "sea"', 'name = "open sea"\nmask = "sea"')
    classes = described(tmp_path, text).classes
    assert [(entry.name, entry.mask) for entry in classes] == [("wall", "wall"), ("tree", "tree"), ("open sea", "sea")]
    assert space_of_classes("x", classes).train_ids == {0: 0, 1: 1, 2: 2}


def test_a_name_becomes_part_of_file_names() -> None:
    assert slug("Häuser & trees/2") == "H-user-trees-2"


def test_the_example_of_the_documentation_is_one(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "data/README.md").read_text()
    text = page.split("```toml\n")[1].split("```")[0]
    description = described(tmp_path, text.replace("ignore = true", 'ignore = true\n[[class]]\nname = "sky"\nid = 1'))
    assert str(description.files.images) == "/read/only/disk/pictures/images"
    assert [entry.name for entry in description.classes] == ["road", "unlabelled", "sky"]
    assert description.split is not None and dict(description.split.places) == {
        "train": "train.txt",
        "test": "test.txt",
    }


VALUES = st.sampled_from(
    ["1", "-1", "70000", "true", "1.5", "''", "'a'", "'{name}.*'", "[1, 2]", "[1, 2, 3]", "[[1]]", "{}"]
)
LINES = st.builds(
    "{} = {}".format,
    st.sampled_from(
        ["name", "id", "color", "draw", "ignore", "rest", "mask", "image", "label", "train", "test", "seed"]
    ),
    VALUES,
)
TABLES = st.sampled_from(["[[class]]", "[files]", "[split]", "[class]", "[[files]]", "[[class.x]]"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(st.lists(st.one_of(TABLES, LINES), max_size=12))
def test_whatever_stands_in_the_file_is_understood_or_refused(tmp_path: Path, lines: list[str]) -> None:
    try:
        description = described(tmp_path, "\n".join(lines))
    except DataError as error:
        assert "classes.toml" in str(error) and "\n" not in str(error)
        return
    space = space_of_classes("x", description.classes)
    assert len(space.classes) >= 2 and len(space.file_ids) == len(space.classes)
