"""From a model and a data set to scores: every image whole, at a single scale, pixels pooled over the set."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from annn.augment import normalise
from annn.errors import ConfigError
from annn.metrics import Scores, confusion_matrix

PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """The arithmetic of a forward pass: "fp32" leaves it alone, "bf16" and "fp16" autocast. Parameters stay float32."""
    if precision not in PRECISIONS:
        raise ConfigError(f"precision={precision!r} is not known; choose one of {', '.join(PRECISIONS)}.")
    dtype = PRECISIONS[precision]
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype)


def choose_device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" takes the GPU if there is one. Raises ConfigError for one that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"device={name!r} cannot be used ({reason}); choose 'auto', 'cpu' or 'cuda'.") from error
    return device


@torch.inference_mode()
def logits(
    model: nn.Module, image: UInt8[np.ndarray, "H W 3"], precision: str = "fp32", scale: float = 1.0
) -> Float[Tensor, "K H W"]:
    """Class logits (float32) of one ordinary RGB image of any size; the model is put into eval mode.

    scale: the image is resized by this factor before the network sees it; the logits are upsampled to its own size.
    """
    device = next(model.parameters()).device
    model.eval()
    images = normalise(rescale(image, scale))[None].to(device, memory_format=torch.channels_last)
    with autocast(precision, device):
        return model(images, image.shape[:2]).main[0].float()


def predict(
    model: nn.Module, image: UInt8[np.ndarray, "H W 3"], precision: str = "fp32", scale: float = 1.0
) -> UInt8[np.ndarray, "H W"]:
    """Train ids of one ordinary RGB image: the class of the largest logit at each pixel. scale: see `logits`."""
    return logits(model, image, precision, scale).argmax(0).byte().cpu().numpy()


def rescale(image: UInt8[np.ndarray, "H W 3"], scale: float) -> UInt8[np.ndarray, "h w 3"]:
    """Resize an RGB image by a factor, bilinearly and low-pass filtered when it shrinks; 1 returns it as it is."""
    if scale == 1:
        return image
    if scale <= 0:
        raise ConfigError(f"scale={scale}; expected a positive factor, such as 0.5.")
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))


class _Normalised(Dataset):
    """Whole images ready for the network, with their labels; decoding happens where the loader wants it."""

    def __init__(self, dataset, scale: float):
        self.dataset, self.scale = dataset, scale

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        sample = self.dataset[i]
        return normalise(rescale(sample.image, self.scale)), torch.from_numpy(sample.label)


@torch.inference_mode()
def evaluate(
    model: nn.Module,
    dataset,
    *,
    precision: str = "fp32",
    scale: float = 1.0,
    workers: int = 0,
    progress: bool = True,
) -> Scores:
    """Score a model on a data set: single scale, whole images, no flip, one pooled confusion matrix.

    scale: the one scale; images are resized by it, and the logits upsampled to the labels' full size.

    One image at a time, since real sets mix sizes; memory does not grow with the set. The protocol of the paper's
    Cityscapes validation and of the supplement's Table 1 ("single scale whole image testing").
    """
    device = next(model.parameters()).device
    classes = len(dataset.space.classes)
    confusion = torch.zeros(classes, classes, dtype=torch.long, device=device)
    loader = DataLoader(
        _Normalised(dataset, scale), batch_size=None, num_workers=workers, pin_memory=device.type == "cuda"
    )
    model.eval()
    for image, label in tqdm(loader, desc="evaluating", unit="image", disable=not progress):
        image = image[None].to(device, non_blocking=True, memory_format=torch.channels_last)
        with autocast(precision, device):
            prediction = model(image, tuple(label.shape)).main[0].argmax(0)
        confusion += confusion_matrix(label.to(device), prediction, classes)
    return Scores.of(confusion.cpu(), dataset.space.classes)
