"""One set of widgets per cell: when a cell runs again, its earlier widgets are closed."""

from __future__ import annotations

import weakref
from typing import Any

# By cell: its last execution, and the widgets of that execution. ipywidgets keeps every widget until it is closed.
_widgets_of_cell: dict[str, tuple[str, list[weakref.ref]]] = {}


def close_earlier(widget: Any) -> None:
    """Register a widget, and close the widgets of earlier executions of the same notebook cell."""
    cell, execution = _running_cell()
    if not cell:
        return
    last_execution, widgets = _widgets_of_cell.get(cell, (execution, []))
    if last_execution != execution:
        for reference in widgets:
            old = reference()
            if old is not None:
                old.close()
        widgets = []
    _widgets_of_cell[cell] = (execution, [*widgets, weakref.ref(widget)])


def close_parts(widget: Any) -> None:
    """Close the parts of a widget that it does not close itself: its children, its layout and its style."""
    for child in getattr(widget, "children", ()):
        close_parts(child)
        child.close()
    for part in (getattr(widget, "layout", None), getattr(widget, "style", None)):
        if part is not None:
            part.close()


def _running_cell() -> tuple[str, str]:
    """The ids of the running cell and of this execution in JupyterLab; empty texts elsewhere."""
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
