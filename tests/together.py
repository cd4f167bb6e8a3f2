"""A training for the tests of several processes: torchrun starts this file, process 0 writes what came out."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import annn  # noqa: F401
from annn.augment import AugmentConfig
from annn.data.files import Sample
from annn.losses import LossConfig
from annn.model import ANNN, ModelConfig
from annn.parallel import join, leave, rank
from annn.train import Draws, TrainConfig, train

MODEL = ModelConfig(classes=5, depth=18, width=16, dropout=0.2)
TRAIN = TrainConfig(iterations=20, batch_size=6, lr=0.01, precision="fp32")
LOSS = LossConfig(min_kept=2000, class_weights=(0.5, 1.0, 2.0, 1.0, 1.5))


class Noise:
    """Twelve images of noise with blocks of labels, some of them ignored."""

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> Sample:
        generator = np.random.default_rng(index)
        label = generator.choice([0, 1, 2, 3, 4, 255], (4, 5)).astype(np.uint8).repeat(32, 0).repeat(32, 1)
        image = generator.integers(0, 256, (128, 160, 3), dtype=np.uint8)
        return Sample(image // 2 + (label[..., None] % 5) * 20, label, str(index))


def run(folder: Path, **changes) -> None:
    """Train for so many steps in a folder; a second call resumes."""
    torch.manual_seed(0)
    model = ANNN(MODEL)
    config = replace(TRAIN, **changes)
    augment = AugmentConfig(crop=(112, 144))
    draws = Draws(Noise(), augment, 0)
    train(model, draws, config=config, loss=LOSS, seed=0, folder=folder, checkpoint_every=5, log_every=1, progress=False)
    if rank() == 0:
        torch.save(model.state_dict(), folder / "end.pt")


if __name__ == "__main__":
    torch.set_num_threads(1)
    join(torch.device("cpu"))
    run(Path(sys.argv[1]), **{name: int(value) for name, value in (item.split("=") for item in sys.argv[2:])})
    leave()
