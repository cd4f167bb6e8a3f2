"""Runs: a recipe and a seed, trained once, stored in a folder, and then loaded.

In: recipes, a data folder and a device. Out: `Run`s with scores, log, and the trained network.

run.py       the folder of a run; only `journal` (log, checkpoint) and curves.py also write there
curves.py    its curves for TensorBoard, on request
training.py  train and score one recipe
key.py       a key of everything that a run depends on, for its folder name
together.py  train or load: one run, or several side by side
frozen.py    heads trained on the frozen features of a run
network.py   open a network from a run folder or a weights file, and the data to test it on
scored.py    networks of a table: trained here, or read from files and scored here
figures.py   the networks that Figures 1 and 2 compare
"""

from annn.runs.frozen import train_heads_or_load
from annn.runs.network import Network, open_network
from annn.runs.run import Run, load
from annn.runs.together import train_or_load, train_or_load_all, train_or_load_rows

__all__ = [
    "Network",
    "Run",
    "load",
    "open_network",
    "train_heads_or_load",
    "train_or_load",
    "train_or_load_all",
    "train_or_load_rows",
]
