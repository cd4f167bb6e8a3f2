"""Records of finished notebooks, so that they are not executed again.

The records are in `results/.finished/`, which git ignores: a clone starts without records.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from annn.files import code_digest, delete, make_folder, project_root, write_text
from annn.reproduce.parameters import Value, declared
from annn.runs.key import imported_files, reachable_files

_EMBEDDED = (".js", ".html")  # files that a notebook's output copies; style sheets do not change a result


class Record:
    """The record of one finished notebook: its key, and the digests of all files that it wrote."""

    def __init__(self, source: Path, parameters: Mapping[str, Value], results: Path, variant: str = "") -> None:
        name = f"{source.stem}-{variant}" if variant else source.stem
        self.parameters = dict(parameters)
        self.results = results
        self.executed = results / "notebooks" / f"{name}.ipynb"
        self.path = results / ".finished" / f"{name}.json"
        self.key = key(source, parameters)
        self.written: set[Path] = set()  # by the notebook, noted while it is executed

    def is_finished(self) -> bool:
        """Whether the notebook was finished with the same key, and all its files are unchanged."""
        try:
            content = json.loads(self.path.read_text())
            return content["key"] == self.key and all(
                _digest(self.results / name) == digest for name, digest in content["files"].items()
            )
        except (OSError, ValueError, KeyError):  # no record, a damaged record, or a missing result
            return False

    def forget(self) -> None:
        """Delete the record, before its files change. Raises RunError if that is not possible."""
        delete(self.path)

    def write(self, seconds: float) -> None:
        """Record the notebook as finished, with its executed copy and all files in `results` that it wrote itself."""
        results = self.results.resolve()
        own = {path.resolve() for path in {*self.written, self.executed}}
        files = {
            path.relative_to(results).as_posix(): _digest(path)
            for path in sorted(own)
            if path.is_relative_to(results) and path.is_file()  # temporary files are gone
        }
        content = {"key": self.key, "parameters": self.parameters, "seconds": round(seconds, 1), "files": files}
        write_text(make_folder(self.path.parent) / ".gitignore", "*\n")
        write_text(self.path, json.dumps(content, indent=2) + "\n")


def key(source: Path, parameters: Mapping[str, Value]) -> str:
    """A key of everything that determines an executed notebook: source, parameters, the files that they name, and code.

    The code is what its cells import from `annn`, directly or indirectly, without comments and docstrings.
    """
    content = hashlib.sha256(source.read_bytes())
    content.update(json.dumps(dict(parameters), sort_keys=True).encode())
    for value in (declared(source) | dict(parameters)).values():
        for path in _files_named(value):
            content.update(f"\0{path}\0{_digest(path)}".encode())
    code = _reached(source)
    content.update(code_digest(code).encode())
    for path in sorted({file for place in {path.parent for path in code} for file in place.glob("static/*")}):
        if path.suffix in _EMBEDDED:
            content.update(f"\0{path.name}\0{_digest(path)}".encode())
    return content.hexdigest()


def _reached(source: Path) -> list[Path]:
    """The files of `annn` that the cells of a notebook import, directly or indirectly, with generators of scenes."""
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    text = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    lines = [line for cell in text for line in cell.splitlines() if not line.lstrip().startswith(("%", "!"))]
    return reachable_files(*imported_files("\n".join(lines)), references=True)


def _files_named(value: Value) -> list[Path]:
    """The files that a text names, such as "one.pth" or "Full=one.pth,Baseline=other.pth", without folders."""
    if not isinstance(value, str):
        return []
    parts = dict.fromkeys([value.strip(), *(part.strip() for part in re.split(r"[,;=]", value))])
    return [path for part in parts if os.path.isfile(path := project_root() / part)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
