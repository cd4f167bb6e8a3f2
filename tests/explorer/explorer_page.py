"""A saved page of the explorer in Chromium, without network, for the tests that look at it."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from annn.data.cityscapes import CITYSCAPES
from annn.explorer import AttentionExplorer


class Opened:
    """A page of the saved file, and what it asked the network for. script: runs before the page's own."""

    def __init__(self, browser, path: Path, grid: tuple[int, int] = (16, 32), script: str = "", **context):
        self.grid = grid
        self.context = browser.new_context(viewport={"width": 1180, "height": 1000}, offline=True, **context)
        self.context.add_init_script(script)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self.note)
        self.page.on("request", lambda request: self.problems.append(request.url) if foreign(request.url) else None)
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("[data-ready]")

    def note(self, message) -> None:
        # Chromium advises against reading a canvas, which only the tests do.
        if message.type in ("error", "warning") and "willReadFrequently" not in message.text:
            self.problems.append(message.text)

    def place(self, row: int, column: int, panel: int = 0) -> tuple[float, float]:
        """Where the centre of a query is drawn on the screen."""
        box = self.page.locator(".stage").nth(panel).bounding_box()
        rows, columns = self.grid
        return box["x"] + (column + 0.5) / columns * box["width"], box["y"] + (row + 0.5) / rows * box["height"]

    def cell(self, level: int, side: int, row: int, column: int) -> tuple[float, float]:
        """Where the centre of an anchor is drawn on its level's tile."""
        box = self.page.locator(".tile canvas").nth(level).bounding_box()
        return box["x"] + (column + 0.5) / side * box["width"], box["y"] + (row + 0.5) / side * box["height"]

    def settle(self) -> None:
        self.page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))")

    def hover(self, row: int, column: int, panel: int = 0) -> None:
        self.page.mouse.move(*self.place(row, column, panel))
        self.settle()

    def text(self, panel: int = 0) -> list[str]:
        return [line for line in self.page.locator(".text").nth(panel).inner_text().splitlines() if line.strip()]

    def top(self, panel: int = 0) -> list[tuple[str, float]]:
        items = self.page.locator(".text").nth(panel).locator("li")
        spans = [item.locator("span").all_inner_texts() for item in items.all()]
        return [(name, float(weight.removesuffix(" %"))) for name, weight in spans]

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.settle()


STARTS = {"1x1": (0, 1), "3x3": (1, 3), "6x6": (10, 6), "8x8": (46, 8)}


def spans(opened: Opened, title: str, panel: int = 0) -> list[tuple[int, str]]:
    """The list below a title of the text: the anchor of each item, by its index into S, and what is said of it."""
    items = opened.page.locator(".text").nth(panel).locator(f"h4:has-text('{title}') + ol li")
    texts = [item.locator("span").all_inner_texts() for item in items.all()]
    return [(anchor_index(name), said) for name, said in texts]


def anchor_index(name: str) -> int:
    level, r, c = re.fullmatch(r"(\dx\d) · row (\d), column (\d)", name).groups()
    start, side = STARTS[level]
    return start + int(r) * side + int(c)


def foreign(url: str) -> bool:
    return not url.startswith(("file:", "blob:", "data:"))


def check_text(
    opened: Opened, explorer: AttentionExplorer, row: int, column: int, panel: int = 0, key: str = "",
    names: Sequence[str] = CITYSCAPES.classes,
) -> None:  # fmt: skip
    """The page's text about a query against the network's own numbers."""
    view = explorer.view(0, key or explorer.left)
    weights = view.weights[view.query(row, column)].numpy()
    reading = explorer.read(row, column, key or None)
    half = 100 * weights.max() / 510 + 0.005  # half a step of the bytes, half of the last digit
    lines = opened.text(panel)
    assert lines[1] == f"Query at row {row}, column {column}"
    (sure,) = [line.rpartition(", ")[2] for line in lines if line.startswith(f"{names[reading.predicted]}, ")]
    assert abs(float(sure.removesuffix(" %")) - 100 * reading.confidence) <= 0.7 + 1e-6
    assert ("no labels" in lines) == (reading.truth is None and view.truth is None)
    assert f"{reading.entropy:.2f} of {np.log2(110):.2f} bits" in lines
    for share in reading.shares.values():
        assert f"{100 * share:.1f} %" in lines
    values = []
    for name, shown in opened.top(panel):
        assert abs(shown - 100 * weights[anchor_index(name)]) <= half
        values.append(shown)
    np.testing.assert_allclose(values, 100 * np.sort(weights)[::-1][:5], atol=half)
