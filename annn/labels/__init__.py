"""Label spaces: the names, colours and file ids of a data set's classes, and the way from file ids to train ids.

A label file holds *file ids*, as its data set defines them. The network, the loss and the metrics only see *train ids*:
0, 1, ... for the classes that count, and `IGNORE` for every pixel that counts neither in training nor in evaluation.
"""

from annn.labels.ade20k import ADE20K
from annn.labels.camvid import CAMVID
from annn.labels.cityscapes import CITYSCAPES, CITYSCAPES_LABELS, CityscapesLabel
from annn.labels.coco_stuff import COCO_STUFF, COCO_STUFF_UNUSED
from annn.labels.nyud import NYUD, NYUD_894, NYUD_MAPPING, NYUD_MASKS
from annn.labels.pascal_context import (
    PASCAL_CONTEXT,
    PASCAL_CONTEXT_60,
    PASCAL_CONTEXT_459,
    PASCAL_CONTEXT_LABELS,
)
from annn.labels.space import IGNORE, Color, LabelSpace

__all__ = [
    "ADE20K",
    "CAMVID",
    "CITYSCAPES",
    "CITYSCAPES_LABELS",
    "COCO_STUFF",
    "COCO_STUFF_UNUSED",
    "IGNORE",
    "NYUD",
    "NYUD_894",
    "NYUD_MAPPING",
    "NYUD_MASKS",
    "PASCAL_CONTEXT",
    "PASCAL_CONTEXT_60",
    "PASCAL_CONTEXT_459",
    "PASCAL_CONTEXT_LABELS",
    "CityscapesLabel",
    "Color",
    "LabelSpace",
]
