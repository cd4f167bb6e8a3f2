"""Many scenes, drawn by another process that does not check types: with the checks each takes ten times as long.

The tests of each generator draw others, of the same kinds, with the checks.
"""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from annn.data.space import LabelSpace

DRAW = """
import pickle
import sys
from importlib import import_module
import numpy as np
room, path, seed, count, *size = sys.argv[1:]
space = pickle.load(sys.stdin.buffer)
draw = import_module(room).draw
scenes = [draw(*space, int(seed), index, tuple(map(int, size))) for index in range(int(count))]
np.savez(path, **dict(zip(scenes[0]._fields, map(np.stack, zip(*scenes)))))
"""


def drawn_elsewhere(
    scene: Any, folder: Path, seed: int, count: int, size: tuple[int, int], *space: LabelSpace
) -> list[Any]:
    """Scenes of this type, by the `draw` beside it, for each index below `count`; `folder` is for scratch files."""
    path = folder / "scenes.npz"
    words = map(str, (scene.__module__, path, seed, count, *size))
    subprocess.run([sys.executable, "-c", DRAW, *words], input=pickle.dumps(space), check=True)
    with np.load(path) as arrays:
        fields = [arrays[name] for name in scene._fields]
    return [scene(*(part if part.ndim else part.item() for part in row)) for row in zip(*fields, strict=True)]
