"""What torchrun starts in tests: training and scoring in float64, so that only the order of additions differs."""

import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import annn  # noqa: F401
from annn.augment import AugmentConfig
from annn.data.camvid import CAMVID
from annn.data.files import Sample
from annn.evaluate import evaluate
from annn.losses import LossConfig
from annn.model import ANNN, ModelConfig
from annn.parallel import join, leave, rank
from annn.train import Draws, TrainConfig, train

MODEL = ModelConfig(classes=11, depth=18, width=8, head=16, auxiliary=16, key=8, value=8, dropout=0.2)
TRAIN = TrainConfig(iterations=20, batch_size=6, lr=0.01, precision="fp32")
LOSS = LossConfig(min_kept=500, class_weights=tuple(0.5 + i / 10 for i in range(11)))


class Noise:
    """Thirteen images of noise over blocks of labels, some of them ignored."""

    space = CAMVID

    def __len__(self) -> int:
        return 13

    def __getitem__(self, index: int) -> Sample:
        generator = np.random.default_rng(index)
        label = generator.choice([*range(11), 255], (4, 5)).astype(np.uint8).repeat(12, 0).repeat(12, 1)
        image = generator.integers(0, 128, (48, 60, 3), dtype=np.uint8) + (label[..., None] % 11) * 11
        return Sample(image, label, str(index))


class Double(Draws):
    def __getitem__(self, draw: int):
        if os.environ.get("DIE_AT") == f"{rank()}:{draw // TRAIN.batch_size}":
            marker = Path(sys.argv[1]) / "died"
            if not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        image, label = super().__getitem__(draw)
        return image.double(), label


def run(folder: Path, **changes) -> None:
    """Train in a folder, or go on there; process 0 writes the weights, the confusion matrix and how many there were."""
    torch.manual_seed(0)
    model = ANNN(MODEL).double()
    draws = Double(Noise(), AugmentConfig(crop=(40, 48)), 0)
    config = replace(TRAIN, **changes)
    settings: dict = {"checkpoint_every": 4, "log_every": 1, "progress": False}
    train(model, draws, config=config, loss=LOSS, seed=0, folder=folder, **settings)
    torch.manual_seed(1)
    scores = evaluate(ANNN(MODEL), Noise(), progress=False)
    if rank() == 0:
        torch.save(model.state_dict(), folder / "end.pt")
        (folder / "scores.json").write_text(json.dumps(scores.to_dict()))


if __name__ == "__main__":
    torch.set_num_threads(1)
    join(torch.device("cpu"))
    run(Path(sys.argv[1]), **{name: int(value) for name, value in (item.split("=") for item in sys.argv[2:])})
    leave()
