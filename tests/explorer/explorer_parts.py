"""Small networks with random weights and a drawn street, for the tests of the explorer."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from annn.data.cityscapes import CITYSCAPES
from annn.data.scenes import Scene, draw
from annn.model import ANNN, ModelConfig, variant

CONFIG = ModelConfig(classes=19, depth=18, width=8)


def network(name: str = "Full", **changes) -> ANNN:
    torch.manual_seed(0)
    return ANNN(replace(variant(CONFIG, name), **changes)).eval()


@cache
def street() -> Scene:
    """128 x 256 pixels: 16 x 32 positions."""
    return draw(0, 3, (128, 256))


def street_label() -> np.ndarray:
    return CITYSCAPES.encode(street().label, "scene")


def header(payload: bytes) -> dict:
    length = int.from_bytes(payload[4:8], "little")
    return json.loads(payload[8 : 8 + length])
