"""Download torchvision's ImageNet weights of a ResNet into data/imagenet."""

from __future__ import annotations

import re
from pathlib import Path

from annn.data.download.place import clear, move, work_folder
from annn.data.download.remote import Remote, Source
from annn.data.download.transfer import fetch
from annn.errors import DataError, WeightsError
from annn.files import locked, make_folder
from annn.weights.imagenet import FILES, SOURCE, imagenet_file, load_imagenet

_SIZES = {18: "45 MB", 34: "83 MB", 50: "98 MB", 101: "171 MB"}

RESNETS = {
    f"resnet{depth}": Source(
        files=(
            Remote(
                url=f"{SOURCE}/{file}",
                size=_SIZES[depth],
                digest=f"sha256:{re.findall('[0-9a-f]{8}', file)[-1]}",
                published_by="torchvision, as part of the name",
            ),
        ),
        licence="torchvision says that weights may have terms of their own, derived from the data (ImageNet)",
        citation="He, Zhang, Ren, Sun: Deep residual learning for image recognition, CVPR 2016",
    )
    for depth, file in FILES.items()
}
"""torchvision's ResNets with IMAGENET1K_V1 weights, by name."""


def get_resnet(name: str, root: Path | None = None, *, mirror: str | None = None, progress: bool = True) -> Path:
    """The file of a name in `RESNETS`, downloaded into the folder `root` if it is not there (default: data/imagenet).

    It is in its place only when its hash is torchvision's and the backbone takes it. Raises DataError if it cannot be
    downloaded or is another file, RunError for a full disk.
    """
    depth, remote = int(name.removeprefix("resnet")), RESNETS[name].below(mirror).files[0]
    path = (root or imagenet_file(depth).parent) / remote.name
    if path.is_file():
        return _checked(depth, path)
    work = make_folder(work_folder(path))
    with locked(work, waiting=f"{work}: another process downloads {name}; this one waits for it to end"):
        if not path.is_file():
            move(_checked(depth, fetch(remote, work, progress=progress)), path)
        clear(work)
    return path


def _checked(depth: int, path: Path) -> Path:
    try:
        load_imagenet(depth, path)
    except WeightsError as error:
        raise DataError(f"{error} Delete the file, and run the command again to download it anew.") from error
    return path
