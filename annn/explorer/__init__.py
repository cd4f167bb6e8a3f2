"""The attention explorer: hover over a position of an image to see what AFNB or APNB attends to from there.

In: a network (or several) and images. Out: a widget for JupyterLab, one HTML page without kernel and network
(`page`), or a matplotlib figure of pinned positions (`figures`). `views` computes the attention and what lies behind
it, `readings` puts a query or an anchor into numbers, `payload` packs all of it for the browser, and `static/` draws
it: `effects.js` computes class maps without some anchors, `widget.js` is the page.
"""

from annn.explorer.controls import with_controls
from annn.explorer.pictures import Picture, open_picture
from annn.explorer.views import View, look
from annn.explorer.widget import AttentionExplorer

__all__ = ["AttentionExplorer", "Picture", "View", "look", "open_picture", "with_controls"]
