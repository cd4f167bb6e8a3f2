"""The command line: `annn train | evaluate | predict | data ... | weights ... | bench | export | reproduce | report`.

One file for each group of commands. Commands import modules inside their functions, so that training works on a machine
without Jupyter and matplotlib.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from annn.cli import data, efficiency, results, testing, training, weights
from annn.cli.app import app
from annn.errors import AnnnError

__all__ = ["data", "efficiency", "main", "results", "testing", "training", "weights"]

EXAMPLES = """Asymmetric Non-local Neural Networks: train, evaluate, predict, and reproduce the paper's tables.

Examples:
  annn reproduce                                 all notebooks, on generated data, into results/
  annn reproduce 2 -p preset standard            one notebook, with another preset
  annn train "4 & 5" --seed 1                    one row of Table 2; `annn train all` for all of them
  annn train baseline --data camvid --data-root ../camvid
  annn evaluate runs/quick-stand-in-baseline-seed0-1a2b3c4d5e
  annn evaluate published.pth --data cityscapes --root ../cityscapes --scales 0.75 1 1.25 --flip --slide 864 576
  annn predict published.pth street.jpg -o out --attention
  annn weights show published.pth                source, network and classes of a weights file
  annn bench --preset full --device cuda         the time and memory of the blocks on this machine
  annn export published.pth street.onnx --size 512 1024
  annn data check camvid --root ../camvid        which files are there or missing, where to get them
  annn data make nyud                            patterns and shapes in the layout of NYUD-V2
"""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command; exits with 2 for an `AnnnError`, which is printed as one paragraph, and with 130 for Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves `with` blocks, so that no incomplete file remains
    try:
        status = app.cli(prog="annn", description=EXAMPLES, args=args)
    except AnnnError as error:
        print(f"annn: {error}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        print(
            "\nannn: interrupted; the same command resumes from the last checkpoint (an evaluation only with --save).",
            file=sys.stderr,
        )
        status = 130
    sys.exit(status)
