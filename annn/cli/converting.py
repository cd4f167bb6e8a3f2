"""`annn data convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import FlagCreatePairsOff, Positional, arg

from annn.cli.app import data_app

Places = tuple[Path, Path]


@data_app.command
def convert(
    form: Annotated[Positional[str], arg(metavar="FORMAT")],
    out: Annotated[Positional[Path], arg(metavar="FOLDER")],
    *,
    train: Places | None = None,
    val: Places | None = None,
    test: Places | None = None,
    all: Places | None = None,
    classes: Path | None = None,
    rest: str | None = None,
    copy: FlagCreatePairsOff[bool] = False,
) -> int:
    """Write annotations of another format as a folder of images, label maps and classes.toml.

    For train, val, test or all: the annotations, then the folder of their images.

    Args:
        form: coco (polygons and run lengths, a JSON file), coco-panoptic (a JSON file, PNGs beside it) or cityscapes (a
            folder of polygon files)
        out: the folder to make
        train: what to train on
        val: what to test on
        test: what to test on, beside val or instead of it
        all: everything, in place of the three
        classes: for cityscapes, a classes.toml with the names in the files, instead of Cityscapes' own
        rest: for coco, the name of a class for the pixels that nobody annotated; without it they are ignored
        copy: copy the images; without it they are links to the files where they lie
    """
    from annn.data.convert import convert

    places = {"train": train, "val": val, "test": test, "": all}
    sources = {split: place for split, place in places.items() if place is not None}
    counts = convert(form, out, sources, classes=classes, rest=rest or "", copy=copy)
    numbers = ", ".join(f"{count} images{f' for {split}' if split else ''}" for split, count in counts.items())
    print(f"{out}: {numbers}; classes.toml says which value is which class")
    return 0
