"""Mosaics: generated scenes for any label space of 2 to 250 classes, such as one of your own.

In: a `LabelSpace`, a seed, an index, a size. Out: `draw(space, seed, index, size)`, a `Scene` with image, train ids
and the map of planted twins. `catalogue(n)` says how the classes of a space of n look, `planted` what only a far marker
tells apart. `space.decode(scene.label)` are the ids of its label files.
"""

from annn.data.scenes.mosaic.catalogue import CLASSES, Catalogue, Look, catalogue
from annn.data.scenes.mosaic.scene import Scene, draw

__all__ = ["CLASSES", "Catalogue", "Look", "Scene", "catalogue", "draw"]
