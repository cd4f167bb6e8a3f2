"""A pinhole camera over a flat street: world points to pixels, pixels to rays.

World axes: X to the right across the street, Y up, Z forward along it, in metres; the camera stands at (0, eye, 0).
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

NEAR = 0.6  # metres; polygons are clipped here, so that no vertex projects to infinity

Point = tuple[float, float, float]
Pixel = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Camera:
    """Pinhole camera; lengths in fractions of the image, so that another size shows the same view.

    focal: focal length / image width. horizon: row of the optical axis / image height. Angles in radians.
    mirrored: left and right exchanged, which turns right-hand into left-hand traffic.
    """

    width: int
    height: int
    focal: float
    horizon: float
    eye: float
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    mirrored: bool = False

    @cached_property
    def rotation(self) -> tuple[float, ...]:
        """Row-major 3x3 rotation from world to camera axes (yaw, then pitch, then roll)."""
        cy, sy = math.cos(self.yaw), math.sin(self.yaw)
        cp, sp = math.cos(self.pitch), math.sin(self.pitch)
        cr, sr = math.cos(self.roll), math.sin(self.roll)
        turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
        tilt = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        bank = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return tuple(float(entry) for entry in (bank @ tilt @ turn).ravel())

    @cached_property
    def pixels_per_unit(self) -> float:
        """Focal length in pixels: a metre at a distance of one metre."""
        return self.focal * self.width

    def project(self, points: list[Point]) -> list[Pixel]:
        """Pixel coordinates of a polygon's corners, clipped at the near plane; an empty list behind the camera."""
        a, b, c, d, e, f, g, h, i = self.rotation
        eye = self.eye
        turned = []
        behind = False
        for x, y, z in points:
            y -= eye
            depth = g * x + h * y + i * z
            behind |= depth < NEAR
            turned.append((a * x + b * y + c * z, d * x + e * y + f * z, depth))
        if behind:
            turned = _clip(turned)
        scale = self.pixels_per_unit
        across = -scale if self.mirrored else scale
        u0, v0 = self.width * 0.5 - 0.5, self.height * self.horizon - 0.5
        return [(u0 + across * x / z, v0 - scale * y / z) for x, y, z in turned]

    def rays(self) -> tuple[Float[np.ndarray, "H W"], Float[np.ndarray, "H W"], Float[np.ndarray, "H W"]]:
        """World direction (x, y, z) of every pixel's ray, one metre long along the optical axis."""
        scale = self.pixels_per_unit
        x = ((np.arange(self.width) + 0.5 - self.width * 0.5) / scale)[None, :]
        y = (-(np.arange(self.height) + 0.5 - self.height * self.horizon) / scale)[:, None]
        if self.mirrored:
            x = -x
        a, b, c, d, e, f, g, h, i = self.rotation
        rays = (a * x + d * y + g, b * x + e * y + h, c * x + f * y + i)
        return tuple(ray.astype(np.float32) for ray in rays)  # type: ignore[return-value]


def _clip(corners: list[Point]) -> list[Point]:
    """Part of a polygon in camera axes that lies beyond the near plane (Sutherland and Hodgman)."""
    kept: list[Point] = []
    for (x0, y0, z0), (x1, y1, z1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if z0 >= NEAR:
            kept.append((x0, y0, z0))
        if (z0 >= NEAR) != (z1 >= NEAR):
            t = (NEAR - z0) / (z1 - z0)
            kept.append((x0 + t * (x1 - x0), y0 + t * (y1 - y0), NEAR))
    return kept
