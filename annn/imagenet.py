"""torchvision's ImageNet weights, from a file, in the backbone of this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from annn.backbone import ResNet
from annn.errors import WeightsError
from annn.project import project_root

FILES = {
    18: "resnet18-f37072fd.pth",
    34: "resnet34-b627a593.pth",
    50: "resnet50-0676ba61.pth",
    101: "resnet101-63fe2227.pth",
}
"""torchvision's files of ResNets trained on ImageNet (IMAGENET1K_V1), by depth."""
SOURCE = "https://download.pytorch.org/models"


def imagenet_file(depth: int = 101) -> Path:
    """Where the weights of a depth are looked for: data/imagenet/<torchvision's file name>."""
    if depth not in FILES:
        known = ", ".join(map(str, FILES))
        raise WeightsError(f"depth={depth}: torchvision's file of this ResNet is not known here; choose from {known}.")
    return project_root() / "data" / "imagenet" / FILES[depth]


def load_imagenet(depth: int = 101, path: str | Path | None = None) -> ResNet:
    """The dilated backbone with torchvision's ImageNet weights, in eval mode; the file's classifier is left out.

    path: the file, data/imagenet/<its name> when None. The stem is the plain 7x7 of torchvision. Raises WeightsError,
    with where to get the file, if it is missing, damaged or of another network.
    """
    path = Path(path) if path is not None else imagenet_file(depth)
    name = FILES.get(depth, f"torchvision's file of ResNet-{depth}")
    way_out = f"Download {SOURCE}/{name} and put it there (`data/README.md`)."
    if not path.is_file():
        raise WeightsError(f"{path}: there is no such file; expected torchvision's ImageNet weights. {way_out}")
    backbone = ResNet(depth=depth)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        backbone.load_state_dict(backbone_state(state))
    except Exception as error:  # torch.load raises whatever the damaged part does
        reason = str(error).strip().splitlines()[0]
        raise WeightsError(
            f"{path}: cannot be loaded ({reason}); expected torchvision's ResNet-{depth}, a file of tensors alone. "
            f"{way_out}"
        ) from error
    return backbone.eval()


def backbone_state(state: dict[str, Any]) -> dict[str, Tensor]:
    """Parameters under torchvision's names as `backbone.ResNet` names them: a prefix for the stem, no classifier."""
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}
    return {f"stem.{name}" if name.startswith(("conv1", "bn1")) else name: tensor for name, tensor in kept.items()}
