"""Test protocols: whole images, several scales, mirror images, sliding windows. From an RGB image to logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from annn.augment import normalise
from annn.device import autocast, enough_memory
from annn.errors import ConfigError

STYLES = ("plain", "authors", "mmsegmentation")
_MOST_PIXELS = 2**28
"""Of an image after resizing or padding: what Pillow takes for an attack, too."""
_LONGEST, _LARGEST_SCALE = 2**16, 100.0


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How the network is applied to an image, and how the logits of all views are combined.

    sides: (short, long) in pixels. The image is first resized until its shorter side is `short` or its longer side is
    `long`, whichever is the smaller size; None keeps the image. scales: factors to resize it by after that. flip: also
    use the mirror image at each scale. window: (crop, stride) in pixels of square windows that slide over each scaled
    image; None takes it whole. fit_stride: pad each view on the right and below to a multiple of so many pixels (style
    "authors" alone). grid: round the sides of each view to a multiple of `grid` plus one (style "plain" alone; see
    `rescaled_size`). style: the details in which code bases differ.

    style                                "plain"                 "authors"             "mmsegmentation"
    a side of n pixels at scale s        round(s n)              int(s n)              see `rescaled_size`
    image resized by a scale             low-pass, bilinear      normalised first,     OpenCV's bilinear
                                                                 then bilinear with
                                                                 align_corners
    image resized to `sides`             low-pass, bilinear      OpenCV's bilinear     OpenCV's bilinear
    window wider or higher than image    that axis whole         the image whole       that axis whole
    overlapping windows                  mean of the logits in all three
    logits back to the image's size      bilinear; of a whole    bicubic               bilinear, with the network's
                                         image in one step                             align_corners
    mean over scales and mirror images   logits                  logits                probabilities

    OpenCV's bilinear does not filter when it shrinks an image, and computes with 11-bit weights; OpenCV itself does it
    here. What is padded has the colour that becomes zero in the network's own input. Windows start at multiples of the
    stride; the last one ends at the border. "authors" is methods/seg/fcn_segmentor_test.py of the released code with
    the blob_helper of torchcv, the framework it is based on. "mmsegmentation" is version 1: encoder_decoder
    (slide_inference), base (postprocess_result), seg_tta, and Resize of mmcv. There `scales` of test-time augmentation
    resize the original image, so leave `sides` out for them.

    Published settings. Cityscapes: whole image, scale 1 (validation of both); scales 0.75, 1, 1.25, flip, window
    (864, 576) (authors, test set); window (769, 513) at scale 2049 / 2048 (mmsegmentation's 769 models). ADE20K: sides
    (520, 1040), scales 0.5, 0.75, ..., 1.75, flip, fit_stride 8 (authors); sides (512, 2048) (mmsegmentation).
    PASCAL-Context: scales 0.5, 0.75, ..., 2, flip, fit_stride 8 (authors).

    Raises ConfigError for invalid values.
    """

    sides: tuple[int, int] | None = None
    scales: tuple[float, ...] = (1.0,)
    flip: bool = False
    window: tuple[int, int] | None = None
    fit_stride: int = 1
    grid: int = 1
    style: str = "plain"

    def __post_init__(self) -> None:
        if self.sides is not None and not 1 <= self.sides[0] <= self.sides[1] <= _LONGEST:
            raise ConfigError(
                f"sides is {self.sides}; expected 1 <= short <= long <= {_LONGEST} pixels, such as (512, 2048)."
            )
        for scale in self.scales:
            if not 0 < scale <= _LARGEST_SCALE:
                raise ConfigError(
                    f"scales holds {scale}; expected positive factors of at most {_LARGEST_SCALE:g}, such as 0.75."
                )
        if not self.scales:
            raise ConfigError("scales is empty; expected at least one factor, such as 1.")
        if self.window is not None and not 1 <= self.window[1] <= self.window[0]:
            raise ConfigError(
                f"window has crop {self.window[0]} and stride {self.window[1]}; expected 1 <= stride <= crop, such "
                "as 864 and 576: a larger stride leaves gaps between windows."
            )
        if self.style not in STYLES:
            raise ConfigError(f"style={self.style!r} is not known; choose one of {', '.join(STYLES)}.")
        if not 1 <= self.fit_stride <= _LONGEST or (self.fit_stride > 1 and self.style != "authors"):
            raise ConfigError(
                f"fit_stride is {self.fit_stride} in the style {self.style!r}; expected a number from 1 to {_LONGEST}, "
                "such as 8, and 1 where the style is not 'authors': only their code pads images."
            )
        if not 1 <= self.grid <= _LONGEST or (self.grid > 1 and self.style != "plain"):
            raise ConfigError(
                f"grid is {self.grid} in the style {self.style!r}; expected a number from 1 to {_LONGEST}, such as the "
                "network's stride, and 1 where the style is not 'plain'."
            )

    def __str__(self) -> str:
        crop = f"windows of {self.window[0]} every {self.window[1]} pixels" if self.window else "whole images"
        scales = f"scale{'s' if len(self.scales) > 1 else ''} {', '.join(f'{scale:g}' for scale in self.scales)}"
        sides = f"sides of {self.sides[0]} to {self.sides[1]} pixels, " if self.sides else ""
        padded = f", padded to multiples of {self.fit_stride}" if self.fit_stride > 1 else ""
        grid = f", sides of {self.grid} k + 1 pixels" if self.grid > 1 else ""
        return f"{crop}, {sides}{scales}{', mirrored too' if self.flip else ''}{padded}{grid}, {self.style} style"

    def view(self, image: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "h w 3"]:
        """An RGB image as the network sees it at the first scale, before it is normalised; not in the style "authors".

        That style resizes normalised images.
        """
        return rescale(fit(image, self.sides, self.style), self.scales[0], self.style, self.grid)


WHOLE = Protocol()
"""The whole image at its own size: the paper's Cityscapes validation and the supplement's tables."""


@enough_memory("The network on one image", "Use windows (--slide 864 576), a smaller scale, or another device.")
@torch.inference_mode()
def logits(
    model: nn.Module, image: UInt8[np.ndarray, "H W 3"], precision: str = "fp32", protocol: Protocol = WHOLE
) -> Float[Tensor, "K H W"]:
    """Class logits (float32, on the model's device) of one RGB image of any size, from 1 x 1 pixel.

    If the style averages probabilities, the result is their logarithm: its softmax is the mean probability. The model
    is put into eval mode. Views are computed one after the other, so memory depends only on the largest scale. Raises
    RunError if there is not enough of it, and ConfigError for a view that would have too many pixels.
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


def rescale(
    image: UInt8[np.ndarray, "H W 3"], scale: float, style: str = "plain", grid: int = 1
) -> UInt8[np.ndarray, "h w 3"]:
    """Resize an RGB image by a factor in the style "plain" or "mmsegmentation"; its own size returns it unchanged."""
    if scale == grid == 1:
        return image
    shape = (image.shape[0], image.shape[1])
    size = rescaled_size(shape, scale, style, grid)
    return image if size == shape else _resize(image, size, style)


def rescale_normalised(images: Float[Tensor, "B 3 H W"], scale: float) -> Float[Tensor, "B 3 h w"]:
    """Resize normalised images by a factor in the style "authors"; 1 returns them unchanged."""
    if scale == 1:
        return images
    size = rescaled_size((images.shape[2], images.shape[3]), scale, "authors")
    return F.interpolate(images, size, mode="bilinear", align_corners=True)


def rescaled_size(size: tuple[int, int], scale: float, style: str, grid: int = 1) -> tuple[int, int]:
    """The size (h, w) of an image of `size` (H, W) at a scale, at least 1 x 1.

    mmsegmentation rounds both sides at half a pixel, then takes the smaller of the two factors for both.

    grid: of the style "plain": each side becomes the nearest multiple of `grid`, 0 excepted, plus one. A network with
    this stride has a position at every `grid`-th pixel then, the first and the last on the image's borders, which is
    where an upsampling with align_corners puts them. The paper's crops of 769 = 8 * 96 + 1 pixels are such. At other
    sizes the two disagree, most at the borders.
    """
    if style == "mmsegmentation":
        size = _within((int(size[0] * scale + 0.5), int(size[1] * scale + 0.5)), size)
    elif style == "authors":
        size = (int(size[0] * scale), int(size[1] * scale))
    elif grid > 1:
        height, width = (max(1, round((side * scale - 1) / grid)) for side in size)
        size = (grid * height + 1, grid * width + 1)
    else:
        size = (round(size[0] * scale), round(size[1] * scale))
    return _refuse_huge((max(1, size[0]), max(1, size[1])))


def fit(
    image: UInt8[np.ndarray, "H W 3"], sides: tuple[int, int] | None, style: str = "plain"
) -> UInt8[np.ndarray, "h w 3"]:
    """Resize an RGB image to the `sides` of a `Protocol`; None returns it unchanged."""
    if sides is None:
        return image
    shape = (image.shape[0], image.shape[1])
    if style == "mmsegmentation":
        size = _refuse_huge(_within(sides, shape))
    else:
        scale = min(sides[0] / min(shape), sides[1] / max(shape))
        size = rescaled_size(shape, scale, "plain")
    return image if shape == size else _resize(image, (max(1, size[0]), max(1, size[1])), style)


def pad(images: Float[Tensor, "B 3 H W"], multiple: int, colour: Sequence[float]) -> Float[Tensor, "B 3 h w"]:
    """Pad images on the right and below with one normalised RGB colour, to sides that are multiples of a number."""
    height, width = (-(-side // multiple) * multiple for side in images.shape[2:])
    if (height, width) == (images.shape[2], images.shape[3]):
        return images
    _refuse_huge((height, width))
    padded = images.new_tensor(colour).view(1, 3, 1, 1).repeat(len(images), 1, height, width)
    padded[:, :, : images.shape[2], : images.shape[3]] = images
    return padded


def spans(length: int, crop: int, stride: int) -> list[slice]:
    """The windows on an axis of `length` pixels: they start at multiples of the stride, the last ends at the border."""
    if length <= crop:
        return [slice(0, length)]
    starts = [min(i * stride, length - crop) for i in range(-(-(length - crop) // stride) + 1)]
    return [slice(start, start + crop) for start in starts]


def _refuse_huge(size: tuple[int, int]) -> tuple[int, int]:
    """The size (h, w) itself; raises ConfigError where no machine has the memory for it."""
    if size[0] * size[1] > _MOST_PIXELS:
        raise ConfigError(
            f"An image would become {size[1]}x{size[0]} pixels; expected at most {_MOST_PIXELS:,} in all. Choose "
            "smaller scales, sides or fit_stride."
        )
    return size


def _within(limits: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """The largest size (h, w) of `size`'s shape whose short and long side are within the limits, as mmcv rounds it."""
    scale = min(max(limits) / max(size), min(limits) / min(size))
    return int(size[0] * scale + 0.5), int(size[1] * scale + 0.5)


def _resize(image: np.ndarray, size: tuple[int, int], style: str) -> np.ndarray:
    height, width = size
    if style == "plain":
        return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))
    return cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=cv2.INTER_LINEAR)


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
    authors = protocol.style == "authors"
    if authors:
        images = rescale_normalised(normalise(image)[None], scale)
    else:
        images = normalise(rescale(image, scale, protocol.style, protocol.grid))[None]
    images = images.flip(3) if mirrored else images
    border = (images.shape[2], images.shape[3])
    if protocol.fit_stride > 1:
        images = pad(images, protocol.fit_stride, model.backbone.zero)  # pyright: ignore
    images = images.to(next(model.parameters()).device, memory_format=torch.channels_last)
    shape = (images.shape[2], images.shape[3])
    window = protocol.window
    if window is not None and authors and min(shape) < window[0]:
        window = None
    if window is not None:
        output = _slide(model, images, *window, precision)
    else:
        output = _forward(model, images, size if protocol.style == "plain" else shape, precision)
    output = output[:, : border[0], : border[1]] if shape != border else output
    output = output.flip(2) if mirrored else output
    if output.shape[1:] == size:
        return output
    if authors:
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
