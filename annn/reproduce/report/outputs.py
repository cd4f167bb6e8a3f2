"""Convert the outputs of a cell to HTML without external files: tables, and figures embedded as WebP."""

from __future__ import annotations

import ast
import base64
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag
from markupsafe import Markup, escape
from PIL import Image

from annn.reproduce.report.markup import cleaned, markdown

_LONGEST = 4000  # characters of plain text on the page
_FILES = re.compile(r"\[('[\w.&-]+\.\w+'(,\s*)?)+\]")  # the list of files that a cell wrote
_NUMBER = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?\s*%?")
_NOTHING = {"NaN", "None", "nan", "<NA>", "\N{EN DASH}", ""}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of the page.

    kind: "text", "said" (by a cell), "files" (written by it), "table", "figure", "lines" (plain text) or "error".
    """

    kind: str
    content: Markup
    caption: Markup | None = None

    @property
    def is_text(self) -> bool:
        return self.kind == "text"


def blocks_of(outputs: Sequence[Any], width: int, links: Mapping[str, str] | None = None) -> list[Block]:
    """The outputs of a cell in order, without progress bars and other messages on stderr.

    links: file name -> link, for the files that a cell may list.
    """
    return list(_blocks(outputs, width, links or {}))


def find_caption(blocks: list[Block], text: Markup) -> None:
    """Add text: as the caption of the table or figure right before it, else as a paragraph of its own."""
    if blocks and blocks[-1].kind in ("table", "figure") and not blocks[-1].caption:
        blocks[-1] = replace(blocks[-1], caption=text)
    else:
        blocks.append(Block(kind="text", content=text))


def _blocks(outputs: Sequence[Any], width: int, links: Mapping[str, str]) -> Iterator[Block]:
    for output in outputs:
        if output.output_type == "error":
            text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output.traceback[-4:]))
            yield Block(kind="error", content=escape(text[-_LONGEST:]))
        elif output.output_type == "stream":
            if output.name == "stdout" and output.text.strip():
                yield Block(kind="lines", content=escape(output.text[:_LONGEST]))
        else:
            block = _richest(output.data, width, links)
            if block is not None:
                yield block


def _richest(data: dict[str, Any], width: int, links: Mapping[str, str]) -> Block | None:
    """The best representation without a kernel: the picture of a figure instead of its widget."""
    table = data.get("text/html", "")
    if "image/png" in data:
        return Block(kind="figure", content=_inlined(data["image/png"], width, _alternative_text(data)))
    if "image/jpeg" in data:
        return Block(kind="figure", content=_inlined(data["image/jpeg"], width, _alternative_text(data)))
    if "image/svg+xml" in data:
        return Block(kind="figure", content=_drawn(data["image/svg+xml"], _alternative_text(data)))
    if "<table" in table and "<script" not in table and "<iframe" not in table:
        return Block(kind="table", content=_plain_table(table))
    if "text/markdown" in data:
        return Block(kind="said", content=markdown(data["text/markdown"]))
    text = data.get("text/plain", "")
    if _FILES.fullmatch(text):
        return Block(kind="files", content=_linked(ast.literal_eval(text), links))
    if "application/vnd.jupyter.widget-view+json" in data or not text or text.startswith("<"):
        return None
    return Block(kind="lines", content=escape(text[:_LONGEST]))


def _linked(files: Sequence[str], links: Mapping[str, str]) -> Markup:
    """The files that a cell wrote, with links to existing ones."""
    shown = [
        Markup('<a href="{}">{}</a>').format(links[name], name) if name in links else escape(name) for name in files
    ]
    return Markup(", ").join(shown)


def _plain_table(table: str) -> Markup:
    """The table of a data frame without pandas' style; text on the left, numbers on the right, empty cells for NaN."""
    frame = BeautifulSoup(table, "html.parser").find("table")
    assert isinstance(frame, Tag)
    for tag in [frame, *frame.find_all(True)]:
        tag.attrs = {name: value for name, value in tag.attrs.items() if name in ("colspan", "rowspan")}
    headers = [row for row in frame.select("thead tr") if row.find(True)]
    if headers and not any(row.get_text(strip=True) for row in headers):
        headers[0].parent.decompose()  # type: ignore[union-attr]
        headers = []
    if len(headers) > 1 and not any(cell.get_text(strip=True) for cell in headers[-1].find_all(True)[1:]):
        name_row = headers.pop()  # pandas uses an extra row for the name of the index
        first, name = headers[-1].find(True), name_row.get_text(strip=True)
        if isinstance(first, Tag) and not first.get_text(strip=True) and name != "row":
            first.string = name
        name_row.decompose()
    body = [row for row in frame.select("tr") if row.find_parent("thead") is None]
    rows = [row.find_all(["td", "th"], recursive=False) for row in body]
    for cell in (cell for row in rows for cell in row if cell.name == "td"):
        text = cell.get_text(strip=True)
        if text in _NOTHING:
            cell.string, cell["class"] = "", "none"
        elif not _NUMBER.fullmatch(text):
            cell["class"] = "words"
    for column in zip(*rows, strict=False):
        if any(cell.get("class") == "words" for cell in column):
            for cell in (cell for cell in column if cell.name == "td" and not cell.get("class")):
                cell["class"] = "words"
    for header in headers:
        for place, cell in enumerate(_spread(header)):
            below = [row[place].get("class") for row in rows if place < len(row)]
            if int(str(cell.get("colspan") or 1)) > 1:
                cell["class"] = "group"
            elif "words" in below and None not in below:
                cell["class"] = "words"
    return cleaned(str(frame))


def _spread(header: Tag) -> list[Tag]:
    """The header cell of each column; a cell that spans several columns is repeated."""
    cells = header.find_all(["td", "th"], recursive=False)
    return [cell for cell in cells for _ in range(int(str(cell.get("colspan") or 1)))]


def _inlined(encoded: str, width: int, alt: str) -> Markup:
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
    return Markup('<img loading="lazy" alt="{}" {} src="data:image/webp;base64,{}">').format(alt, size, uri)


def _drawn(svg: str, alt: str) -> Markup:
    """A drawing as a data URI: as an image, so that no script in it runs."""
    uri = base64.b64encode(svg.encode()).decode()
    return Markup('<img loading="lazy" alt="{}" src="data:image/svg+xml;base64,{}">').format(alt, uri)


def is_lost_figure(data: Mapping[str, Any]) -> bool:
    """Whether an output is a figure of matplotlib that is not empty, without a picture that a page can show."""
    text = str(data.get("text/plain", ""))
    shown = any(kind in data for kind in ("image/png", "image/jpeg", "image/svg+xml"))
    return text.startswith("<Figure size") and "with 0 Axes" not in text and not shown


def _alternative_text(data: dict[str, Any]) -> str:
    """The alternative text of a picture: its own text, unless that is an object's address."""
    text = str(data.get("text/plain", "")).strip()
    return "Figure" if not text or text.startswith("<") else text[:300]
