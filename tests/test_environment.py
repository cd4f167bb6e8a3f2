"""pyproject.toml, requirements.lock and environment.yml say the same."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import annn

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
LINES = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
LOCK = {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, LINES)}
DIRECT = [
    *map(Requirement, PYPROJECT["build-system"]["requires"]),
    *map(Requirement, PROJECT["dependencies"]),
    *(Requirement(line) for extra in PROJECT["optional-dependencies"].values() for line in extra),
]
# torch's metadata names these exactly, and only where it was built with them.
WITH_TORCH = re.compile(r"(nvidia|cuda)-|triton$")


def pinned(name: str) -> Version:
    (specifier,) = LOCK[canonicalize_name(name)].specifier
    return Version(specifier.version)


def test_lock_pins_each_package_once_to_a_public_version() -> None:
    assert len(LOCK) == len(LINES)
    for line in LINES:
        # No option (an index, a folder), no local suffix such as +cpu: the line means the same on every machine.
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; python_version [<=>]+ \"3\.\d+\")?", line), line
    assert not [name for name in LOCK if WITH_TORCH.match(name)]


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_lock_satisfies_pyproject(requirement: Requirement) -> None:
    assert canonicalize_name(requirement.name) in LOCK, f"pin {requirement.name} in requirements.lock"
    assert pinned(requirement.name) in requirement.specifier


def test_lock_names_what_its_packages_need_in_turn() -> None:
    missing, seen = set(), set()
    todo = [(requirement.name, extra) for requirement in DIRECT for extra in ("", *requirement.extras)]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in seen or WITH_TORCH.match(name):
            continue
        seen.add((name, extra))
        if canonicalize_name(name) not in LOCK:
            missing.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # a machine that only trains has not installed everything
            continue
        for need in map(Requirement, needs):
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                todo.extend((canonicalize_name(need.name), wanted) for wanted in ("", *need.extras))
    assert not missing, f"pin these in requirements.lock too: {sorted(missing)}"


def test_torch_and_torchvision_are_a_pair() -> None:
    torch, torchvision = pinned("torch"), pinned("torchvision")
    assert (torch.major, torchvision.major) == (2, 0)
    assert torchvision.minor == torch.minor + 15  # 2.11 with 0.26, 2.12 with 0.27, 2.13 with 0.28


def test_conda_installs_the_lock_and_nothing_else() -> None:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    python, pip, packages = dependencies
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.lock", "-e ."]}
    name, version = python.split("=")
    assert name == "python"
    assert Version(version) in SpecifierSet(PROJECT["requires-python"])


def test_python_versions_agree() -> None:
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert PYPROJECT["tool"]["pyright"]["pythonVersion"] == oldest
    assert PYPROJECT["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert f"sys.version_info < ({oldest.replace('.', ', ')})" in (ROOT / "Makefile").read_text()


def test_package_version_is_the_projects() -> None:
    assert annn.__version__ == PROJECT["version"]
