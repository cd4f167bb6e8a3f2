"""Procedural street scenes: stand-ins for Cityscapes, with a planted long-range dependency (see `street`)."""

from annn.scenes.street import Scene, draw

__all__ = ["Scene", "draw"]
