"""The ADE20K reader."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8

from annn.datasets.files import FileDataset, Pair, content
from annn.datasets.photographs import pair_folders, read_photograph
from annn.errors import DataError
from annn.labels import ADE20K

_FOLDERS = {"train": "training", "val": "validation"}
_ARCHIVE = "ADEChallengeData2016"


class Ade20k(FileDataset):
    """ADE20K with the 150 classes of its scene parsing challenge, as published or as the authors' code base copies it.

        images/{training,validation}/<stem>.jpg   annotations/{training,validation}/<stem>.png    as published
        {train,val}/image/<stem>.jpg              {train,val}/label/<stem>.png                    the authors'

    `root` is the folder ADEChallengeData2016, or the one that holds it. The label maps of both layouts are the same:
    0 for whatever is none of the 150 classes. A few photographs are grey: those are returned as RGB. A few training
    label maps are 0 everywhere: those count nowhere. Raises `DataError` for missing folders, for files without their
    counterpart, for the test split, which has no public label maps, and for the full ADE20K, which is another format.
    """

    space = ADE20K
    splits = ("train", "val")
    official: ClassVar = {"train": 20210, "val": 2000}
    source = (
        f"Download {_ARCHIVE}.zip from http://data.csail.mit.edu/places/ADEchallenge/ (see "
        "http://sceneparsing.csail.mit.edu) and unpack it"
    )

    def __init__(self, root: str | Path, split: str) -> None:
        if split == "test":
            raise DataError(
                "ADE20K: the split 'test' has no public label maps, so nothing can be trained or evaluated on it here; "
                "use 'train' or 'val'."
            )
        super().__init__(root, split)

    def find_pairs(self) -> tuple[Pair, ...]:
        """Match the split's photographs with its label maps."""
        inner = self.root / _ARCHIVE
        self.root = inner if inner.is_dir() else self.root
        published = (self.root / "annotations").is_dir()
        if not published and not any((self.root / split / "label").is_dir() for split in self.splits):
            raise DataError(
                f"{self.root}: no label maps of ADE20K's scene parsing challenge; found {content(self.root)}, expected "
                f"images and annotations (the full ADE20K, with *_seg.png beside its images, has other classes). "
                f"{self.source} (`data/README.md`)."
            )
        if published:
            folder = _FOLDERS[self.split]
            images, labels = self.root / "images" / folder, self.root / "annotations" / folder
        else:
            self.layout = "{train,val}/image and label (the authors' code base)"
            images, labels = self.root / self.split / "image", self.root / self.split / "label"
        return pair_folders(images, labels, f"{self.space.name} {self.split}", self.source)

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The photograph as RGB, also where the file is grey."""
        return read_photograph(pair.image)
