"""A research workbook for Asymmetric Non-local Neural Networks.

Read first: `model` (the network), `blocks` (AFNB, APNB), `train` (the training loop). README.md beside this file says
how the rest is built.

Importing the package also makes torchvision importable beside a torch without CUDA. torchvision's usual wheel is a CUDA
build: beside a CPU-only torch its compiled library cannot load, and `import torchvision` then fails, because it
describes the shapes of two operators that are not declared. Declaring them is enough for all that is pure Python:
models, data sets, transforms. Calling one of them still raises.
"""

import importlib.util
from pathlib import Path

import torch

__version__ = "0.1.0"

# The operators that torchvision 0.26 to 0.28 refer to while they are being imported, with torchvision's own signatures.
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

# A declaration lives as long as its Library object.
_declared: list[torch.library.Library] = []


def declare_missing() -> bool:
    """Declare torchvision's operators where its compiled library cannot; say whether that was necessary.

    Does nothing where the operators exist, where torchvision's own library loads (it is then loaded, which
    torchvision's import would do next) and where torchvision is not installed. Does not import torchvision.
    """
    if _present() or _load_library() or importlib.util.find_spec("torchvision") is None:
        return False
    # "FRAGMENT", not "DEF": another package may have opened the namespace without declaring these operators.
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        if not hasattr(torch.ops.torchvision, schema.partition("(")[0]):
            library.define(schema)
    _declared.append(library)
    return True


def _present() -> bool:
    return hasattr(torch.ops.torchvision, "nms")


def _load_library() -> bool:
    """Load torchvision's compiled operators just as torchvision.extension does; loading them twice is harmless."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    for path in sorted(Path(spec.origin).parent.glob("_C*")):  # _C.so, _C.pyd
        try:
            torch.ops.load_library(path)
        except OSError:  # a library that it was linked against is not on this machine
            continue
    return _present()


declare_missing()
