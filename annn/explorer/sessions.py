"""One cell, one set of widgets: running a cell again closes what it made before."""

from __future__ import annotations

import weakref
from typing import Any

# By cell: the execution that made them, and the widgets. ipywidgets itself keeps every widget until it is closed.
_made: dict[str, tuple[str, list[weakref.ref]]] = {}


def close_earlier(widget: Any) -> None:
    """Note a widget, and close those that an earlier execution of the same notebook cell made."""
    cell, execution = _executing()
    if not cell:
        return
    before, widgets = _made.get(cell, (execution, []))
    if before != execution:
        for reference in widgets:
            old = reference()
            if old is not None:
                old.close()
        widgets = []
    _made[cell] = (execution, [*widgets, weakref.ref(widget)])


def close_parts(widget: Any) -> None:
    """Close what belongs to a widget alone and would outlive it: its children, its layout and its style."""
    for child in getattr(widget, "children", ()):
        close_parts(child)
        child.close()
    for part in (getattr(widget, "layout", None), getattr(widget, "style", None)):
        if part is not None:
            part.close()


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
