"""The figures of variants and stages, and the widgets that step through them."""

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from pictured import SCENES
from PIL import Image

from annn.analysis.disagreement import Circle
from annn.backbone import ResNet
from annn.data import Sample
from annn.data.cityscapes import CITYSCAPES
from annn.data.space import IGNORE
from annn.figures import qualitative, stages, viewers

VARIANTS = ("Baseline", "+AFNB", "+APNB", "Full")


@pytest.fixture
def samples() -> list[Sample]:
    random = np.random.default_rng(0)
    label = np.repeat(np.arange(0, 16, dtype=np.uint8), 2)[None].repeat(16, 0)
    label[:, :2] = IGNORE
    return [Sample(random.integers(0, 256, (16, 32, 3), dtype=np.uint8), label, str(n)) for n in range(3)]


def shown(widget: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(widget.children[-1].value)))


def control(widget: Any, description: str) -> Any:
    """A control of the viewer by its description, wherever it stands."""
    if getattr(widget, "description", None) == description:
        return widget
    found = [control(child, description) for child in getattr(widget, "children", ())]
    return next((child for child in found if child is not None), None)


def test_a_row_per_image_a_column_per_variant_and_the_circles(samples: list[Sample]) -> None:
    predictions = {name: [sample.label % 19 for sample in samples] for name in VARIANTS}
    circles = [{"Baseline": [Circle(5, 6, 3), Circle(9, 20, 2)]}, {}, {"+AFNB": [Circle(1, 1, 0)]}]
    figure = qualitative.variant_columns(samples, predictions, circles, SCENES)
    assert len(figure.axes) == 18
    assert [axes.get_title("left") for axes in figure.axes[:6]] == ["image", "truth", *VARIANTS]
    assert [len(axes.patches) for axes in figure.axes] == [0, 0, 2, 0, 0, 0] + 6 * [0] + [0, 0, 0, 1, 0, 0]
    first: Any = figure.axes[2].patches[0]
    assert tuple(first.get_center()) == (6, 5) and first.get_width() == first.get_height() > 6
    names = {text.get_text() for text in figure.legends[0].get_texts()}
    assert names == {*CITYSCAPES.classes[1:16], "does not count"}


def test_both_ways_go_left_and_right() -> None:
    table = pd.DataFrame({"better": [2.0, 1.0], "worse": [0.5, 3.0]}, index=["Baseline", "+AFNB"])
    bars: Any = qualitative.both_ways(table, "Full").axes[0].patches
    assert sorted(bar.get_width() for bar in bars) == [-3, -0.5, 1, 2]


def test_what_differs_beyond_noise_is_filled() -> None:
    lines = {
        (measure, row): {"value": 2.0 + place, "difference low": 0.5 * place, "difference high": 1.5 * place,
                         "over seeds": 0.1, "verdict": verdict}
        for measure in ("pieces ↓", "mIoU ↑")
        for place, (row, verdict) in enumerate({"Full": "reference", "a": "within noise", "b": "Full better"}.items())
    }  # fmt: skip
    table = pd.DataFrame.from_dict(lines, orient="index").rename_axis(["measure", "row"])
    figure: Any = qualitative.consistency_panels(table, "Full", "CamVid test, preset quick, seed 0")
    assert figure.texts[0].get_text() == "CamVid test, preset quick, seed 0"
    for axes in figure.axes:
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, True, False]
        assert [bar.get_width() for bar in axes.patches] == [0, 1, 2]


def test_stages_are_titled_once_and_named_by_network() -> None:
    maps = [np.random.default_rng(0).random((8 // 2**s, 16 // 2**s)) for s in range(3)]
    figure = stages.stage_rows({"upper": maps, "lower": maps}, np.zeros((16, 32, 3), dtype=np.uint8), SCENES)
    assert [axes.get_title(loc="center") for axes in figure.axes[:4]] == ["image", "Stage1", "Stage2", "Stage3"]
    assert [figure.axes[place].get_xlabel() for place in (0, 4)] == ["upper", "lower"]


def test_a_line_per_pair() -> None:
    lines = [
        {"pair": pair, "stage": stage, "cka": 0.5, "low": 0.4, "high": 0.6}
        for pair in ("a", "b")
        for stage in range(1, 6)
    ]
    (legend,) = stages.similarity_curves(pd.DataFrame(lines)).legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_the_viewer_blends_image_and_labels(samples: list[Sample]) -> None:
    predictions = {"Baseline": [np.full((16, 32), 3, np.uint8)] * 3, "Full": [sample.label % 19 for sample in samples]}
    viewer = viewers.variant_viewer(samples, predictions, SCENES)
    control(viewer, "opacity").value = 0
    assert (shown(viewer) == samples[0].image).all()
    control(viewer, "image").value = 2
    assert (shown(viewer) == samples[2].image).all()
    control(viewer, "opacity").value = 1
    control(viewer, "over it").value = "Baseline"
    assert (shown(viewer) == CITYSCAPES.colors[3]).all()
    control(viewer, "mistakes only").value = True
    right = (samples[2].label == 3) | (samples[2].label == IGNORE)
    assert (shown(viewer)[right] == samples[2].image[right]).all()
    assert (shown(viewer)[~right] == CITYSCAPES.colors[3]).all()


def test_the_browser_reaches_every_channel(samples: list[Sample]) -> None:
    torch.manual_seed(0)
    networks = {"upper": ResNet(depth=18, width=8), "lower": ResNet(depth=18, width=8)}
    browser = viewers.channel_browser([sample.image for sample in samples], networks, SCENES)
    assert shown(browser).shape == (3 * 16, 32, 3)
    assert (shown(browser)[:16] == samples[0].image).all()
    control(browser, "stage").value = 5
    assert control(browser, "channel").max == 63
    control(browser, "channel").value = 63  # the narrower network stops at its last, channel 31
    before = shown(browser)
    control(browser, "image").value = 1
    assert (shown(browser) != before).any()
    control(browser, "stage").value = 1
    assert control(browser, "channel").max == 7 and control(browser, "channel").value <= 7


def test_a_channel_without_variation_has_one_colour() -> None:
    picture = viewers.channel_picture(np.ones((2, 3), dtype=np.float32), (6, 4))
    assert picture.shape == (4, 6, 3) and len(np.unique(picture.reshape(-1, 3), axis=0)) == 1
