"""Where the project lies on disk: relative paths mean the same from its root and from `notebooks/`."""

from pathlib import Path


def project_root(start: str | Path | None = None) -> Path:
    """The nearest folder, from `start` (default: the current folder) upwards, with `pyproject.toml` and `notebooks/`.

    Falls back to `start` itself, so that the installed package also works without a checkout.
    """
    start = (Path.cwd() if start is None else Path(start)).resolve()
    for folder in (start, *start.parents):
        if (folder / "pyproject.toml").is_file() and (folder / "notebooks").is_dir():
            return folder
    return start
