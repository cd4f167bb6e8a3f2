"""The pixels of a COCO instance: the union of its polygons, or its run lengths.

Polygons become pixels through COCO's own code, the package pycocotools (extra `annn[coco]`). Run lengths are read here:
pycocotools 2.0.11 writes beyond its memory where they do not sum to the pixels of the image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool

from annn.data.convert.records import points_of, value
from annn.errors import ConfigError, DataError


def mask_of(record: Mapping[str, Any], size: tuple[int, int], where: str) -> Bool[np.ndarray, "H W"]:
    """The pixels of an instance in an image of a size (height, width); none without a polygon.

    Raises DataError for polygons and run lengths that are damaged or of another image, ConfigError for polygons without
    the package pycocotools.
    """
    found = record.get("segmentation")
    if isinstance(found, dict):
        return _from_runs(found, size, where)
    polygons = [_flat(polygon, size, where) for polygon in value(record, "segmentation", list, where)]
    if not polygons:
        return np.zeros(size, bool)
    coco = check_pycocotools()
    encoded = coco.merge(coco.frPyObjects(polygons, *size))
    return _filled(run_lengths(encoded["counts"]), size)


def check_pycocotools() -> Any:
    """The module that draws polygons as COCO does; raises ConfigError if its package is not installed."""
    try:
        from pycocotools import mask
    except ImportError as error:
        raise ConfigError(
            f"coco: the package pycocotools cannot be imported ({error}); expected it for COCO's polygons. Install "
            "annn[coco] (pip install pycocotools)."
        ) from error
    return mask


def run_lengths(text: bytes) -> list[int]:
    """The run lengths in COCO's compressed text: five bits a character, lowest first; from the fourth on, differences.

    Source: rleFrString in pycocotools' maskApi.c. Raises ValueError for a text that ends within a number.
    """
    lengths: list[int] = []
    number = shift = 0
    for character in text:
        bits = character - 48
        number |= (bits & 31) << shift
        shift += 5
        if bits & 32:  # more follow
            continue
        if bits & 16:  # a negative difference
            number -= 1 << shift
        lengths.append(number + (lengths[-2] if len(lengths) > 2 else 0))
        number = shift = 0
    if shift:
        raise ValueError("they end within a number")
    return lengths


def _from_runs(found: Mapping[str, Any], size: tuple[int, int], where: str) -> Bool[np.ndarray, "H W"]:
    """Run lengths, in a list or in COCO's text, whose size is the image's."""
    if found.get("size") != list(size):
        raise DataError(
            f"{where}: the run lengths are of an image of {found.get('size')} (height, width), but the image is of "
            f"{list(size)}; expected equal sizes. Export the annotations again."
        )
    counts = found.get("counts")
    try:
        return _filled(run_lengths(counts.encode("ascii")) if isinstance(counts, str) else counts, size)
    except ValueError as error:
        raise DataError(
            f"{where}: the run lengths cannot be read ({error}); expected those of {size[0]} x {size[1]} pixels. "
            "Export the annotations again."
        ) from error


def _filled(counts: Any, size: tuple[int, int]) -> Bool[np.ndarray, "H W"]:
    """The pixels of run lengths: column by column, empty and full in turns. Raises ValueError if they do not fit."""
    if not isinstance(counts, list) or not all(isinstance(n, int) and not isinstance(n, bool) for n in counts):
        raise ValueError("they are neither whole numbers nor a text")
    if min(counts, default=0) < 0 or sum(counts) != size[0] * size[1]:
        raise ValueError(f"they sum to {sum(counts)} pixels, {min(counts, default=0)} at least in each")
    full = np.arange(len(counts)) % 2 == 1
    return np.repeat(full, counts).reshape(size[1], size[0]).T


def _flat(polygon: Any, size: tuple[int, int], where: str) -> list[float]:
    """COCO's polygon, x and y in turns, checked."""
    numbers: Sequence[Any] = polygon if isinstance(polygon, list) else [polygon]
    pairs = [numbers[place : place + 2] for place in range(0, len(numbers), 2)]
    return [float(number) for point in points_of(pairs, size, where) for number in point]
