"""What torchrun starts in tests: scoring that writes predictions and saves its progress after every round."""

import json
import os
import signal
import sys
from pathlib import Path

import torch
from train_together import MODEL, Noise

from annn.cli import scoring
from annn.evaluate import evaluate
from annn.model import ANNN
from annn.parallel import join, leave, rank
from annn.protocol import WHOLE


class Deadly(Noise):
    """Kills the process that DIE_AT names when it reads the image that DIE_AT names, such as 1:9."""

    split = "test"

    def __getitem__(self, index: int):
        if os.environ.get("DIE_AT") == f"{rank()}:{index}":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__getitem__(index)


def score(folder: Path) -> None:
    """Score in a folder, or go on there; process 0 writes the confusion matrix."""
    scoring._SAVE_EVERY = 0.0
    torch.manual_seed(1)
    model, dataset = ANNN(MODEL).eval(), Deadly()
    with scoring.ResumableTally.open(folder, model, dataset, WHOLE, "fp32") as tally:
        (folder / f"started-at-{tally.done}").touch()
        scores = evaluate(model, dataset, progress=False, tally=tally)
    if rank() == 0:
        (folder / "scores.json").write_text(json.dumps(scores.to_dict()))


if __name__ == "__main__":
    torch.set_num_threads(1)
    join(torch.device("cpu"))
    score(Path(sys.argv[1]))
    leave()
