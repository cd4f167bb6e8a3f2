"""The command line: `annn train | evaluate | predict | data ... | weights ... | bench | prove | export | ...`.

One file for each group of commands. Commands import modules inside their functions, so that training works on a machine
without Jupyter and matplotlib.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import NoReturn, TextIO

from annn.cli import converting, data, efficiency, getting, results, testing, training, weights
from annn.cli.app import app
from annn.errors import AnnnError, ConfigError
from annn.files import refused

__all__ = ["converting", "data", "efficiency", "getting", "main", "results", "testing", "training", "weights"]

_PATIENCE = 10.0  # seconds in which torchrun ends a process after another one has failed

EXAMPLES = """Asymmetric Non-local Neural Networks: train, evaluate, predict, and reproduce the paper's tables.

Examples:
  annn reproduce                                 all notebooks, into results/; photographs where there are any
  annn reproduce 2 -p preset standard            one notebook, with another preset
  annn train "4 & 5" --seed 1                    one row of Table 2; `annn train all` for all of them
  torchrun --nproc_per_node=8 -m annn train "4 & 5" --preset paper    (or: annn train ... --gpus 8)
  annn train all --seeds 0 1 2 --submit slurm --gpus 8    a job for each run; --dry-run shows them
  annn train baseline --data camvid --data-root ../camvid
  annn data describe pictures                    drafts classes.toml for your own images and labels
  annn train full --data pictures                the paper's whole network on them; --from RUN starts from another run
  annn evaluate runs/quick-stand-in-baseline-seed0-1a2b3c4d5e
  annn evaluate published.pth --data cityscapes --root ../cityscapes --scales 0.75 1 1.25 --flip --slide 864 576
  annn predict published.pth street.jpg -o out --attention
  annn weights show published.pth                source, network and classes of a weights file
  annn bench --preset full --device cuda         the time and memory of the blocks on this machine
  annn prove --device cuda                       whether this GPU trains as the CPU does
  annn export published.pth street.onnx --size 512 1024
  annn data check camvid --root ../camvid        which files are there or missing, where to get them
  annn data convert coco FOLDER --all labels.json pictures    COCO's polygons as label maps
  annn data get camvid                           download a data set that needs no account
  annn data make nyud                            patterns and shapes in the layout of NYUD-V2
"""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command; exits with 2 for an `AnnnError`, which is printed as one paragraph, and with 130 for Ctrl-C.

    A file or folder that the system refuses (permissions, a full disk) is one paragraph, too. If nobody reads the
    output any more (`annn ... | head`), the command ends without a word and with 141, as if SIGPIPE had ended it.
    """
    # Streams that the caller closed (`>&-`) are None, which not even the parser expects.
    sys.stdout, sys.stderr = (stream or io.StringIO() for stream in (sys.stdout, sys.stderr))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leaves `with` blocks, so that no incomplete file remains
    try:
        try:
            status = app.cli(prog="annn", description=EXAMPLES, args=_filled(sys.argv[1:] if args is None else args))
        finally:
            _flush()
    except AnnnError as error:
        status = _say_once(str(error))
    except RuntimeError as error:
        if not ((parallel := sys.modules.get("annn.parallel")) and parallel.is_lost(error)):
            raise
        time.sleep(_PATIENCE)  # torchrun ends this process now, and the lost one has said why
        status = _say("another process of this run has ended; the same command resumes from the last checkpoint.")
    except BrokenPipeError:
        status = 141
    except OSError as error:
        status = _say(refused(error))
    except KeyboardInterrupt:
        _say(
            "interrupted; the same command goes on: a training resumes from the last checkpoint, a download where it "
            "stopped (an evaluation only with --save).",
            "\n",
        )
        status = 130
    sys.exit(status)


def _filled(args: Sequence[str]) -> Sequence[str]:
    """The arguments themselves; raises ConfigError for an empty one, which a path would take for the current folder.

    A notebook's variant and a parameter's value may be empty.
    """
    for place, given in enumerate(args):
        before = list(args[max(0, place - 2) : place])
        may_be = before[-1:] == ["--variant"] or before[:1] in (["-p"], ["--parameters"])
        if given == "" and not may_be:
            raise ConfigError(
                f"The argument after `annn {' '.join(args[:place])}` is empty; expected a value. Leave the option out "
                "for its default, or look at the variable of your shell that is not set."
            )
    return args


def _flush() -> None:
    """Write what was printed now: at the end of the interpreter an error would be a traceback."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _discard(sys.stdout)
        error.filename = "standard output"
        raise


def _say_once(text: str) -> int:
    """Print an error; of several processes with one error the first one prints it, and torchrun ends the others."""
    if (parallel := sys.modules.get("annn.parallel")) and parallel.rank() > 0:
        time.sleep(_PATIENCE)
    return _say(text)


def _say(text: str, before: str = "") -> int:
    """Print an error; returns the exit status."""
    from tqdm import tqdm

    try:
        tqdm.write(f"{before}annn: {text}", file=sys.stderr)  # on a line of its own below a progress bar
        sys.stderr.flush()
    except OSError:  # nobody reads it
        _discard(sys.stderr)
    return 2


def _discard(stream: TextIO) -> None:
    """Send what a stream still holds to nowhere, where the end of the interpreter can write it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
