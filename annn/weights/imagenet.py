"""Load ImageNet weights from a file into the backbone: torchvision's, or the authors' with a deep stem."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from annn.backbone import ResNet
from annn.errors import WeightsError
from annn.files import data_folder
from annn.weights.architecture import differences
from annn.weights.files import read_file

FILES = {
    18: "resnet18-f37072fd.pth",
    34: "resnet34-b627a593.pth",
    50: "resnet50-0676ba61.pth",
    101: "resnet101-63fe2227.pth",
}
"""torchvision's files of ResNets trained on ImageNet (IMAGENET1K_V1), by depth."""
AUTHORS_FILE = "3x3resnet101-imagenet.pth"
"""The authors' ImageNet file, a ResNet-101 with their deep stem (github MendelXu/ANN)."""
SOURCE = "https://download.pytorch.org/models"


def imagenet_file(depth: int = 101) -> Path:
    """The path of the weights for a depth: data/imagenet/<torchvision's file name>."""
    if depth not in FILES:
        known = ", ".join(map(str, FILES))
        raise WeightsError(f"depth={depth}: torchvision's file of this ResNet is not known; choose one of {known}.")
    return data_folder() / "imagenet" / FILES[depth]


def load_imagenet(depth: int = 101, path: str | Path | None = None) -> ResNet:
    """The dilated backbone with a file's ImageNet weights, in eval mode, without the classifier.

    path: the file, data/imagenet/<torchvision's name> if None. A stem of one 7x7 convolution means torchvision's file,
    three 3x3 the authors' (`AUTHORS_FILE`); that network needs BGR, to which its backbone converts. Raises
    WeightsError, with where to get the file, if it is missing, damaged or of another network.
    """
    path = Path(path) if path is not None else imagenet_file(depth)
    name = FILES.get(depth, f"torchvision's file of ResNet-{depth}")
    run = f"Run `annn data get resnet{depth}`; or download" if depth in FILES else "Download"
    way_out = f"{run} {SOURCE}/{name} and save it there (`data/README.md`)."
    if not path.is_file():
        raise WeightsError(f"{path}: there is no such file; expected torchvision's ImageNet weights. {way_out}")
    try:
        state = read_file(path).state
    except WeightsError as error:
        raise WeightsError(f"{error} torchvision's: {way_out}") from error
    backbone = _backbone(depth, state)
    parameters = backbone_state(state)
    expected = {name: tensor.shape for name, tensor in backbone.state_dict().items()}
    if problems := differences(parameters, expected, lambda _: "the backbone"):
        raise WeightsError(
            f"{path}: cannot be loaded ({'; '.join(problems)}); expected a ResNet-{depth} with torchvision's names, or "
            f"the authors' {AUTHORS_FILE}. {way_out}"
        )
    backbone.load_state_dict(parameters, strict=False)  # only counters of training steps may be missing
    return backbone.eval()


def backbone_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Parameters with torchvision's names, renamed for `backbone.ResNet`: a prefix for the stem, no classifier."""
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}
    return {f"stem.{name}" if name.startswith(("conv", "bn")) else name: tensor for name, tensor in kept.items()}


def _backbone(depth: int, state: Mapping[str, Tensor]) -> ResNet:
    widths = [state.get(f"conv{i}.weight", torch.empty(0)).shape[0] for i in (1, 2, 3)]
    if all(widths):  # the authors' file: rounding and input as in their networks
        return ResNet(depth=depth, stem="deep", stem_widths=tuple(widths), ceil_mode=True, input="caffe-bgr")
    return ResNet(depth=depth)
