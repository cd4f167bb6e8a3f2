"""A stream of random choices drawn from a block of uniform numbers: cheap enough for thousands of scalar draws."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")


class Chance:
    """Scalar random choices, fixed by the entropy words given (numpy's PCG64 behind a SeedSequence)."""

    def __init__(self, *entropy: int) -> None:
        self._generator = np.random.default_rng(np.random.SeedSequence(list(entropy)))
        self._block: list[float] = []

    def unit(self) -> float:
        """A number in [0, 1)."""
        if not self._block:
            self._block = self._generator.random(2048).tolist()
        return self._block.pop()

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.unit()

    def true(self, probability: float) -> bool:
        return self.unit() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, items: Sequence[Item]) -> Item:
        return items[int(self.unit() * len(items))]

    def side(self) -> int:
        return -1 if self.unit() < 0.5 else 1

    def tint(self, color: tuple[float, float, float], amount: float = 0.06) -> tuple[float, float, float]:
        """The color with a random change of brightness and a smaller one of each channel."""
        gain = 1 + self.uniform(-2, 2) * amount
        r, g, b = (max(0.0, min(1.0, c * gain + self.uniform(-0.5, 0.5) * amount)) for c in color)
        return r, g, b
