"""`annn data make | sheet | describe | check | cache`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from annn.cli.app import data_app
from annn.errors import ConfigError


@data_app.command
def make(
    name: Annotated[Positional[str], arg(metavar="NAME")] = "cityscapes",
    *,
    preset: str = "quick",
    train: int | None = None,
    val: int | None = None,
    size: tuple[int, int] | None = None,
    seed: int | None = None,
    root: Path | None = None,
    workers: int = os.cpu_count() or 1,
) -> int:
    """Generate scenes in the layout of a data set as a stand-in; existing scenes are kept.

    Args:
        name: data set to replace (an unknown name lists all), or image-folder for scenes of all kinds
        preset: quick or standard
        train: number of training scenes, instead of the preset's
        val: number of validation scenes, instead of the preset's
        size: height and width, instead of the preset's
        seed: of the generator, instead of the preset's
        root: folder to write; by default the preset's folder in data/stand_in
        workers: number of processes
    """
    from annn.data.open import generator_of, make_stand_in

    generator = generator_of(name)
    if preset not in generator.sizes:
        raise ConfigError(
            f"preset={preset!r}: no scenes are generated for this preset; choose one of {', '.join(generator.sizes)}."
        )
    options = {"train": train, "val": val, "size": size, "seed": seed}
    scenes = replace(generator.sizes[preset], **{key: value for key, value in options.items() if value is not None})
    folder = make_stand_in(name, scenes, root, workers=workers)
    height, width = scenes.size
    print(f"{folder}: {generator.words}, {scenes.train} for training and {scenes.val} for tests, {height}x{width}")
    return 0


@data_app.command
def sheet(
    output: Annotated[Positional[Path], arg(metavar="FILE")],
    *,
    data: str = "cityscapes",
    count: int = 12,
    seed: int = 0,
) -> int:
    """Draw generated scenes, each above its labels in the data set's colours, into one picture.

    Args:
        output: a PNG or JPEG file
        data: data set whose stand-in is drawn
        count: number of scenes
        seed: of the generator
    """
    from PIL import Image

    from annn.data import reader
    from annn.data.open import generator_of
    from annn.data.scenes import contact_sheet
    from annn.files import replacing

    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(output.suffix.lower())
    if kind is None:
        raise ConfigError(f"{output}: the picture's format is unknown; expected a name that ends in .png or .jpg.")
    generator_of(data)  # refuses data sets that have none
    size, space = ((256, 512), None) if reader(data).streets else ((240, 320), reader(data).space)
    with replacing(output) as temporary:
        Image.fromarray(contact_sheet(seed, count, size, space)).save(temporary, kind, quality=85)
    print(f"{output}: {count} scenes")
    return 0


@data_app.command
def describe(folder: Annotated[Positional[Path], arg(metavar="FOLDER")], *, out: Path | None = None) -> int:
    """Draft classes.toml for a folder of your own images and labels; says in comments what was guessed.

    Args:
        folder: with images/ and labels/, of any nesting
        out: the file to write, by default classes.toml in the folder; for a folder that cannot be written, or another
            description of it
    """
    from annn.data.own.draft import draft

    file, text = draft(folder, out)
    place = folder if out is None else file
    print(f"{text}\n{file}: written. Name the classes there; then: annn data check {place}")
    return 0


@data_app.command
def check(
    name: Annotated[Positional[str], arg(metavar="NAME")] = "all",
    *,
    root: Path | None = None,
    sheet: Path | None = None,
) -> int:
    """List which files of a data set are there or missing, and where to get them; status 1 if it cannot be used.

    Of a folder of your own, every file is read: what does not fit together, where, and how to mend it.

    Args:
        name: data set (an unknown name lists all), all, or the path of a folder of your own
        root: the data set's folder, by default data/NAME
        sheet: also draw images with their labels, and the colours of the classes, into this PNG or JPEG file
    """
    from annn.data import DATASETS, check, is_own
    from annn.data.own.faults import check_folder
    from annn.files import data_folder

    if is_own(name):
        if root is not None:
            raise ConfigError(f"--root {root}: {name} is the folder itself; leave --root out.")
        report = check_folder(name)
        print(report)
        if sheet is not None and report.usable:
            _draw_samples(name, None, sheet)
        elif sheet is not None:
            print(f"{sheet}: not drawn, before the faults are mended")
        return 0 if report.usable else 1
    if sheet is not None and name == "all":
        raise ConfigError(f"--sheet {sheet}: is of one data set; name it: {', '.join(DATASETS)}.")
    names = list(DATASETS) if name == "all" else [name]
    if root is not None and len(names) > 1:
        raise ConfigError(f"--root {root}: this is the folder of one data set; name it: {', '.join(DATASETS)}.")
    reports = [check(name, root or data_folder() / name) for name in names]
    print("\n".join(map(str, reports)))
    if sheet is not None and reports[0].usable:
        _draw_samples(name, root, sheet)
    return 0 if all(report.usable for report in reports) else 1


def _draw_samples(name: str, root: Path | None, sheet: Path) -> None:
    """Draw some of the training images with their labels."""
    from annn.data import open_dataset
    from annn.data.contact import contact_sheet
    from annn.data.predictions import write_picture

    dataset = open_dataset(name, root)
    samples = dataset.spread(12)
    write_picture(sheet, contact_sheet(samples, dataset.space))
    print(f"{sheet}: {len(samples)} of {len(dataset)} training images with their labels")


@data_app.command
def cache(
    name: Annotated[Positional[str], arg(metavar="NAME")],
    *,
    root: Path | None = None,
    split: str | None = None,
    workers: int = 0,
) -> int:
    """Decode a split into memory-mapped files, from which training reads each crop's rectangle alone.

    Args:
        name: data set (an unknown name lists all), or the path of a folder of your own
        root: the data set's folder, by default data/NAME
        split: by default the one for training
        workers: number of processes that decode
    """
    from annn.data import open_dataset
    from annn.data.cache import write_cache

    dataset = open_dataset(name, root, split)
    folder = write_cache(dataset, workers=workers)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {len(dataset)} images, {size / 1e9:.2f} GB; training uses it from now on")
    return 0
