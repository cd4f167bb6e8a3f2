"""Photographs of a licensed data set are shown with their source, few at a time, and small."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictured import PHOTOGRAPHS, SCENES
from PIL import Image

from annn import figures
from annn.analysis.disagreement import Circle, Examples
from annn.data import Sample
from annn.errors import ConfigError
from annn.figures import photographs, qualitative, stages, viewers

VARIANTS = ("Baseline", "+AFNB", "+APNB", "Full")
SOURCE = "Images: Cityscapes, Cordts et al. 2016"


@pytest.fixture
def samples() -> list[Sample]:
    random = np.random.default_rng(0)
    label = np.repeat(np.arange(0, 16, dtype=np.uint8), 40)[None].repeat(150, 0)
    return [Sample(random.integers(0, 256, (150, 640, 3), dtype=np.uint8), label, str(n)) for n in range(4)]


def pictures(samples: list[Sample], data: Any, names: tuple[str, ...] = VARIANTS) -> dict[str, Figure]:
    """A figure of each kind that shows images."""
    predictions = {name: [sample.label for sample in samples] for name in names}
    examples = Examples(way="better", places=[2, 0, 1, 3], circles=[{"+AFNB": [Circle(100, 100, 30)]}] * 4)
    maps = [np.random.default_rng(0).random((8, 8)) for _ in range(5)]
    return {
        "examples": qualitative.example_columns(samples, predictions, examples, data, "named"),
        "rows": figures.prediction_rows(samples, predictions, data),
        "stages": stages.stage_rows({"upper": maps, "lower": maps}, samples[0].image, data),
    }


def shown(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.images]


def test_saved_photographs_are_few_and_small_and_name_their_source(samples: list[Sample], tmp_path: Path) -> None:
    for kind, figure in pictures(samples, PHOTOGRAPHS).items():
        assert [text.get_text() for text in figure.texts].count(SOURCE) == 1
        assert 0 < len(shown(figure)) <= 12
        (file,) = figures.save(figure, tmp_path / kind, ["png"])
        with Image.open(file) as picture:
            page, inches = picture.width, figure.get_size_inches()[0]
        for axes in shown(figure):
            assert axes.get_window_extent().width / figure.dpi * 150 <= 480
            assert axes.get_window_extent().width / figure.dpi / inches * page <= 490  # tight: the margins are cut


def test_the_source_is_below_everything_else(samples: list[Sample]) -> None:
    for figure in pictures(samples, PHOTOGRAPHS).values():
        canvas = FigureCanvasAgg(figure)
        with figures.style():
            canvas.draw()
        renderer = canvas.get_renderer()
        box = figure.texts[-1].get_window_extent(renderer)
        others = [part.get_window_extent(renderer) for part in (*figure.legends, *shown(figure))]
        assert figure.texts[-1].get_text() == SOURCE and box.y0 >= 0 and box.x1 <= figure.bbox.x1
        assert all(box.y1 <= other.y0 for other in others)
        for legend in figure.legends:
            assert all(legend.get_window_extent(renderer).y1 <= axes.bbox.y0 for axes in shown(figure))


def test_generated_scenes_have_no_limits(samples: list[Sample]) -> None:
    found = pictures(samples, SCENES)
    assert len(shown(found["examples"])) == len(shown(found["rows"])) == 4 * 6
    assert all(SOURCE not in [text.get_text() for text in figure.texts] for figure in found.values())
    assert qualitative.images_shown(VARIANTS, SCENES) == 4 and qualitative.images_shown(VARIANTS, PHOTOGRAPHS) == 2


def test_the_examples_that_are_shown_are_the_first(samples: list[Sample]) -> None:
    figure = pictures(samples, PHOTOGRAPHS)["examples"]
    assert len(shown(figure)) == 12
    for place, number in ((0, 2), (6, 0)):
        np.testing.assert_array_equal(shown(figure)[place].images[0].get_array(), samples[number].image)


def test_more_networks_than_a_photograph_has_panels_for(samples: list[Sample]) -> None:
    names = tuple(map(str, range(11)))
    assert shown(pictures(samples, SCENES, names)["rows"])
    with pytest.raises(ConfigError, match="13 panels of each image of Cityscapes"):
        pictures(samples, PHOTOGRAPHS, names)


@pytest.mark.parametrize("data", [PHOTOGRAPHS, SCENES], ids=["photographs", "scenes"])
def test_viewers_show_photographs_small_and_with_their_source(samples: list[Sample], data: Any) -> None:
    predictions = {"Full": [sample.label for sample in samples]}
    children = viewers.variant_viewer(samples, predictions, data).children
    (picture,) = [child for child in children if hasattr(child, "format")]
    named = [child for child in children if getattr(child, "value", "") == SOURCE]
    width = Image.open(io.BytesIO(picture.value)).width
    assert (width, len(named)) == ((photographs.WIDEST, 1) if data.credit else (640, 0))
    assert data.credit == "" or int(picture.layout.width.removesuffix("px")) <= photographs.WIDEST
