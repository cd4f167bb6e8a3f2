"""The report holds what the notebooks show, says where it comes from, and needs nothing but itself."""

import base64
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from annn.errors import RunError
from annn.reproduce import report
from annn.reproduce.report import sources, write_report

CELLS = "<tr><td>12.5</td><td>NaN</td></tr>"
TABLE = f'<div><style scoped>td {{}}</style><table border="1" class="dataframe">{CELLS}</table></div>'


def picture(width: int = 40, height: int = 20, noise: bool = False) -> str:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8) if noise else None
    image = Image.new("RGB", (width, height), "red") if pixels is None else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


def shows(**data: str):
    return new_output("display_data", data={name.replace("_", "/"): value for name, value in data.items()})


def notebook(*cells, name: str, folder: Path) -> None:
    (folder / "notebooks").mkdir(parents=True, exist_ok=True)
    content = new_notebook(cells=list(cells))
    content.metadata["papermill"] = {"duration": 90.0, "end_time": "2026-01-02T03:04:05"}
    nbformat.write(content, folder / "notebooks" / f"{name}.ipynb")


def run(row: str, seed: int) -> dict:
    return {"row": row, "seed": seed, "minutes": 2.0, "environment": {"hardware": "a small machine", "torch": "2.13"}}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    (tmp_path / "table2").mkdir()
    about = {"table": "Table 2", "preset": "quick", "data": "streets", "stand_in": True}
    behind = {**about, "runs": [run("Baseline", 0), run("4 & 5", 0), run("4 & 5", 1)]}
    (tmp_path / "table2" / "quick.json").write_text(json.dumps(behind))
    (tmp_path / "table2" / "quick.csv").write_text("row,mIoU\n")
    (tmp_path / "table2" / "broken.json").write_text("{")
    parameters = new_code_cell('preset = "quick"  # which preset', metadata={"tags": ["parameters"]})
    injected = new_code_cell('# Parameters\npreset = "paper"\n', metadata={"tags": ["injected-parameters"]})
    drawn = shows(image_png=picture(), text_plain="<Figure size 960x480>")
    widget = {"application/vnd.jupyter.widget-view+json": "{}", "text/plain": "Explorer()", "image/png": picture()}
    notebook(
        new_markdown_cell("# Which layers?\n\nTwo *claims*."),
        parameters,
        injected,
        new_markdown_cell("## Claim 1"),
        new_code_cell(
            "hidden_code()", outputs=[shows(text_html=TABLE), new_output("stream", name="stderr", text="bar")]
        ),
        new_markdown_cell("Points over the baseline."),
        new_code_cell("", outputs=[drawn, new_output("display_data", data=widget)]),
        new_code_cell("", outputs=[shows(text_plain="['quick.csv', 'quick.json']")]),
        new_markdown_cell("## What matches, and what does not"),
        new_code_cell("", outputs=[shows(text_markdown="It **agrees** & holds.", text_plain="<Markdown>")]),
        name="2_table2_layers",
        folder=tmp_path,
    )
    return tmp_path


def test_one_page_with_everything_in_it(results: Path) -> None:
    page = write_report(results).read_text()
    assert page.count('src="data:image/webp;base64,') == 2
    assert "<td>12.5</td>" in page and '<td class="none"></td>' in page and "<style scoped" not in page
    assert "<figcaption><p>Points over the baseline.</p>" in page
    assert "It <strong>agrees</strong> &amp; holds." in page
    for hidden in ("hidden_code", ">bar<", "&lt;Figure", "[&#39;quick.csv"):
        assert hidden not in page
    assert page.index("agrees") < page.index("Claim 1</h3>")  # what matches stands in the summary


def test_the_page_loads_nothing_and_its_links_stay_below_results(results: Path) -> None:
    page = write_report(results).read_text()
    loaded = re.findall(r'(?:src|href|url|action)\s*[=(]\s*["\']?([^"\'\s>)]+)', page)
    assert {link.partition(":")[0] for link in loaded if ":" in link} <= {"data"}
    for link in (link for link in loaded if not link.startswith(("data:", "#"))):
        assert (results / link).is_file(), link
    anchors = {link[1:] for link in loaded if link.startswith("#")}
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))


def test_the_field_decides_what_is_generated_and_not_the_words(results: Path) -> None:
    path = results / "table2" / "quick.json"
    behind = json.loads(path.read_text())
    for field, generated in (({"stand_in": False}, False), ({"stand_in": True}, True), ({}, True)):
        words = "generated street scenes" if not generated else "streets"
        kept = {name: value for name, value in behind.items() if name != "stand_in"}
        path.write_text(json.dumps({**kept, **field, "data": words}))
        (source,) = sources(results)
        assert source.generated == generated, field


def test_every_number_says_where_it_comes_from(results: Path) -> None:
    (source,) = sources(results)
    assert (source.title, source.data, source.seeds) == ("Table 2", "streets", (0, 1)) and source.generated
    assert source.rows == ("Baseline", "4 & 5") and source.minutes == 6.0
    assert source.files == ("quick.csv", "quick.json")
    page = write_report(results).read_text()
    assert "a small machine; torch 2.13" in page and "6.0 min" in page
    assert '<span class="tag">generated</span>' in page
    assert re.search(r'<code class="changed">&#34;paper&#34;</code></td><td>which preset</td>', page)
    assert "2026-01-02" in page


def test_a_variant_has_a_chapter_of_its_own_without_the_others_sources(results: Path) -> None:
    notebook(new_markdown_cell("# Which layers?"), name="2_table2_layers-camvid", folder=results)
    page = write_report(results).read_text()
    assert "Which layers? (camvid)" in page
    assert page.count('<td class="one"><a href="#') == 1


def test_a_failed_notebook_says_so(results: Path) -> None:
    error = new_output("error", ename="E", evalue="", traceback=["\x1b[31mno <data>\x1b[0m"])
    notebook(new_markdown_cell("# Broken"), new_code_cell("", outputs=[error]), name="3_broken.failed", folder=results)
    page = write_report(results).read_text()
    assert "This notebook failed" in page and "no &lt;data&gt;" in page


def test_a_failed_copy_beside_a_whole_one_is_a_chapter_without_evidence(results: Path) -> None:
    path = results / "table2" / "quick.json"
    line = {"claim": "fusing helps", "paper": "+1.3 points", "here": "+2.7 points", "verdict": "agrees"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"claims": [line]}))
    whole = results / "notebooks" / "2_table2_layers.ipynb"
    whole.with_name("2_table2_layers.failed.ipynb").write_text(whole.read_text())
    page = write_report(results).read_text()
    anchors = re.findall(r'\bid="([^"]+)"', page)
    assert {"2-table2-layers", "2-table2-layers-failed"} < set(anchors) and len(set(anchors)) == len(anchors)
    assert page.count("fusing helps") == 1 and page.count('<section class="closing">') == 1
    assert "Which layers? (failed)" in page


HOSTILE = """A recipe named <img src=x onerror=alert(1)> &amp; <script>alert(2)</script>
<SCRIPT SRC="http://x.test/a.js"></SCRIPT>
<svg onload=alert(3)><style>* { display: none }</style><iframe src="http://x.test"></iframe><base href="http://x.test">
![seen](http://x.test/pixel.png) <img src="//x.test/b.png" alt='"><script>alert(4)</script>'>
<b onclick=alert(5)>bold</b>
[one](javascript:alert(6)) [two](da&Tab;ta:text/html,x) <a href="jav&#x09;ascript:alert(7)" style="position:fixed">x</a>
<form action="http://x.test"><input name=a><button>send</button></form>
<!-- <script> --> <math><mi//xlink:href="data:x,y">
"""


def hostile(folder: Path) -> None:
    data = {"text/markdown": HOSTILE, "text/plain": "<Markdown>"}
    table = f"<TABLE onload=alert(8)><thead><tr><th>a</th></tr></thead><tr><td>{HOSTILE}</td></tr></TABLE>"
    outputs = [
        new_output("display_data", data=data),
        shows(text_html=table.replace("TABLE", "table").replace("<script", "<Script")),
        new_output("stream", name="stdout", text=HOSTILE),
        new_output("error", ename="E", evalue="", traceback=[HOSTILE]),
    ]
    cells = [new_markdown_cell(f"# Odd {HOSTILE}"), new_markdown_cell(f"## Odd too\n{HOSTILE}")]
    notebook(*cells, new_code_cell("", outputs=outputs), name="2_table2_odd", folder=folder)
    behind = {"table": HOSTILE, "runs": [{"row": HOSTILE, "environment": {"hardware": HOSTILE}}], "data": HOSTILE}
    names = ("claim", "paper", "here", "verdict")
    claims = {"claims": [dict.fromkeys(names, HOSTILE)]}
    (folder / "table2" / "odd.json").write_text(json.dumps(behind | claims))
    shown = shows(text_plain="['odd.json']")
    notebook(new_markdown_cell("# Odd"), new_code_cell("", outputs=[shown]), name="3_table2_odd", folder=folder)


def test_what_outputs_quote_neither_runs_nor_loads(results: Path) -> None:
    class Tags(HTMLParser):
        found: list[tuple[str, dict]] = []  # noqa: RUF012 (one parser)

        def handle_starttag(self, tag, attrs):
            self.found.append((tag, dict(attrs)))

    hostile(results)
    parser = Tags()
    parser.feed(write_report(results).read_text())
    names = [tag for tag, _ in parser.found]
    assert names.count("script") == names.count("style") == names.count("button") == 1  # the page's own
    assert not {"svg", "iframe", "base", "form", "input", "math", "object", "embed"} & set(names)
    for tag, attributes in parser.found:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if tag == "img":
            assert attributes.get("src", "data:image/").startswith("data:image/")
        assert re.match(r"data:,|#|https?://|[\w/.-]+$", attributes.get("href", "#"))


def test_text_tables_and_inlined_pictures_are_kept(results: Path) -> None:
    cell = "1 < 2 & **bold** `a<b`\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    cell += f"![dot](data:image/png;base64,{picture()})"
    notebook(
        new_markdown_cell("# Kept"), new_markdown_cell(f"## All\n{cell}\n### Below"), name="6_kept", folder=results
    )
    page = write_report(results).read_text()
    for kept in (
        "1 &lt; 2 &amp; <strong>bold</strong> <code>a&lt;b</code>",
        "<li>one</li>",
        "<td>1</td>",
        "<h4>Below</h4>",
    ):
        assert kept in page
    assert re.search(r'<img (alt="dot" )?src="data:image/png;base64,', page)


def test_in_a_browser_hostile_outputs_do_nothing_and_the_theme_turns(browser, results: Path) -> None:
    """The policy alone holds back what is planted behind the cleaning."""
    hostile(results)
    written = write_report(results)
    planted = '<img src="http://x.test/y.png" onerror="document.title = 1"><script>document.title = 2</script></main>'
    written.write_text(written.read_text().replace("</main>", planted))
    said, refused = [], {}
    with browser.new_context(color_scheme="light") as context:
        opened = context.new_page()
        opened.on("requestfailed", lambda request: refused.update({request.url: request.failure}))
        opened.on("dialog", lambda dialog: said.append(dialog.message))
        opened.goto(written.as_uri())
        opened.get_by_role("button", name="Light / dark").click()
        assert opened.evaluate("document.documentElement.dataset.theme") == "dark"
        assert opened.title().startswith("Asymmetric")
    assert refused == {"http://x.test/y.png": "csp"} and not said


def test_figures_shrink_until_the_page_is_small_enough(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = [shows(image_png=picture(1500, 300, noise=True))]
    notebook(new_markdown_cell("# Wide"), new_code_cell("", outputs=outputs), name="4_wide", folder=results)
    large = len(write_report(results).read_bytes())
    monkeypatch.setattr(report, "LARGEST", large * 2 // 3)
    assert len(write_report(results).read_bytes()) < large * 2 // 3
    monkeypatch.setattr(report, "LARGEST", 1000)
    with pytest.raises(RunError, match="expected less than 0"):
        write_report(results)


def test_tags_are_balanced(results: Path) -> None:
    class Balance(HTMLParser):
        open: list[str] = []  # noqa: RUF012 (one parser)

        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "link", "img", "br", "hr", "input"):
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag, (tag, self.getpos())

    parser = Balance()
    parser.feed(write_report(results).read_text())
    assert parser.open == []


def test_without_notebooks_there_is_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"there is no executed notebook to report on.*annn reproduce"):
        write_report(tmp_path)


def test_a_damaged_notebook_is_named(results: Path) -> None:
    (results / "notebooks" / "9_cut.ipynb").write_text("{")
    with pytest.raises(RunError, match=r"9_cut\.ipynb: this notebook cannot be read"):
        write_report(results)


def test_a_table_has_words_left_numbers_right_and_one_line_of_headers(results: Path) -> None:
    frame = pd.DataFrame({"verdict": ["agrees", "110"], "gain": [1.5, -2.0]}, index=pd.Index(["a", "b"], name="row"))
    notebook(
        new_markdown_cell("# Words"),
        new_code_cell("", outputs=[shows(text_html=frame.to_html())]),
        name="5_words",
        folder=results,
    )
    page = write_report(results).read_text()
    assert '<th class="words">verdict</th>' in page and '<td class="words">110</td>' in page
    assert "<td>1.5</td>" in page and "<th>gain</th>" in page and ">row<" not in page


def test_what_the_paper_claims_stands_first(results: Path) -> None:
    path = results / "table2" / "quick.json"
    line = {"claim": "fusing helps", "paper": "+1.3 points", "here": "+2.7 points", "verdict": "agrees"}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"claims": [line]}))
    page = write_report(results).read_text()
    assert page.index("At a glance") < page.index("fusing helps") < page.index("Where the numbers come from")
    assert ">+1.3 points</td>" in page and ">+2.7 points</td>" in page and "2 seeds" in page
    assert "What was not reproduced" in page


def test_text_is_a_caption_only_right_below_what_it_is_about(results: Path) -> None:
    notebook(
        new_markdown_cell("# Files"),
        new_code_cell("", outputs=[shows(text_html=TABLE)]),
        new_code_cell("", outputs=[shows(text_plain="['a.csv']")]),
        new_markdown_cell("About the files."),
        new_markdown_cell("## Only words\nStill read, and [linked](2_table2_layers.ipynb)."),
        new_markdown_cell("## Only a widget\nBelow."),
        new_code_cell(
            "", outputs=[new_output("display_data", data={"application/vnd.jupyter.widget-view+json": "{}"})]
        ),
        name="6_files",
        folder=results,
    )
    page = write_report(results).read_text()
    assert "<figcaption><p>About the files." not in page and "About the files." in page
    assert 'Still read, and <a href="#2-table2-layers">' in page and "Only a widget" not in page


def test_variants_come_after_the_ordinary_one(results: Path) -> None:
    notebook(new_markdown_cell("# Which layers?"), name="2_table2_layers-camvid", folder=results)
    page = write_report(results).read_text()
    assert page.index('<article id="2-table2-layers">') < page.index('<article id="2-table2-layers-camvid">')


def test_photographs_come_before_drawings(results: Path) -> None:
    claims = [{"claim": "c", "paper": "+1", "here": "+2", "verdict": "agrees"}]
    about = {"table": "Table 2", "preset": "quick", "claims": claims, "runs": [run("Baseline", 0)]}
    for name, data, stand_in in (("quick", "streets", True), ("real", "CamVid test", False)):
        behind = about | {"data": data, "stand_in": stand_in}
        (results / "table2" / f"{name}.json").write_text(json.dumps(behind))
    files = new_code_cell("", outputs=[shows(text_plain="['real.csv', 'real.json']")])
    notebook(new_markdown_cell("# Which layers?"), files, name="2_table2_layers-photographs", folder=results)
    page = write_report(results).read_text()
    assert page.index('<article id="2-table2-layers-photographs">') < page.index('<article id="2-table2-layers">')
    assert page.index("CamVid test</td>") < page.index("streets</td>")


def test_a_figure_without_a_picture_is_an_error(tmp_path: Path) -> None:
    """Such as of `InlineBackend.figure_formats = {'pdf'}`: the page would lack it without a word."""
    figure = {"application/pdf": "JVBERi0=", "text/plain": "<Figure size 640x480 with 1 Axes>"}
    drawn = new_code_cell("", outputs=[new_output("display_data", data=figure)])
    notebook(new_markdown_cell("# One"), drawn, name="1_one", folder=tmp_path)
    with pytest.raises(
        RunError, match=r"1_one\.ipynb: cell 2 drew a figure, .* only application/pdf, text/plain"
    ) as error:
        write_report(tmp_path)
    assert "\n" not in str(error.value) and not (tmp_path / "report.html").exists()


def test_a_drawing_in_svg_is_shown_as_an_image(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    data = {"image/svg+xml": svg, "text/plain": "<Figure size 640x480 with 1 Axes>"}
    empty = {"text/plain": "<Figure size 640x480 with 0 Axes>"}  # IPython makes no picture of it
    cells = [new_code_cell("", outputs=[new_output("display_data", data=shown)]) for shown in (data, empty)]
    notebook(new_markdown_cell("# One"), new_markdown_cell("## Part"), *cells, name="1_one", folder=tmp_path)
    page = write_report(tmp_path).read_text()
    assert (
        f'src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"' in page and "alert(1)" not in page
    )
