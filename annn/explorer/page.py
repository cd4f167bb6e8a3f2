"""Write the explorer as one HTML file with the widget's module, state and payload; no kernel, no network."""

from __future__ import annotations

import base64
import html
import json
import re
from pathlib import Path
from typing import Any

from annn.errors import RunError
from annn.files import write_text

STATIC = Path(__file__).parent / "static"
MODULES = ("effects.js", "widget.js")


def page(payload: bytes, state: dict[str, Any], title: str) -> str:
    """The HTML of a page for a payload and a state (picture, views, pins, settings)."""
    return (STATIC / "page.html").read_text(encoding="utf-8").format(
        title=html.escape(title),
        style=(STATIC / "widget.css").read_text(encoding="utf-8"),
        module=module(),
        # "</script>" inside a string would end the element, whatever the quotes around it
        state=json.dumps(state, ensure_ascii=False).replace("<", "\\u003c"),
        payload=base64.b64encode(payload).decode(),
    )  # fmt: skip


def write_page(path: str | Path, payload: bytes, state: dict[str, Any], title: str) -> Path:
    """Write the page, whole or not at all; raises RunError if the folder cannot be written."""
    path = Path(path)
    write_text(path, page(payload, state, title))
    return path


def module() -> str:
    """The text of the page's one JavaScript module: the files in `static`, one behind the other, without comments.

    Their lines are kept, so that the browser's messages can be found in them; their indentation is not.
    """
    text = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in MODULES)
    text = re.sub(r"^\t*(//|/\*\*| \*).*$|^\t+", "", text, flags=re.MULTILINE)
    if "</script" in text.lower():
        raise RunError(
            f"{STATIC}: {' or '.join(MODULES)} contains '</script', which would end the script element; expected none. "
            "Remove it from the file."
        )
    return text
