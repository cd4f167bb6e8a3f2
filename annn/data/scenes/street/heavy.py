"""Buses, trams, trucks, caravans and trailers, built of boxes."""

from collections.abc import Callable

from annn.data.scenes.canvas import Canvas
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.street.vehicles import CAR_COLORS, GLASS, TYRE, Body, Frame


def _box(body: Body, color: Color, low: float, high: float, along: tuple[float, float]) -> None:
    """Near end, roof edge and side of a box over part of the vehicle's length."""
    wide = body.frame.width
    near = along[0] if body.near_end() == 0.0 else along[1]
    if high < body.canvas.camera.eye:
        body.fill(body.paint(color, "top"), [(along[0], high, 0), (along[1], high, 0), (along[1], high, wide),
                                            (along[0], high, wide)])  # fmt: skip
    body.end(body.paint(color), near, (0.0, wide), (low, high))
    body.side(body.paint(color, "side"), along, (low, high))


def _windows(body: Body, along: tuple[float, float], up: tuple[float, float], step: float, gap: float = 0.14) -> None:
    glass = body.paint(GLASS, "side", 1.3)
    a = along[0]
    while a + step * 0.5 < along[1]:
        body.side(glass, (a + gap / 2, min(a + step - gap / 2, along[1])), up)
        a += step


def paint_bus(canvas: Canvas, chance: Chance, frame: Frame) -> None:
    """A city bus: wheels, window row, doors and a lit destination board."""
    body = Body(canvas, 28, frame, 3.0)
    color = chance.tint(chance.pick(((0.75, 0.12, 0.10), (0.90, 0.72, 0.10), (0.85, 0.86, 0.86), (0.10, 0.35, 0.62))))
    high, wide, near = 3.0, frame.width, body.near_end()
    for across in (0.15, wide - 0.45):
        body.end(body.paint(TYRE), abs(near - 0.3), (across, across + 0.3), (0.0, 0.6))
    _box(body, color, 0.32, high, (0.0, frame.length))
    body.end(body.paint(GLASS, gain=1.3), near, (0.12, wide - 0.12), (1.15, 2.5))
    board: Color = (0.95, 0.62, 0.1) if near else (0.12, 0.12, 0.12)
    body.end(body.paint(board, glow=near > 0), near, (0.5, wide - 0.5), (2.6, 2.85))
    lamp = body.paint((0.92, 0.92, 0.85) if near else (0.6, 0.05, 0.05), glow=True)
    for a in (0.1, wide - 0.4):
        body.end(lamp, near, (a, a + 0.3), (0.6, 0.82))
    _windows(body, (0.4, frame.length - 0.3), (1.35, 2.45), 1.5)
    body.side(body.paint((0.9, 0.9, 0.88), "side"), (0.0, frame.length), (0.95, 1.1))
    for door in (0.12, 0.55, 0.86):
        a = door * frame.length
        body.side(body.paint((0.2, 0.23, 0.26), "side"), (a, a + 1.1), (0.4, 2.45))
        body.side(body.paint(color, "side"), (a + 0.5, a + 0.6), (0.4, 2.45))
    for along in (0.24, 0.78):
        body.wheel(along * frame.length, 0.48)


def paint_tram(canvas: Canvas, chance: Chance, frame: Frame) -> None:
    """An articulated tram with joints between its cars and a pantograph."""
    body = Body(canvas, 31, frame, 3.2)
    color = chance.tint(chance.pick(((0.85, 0.80, 0.62), (0.72, 0.10, 0.10), (0.15, 0.42, 0.30), (0.90, 0.90, 0.88))))
    band = chance.pick(((0.65, 0.12, 0.1), (0.12, 0.25, 0.5), (0.9, 0.75, 0.15), (0.2, 0.2, 0.22)))
    high, wide, near = 3.2, frame.width, body.near_end()
    step = frame.length / 3
    _box(body, (0.16, 0.16, 0.17), 0.2, 0.5, (0.0, frame.length))
    _box(body, color, 0.45, high, (0.0, frame.length))
    body.end(body.paint(band), near, (0.0, wide), (0.5, 1.15))
    body.end(body.paint(GLASS, gain=1.2), near, (0.15, wide - 0.15), (1.3, 2.6))
    body.end(body.paint((0.95, 0.7, 0.2), glow=True), near, (0.6, wide - 0.6), (2.72, 2.95))
    body.end(body.paint((0.95, 0.95, 0.85), glow=True), near, (wide / 2 - 0.15, wide / 2 + 0.15), (0.75, 0.95))
    body.side(body.paint(band, "side"), (0.0, frame.length), (0.5, 1.2))
    for car in range(3):
        _windows(body, (car * step + 0.5, (car + 1) * step - 0.5), (1.5, 2.55), 1.25)
        if car:
            body.side(body.paint((0.1, 0.1, 0.11), "side"), (car * step - 0.35, car * step + 0.35), (0.4, high))
    arm = body.paint((0.2, 0.2, 0.22), "side")
    a = step * 1.5
    body.fill(arm, [(a, high, 0.9), (a + 0.15, high, 0.9), (a + 0.95, high + 1.0, 0.9), (a + 0.8, high + 1.0, 0.9)])
    body.fill(arm, [(a + 0.3, high + 1.0, 0.9), (a + 1.4, high + 1.0, 0.9), (a + 1.4, high + 1.1, 0.9),
                    (a + 0.3, high + 1.1, 0.9)])  # fmt: skip


def paint_truck(canvas: Canvas, chance: Chance, frame: Frame) -> None:
    """A truck: cab in front, a box or a tarpaulin behind, wheels under it."""
    body = Body(canvas, 27, frame, 3.2)
    cab_color = chance.tint(chance.pick(CAR_COLORS), 0.05)
    load = chance.tint(chance.pick(((0.85, 0.85, 0.83), (0.18, 0.3, 0.5), (0.6, 0.6, 0.58), (0.55, 0.2, 0.14),
                                    (0.25, 0.4, 0.28))))  # fmt: skip
    long, wide, near = frame.length, frame.width, body.near_end()
    high = chance.uniform(2.8, 3.7)
    split = long - 2.1
    dark = body.paint((0.09, 0.09, 0.1))
    for across in (0.1, wide - 0.5):
        body.end(dark, abs(near - 0.3), (across, across + 0.4), (0.0, 0.85))

    def cab() -> None:
        _box(body, cab_color, 0.5, 2.7, (split + 0.15, long))
        if near > 0:
            body.end(body.paint(GLASS, gain=1.3), near, (0.12, wide - 0.12), (1.6, 2.45))
            body.end(body.paint((0.12, 0.12, 0.13)), near, (0.4, wide - 0.4), (0.75, 1.3))
            for a in (0.1, wide - 0.4):
                body.end(body.paint((0.95, 0.95, 0.88)), near, (a, a + 0.3), (0.65, 0.85))
        body.side(body.paint(GLASS, "side", 1.2), (split + 0.7, long - 0.3), (1.6, 2.35))

    def cargo() -> None:
        _box(body, load, 0.95, high, (0.0, split))
        body.side(body.paint((0.14, 0.14, 0.15), "side"), (0.0, split), (0.7, 0.95))
        if near == 0.0:
            body.end(body.paint(load, gain=0.7), 0.0, (wide / 2 - 0.04, wide / 2 + 0.04), (0.95, high))
            body.end(body.paint((0.12, 0.12, 0.12)), 0.0, (0.0, wide), (0.7, 0.97))
            for a in (0.1, wide - 0.45):
                body.end(body.paint((0.7, 0.06, 0.05)), 0.0, (a, a + 0.35), (0.74, 0.92))
        if chance.true(0.6):  # a stripe or lettering on the load
            stripe = body.paint(chance.pick(CAR_COLORS), "side")
            body.side(stripe, (split * 0.2, split * 0.8), (high * 0.55, high * 0.72))

    parts: list[Callable[[], None]] = [cab, cargo] if near == 0.0 else [cargo, cab]
    for part in parts:
        part()
    for along in (0.16, 0.28, 0.86) if long > 8 else (0.2, 0.84):
        body.wheel(along * long, 0.48)


def paint_caravan(canvas: Canvas, chance: Chance, frame: Frame, label: int) -> None:
    """A caravan (29), or a low trailer (30)."""
    body = Body(canvas, label, frame, 2.3 if label == 29 else 1.1)
    near, wide, long = body.near_end(), frame.width, frame.length
    body.end(body.paint(TYRE), abs(near - 1.0), (0.1, 0.35), (0.0, 0.5))
    if label == 29:
        _box(body, (0.90, 0.89, 0.85), 0.45, 2.5, (0.0, long))
        stripe = chance.pick(((0.3, 0.45, 0.65), (0.6, 0.3, 0.2), (0.4, 0.45, 0.4)))
        body.side(body.paint(stripe, "side"), (0.0, long), (0.9, 1.1))
        body.end(body.paint(stripe), near, (0.0, wide), (0.9, 1.1))
        body.side(body.paint(GLASS, "side"), (long * 0.3, long * 0.6), (1.35, 2.0))
        body.end(body.paint(GLASS), near, (0.4, wide - 0.4), (1.4, 2.0))
    else:
        _box(body, chance.tint((0.45, 0.46, 0.47)), 0.5, chance.uniform(0.95, 1.4), (0.0, long))
        body.end(body.paint((0.7, 0.06, 0.05)), near, (0.05, 0.3), (0.55, 0.7))
    body.wheel(long * 0.5, 0.33)
