"""What both data sets have in common: which numbers are possible and which version draws."""

from pathlib import Path

from annn.data.scenes.stand_in import source_version
from annn.data.scenes.street.scene import check_size
from annn.errors import ConfigError

MOST = 1_000_000  # scenes of a split
QUALITY = 90  # of the JPEGs


def check_plan(what: str, train: int, val: int, size: tuple[int, int], seed: int, workers: int) -> tuple[int, int]:
    """The size as whole numbers; raises ConfigError for impossible numbers."""
    size = check_size(size)
    if min(size) < 48:
        raise ConfigError(f"The smallest images have 0.7 of the size asked for: at least 48 pixels a side, got {size}.")
    if not (0 < train <= MOST and 0 < val <= MOST and seed >= 0 and workers > 0):
        raise ConfigError(
            f"{what} needs 1..{MOST} scenes per split, a seed of at least 0 and a worker, got train {train}, val "
            f"{val}, seed {seed}, workers {workers}."
        )
    return size


def version() -> str:
    """Equal versions draw equal scenes: digits of this package's sources and of all generators that it draws with."""
    own = Path(__file__).parent
    return "-".join(source_version(own.with_name(name))[:6] for name in (own.name, "rooms", "stuff", "street"))
