"""Test protocols: whole images, several scales, mirror images, sliding windows. From an RGB image to logits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from annn.augment import normalise
from annn.device import autocast
from annn.errors import ConfigError

STYLES = ("plain", "authors", "mmsegmentation")


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How the network is applied to an image, and how the logits of all views are combined.

    sides: (short, long) in pixels. The image is first resized until its shorter side is `short` or its longer side is
    `long`, whichever is the smaller size; None keeps the image. scales: factors to resize it by after that. flip: also
    use the mirror image at each scale. window: (crop, stride) in pixels of square windows that slide over each scaled
    image; None takes it whole. style: the details in which code bases differ.

    style                                "plain"                 "authors"             "mmsegmentation"
    a side of n pixels at scale s        round(s n)              int(s n)              int(s n + 0.5)
    image resized by a scale             low-pass, bilinear      bilinear, no filter   bilinear, no filter
    image resized to `sides`             low-pass, bilinear      bicubic, no filter    bilinear, no filter
    window wider or higher than image    that axis whole         the image whole       that axis whole
    overlapping windows                  mean of the logits in all three
    logits back to the image's size      bilinear; of a whole    bicubic               bilinear, with the network's
                                         image in one step                             align_corners
    mean over scales and mirror images   logits                  logits                probabilities

    The authors and mmsegmentation do not filter when they shrink an image: they resize as OpenCV does. Here this is
    reproduced up to one grey level of rounding. Windows start at multiples of the stride; the last one ends at the
    border. "authors" is methods/seg/fcn_segmentor_test.py of the released code. The release lacks the code that resizes
    images; the resizing here is that of torchcv, the framework on which the released code is based. "mmsegmentation" is
    version 1: encoder_decoder (slide_inference), base (postprocess_result) and seg_tta.

    Published settings. Cityscapes: whole image, scale 1 (validation of both); scales 0.75, 1, 1.25, flip, window
    (864, 576) (authors, test set); window (769, 513) at scale 2049 / 2048 (mmsegmentation's 769 models). ADE20K: sides
    (520, 1040), scales 0.5, 0.75, ..., 1.75, flip (authors); sides (512, 2048) (mmsegmentation). PASCAL-Context: scales
    0.5, 0.75, ..., 2, flip (authors).

    Raises ConfigError for invalid values.
    """

    sides: tuple[int, int] | None = None
    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    window: tuple[int, int] | None = None
    style: str = "plain"

    def __post_init__(self) -> None:
        if self.sides is not None and not 1 <= self.sides[0] <= self.sides[1]:
            raise ConfigError(f"sides is {self.sides}; expected 1 <= short <= long pixels, such as (512, 2048).")
        for scale in self.scales:
            if not 0 < scale < math.inf:
                raise ConfigError(f"scales holds {scale}; expected positive factors, such as 0.75.")
        if not self.scales:
            raise ConfigError("scales is empty; expected at least one factor, such as 1.")
        if self.window is not None and not 1 <= self.window[1] <= self.window[0]:
            raise ConfigError(
                f"window has crop {self.window[0]} and stride {self.window[1]}; expected 1 <= stride <= crop, such "
                "as 864 and 576: a larger stride leaves gaps between windows."
            )
        if self.style not in STYLES:
            raise ConfigError(f"style={self.style!r} is not known; choose one of {', '.join(STYLES)}.")

    def __str__(self) -> str:
        crop = f"windows of {self.window[0]} every {self.window[1]} pixels" if self.window else "whole images"
        scales = f"scale{'s' if len(self.scales) > 1 else ''} {', '.join(f'{scale:g}' for scale in self.scales)}"
        sides = f"sides of {self.sides[0]} to {self.sides[1]} pixels, " if self.sides else ""
        return f"{crop}, {sides}{scales}{', mirrored too' if self.flip else ''}, {self.style} style"


WHOLE = Protocol()
"""The whole image at its own size: the paper's Cityscapes validation and the supplement's tables."""


@torch.inference_mode()
def logits(
    model: nn.Module, image: UInt8[np.ndarray, "H W 3"], precision: str = "fp32", protocol: Protocol = WHOLE
) -> Float[Tensor, "K H W"]:
    """Class logits (float32, on the model's device) of one RGB image of any size, from 1 x 1 pixel.

    If the style averages probabilities, the result is their logarithm: its softmax is the mean probability. The model
    is put into eval mode. Views are computed one after the other, so memory depends only on the largest scale.
    """
    model.eval()
    size = (image.shape[0], image.shape[1])
    image = fit(image, protocol.sides, protocol.style)
    views = [(scale, mirrored) for mirrored in (False, True)[: 1 + protocol.flip] for scale in protocol.scales]
    if len(views) == 1:
        return _view(model, image, size, *views[0], precision, protocol)
    total = None
    for scale, mirrored in views:
        output = _view(model, image, size, scale, mirrored, precision, protocol)
        if protocol.style == "mmsegmentation":
            output = output.softmax(0)
        total = output if total is None else total.add_(output)
    assert total is not None
    total /= len(views)
    if protocol.style == "mmsegmentation":
        return total.clamp_(min=torch.finfo(torch.float32).tiny).log_()
    return total


def rescale(image: UInt8[np.ndarray, "H W 3"], scale: float, style: str = "plain") -> UInt8[np.ndarray, "h w 3"]:
    """Resize an RGB image by a factor in the style of a `Protocol`; 1 returns it unchanged."""
    if scale == 1:
        return image
    height, width = (_scaled(side, scale, style) for side in image.shape[:2])
    return _resize(image, (height, width), "filtered" if style == "plain" else "bilinear")


def fit(
    image: UInt8[np.ndarray, "H W 3"], sides: tuple[int, int] | None, style: str = "plain"
) -> UInt8[np.ndarray, "h w 3"]:
    """Resize an RGB image to the `sides` of a `Protocol`; None returns it unchanged."""
    if sides is None:
        return image
    scale = min(sides[0] / min(image.shape[:2]), sides[1] / max(image.shape[:2]))
    rounding = "mmsegmentation" if style == "mmsegmentation" else "plain"
    height, width = (_scaled(side, scale, rounding) for side in image.shape[:2])
    kernel = {"plain": "filtered", "authors": "bicubic", "mmsegmentation": "bilinear"}[style]
    return image if image.shape[:2] == (height, width) else _resize(image, (height, width), kernel)


def spans(length: int, crop: int, stride: int) -> list[slice]:
    """The windows on an axis of `length` pixels: they start at multiples of the stride, the last ends at the border."""
    if length <= crop:
        return [slice(0, length)]
    starts = [min(i * stride, length - crop) for i in range(-(-(length - crop) // stride) + 1)]
    return [slice(start, start + crop) for start in starts]


def _scaled(side: int, scale: float, style: str) -> int:
    size = {"plain": round(side * scale), "authors": int(side * scale), "mmsegmentation": int(side * scale + 0.5)}
    return max(1, size[style])


def _resize(image: np.ndarray, size: tuple[int, int], kernel: str) -> np.ndarray:
    if kernel == "filtered":
        return np.asarray(Image.fromarray(image).resize((size[1], size[0]), Image.Resampling.BILINEAR))
    colors = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float()
    resized = F.interpolate(colors, size, mode=kernel, align_corners=False).round_().clamp_(0, 255)
    return resized.byte()[0].permute(1, 2, 0).contiguous().numpy()


def _view(
    model: nn.Module,
    image: np.ndarray,
    size: tuple[int, int],
    scale: float,
    mirrored: bool,
    precision: str,
    protocol: Protocol,
) -> Float[Tensor, "K H W"]:
    """The logits of one view of an image (scale, mirrored or not), resized to `size` (H, W)."""
    images = normalise(rescale(image, scale, protocol.style))[None]
    images = images.flip(3) if mirrored else images
    images = images.to(next(model.parameters()).device, memory_format=torch.channels_last)
    shape = (images.shape[2], images.shape[3])
    window = protocol.window
    if window is not None and protocol.style == "authors" and min(shape) < window[0]:
        window = None
    if window is not None:
        output = _slide(model, images, *window, precision)
    else:
        output = _forward(model, images, size if protocol.style == "plain" else shape, precision)
    output = output.flip(2) if mirrored else output
    if output.shape[1:] == size:
        return output
    if protocol.style == "authors":
        return F.interpolate(output[None], size, mode="bicubic", align_corners=False)[0]
    align = protocol.style == "mmsegmentation" and model.config.align_corners  # pyright: ignore
    return F.interpolate(output[None], size, mode="bilinear", align_corners=bool(align))[0]


def _slide(
    model: nn.Module, images: Float[Tensor, "1 3 h w"], crop: int, stride: int, precision: str
) -> Float[Tensor, "K h w"]:
    """The mean over all windows of the logits at each pixel."""
    height, width = images.shape[2:]
    total = counts = torch.empty(0)
    for rows in spans(height, crop, stride):
        for columns in spans(width, crop, stride):
            window = images[:, :, rows, columns].contiguous(memory_format=torch.channels_last)
            output = _forward(model, window, (window.shape[2], window.shape[3]), precision)
            if not len(total):
                total, counts = output.new_zeros(len(output), height, width), output.new_zeros(height, width)
            total[:, rows, columns] += output
            counts[rows, columns] += 1
    return total.div_(counts)


def _forward(model: nn.Module, images: Tensor, size: tuple[int, int], precision: str) -> Float[Tensor, "K h w"]:
    with autocast(precision, images.device):
        return model(images, size).main[0].float()
