"""The PASCAL-Context reader."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8

from annn.datasets.files import FileDataset, Pair, content
from annn.datasets.lists import read_list
from annn.datasets.mat5 import read_label_map
from annn.datasets.photographs import pair_folders, pair_listed, read_photograph
from annn.errors import DataError
from annn.labels import PASCAL_CONTEXT, PASCAL_CONTEXT_60, PASCAL_CONTEXT_459, PASCAL_CONTEXT_LABELS

_LISTS = ("SegmentationContext", "Main")


class PascalContext(FileDataset):
    """PASCAL-Context with 59 classes, from its own annotations or from one of two prepared layouts; `root` decides.

        JPEGImages/<stem>.jpg  ImageSets/{SegmentationContext,Main}/{train,val}.txt, with either of
            trainval/<stem>.mat  [labels.txt]                  as published: 459 labels, field LabelMap of a MAT v5 file
            SegmentationClassContext/<stem>.png                prepared by mmsegmentation: 0..59
        {train,val}/image/<stem>.jpg  {train,val}/label/<stem>.png            prepared by the authors' code base: 0..59

    The first of these that is there is read, and named by `layout`. `root` is the folder VOC2010 of PASCAL VOC, or one
    that holds it, VOCdevkit or not; the list of SegmentationContext comes before that of Main, which names the same
    images. Where labels.txt lies beside the annotations, its numbers are compared with those that this reader uses.

    background: make whatever is none of the 59 classes the first of 60 classes, instead of ignoring it.

    Raises `DataError` for missing folders, lists, files and fields, and for stems that are listed twice.
    """

    space = PASCAL_CONTEXT
    splits = ("train", "val")
    official: ClassVar = {"train": 4998, "val": 5105}
    source = (
        "Download VOCtrainval_03-May-2010.tar from http://host.robots.ox.ac.uk/pascal/VOC/voc2010/ and trainval.tar.gz "
        "from https://www.cs.stanford.edu/~roozbeh/pascal-context/, and unpack the second in the folder VOC2010"
    )

    def __init__(self, root: str | Path, split: str, *, background: bool = False) -> None:
        self.space = PASCAL_CONTEXT_60 if background else PASCAL_CONTEXT
        super().__init__(root, split)

    def find_pairs(self) -> tuple[Pair, ...]:
        """Look for the data set's own annotations first, then for label maps that were prepared from them."""
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
        """The label map as train ids; of the data set's own, field LabelMap."""
        if pair.label.suffix != ".mat":
            return super().read_label(pair)
        ids = read_label_map(pair.label, "LabelMap", len(PASCAL_CONTEXT_LABELS))
        return self.space.encode(PASCAL_CONTEXT_459.encode(ids, f"{pair.label}, field LabelMap"), pair.label)

    def _find_listed(self, folder: str, suffix: str) -> tuple[Pair, ...]:
        lists = [self.root / "ImageSets" / name / f"{self.split}.txt" for name in _LISTS]
        path = next((path for path in lists if path.is_file()), lists[-1])
        return pair_listed(path, self.root / "JPEGImages", self.root / folder, suffix, self.source)


def _check_labels(path: Path, source: str) -> None:
    """Where labels.txt is there, see that it numbers the 59 classes as this reader does; else `DataError`."""
    if not path.is_file():
        return
    known = {name: number for number, name in enumerate(PASCAL_CONTEXT_LABELS, start=1)}
    missing = set(PASCAL_CONTEXT.classes)
    for where, fields in read_list(path, "'<number>: <label>'", source):
        number, _, name = " ".join(fields).partition(":")
        name = name.strip()
        if name in missing and number.strip() != str(known[name]):
            raise DataError(
                f"{where}: gives '{name}' the number {number.strip()[:20]}, expected {known[name]}; the label maps of "
                f"another numbering would be read as other classes. Restore the file, or delete it."
            )
        missing.discard(name)
    if missing:
        raise DataError(
            f"{path}: does not name '{min(missing)}' nor {len(missing) - 1} others of the 59 classes; expected lines "
            f"such as '2: aeroplane' for all {len(known)} labels. Restore the file, or delete it."
        )
