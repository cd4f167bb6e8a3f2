"""What the generators draw, in the classes of ADE20K and the labels of PASCAL-Context.

The generators have ids of their own: COCO-Stuff's for things and stuff, NYU Depth V2's for rooms. Most have a
counterpart in the other data sets, some are gathered (five kinds of floor are one), and some have none: a train is none
of ADE20K's 150 classes. Those become 0, whatever is unlabeled.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Integer

from annn.data.ade20k import ADE20K
from annn.data.pascal_context import PASCAL_CONTEXT_LABELS
from annn.data.scenes.rooms import ids
from annn.data.scenes.stuff.names import ID, NAMES

_WALLS = ("wall-brick", "wall-concrete", "wall-other", "wall-panel", "wall-stone", "wall-tile", "wall-wood")
_FLOORS = ("floor-marble", "floor-other", "floor-stone", "floor-tile", "floor-wood")
_MEALS = ("sandwich", "broccoli", "carrot", "hot dog", "pizza", "donut", "food-other", "salad", "vegetable")
_FRUIT = ("banana", "apple", "orange", "fruit")

# Class of ADE20K: names of COCO-Stuff. Beside those that go by the same name in both, which need no entry.
_ADE20K_OF_STUFF: dict[str, tuple[str, ...]] = {
    "wall": _WALLS,
    "building": ("building-other", "roof"),
    "sky": ("sky-other", "clouds", "fog"),
    "floor": _FLOORS,
    "tree": ("branch",),
    "ceiling": ("ceiling-other", "ceiling-tile"),
    "windowpane": ("window-other",),
    "cabinet": ("cupboard",),
    "sidewalk": ("pavement",),
    "earth": ("dirt", "ground-other", "gravel", "mud"),
    "door": ("door-stuff",),
    "table": ("dining table",),
    "plant": ("bush", "plant-other", "potted plant", "leaves", "moss"),
    "water": ("water-other",),
    "sofa": ("couch",),
    "mirror": ("mirror-stuff",),
    "rug": ("carpet", "mat"),
    "field": ("playingfield",),
    "desk": ("desk-stuff",),
    "rock": ("stone",),
    "box": ("cardboard",),
    "signboard": ("stop sign", "banner"),
    "blind": ("window-blind",),
    "computer": ("laptop",),
    "television": ("tv",),
    "apparel": ("clothes",),
    "bag": ("backpack", "handbag", "suitcase"),
    "minibike": ("motorcycle",),
    "animal": ("bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"),
    "ball": ("sports ball",),
    "food": (*_MEALS, *_FRUIT, "cake"),
    "plaything": ("teddy bear", "kite"),
    "glass": ("wine glass",),
}
# Class of ADE20K: ids of NYU Depth V2.
_ADE20K_OF_ROOMS: dict[str, tuple[int, ...]] = {
    "wall": (ids.WALL,),
    "floor": (ids.FLOOR,),
    "ceiling": (ids.CEILING,),
    "bed": (ids.BED,),
    "windowpane": (ids.WINDOW,),
    "cabinet": (ids.CABINET,),
    "person": (ids.PERSON,),
    "door": (ids.DOOR, ids.DOOR_KNOB),
    "table": (ids.TABLE,),
    "curtain": (ids.CURTAIN, ids.SHOWER_CURTAIN),
    "chair": (ids.CHAIR,),
    "painting": (ids.PICTURE,),
    "sofa": (ids.SOFA,),
    "shelf": (ids.SHELVES,),
    "mirror": (ids.MIRROR,),
    "rug": (ids.FLOOR_MAT,),
    "desk": (ids.DESK,),
    "lamp": (ids.LAMP,),
    "bathtub": (ids.BATHTUB,),
    "box": (ids.BOX,),
    "chest of drawers": (ids.DRESSER,),
    "sink": (ids.SINK, ids.FAUCET),
    "fireplace": (ids.MANTEL,),
    "refrigerator": (ids.FRIDGE,),
    "pillow": (ids.PILLOW,),
    "bookcase": (ids.BOOKSHELF,),
    "blind": (ids.BLINDS,),
    "toilet": (ids.TOILET,),
    "book": (ids.BOOKS,),
    "countertop": (ids.COUNTER,),
    "stove": (ids.STOVE,),
    "computer": (ids.COMPUTER, ids.LAPTOP),
    "towel": (ids.TOWEL,),
    "light": (ids.LIGHT,),
    "television": (ids.TELEVISION,),
    "apparel": (ids.CLOTHES,),
    "bottle": (ids.BOTTLE,),
    "basket": (ids.BASKET,),
    "bag": (ids.BAG,),
    "microwave": (ids.MICROWAVE,),
    "pot": (ids.POT,),
    "dishwasher": (ids.DISHWASHER,),
    "screen": (ids.PROJECTOR_SCREEN,),
    "ashcan": (ids.GARBAGE_BIN,),
    "monitor": (ids.MONITOR,),
    "bulletin board": (ids.CORK_BOARD,),
    "clock": (ids.CLOCK,),
}
# Label of PASCAL-Context: names of COCO-Stuff, beside those that go by the same name in both.
_CONTEXT_OF_STUFF: dict[str, tuple[str, ...]] = {
    "aeroplane": ("airplane",),
    "motorbike": ("motorcycle",),
    "pottedplant": ("potted plant",),
    "sofa": ("couch",),
    "tvmonitor": ("tv",),
    "table": ("dining table", "desk-stuff"),
    "computer": ("laptop",),
    "wall": _WALLS,
    "floor": _FLOORS,
    "ceiling": ("ceiling-other", "ceiling-tile"),
    "building": ("building-other", "house", "skyscraper", "roof"),
    "sky": ("sky-other", "clouds", "fog"),
    "tree": ("branch",),
    "plant": ("bush", "plant-other", "moss"),
    "ground": ("dirt", "ground-other", "gravel", "mud"),
    "mountain": ("hill",),
    "water": ("water-other", "sea", "river", "waterdrops"),
    "sidewalk": ("pavement",),
    "track": ("railroad",),
    "court": ("playingfield",),
    "shelves": ("shelf",),
    "bedclothes": ("blanket",),
    "cloth": ("clothes", "textile-other"),
    "sign": ("stop sign",),
    "signal light": ("traffic light",),
    "bag": ("backpack", "handbag"),
    "case": ("suitcase",),
    "cabinet": ("cupboard",),
    "window": ("window-other",),
    "window blinds": ("window-blind",),
    "door": ("door-stuff",),
    "mirror": ("mirror-stuff",),
    "rug": ("carpet",),
    "stair": ("stairs",),
    "handrail": ("railing",),
    "paper box": ("cardboard",),
    "food": _MEALS,
    "fruit": _FRUIT,
    "wineglass": ("wine glass",),
    "fridge": ("refrigerator",),
    "remote control": ("remote",),
    "ball": ("sports ball",),
    "racket": ("tennis racket",),
    "ski": ("skis",),
    "disc": ("frisbee",),
    "pot": ("vase",),
    "toy": ("teddy bear",),
    "glove": ("baseball glove",),
    "unknown": (
        "elephant", "bear", "zebra", "giraffe", "snowboard", "surfboard", "parking meter", "tie", "hair drier",
        "banner", "furniture-other", "solid-other", "structural-other",
    ),
}  # fmt: skip


def ade20k_of_stuff() -> Integer[np.ndarray, " ids"]:
    """ADE20K's file ids 0..150, by id of COCO-Stuff."""
    return _table(_with_namesakes(_ADE20K_OF_STUFF, ADE20K.classes), ADE20K.classes, len(NAMES))


def ade20k_of_rooms() -> Integer[np.ndarray, " ids"]:
    """ADE20K's file ids 0..150, by id of NYU Depth V2."""
    return _table(_ADE20K_OF_ROOMS, ADE20K.classes, ids.COUNT)


def context_of_stuff() -> Integer[np.ndarray, " ids"]:
    """PASCAL-Context's labels 0..459, by id of COCO-Stuff."""
    return _table(_with_namesakes(_CONTEXT_OF_STUFF, PASCAL_CONTEXT_LABELS), PASCAL_CONTEXT_LABELS, len(NAMES))


def _with_namesakes(gathered: Mapping[str, tuple[str, ...]], classes: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """COCO-Stuff's ids by class: those that are gathered, and the one that has the class's own name."""
    own = {name: (name,) if name in ID else () for name in classes}
    return {name: tuple(ID[other] for other in (*own[name], *gathered.get(name, ()))) for name in classes}


def _table(gathered: Mapping[str, tuple[int, ...]], classes: tuple[str, ...], largest: int) -> np.ndarray:
    """The number of each id's class, counted from 1; 0 for ids of no class."""
    table = np.zeros(largest + 1, dtype=np.uint16)
    for number, name in enumerate(classes, start=1):
        table[list(gathered.get(name, ()))] = number
    return table
