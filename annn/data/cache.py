"""The images and labels of a split, decoded once into two flat files: a training crop reads its rectangle alone.

In: a reader of files. Out: the same samples, as views of memory-mapped files in `files.data_folder`/cache. A PNG of
Cityscapes has to be decoded as a whole for each crop; decoded, its crop is a few pages of a file. The cache is as large
as the pixels (Cityscapes train: 25 GB).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from annn.data.files import FileDataset, Sample
from annn.device import loading
from annn.errors import DataError
from annn.files import data_folder, make_folder, replacing, write_text

_IMAGES, _LABELS, _INDEX = "images.bin", "labels.bin", "index.json"


class Cached:
    """The samples of a data set from its cache: arrays that are views of the files, to be treated as read-only.

    Raises DataError for a cache that is damaged, or older than one of the files of the data set.
    """

    def __init__(self, dataset: FileDataset, folder: Path):
        self.space, self.split, self.root, self.stand_in = dataset.space, dataset.split, dataset.root, dataset.stand_in
        self.folder = folder
        try:
            index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
            self.places = [tuple(place) for place in index["places"]]
            files, pixels = index["files"], index["pixels"]
            whole = (folder / _IMAGES).stat().st_size == 3 * pixels and (folder / _LABELS).stat().st_size == pixels
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{folder}: this cache cannot be read ({error}); {self._anew(dataset)}") from error
        if not whole:
            raise DataError(f"{folder}: the files of this cache are not as long as it says; {self._anew(dataset)}")
        for name, state in _states(dataset).items():
            if files.get(name) != state:
                raise DataError(
                    f"{dataset.root / name}: is newer than its copy in the cache {folder}, or of another size; "
                    f"{self._anew(dataset)}"
                )
        self._arrays: tuple[np.ndarray, np.ndarray] | None = None

    @staticmethod
    def _anew(dataset: FileDataset) -> str:
        return f"expected a cache of this data. Write it again: annn data cache {dataset.called}, or delete its folder."

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> Sample:
        name, start, height, width = self.places[index]
        images, labels = self._open()
        end = start + height * width
        return Sample(images[start:end].reshape(height, width, 3), labels[start:end].reshape(height, width), name)

    def __getstate__(self) -> dict[str, Any]:
        """Loader processes open the files for themselves: pickled, a memory map would be all its bytes."""
        return self.__dict__ | {"_arrays": None}

    def _open(self) -> tuple[np.ndarray, np.ndarray]:
        if self._arrays is None:
            images, labels = (np.memmap(self.folder / name, np.uint8, "r") for name in (_IMAGES, _LABELS))
            self._arrays = images.reshape(-1, 3), labels
        return self._arrays


def cached(dataset: FileDataset) -> Cached | None:
    """The data set from its cache, if there is one."""
    folder = cache_folder(dataset)
    return Cached(dataset, folder) if (folder / _INDEX).is_file() else None


def write_cache(dataset: FileDataset, *, workers: int = 0, progress: bool = True) -> Path:
    """Decode a split into its cache, whole or not at all, in place of an older one; returns the folder.

    Raises DataError for a damaged file, or if there is less free space than the pixels take.
    """
    folder = cache_folder(dataset)
    make_folder(folder.parent)
    image = dataset[0].image
    needed, free = image.size // 3 * 4 * len(dataset), shutil.disk_usage(folder.parent).free
    if needed > free:
        raise DataError(
            f"{folder}: the decoded images take about {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free; "
            "expected as much free space. Free some, or name another folder: ANNN_DATA."
        )
    samples = loading(dataset, range(len(dataset)), workers=workers)
    places, pixels = [], 0
    make_folder(folder)
    with (
        replacing(folder / _IMAGES) as images,
        replacing(folder / _LABELS) as labels,
        images.open("wb") as image_file,
        labels.open("wb") as label_file,
    ):
        for sample in tqdm(samples, f"cache {dataset.split}", len(dataset), unit="image", disable=not progress):
            places.append((sample.name, pixels, *sample.label.shape))
            pixels += sample.label.size
            image_file.write(np.ascontiguousarray(sample.image).data)
            label_file.write(np.ascontiguousarray(sample.label).data)
    index = {"files": _states(dataset), "pixels": pixels, "places": places}
    write_text(folder / _INDEX, json.dumps(index))  # last: it says that the others are whole
    return folder


def cache_folder(dataset: FileDataset) -> Path:
    """The folder of a split's cache, whether it exists or not."""
    about = [str(dataset.root.resolve()), dataset.layout, repr(dataset.space), [pair.name for pair in dataset.pairs]]
    about += [] if dataset.own is None else [repr(dataset.own.classes)]  # which colour is which class
    key = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:10]
    return data_folder() / "cache" / f"{dataset.name}-{dataset.split}-{key}"


def _states(dataset: FileDataset) -> dict[str, list[int]]:
    """Size in bytes and time in nanoseconds of each file of the split."""
    files = {path.relative_to(dataset.root).as_posix(): path.stat() for path in dataset.files()}
    return {name: [state.st_size, state.st_mtime_ns] for name, state in files.items()}
