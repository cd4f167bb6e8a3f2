"""Convert Markdown and HTML to safe HTML: no scripts, no styles, no external content.

The output of a cell may contain text from unknown files, such as the name of a recipe in a weights file.
"""

from __future__ import annotations

import re

import bleach
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_TAGS = {
    *("a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img"),
    *("li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "ul"),
    *("caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
}
_CELL = {"colspan": r"\d{1,3}", "rowspan": r"\d{1,3}", "class": "words|none|group"}
_ATTRIBUTES = {
    "a": {"href": r"(https?://|mailto:|#).*|[\w./%-]+(#[\w-]*)?", "title": ".*"},
    "img": {"src": r"data:image/(png|jpeg|gif|webp);base64,[\w+/=]+", "alt": ".*"},
    "td": _CELL,
    "th": _CELL,
}
"""The allowed values of each attribute; other attributes are removed."""
_PROTOCOLS = {"http", "https", "mailto", "data"}


def markdown(text: str) -> Markup:
    """Markdown as HTML, with headings one level lower (a chapter is below the page title).

    Other tags are shown as text.
    """
    html = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(text)
    return Markup(re.sub(r"<(/?)h([1-4])", lambda m: f"<{m[1]}h{int(m[2]) + 1}", cleaned(html)))


def cleaned(html: str) -> Markup:
    """HTML with only text, tables and embedded pictures, and nothing that runs, loads or changes the page."""
    return Markup(bleach.clean(html, tags=_TAGS, attributes=_is_plain, protocols=_PROTOCOLS))


def _is_plain(tag: str, name: str, value: str) -> bool:
    pattern = _ATTRIBUTES.get(tag, {}).get(name)
    return pattern is not None and re.fullmatch(pattern, value.strip(), re.DOTALL | re.IGNORECASE) is not None
