"""The COCO-Stuff-10K reader."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8

from annn.datasets.files import FileDataset, Pair
from annn.datasets.mat5 import as_label_map, read_mat
from annn.datasets.photographs import pair_listed, read_photograph
from annn.errors import DataError
from annn.labels import COCO_STUFF


class CocoStuff(FileDataset):
    """COCO-Stuff-10K v1.1 in its official layout under `root`.

        images/<stem>.jpg   annotations/<stem>.mat   imageLists/{all,train,test}.txt

    A list has one stem per line; a folder before it and an extension after it are ignored. Images have many sizes, and
    some are grey: those are returned as RGB. A label map is the field S of a MAT v5 file, stored as bytes or as
    doubles; the field `names` tells v1.1 from v1.0, whose ids mean other classes and which is refused. Raises
    `DataError` for missing folders, lists and files, and for stems that are listed twice.
    """

    space = COCO_STUFF
    splits = ("train", "test", "all")
    official: ClassVar = {"train": 9000, "test": 1000}
    source = (
        "Download cocostuff-10k-v1.1.zip (2.0 GB), linked from https://github.com/nightrome/cocostuff10k, and unpack "
        "it into one folder"
    )

    def find_pairs(self) -> tuple[Pair, ...]:
        """Read the split's list and see that both files of every stem are there."""
        path = self.root / "imageLists" / f"{self.split}.txt"
        what = "a stem such as COCO_train2014_000000000077"
        return pair_listed(path, self.root / "images", self.root / "annotations", ".mat", self.source, what)

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The photograph as RGB, also where the file is grey."""
        return read_photograph(pair.image)

    def read_label(self, pair: Pair) -> UInt8[np.ndarray, "H W"]:
        """Field S as train ids, once `names` shows that its ids are those of v1.1."""
        fields = read_mat(pair.label, "S", "names")
        _check_version(fields.get("names"), pair.label)
        return self.space.encode(as_label_map(fields.get("S"), pair.label, "S", 182), f"{pair.label}, field S")


def _check_version(names: object, path: Path) -> None:
    """See that the 182 names stand in the order of v1.1; wording may differ, as it does between the set's own files."""
    if not isinstance(names, list) or len(names) not in (172, 182):
        found = f"has {len(names)} entries" if isinstance(names, list) else "is missing or no cell"
        raise DataError(
            f"{path}, field names: {found}; expected the 182 names of COCO-Stuff-10K v1.1, which tell it from v1.0. "
            f"Restore the file from the data set's archive."
        )
    if len(names) == 172:
        raise DataError(
            f"{path}, field names: has 172 entries, so this is COCO-Stuff-10K v1.0 (1 unlabeled, 2..81 things, 82..172 "
            f"stuff); expected v1.1 with 182 names, whose ids mean other classes. Download cocostuff-10k-v1.1.zip, or "
            f"convert the folder with the data set's convertAnnotationsToVersion11.m."
        )
    expected = dict(zip(COCO_STUFF.classes, COCO_STUFF.file_ids, strict=True))
    for file_id, name in enumerate(names, start=1):
        if expected.get(name, file_id) != file_id:
            raise DataError(
                f"{path}, field names: entry {file_id} is '{name}', which v1.1 has as {expected[name]}; expected the "
                f"order of COCO-Stuff-10K v1.1. Restore the file from the data set's archive."
            )
