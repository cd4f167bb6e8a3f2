"""What a pyramid level is worth: mIoU with each level switched off, beside the dense block with the same weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Int64
from tqdm import tqdm

from annn.analysis import bootstrap
from annn.analysis.effects import CONVENTIONS, switched_off
from annn.augment import normalise
from annn.errors import ConfigError
from annn.evaluate import most_likely
from annn.metrics import confusion_matrix
from annn.model import ANNN
from annn.protocol import WHOLE, Protocol
from annn.upsample import upsample

ALL = "all levels"
DENSE = "dense block"


class Change(NamedTuple):
    """A change of a network: a level of a block switched off, or, as `DENSE`, every position an anchor."""

    block: str
    level: str
    convention: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Worth:
    """Confusion matrices of I images, row truth: of the network as it is, and of each change of it."""

    whole: Int64[np.ndarray, "I K K"]
    changed: Mapping[Change, Int64[np.ndarray, "I K K"]]

    @property
    def miou(self) -> float:
        """Of the network as it is, over the classes with truth, in %."""
        return 100 * float(bootstrap.miou(self.whole, np.ones((1, len(self.whole))))[0])

    def difference(self, change: Change) -> tuple[float, float, float]:
        """mIoU with the change minus without it, in points, and its 95 % interval over images (bootstrap, paired)."""
        weights = bootstrap.once_and_resampled(len(self.whole))
        values = 100 * (bootstrap.miou(self.changed[change], weights) - bootstrap.miou(self.whole, weights))
        return (float(values[0]), *bootstrap.interval(values[1:]))


def worth_of_levels(
    model: ANNN,
    samples: Iterable[Any],
    blocks: Sequence[str] | None = None,
    *,
    protocol: Protocol = WHOLE,
    progress: bool = True,
) -> Worth:
    """Score a network with each level of its blocks switched off, one after the other, in both conventions.

    samples: objects with `image` and `label` (train ids). blocks: as in `ANNN.attention`, all by default. protocol:
    whose first scale the network sees the images at. The backbone runs once for each image. The network is put into
    eval mode. Raises ConfigError for a network without levels.
    """
    model.eval()
    changes = list(_changes(model, blocks))
    dense = _dense(model)
    counts: dict[Change | None, list[np.ndarray]] = {change: [] for change in [None, *changes]}
    for sample in tqdm(samples, desc="without levels", unit="image", disable=not progress):
        images = normalise(protocol.view(sample.image))[None].to(next(model.parameters()).device)
        truth = torch.from_numpy(sample.label)
        with torch.no_grad():
            stages = model.backbone(images)
            for change, lines in counts.items():
                network = dense if dense and change and change.level == DENSE else model
                with _changed(network, change):
                    scores = network.scores(stages)
                scores = upsample(scores, (truth.shape[0], truth.shape[1]), model.config.align_corners)[0]
                prediction = most_likely(scores).cpu()
                lines.append(confusion_matrix(truth, prediction, model.config.classes).numpy())
    stacked = {change: np.stack(lines) for change, lines in counts.items()}
    return Worth(whole=stacked[None], changed={change: stacked[change] for change in changes})


def _changes(model: ANNN, blocks: Sequence[str] | None) -> Iterator[Change]:
    samplings = {name: s for name, s in model.samplings().items() if not (s.dense or s.drawn)}
    unknown = [name for name in blocks or () if name not in samplings]
    if unknown or not samplings:
        raise ConfigError(
            f"blocks={None if blocks is None else list(blocks)}: the network has "
            f"{' and '.join(map(repr, samplings)) or 'no block with a pyramid'}; expected such blocks."
        )
    for name in blocks or samplings:
        for level in (*(f"{s}x{s}" for s in samplings[name].pyramid or ()), ALL):
            # Without all levels nothing is left to scale up, so both conventions are one.
            yield from (Change(name, level, c) for c in (CONVENTIONS if level != ALL else CONVENTIONS[:1]))
    if _dense(model) is not None:
        yield Change(str(model.config.context), DENSE, "")


def _dense(model: ANNN) -> ANNN | None:
    """The network with every position of APNB's map as an anchor and the same weights; None without APNB."""
    if model.config.context != "apnb":
        return None
    dense = ANNN(replace(model.config, context="nonlocal")).to(next(model.parameters()).device)
    dense.load_state_dict(model.state_dict())
    return dense.eval()


def _changed(model: ANNN, change: Change | None) -> AbstractContextManager[None]:
    if change is None or change.level == DENSE:
        return nullcontext()
    return switched_off(model, {change.block: "all" if change.level == ALL else change.level}, change.convention)
