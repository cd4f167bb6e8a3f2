"""The folded network as an ONNX file, for programs that have no PyTorch.

The size of the image is fixed: the anchors' matrices are constants of the map's size, and a network for another size is
another file. One image at a time, since the folded AFNB makes a 3x3 kernel for each image.
"""

from __future__ import annotations

import copy
import json
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from annn.backbone import MEAN, STD
from annn.device import enough_memory
from annn.efficiency.fold import FoldedANNN, fold
from annn.errors import ConfigError, RunError
from annn.files import make_folder, replacing
from annn.model import ANNN

OPSET = 18
LONGEST = 2**14
"""Pixels of a side: the file holds matrices of its size."""
CLOSE = 1e-3
"""Largest difference of the exported network's logits that is let through, relative to the largest logit."""


class _Logits(nn.Module):
    """From an ordinary image to logits: the normalisation goes into the file, so that no user can get it wrong."""

    def __init__(self, network: FoldedANNN):
        super().__init__()
        self.network = network
        self.mean = nn.Buffer(torch.tensor(MEAN)[:, None, None])
        self.std = nn.Buffer(torch.tensor(STD)[:, None, None])

    def forward(self, image: Float[Tensor, "1 3 H W"]) -> Float[Tensor, "1 K H W"]:
        return self.network((image - self.mean) / self.std).main


def export(
    model: ANNN | FoldedANNN, path: str | Path, size: tuple[int, int], *, classes: tuple[str, ...] = ()
) -> float:
    """Write the folded network as ONNX and run it once by onnxruntime; returns how far its logits are from ours.

    Input "image": 1 x 3 x H x W, float32, RGB, 0 to 255, of exactly `size` (H, W). Output "logits": 1 x K x H x W.
    classes: names, kept in the file's metadata. The difference is relative to the largest logit, on a random image.
    The network is copied, and exported from the CPU in float32, whatever the device and precision of the one given.
    Raises ConfigError for a size that is no size, and RunError where PyTorch cannot export the network, onnxruntime
    computes something else, or the file cannot be written; nothing is left behind then.
    """
    if not 1 <= min(size) <= max(size) <= LONGEST:
        raise ConfigError(
            f"size={size}; expected the height and width of the images, 1 to {LONGEST} pixels, such as (512, 1024)."
        )
    model = copy.deepcopy(model).cpu().float()  # wherever and however exactly the caller computes with it
    network = _Logits(model if isinstance(model, FoldedANNN) else fold(model)).eval()
    image = torch.randint(0, 256, (1, 3, *size), generator=torch.Generator().manual_seed(0)).float()
    path = Path(path)
    make_folder(path.parent)
    with (
        enough_memory(f"{path}: a network for {size[0]}x{size[1]} pixels", "Use smaller images."),
        replacing(path) as temporary,
    ):
        _write(network, image, temporary, path, {"classes": json.dumps(classes), "size": json.dumps(size)})
        with torch.inference_mode():
            expected = network(image).numpy()
        difference = float(np.abs(_run(temporary, image.numpy()) - expected).max() / np.abs(expected).max())
        if not difference <= CLOSE:
            raise RunError(
                f"{path}: onnxruntime's logits differ from PyTorch's by {difference:.1e} of the largest; expected at "
                f"most {CLOSE:.0e}. Nothing was written; please report it with your versions of torch and onnxruntime."
            )
    return difference


def _write(network: nn.Module, image: Tensor, path: Path, named: Path, about: dict[str, str]) -> None:
    """Write to a temporary path; errors name the file that it becomes."""
    import onnx

    logging.getLogger("onnxscript").setLevel(logging.ERROR)  # says of each constant that it stays one
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the exporter's, of what it calls itself
        try:
            torch.onnx.export(
                network, (image,), str(path), input_names=["image"], output_names=["logits"], opset_version=OPSET,
                dynamo=True, external_data=False, verbose=False,
            )  # fmt: skip
        except torch.onnx.OnnxExporterError as error:
            reason = str(error.__cause__ or error).strip().splitlines()[0]
            raise RunError(
                f"{named}: PyTorch {torch.__version__} could not export this network "
                f"({reason}); nothing was written. Please report it with your versions of torch and onnxscript."
            ) from error
    stored: Any = onnx.load(str(path))
    onnx.helper.set_model_props(stored, about)
    onnx.save(stored, str(path))


def _run(path: Path, image: np.ndarray) -> np.ndarray:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["logits"], {"image": image})[0])
