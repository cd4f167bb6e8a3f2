"""From faces to pixels: nearest face under every pixel, then texture, light, shadows and optics at once."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from PIL import Image, ImageDraw, ImageFilter

from annn.data.scenes.camera import NEAR, Camera
from annn.data.scenes.rooms.ids import MIRROR
from annn.data.scenes.rooms.light import RoomLight
from annn.data.scenes.rooms.material import NAMES, atlas
from annn.data.scenes.rooms.solids import Space
from annn.data.scenes.texture import HIGH, LEVELS, LOW, SIZE, sensor_noise

MAP, PER_METRE = 256, 24  # shadow maps of floor and walls: pixels a side, and per metre
CHANNELS = 3
CORNER = 0.38  # share of light missing in a corner


class Walls(NamedTuple):
    """The room as a box: x0 < 0 < x1 and z0 < 0 < z1 around the camera, from the floor at 0 to `high`."""

    x0: float
    x1: float
    z0: float
    z1: float
    high: float


class Painted(NamedTuple):
    image: UInt8[np.ndarray, "H W 3"]
    label: Int[np.ndarray, "H W"]
    things: Int[np.ndarray, "H W"]
    depth: Float[np.ndarray, "H W"]


class Faces(NamedTuple):
    """All faces as arrays of F rows. near: inverse depth = near . (x, y, 1) in the camera's image plane."""

    first: np.ndarray
    counts: np.ndarray
    points: np.ndarray
    normal: Float[np.ndarray, "F 3"]
    plane: Float[np.ndarray, "F 3"]
    along: Float[np.ndarray, "F 3"]
    upwards: Float[np.ndarray, "F 3"]
    origin: Float[np.ndarray, "F 3"]
    rows: Float[np.ndarray, "F R"]
    visible: Bool[np.ndarray, " F"]


def render(space: Space, camera: Camera, walls: Walls, light: RoomLight, shift: tuple[int, int]) -> Painted:
    """The picture of a furnished room, its labels, the thing under each pixel, and depth in metres."""
    faces = _faces(space, camera)
    index, nearness = _rasterise(space, faces, camera)
    depth = 1 / np.maximum(nearness, 1e-3)
    label = np.take(faces.rows[:, 10].astype(np.int32), index)
    things = np.take(faces.rows[:, 11].astype(np.int32), index)
    channels = _shade(faces, index, depth, camera, walls, light, _shadow_maps(space, walls))
    _reflect(channels, label == MIRROR)
    return Painted(_optics(channels, light, shift), label, things, depth)


def _faces(space: Space, camera: Camera) -> Faces:
    points = np.array(space.points)
    counts = np.array(space.counts)
    first = np.cumsum(counts) - counts
    eye = np.array([0.0, camera.eye, 0.0])
    p0, p1, p2 = points[first], points[first + 1], points[first + 2]
    along = p1 - p0
    normal = np.cross(along, p2 - p0)
    length = np.linalg.norm(normal, axis=1)
    normal /= np.maximum(length, 1e-12)[:, None]
    along /= np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
    distance = ((p0 - eye) * normal).sum(axis=1)
    rows = np.array(space.rows)
    visible = (length > 1e-9) & (np.abs(distance) > 1e-4) & ((distance < 0) | (rows[:, 12] == 0))
    plane = normal / np.where(visible, distance, 1.0)[:, None]
    upwards = np.cross(normal, along)
    normal = np.where(distance[:, None] > 0, -normal, normal)
    return Faces(first, counts, points, normal, plane, along, upwards, p0 - eye, rows, visible)


def _rasterise(space: Space, faces: Faces, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Number of the nearest face under every pixel, and its inverse depth."""
    width, height = camera.width, camera.height
    turn = np.array(camera.rotation).reshape(3, 3)
    turned = (faces.points - (0.0, camera.eye, 0.0)) @ turn.T
    near = faces.plane @ turn.T  # inverse depth = near . (x, y, 1)
    scale = camera.pixels_per_unit
    across = -scale if camera.mirrored else scale
    u0, v0 = width * 0.5 - 0.5, height * camera.horizon - 0.5
    deep = np.maximum(turned[:, 2], NEAR)
    pixels = np.stack([u0 + across * turned[:, 0] / deep, v0 - scale * turned[:, 1] / deep], axis=1)
    cut = np.minimum.reduceat(turned[:, 2], faces.first) < NEAR
    gone = np.maximum.reduceat(turned[:, 2], faces.first) < NEAR
    low, high = np.minimum.reduceat(pixels, faces.first), np.maximum.reduceat(pixels, faces.first)
    outside = ~cut & ((high[:, 0] < 0) | (high[:, 1] < 0) | (low[:, 0] > width - 1) | (low[:, 1] > height - 1))
    following = np.arange(len(pixels)) + 1
    following[faces.first + faces.counts - 1] = faces.first
    twist = pixels[:, 0] * pixels[following, 1] - pixels[following, 0] * pixels[:, 1]
    area, reach = np.abs(np.add.reduceat(twist, faces.first)) / 2, (high - low).max(axis=1)
    # a side of a solid that is seen along its surface would be drawn as a line, in front of everything
    outside |= ~cut & (faces.rows[:, 12] == 1) & (area < 0.3 * reach)
    nearest = 1 / np.maximum(np.minimum.reduceat(turned[:, 2], faces.first), NEAR) + 1e-6
    slope_u, slope_v = near[:, 0] / across, -near[:, 1] / scale
    base = near[:, 2] - slope_u * u0 - slope_v * v0
    index = np.zeros((height, width), dtype=np.intp)
    best = np.full((height, width), 1e-3)
    columns, rows = np.arange(width), np.arange(height)[:, None]
    for k in np.flatnonzero(faces.visible & ~gone & ~outside).tolist():
        start = int(faces.first[k])
        if cut[k]:
            corners = camera.project([tuple(p) for p in faces.points[start : start + int(faces.counts[k])].tolist()])
            if len(corners) < 3:
                continue
        else:
            corners = [(u, v) for u, v in pixels[start : start + int(faces.counts[k])].tolist()]
        us, vs = [c[0] for c in corners], [c[1] for c in corners]
        left, right = max(0, round(min(us))), min(width - 1, round(max(us))) + 1
        top, bottom = max(0, round(min(vs))), min(height - 1, round(max(vs))) + 1
        if right <= left or bottom <= top:
            continue
        mask = _mask(corners, left, top, right - left, bottom - top, space.masks.get(k))
        inverse = (slope_u[k] * columns[left:right] + base[k]) + slope_v[k] * rows[top:bottom]
        np.minimum(inverse, nearest[k], out=inverse)  # a pixel at the edge may lie beyond the face
        patch = best[top:bottom, left:right]
        mask = mask & (inverse > patch)
        np.copyto(patch, inverse, where=mask)
        index[top:bottom, left:right][mask] = k
    return index, best.astype(np.float32)


def _mask(corners: list[tuple[float, float]], left: int, top: int, wide: int, high: int,
          silhouette: Image.Image | None) -> np.ndarray:  # fmt: skip
    if silhouette is not None:
        us, vs = [c[0] for c in corners], [c[1] for c in corners]
        size = (max(1, round(max(us) - min(us))), max(1, round(max(vs) - min(vs))))
        shape = silhouette.resize(size, Image.Resampling.NEAREST)
        tile = Image.new("L", (wide, high), 0)
        tile.paste(1, (round(min(us)) - left, round(min(vs)) - top), shape)
        return np.asarray(tile).view(bool)
    tile = Image.new("L", (wide, high), 0)
    ImageDraw.Draw(tile).polygon([(u - left, v - top) for u, v in corners], fill=1)
    return np.asarray(tile).view(bool)


def _shadow_maps(space: Space, walls: Walls) -> Float[np.ndarray, "5 M M"]:
    """Darkness by what stands on the floor (1) and close to the back (2), left (3) and right (4) wall."""
    drawn = [Image.new("L", (MAP, MAP), 0) for _ in range(5)]
    pens = [ImageDraw.Draw(image) for image in drawn]
    for mark in space.footprints:
        xs, zs = [p[0] for p in mark.corners], [p[1] for p in mark.corners]
        if mark.low < 0.05:
            corners = [((x - walls.x0) * PER_METRE, z * PER_METRE) for x, z in mark.corners]
            pens[1].polygon(corners, fill=round(255 * mark.dark))
        gaps = (
            (2, walls.z1 - max(zs), xs, walls.x0),
            (3, min(xs) - walls.x0, zs, 0.0),
            (4, walls.x1 - max(xs), zs, 0.0),
        )
        for surface, gap, spread, origin in gaps:
            if gap < 0.6:
                a, b = (min(spread) - origin - 0.05) * PER_METRE, (max(spread) - origin + 0.05) * PER_METRE
                dark = round(255 * max(0.0, 1 - gap / 0.6))
                pens[surface].rectangle([a, max(0.0, mark.low - 0.1) * PER_METRE, b, (mark.high - 0.02) * PER_METRE],
                                        fill=dark)  # fmt: skip
    maps: list[np.ndarray] = [np.zeros((MAP, MAP), dtype=np.float32)]
    for image in drawn[1:]:
        close = np.asarray(image.filter(ImageFilter.BoxBlur(2))).astype(np.float32)
        wide = np.asarray(image.filter(ImageFilter.BoxBlur(9))).astype(np.float32)
        maps.append((0.5 * close + 0.4 * wide) * np.float32(1 / 255))
    return np.stack(maps)


def _shade(faces: Faces, index: np.ndarray, depth: np.ndarray, camera: Camera, walls: Walls, light: RoomLight,
           maps: np.ndarray) -> list[np.ndarray]:  # fmt: skip
    """Linear light of the three channels [H W]: albedo times what falls on it, plus what glows."""

    def pick(column: np.ndarray) -> np.ndarray:
        return np.take(column.astype(np.float32), index)

    rows = faces.rows
    rx, ry, rz = camera.rays()
    x, y, z = depth * rx, depth * ry, depth * rz  # from the camera
    stretch = rows[:, 7:9].T
    u = x * pick(faces.along[:, 0] * stretch[0]) + y * pick(faces.along[:, 1] * stretch[0])
    u += z * pick(faces.along[:, 2] * stretch[0]) + pick(64 * SIZE - (faces.along * faces.origin).sum(1) * stretch[0])
    v = x * pick(faces.upwards[:, 0] * stretch[1]) + y * pick(faces.upwards[:, 1] * stretch[1])
    v += z * pick(faces.upwards[:, 2] * stretch[1])
    v += pick(64 * SIZE - (faces.upwards * faces.origin).sum(1) * stretch[1])
    steep = np.linalg.norm(faces.plane, axis=1)
    spread = pick(0.5 * stretch.sum(axis=0) * steep / camera.pixels_per_unit) * depth * depth
    level = np.clip((spread.view(np.int32) >> 23) - 126, 0, LEVELS - 1)  # its binary exponent: 1 + log2, floored
    texel = (u.astype(np.int32) & (SIZE - 1)) + (v.astype(np.int32) & (SIZE - 1)) * SIZE
    texel += (pick(rows[:, 6]).astype(np.int32) + level * len(NAMES)) * (SIZE * SIZE)
    mix = np.take(atlas(), texel).astype(np.float32) * np.float32((HIGH - LOW) / 255) + np.float32(LOW)

    normal = [pick(faces.normal[:, axis]) for axis in range(3)]
    y = y + camera.eye
    dim = _corners(x, y, z, normal, walls) * (1 - _on_maps(maps, pick(rows[:, 13]).astype(np.int32), x, y, z, walls))
    fall = _light(x, y, z, normal, dim, light)
    glow = pick(rows[:, 9])
    return [np.maximum(pick(rows[:, c]) + mix * pick(rows[:, 3 + c]), 0.0) * (fall[c] + glow) for c in range(CHANNELS)]


def _corners(x: np.ndarray, y: np.ndarray, z: np.ndarray, normal: list[np.ndarray], walls: Walls) -> np.ndarray:
    """Less light in the corners, where walls hide a part of the room from each other."""

    def near(distance: np.ndarray) -> np.ndarray:
        return 1 / (1 + 9 * distance * distance)

    dim = 1 - CORNER * (1 - np.abs(normal[0])) * (near(x - walls.x0) + near(walls.x1 - x))
    dim *= 1 - CORNER * (1 - np.abs(normal[2])) * near(walls.z1 - z)
    dim *= 1 - CORNER * (1 - np.abs(normal[1])) * (near(y) + near(walls.high - y))
    return dim


def _on_maps(
    maps: np.ndarray, surface: np.ndarray, x: np.ndarray, y: np.ndarray, z: np.ndarray, walls: Walls
) -> np.ndarray:
    a = np.where(surface >= 3, z, x - walls.x0)
    b = np.where(surface == 1, z, y)
    columns = np.clip(a * PER_METRE, 0, MAP - 1).astype(np.int32)
    lines = np.clip(b * PER_METRE, 0, MAP - 1).astype(np.int32)
    return np.take(maps, (surface * MAP + lines) * MAP + columns)


def _light(x: np.ndarray, y: np.ndarray, z: np.ndarray, normal: list[np.ndarray], dim: np.ndarray,
           light: RoomLight) -> list[np.ndarray]:  # fmt: skip
    """Light per channel that falls on every pixel's surface."""
    nx, ny, nz = normal
    even = dim * (0.86 + 0.14 * ny)
    fall = [even * c for c in light.ambient]
    for lamp in light.lamps:
        lx, ly, lz = lamp.at[0] - x, lamp.at[1] - y, lamp.at[2] - z
        square = lx * lx + ly * ly + lz * lz
        share = (nx * lx + ny * ly + nz * lz) / np.sqrt(square + 1e-4)
        share = np.maximum(0.75 * share + 0.25, 0.0)  # a little wraps around: walls send light back
        if lamp.facing is not None:
            fx, fy, fz = lamp.facing
            share *= np.clip(-(fx * lx + fy * ly + fz * lz) / np.sqrt(square + 1e-4) * 1.1 + 0.12, 0.0, 1.0)
        share *= dim / (1 + square / (lamp.reach * lamp.reach))
        for c in range(CHANNELS):
            fall[c] += share * lamp.color[c]
    if light.sun is not None:
        sx, sy, sz = light.sun
        facing = np.maximum(nx * sx + ny * sy + nz * sz, 0.0) * dim
        for opening in light.openings:
            towards = light.sun[opening.axis] or 1e-6
            t = (opening.at - (x if opening.axis == 0 else z)) / towards
            along = (z + t * sz) if opening.axis == 0 else (x + t * sx)
            up = y + t * sy
            patch = facing * (t > 0.02) * _within(along, opening.along, 30.0) * _within(up, opening.up, 30.0)
            for c in range(CHANNELS):
                fall[c] += patch * light.sun_color[c]
    return fall


def _within(value: np.ndarray, span: tuple[float, float], sharp: float) -> np.ndarray:
    """1 inside a pane and 0 outside and behind the bar in its middle, with soft edges."""
    half = (span[1] - span[0]) / 2
    off = np.abs(value - (span[0] + half))
    return np.clip((half - off) * sharp, 0, 1) * np.clip((off - 0.03) * sharp, 0, 1)


def _reflect(channels: list[np.ndarray], mirror: np.ndarray) -> None:
    """Mirrors show the other side of the picture."""
    lines, columns = np.nonzero(mirror)
    if len(lines):
        flipped = mirror.shape[1] - 1 - columns
        for channel in channels:
            channel[lines, columns] = 0.35 * channel[lines, columns] + 0.65 * channel[lines, flipped]


def _optics(channels: list[np.ndarray], light: RoomLight, shift: tuple[int, int]) -> UInt8[np.ndarray, "H W 3"]:
    """Exposure, film curve, vignette, blur and sensor noise, rounded to bytes."""
    height, width = channels[0].shape
    middle = float(np.median(channels[1][::5, ::5]))
    exposure = (light.target / max(middle, 1e-3)) ** 0.8
    x = (np.arange(width, dtype=np.float32) / width - 0.5)[None, :]
    y = (np.arange(height, dtype=np.float32) / height - 0.5)[:, None]
    vignette = exposure * (1 - np.float32(light.vignette * 2) * (x * x + y * y))
    tile = sensor_noise()
    rows = (np.arange(height) + shift[0]) % tile.shape[0]
    columns = (np.arange(width) + shift[1]) % tile.shape[1]
    noise = tile[rows[:, None], columns[None, :]] * np.float32(255 * light.noise)
    share = np.float32(light.blur * min(1.0, width / 400))
    pixels = np.empty((height, width, 3), dtype=np.uint8)
    for c, channel in enumerate(channels):
        bright = channel * (vignette * np.float32(light.cast[c]))
        bright = bright * (1 + bright * 0.25) / (1 + bright * 0.6)  # highlights run out slowly
        soft = np.sqrt(np.minimum(bright, 1.0)) * np.float32(255)
        soft[:, 1:-1] += share * (soft[:, :-2] + soft[:, 2:] - 2 * soft[:, 1:-1])
        soft[1:-1] += share * (soft[:-2] + soft[2:] - 2 * soft[1:-1])
        pixels[..., c] = np.clip(soft + noise, 0, 255)
    return pixels
