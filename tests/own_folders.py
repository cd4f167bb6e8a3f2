"""Small folders as a person would have them: images/, labels/ of every kind, classes.toml."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from layouts import write_image
from PIL import Image

SIZE = (6, 8)  # height, width
NAMES = ("wall", "tree", "sea")
COLORS = ((200, 10, 10), (10, 200, 10), (10, 10, 200))
VOID = (0, 0, 0)
STEMS = ("a", "b", "c", "d")


def draw(stem: str, size: tuple[int, int] = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """An image, and train ids 0, 1, 2 with 255 where nothing counts, of its own for each name."""
    rng = np.random.default_rng(sum(map(ord, stem)))
    train = rng.integers(0, 3, size, dtype=np.uint8)
    train[0, :3] = 0, 1, 2
    train[-1, -1] = 255
    return rng.integers(0, 256, (*size, 3), dtype=np.uint8), train


def colored(train: np.ndarray) -> np.ndarray:
    """Train ids in the colours of the classes."""
    table = np.zeros((256, 3), np.uint8)
    table[:3], table[255] = COLORS, VOID
    return table[train]


def save_labels(path: Path, train: np.ndarray, kind: str) -> None:
    """One label map as a file (for masks: files) of a kind."""
    if kind == "masks":
        for number, name in enumerate(NAMES):
            mask = np.where(train == number, 255, 0).astype(np.uint8)
            write_image(path.with_name(f"{path.stem}_{name}.png"), mask)
    elif kind == "index":
        write_image(path, train)
    elif kind == "16 bit":
        write_image(path, np.where(train == 255, 65535, 1000 + train.astype(np.uint16)).astype(np.uint16))
    elif kind == "palette":
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(np.where(train == 255, 3, train).astype(np.uint8))
        image.putpalette([value for color in (*COLORS, VOID) for value in color])
        image.save(path)
    elif kind == "RGBA":
        write_image(path, np.dstack([colored(train), np.full(train.shape, 255, np.uint8)]))
    else:
        write_image(path, colored(train))


def classes_toml(kind: str, more: str = "") -> str:
    """The description of a folder whose labels are of a kind."""
    if kind == "masks":
        entries = [f"name = {json.dumps(name)}" for name in NAMES]
        more = f'[files]\nlabel = "{{name}}_{{class}}.png"\n{more}'
    elif kind in ("index", "palette", "16 bit"):
        ids = {"index": (0, 1, 2, 255), "palette": (0, 1, 2, 3), "16 bit": (1000, 1001, 1002, 65535)}[kind]
        entries = [f"name = {json.dumps(name)}\nid = {n}" for name, n in zip(NAMES, ids, strict=False)]
        entries.append(f'name = "void"\nid = {ids[3]}\nignore = true')
    else:
        entries = [f"name = {json.dumps(name)}\ncolor = {list(c)}" for name, c in zip(NAMES, COLORS, strict=True)]
        entries.append(f'name = "void"\ncolor = {list(VOID)}\nignore = true')
    return more + "\n" + "\n".join(f"[[class]]\n{entry}\n" for entry in entries)


def write_own(
    root: Path,
    kind: str = "index",
    stems: Sequence[str] = STEMS,
    *,
    lists: bool = True,
    more: str = "",
    size: tuple[int, int] = SIZE,
) -> Path:
    """A folder of labels of a kind: the last stem is for tests, all others for training."""
    for stem in stems:
        image, train = draw(stem, size)
        write_image(root / "images" / f"{stem}.png", image)
        save_labels(root / "labels" / f"{stem}.png", train, kind)
    if lists:
        (root / "train.txt").write_text("".join(f"{stem}\n" for stem in stems[:-1]))
        (root / "test.txt").write_text(f"{stems[-1]}\n")
    (root / "classes.toml").write_text(classes_toml(kind, more))
    return root
