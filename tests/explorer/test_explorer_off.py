"""Anchors switched off in the saved page: pointer, rectangle, levels, keys, touch; what needs a kernel."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from browser import NEEDS_CHROMIUM
from explorer_page import Opened
from explorer_parts import street, street_label

from annn.analysis.effects import Rectangle, inside
from annn.explorer import AttentionExplorer
from annn.metrics import confusion_matrix
from annn.upsample import upsample
from annn.weights import load

pytestmark = NEEDS_CHROMIUM
SHIPPED = Path(__file__).parents[2] / "results" / "checkpoint" / "full-street.safetensors"


@pytest.fixture(scope="module")
def explorer() -> Iterator[AttentionExplorer]:
    explorer = AttentionExplorer(load(SHIPPED).model, {"a": street().image}, [street_label()], left="apnb", mode="off")
    yield explorer
    explorer.close()


@pytest.fixture(scope="module")
def saved(explorer: AttentionExplorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explorer.save_html(tmp_path_factory.mktemp("saved") / "page.html")


@pytest.fixture
def opened(browser, saved: Path) -> Iterator[Opened]:
    opened = Opened(browser, saved)
    yield opened
    assert opened.problems == []
    opened.context.close()


def facts(opened: Opened, panel: int = 0) -> dict[str, str]:
    """The facts of the text, once the class map is there."""
    opened.settle()
    opened.page.wait_for_function(
        "(i) => !document.querySelectorAll('.text')[i].innerText.includes('computing')", arg=panel
    )
    text = opened.page.locator(".text").nth(panel)
    return dict(zip(text.locator("dt").all_inner_texts(), text.locator("dd").all_inner_texts(), strict=True))


def class_map(explorer: AttentionExplorer, off: list[int], convention: str = "removed") -> torch.Tensor:
    """The network's own class map of the picture, by its head."""
    scores = explorer.view().head.scores(torch.tensor(off, dtype=torch.long), convention)
    return upsample(scores.mT.unflatten(2, (16, 32)), (128, 256))[0].argmax(0)


def check(opened: Opened, explorer: AttentionExplorer, off: list[int], convention: str = "removed") -> None:
    """The text against the network: anchors that are off, pixels that changed, mean IoU before and after."""
    said = facts(opened)
    before, after = class_map(explorer, []), class_map(explorer, off, convention)
    truth = torch.from_numpy(street_label())
    assert said["off"] == f"{len(off)} of 110 anchors"
    pixels, share = re.fullmatch(r"(\d+) pixels?, (\d+\.\d\d) %", said["changed"]).groups()
    assert int(pixels) == pytest.approx(int((before != after).sum()), abs=20)
    assert float(share) == pytest.approx(100 * int(pixels) / before.numel(), abs=0.006)
    shown = re.fullmatch(r"(\d+\.\d) to (\d+\.\d) %", said["mean IoU"]).groups()
    for value, labels in zip(shown, (before, after), strict=True):
        counts = confusion_matrix(truth, labels, 19).double()
        hits, there = counts.diag(), counts.sum(1)
        iou = (hits / (there + counts.sum(0) - hits))[there > 0]
        assert float(value) == pytest.approx(100 * float(iou.mean()), abs=0.12)


def test_a_click_on_a_cell_switches_its_anchor(opened, explorer):
    check(opened, explorer, [])
    for row, column in ((5, 2), (0, 7)):
        opened.page.mouse.click(*opened.cell(3, 8, row, column))
    check(opened, explorer, [46 + 7, 46 + 42])
    assert opened.text()[1] == "Anchor 8x8 · row 0, column 7: off"
    opened.page.mouse.click(*opened.cell(3, 8, 5, 2))
    check(opened, explorer, [46 + 7])
    assert len(opened.page.workers) == 1  # the page itself never waits
    assert opened.text()[1] == "Anchor 8x8 · row 5, column 2: on"


@pytest.mark.parametrize("convention", ["removed", "renormalised"])
def test_a_level_in_both_conventions_and_a_reset(opened, explorer, convention):
    opened.page.get_by_label("Convention").select_option(convention)
    level = opened.page.get_by_role("button", name=re.compile("Level 8x8"))
    level.click()
    check(opened, explorer, list(range(46, 110)), convention)
    assert level.get_attribute("aria-pressed") == "true"
    assert level.get_attribute("aria-label") == "Level 8x8: 64 of 64 anchors off"
    opened.page.get_by_role("button", name=re.compile("Level 3x3")).click()
    check(opened, explorer, [*range(1, 10), *range(46, 110)], convention)
    level.click()
    check(opened, explorer, list(range(1, 10)), convention)
    opened.press("Reset")
    check(opened, explorer, [], convention)
    assert facts(opened)["changed"].startswith("0 pixels")


def test_a_rectangle_switches_what_lies_half_inside(opened, explorer):
    box = opened.page.locator(".stage").bounding_box()
    top, left, bottom, right = 0.1, 0.2, 0.63, 0.81
    opened.page.mouse.move(box["x"] + right * box["width"], box["y"] + top * box["height"])
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + left * box["width"], box["y"] + bottom * box["height"], steps=4)
    opened.page.mouse.up()
    expected = inside(explorer.view().attention, Rectangle(top=top, left=left, bottom=bottom, right=right))
    assert 10 < len(expected) < 60
    check(opened, explorer, expected)


def test_keys_do_what_the_pointer_does_and_the_screen_reader_hears_it(opened, explorer):
    def live(text: str) -> None:
        opened.page.wait_for_function("(text) => document.querySelector('.live').textContent.includes(text)", arg=text)

    stage, press = opened.page.locator(".stage"), opened.page.keyboard.press
    stage.focus()
    assert "Enter switches the anchor off or on" in stage.get_attribute("aria-label")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        press(key)
    check(opened, explorer, [46 + 8 + 2])
    live("1 anchor off")
    press("Space")
    press("PageUp")  # to 6x6
    press("l")
    check(opened, explorer, list(range(10, 46)))
    live("Anchor 6x6 · row 0, column 0: off: 36 anchors off, ")
    live(f"{facts(opened)['changed'].split()[0]} pixels changed, mean IoU {facts(opened)['mean IoU']}")
    press("Escape")
    check(opened, explorer, [])
    for key in ("r", "ArrowRight", "ArrowRight", "ArrowDown"):  # 2 x 3 cells of the 6x6 level
        press(key)
    press("r")
    expected = inside(explorer.view().attention, Rectangle(top=0, left=0, bottom=6 / 16, right=16 / 32))
    assert 10 in expected
    check(opened, explorer, expected)
    press("r")
    press("ArrowDown")
    press("Escape")  # ends the rectangle alone
    check(opened, explorer, expected)
    opened.page.locator(".tile").nth(1).focus()
    press("Enter")  # a key on a tile moves to its level
    opened.settle()
    assert opened.text()[1].startswith("Anchor 3x3 · row 0, column 0")


def test_a_finger_switches_and_draws_rectangles(browser, saved, explorer):
    opened = Opened(browser, saved, has_touch=True)
    opened.page.touchscreen.tap(*opened.cell(3, 8, 5, 2))
    check(opened, explorer, [46 + 42])
    opened.context.close()


def test_what_is_off_stays_when_the_drawing_changes(opened, explorer):
    opened.page.mouse.click(*opened.cell(2, 6, 1, 1))
    for name in ("From a position", "Effect on the decision", "Switch off"):
        opened.press(name)
    check(opened, explorer, [10 + 7])
    changed = opened.page.locator(".stage").evaluate("""(node) => {
      const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
      return new Set(new Uint32Array(data.buffer)).size;
    }""")
    assert changed > 100


def test_a_saved_page_keeps_what_is_off_and_says_what_it_cannot(browser, tmp_path):
    explorer = AttentionExplorer(
        load(SHIPPED).model, street().image, left="apnb", compare="afnb 4&5", mode="off", off={"apnb": "6x6"}
    )
    opened = Opened(browser, explorer.save_html(tmp_path / "page.html"))
    assert facts(opened)["off"] == "36 of 110 anchors"
    assert "mean IoU" not in facts(opened)  # no truth
    reason = "a saved page has not: open the explorer in JupyterLab"
    assert any(reason in line for line in opened.text(1))
    panel = opened.page.locator(".panel").nth(1)
    for button in panel.locator("button").all():
        assert button.is_disabled() and reason in button.get_attribute("title")
    opened.page.mouse.click(*opened.place(3, 3, panel=1))
    opened.page.locator(".stage").nth(1).focus()
    opened.page.wait_for_function("(text) => document.querySelector('.live').textContent.includes(text)", arg=reason)
    opened.press("Reset")
    assert facts(opened)["off"] == "0 of 110 anchors"
    opened.press("From a position")
    assert not panel.locator("button").first.is_disabled()
    assert opened.problems == []
    opened.context.close()
    explorer.close()


def test_another_image_clears_what_is_off(browser, tmp_path):
    images = {"one": street().image, "two": np.ascontiguousarray(street().image[:, ::-1])}
    explorer = AttentionExplorer(load(SHIPPED).model, images, left="apnb", mode="off", off={"apnb": [0, 1]})
    opened = Opened(browser, explorer.save_html(tmp_path / "page.html"))
    assert facts(opened)["off"] == "2 of 110 anchors"
    opened.page.get_by_label("Image", exact=True).select_option(label="two")
    opened.page.wait_for_function("() => document.querySelector('.stage').ariaLabel.includes('two')")
    assert facts(opened)["off"] == "0 of 110 anchors"
    assert len(opened.page.workers) == 1  # that of the other image has ended
    assert opened.problems == []
    opened.context.close()
    explorer.close()


def test_without_workers_the_page_computes_by_itself(browser, saved, explorer):
    opened = Opened(browser, saved, script="delete window.Worker")
    opened.page.mouse.click(*opened.cell(3, 8, 5, 2))
    check(opened, explorer, [46 + 42])
    assert opened.problems == []
    opened.context.close()
