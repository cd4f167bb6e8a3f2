"""Read and write trained networks as single files (ours, the authors', mmsegmentation's); ImageNet backbones.

In: a file. `load` recognises it by names and shapes, executes nothing in it, and raises for other networks.
Out: the network, ready for ordinary RGB images. `export` writes for the authors' code or mmsegmentation;
`save_checkpoint` keeps a run with its recipe and scores; `imagenet` loads a backbone to start training from.
"""

from annn.weights.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from annn.weights.foreign import export
from annn.weights.pretrained import Pretrained, load

__all__ = ["Checkpoint", "Pretrained", "export", "load", "load_checkpoint", "save_checkpoint"]
