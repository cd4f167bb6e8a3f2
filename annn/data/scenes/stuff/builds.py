"""The proportions and colors of quadrupeds."""

from dataclasses import dataclass

from annn.data.scenes.light import Color
from annn.data.scenes.stuff.sketch import Flat


@dataclass(frozen=True, kw_only=True)
class Build:
    """Proportions in units of the height at the back, facing right. trunk: outline's half length and depth.
    neck: end point relative to the shoulder; thick: widths of the neck at both ends; head: length, depth."""

    height: float
    colors: tuple[Color, ...]
    length: float = 0.65
    depth: float = 0.42
    neck: Flat = (0.25, 0.25)
    thick: Flat = (0.24, 0.14)
    head: Flat = (0.26, 0.13)
    drop: float = -0.10  # of the muzzle below the end of the neck
    leg: float = 0.12
    hoof: Color = (0.12, 0.10, 0.09)
    tail: float = 0.4
    slope: float = 0.0  # of the back, towards the tail


BUILDS: dict[str, Build] = {
    "cow": Build(
        height=1.45,
        colors=((0.36, 0.2, 0.12), (0.9, 0.88, 0.84), (0.12, 0.11, 0.11), (0.62, 0.42, 0.26)),
        length=0.78,
        depth=0.52,
        neck=(0.2, 0.08),
        thick=(0.36, 0.22),
        head=(0.3, 0.17),
        drop=-0.16,
        leg=0.11,
    ),
    "horse": Build(
        height=1.6,
        colors=((0.36, 0.19, 0.1), (0.2, 0.13, 0.1), (0.82, 0.8, 0.76), (0.55, 0.33, 0.16)),
        length=0.68,
        depth=0.4,
        neck=(0.27, 0.4),
        thick=(0.34, 0.16),
        head=(0.34, 0.13),
        drop=-0.2,
        leg=0.105,
        tail=0.55,
    ),
    "sheep": Build(
        height=0.85,
        colors=((0.88, 0.86, 0.8), (0.8, 0.77, 0.7), (0.3, 0.27, 0.25)),
        length=0.72,
        depth=0.62,
        neck=(0.14, 0.12),
        thick=(0.3, 0.2),
        head=(0.26, 0.15),
        drop=-0.14,
        leg=0.1,
        tail=0.12,
    ),
    "zebra": Build(
        height=1.35,
        colors=((0.9, 0.89, 0.86),),
        length=0.66,
        depth=0.42,
        neck=(0.27, 0.36),
        thick=(0.34, 0.18),
        head=(0.32, 0.14),
        drop=-0.18,
        leg=0.1,
        tail=0.42,
    ),
    "giraffe": Build(
        height=2.9,
        colors=((0.86, 0.7, 0.44),),
        length=0.42,
        depth=0.3,
        neck=(0.32, 0.86),
        thick=(0.27, 0.1),
        head=(0.2, 0.085),
        drop=-0.07,
        leg=0.07,
        tail=0.3,
        slope=0.14,
    ),
    "elephant": Build(
        height=2.7,
        colors=((0.44, 0.42, 0.41), (0.5, 0.45, 0.42), (0.36, 0.36, 0.37)),
        length=0.66,
        depth=0.56,
        neck=(0.12, 0.02),
        thick=(0.42, 0.4),
        head=(0.32, 0.34),
        drop=-0.06,
        leg=0.19,
        tail=0.36,
    ),
    "bear": Build(
        height=1.15,
        colors=((0.26, 0.16, 0.1), (0.14, 0.11, 0.1), (0.4, 0.27, 0.16)),
        length=0.78,
        depth=0.58,
        neck=(0.2, 0.04),
        thick=(0.46, 0.32),
        head=(0.34, 0.22),
        drop=-0.06,
        leg=0.2,
        tail=0.06,
    ),
    "dog": Build(
        height=0.58,
        colors=((0.62, 0.42, 0.22), (0.16, 0.14, 0.13), (0.85, 0.8, 0.72), (0.4, 0.26, 0.16)),
        length=0.72,
        depth=0.42,
        neck=(0.16, 0.24),
        thick=(0.26, 0.2),
        head=(0.34, 0.16),
        drop=-0.04,
        leg=0.12,
        tail=-0.35,
    ),
    "cat": Build(
        height=0.3,
        colors=((0.3, 0.28, 0.27), (0.85, 0.5, 0.2), (0.12, 0.12, 0.13), (0.8, 0.77, 0.72)),
        length=0.85,
        depth=0.46,
        neck=(0.14, 0.18),
        thick=(0.26, 0.24),
        head=(0.3, 0.26),
        drop=0.0,
        leg=0.12,
        tail=-0.7,
    ),
}
