"""Procedural thing-and-stuff scenes: stand-ins for COCO-Stuff-10K."""

from annn.data.scenes.stuff.coco_stuff import write_coco_stuff
from annn.data.scenes.stuff.scene import KINDS, Scene, draw, kind_of
from annn.data.scenes.stuff.sheet import contact_sheet

__all__ = ["KINDS", "Scene", "contact_sheet", "draw", "kind_of", "write_coco_stuff"]
