"""What a row of the explorer's figure shows of a query or an anchor: a region, a note, a map, and a row of S."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from annn.data.space import LabelSpace
from annn.explorer.payload import largest_effects, largest_on_positions
from annn.explorer.readings import Reading, effects_of, read, read_anchor, region, same_anchor
from annn.explorer.views import View


class Row(NamedTuple):
    """The content of a row of the figure: a region (top, left, bottom, right in fractions), a note, a map, a row of S.

    limit, row_limit: the largest value of the colour scales; None means the largest of the map, and of the row.
    centred: whether the scales are centred at zero, as those of effects. form, row_form: of a scale's ends.
    """

    region: tuple[float, float, float, float]
    note: str
    map: np.ndarray
    title: str
    unit: str
    form: str
    row: np.ndarray
    row_title: str
    limit: float | None = None
    row_limit: float | None = None
    row_unit: str = "of the attention, per cell"
    row_form: str = "{x:.2g} %"
    centred: bool = False


def row_of(
    view: View, first: View, pin: Sequence[int], space: LabelSpace, settings: Mapping[str, Any] | None = None
) -> Row:
    """The row of a pin: a query (row, column), or an anchor, an index into S of the view `first`.

    settings: the page's; with view="effect" a query of a view with a head is drawn by the effects on its decision.
    """
    settings = {"view": "pixels", "scale": "query", "convention": "removed", **(settings or {})}
    absolute = settings["scale"] == "absolute"
    if len(pin) == 1:
        return _anchor(view, same_anchor(view, first, pin[0]), space, absolute)
    if settings["view"] == "effect" and view.head is not None:
        return _effect(view, pin[0], pin[1], space, settings["convention"], absolute)
    return _query(view, pin[0], pin[1], space, absolute)


def sentences(
    view: View,
    first: View,
    pins: Sequence[Sequence[int]],
    space: LabelSpace,
    settings: Mapping[str, Any] | None = None,
) -> list[str]:
    """One line for each pin, a query or an anchor of the view `first`."""
    convention = (settings or {}).get("convention", "removed")
    lines = []
    for pin in pins:
        note = row_of(view, first, pin, space).note.replace("\n", "; ")
        if len(pin) > 1:
            reading = read(view, pin[0], pin[1], convention=convention)
            best, weight = reading.top[0]
            shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in reading.shares.items())
            note += (
                f"; levels {shares}; most on {best.level} row {best.row}, column {best.column}: {100 * weight:.2f} %"
            )
            if reading.effects:
                strongest, effect = reading.effects[0]
                note += (
                    f"; decision {decision(reading, space)}; largest effect on that margin ({convention}): "
                    f"{strongest.level} row {strongest.row}, column {strongest.column}: {effect:+.3g}"
                )
        lines.append(note)
    return lines


def decision(reading: Reading, space: LabelSpace) -> str:
    """The decision of a query in words, such as "road, 2.2 above sidewalk"."""
    return f"{name(space, reading.decision)}, {reading.margin:.3g} above {name(space, reading.runner_up)}"


def name(space: LabelSpace, index: int | None) -> str:
    """The name of a class; None is what does not count."""
    if index is None:
        return "does not count"
    return space.classes[index] if index < len(space.classes) else str(index)


def _place(view: View, reading: Reading) -> tuple[float, float, float, float]:
    rows, columns = view.attention.query_grid
    return reading.row / rows, reading.column / columns, (reading.row + 1) / rows, (reading.column + 1) / columns


def _note(view: View, reading: Reading, space: LabelSpace) -> str:
    truth = "" if view.truth is None else f"truth: {name(space, reading.truth)}; "
    return (
        f"row {reading.row}, column {reading.column}: {name(space, reading.predicted)} "
        f"{100 * reading.confidence:.0f} %\n{truth}"
    )


def _query(view: View, row: int, column: int, space: LabelSpace, absolute: bool) -> Row:
    reading = read(view, row, column)
    q = view.query(reading.row, reading.column)
    weights = view.attention.on_positions(torch.tensor([q]))[0, 0].numpy()
    bits = np.log2(view.weights.shape[1])
    return Row(
        region=_place(view, reading),
        note=f"{_note(view, reading, space)}entropy {reading.entropy:.2f} of {bits:.2f} bits",
        map=weights * weights.size,
        limit=largest_on_positions(view) * weights.size if absolute else None,
        title="weight per position",
        unit="times uniform attention",
        form="{x:.2g}",
        row=100 * view.weights[q].numpy(),
        row_limit=100 * float(view.weights.max()) if absolute else None,
        row_title="weight per anchor",
    )


def _effect(view: View, row: int, column: int, space: LabelSpace, convention: str, absolute: bool) -> Row:
    assert view.head is not None
    reading = read(view, row, column, convention=convention)
    effects = effects_of(view, view.query(reading.row, reading.column), convention)
    spread = (torch.from_numpy(effects).double() @ view.attention.matrix()).reshape(view.attention.value_grid).numpy()
    peak = largest_effects(view, view.head)[convention]
    return Row(
        region=_place(view, reading),
        note=f"{_note(view, reading, space)}decision: {decision(reading, space)}",
        map=spread * spread.size,
        limit=peak["pixels"] if absolute else None,
        title="effect on the decision",
        unit=f"red against, blue for {name(space, reading.decision)}",
        form="{x:+.2g}",
        row=effects,
        row_limit=peak["cells"] if absolute else None,
        row_title=f"effect per anchor, {convention}",
        row_unit=f"red against, blue for {name(space, reading.decision)}",
        row_form="{x:+.2g}",
        centred=True,
    )


def _anchor(view: View, index: int, space: LabelSpace, absolute: bool) -> Row:
    reading = read_anchor(view, index)
    place = reading.anchor
    most, mean = reading.classes[0]
    return Row(
        region=region(view.attention, place),
        note=(
            f"anchor {place.level}, row {place.row}, column {place.column}: average "
            f"{100 * reading.average:.2f} %\nuniform {100 * reading.uniform:.2f} %; most from {name(space, most)} "
            f"{100 * mean:.2f} %"
        ),
        map=100 * view.weights[:, index].reshape(view.attention.query_grid).numpy(),
        limit=100 * float(view.weights.max()) if absolute else None,
        title="who looks at it",
        unit="of a position's attention",
        form="{x:.2g} %",
        row=100 * view.weights.mean(0).numpy(),
        row_limit=100 * float(view.weights.max()) if absolute else None,
        row_title="average weight per anchor",
    )
