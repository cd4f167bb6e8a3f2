"""The attention explorer: hover over a position of an image to see what AFNB or APNB attends to from there.

In: a network (or several) and images. Out: a widget for JupyterLab, one HTML page without kernel and network
(`page`), or a matplotlib figure of pinned positions (`figures`). `views` computes the attention, `payload` packs it for
the browser, and `static/` draws it.
"""

from annn.explorer.controls import with_controls
from annn.explorer.pictures import Picture, open_picture
from annn.explorer.views import View, look
from annn.explorer.widget import AttentionExplorer

__all__ = ["AttentionExplorer", "Picture", "View", "look", "open_picture", "with_controls"]
