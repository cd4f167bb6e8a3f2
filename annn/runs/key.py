"""The key of a run: recipe, seed, data, the file that it starts from, and the code that its numbers depend on.

Which code that is follows from the import statements: the modules that train and score a run, the reader of its data,
and whatever these import inside the package. Of each file the syntax tree counts, without import statements, comments
and docstrings, so that a move of files or a better sentence is not another run.
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

import annn
from annn.data.files import STAND_IN_FILE, FileDataset
from annn.files import code_digest, runs_folder
from annn.recipes.recipe import Recipe
from annn.runs import training
from annn.runs.training import initial_weights

PACKAGE = Path(annn.__file__).parent


def run_folder(
    recipe: Recipe,
    seed: int,
    trainset: FileDataset,
    valset: FileDataset,
    runs: str | Path | None = None,
    trained_by: tuple[Path, str] | None = None,
) -> Path:
    """Where a run lies, or will lie: named after recipe, seed and content key, by default in `files.runs_folder`."""
    key = content_key(recipe, seed, trainset, valset, trained_by=trained_by)
    return Path(runs or runs_folder()) / f"{recipe.name}-seed{seed}-{key}"


def content_key(recipe: Recipe, seed: int, *datasets: FileDataset, trained_by: tuple[Path, str] | None = None) -> str:
    """Ten hex digits of everything that determines a run's numbers, apart from the hardware's rounding.

    trained_by: the module that trains it, and the run that it starts from; `training` and none when None.
    """
    module, start = trained_by or (Path(training.__file__), "")
    digest = hashlib.sha256()
    digest.update(json.dumps([asdict(recipe), seed, start], sort_keys=True).encode())
    if (file := initial_weights(recipe)) is not None:
        digest.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    reader = Path(inspect.getfile(type(datasets[0])))
    digest.update(_digest(module, reader).encode())
    for dataset in datasets:
        digest.update(repr(dataset.space).encode())
        if dataset.stand_in:  # names the generator's version
            digest.update((dataset.root / STAND_IN_FILE).read_bytes())
        for line in dataset.identity():
            digest.update(f"{line}\n".encode())
    return digest.hexdigest()[:10]


def reached(*files: Path, package: Path = PACKAGE, references: bool = False) -> list[Path]:
    """The files of the package that Python files import, directly or through others, and those of them inside it.

    references: follow names in strings, too, such as "annn.data.scenes.street:write_cityscapes". The package's own
    `__init__.py`, which everything imports, is left out.
    """
    waiting, found = [path.resolve() for path in files], set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imported(path.read_text(encoding="utf-8"), package, references)
    return sorted(path for path in found if path.is_relative_to(package))


def imported(source: str, package: Path = PACKAGE, references: bool = False) -> list[Path]:
    """The files of the package that a source text imports by name, anywhere in it."""
    names = _names(ast.parse(source), package.name, references)
    return [path for name in names if (path := _file(name.split(".")[1:], package)) is not None]


def _names(tree: ast.AST, package: str, references: bool) -> Iterator[str]:
    """Dotted names of what is imported from the package."""
    reference = rf"{package}(\.\w+)+:\w+"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith(f"{package}."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif references and isinstance(node, ast.Constant) and re.fullmatch(reference, str(node.value)):
            yield str(node.value).replace(":", ".")


def _file(parts: list[str], package: Path) -> Path | None:
    """The file that defines a name: a module, or else the package or module that the name is taken from."""
    for length in range(len(parts), 0, -1):
        place = package.joinpath(*parts[:length])
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path.is_file():
                return path
    return None


@lru_cache
def _digest(*roots: Path) -> str:
    return code_digest(reached(*roots))
