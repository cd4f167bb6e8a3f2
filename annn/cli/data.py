"""`annn data make | sheet | check`."""

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
    *,
    preset: str = "quick",
    train: int | None = None,
    val: int | None = None,
    size: tuple[int, int] | None = None,
    seed: int | None = None,
    root: Path | None = None,
    workers: int = os.cpu_count() or 1,
) -> int:
    """Generate street scenes in the layout of Cityscapes; the same scenes are not drawn twice.

    Args:
        preset: whose scenes to make: quick or standard
        train: training scenes, instead of the preset's
        val: validation scenes, instead of the preset's
        size: height and width, instead of the preset's
        seed: of the generator, instead of the preset's
        root: where to write them; by default where the preset looks for them, below data/stand_in
        workers: processes
    """
    from annn.data.open import open_data
    from annn.data.scenes import write_cityscapes
    from annn.recipes import table2

    data = table2("Baseline", preset, "stand-in").data
    assert data.stand_in is not None
    given = {"train": train, "val": val, "size": size, "seed": seed}
    wanted = replace(data.stand_in, **{name: value for name, value in given.items() if value is not None})
    if root is None:
        root = open_data(replace(data, stand_in=wanted))[0].root
    else:
        write_cityscapes(root, wanted.train, wanted.val, wanted.size, wanted.seed, workers=workers)
    print(f"{root}: {wanted.train} training and {wanted.val} validation scenes of {wanted.size[0]}x{wanted.size[1]}")
    return 0


@data_app.command
def sheet(output: Annotated[Positional[Path], arg(metavar="FILE")], *, count: int = 12, seed: int = 0) -> int:
    """Draw generated street scenes, each above its labels in Cityscapes' colours, into one picture.

    Args:
        output: a PNG or JPEG file
        count: scenes
        seed: of the generator
    """
    from PIL import Image

    from annn.data.scenes import contact_sheet
    from annn.files import replacing

    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(output.suffix.lower())
    if kind is None:
        raise ConfigError(f"{output}: the picture's format is unknown; expected a name that ends in .png or .jpg.")
    with replacing(output) as temporary:
        Image.fromarray(contact_sheet(seed, count, (256, 512))).save(temporary, kind, quality=85)
    print(f"{output}: {count} scenes")
    return 0


@data_app.command
def check(name: Annotated[Positional[str], arg(metavar="NAME")] = "all", *, root: Path | None = None) -> int:
    """Say what is there of a data set, what is missing, and where to get it; status 1 where it cannot be used.

    Args:
        name: cityscapes, camvid, cocostuff10k, nyud, ade20k, pascal_context, or all
        root: the data set's folder, by default data/NAME
    """
    from annn.data import DATASETS, check
    from annn.files import project_root

    names = list(DATASETS) if name == "all" else [name]
    if root is not None and len(names) > 1:
        raise ConfigError(f"--root {root}: whose folder is this? Name one data set: {', '.join(DATASETS)}.")
    reports = [check(name, root or project_root() / "data" / name) for name in names]
    print("\n".join(map(str, reports)))
    return 0 if all(report.usable for report in reports) else 1
