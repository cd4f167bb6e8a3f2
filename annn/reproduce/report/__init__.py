"""Write results/ as one HTML page: all tables and figures of the executed notebooks, and the source of each number.

In: results/. Out: results/report.html. The page needs no network and no other file: figures are embedded, and the only
script chooses a theme. A content security policy blocks everything else that the notebooks may contain.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from annn.errors import RunError
from annn.files import project_root, write_text
from annn.reproduce.report.notebooks import Chapter, read_chapter
from annn.reproduce.report.provenance import Source, sources

__all__ = ["Chapter", "Source", "write_report"]

LARGEST = 15_000_000  # bytes: small enough for e-mail and browsers on phones


def write_report(results: str | Path = "results") -> Path:
    """Write `results`/report.html from the executed notebooks and tables in `results`; returns its path.

    results: relative to the project's root. Figures shrink until the page has less than `LARGEST` bytes. Raises
    `RunError` if there is no executed notebook, if one cannot be read, or if the page cannot be written.
    """
    folder = project_root() / results
    there = (folder / "notebooks").iterdir() if (folder / "notebooks").is_dir() else ()
    executed = [path for path in there if path.suffix == ".ipynb" and not path.name.startswith(".")]
    executed.sort(key=lambda path: path.name.removesuffix(".ipynb").partition("-"))  # variants after the ordinary copy
    if not executed:
        raise RunError(
            f"{folder / 'notebooks'}: there is no executed notebook to report on; expected those of `annn reproduce`. "
            "Run it first."
        )
    all_sources = sources(folder)
    for width in (1440, 1080, 720, 480):  # pixels of the widest figure
        page = _page([read_chapter(path, all_sources, width) for path in executed])
        if len(page.encode()) < LARGEST:
            break
    else:
        raise RunError(
            f"{folder / 'report.html'}: the figures of {len(executed)} notebooks make a page of {len(page) / 1e6:.0f} "
            f"MB, expected less than {LARGEST / 1e6:.0f}. Move some variants out of "
            f"{folder / 'notebooks'}."
        )
    write_text(folder / "report.html", page)
    return folder / "report.html"


def _page(chapters: list[Chapter]) -> str:
    environment = Environment(
        loader=PackageLoader("annn.reproduce.report", ""),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    chapters = sorted(chapters, key=_photographs_first)
    lines = [(chapter, source) for chapter in chapters for source in chapter.sources]
    style, script = (Path(__file__).parent.joinpath(name).read_text("utf-8") for name in ("report.css", "theme.js"))
    sources = [source for chapter in chapters for source in chapter.sources]
    page = environment.get_template("report.html.j2").render(
        chapters=chapters,
        lines=sorted(lines, key=lambda line: line[1].generated),
        style=Markup(style),
        script=Markup(script),
        script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        stand_in=any(source.generated for source in sources),
        claims=any(source.claims for source in sources),
        paper=any(source.preset == "paper" for source in sources),
    )
    return _between_chapters(page, {chapter.name: chapter.anchor for chapter in chapters})


def _photographs_first(chapter: Chapter) -> tuple[str, bool]:
    """Sorts the copies of one notebook: those with results on real images first."""
    number = chapter.name.removesuffix(".ipynb").partition("-")[0]
    return number, all(source.generated for source in chapter.sources)


def _between_chapters(page: str, anchors: dict[str, str]) -> str:
    """Replace links between notebooks by links to the chapters of the page."""

    def target(match: re.Match[str]) -> str:
        return f'<a href="#{anchors.get(match[1], "summary")}"'

    return re.sub(r'<a href="([\w-]+\.ipynb)"', target, page)
