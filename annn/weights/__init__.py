"""Trained networks as single files: our own checkpoints, and the authors' and mmsegmentation's, in and out.

`load` reads any of them; `export` writes for other code; `save_checkpoint` keeps a run with its recipe and scores.
"""

from annn.weights.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from annn.weights.foreign import export
from annn.weights.pretrained import Pretrained, load

__all__ = ["Checkpoint", "Pretrained", "export", "load", "load_checkpoint", "save_checkpoint"]
