"""The labelled data set of NYUD-V2 as it is published: one MATLAB v7.3 file, its split and its class mapping."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import UInt8, UInt16

from annn.data.folders import content
from annn.data.mat5 import read_mat
from annn.data.nyud.labels import NYUD_MAPPING
from annn.errors import DataError

LABELED = "nyu_depth_v2_labeled.mat"
SPLITS = "splits.mat"
MAPPING = "classMapping40.mat"

_NAMES = len(NYUD_MAPPING)
_LARGEST = 256 * 1024**2  # bytes of an image or of a compressed chunk; a damaged header may claim any size

# The errors of h5py for damaged files; they depend on the damaged part.
_HDF5_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)


class LabeledFile:
    """nyu_depth_v2_labeled.mat, opened once per process at the first read, and read image by image.

    MATLAB's arrays have their axes reversed in HDF5: images (n, 3, W, H) uint8, labels (n, W, H) uint16, where 0 means
    unlabeled and 1..894 is an index into `names`. Raises `DataError`, naming file and field.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: tuple[int, h5py.File] | None = None  # with the process id: handles do not survive a fork
        with self._damage_named("images, labels and names"), h5py.File(path, "r", locking=False) as file:
            self.count = self._check(file)

    def image(self, number: int) -> UInt8[np.ndarray, "H W 3"]:
        """The image with this number, counted from 1 as in splits.mat."""
        return np.ascontiguousarray(self._read("images", number).transpose(2, 1, 0))

    def label(self, number: int) -> UInt16[np.ndarray, "H W"]:
        """The label map with this number, counted from 1; values 0..894."""
        return np.ascontiguousarray(self._read("labels", number).T)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_opened": None}

    def _read(self, field: str, number: int) -> np.ndarray:
        with self._damage_named(f"{field} of image {number}"):
            if self._opened is None or self._opened[0] != os.getpid():
                self._opened = (os.getpid(), h5py.File(self.path, "r", locking=False))
            return self._opened[1][field][number - 1]  # pyright: ignore[reportIndexIssue]

    def _check(self, file: h5py.File) -> int:
        """Check that both arrays exist, match and have a plausible size; returns the number of images."""
        images = self._array(file, "images", "uint8", "(n, 3, width, height)", axes=4)
        labels = self._array(file, "labels", "uint16", "(n, width, height)", axes=3)
        if images.shape[1] != 3 or images.shape[:1] + images.shape[2:] != labels.shape:
            raise DataError(
                f"{self.path}, images and labels: their shapes are {images.shape} and {labels.shape}; expected "
                f"(n, 3, width, height) and (n, width, height), MATLAB's order reversed. Restore the file."
            )
        names = file.get("names")
        if isinstance(names, h5py.Dataset) and names.size != _NAMES:
            raise DataError(
                f"{self.path}, names: its shape is {names.shape}; expected {_NAMES} names, from which the 40 classes "
                f"are mapped. Restore the file: {LABELED} is the one to download."
            )
        return len(images)

    def _array(self, file: h5py.File, field: str, dtype: str, shape: str, *, axes: int) -> h5py.Dataset:
        array = file.get(field)
        if not isinstance(array, h5py.Dataset) or array.dtype != dtype or array.ndim != axes:
            is_array = isinstance(array, h5py.Dataset)
            state = f"is {array.dtype} of shape {array.shape}" if is_array else "is missing or not an array"
            raise DataError(
                f"{self.path}, {field}: {state}; expected {dtype} of shape {shape}; the file holds "
                f"{', '.join(sorted(file)[:12])}. Restore the file: {LABELED} is the one to download."
            )
        bytes_each = math.prod(array.shape[1:]) * array.dtype.itemsize
        bytes_chunk = math.prod(array.chunks or (0,)) * array.dtype.itemsize
        if not all(array.shape) or max(bytes_each, bytes_chunk) > _LARGEST:
            raise DataError(
                f"{self.path}, {field}: its shape is {array.shape} in chunks of {array.chunks}, too large for this "
                f"data set; expected 1449 images of 640x480 pixels. Restore the file."
            )
        return array

    @contextmanager
    def _damage_named(self, field: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise DataError(f"{self.path}: this file is missing; expected {LABELED}. Restore it.") from None
        except _HDF5_ERRORS as error:
            reason = " ".join(str(error).split())[:200]
            raise DataError(
                f"{self.path}, {field}: cannot be read ({reason}); expected MATLAB v7.3 (HDF5). The file is truncated, "
                f"damaged or of another kind: download it again."
            ) from error


def read_split(root: Path, split: str, count: int, source: str) -> tuple[int, ...]:
    """The numbers of a split's images, counted from 1, from splits.mat; the data set has `count` images.

    Raises `DataError` if the file is missing or damaged, for numbers without an image, for duplicates, and for numbers
    that are in both splits.
    """
    path = root / SPLITS
    if not path.is_file():
        raise DataError(
            f"{path}: the list of training and test images is missing; {root} holds {content(root)}. Copy splits.mat "
            f"from https://github.com/ankurhanda/nyuv2-meta-data beside {LABELED}. {source}."
        )
    names = {"train": "trainNdxs", "test": "testNdxs"}
    fields = read_mat(path, *names.values())
    numbers = {part: _numbers(fields.get(name), f"{path}, field {name}", count) for part, name in names.items()}
    shared = set(numbers["train"]) & set(numbers["test"])
    if shared:
        raise DataError(
            f"{path}, fields trainNdxs and testNdxs: image {min(shared)} is in both ({len(shared)} such images); "
            f"expected splits without common images. Restore the file."
        )
    return numbers[split]


def _numbers(array: object, where: str, count: int) -> tuple[int, ...]:
    if not isinstance(array, np.ndarray) or array.size == 0:
        raise DataError(
            f"{where}: is missing, empty or not an array; expected image numbers 1..{count}. Restore the file."
        )
    values = array.ravel()
    wrong = values[~((values >= 1) & (values <= count) & (values == np.floor(values)))]
    if wrong.size:
        hint = " It seems to count from 0; the published file counts from 1." if (wrong == 0).all() else ""
        raise DataError(
            f"{where}: holds {wrong[0]}, but {LABELED} has the images 1..{count}.{hint} Restore both files."
        )
    numbers, times = np.unique(values, return_counts=True)
    if (times > 1).any():
        raise DataError(
            f"{where}: image {numbers[times > 1][0]:.0f} is listed a second time; expected each once. Restore the file."
        )
    return tuple(int(value) for value in values)


def check_mapping(root: Path) -> None:
    """Compare classMapping40.mat, if it exists, with `NYUD_MAPPING`; raises `DataError` if they differ."""
    path = root / MAPPING
    if not os.path.lexists(path):  # a link that leads nowhere is there
        return
    mapping = read_mat(path, "mapClass").get("mapClass")
    expected = np.array(NYUD_MAPPING)
    if not isinstance(mapping, np.ndarray) or mapping.size != _NAMES or (mapping.ravel() != expected).any():
        raise DataError(
            f"{path}, field mapClass: differs from the mapping of {_NAMES} names to 40 classes by Gupta et al.; "
            f"expected that one, since scores with another mapping are not comparable. Restore the file, or delete it."
        )
