"""The explorer in a live JupyterLab: hovering, two at once, another image, cells run again, themes; its notebook."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from browser import NEEDS_CHROMIUM
from PIL import Image

from annn.analysis.cue import cue_scenes
from annn.data.scenes import draw
from annn.explorer import AttentionExplorer
from annn.model import ANNN, ModelConfig
from annn.weights import load

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
pytestmark = [
    pytest.mark.slow(reason="a JupyterLab, two kernels that import torch, and a browser"),
    NEEDS_CHROMIUM,
]
ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "results" / "checkpoint" / "full-street.safetensors"
PATIENCE = 90_000  # milliseconds: a kernel that imports torch on a busy machine

SETUP = """\
import torch
torch.set_num_threads(1)
from annn.explorer import AttentionExplorer
from annn.explorer import widget
from annn.model import ANNN, ModelConfig
from annn.data.scenes import draw
widget.AT_ONCE = 0  # another image needs the kernel
torch.manual_seed(0)
model = ANNN(ModelConfig(classes=19, depth=18, width=8))
torch.nn.init.normal_(model.fusion["5"].branches[0].W.weight)  # a fresh AFNB adds nothing
images = {f"street {i}": draw(0, i, (64, 128)).image for i in range(2)}"""
TWO = """\
first = AttentionExplorer(model, images, left="apnb")
second = AttentionExplorer(model, images, left="afnb 4&5")
display(first, second)"""
COUNT = """\
from ipywidgets.widgets.widget import _instances
print("open explorers:", sum(isinstance(w, AttentionExplorer) for w in _instances.values()), "image", first.image)"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a JupyterLab with two notebooks, and the folder of its settings."""
    root = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in (SETUP, TWO, COUNT)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (root / "notebooks").mkdir()
    nbformat.write(notebook, root / "notebooks" / "live.ipynb")
    real = nbformat.read(ROOT / "notebooks" / "5_attention_explorer.ipynb", as_version=4)
    (parameters,) = [cell for cell in real.cells if "parameters" in cell.metadata.get("tags", [])]
    parameters.source += f"\nweights = photo_weights = {str(SHIPPED)!r}\nscenes, measured = 2, 6"
    nbformat.write(real, root / "notebooks" / "explorer.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{name}_DIR": str(root / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    folders |= {f"JUPYTERLAB_{name}_DIR": str(root / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    environment = os.environ | folders | {"JUPYTER_PREFER_ENV_PATH": "1", "OMP_NUM_THREADS": "1"}
    quiet = root / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text(json.dumps({"fetchNews": "false"}))
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={root / 'notebooks'}"]
    command += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with (root / "log.txt").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, process_group=0)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/api", server, root / "log.txt")
            yield address, root / "settings"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def expected() -> Iterator[AttentionExplorer]:
    """The same explorer in this process."""
    torch.manual_seed(0)
    model = ANNN(ModelConfig(classes=19, depth=18, width=8))
    torch.nn.init.normal_(model.fusion["5"].branches[0].W.weight)
    explorer = AttentionExplorer(model, {f"street {i}": draw(0, i, (64, 128)).image for i in range(2)}, left="apnb")
    yield explorer
    explorer.close()


def hover(page, number: int, row: int, column: int, rows: int = 8) -> list[str]:
    """Move to a query (of rows x 2 rows) of the explorer `number` in the notebook; the text that it then shows.

    Cells that still run push the explorer about, and a move made meanwhile lands beside it: so a person would, it
    points again until the explorer follows. One that never follows returns another query's text, and `check` fails.
    """
    stage = page.locator(".annn-explorer .stage").nth(number)
    right, down = (column + 0.5) / (2 * rows), (row + 0.5) / rows
    for attempt in range(40):
        stage.scroll_into_view_if_needed()
        box = stage.bounding_box()
        page.mouse.move(box["x"] + right * box["width"], box["y"] + down * box["height"])
        page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")
        text = page.locator(".annn-explorer .text").nth(number).inner_text()
        lines = [line for line in text.splitlines() if line.strip()]
        if lines[1:2] == [f"Query at row {row}, column {column}"]:
            return lines
        page.wait_for_timeout(50 * attempt)
    return lines


def check(lines: list[str], explorer: AttentionExplorer, image: int, key: str, row: int, column: int) -> None:
    view = explorer.view(image, key)
    weights = 100 * view.weights[view.query(row, column)].numpy()
    assert lines[1] == f"Query at row {row}, column {column}"
    shown = [float(match[1]) for line in lines if (match := re.fullmatch(r"(\d+\.\d\d) %", line))]
    np.testing.assert_allclose(shown, np.sort(weights)[::-1][:5], atol=weights.max() / 510 + 0.005)


def switch_off(page, explorer: AttentionExplorer) -> None:
    """Switch off a level of AFNB in the second explorer: the text says how many pixels the kernel found changed."""
    second = page.locator(".annn-explorer").nth(1)
    second.get_by_role("button", name="Switch off", exact=True).click()
    second.get_by_role("button", name=re.compile("Level 8x8")).click()
    changed = second.locator("dd").nth(1)
    playwright.expect(second.locator("dd").first).to_have_text("64 of 110 anchors")
    playwright.expect(changed).to_have_text(re.compile(r"\d+ pixels"), timeout=PATIENCE)
    view = explorer.view(0, "afnb 4&5")
    explorer.request = {"number": 1, "image": 0, "view": view.key, "off": list(range(46, 110)), "convention": "removed"}
    after = np.frombuffer(explorer.answer["labels"], np.uint8).reshape(view.prediction.shape)
    count = int((after != view.prediction).sum())
    assert count > 0 and changed.inner_text().startswith(f"{count} pixels, ")
    assert second.locator(".status").inner_text() == ""
    second.get_by_role("button", name="Reset", exact=True).click()
    playwright.expect(changed).to_have_text("0 pixels, 0.00 %")
    second.get_by_role("button", name="From a position", exact=True).click()


def run_all(page) -> None:
    """Run all cells; again if the kernel was not connected yet, which JupyterLab's indicator does not tell."""
    prompts = page.locator(".jp-InputPrompt")
    page.wait_for_function("() => document.querySelectorAll('.jp-InputPrompt').length >= 3", timeout=PATIENCE)
    before = prompts.all_inner_texts()
    for _ in range(20):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name=re.compile("^Run All Cells")).first.click()
        page.wait_for_timeout(2000)
        if any(prompt not in (*before, "[ ]:") for prompt in prompts.all_inner_texts()):
            return
    raise AssertionError("JupyterLab does not run the notebook")


def counted(page, execution: int) -> str:
    """The last cell's output, once it was executed for the n-th time."""
    page.wait_for_function(
        "(text) => [...document.querySelectorAll('.jp-InputPrompt')].some((node) => node.innerText.trim() === text)",
        arg=f"[{execution}]:", timeout=PATIENCE,
    )  # fmt: skip
    return page.locator(".jp-OutputArea-output").last.inner_text()


def test_live(browser, lab: tuple[str, Path], expected: AttentionExplorer) -> None:
    address, settings = lab
    grounds = {}
    page = browser.new_page(viewport={"width": 1300, "height": 1100})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{address}/lab/tree/live.ipynb?reset")
    page.wait_for_selector(".jp-Notebook", timeout=PATIENCE)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=PATIENCE)
    run_all(page)
    picture(page, "started")
    page.wait_for_function("() => document.querySelectorAll('[data-ready]').length === 2", timeout=PATIENCE)

    # Two explorers, each with its own block, its own query and its own pins.
    check(hover(page, 0, 2, 3), expected, 0, "apnb", 2, 3)
    check(hover(page, 1, 6, 12), expected, 0, "afnb 4&5", 6, 12)
    assert "row 2, column 3" in page.locator(".annn-explorer .text").first.inner_text()
    page.mouse.down()
    page.mouse.up()
    playwright.expect(page.locator(".annn-explorer .pins").nth(1).locator("figure")).to_have_count(1)
    assert page.locator(".annn-explorer .pins").nth(0).locator("figure").count() == 0

    # Keys are the explorer's alone: the notebook's selected cell and mode stay.
    cells = page.locator(".jp-Cell").count()
    for key in ("ArrowDown", "ArrowLeft", "Enter", "b"):
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells
    playwright.expect(page.locator(".annn-explorer .pins").nth(1).locator("figure")).to_have_count(2)

    # Another image is computed by the kernel; the other explorer keeps its own.
    page.get_by_label("Image", exact=True).first.select_option(label="street 1")
    page.wait_for_function("() => document.querySelector('.stage').ariaLabel.includes('street 1')", timeout=PATIENCE)
    check(hover(page, 0, 4, 4), expected, 1, "apnb", 4, 4)
    check(hover(page, 1, 4, 4), expected, 0, "afnb 4&5", 4, 4)
    assert counted(page, 3).strip() == "open explorers: 2 image 0"

    # What AFNB's anchors are good for only the whole network tells: the kernel runs it.
    switch_off(page, expected)

    # Running everything again closes what was there before.
    run_all(page)
    assert counted(page, 6).strip() == "open explorers: 2 image 0"
    page.wait_for_function("() => document.querySelectorAll('[data-ready]').length === 2", timeout=PATIENCE)
    check(hover(page, 0, 1, 1), expected, 0, "apnb", 1, 1)
    grounds["light"] = ground(page)
    picture(page, "light")

    folder = settings / "@jupyterlab" / "apputils-extension"
    (folder / "themes.jupyterlab-settings").write_text(json.dumps({"theme": "JupyterLab Dark"}))
    page.goto(f"{address}/lab/tree/live.ipynb?reset")
    page.wait_for_selector("body[data-jp-theme-light='false']", state="attached", timeout=PATIENCE)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=PATIENCE)
    run_all(page)
    page.wait_for_function("() => document.querySelectorAll('[data-ready]').length === 2", timeout=PATIENCE)
    check(hover(page, 0, 3, 9), expected, 0, "apnb", 3, 9)
    grounds["dark"] = ground(page)
    picture(page, "dark")
    page.close()
    assert problems == []
    assert grounds["light"] > 200 > 80 > grounds["dark"]


def test_the_notebook(browser, lab: tuple[str, Path], tmp_path: Path) -> None:
    """Notebook 5 itself, on fewer scenes: it runs, its text is the network's row, an uploaded image joins."""
    address, settings = lab
    file = settings.parent / "notebooks" / "explorer.ipynb"
    streets = list(cue_scenes(1, (128, 256), 2))
    mine = np.ascontiguousarray(streets[1].image[:, ::-1])
    Image.fromarray(mine).save(tmp_path / "mine.png")
    explorer = AttentionExplorer(load(SHIPPED).model, {"street": streets[0].image, "mine": mine}, left="apnb")
    page = browser.new_page(viewport={"width": 1300, "height": 1100})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{address}/lab/tree/explorer.ipynb?reset")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=PATIENCE)
    run_all(page)
    page.wait_for_selector("[data-ready]", timeout=PATIENCE)
    for row, column in ((3, 5), (12, 30)):
        check(hover(page, 0, row, column, 16), explorer, 0, "apnb", row, column)
    picture(page, "notebook")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Your image").first.click()
    chooser.value.set_files(tmp_path / "mine.png")
    page.wait_for_function("() => document.querySelector('.stage').ariaLabel.includes('mine.png')", timeout=PATIENCE)
    check(hover(page, 0, 7, 9, 16), explorer, 1, "apnb", 7, 9)
    picture(page, "upload")
    outputs = finished(page, file)
    page.close()
    explorer.close()
    assert problems == []
    assert [output.evalue for output in outputs if output.output_type == "error"] == []
    shown = [output.data for output in outputs if "application/vnd.jupyter.widget-view+json" in output.get("data", {})]
    assert len(shown) == 4
    assert all(data["image/png"] and data["text/plain"].startswith("AttentionExplorer: ") for data in shown)
    assert (file.parent / "results" / "attention" / SHIPPED.stem / "explorer.html").exists()


def finished(page, file: Path) -> list[nbformat.NotebookNode]:
    """All outputs of a notebook, as saved once its last cell has run."""
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']", timeout=PATIENCE)
    for _ in range(60):
        page.keyboard.press("Control+s")
        page.wait_for_timeout(1000)
        cells = [cell for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]
        failed = any(output.output_type == "error" for cell in cells for output in cell.outputs)
        if failed or (cells[-1].execution_count and cells[-1].outputs):
            return [output for cell in cells for output in cell.outputs]
    raise AssertionError("the notebook's last cell has not run")


def ground(page) -> float:
    color = page.locator(".annn-explorer").first.evaluate("(node) => getComputedStyle(node).backgroundColor")
    return float(np.mean([int(x) for x in re.findall(r"\d+", color)[:3]]))


def picture(page, theme: str) -> None:
    """A screenshot to look at, where EXPLORER_PICTURES names a folder."""
    if folder := os.environ.get("EXPLORER_PICTURES"):
        page.screenshot(path=Path(folder) / f"lab-{theme}.png")
