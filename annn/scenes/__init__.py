"""Procedural street scenes: stand-ins for Cityscapes, with a planted long-range dependency (see `street`)."""

from annn.scenes.cityscapes import write_cityscapes
from annn.scenes.sheet import contact_sheet
from annn.scenes.street import Scene, draw

__all__ = ["Scene", "contact_sheet", "draw", "write_cityscapes"]
