"""results/attention/block.py draws the README's picture with the library as it is."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from annn.analysis.cue import cue_scenes
from annn.model import ANNN, ModelConfig

SCRIPT = Path(__file__).parents[2] / "results/attention/block.py"


@pytest.mark.parametrize("pyramid", [(1, 3, 6, 8), (2, 5)])
def test_the_shares_of_the_levels_sum_to_one(pyramid: tuple[int, ...]) -> None:
    script = runpy.run_path(str(SCRIPT))
    (scene,) = cue_scenes(1, (128, 256), 1)
    model = ANNN(ModelConfig(classes=19, depth=18, width=4, pyramid=pyramid)).eval()
    attention, place, weights = script["look"](model, scene)
    assert weights.shape == attention.value_grid and weights.sum() == pytest.approx(1, abs=1e-5)
    assert script["on_banner"](scene, np.ones_like(weights)) == pytest.approx(1)

    figure = script["draw"](scene, attention, place, weights)
    FigureCanvasAgg(figure).draw()
    lines = [text.get_text().partition(": ") for axes in figure.axes for text in axes.texts]
    shares = [float(share.removesuffix(" %")) for level, _, share in lines if share.endswith(" %")]
    assert len(shares) == len(pyramid)
    assert sum(shares) == pytest.approx(100, abs=len(pyramid) / 2)  # each is rounded
