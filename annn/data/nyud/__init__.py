"""NYUD-V2: label space (`labels`), published MATLAB file (`labeled`), prepared layouts (`prepared`), and the reader.

In: one of four layouts on disk, recognised by its files. Out: samples of 40 classes without the white border.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8

from annn.data.config import StandIn
from annn.data.files import FileDataset, Generator, Pair, decode, decode_labels
from annn.data.folders import content
from annn.data.nyud.labeled import LABELED, MAPPING, SPLITS, LabeledFile, check_mapping, read_split
from annn.data.nyud.labels import NYUD, NYUD_894
from annn.data.nyud.prepared import LAYOUTS
from annn.data.space import LabelSpace
from annn.errors import DataError

_FRAME = (480, 640)  # the camera's frames, in pixels (height, width)
_INSIDE = (slice(6, 474), slice(7, 632))  # rows and columns without the border, as in RefineNet's family


class NyuDepthV2(FileDataset):
    """NYUD-V2 with 40 classes, from the published file or from one of three prepared layouts; `root` decides.

        nyu_depth_v2_labeled.mat  splits.mat  [classMapping40.mat]          as published
        train.nyu  val.nyu  <folder>/<stem>.png                             RefineNet's family; masks 0..39, 255
        RGB/<stem>.jpg  Label/<stem>.png  train.txt  test.txt               CMX, DFormer; labels 0..40
        {train,test}/rgb/<stem>.png  {train,test}/labels_40/<stem>.png      ESANet; labels 0..40
            train.txt  test.txt

    The reader takes the first layout that exists; `layout` names it. The files may also be in a folder NYUDepthv2 below
    `root`. Images of the published file are read one by one.

    crop: remove the white border of frames of 480x640 as in RefineNet's protocol, and keep rows 6..473 and columns
    7..631. So all layouts give images of 468x625 pixels. Images of other sizes have no border and stay unchanged.

    Raises `DataError` for missing folders, files and fields, for damaged lists, and for unknown splits.
    """

    name = "nyud"
    space = NYUD
    splits = ("train", "test")
    test_split = "test"
    official: ClassVar = {"train": 795, "test": 654}
    source = (
        f"Run `annn data get nyud`; or download {LABELED} (2.8 GB) from "
        f"http://horatio.cs.nyu.edu/mit/silberman/nyu_depth_v2/ and {SPLITS} from "
        "https://github.com/ankurhanda/nyuv2-meta-data into one folder"
    )
    citation = "Silberman et al. 2012"
    generator = Generator(
        folder="mosaic-nyud",
        words="generated patterns and shapes (40 classes)",
        writer="annn.data.scenes.mosaic.nyud:write_nyud",
        sizes={
            "quick": StandIn(train=500, val=100, size=(120, 160)),
            "standard": StandIn(train=2000, val=400, size=(240, 320)),
        },
    )

    def __init__(self, root: str | Path, split: str, *, crop: bool = True) -> None:
        self.crop = crop
        self._labels: LabelSpace = NYUD_894
        self._labeled: LabeledFile | None = None
        super().__init__(root, split)

    def find_pairs(self) -> tuple[Pair, ...]:
        """Look for the published file first, then for the prepared layouts."""
        inner = self.root / "NYUDepthv2"
        self.root = inner if inner.is_dir() else self.root
        if (self.root / LABELED).is_file():
            return self._find_published()
        for layout in LAYOUTS:
            if layout.is_in(self.root):
                self.layout, self._labels = layout.name, layout.labels
                return layout.find(self.root, self.split, self.source)
        prepared = "; ".join(layout.name for layout in LAYOUTS)
        raise DataError(
            f"{self.root}: no NYUD-V2 in any known layout; found {content(self.root)}, expected {LABELED} with "
            f"{SPLITS}, or prepared files: {prepared}. {self.source} (`data/README.md`)."
        )

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        """The image, without its border if `crop` is set."""
        if self._labeled is None:
            return self._cropped(decode(pair.image, ("RGB",), "an 8-bit RGB image"))
        return self._cropped(self._labeled.image(int(pair.name)))

    def read_label(self, pair: Pair) -> UInt8[np.ndarray, "H W"]:
        """The label map as train ids, without its border if `crop` is set."""
        if self._labeled is None:
            ids, source = decode_labels(pair.label), f"{pair.label}"
        else:
            ids, source = self._labeled.label(int(pair.name)), f"{pair.label}, labels of image {int(pair.name)}"
        return self._cropped(self._labels.encode(ids, source))

    def files(self) -> tuple[Path, ...]:
        """The files of the pairs; for the published layout, its MAT files."""
        beside = [self.root / name for name in (SPLITS, MAPPING)] if self._labeled is not None else []
        return super().files() + tuple(path for path in beside if path.is_file())

    def identity(self) -> Iterator[str]:
        """As in the base class, with `crop`, and with the names, since images share one file."""
        yield f"crop {self.crop}"
        yield from (pair.name for pair in self.pairs)
        yield from super().identity()

    def _find_published(self) -> tuple[Pair, ...]:
        path = self.root / LABELED
        self.layout = LABELED
        self._labeled = LabeledFile(path)
        check_mapping(self.root)
        numbers = read_split(self.root, self.split, self._labeled.count, self.source)
        return tuple(Pair(f"{number:06}", path, path) for number in numbers)

    def _cropped(self, pixels: np.ndarray) -> np.ndarray:
        if not self.crop or pixels.shape[:2] != _FRAME:
            return pixels
        return np.ascontiguousarray(pixels[_INSIDE])
