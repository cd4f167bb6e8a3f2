"""The canvas: polygons painted as paint numbers, and one look-up per pixel that turns them into image and labels.

Every polygon is drawn once, into one integer image, as the number of its paint. A paint knows its plane in the world,
its two colors and texture, its label and its instance. Image and label are both read off that one map, so they match
pixel by pixel; depth, perspective texture, haze and shadow follow from the plane of the paint under the pixel.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt8
from PIL import Image, ImageDraw, ImageFilter

from annn.data.scenes.camera import Camera, Pixel, Point
from annn.data.scenes.light import Color, Light
from annn.data.scenes.texture import HIGH, LEVELS, LOW, NAMES, SIZE, TILE, atlas, sensor_noise

WITH_INSTANCES = range(24, 34)  # person .. bicycle


class Plane(NamedTuple):
    """An axis-aligned plane: the points whose coordinate on `axis` ("x", "y" or "z") is `at`, in metres."""

    axis: str
    at: float


class Painted(NamedTuple):
    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"]
    instances: Int[np.ndarray, "H W"]
    planted: UInt8[np.ndarray, "H W"]


class Canvas:
    """Collects paints and polygons of one scene; `develop` computes the picture."""

    def __init__(self, camera: Camera, light: Light) -> None:
        self.camera, self.light = camera, light
        size = (camera.width, camera.height)
        self._map = Image.new("I", size, 0)
        self._pen = ImageDraw.Draw(self._map)
        self._shade = Image.new("L", size, 0)
        self._shade_pen = ImageDraw.Draw(self._shade)
        self._rows: list[tuple[float, ...]] = []
        self._instances: dict[int, int] = {}
        normals = ((0.0, 0.0, -1.0), (-1.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, -1.0, 0.0))
        self._facing = [light.on(normal) for normal in normals]

    def new_instance(self, label: int) -> int:
        """The Cityscapes instance id of a new object: label * 1000 + count, or the label itself for stuff."""
        if label not in WITH_INSTANCES:
            return label
        count = self._instances.get(label, -1) + 1
        self._instances[label] = count
        return label * 1000 + count

    def lit(self, plane: Plane) -> Color:
        """Light per channel on the side of a plane that the camera sees."""
        if plane.axis == "z":
            return self._facing[0]
        if plane.axis == "x":
            return self._facing[1 if plane.at > 0 else 2]
        return self._facing[3 if plane.at < self.camera.eye else 4]

    def paint(
        self,
        color: Color,
        *,
        label: int,
        plane: Plane,
        second: Color | None = None,
        tile: str = "flat",
        metres: tuple[float, float] = (1.0, 1.0),
        origin: tuple[float, float] = (0.0, 0.0),
        instance: int | None = None,
        planted: int = 0,
        gain: float = 1.0,
        glow: bool = False,
        grounded: bool = True,
    ) -> int:
        """A new paint; returns its number.

        color, second: mixed by `tile`, which repeats every `metres` from `origin` along the plane's two axes (x, z on
        the ground; z, y on a side; x, y on a front). glow: shines by itself, unlit and hardly dimmed by haze.
        grounded: darkens towards the ground, as surfaces standing on it do.
        """
        kr, kg, kb = (1.0, 1.0, 1.0) if glow else self.lit(plane)
        kr, kg, kb = kr * gain, kg * gain, kb * gain
        r, g, b = color[0] * kr, color[1] * kg, color[2] * kb
        dr, dg, db = 0.0, 0.0, 0.0
        if second is not None:
            dr, dg, db = second[0] * kr - r, second[1] * kg - g, second[2] * kb - b
        su, sv = SIZE / metres[0], SIZE / metres[1]
        # 64 whole tiles on top keep texel coordinates positive, where truncation means floor
        ou, ov = 64 * SIZE - origin[0] * su, 64 * SIZE - origin[1] * sv
        eye = self.camera.eye
        mx = my = mz = 0.0
        if plane.axis == "y":
            my = 1 / (plane.at - eye) if abs(plane.at - eye) > 0.02 else -50.0
            uv, steep = (su, 0.0, 0.0, sv, ou, ov), abs(my)
        elif plane.axis == "x":
            mx = 1 / plane.at
            uv, steep = (0.0, su, sv, 0.0, ou, ov + eye * sv), abs(mx)
        else:
            mz = 1 / plane.at
            uv, steep = (su, 0.0, sv, 0.0, ou, ov + eye * sv), abs(mz)
        # texels per pixel = footprint * depth^2: how far apart neighbouring rays hit the plane, as seen at a slant
        footprint = 0.5 * (su + sv) * steep / self.camera.pixels_per_unit
        flat_ground = plane.axis == "y" and plane.at < 1.0
        low = 0.42 if grounded and plane.axis != "y" and not glow else 0.0
        span = (HIGH - LOW) / 255
        self._rows.append((
            mx, my, mz, *uv, footprint, TILE[tile] * SIZE * SIZE,
            r + dr * LOW, g + dg * LOW, b + db * LOW, dr * span, dg * span, db * span,
            label, label if instance is None else instance, planted,
            1.0 if flat_ground else 0.0, low, 0.25 if glow else 1.0,
        ))  # fmt: skip
        return len(self._rows) - 1

    def sees(self, x: float, z: float, margin: float = 0.0) -> bool:
        """Whether something within `margin` metres of (x, z) may be in view; generous, and the same at every size."""
        return abs(x) - margin < 0.5 + z / self.camera.focal * 0.72

    def polygon(self, paint: int, points: list[Point]) -> None:
        """Fills a polygon given by world points."""
        self.pixels(paint, self.camera.project(points))

    def pixels(self, paint: int, corners: list[Pixel]) -> None:
        """Fills a polygon given by pixel coordinates."""
        if len(corners) > 2:
            self._pen.polygon(corners, fill=paint)

    def stamp(self, paint: int, mask: Image.Image, centre: Point, wide: float, high: float) -> None:
        """Fills a ragged silhouette of the given size in metres, upright at a world point."""
        corner = self.camera.project([centre])
        if not corner:
            return
        x, y, z = self.camera.rotation[6:]
        depth = max(x * centre[0] + y * (centre[1] - self.camera.eye) + z * centre[2], 0.1)
        w = max(1, round(wide * self.camera.pixels_per_unit / depth))
        h = max(1, round(high * self.camera.pixels_per_unit / depth))
        if w > 4 * self.camera.width:
            return
        shape = mask.resize((w, h), Image.Resampling.NEAREST)
        left, top = round(corner[0][0] - w / 2), round(corner[0][1] - h / 2)
        self._map.paste(paint, (left, top, left + w, top + h), shape)

    def shadow(self, points: list[Point], strength: float = 1.0) -> None:
        """Darkens the ground inside a polygon given by world points."""
        corners = self.camera.project(points)
        if len(corners) > 2:
            self._shade_pen.polygon(corners, fill=round(255 * strength))

    def cast(self, points: list[Point], strength: float = 1.0) -> None:
        """The shadow on the ground of an upright flat polygon standing in the sun."""
        if points[0][2] > 70:
            return
        x, y, z = self.light.sun
        self.shadow([(px - py * x / y, 0.0, pz - py * z / y) for px, py, pz in points], strength)

    def develop(self, noise_shift: tuple[int, int]) -> Painted:
        """Image, label, instance and planted maps of what was painted, noise and optics included."""
        index = np.asarray(self._map).astype(np.intp)
        table = np.array(self._rows, dtype=np.float64)
        columns = np.ascontiguousarray(table.T.astype(np.float32))
        identities = table[:, 17:20].astype(np.int32)
        channels = self._colors(index, columns)
        light = self.light
        image = expose(channels, noise_shift, vignette=light.vignette, blur=light.blur, noise=light.noise)
        label = np.take(identities[:, 0].astype(np.uint8), index, mode="clip")
        instances = np.take(np.ascontiguousarray(identities[:, 1]), index, mode="clip")
        planted = np.take(identities[:, 2].astype(np.uint8), index, mode="clip")
        return Painted(image, label, instances, planted)

    def _colors(self, index: Int[np.ndarray, "H W"], columns: Float[np.ndarray, "K P"]) -> list[np.ndarray]:
        """The three channels [H W] in 0..1 under texture, shadow and haze."""

        def pick(column: int) -> np.ndarray:
            return np.take(columns[column], index, mode="clip")

        rx, ry, rz = self.camera.rays()
        nearness = pick(0) * rx + pick(1) * ry + pick(2) * rz
        depth = 1 / np.maximum(nearness, 1e-4)
        u = depth * (pick(3) * rx + pick(4) * rz) + pick(7)
        v = depth * (pick(5) * ry + pick(6) * rz) + pick(8)
        spread = pick(9) * depth * depth
        level = np.clip((spread.view(np.int32) >> 23) - 126, 0, LEVELS - 1)  # its binary exponent: 1 + log2, floored
        texel = u.astype(np.int32) & (SIZE - 1)
        texel += (v.astype(np.int32) & (SIZE - 1)) * SIZE
        texel += pick(10).astype(np.int32)
        texel += level * (len(NAMES) * SIZE * SIZE)
        mix = np.take(atlas(), texel, mode="clip").astype(np.float32)
        soft = self._shade.filter(ImageFilter.BoxBlur(max(1, self.camera.width // 300)))
        gain = 1 - pick(20) * (np.asarray(soft).astype(np.float32) * np.float32(self.light.shadow / 255))
        height = np.maximum(self.camera.eye + depth * ry, 0.0) * 1.6
        gain *= 1 - pick(21) / (1 + height * (1 + height))
        x = depth * (self.light.haze * pick(22))
        haze = x / (1 + x)
        clear = gain * (1 - haze)
        return [(pick(11 + c) + mix * pick(14 + c)) * clear + haze * self.light.air[c] for c in range(3)]


def expose(
    channels: Sequence[Float[np.ndarray, "H W"]], shift: tuple[int, int], *, vignette: float, blur: float, noise: float
) -> UInt8[np.ndarray, "H W 3"]:
    """An image as a camera takes it, from channels in 0..1: vignette, blur and sensor noise, rounded to bytes.

    shift: where the noise begins. vignette: the light that is lost in the corners. blur, noise: as in `Light`.
    """
    height, width = channels[0].shape
    x = (np.arange(width, dtype=np.float32) / width - 0.5)[None, :]
    y = (np.arange(height, dtype=np.float32) / height - 0.5)[:, None]
    gain = 255 * (1 - np.float32(vignette * 2) * (x * x + y * y))
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    tile = sensor_noise()
    rows, columns = ((np.arange(n) + first) % m for n, first, m in zip((height, width), shift, tile.shape, strict=True))
    grain = tile[rows[:, None], columns[None, :]] * np.float32(255 * noise)
    for c, channel in enumerate(channels):
        soft = _soften(channel, blur * min(1.0, width / 512))
        soft *= gain
        soft += grain
        pixels[..., c] = np.clip(soft, 0, 255, out=soft)
    return pixels


def _soften(channel: Float[np.ndarray, "H W"], share: float) -> Float[np.ndarray, "H W"]:
    """A slight blur: each pixel gives `share` of itself to each neighbour along rows, then along columns."""
    mixed = channel * (1 - 2 * share)
    mixed[:, 1:-1] += share * (channel[:, :-2] + channel[:, 2:])
    mixed[:, :: channel.shape[1] - 1] += 2 * share * channel[:, :: channel.shape[1] - 1]
    out = mixed * (1 - 2 * share)
    out[1:-1] += share * (mixed[:-2] + mixed[2:])
    out[:: channel.shape[0] - 1] += 2 * share * mixed[:: channel.shape[0] - 1]
    return out
