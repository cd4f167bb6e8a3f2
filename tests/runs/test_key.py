"""The key of a run covers the code that its numbers come from, and nothing that leaves them as they are."""

import re
import shutil
from pathlib import Path

import pytest

import annn
from annn.data.config import DataConfig, StandIn
from annn.data.open import open_data
from annn.files import code_digest
from annn.recipes import table1, table2
from annn.runs import training
from annn.runs.key import content_key, imported_files, reachable_files

PACKAGE = Path(annn.__file__).parent


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's code, to be changed."""
    return Path(shutil.copytree(PACKAGE, tmp_path_factory.mktemp("code") / "annn", ignore=_but_code))


def _but_code(_: str, names: list[str]) -> list[str]:
    return [name for name in names if "." in name and not name.endswith(".py")]


def digest(copy: Path, reader: str) -> str:
    """What the key of a run takes in of the code, for the reader of a data set."""
    return code_digest(reachable_files(copy / "runs/training.py", copy / reader, package=copy))


# What a hand-kept list of modules had missed, and some that it had not: each with a line and what takes its place.
CHANGES = {
    ("data/photographs.py", "data/coco_stuff.py"): (
        "return image if image.ndim == 3",
        "return 255 - image if image.ndim == 3",
    ),
    ("data/mat5.py", "data/coco_stuff.py"): ("def as_label_map", "def as_label_map_"),
    ("data/lists.py", "data/camvid.py"): ("def read_list", "def read_list_"),
    ("data/files.py", "data/camvid.py"): ("self.read_image(pair), self.read_label(pair)", "0, 1"),
    ("data/nyud/labeled.py", "data/nyud/__init__.py"): ("class LabeledFile", "class LabeledFile_"),
    ("data/space.py", "data/camvid.py"): ("IGNORE = 255", "IGNORE = 254"),
    ("data/memory.py", "data/camvid.py"): ("return self.samples[index]", "return self.samples[-index]"),
    ("weights/imagenet.py", "data/camvid.py"): ('not name.startswith("fc.")', 'name.startswith("fc.")'),
    ("weights/files.py", "data/camvid.py"): ("def read_file", "def read_file_"),
    ("runs/training.py", "data/camvid.py"): ("torch.manual_seed(seed)", "torch.manual_seed(seed + 1)"),
    ("losses.py", "data/camvid.py"): ("def balanced_weights", "def balanced_weights_"),
    ("augment.py", "data/camvid.py"): ("def augment", "def augment_"),
    ("train.py", "data/camvid.py"): ("scaler.step(optimizer)", "pass"),
    ("protocol.py", "data/camvid.py"): ("def logits", "def logits_"),
    ("metrics.py", "data/camvid.py"): ("def confusion_matrix", "def confusion_matrix_"),
    ("attention.py", "data/camvid.py"): ("def attention_weights", "def attention_weights_"),
    ("backbone.py", "data/camvid.py"): ('mode="fan_out"', 'mode="fan_in"'),
}


@pytest.mark.parametrize(("file", "reader"), CHANGES, ids=lambda name: name)
def test_a_changed_line_is_another_key(copy: Path, file: str, reader: str) -> None:
    path, (line, other) = copy / file, CHANGES[file, reader]
    text, before = path.read_text(), digest(copy, reader)
    assert line in text
    path.write_text(text.replace(line, other))
    after = digest(copy, reader)
    path.write_text(text)
    assert after != before and digest(copy, reader) == before


def test_comments_docstrings_and_imports_leave_the_key_as_it_is(copy: Path) -> None:
    path = copy / "blocks.py"
    text, before = path.read_text(), digest(copy, "data/camvid.py")
    changed = re.sub('"""AFNB', '"""Another sentence. AFNB', text, count=1).replace(
        "from __future__ import annotations\n", "from __future__ import annotations\n\nimport math  # unused\n# why\n"
    )
    assert changed != text
    path.write_text(changed)
    assert digest(copy, "data/camvid.py") == before
    path.write_text(text)


@pytest.mark.parametrize(
    "file",
    [
        "figures/style.py",
        "explorer/widget.py",
        "data/cityscapes.py",
        "data/scenes/street/scene.py",
        "tables/__init__.py",
    ],
)
def test_what_a_run_does_not_use_leaves_its_key_as_it_is(copy: Path, file: str) -> None:
    names = {
        path.relative_to(copy).as_posix()
        for path in reachable_files(copy / "runs/training.py", copy / "data/camvid.py", package=copy)
    }
    assert file not in names and "model.py" in names


def test_names_in_strings_are_followed_where_asked_for() -> None:
    source = 'writer = "annn.data.scenes.street:write_cityscapes"\n'
    assert imported_files(source) == []
    assert imported_files(source, references=True) == [PACKAGE / "data/scenes/street/__init__.py"]


def test_digests_know_neither_names_of_files_nor_layout(tmp_path: Path) -> None:
    plain, same, other = (tmp_path / f"{name}.py" for name in ("plain", "same", "other"))
    plain.write_text("def f(x):\n    return x + 1\n")
    same.write_text('import math\n\n\ndef f(x):\n    """Add."""\n    # why\n    return (x + 1)\n')
    other.write_text("def f(x):\n    return x + 2\n")
    assert code_digest([plain]) == code_digest([same]) != code_digest([other])


def test_the_module_that_trains_and_the_run_it_starts_from_belong_to_the_key(tmp_path: Path) -> None:
    data = open_data(DataConfig(stand_in=StandIn(train=1, val=1, size=(32, 64))), tmp_path, progress=False)
    recipe, module = table2("Baseline"), Path(training.__file__)
    keys = [
        content_key(recipe, 0, *data),
        content_key(recipe, 0, *data, trained_by=(module, "a run")),
        content_key(recipe, 0, *data, trained_by=(module.with_name("frozen.py"), "a run")),
        content_key(table1("NYUD-V2"), 0, *data),
    ]
    assert len(set(keys)) == 4
    assert content_key(recipe, 0, *data) == keys[0]
