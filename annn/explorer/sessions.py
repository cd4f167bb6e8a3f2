"""One cell, one set of explorers: running a cell again closes what it made before."""

from __future__ import annotations

import weakref
from typing import Any

# By cell: the execution that made them, and the explorers. ipywidgets itself keeps every widget until it is closed.
_made: dict[str, tuple[str, list[weakref.ref]]] = {}


def close_earlier(explorer: Any) -> None:
    """Note an explorer, and close those that an earlier execution of the same notebook cell made."""
    cell, execution = _executing()
    if not cell:
        return
    before, explorers = _made.get(cell, (execution, []))
    if before != execution:
        for reference in explorers:
            old = reference()
            if old is not None:
                old.close()
        explorers = []
    _made[cell] = (execution, [*explorers, weakref.ref(explorer)])


def _executing() -> tuple[str, str]:
    """The identity of the cell that is running, as JupyterLab tells it, and of this execution; empty elsewhere."""
    try:
        from IPython import get_ipython  # pyright: ignore[reportPrivateImportUsage]
    except ImportError:
        return "", ""
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return "", ""
    parent = kernel.get_parent("shell") or {}
    return str(parent.get("metadata", {}).get("cellId", "")), str(parent.get("header", {}).get("msg_id", ""))
