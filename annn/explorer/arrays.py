"""Arrays for the page: one behind the other, as they are or deflated; numbers as bytes with a scale."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8, UInt16
from torch import Tensor


@dataclass
class Arrays:
    """Arrays one behind the other, each starting at a multiple of 4 bytes. `add` and `deflate` return its place."""

    parts: list[bytes] = field(default_factory=list)
    length: int = 0

    def add(self, content: np.ndarray | bytes) -> dict[str, Any]:
        """An array as it is."""
        if isinstance(content, bytes):
            content = np.frombuffer(content, np.uint8)
        data = content.astype(content.dtype.newbyteorder("<")).tobytes()
        return self._place(f"{content.dtype.kind}{content.itemsize}", content.size, data)

    def deflate(self, planes: UInt8[np.ndarray, "*C H W"] | UInt16[np.ndarray, "*C H W"]) -> dict[str, Any]:
        """Maps of bytes, deflated: their values, or, where that is shorter, each row's differences modulo 256.

        Neighbours are alike in most maps. "rows" is the length of a row where the differences are sent, else 0. Of
        numbers of two bytes all high bytes come first, then all low bytes.
        """
        kind, count = f"u{planes.itemsize}", planes.size
        if planes.itemsize == 2:
            planes = np.stack([planes >> 8, planes & 255]).astype(np.uint8)
        first = np.zeros_like(planes[..., :1])
        shorter = [
            (zlib.compress(np.ascontiguousarray(content).tobytes(), 6), row)
            for content, row in ((planes, 0), (np.diff(planes, axis=-1, prepend=first), planes.shape[-1]))
        ]
        data, row = min(shorter, key=lambda pair: len(pair[0]))
        return self._place(kind, count, data) | {"bytes": len(data), "rows": row}

    def _place(self, kind: str, count: int, data: bytes) -> dict[str, Any]:
        place = {"array": kind, "at": self.length, "count": count}
        data += bytes(-len(data) % 4)
        self.parts.append(data)
        self.length += len(data)
        return place


def quantise(
    weights: Float[Tensor, "N S"], levels: int = 255
) -> tuple[UInt8[np.ndarray, "N S"] | UInt16[np.ndarray, "N S"], Float[np.ndarray, " N"]]:
    """Weights as bytes, or two with 65535 levels, and a scale per row: `scale[:, None] * bytes` is off by scale / 2."""
    scale = weights.amax(dim=1, keepdim=True).clamp(min=1e-30) / levels
    return _whole(weights / scale, levels), scale[:, 0].float().numpy()


def quantise_columns(
    x: Float[Tensor, "N C"], levels: int = 255
) -> tuple[UInt8[np.ndarray, "N C"] | UInt16[np.ndarray, "N C"], Float[np.ndarray, " C"], Float[np.ndarray, " C"]]:
    """Numbers likewise, with a smallest value and a step per column: `low + step * bytes` is off by step / 2."""
    low, high = x.aminmax(dim=0)
    step = ((high - low) / levels).clamp(min=1e-30)
    return _whole((x - low) / step, levels), low.float().numpy(), step.float().numpy()


def _whole(x: Tensor, levels: int) -> np.ndarray:
    return x.round().clamp(0, levels).numpy().astype(np.uint8 if levels < 256 else np.uint16)
