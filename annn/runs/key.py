"""The key of a run: recipe, seed, data, initial weights, and the code that its numbers depend on.

The code is found by import statements: the modules that train and score a run, the reader of its data, and everything
that these import from the package. The key uses the syntax tree of each file without import statements, comments and
docstrings. So the key stays the same when files move or comments change.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import annn
from annn.data.files import STAND_IN_FILE, FileDataset
from annn.files import code_digest, runs_folder
from annn.recipes.recipe import NETWORK, Recipe
from annn.runs import training
from annn.runs.training import initial_weights
from annn.weights import transfer

PACKAGE = Path(annn.__file__).parent


def run_folder(
    recipe: Recipe,
    seed: int,
    trainset: FileDataset,
    valset: FileDataset,
    runs: str | Path | None = None,
    trained_by: tuple[Path, str] | None = None,
) -> Path:
    """The folder of a run, whether it exists or not, by default in `files.runs_folder`; its name has all of these."""
    key = content_key(recipe, seed, trainset, valset, trained_by=trained_by)
    return Path(runs or runs_folder()) / f"{recipe.name}-seed{seed}-{key}"


def content_key(recipe: Recipe, seed: int, *datasets: FileDataset, trained_by: tuple[Path, str] | None = None) -> str:
    """Ten hex digits of a hash of everything that determines a run's numbers, except rounding of the hardware.

    trained_by: the module that trains the run, and the run that it starts from; None means `training` and no run.
    """
    module, start = trained_by or (Path(training.__file__), "")
    digest = hashlib.sha256()
    digest.update(json.dumps([_without_places(recipe), seed, start], sort_keys=True).encode())
    if (file := initial_weights(recipe)) is not None:
        digest.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    reader = Path(inspect.getfile(type(datasets[0])))
    start_from = [Path(transfer.__file__)] if recipe.start == NETWORK or recipe.first is not None else []
    digest.update(_digest(module, reader, *start_from).encode())
    for dataset in datasets:
        digest.update(repr(dataset.space).encode())
        if dataset.stand_in:  # holds the version of the generator
            digest.update((dataset.root / STAND_IN_FILE).read_bytes())
        for line in dataset.identity():
            digest.update(f"{line}\n".encode())
    return digest.hexdigest()[:10]


def _without_places(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain values, without the places of an own folder and of a network, which change no result."""
    content = asdict(recipe)
    del content["network"]  # its content is that of the initial weights
    if content["data"]["own"] is not None:
        del content["data"]["own"]["place"]
    return content


def reachable_files(*files: Path, package: Path = PACKAGE, references: bool = False) -> list[Path]:
    """The files of the package that Python files import, directly or indirectly, with those files inside the package.

    references: also follow names in strings, such as "annn.data.scenes.street:write_cityscapes". The package's own
    `__init__.py`, which every module imports, is left out.
    """
    pending, visited = [path.resolve() for path in files], set()
    while pending:
        path = pending.pop()
        if path not in visited:
            visited.add(path)
            pending += imported_files(path.read_text(encoding="utf-8"), package, references)
    return sorted(path for path in visited if path.is_relative_to(package))


def imported_files(source: str, package: Path = PACKAGE, references: bool = False) -> list[Path]:
    """The files of the package that a source text imports anywhere."""
    names = _names(ast.parse(source), package.name, references)
    return [path for name in names if (path := _file(name.split(".")[1:], package)) is not None]


def _names(tree: ast.AST, package: str, references: bool) -> Iterator[str]:
    """Dotted names of all imports from the package."""
    reference = rf"{package}(\.\w+)+:\w+"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith(f"{package}."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif references and isinstance(node, ast.Constant) and re.fullmatch(reference, str(node.value)):
            yield str(node.value).replace(":", ".")


def _file(parts: list[str], package: Path) -> Path | None:
    """The file that defines a name: the module itself, or the package or module that contains the name."""
    for length in range(len(parts), 0, -1):
        place = package.joinpath(*parts[:length])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return path
    return None


@lru_cache
def _digest(*roots: Path) -> str:
    return code_digest(reachable_files(*roots))
