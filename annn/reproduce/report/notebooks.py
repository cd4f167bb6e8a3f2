"""Read an executed notebook as a chapter: text, tables and figures without code, and the parameters."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup

from annn.errors import RunError
from annn.reproduce.report.markup import markdown
from annn.reproduce.report.outputs import Block, blocks_of, find_caption, is_lost_figure
from annn.reproduce.report.provenance import Source

_CLOSING = ("What matches", "What was found")  # possible first words in the heading of the last section


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading of a notebook and the blocks below it; the heading is empty before the first one."""

    heading: str
    anchor: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One executed notebook. `closing` is its last section, which compares the results with the paper."""

    name: str
    title: str
    anchor: str
    failed: bool
    parameters: tuple[tuple[str, str, str], ...]
    changed: tuple[str, ...]
    executed: str
    minutes: float
    intro: Markup
    sections: tuple[Section, ...]
    closing: Section | None
    sources: tuple[Source, ...]


def read_chapter(path: Path, all_sources: Sequence[Source], width: int) -> Chapter:
    """Read an executed notebook; raises `RunError` if it is damaged. width: of the widest figure, in pixels."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except PermissionError:
        raise
    except Exception as error:  # nbformat raises various types for damaged files
        raise RunError(
            f"{path}: this notebook cannot be read ({type(error).__name__}: {error}); expected an executed copy of "
            f"`annn reproduce`. Delete it, and execute the notebook again."
        ) from error
    failed = path.name.endswith(".failed.ipynb")
    name = path.name.removesuffix(".ipynb").removesuffix(".failed")
    cells = notebook.cells
    _refuse_lost_figures(path, cells)
    # A failed copy may list files of the complete copy beside it: do not show them twice.
    own = () if failed else tuple(source for source in all_sources if source.folder in name and _names(cells, source))
    links = {file: f"{source.folder}/{file}" for source in own for file in source.files}
    title, intro = _opening(cells[0].source if cells and cells[0].cell_type == "markdown" else f"# {name}")
    _, _, variant = name.partition("-")
    anchor = _slug(path.name.removesuffix(".ipynb"))
    sections = tuple(_sections(cells[1:], anchor, width, links))
    closing = next((s for s in sections if s.heading.startswith(_CLOSING) and not failed), None)
    timing = notebook.metadata.get("papermill", {})
    parameters, changed = _parameters(cells)
    return Chapter(
        name=path.name,
        title=title + (f" ({variant})" if variant else "") + (" (failed)" if failed else ""),
        anchor=anchor,
        failed=failed,
        parameters=parameters,
        changed=changed,
        executed=_day(timing.get("end_time") or ""),
        minutes=float(timing.get("duration") or 0.0) / 60,
        intro=markdown(intro),
        sections=tuple(s for s in sections if s is not closing),
        closing=closing,
        sources=own,
    )


def _refuse_lost_figures(path: Path, cells: Sequence[Any]) -> None:
    """Raise `RunError` for the first figure without a picture: the page would silently lack it."""
    for number, cell in enumerate(cells, start=1):
        for output in cell.get("outputs", []):
            if is_lost_figure(output.get("data", {})):
                raise RunError(
                    f"{path}: cell {number} drew a figure, but its output holds only {', '.join(output.data)}; "
                    "expected a picture (PNG, JPEG or SVG). Execute the notebook again with `annn reproduce --force`, "
                    "or with IPython's own settings for figures."
                )


def _opening(source: str) -> tuple[str, str]:
    """The title in the first cell, and the text below it."""
    first, _, rest = source.strip().partition("\n")
    return first.removeprefix("#").strip(), rest.strip()


def _sections(cells: Sequence[Any], anchor: str, width: int, links: Mapping[str, str]) -> Iterator[Section]:
    """Split at headings of the second level; text right after a figure or table becomes its caption.

    Sections without content for a page are left out: the parameters, which the page shows elsewhere, and sections with
    only a widget.
    """
    heading, blocks, number, empty, after_output = "", [], 0, False, False
    for cell in [*cells, None]:
        if cell is not None and cell.cell_type == "code":
            outputs = cell.get("outputs", [])
            new_blocks = blocks_of(outputs, width, links)
            blocks += new_blocks
            after_output = bool(new_blocks) and new_blocks[-1].kind != "files"
            empty |= "parameters" in cell.metadata.get("tags", []) or (not new_blocks and any(map(_is_widget, outputs)))
            continue
        text = cell.source.strip() if cell is not None else "## "
        if text.startswith("## "):
            if blocks and (not empty or any(not block.is_text for block in blocks)):
                yield Section(heading=heading, anchor=f"{anchor}--{number}", blocks=tuple(blocks))
            first, _, text = text.partition("\n")
            heading, blocks, number, empty = first.removeprefix("##").strip(), [], number + 1, False
            if text.strip():
                blocks.append(Block(kind="text", content=markdown(text)))
        elif text and after_output:
            find_caption(blocks, markdown(text))
        elif text:
            blocks.append(Block(kind="text", content=markdown(text)))
        after_output = False


def _is_widget(output: Any) -> bool:
    return "application/vnd.jupyter.widget-view+json" in output.get("data", {})


def _names(cells: Sequence[Any], source: Source) -> bool:
    """Whether a notebook lists a source's file: all variants of a notebook write into one folder."""
    return any(f"{source.name}.json" in str(cell.get("outputs", "")) for cell in cells)


def _parameters(cells: Sequence[Any]) -> tuple[tuple[tuple[str, str, str], ...], tuple[str, ...]]:
    """The parameters (name, value, comment), and the names of those that differ from the defaults."""
    values: dict[str, tuple[str, str]] = {}
    changed = []
    for cell in cells:
        tags = cell.metadata.get("tags", []) if cell.cell_type == "code" else []
        for line in cell.source.splitlines() if {"parameters", "injected-parameters"} & set(tags) else ():
            name, equals, rest = line.partition(" = ")
            if not equals or name.startswith("#"):
                continue
            value, _, comment = rest.partition("  # ")
            if "injected-parameters" in tags:
                changed.append(name)
                comment = values.get(name, ("", ""))[1]
            values[name] = (value.strip(), comment.strip())
    return tuple((name, value, comment) for name, (value, comment) in values.items()), tuple(changed)


def _day(moment: str) -> str:
    """The day of a timestamp."""
    try:
        return datetime.fromisoformat(moment).strftime("%Y-%m-%d")
    except ValueError:
        return ""


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", html.unescape(text).lower()).strip("-")
