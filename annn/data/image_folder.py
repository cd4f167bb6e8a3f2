"""Images in one folder per class, the layout of ImageNet and of most data sets for classification."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from annn.data.config import StandIn
from annn.data.files import FileDataset, Generator, Pair, content, decode
from annn.data.images import SUFFIXES
from annn.data.palette import spread_colors
from annn.data.space import LabelSpace
from annn.errors import DataError

MOST = 254  # classes that fit into a label map of 8 bits, beside the ignored value


class ImageFolder(FileDataset):
    """Images for classification: `<root>/<split>/<class>/<name>.png` (or .jpg, ...), split `train` or `val`.

    Each pixel's label is the class of the whole image. Classes are the folders of `train`, in alphabetical order.
    Raises DataError for an empty or unknown class folder, and for more than 254 classes.
    """

    name = "image-folder"
    space = LabelSpace(name="images in class folders", classes=(), colors=(), train_ids={}, void_id=255)
    splits = ("train", "val")
    official: ClassVar = {"train": 0, "val": 0}
    source = "Any images in folders <split>/<class>/ work"
    generator = Generator(
        folder="kinds",
        words="generated scenes of all kinds",
        writer="annn.data.scenes.kinds:write_kinds",
        sizes={
            "quick": StandIn(train=1600, val=400, size=(128, 128)),
            "standard": StandIn(train=12_000, val=1000, size=(224, 224)),
        },
    )

    def find_pairs(self) -> tuple[Pair, ...]:
        classes = _folders(self.root / "train")
        if len(classes) > MOST:
            raise DataError(f"{self.root}/train: found {len(classes)} class folders; expected at most {MOST}.")
        if unknown := sorted(set(_folders(self.root / self.split)) - set(classes)):
            raise DataError(
                f"{self.root}/{self.split}/{unknown[0]}: there is no such class in train; expected a folder of the "
                f"same name there, with training images. Add it, or remove this one."
            )
        self.space = LabelSpace(
            name=self.space.name,
            classes=classes,
            colors=spread_colors(len(classes)),
            train_ids={index: index for index in range(len(classes))},
            void_id=255,
        )
        paths = [
            path
            for name in classes
            for path in sorted((self.root / self.split / name).glob("*"))
            if path.suffix.lower() in SUFFIXES
        ]
        if not paths:
            raise DataError(
                f"{self.root}/{self.split}: holds no images; expected <class>/<name> with one of the suffixes "
                f"{', '.join(SUFFIXES)}. {self.source}."
            )
        return tuple(Pair(f"{path.parent.name}/{path.stem}", path, path) for path in paths)

    def read_image(self, pair: Pair) -> UInt8[np.ndarray, "H W 3"]:
        image = decode(pair.image, ("RGB", "L"), "an 8-bit RGB or grey image")
        return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)

    def read_label(self, pair: Pair) -> UInt8[np.ndarray, "H W"]:
        """The class of the image at every pixel."""
        with Image.open(pair.image) as file:  # reads only the header
            width, height = file.size
        return np.full((height, width), self.space.classes.index(pair.image.parent.name), dtype=np.uint8)


def _folders(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        names = content(folder.parent) if folder.parent.is_dir() else "nothing"
        raise DataError(f"{folder}: does not exist; expected a folder per class in it. {folder.parent} holds {names}.")
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_dir()))
