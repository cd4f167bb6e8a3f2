"""The 40 classes of NYUD-V2 (Gupta et al.), and the 894 names of the labelled data set that they gather."""

from annn.data.palette import spread_colors
from annn.data.space import IGNORE, LabelSpace

_CLASSES = (
    "wall", "floor", "cabinet", "bed", "chair", "sofa", "table", "door", "window", "bookshelf", "picture", "counter",
    "blinds", "desk", "shelves", "curtain", "dresser", "pillow", "mirror", "floor mat", "clothes", "ceiling", "books",
    "refridgerator", "television", "paper", "towel", "shower curtain", "box", "whiteboard", "person", "night stand",
    "toilet", "sink", "lamp", "bathtub", "bag", "otherstructure", "otherfurniture", "otherprop",
)  # fmt: skip

# The mapping of classMapping40.mat in closed form; ids count the 894 names from 1. Classes 1..37 are one name each.
_SINGLE = (
    21, 11, 3, 157, 5, 83, 19, 28, 59, 88, 64, 7, 80, 36, 42, 89, 169, 119, 122, 143, 141, 4, 85, 17, 172, 15, 135,
    123, 26, 45, 331, 158, 124, 24, 144, 136, 55,
)  # fmt: skip
_OTHER_STRUCTURE = frozenset((
    8, 25, 33, 38, 51, 53, 57, 58, 62, 65, 79, 94, 104, 112, 134, 153, 215, 216, 223, 225, 238, 241, 242, 256, 295,
    301, 339, 342, 354, 363, 372, 380, 392, 408, 412, 453, 456, 463, 477, 497, 541, 550, 553, 567, 573, 582, 591,
    609, 612, 615, 642, 645, 657, 658, 659, 663, 667, 668, 686, 700, 702, 777, 778, 782, 850, 861, 868, 874,
))  # fmt: skip
_OTHER_FURNITURE = frozenset((
    12, 43, 48, 50, 87, 106, 111, 161, 163, 174, 183, 204, 214, 219, 221, 224, 236, 262, 278, 291, 298, 313, 343,
    344, 356, 359, 373, 393, 401, 414, 418, 419, 430, 443, 444, 447, 448, 457, 458, 460, 462, 475, 479, 485, 486,
    493, 494, 498, 499, 509, 510, 515, 521, 524, 540, 549, 551, 554, 556, 558, 576, 580, 608, 625, 703, 734, 770,
    772, 797, 800, 803, 804, 813, 814, 815, 820, 829, 835, 858, 863, 882, 892,
))  # fmt: skip


def _class_of(name_id: int) -> int:
    """The class, 1..40, of one of the 894 names; whatever has no class of its own is other structure, ... or prop."""
    if name_id in _SINGLE:
        return 1 + _SINGLE.index(name_id)
    return 38 if name_id in _OTHER_STRUCTURE else 39 if name_id in _OTHER_FURNITURE else 40


NYUD_MAPPING = tuple(_class_of(name_id) for name_id in range(1, 895))
"""For each of the 894 names its class, 1..40: `mapClass` of classMapping40.mat, whose bytes it equals."""


def _space(train_ids: dict[int, int], void_id: int, hints: dict[int, str]) -> LabelSpace:
    return LabelSpace(
        name="NYUD-V2",
        classes=_CLASSES,
        colors=spread_colors(len(_CLASSES)),
        train_ids=train_ids,
        void_id=void_id,
        hints=hints,
    )


NYUD = _space(
    {0: IGNORE, **{label: label - 1 for label in range(1, 41)}},
    void_id=0,
    hints={255: "The value 255 usually means masks with classes from 0."},
)
"""Label maps with the classes 1..40 and 0 for unlabeled, as CMX, DFormer and ESANet prepare them."""

NYUD_MASKS = _space(
    {**{label: label for label in range(40)}, 255: IGNORE},
    void_id=255,
    hints={40: "The value 40 usually means label maps with classes from 1."},
)
"""Label maps with the classes 0..39 and 255 for unlabeled, as RefineNet's family prepares them."""

NYUD_894 = _space(
    {0: IGNORE, **{name_id: label - 1 for name_id, label in enumerate(NYUD_MAPPING, start=1)}},
    void_id=0,
    hints={65535: "The value 65535 usually means that another program subtracted 1 from 16-bit labels."},
)
"""The labels of nyu_depth_v2_labeled.mat: 0 unlabeled, 1..894 an index into `names`."""
