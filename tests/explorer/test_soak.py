"""Long use in one process: memory stays flat, nothing stays open, and the results are those of a single use."""

import gc
import weakref
from typing import Any

import numpy as np
import psutil
import pytest
from explorer_parts import network, street
from ipywidgets.widgets.widget import _instances
from PIL import Image

from annn.cli.predicting import predict_images
from annn.data.cityscapes import CITYSCAPES
from annn.explorer import AttentionExplorer
from annn.protocol import WHOLE
from annn.runs.network import Network

MIB = 2**20


def resident() -> int:
    gc.collect()
    return psutil.Process().memory_info().rss


@pytest.mark.slow(reason="200 images")
def test_two_hundred_images_need_no_more_memory_than_twenty(tmp_path):
    generator, images = np.random.default_rng(0), tmp_path / "images"
    images.mkdir()
    for number in range(20):
        pixels = generator.integers(0, 256, (96 + number, 128, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(images / f"{number:02}.png")
    about: Any = {"path": tmp_path, "title": "", "notes": (), "classes": None, "data": None, "precision": "fp32"}
    own = Network(model=network(), protocol=WHOLE, **about)

    def predict(output):
        return predict_images(
            own, [images], tmp_path / output, space=CITYSCAPES, protocol=WHOLE, precision="fp32", progress=False
        )

    first = [path.read_bytes() for path in predict("once")]
    before, files = resident(), psutil.Process().num_fds()
    for _ in range(9):
        last = [path.read_bytes() for path in predict("again")]
    assert last == first
    assert psutil.Process().num_fds() == files
    assert resident() - before < 16 * MIB  # one image needs about 30


@pytest.mark.slow(reason="50 widgets")
def test_fifty_widgets_leave_nothing_behind():
    model, scene = network(), street()
    alive = []

    def use():
        explorer = AttentionExplorer(model, scene.image)
        alive.append(weakref.ref(explorer))
        page = explorer.payload
        explorer.close()
        return page

    first, count = use(), len(_instances)
    before = resident()
    for _ in range(49):
        last = use()
    gc.collect()
    assert last == first
    assert len(_instances) == count
    assert not [reference for reference in alive if reference() is not None]
    assert resident() - before < 16 * MIB
