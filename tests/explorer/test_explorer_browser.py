"""The explorer's saved page in a real browser, without network."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from browser import NEEDS_CHROMIUM
from explorer_page import Opened, check_text

from annn.data.cityscapes import CITYSCAPES
from annn.data.scenes import draw
from annn.explorer import AttentionExplorer
from annn.model import ANNN, ModelConfig

pytestmark = NEEDS_CHROMIUM

EVIL = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
NAMES = tuple(f"{EVIL} {name}" for name in CITYSCAPES.classes)


@pytest.fixture(scope="module")
def explorer() -> Iterator[AttentionExplorer]:
    torch.manual_seed(0)
    model = ANNN(ModelConfig(classes=19, depth=18, width=8)).eval()
    with torch.no_grad():  # sharpen what random weights leave nearly uniform
        for name, parameter in model.named_parameters():
            if ".key." in name or ".query." in name:
                parameter.mul_(2)
    scenes = [draw(0, i, (128, 256)) for i in (3, 4)]
    labels = [CITYSCAPES.encode(scene.label, "scene") for scene in scenes]
    space = replace(CITYSCAPES, classes=NAMES)
    images = {"first": scenes[0].image, EVIL: scenes[1].image}
    explorer = AttentionExplorer(model, images, labels, space=space)
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
    assert opened.page.evaluate("window.hacked") is None
    opened.context.close()


def test_the_text_is_the_row_of_the_network(opened, explorer):
    for row, column in ((0, 0), (7, 20), (15, 31)):
        opened.hover(row, column)
        check_text(opened, explorer, row, column, names=NAMES)


def test_colours_are_the_exact_weights_per_position(opened, explorer):
    opened.page.get_by_label("Opacity").fill("1")
    opened.hover(3, 5)
    view = explorer.view(0, explorer.left)
    weights = view.attention.on_positions(torch.tensor([3 * 32 + 5]))[0, 0].numpy()
    read = """(places) => {
      const stage = document.querySelector(".stage");
      const context = stage.getContext("2d");
      return places.map(([r, c]) =>
        [...context.getImageData(stage.width * (c + 0.5) / 32, stage.height * (r + 0.5) / 16, 1, 1).data.slice(0, 3)]);
    }"""
    from matplotlib import colormaps

    places = [[10, 3], [0, 31], [12, 16], [8, 25], np.unravel_index(weights.argmax(), (16, 32))]
    shown = opened.page.evaluate(read, [[int(r), int(c)] for r, c in places])
    for (r, c), color in zip(places, shown, strict=True):
        expected = 255 * np.array(colormaps["viridis"](float(weights[r, c] / weights.max()))[:3])
        assert np.abs(expected - color).max() < 8, (r, c)  # two steps of the colour map


def test_cells_and_levels(opened):
    opened.hover(7, 20)
    opened.press("Cells")
    assert not opened.page.locator(".bar").first.is_visible()
    tile = opened.page.locator(".tile").nth(1)
    tile.click()
    opened.settle()
    assert tile.get_attribute("aria-pressed") == "true"
    assert "3x3" in tile.inner_text()


def test_clicks_pin_up_to_four_and_escape_clears(opened):
    pins = opened.page.locator(".pins figure")
    for i in range(6):
        opened.page.mouse.click(*opened.place(2 * i, 3 * i))
    opened.settle()
    assert pins.count() == 4
    colors = {pin.evaluate("(node) => getComputedStyle(node).getPropertyValue('--pin')") for pin in pins.all()}
    assert len(colors) == 4
    opened.press("Remove pin 2")
    assert pins.count() == 3
    opened.page.mouse.click(*opened.place(0, 0))  # pinned already: taken away
    assert pins.count() == 2
    opened.page.keyboard.press("Escape")
    assert pins.count() == 0


def test_an_anchor_shows_who_looks_at_it(opened, explorer):
    opened.press("To an anchor")
    opened.page.mouse.move(*opened.cell(3, 8, row=5, column=2))
    opened.settle()
    view = explorer.view(0, explorer.left)
    column = 100 * view.weights[:, 46 + 5 * 8 + 2].numpy()
    assert opened.text()[1] == "Anchor 8x8 · row 5, column 2"
    half = 100 * view.weights.max().item() / 510 + 0.005
    np.testing.assert_allclose([w for _, w in opened.top()], np.sort(column)[::-1][:5], atol=half)
    for name, shown in opened.top():
        r, c = map(int, re.fullmatch(r"row (\d+), column (\d+)", name).groups())
        assert abs(shown - column[32 * r + c]) <= half


def test_anchors_are_pinned_beside_queries(opened, explorer):
    pins = opened.page.locator(".pins figure")
    opened.press("To an anchor")
    opened.page.mouse.click(*opened.cell(3, 8, row=5, column=2))
    opened.page.mouse.click(*opened.cell(0, 1, row=0, column=0))
    average = 100 * explorer.view(0, explorer.left).weights.mean(0)
    for pin, index, name in ((0, 46 + 42, "8x8 · row 5, column 2"), (1, 0, "1x1 · row 0, column 0")):
        said = pins.nth(pin).locator("figcaption").inner_text()
        assert f"Anchor {name}" in said
        shown = float(re.search(r"average weight (\d+\.\d\d) %", said)[1])
        assert shown == pytest.approx(average[index].item(), abs=0.02)
    opened.press("From a position")
    assert opened.page.locator(".text p").inner_text().startswith("Query at")
    opened.page.mouse.click(*opened.place(4, 6))
    opened.settle()
    assert pins.count() == 3 and "Query at row 4, column 6" in pins.nth(2).inner_text()
    for canvas in pins.locator("canvas").all():  # each is drawn: no single colour fills it
        colors = canvas.evaluate("""(node) => {
          const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
          return new Set(new Uint32Array(data.buffer)).size;
        }""")
        assert colors > 100

    opened.press("To an anchor")
    opened.page.locator(".stage").focus()
    opened.page.keyboard.press("Enter")  # the 1x1 anchor is pinned: taken away
    assert pins.count() == 2
    tile = opened.page.locator(".tile").nth(2)
    tile.focus()
    opened.page.keyboard.press("Enter")  # a key on a tile chooses its level
    opened.settle()
    assert tile.get_attribute("aria-pressed") == "true" and pins.count() == 2
    assert opened.text()[1] == "Anchor 6x6 · row 0, column 0"
    opened.page.locator(".stage").focus()
    opened.page.keyboard.press("Escape")
    assert pins.count() == 0


def test_scales_colours_and_what_lies_below(opened, explorer):
    view = explorer.view(0, explorer.left)
    opened.hover(9, 12)
    ends = opened.page.locator(".bar").first.locator("span")
    row = view.attention.on_positions(torch.tensor([9 * 32 + 12]))
    largest = {"query": row.max(), "absolute": view.attention.on_positions().max()}
    for scale, expected in largest.items():
        opened.page.get_by_label("Scale").select_option(scale)
        opened.settle()
        assert float(ends.last.inner_text()[:-1]) == pytest.approx(512 * expected.item(), abs=0.02)
        assert ends.first.inner_text().startswith("0.00")

    read = """([r, c]) => {
      const stage = document.querySelector(".stage");
      const [x, y] = [stage.width * (c + 0.5) / 32, stage.height * (r + 0.5) / 16];
      return [...stage.getContext("2d").getImageData(x, y, 1, 1).data.slice(0, 3)];
    }"""
    opened.page.get_by_label("Opacity").fill("1")
    shown = set()
    for name in ("viridis", "cividis", "magma", "grey"):
        opened.page.get_by_label("Colours").select_option(name)
        opened.settle()
        shown.add(tuple(opened.page.evaluate(read, [2, 3])))
    assert len(shown) == 4
    opened.page.get_by_label("Opacity").fill("0")
    for base, classes in (("prediction", view.predicted), ("truth", view.truth)):
        opened.page.get_by_label("Below").select_option(base)
        opened.settle()
        expected = CITYSCAPES.colors[classes[2 * 32 + 3]]
        assert tuple(opened.page.evaluate(read, [2, 3])) == expected, base


def test_keys_move_pin_and_clear(opened, explorer):
    stage = opened.page.locator(".stage")
    stage.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowLeft", "ArrowUp", "ArrowUp"):
        opened.page.keyboard.press(key)
    opened.settle()
    assert stage.evaluate("(node) => getComputedStyle(node).outlineStyle") == "solid"
    check_text(opened, explorer, 7, 14, names=NAMES)
    opened.page.keyboard.press("Enter")
    assert opened.page.locator(".pins figure").count() == 1
    opened.page.wait_for_function("() => document.querySelector('.live').textContent.includes('row 7, column 14')")
    opened.page.keyboard.press("Escape")
    assert opened.page.locator(".pins figure").count() == 0
    for _ in range(40):
        opened.page.keyboard.press("ArrowUp")
    opened.settle()
    assert opened.text()[1] == "Query at row 0, column 14"

    opened.press("To an anchor")
    stage.focus()
    for key in ("PageUp", "ArrowRight", "ArrowDown", "ArrowDown"):
        opened.page.keyboard.press(key)
    opened.settle()
    assert opened.text()[1] == "Anchor 6x6 · row 2, column 1"


def test_two_blocks_side_by_side_are_linked(opened, explorer):
    first, second = explorer.view_keys
    opened.page.get_by_label("Compare with").select_option(second)
    opened.page.wait_for_selector(".panels.two")
    for panel in (0, 1):
        opened.hover(9, 12, panel)
        check_text(opened, explorer, 9, 12, 0, first, names=NAMES)
        check_text(opened, explorer, 9, 12, 1, second, names=NAMES)


def test_of_two_choices_the_later_one_stays(opened, explorer):
    """The pictures of the first are still being decoded when the second is made."""
    choose_twice = """(select, key) => {
      for (const value of [key, ""]) {
        select.value = value;
        select.dispatchEvent(new Event("change"));
      }
      return new Promise((resolve) => setTimeout(resolve, 500));
    }"""
    opened.page.get_by_label("Compare with").evaluate(choose_twice, explorer.view_keys[1])
    assert opened.page.locator(".panel").count() == 1


def test_another_image_and_strange_names_are_only_text(opened):
    opened.page.get_by_label("Image", exact=True).select_option(label=EVIL)
    opened.page.wait_for_function("() => document.querySelector('.stage').ariaLabel.includes('hacked')")
    opened.hover(5, 5)
    assert opened.page.locator(".annn-explorer script, .annn-explorer img").count() == 0
