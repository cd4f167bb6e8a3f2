"""`annn data get`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from annn.cli.app import data_app
from annn.errors import ConfigError


@data_app.command
def get(
    name: Annotated[Positional[str], arg(metavar="NAME")],
    *,
    root: Path | None = None,
    mirror: str | None = None,
) -> int:
    """Download a data set that needs no account, or ImageNet weights of torchvision; what was interrupted goes on.

    Its licence is printed first. It is in its place only when it is whole and `annn data check` has nothing against it.

    Args:
        name: data set (an unknown name lists all), or resnet18, resnet34, resnet50, resnet101
        root: the folder to make, by default data/NAME; for weights the folder to put them into, data/imagenet
        mirror: address of a folder on another server that has the files under the same names
    """
    from annn.data import DATASETS
    from annn.data.download import SOURCES, get, source_of
    from annn.weights.resnets import RESNETS, get_resnet

    if name not in RESNETS and name not in DATASETS:
        raise ConfigError(f"NAME={name!r}: nothing is called so; expected one of {', '.join([*SOURCES, *RESNETS])}.")
    source = RESNETS.get(name) or source_of(name)
    print(f"{name}\n{source.below(mirror)}", flush=True)
    if name in RESNETS:
        print(f"{get_resnet(name, root, mirror=mirror)}: {name} with torchvision's ImageNet weights")
    else:
        print(get(name, root, mirror=mirror))
    return 0
