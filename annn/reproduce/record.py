"""What was finished, so that it need not be executed again.

The records lie in `results/.finished/`, which git ignores: a clone has not executed what it was given.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from annn.files import code_digest, project_root
from annn.reproduce.parameters import Value, declared
from annn.runs.key import imported_files, reachable_files

_SHOWN = (".js", ".html")  # what a notebook's output holds a copy of; style sheets change no result


class Record:
    """The record of one notebook: under which key it was finished, and the digests of all files that it wrote."""

    def __init__(self, source: Path, parameters: Mapping[str, Value], results: Path, variant: str = "") -> None:
        name = f"{source.stem}-{variant}" if variant else source.stem
        self.parameters = dict(parameters)
        self.results = results
        self.executed = results / "notebooks" / f"{name}.ipynb"
        self.path = results / ".finished" / f"{name}.json"
        self.key = key(source, parameters)

    def is_finished(self) -> bool:
        """Whether the same was finished before, and each file that it wrote is still as it was."""
        try:
            content = json.loads(self.path.read_text())
            return content["key"] == self.key and all(
                _digest(self.results / name) == digest for name, digest in content["files"].items()
            )
        except (OSError, ValueError, KeyError):  # no record, a damaged one, or a result that is gone
            return False

    def forget(self) -> None:
        """Remove the record, before its files change."""
        self.path.unlink(missing_ok=True)

    def write(self, seconds: float, started: float) -> None:
        """Note the notebook as finished, with every file below `results` that is newer than `started` (Unix time)."""
        others = {self.executed.parent, self.path.parent}
        files = {
            path.relative_to(self.results).as_posix(): _digest(path)
            for path in sorted(self.results.rglob("*"))
            if path.is_file()
            and path.stat().st_mtime >= started - 1  # some file systems keep whole seconds
            and (path == self.executed or not others & set(path.parents))
        }
        content = {"key": self.key, "parameters": self.parameters, "seconds": round(seconds, 1), "files": files}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        (self.path.parent / ".gitignore").write_text("*\n")
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps(content, indent=2) + "\n")
        os.replace(temporary, self.path)


def key(source: Path, parameters: Mapping[str, Value]) -> str:
    """What determines an executed notebook: source, parameters, the files that they name, and the code that it reaches.

    That code is what its cells import from `annn`, directly or through others, without comments and docstrings.
    """
    content = hashlib.sha256(source.read_bytes())
    content.update(json.dumps(dict(parameters), sort_keys=True).encode())
    for value in (declared(source) | dict(parameters)).values():
        for path in _files_named(value):
            content.update(f"\0{path}\0{_digest(path)}".encode())
    code = _reached(source)
    content.update(code_digest(code).encode())
    for path in sorted({file for place in {path.parent for path in code} for file in place.glob("static/*")}):
        if path.suffix in _SHOWN:
            content.update(f"\0{path.name}\0{_digest(path)}".encode())
    return content.hexdigest()


def _reached(source: Path) -> list[Path]:
    """The files of `annn` that a notebook's cells import, directly or through others, generators of scenes included."""
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    text = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for cell in text for line in cell.splitlines() if not line.lstrip().startswith(("%", "!"))]
    return reachable_files(*imported_files("\n".join(lines)), references=True)


def _files_named(value: Value) -> list[Path]:
    """The files that a text names, such as "one.pth" or "Full=one.pth,Baseline=other.pth"; folders are not walked."""
    if not isinstance(value, str):
        return []
    parts = dict.fromkeys([value.strip(), *(part.strip() for part in re.split(r"[,;=]", value))])
    return [path for part in parts if os.path.isfile(path := project_root() / part)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
