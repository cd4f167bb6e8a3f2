"""Trained networks as single files: ours, the authors' and mmsegmentation's, read and written; ImageNet backbones.

In: a file. `load` recognises it by names and shapes, executes nothing in it, and refuses what does not fit.
Out: the network, ready for ordinary RGB images. `export` writes for the authors' code or mmsegmentation;
`save_checkpoint` keeps a run with its recipe and scores; `imagenet` loads the backbone that a training starts from.
"""

from annn.weights.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from annn.weights.foreign import export
from annn.weights.pretrained import Pretrained, load

__all__ = ["Checkpoint", "Pretrained", "export", "load", "load_checkpoint", "save_checkpoint"]
