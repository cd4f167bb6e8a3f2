"""Rooms, things and stuff in the files of ADE20K and of PASCAL-Context."""

from annn.data.scenes.everyday.ade20k import write_ade20k
from annn.data.scenes.everyday.pascal_context import write_pascal_context

__all__ = ["write_ade20k", "write_pascal_context"]
