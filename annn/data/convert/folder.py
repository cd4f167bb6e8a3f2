"""Write a folder of images, label maps and classes.toml, whole or not at all.

    classes.toml   images/<split>/<name>.<suffix>   labels/<split>/<name>.png

Images are links to the original files, or copies.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from annn.data.convert.annotated import Annotations, Entry, Labelled
from annn.data.convert.coco import Instances, Panoptic
from annn.data.convert.masks import check_pycocotools
from annn.data.convert.polygons import CITYSCAPES_CLASSES, Polygons, read_classes
from annn.data.folders import content, visible
from annn.errors import ConfigError, DataError, RunError
from annn.files import TEMPORARY, make_folder, sweep, unwritable

FORMATS = {
    "coco": "polygons and run lengths of instances, a JSON file: instances_*.json",
    "coco-panoptic": "a JSON file panoptic_*.json, with the folder of its PNGs beside it",
    "cityscapes": "a folder of *_polygons.json",
}
_HEAD = "# id: the value in the label maps. draw: the colour in figures. ignore: not trained on and not scored."
_MOST = 254  # classes that a network of this library can tell apart


def convert(
    form: str,
    out: Path,
    sources: Mapping[str, tuple[Path, Path]],
    *,
    classes: Path | None = None,
    rest: str = "",
    copy: bool = False,
    progress: bool = True,
) -> dict[str, int]:
    """Write annotations as a folder of label maps; returns the number of images of each split.

    form: one of `FORMATS`. sources: by split, the annotations and the folder of their images; the split "" makes no
    sub-folder. classes: for polygons, a classes.toml whose names they use, instead of Cityscapes'. rest: for COCO, a
    class for the pixels that nobody annotated, which are ignored without it. copy: copy the images instead of linking
    them. Raises DataError for annotations that cannot be used, ConfigError for an impossible combination, RunError if
    the folder cannot be written; then there is no folder.
    """
    _check_request(form, sources, classes, rest)
    if os.path.lexists(out) and not (out.is_dir() and not visible(out)):
        holds = f"holds {content(out)}" if out.is_dir() else "is a file"
        raise DataError(f"{out}: {holds}; expected a new or an empty folder. Name another, or move this one away.")
    opened = {split: _open(form, *places, classes, rest) for split, places in sources.items()}
    listed = _joined(opened)
    out = out.resolve()
    sweep(make_folder(out.parent))
    temporary = out.with_name(f".{out.name[:100]}-{secrets.token_hex(4)}{TEMPORARY}")
    try:
        for split, source in opened.items():
            for labelled in tqdm(source, desc=split or form, unit="image", disable=not progress):
                _write(temporary, split, labelled, max(entry.id for entry in listed), copy)
        (temporary / "classes.toml").write_text(classes_toml(listed), encoding="utf-8")
        if out.is_dir():  # empty: Windows replaces no folders
            out.rmdir()
        os.replace(temporary, out)
    except OSError as error:
        raise RunError(unwritable(out, error)) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return {split: len(source) for split, source in opened.items()}


def classes_toml(classes: Iterable[Entry]) -> str:
    """The text of a classes.toml. JSON's strings and lists are TOML's."""
    blocks = []
    for entry in classes:
        lines = ["[[class]]", f"name = {json.dumps(entry.name, ensure_ascii=False)}", f"id = {entry.id}"]
        lines += [f"draw = {json.dumps(entry.draw)}"] if entry.draw is not None else []
        lines += ["ignore = true"] if entry.ignore else []
        blocks.append("\n".join(lines))
    return (
        "# id: the value in the label maps. draw: the colour in figures. ignore: not trained on and not scored.\n\n"
        + ("\n\n".join(blocks) + "\n")
    )


def _check_request(form: str, sources: Mapping[str, object], classes: Path | None, rest: str) -> None:
    if form not in FORMATS:
        raise ConfigError(f"FORMAT={form!r} is not known; choose one of {', '.join(FORMATS)}.")
    if set(sources) != {""} and ("" in sources or "train" not in sources or len(sources) < 2):
        given = ", ".join(f"--{split or 'all'}" for split in sources) or "none"
        raise ConfigError(
            f"{form}: the annotations are of {given}; expected --train with --val or --test, or --all alone. Each "
            f"takes two places: the annotations ({FORMATS[form]}), and the folder of their images."
        )
    if classes is not None and form != "cityscapes":
        raise ConfigError(f"--classes {classes}: a file of {form} lists its categories itself; leave the option out.")
    if rest and form == "cityscapes":
        raise ConfigError(f"--rest {rest}: what no polygon covers is 'unlabeled' in {form}; leave the option out.")
    if form == "coco":
        check_pycocotools()


def _open(form: str, annotations: Path, images: Path, classes: Path | None, rest: str) -> Annotations:
    if form == "cityscapes":
        return Polygons(annotations, images, CITYSCAPES_CLASSES if classes is None else read_classes(classes))
    kinds: Mapping[str, Callable[[Path, Path, str], Annotations]] = {"coco": Instances, "coco-panoptic": Panoptic}
    return kinds[form](annotations, images, rest)


def _joined(opened: Mapping[str, Annotations]) -> Sequence[Entry]:
    """The classes of all splits, which must be the same; raises DataError if they differ or are too many."""
    (first, source), *others = opened.items()
    for split, other in others:
        differing = [entry for entry in (*source.classes, *other.classes)
                     if (entry in source.classes) != (entry in other.classes)]  # fmt: skip
        if differing:
            raise DataError(
                f"--{split}: its categories are not those of --{first}, such as {differing[0].name!r} with the id "
                f"{differing[0].id}; expected the same list in both. Export them together."
            )
    names = [entry.name for entry in source.classes]
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(
            f"--{first or 'all'}: two categories are called {twice[0]!r}; expected a name for each. Rename one."
        )
    counted = [entry for entry in source.classes if not entry.ignore]
    if not len(counted) >= 2 or len(source.classes) > _MOST:
        raise DataError(
            f"--{first or 'all'}: lists {len(source.classes)} categories, {len(counted)} of which count; expected 2 to "
            f"{_MOST}. Merge some of them in the annotations."
        )
    return source.classes


def _write(folder: Path, split: str, labelled: Labelled, largest: int, copy: bool) -> None:
    image = folder / "images" / split / f"{labelled.name}{labelled.image.suffix}"
    label = folder / "labels" / split / f"{labelled.name}.png"
    for path in (image, label):
        make_folder(path.parent)
    if copy:
        shutil.copyfile(labelled.image, image)
    else:
        image.symlink_to(labelled.image.resolve())
    Image.fromarray(labelled.label.astype(np.uint8) if largest < 256 else labelled.label).save(label, "PNG")
