"""The 171 classes of COCO-Stuff-10K v1.1: 80 things and 91 kinds of stuff."""

from annn.labels.palette import spread_colors
from annn.labels.space import IGNORE, LabelSpace

COCO_STUFF_UNUSED = {
    12: "street sign", 26: "hat", 29: "shoe", 30: "eye glasses", 45: "plate", 66: "mirror", 68: "window", 69: "desk",
    71: "door", 83: "blender", 91: "hair brush",
}  # fmt: skip
"""Thing ids that COCO never annotated; they own no class, and a pixel that carries one is ignored."""

# Names of cocostuff-labels.txt, in id order. Things: ids 1..91 without the 11 above.
_THINGS = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant",
    "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
    "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli",
    "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
    "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip
# Stuff: ids 92..182.
_STUFF = (
    "banner", "blanket", "branch", "bridge", "building-other", "bush", "cabinet", "cage", "cardboard", "carpet",
    "ceiling-other", "ceiling-tile", "cloth", "clothes", "clouds", "counter", "cupboard", "curtain", "desk-stuff",
    "dirt", "door-stuff", "fence", "floor-marble", "floor-other", "floor-stone", "floor-tile", "floor-wood", "flower",
    "fog", "food-other", "fruit", "furniture-other", "grass", "gravel", "ground-other", "hill", "house", "leaves",
    "light", "mat", "metal", "mirror-stuff", "moss", "mountain", "mud", "napkin", "net", "paper", "pavement",
    "pillow", "plant-other", "plastic", "platform", "playingfield", "railing", "railroad", "river", "road", "rock",
    "roof", "rug", "salad", "sand", "sea", "shelf", "sky-other", "skyscraper", "snow", "solid-other", "stairs",
    "stone", "straw", "structural-other", "table", "tent", "textile-other", "towel", "tree", "vegetable",
    "wall-brick", "wall-concrete", "wall-other", "wall-panel", "wall-stone", "wall-tile", "wall-wood", "water-other",
    "waterdrops", "window-blind", "window-other", "wood",
)  # fmt: skip

# Every id has an entry in train_ids below, the unused ones too: code bases that close the gaps by order alone leave a
# stray 12 as it is, which then counts as class 12.
_FILE_IDS = tuple(file_id for file_id in range(1, 183) if file_id not in COCO_STUFF_UNUSED)

COCO_STUFF = LabelSpace(
    name="COCO-Stuff-10K",
    classes=_THINGS + _STUFF,
    colors=spread_colors(len(_FILE_IDS)),
    train_ids={
        0: IGNORE,
        **dict.fromkeys(COCO_STUFF_UNUSED, IGNORE),
        **{file_id: train_id for train_id, file_id in enumerate(_FILE_IDS)},
    },
    void_id=0,
    hints={255: "The value 255 usually means that ids were shifted (n - 1) for another program."},
)
"""File ids are those of v1.1: 0 unlabeled, 1..91 things, 92..182 stuff. Code bases do not agree on colours for so many
classes; these are `annn.labels.palette`'s."""
