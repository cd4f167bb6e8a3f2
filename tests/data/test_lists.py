"""Lists of images follow one rule in every reader."""

from collections.abc import Callable
from pathlib import Path

import pytest
from layouts import write_camvid, write_cmx, write_coco, write_context, write_esanet, write_refinenet
from refusals import refuses

from annn.data import CamVid, check, open_dataset

LISTED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "CamVid": ("camvid", write_camvid, "train.txt"),
    "COCO-Stuff": ("cocostuff10k", write_coco, "imageLists/train.txt"),
    "PASCAL-Context": ("pascal_context", write_context, "ImageSets/Main/train.txt"),
    "PASCAL-Context, prepared": (
        "pascal_context",
        lambda root: write_context(root, "prepared"),
        "ImageSets/SegmentationContext/train.txt",
    ),
    "NYUD, RefineNet's": ("nyud", write_refinenet, "train.nyu"),
    "NYUD, CMX's": ("nyud", write_cmx, "train.txt"),
    "NYUD, ESANet's": ("nyud", write_esanet, "train.txt"),
}


@pytest.mark.parametrize("layout", LISTED)
def test_an_image_counts_once_in_every_reader(tmp_path: Path, layout: str):
    name, write, file = LISTED[layout]
    write(tmp_path)
    dataset = open_dataset(name, tmp_path, "train")
    path = tmp_path / file
    path.write_text(path.read_text() + "\n" + path.read_text())
    again = f"{path}, line {len(dataset) + 2}"
    first, out = f"second time, first in {path}, line 1", "Take one of the lines out"
    refuses(lambda: open_dataset(name, tmp_path, "train"), again, f"'{dataset.pairs[0].name}'", first, out)
    assert "listed a second time" in str(check(name, tmp_path))


def test_an_image_of_two_lists_counts_once_too(tmp_path: Path):
    write_camvid(tmp_path)
    with (tmp_path / "val.txt").open("a") as file:
        file.write("train/a_2.png trainannot/a_2.png\n")
    assert len(CamVid(tmp_path, "val")) == 2
    refuses(lambda: CamVid(tmp_path, "trainval"), "val.txt, line 2", "'a_2'", "first in", "train.txt, line 2")
