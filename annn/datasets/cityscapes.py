"""The Cityscapes reader."""

from pathlib import Path
from typing import ClassVar

from annn.datasets.files import FileDataset, Pair, existing_folder
from annn.errors import DataError
from annn.labels import CITYSCAPES


class Cityscapes(FileDataset):
    """Cityscapes, fine annotations, in its official layout under `root`; reads `*_labelIds.png`.

        leftImg8bit/{train,val}/<city>/<city>_<seq>_<frame>_leftImg8bit.png
        gtFine/{train,val}/<city>/<city>_<seq>_<frame>_gtFine_labelIds.png

    Any number of images above zero is accepted, so that subsets and generated stand-ins can be read. The test split
    cannot: its published annotations hold no classes. Raises `DataError` for missing folders and for files without
    their counterpart.
    """

    space = CITYSCAPES
    splits = ("train", "val")
    official: ClassVar = {"train": 2975, "val": 500}
    source = (
        "Register at https://www.cityscapes-dataset.com, download leftImg8bit_trainvaltest.zip and "
        "gtFine_trainvaltest.zip, and unpack both into one folder"
    )

    def __init__(self, root: str | Path, split: str) -> None:
        if split == "test":
            raise DataError(
                "Cityscapes: the split 'test' has no public classes (its gtFine holds only ignored regions), so "
                "nothing can be trained or evaluated on it here; use 'train' or 'val'."
            )
        super().__init__(root, split)

    def find_pairs(self) -> tuple[Pair, ...]:
        """Match images and label maps of a city by `<city>_<seq>_<frame>`."""
        images = self._find("leftImg8bit", "_leftImg8bit.png")
        labels = self._find("gtFine", "_gtFine_labelIds.png")
        if not images and not labels:
            raise DataError(
                f"{self.root}: the split '{self.split}' is empty; expected files leftImg8bit/{self.split}/<city>/"
                f"<city>_<seq>_<frame>_leftImg8bit.png. {self.source} (`data/README.md`)."
            )
        _refuse_lonely(images, labels, "image", "label map", "gtFine_trainvaltest.zip")
        _refuse_lonely(labels, images, "label map", "image", "leftImg8bit_trainvaltest.zip")
        return tuple(Pair(key.split("/")[-1], images[key], labels[key]) for key in sorted(images))

    def _find(self, kind: str, suffix: str) -> dict[str, Path]:
        """Files of one kind, by `<city>/<city>_<seq>_<frame>`."""
        folder = existing_folder(self.root / kind / self.split, f"{self.space.name} {self.split}", self.source)
        return {
            f"{path.parent.name}/{path.name.removesuffix(suffix)}": path
            for path in folder.glob(f"*/*{suffix}")
            if not path.name.startswith(".")  # such as the ._* files that macOS leaves in archives
        }


def _refuse_lonely(those: dict[str, Path], others: dict[str, Path], what: str, missing: str, archive: str) -> None:
    lonely = sorted(those.keys() - others.keys())
    if lonely:
        more = f", nor have {len(lonely) - 1} others" if len(lonely) > 1 else ""
        raise DataError(
            f"{those[lonely[0]]}: this {what} has no {missing}{more} ({len(those)} {what}s, {len(others)} {missing}s "
            f"found); expected one {missing} for each {what}. Restore the missing files from {archive}."
        )
