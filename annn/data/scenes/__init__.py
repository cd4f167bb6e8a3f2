"""Generated scenes that stand in for real data sets: drawn here, written in the real set's files, read by its reader.

In: how many scenes, their size, a seed. Out: a folder with images, label maps and `stand_in.json`. `street` stands in
for Cityscapes and holds the planted long-range dependency, `rooms` for NYUD-V2, `stuff` for COCO-Stuff-10K, `everyday`
for ADE20K and PASCAL-Context; `kinds` draws all of them for classification. A scene is a function of (seed, index).
"""

from annn.data.scenes.street.cityscapes import write_cityscapes
from annn.data.scenes.street.scene import Scene, draw
from annn.data.scenes.street.sheet import contact_sheet

__all__ = ["Scene", "contact_sheet", "draw", "write_cityscapes"]
