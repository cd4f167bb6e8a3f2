"""A module imports only from modules above it, and training needs no notebook and no plot."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "annn"

# The lines of README's tree, in import order; a room (data, runs, ...) is one line. This is the order's only copy.
# fmt: off
TRAINING = [
    "errors", "files", "device", "parallel",
    "attention", "blocks", "backbone", "depthwise", "timm_backbone", "upsample", "model",
    "data", "augment", "losses", "journal", "train",
    "metrics", "protocol", "evaluate",
    "weights", "recipes", "runs", "efficiency",
]
ORDER = [*TRAINING, "analysis", "tables", "figures", "explorer", "reproduce", "cli"]
# What a machine that only trains does not install.
WORKBOOK = [
    "anywidget", "IPython", "ipykernel", "ipywidgets", "jupyter_client", "jupyter_core", "jupyterlab", "matplotlib",
    "nbconvert", "nbformat", "pandas", "papermill", "seaborn",
]
# fmt: on
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.stem.startswith("__"))


def unit(path: Path) -> str:
    """The line of ORDER that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports anywhere, at the top or inside a function; relative ones made absolute."""
    package = ["annn", *path.relative_to(PACKAGE).parts[:-1]]
    names = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else []
            origin = ".".join([*start, *([node.module] if node.module else [])])
            names |= {f"{origin}.{alias.name}" for alias in node.names}
    return names


def units_imported(path: Path) -> set[str]:
    modules = {name.split(".")[1] for name in imported(path) if name.startswith("annn.")}
    return {name for name in modules if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()}


def test_the_order_names_each_module_once() -> None:
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_module_imports_only_from_above(path: Path) -> None:
    name = unit(path)
    assert name in ORDER, f"annn/{name} is not in the import order: give it a place in ORDER in {__file__}"
    above = set(ORDER[: ORDER.index(name)]) | {name}
    below = units_imported(path) - above
    assert not below, f"{path.name} imports {sorted(below)}, which do not stand above {name}"


def test_the_readme_shows_the_tree_in_this_order() -> None:
    tree = (PACKAGE.parent / "README.md").read_text().split("\nannn/\n")[1].split("```")[0]
    entries = [line.split()[0].rstrip("/").removesuffix(".py") for line in tree.splitlines() if line.strip()]
    assert entries == ["__init__", *ORDER]


def test_the_package_itself_imports_nothing_of_its_own() -> None:
    assert not units_imported(PACKAGE / "__init__.py")


@pytest.mark.parametrize("name", TRAINING)
def test_training_path_names_no_workbook_package(name: str) -> None:
    for path in (path for path in FILES if unit(path) == name):
        packages = {imported_name.split(".")[0] for imported_name in imported(path)}
        assert not packages & set(WORKBOOK), f"{path.name} imports {sorted(packages & set(WORKBOOK))}"


def test_training_path_imports_without_the_workbook_packages() -> None:
    modules = [f"annn.{name}" for name in TRAINING if any(unit(path) == name for path in FILES)]
    code = f"""
import importlib, sys
sys.modules.update(dict.fromkeys({WORKBOOK}))  # None: importing the package fails, as if it were not installed
for module in {modules}:
    importlib.import_module(module)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
