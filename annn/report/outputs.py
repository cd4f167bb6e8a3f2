"""A cell's outputs as HTML that needs nothing else: tables as they are, figures inlined as WebP."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup, escape
from PIL import Image

_LONGEST = 4000  # characters of plain text that are shown
_FILES = re.compile(r"\[('[\w.&-]+\.\w+'(,\s*)?)+\]")  # the list of what a cell wrote


@dataclass(frozen=True, kw_only=True)
class Block:
    """Something to show: kind is "text", "said" (by a cell), "table", "figure", "lines" (plain text) or "error"."""

    kind: str
    content: Markup
    caption: Markup | None = None

    @property
    def is_text(self) -> bool:
        return self.kind == "text"


def blocks_of(outputs: Sequence[Any], width: int) -> list[Block]:
    """What a cell shows, in its order; progress bars and other messages on stderr are left out."""
    return list(_blocks(outputs, width))


def find_caption(blocks: list[Block], text: Markup) -> None:
    """Add text: as the caption of the table or figure right before it, else as a paragraph of its own."""
    if blocks and blocks[-1].kind in ("table", "figure") and not blocks[-1].caption:
        blocks[-1] = replace(blocks[-1], caption=text)
    else:
        blocks.append(Block(kind="text", content=text))


def _blocks(outputs: Sequence[Any], width: int) -> Iterator[Block]:
    for output in outputs:
        if output.output_type == "error":
            text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output.traceback[-4:]))
            yield Block(kind="error", content=escape(text[-_LONGEST:]))
        elif output.output_type == "stream":
            if output.name == "stdout" and output.text.strip():
                yield Block(kind="lines", content=escape(output.text[:_LONGEST]))
        else:
            block = _richest(output.data, width)
            if block is not None:
                yield block


def _richest(data: dict[str, Any], width: int) -> Block | None:
    """The representation that says most and needs no kernel: a figure's picture rather than a widget's shell."""
    from annn.report.notebooks import markdown

    table = data.get("text/html", "")
    if "image/png" in data:
        return Block(kind="figure", content=_inlined(data["image/png"], width, _said(data)))
    if "image/jpeg" in data:
        return Block(kind="figure", content=_inlined(data["image/jpeg"], width, _said(data)))
    if "<table" in table and "<script" not in table and "<iframe" not in table:
        return Block(kind="table", content=_plain_table(table))
    if "text/markdown" in data:
        return Block(kind="said", content=markdown(data["text/markdown"]))
    text = data.get("text/plain", "")
    if _FILES.fullmatch(text):  # the page links to them
        return None
    if "application/vnd.jupyter.widget-view+json" in data or not text or text.startswith("<"):
        return None
    return Block(kind="lines", content=escape(text[:_LONGEST]))


def _plain_table(table: str) -> Markup:
    """A data frame's table without pandas' own style, and NaN as an empty cell."""
    table = table[table.index("<table") : table.rindex("</table>") + len("</table>")]
    table = re.sub(r"<table[^>]*>", "<table>", table)
    table = re.sub(r"<td>(NaN|None|nan|<NA>|&lt;NA&gt;)</td>", '<td class="none"></td>', table)
    table = re.sub(r' (style|border|class="dataframe")="[^"]*"', "", table)
    return Markup(table)


def _inlined(encoded: str, width: int, said: str) -> Markup:
    """A picture as a data URI, at most `width` pixels wide."""
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as file:
        picture = file.convert("RGBA")
    if picture.width > width:
        picture = picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    best = io.BytesIO()
    paper.convert("RGB").save(best, format="WEBP", quality=88, method=4)
    uri = base64.b64encode(best.getvalue()).decode()
    size = Markup('width="{}" height="{}"').format(picture.width, picture.height)
    return Markup('<img loading="lazy" alt="{}" {} src="data:image/webp;base64,{}">').format(said, size, uri)


def _said(data: dict[str, Any]) -> str:
    """What to say of a picture to who cannot see it: its own text, unless that is an object's address."""
    text = str(data.get("text/plain", "")).strip()
    return "Figure" if not text or text.startswith("<") else text[:300]
