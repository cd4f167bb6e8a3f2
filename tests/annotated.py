"""Small sets of images in other people's formats of annotations, written by other code than what reads them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layouts import write_image

from annn.data.cityscapes import CITYSCAPES_LABELS

coco_masks = pytest.importorskip("pycocotools.mask", reason="the extra annn[coco] is not installed")
SIZES = {1: (24, 32), 2: (31, 17), 5: (24, 32)}  # height and width by image
CATEGORIES = {1: "person", 3: "car", 200: "rug"}


def polygon(rng: np.random.Generator, size: tuple[int, int], margin: float = 0.0) -> list[float]:
    """Corners in an image, or so many pixels outside of it; x and y in turns."""
    height, width = size
    corners = int(rng.integers(3, 8))
    points = rng.uniform((-margin, -margin), (width + margin, height + margin), (corners, 2)).round(2)
    points[0] = width / 2, height / 2
    return points.ravel().tolist()


def run_list(mask: np.ndarray) -> list[int]:
    """Run lengths, column by column, counted here."""
    flat = mask.T.ravel().tolist()
    counts, state = [0], False
    for pixel in flat:
        if pixel != state:
            counts.append(0)
            state = pixel
        counts[-1] += 1
    return counts


def blob(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    return np.kron(rng.random((size[0] // 4 + 1, size[1] // 4 + 1)) > 0.6, np.ones((4, 4)))[: size[0], : size[1]] > 0


def encoded(mask: np.ndarray) -> dict[str, Any]:
    found = coco_masks.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(mask.shape), "counts": found["counts"].decode()}


def write_images(images: Path) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    entries = []
    for number, (height, width) in SIZES.items():
        name = f"{'sub/' if number == 2 else ''}{number:06}.jpg"
        write_image(images / name, rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        entries.append({"id": number, "file_name": name, "height": height, "width": width})
    return entries


def write_instances(root: Path, name: str = "instances.json") -> Path:
    """Three images, the last without annotations: polygons, several of them, run lengths as list and as text."""
    rng = np.random.default_rng(1)
    content: dict[str, Any] = {"images": write_images(root / "images"), "annotations": []}
    content["categories"] = [{"id": number, "name": name, "supercategory": "x"} for number, name in CATEGORIES.items()]
    for number in (1, 2):
        size = SIZES[number]
        segmentations: list[Any] = [[polygon(rng, size)] for _ in range(4)]
        segmentations += [[polygon(rng, size, 5.0), polygon(rng, size)], encoded(blob(rng, size))]
        segmentations += [{"size": list(size), "counts": run_list(blob(rng, size))}]
        for segmentation in segmentations:
            category = int(rng.choice(list(CATEGORIES)))
            crowd = int(isinstance(segmentation, dict))
            entry = {"image_id": number, "category_id": category, "segmentation": segmentation, "iscrowd": crowd}
            content["annotations"].append({"id": len(content["annotations"]), **entry})
    (root / name).write_text(json.dumps(content))
    return root / name


def write_panoptic(root: Path) -> tuple[Path, dict[int, np.ndarray]]:
    """PNGs of segments with numbers of three bytes; returns the label maps, too."""
    rng = np.random.default_rng(2)
    content: dict[str, Any] = {"images": write_images(root / "images"), "annotations": []}
    content["categories"] = [
        {"id": n, "name": name, "isthing": 1, "color": [n, 2, 3]} for n, name in CATEGORIES.items()
    ]
    labels = {}
    for number, size in SIZES.items():
        numbers = np.array([0, 7, 256, 65536 * 9 + 1, 16_777_215])
        categories = np.array([0, *rng.choice(list(CATEGORIES), 4)])
        places = rng.integers(0, 5, size)
        segments = numbers[places]
        rgb = np.stack([segments % 256, segments // 256 % 256, segments // 65536], axis=-1).astype(np.uint8)
        write_image(root / "panoptic" / f"{number:06}.png", rgb)
        infos = [{"id": int(n), "category_id": int(c)} for n, c in zip(numbers, categories, strict=True) if n]
        entry = {"image_id": number, "file_name": f"{number:06}.png", "segments_info": infos}
        content["annotations"].append(entry)
        labels[number] = categories[places]
    (root / "panoptic.json").write_text(json.dumps(content))
    return root / "panoptic.json", labels


def write_streets(root: Path) -> Path:
    """Polygons of all of Cityscapes' labels: groups, plates, deleted ones, and some that reach out of the image."""
    rng = np.random.default_rng(3)
    names = [row.name for row in CITYSCAPES_LABELS] + ["cargroup", "persongroup"]
    for city, number in (("aachen", 0), ("aachen", 1), ("ulm", 0)):
        stem = f"{city}_{number:06}_000019"
        write_image(root / "leftImg8bit" / city / f"{stem}_leftImg8bit.png", np.zeros((40, 64, 3), np.uint8))
        objects = []
        for name in rng.permutation(names):
            flat = np.array(polygon(rng, (40, 64), 6.0)).reshape(-1, 2)
            corners = flat.round().astype(int) if rng.random() < 0.7 else flat
            objects.append({"label": str(name), "polygon": corners.tolist(), "deleted": int(rng.random() < 0.1)})
        content = {"imgHeight": 40, "imgWidth": 64, "objects": objects}
        path = root / "gtFine" / city / f"{stem}_gtFine_polygons.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return root / "gtFine"
