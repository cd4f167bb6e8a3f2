"""Procedural street scenes: stand-ins for Cityscapes, with a planted long-range dependency (see `street`)."""

from annn.data.scenes.street.cityscapes import write_cityscapes
from annn.data.scenes.street.scene import Scene, draw
from annn.data.scenes.street.sheet import contact_sheet

__all__ = ["Scene", "contact_sheet", "draw", "write_cityscapes"]
