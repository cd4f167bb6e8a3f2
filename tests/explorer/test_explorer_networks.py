"""The saved page of other networks and images: two variants, few positions, no labels, grey, the dense block."""

import numpy as np
import pytest
from browser import NEEDS_CHROMIUM
from explorer_page import Opened, check_text
from explorer_parts import network, street, street_label

from annn.explorer import AttentionExplorer

pytestmark = NEEDS_CHROMIUM


def test_two_variants_show_the_same_position(browser, tmp_path):
    """An image of another size: 13 x 23 positions, cells that overlap."""
    models = {"+APNB": network("+APNB"), "Full": network()}
    image, label = street().image[:100, :180], street_label()[:100, :180]
    keys = ("+APNB · apnb", "Full · afnb 4&5")
    explorer = AttentionExplorer(models, image, [label], left=keys[0], compare=keys[1])
    opened = Opened(browser, explorer.save_html(tmp_path / "page.html"), (13, 23))
    for panel in (0, 1):
        opened.hover(11, 3 + panel, panel)
        for shown, key in enumerate(keys):
            check_text(opened, explorer, 11, 3 + panel, shown, key)
    assert opened.problems == []
    opened.context.close()
    explorer.close()


@pytest.mark.parametrize("size", [(40, 56), (8, 8)])
def test_a_grey_image_without_labels_and_with_fewer_positions_than_anchors(browser, tmp_path, size):
    grid = size[0] // 8, size[1] // 8
    explorer = AttentionExplorer(network(), street().image[: size[0], : size[1], 0], left="apnb")
    opened = Opened(browser, explorer.save_html(tmp_path / "page.html"), grid)
    for row, column in ((0, 0), (grid[0] - 1, grid[1] - 1)):
        opened.hover(row, column)
        check_text(opened, explorer, row, column)
    assert opened.page.get_by_label("Below").locator("option").all_inner_texts() == ["image", "prediction"]
    for direction, drawing in (("To an anchor", ""), ("From a position", "Cells")):
        opened.press(direction)
        if drawing:
            opened.press(drawing)
    assert opened.problems == []
    opened.context.close()
    explorer.close()


def test_a_dense_block_beside_a_pyramid(browser, tmp_path):
    models = {"dense": network("+APNB", context="nonlocal"), "pyramid": network("+APNB")}
    explorer = AttentionExplorer(models, street().image, left="dense · nonlocal", compare="pyramid · apnb")
    opened = Opened(browser, explorer.save_html(tmp_path / "page.html"))
    opened.hover(3, 30)
    check_text(opened, explorer, 3, 30, 1, "pyramid · apnb")
    weights = 100 * explorer.view().weights[3 * 32 + 30].numpy()
    shown = [weight for _, weight in opened.top()]
    np.testing.assert_allclose(shown, np.sort(weights)[::-1][:5], atol=weights.max() / 510 + 0.005)
    opened.press("To an anchor")
    opened.page.mouse.click(*opened.place(8, 16))
    opened.settle()
    assert opened.text()[1] == "Anchor 16x32 · row 8, column 16"
    assert opened.text(1)[1] == "Anchor 1x1 · row 0, column 0"  # the pyramid has no such cell
    assert opened.page.locator(".pins canvas").count() == 2
    assert opened.problems == []
    opened.context.close()
    explorer.close()
