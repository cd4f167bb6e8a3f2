"""What is compared: one case is a part of the network at one size, evaluated in several forms."""

from __future__ import annotations

from dataclasses import dataclass

from annn.blocks import CONTEXTS
from annn.device import PRECISIONS
from annn.errors import ConfigError
from annn.model import RESNET

LEVELS = ("attention", "afnb", *CONTEXTS, "blocks", "head", "network")
MODES = ("forward", "step")
FORMS = ("dense", "dense, fused kernel", "textbook", "ours", "folded", "ours compiled", "folded compiled")
"""The dense non-local block, plain and by `scaled_dot_product_attention`; the paper's order of evaluation, as released;
regrouped (`blocks`); regrouped and folded (`fold`); the last two through `torch.compile`."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One comparison.

    level: "attention" is query, key, value, softmax and W on one map, as the paper measures (no fuse convolution);
        "afnb" and the names of context blocks, such as "apnb", are whole blocks, "blocks" AFNB and APNB as they stand
        in the head, "head" is AFNB, 3x3 convolution, APNB and classifier, and "network" all from the image to the
        upsampled logits.
    grid: (H, W) of the maps; of the image for "network".
    channels: of the map ("attention", a context block), or of Stage5; other widths as in the paper, key and value 256.
    mode: "forward" is inference; "step" is forward and backward to all parameters and inputs, in training mode.
    depth: of the ResNet, for "network". backbone, output_stride: another network of timm in its place, as in
        `ModelConfig`; `channels` means nothing then.
    """

    level: str
    grid: tuple[int, int]
    mode: str = "forward"
    channels: int = 2048
    forms: tuple[str, ...] = ("textbook", "ours")
    precision: str = "fp32"
    channels_last: bool = False
    batch: int = 1
    depth: int = 101
    backbone: str = RESNET
    output_stride: int = 8

    def __post_init__(self) -> None:
        for name, known in (("level", LEVELS), ("mode", MODES), ("precision", tuple(PRECISIONS))):
            _check(name, getattr(self, name), known)
        for form in self.forms:
            _check("forms", form, FORMS)
        if "textbook" not in self.forms:
            raise ConfigError("forms: 'textbook' is missing; every other form is checked and compared against it.")
        if self.mode == "step" and any(form.startswith("folded") for form in self.forms):
            raise ConfigError("forms: a folded network cannot be trained; leave it out of a case with mode='step'.")
        if "dense, fused kernel" in self.forms and self.level != "attention":
            raise ConfigError(f"forms: 'dense, fused kernel' is made for level='attention', found {self.level!r}.")

    @property
    def positions(self) -> int:
        """N = H * W."""
        return self.grid[0] * self.grid[1]

    def __str__(self) -> str:
        layout = "channels last" if self.channels_last else "channels first"
        width = f"C={self.channels}" if self.backbone == RESNET else self.backbone
        return f"{self.level} {self.mode} {self.grid[0]}x{self.grid[1]}, {width}, {self.precision}, {layout}"


def _check(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"{name}: {value!r} is not known; choose one of {', '.join(map(repr, known))}.")
