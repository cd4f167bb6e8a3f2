"""The attention explorer: hover over a position of an image and see where AFNB or APNB looks from there."""

from annn.explorer.controls import with_controls
from annn.explorer.pictures import Picture, open_picture
from annn.explorer.views import View, look
from annn.explorer.widget import AttentionExplorer

__all__ = ["AttentionExplorer", "Picture", "View", "look", "open_picture", "with_controls"]
