"""Random images of several sizes, and a small network for them, for the tests of evaluations."""

import numpy as np
import torch

from annn.data import Sample
from annn.data.camvid import CAMVID
from annn.model import ANNN, ModelConfig


class Blocks:
    """Random images of different sizes, drawn anew whenever they are asked for; the indices asked for are kept."""

    space, split, stand_in = CAMVID, "val", True

    def __init__(self, count=6, stop=None, before=None):
        self.count, self.stop, self.before, self.asked = count, stop, before, []

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        if self.before is not None:
            self.before(i)
        if i == self.stop:
            raise KeyboardInterrupt
        self.asked.append(i)
        rng = np.random.default_rng(i)
        size = (24 + i, 40)
        image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        return Sample(image, rng.integers(0, 11, size, dtype=np.uint8), f"blocks{i}")


def network(classes=11, seed=0):
    torch.manual_seed(seed)
    return ANNN(ModelConfig(classes=classes, depth=18, width=8))
