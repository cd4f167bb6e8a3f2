"""One owner for each thing: what a file of the package alone may do, no other one does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "annn"
CODE = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}

# A pattern of code, and the files that may hold it.
OWNERS = {
    "the training loop": (r"\boptimizer\.step\(|scaler\.step\(", {"train.py"}),
    "the optimizer": (r"torch\.optim\.(SGD|AdamW)\(", {"train.py"}),
    "the scoring loop": (r"\btally\.add\(", {"evaluate.py"}),
    "the scores of a run": (r"[\"'](metrics\.json|recipe\.json)[\"']", {"runs/run.py"}),
    "the log of a run": (r"[\"'](checkpoint\.pt|log\.jsonl)[\"']", {"runs/run.py", "journal.py"}),
    "the process pool": (r"ProcessPoolExecutor\(", {"device.py"}),
    "the device": (r"torch\.cuda\.is_available\(", {"device.py"}),
    "lists of JSON as tuples": (r"def tuples\(", {"files.py"}),
    "the colour of an overlay": (r"Image\.blend\(", {"data/predictions.py"}),
}


@pytest.mark.parametrize("thing", OWNERS)
def test_each_thing_has_one_owner(thing: str) -> None:
    pattern, owners = OWNERS[thing]
    places = {name for name, text in CODE.items() if re.search(pattern, text)}
    assert places and places <= owners, f"{thing} stands in {sorted(places)}"


def test_folders_are_made_by_the_function_that_says_what_is_wrong() -> None:
    """Generated data are written into a temporary folder of their own, whose errors are told in one place."""
    places = {name for name, text in CODE.items() if re.search(r"\.mkdir\(|os\.makedirs\(", text)}
    assert {name for name in places if not name.startswith("data/scenes/")} == {"files.py"}


def test_tables_do_not_ask_which_kind_of_network_they_hold() -> None:
    for name in (name for name in CODE if name.startswith(("tables/", "figures/"))):
        assert not re.search(r"isinstance\([^)]*(Run|FileNetwork)\b", CODE[name]), name


def test_a_data_set_is_named_in_its_own_file_alone() -> None:
    """A set's name in quotes stands with its reader, in the recipe that trains on it, and with its generator."""
    for name in ("camvid", "nyud", "cocostuff10k", "ade20k", "pascal_context"):
        places = {place for place, text in CODE.items() if name in _texts(text)}
        others = {place for place in places if not place.startswith(("data/", "recipes/"))}
        assert not others, f"{name} is named in {sorted(others)}"


def _texts(source: str) -> set[str]:
    return {str(node.value) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
