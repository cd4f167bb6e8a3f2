"""Generated scenes that stand in for real data sets: drawn here, written in the real set's files, read by its reader.

In: how many scenes, their size, a seed. Out: a folder with images, label maps and `stand_in.json`. `street` stands in
for Cityscapes; `mosaic` draws patterns and shapes for any label space and stands in for NYUD-V2, COCO-Stuff-10K, ADE20K
and PASCAL-Context; `write_folder` writes streets as a person's own folder (`annn.data.own`). Both hold a planted
long-range dependency. A scene is a function of (seed, index, size), a mosaic of its label space, too:
`mosaic.draw(space, seed, index, size)` works for classes of your own.
"""

from annn.data.scenes import mosaic
from annn.data.scenes.folder import write_folder
from annn.data.scenes.sheet import contact_sheet
from annn.data.scenes.street.cityscapes import write_cityscapes
from annn.data.scenes.street.scene import Scene, draw

__all__ = ["Scene", "contact_sheet", "draw", "mosaic", "write_cityscapes", "write_folder"]
