"""PASCAL-Context: the 459 labels of its annotations, and the 59 classes for training and scoring.

The labels are those of the data set's labels.txt, which shelhamer/fcn.berkeleyvision.org keeps as
data/pascal-context/classes-400.txt. The 59 classes have the order of their labels, which is alphabetical,
as in the authors' pascal_context_generator.py, mmsegmentation and PyTorch-Encoding. FCN and older versions of
mmsegmentation have another order, with the 20 classes of PASCAL VOC first. 59_labels.txt of the data set has the names
diningtable, bedcloth and clothes instead of table, bedclothes and cloth.

First the label space, then the reader.
"""

import os
from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8

from annn.data.config import StandIn
from annn.data.files import FileDataset, Generator, Pair
from annn.data.folders import content
from annn.data.lists import read_list
from annn.data.mat5 import read_label_map
from annn.data.palette import spread_colors
from annn.data.photographs import pair_folders, pair_listed, read_photograph
from annn.data.space import IGNORE, LabelSpace
from annn.errors import DataError

PASCAL_CONTEXT_LABELS = (
    "accordion", "aeroplane", "air conditioner", "antenna", "artillery", "ashtray", "atrium", "baby carriage",
    "bag", "ball", "balloon", "bamboo weaving", "barrel", "baseball bat", "basket", "basketball backboard",
    "bathtub", "bed", "bedclothes", "beer", "bell", "bench", "bicycle", "binoculars", "bird", "bird cage",
    "bird feeder", "bird nest", "blackboard", "board", "boat", "bone", "book", "bottle", "bottle opener", "bowl",
    "box", "bracelet", "brick", "bridge", "broom", "brush", "bucket", "building", "bus", "cabinet", "cabinet door",
    "cage", "cake", "calculator", "calendar", "camel", "camera", "camera lens", "can", "candle", "candle holder",
    "cap", "car", "card", "cart", "case", "casette recorder", "cash register", "cat", "cd", "cd player", "ceiling",
    "cell phone", "cello", "chain", "chair", "chessboard", "chicken", "chopstick", "clip", "clippers", "clock",
    "closet", "cloth", "clothes tree", "coffee", "coffee machine", "comb", "computer", "concrete", "cone",
    "container", "control booth", "controller", "cooker", "copying machine", "coral", "cork", "corkscrew",
    "counter", "court", "cow", "crabstick", "crane", "crate", "cross", "crutch", "cup", "curtain", "cushion",
    "cutting board", "dais", "disc", "disc case", "dishwasher", "dock", "dog", "dolphin", "door", "drainer",
    "dray", "drink dispenser", "drinking machine", "drop", "drug", "drum", "drum kit", "duck", "dumbbell",
    "earphone", "earrings", "egg", "electric fan", "electric iron", "electric pot", "electric saw",
    "electronic keyboard", "engine", "envelope", "equipment", "escalator", "exhibition booth", "extinguisher",
    "eyeglass", "fan", "faucet", "fax machine", "fence", "ferris wheel", "fire extinguisher", "fire hydrant",
    "fire place", "fish", "fish tank", "fishbowl", "fishing net", "fishing pole", "flag", "flagstaff", "flame",
    "flashlight", "floor", "flower", "fly", "foam", "food", "footbridge", "forceps", "fork", "forklift",
    "fountain", "fox", "frame", "fridge", "frog", "fruit", "funnel", "furnace", "game controller", "game machine",
    "gas cylinder", "gas hood", "gas stove", "gift box", "glass", "glass marble", "globe", "glove", "goal",
    "grandstand", "grass", "gravestone", "ground", "guardrail", "guitar", "gun", "hammer", "hand cart", "handle",
    "handrail", "hanger", "hard disk drive", "hat", "hay", "headphone", "heater", "helicopter", "helmet", "holder",
    "hook", "horse", "horse-drawn carriage", "hot-air balloon", "hydrovalve", "ice", "inflator pump", "ipod",
    "iron", "ironing board", "jar", "kart", "kettle", "key", "keyboard", "kitchen range", "kite", "knife",
    "knife block", "ladder", "ladder truck", "ladle", "laptop", "leaves", "lid", "life buoy", "light",
    "light bulb", "lighter", "line", "lion", "lobster", "lock", "machine", "mailbox", "mannequin", "map", "mask",
    "mat", "match book", "mattress", "menu", "metal", "meter box", "microphone", "microwave", "mirror", "missile",
    "model", "money", "monkey", "mop", "motorbike", "mountain", "mouse", "mouse pad", "musical instrument",
    "napkin", "net", "newspaper", "oar", "ornament", "outlet", "oven", "oxygen bottle", "pack", "pan", "paper",
    "paper box", "paper cutter", "parachute", "parasol", "parterre", "patio", "pelage", "pen", "pen container",
    "pencil", "person", "photo", "piano", "picture", "pig", "pillar", "pillow", "pipe", "pitcher", "plant",
    "plastic", "plate", "platform", "player", "playground", "pliers", "plume", "poker", "poker chip", "pole",
    "pool table", "postcard", "poster", "pot", "pottedplant", "printer", "projector", "pumpkin", "rabbit",
    "racket", "radiator", "radio", "rail", "rake", "ramp", "range hood", "receiver", "recorder",
    "recreational machines", "remote control", "road", "robot", "rock", "rocket", "rocking horse", "rope", "rug",
    "ruler", "runway", "saddle", "sand", "saw", "scale", "scanner", "scissors", "scoop", "screen", "screwdriver",
    "sculpture", "scythe", "sewer", "sewing machine", "shed", "sheep", "shell", "shelves", "shoe", "shopping cart",
    "shovel", "sidecar", "sidewalk", "sign", "signal light", "sink", "skateboard", "ski", "sky", "sled",
    "slippers", "smoke", "snail", "snake", "snow", "snowmobiles", "sofa", "spanner", "spatula", "speaker",
    "speed bump", "spice container", "spoon", "sprayer", "squirrel", "stage", "stair", "stapler", "stick",
    "sticky note", "stone", "stool", "stove", "straw", "stretcher", "sun", "sunglass", "sunshade",
    "surveillance camera", "swan", "sweeper", "swim ring", "swimming pool", "swing", "switch", "table",
    "tableware", "tank", "tap", "tape", "tarp", "telephone", "telephone booth", "tent", "tire", "toaster",
    "toilet", "tong", "tool", "toothbrush", "towel", "toy", "toy car", "track", "train", "trampoline", "trash bin",
    "tray", "tree", "tricycle", "tripod", "trophy", "truck", "tube", "turtle", "tvmonitor", "tweezers",
    "typewriter", "umbrella", "unknown", "vacuum cleaner", "vending machine", "video camera", "video game console",
    "video player", "video tape", "violin", "wakeboard", "wall", "wallet", "wardrobe", "washing machine", "watch",
    "water", "water dispenser", "water pipe", "water skate board", "watermelon", "whale", "wharf", "wheel",
    "wheelchair", "window", "window blinds", "wineglass", "wire", "wood", "wool",
)  # fmt: skip
"""The 459 labels; number 1 comes first. All labels without a class, such as 431 (unknown), are background."""

_CLASSES = (
    "aeroplane", "bag", "bed", "bedclothes", "bench", "bicycle", "bird", "boat", "book", "bottle", "building", "bus",
    "cabinet", "car", "cat", "ceiling", "chair", "cloth", "computer", "cow", "cup", "curtain", "dog", "door", "fence",
    "floor", "flower", "food", "grass", "ground", "horse", "keyboard", "light", "motorbike", "mountain", "mouse",
    "person", "plate", "platform", "pottedplant", "road", "rock", "sheep", "shelves", "sidewalk", "sign", "sky", "snow",
    "sofa", "table", "track", "train", "tree", "truck", "tvmonitor", "wall", "water", "window", "wood",
)  # fmt: skip
_HINTS = {255: "The value 255 usually means that another program subtracted 1 from the labels (0 becomes 255)."}
_PREPARED = range(1, len(_CLASSES) + 1)  # the classes' ids in prepared label maps; 0 is the background
_NUMBER = {name: number for number, name in enumerate(PASCAL_CONTEXT_LABELS, start=1)}

PASCAL_CONTEXT = LabelSpace(
    name="PASCAL-Context",
    classes=_CLASSES,
    colors=spread_colors(len(_CLASSES)),
    train_ids={0: IGNORE, **{file_id: file_id - 1 for file_id in _PREPARED}},
    void_id=0,
    hints=_HINTS,
)
"""Prepared label maps: 0 is the background, which is ignored, 1..59 are the classes. No code base has special colours
for them (mmsegmentation takes the first ones of ADE20K); here they are those of `annn.data.palette`."""

PASCAL_CONTEXT_60 = LabelSpace(
    name="PASCAL-Context with background",
    classes=("background", *_CLASSES),
    colors=((150, 150, 150), *PASCAL_CONTEXT.colors),
    train_ids={file_id: file_id for file_id in (0, *_PREPARED)},
    void_id=0,
    hints=_HINTS,
)
"""The same label maps with the background as the first of 60 classes; every pixel counts."""

PASCAL_CONTEXT_459 = LabelSpace(
    name="PASCAL-Context",
    classes=PASCAL_CONTEXT_60.classes,
    colors=PASCAL_CONTEXT_60.colors,
    train_ids={
        **dict.fromkeys(range(len(PASCAL_CONTEXT_LABELS) + 1), 0),
        **{_NUMBER[name]: index for index, name in enumerate(_CLASSES, start=1)},
    },
    void_id=0,
)
"""The data set's own label maps: 0 and the 459 labels, mapped to background and classes as above."""


_LISTS = ("SegmentationContext", "Main")


class PascalContext(FileDataset):
    """PASCAL-Context with 59 classes, from its own annotations or from one of two prepared layouts; `root` decides.

        JPEGImages/<stem>.jpg  ImageSets/{SegmentationContext,Main}/{train,val}.txt, with either of
            trainval/<stem>.mat  [labels.txt]                  as published: 459 labels, field LabelMap of a MAT v5 file
            SegmentationClassContext/<stem>.png                prepared by mmsegmentation: 0..59
        {train,val}/image/<stem>.jpg  {train,val}/label/<stem>.png            prepared by the authors' code base: 0..59

    The reader takes the first layout that exists; `layout` names it. `root` is the folder VOC2010 of PASCAL VOC, its
    parent, or the parent of VOCdevkit. The list in SegmentationContext is preferred to that in Main, which has the same
    images. If there is a labels.txt, its numbers are compared with those of this reader.

    background: use everything else as the first of 60 classes, instead of ignoring it.

    Raises `DataError` for missing folders, lists, files and fields, and for stems that are listed twice.
    """

    name = "pascal_context"
    space = PASCAL_CONTEXT
    other_spaces = (PASCAL_CONTEXT_60,)
    splits = ("train", "val")
    official: ClassVar = {"train": 4998, "val": 5105}
    source = (
        "Run `annn data get pascal_context`; or download VOCtrainval_03-May-2010.tar from "
        "http://host.robots.ox.ac.uk/pascal/VOC/voc2010/ and trainval.tar.gz from "
        "https://www.cs.stanford.edu/~roozbeh/pascal-context/, and unpack the second in the folder VOC2010"
    )
    citation = "Mottaghi et al. 2014"
    generator = Generator(
        folder="mosaic-pascal-context",
        words="generated patterns and shapes (59 classes)",
        writer="annn.data.scenes.mosaic.photographs:write_pascal_context",
        sizes={
            "quick": StandIn(train=500, val=100, size=(120, 160)),
            "standard": StandIn(train=2000, val=400, size=(240, 320)),
        },
    )

    def __init__(self, root: str | Path, split: str, *, background: bool = False) -> None:
        self.space = PASCAL_CONTEXT_60 if background else PASCAL_CONTEXT
        super().__init__(root, split)

    def find_pairs(self) -> tuple[Pair, ...]:
        """Look for the data set's own annotations first, then for prepared label maps."""
        nested = (self.root, self.root / "VOC2010", self.root / "VOCdevkit" / "VOC2010")
        self.root = next((folder for folder in nested if (folder / "JPEGImages").is_dir()), self.root)
        if (self.root / "trainval").is_dir():
            self.layout = "trainval/*.mat (459 labels)"
            _check_labels(self.root / "labels.txt", self.source)
            return self._find_listed("trainval", ".mat")
        if (self.root / "SegmentationClassContext").is_dir():
            self.layout = "SegmentationClassContext/*.png (mmsegmentation)"
            return self._find_listed("SegmentationClassContext", ".png")
        if any((self.root / split / "label").is_dir() for split in self.splits):
            self.layout = "{train,val}/image and label (the authors' code base)"
            folder = self.root / self.split
            return pair_folders(folder / "image", folder / "label", f"{self.space.name} {self.split}", self.source)
        raise DataError(
            f"{self.root}: no annotations of PASCAL-Context in any known layout; found {content(self.root)}, expected "
            f"JPEGImages with trainval or SegmentationClassContext, or train/label and val/label (SegmentationClass "
            f"and SegmentationObject are PASCAL VOC's own). {self.source} (`data/README.md`)."
        )

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The photograph as RGB."""
        return read_photograph(pair.image)

    def read_label(self, pair: Pair) -> UInt8[np.ndarray, "H W"]:
        """The label map as train ids; from field LabelMap in the data set's own files."""
        if pair.label.suffix != ".mat":
            return super().read_label(pair)
        ids = read_label_map(pair.label, "LabelMap", len(PASCAL_CONTEXT_LABELS))
        return self.space.encode(PASCAL_CONTEXT_459.encode(ids, f"{pair.label}, field LabelMap"), pair.label)

    def _find_listed(self, folder: str, suffix: str) -> tuple[Pair, ...]:
        lists = [self.root / "ImageSets" / name / f"{self.split}.txt" for name in _LISTS]
        path = next((path for path in lists if path.is_file()), lists[-1])
        return pair_listed(path, self.root / "JPEGImages", self.root / folder, suffix, self.source)


def _check_labels(path: Path, source: str) -> None:
    """Compare the numbers of the 59 classes in labels.txt, if it exists; raises `DataError` if they differ."""
    if not os.path.lexists(path):  # a link that leads nowhere is there
        return
    known = {name: number for number, name in enumerate(PASCAL_CONTEXT_LABELS, start=1)}
    missing = set(PASCAL_CONTEXT.classes)
    for where, fields in read_list(path, "'<number>: <label>'", source):
        number, _, name = " ".join(fields).partition(":")
        name = name.strip()
        if name in PASCAL_CONTEXT.classes and number.strip() != str(known[name]):
            raise DataError(
                f"{where}: '{name}' has the number {number.strip()[:20]}, expected {known[name]}; with other "
                f"numbers, the label maps would be read as other classes. Restore the file, or delete it."
            )
        missing.discard(name)
    if missing:
        raise DataError(
            f"{path}: lacks '{min(missing)}' and {len(missing) - 1} more of the 59 classes; expected lines "
            f"such as '2: aeroplane' for all {len(known)} labels. Restore the file, or delete it."
        )
