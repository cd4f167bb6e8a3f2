"""Rooms in the files of NYU Depth V2."""

from annn.data.scenes.rooms.nyud import read_scene_types, write_nyud
from annn.data.scenes.rooms.scene import KINDS, Scene, add_border, draw
from annn.data.scenes.rooms.sheet import contact_sheet

__all__ = ["KINDS", "Scene", "add_border", "contact_sheet", "draw", "read_scene_types", "write_nyud"]
