"""Tables as a reader wants them: units, signs, and a dash where there is nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

_UNITS = {
    "mIoU": "mIoU, %",
    "mIoU, with truth": "mIoU with truth, %",
    "pixel accuracy": "pixel accuracy, %",
    "mean accuracy": "mean accuracy, %",
    "minutes": "training, min",
    "spread": "spread, points",
    "to baseline": "to baseline, points",
    "spread of that": "its spread, points",
    "gain": "gain, points",
    "spread of gain": "its spread, points",
}
_SIGNED = ("to baseline", "gain", "net")


def shown(
    frame: pd.DataFrame, digits: int = 1, signed: Sequence[str] = (), names: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """A table as texts: rounded, with a sign in columns of differences, with units in the columns' names.

    signed: further columns of differences. names: what to call columns instead. A column "row" becomes the index.
    """
    if "row" in frame.columns:
        frame = frame.set_index("row")
    renamed = _UNITS | dict(names or {})
    last = [column[-1] if isinstance(column, tuple) else column for column in frame.columns]
    texts = [
        [_text(value, digits, name in (*_SIGNED, *signed)) for value in frame.iloc[:, place]]
        for place, name in enumerate(last)
    ]
    table = pd.DataFrame(dict(enumerate(texts)), index=frame.index)
    if isinstance(frame.columns, pd.MultiIndex):
        table.columns = pd.MultiIndex.from_tuples([(*c[:-1], renamed.get(c[-1], c[-1])) for c in frame.columns])
    else:
        table.columns = pd.Index([renamed.get(name, name) for name in last])
    return table.rename_axis([None] * table.index.nlevels)


def _text(value: object, digits: int, sign: bool) -> str:
    if value is None or value is pd.NA or value != value:  # NaN alone differs from itself
        return "\N{EN DASH}"
    if isinstance(value, float):
        rounded = round(value, digits) + 0.0  # no "-0.0"
        return f"{rounded:+.{digits}f}" if sign else f"{rounded:.{digits}f}"
    return str(value)
