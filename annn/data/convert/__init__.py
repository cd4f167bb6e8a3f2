"""Other people's formats of annotations, written once as a folder of images, label maps and classes.toml.

In: polygons and run lengths of COCO, panoptic PNGs of COCO, polygons of Cityscapes. Out: `images/`, `labels/` (PNG, one
channel, the classes' ids) and `classes.toml`, whole or not at all.

annotated.py  what a format brings: classes, and for each image its label map
records.py    JSON files whose entries are checked, with errors that name file and entry
coco.py       COCO: polygons and run lengths of instances (through pycocotools), and panoptic PNGs
polygons.py   Cityscapes: polygons in the order of the file
folder.py     write the folder
"""

from annn.data.convert.folder import FORMATS, convert

__all__ = ["FORMATS", "convert"]
