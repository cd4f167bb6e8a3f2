"""Mosaics: scenes of patterned regions and things for any label space, with exact labels.

A mosaic is a function of (label space, seed, index, size). Regions of stuff cover the ground, things in shapes of their
own lie on it and hide parts of it and of each other; a catalogue says how each class looks. A light from one side,
shadows, noise, and colors that vary from place to place keep it from being a list of colors. Every class is
as frequent as any other. Another size is the same scene at another resolution.

One long-range dependency is planted: see `planted`.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from annn.data.scenes.canvas import expose
from annn.data.scenes.chance import Chance
from annn.data.scenes.light import Color
from annn.data.scenes.mosaic.catalogue import Catalogue, Look, catalogue
from annn.data.scenes.mosaic.pattern import PATTERNS
from annn.data.scenes.mosaic.planted import COOL, FRAME, WARM, draw_cue, draw_plan
from annn.data.scenes.mosaic.shape import SHAPES
from annn.data.scenes.stand_in import check_size
from annn.data.space import IGNORE, LabelSpace
from annn.errors import ConfigError

LEAST = 16  # pixels per side
LAYOUT, CUE, NOISE, DECK = 0, 1, 2, 4  # streams of chance
HAND = 3  # classes of stuff, and as many of things, in a scene
UNKNOWN = ((0.55, 0.54, 0.52), (0.47, 0.46, 0.45))  # the colors of what has no class


class Scene(NamedTuple):
    """A drawn mosaic. label: train ids, `IGNORE` where nothing counts. planted: 0, or n on a panel of the n-th pair of
    twins."""

    image: UInt8[np.ndarray, "H W 3"]
    label: UInt8[np.ndarray, "H W"]
    planted: UInt8[np.ndarray, "H W"]


class Piece(NamedTuple):
    """A region, a thing, or a part of the marker, before it is painted."""

    label: int
    colors: tuple[Color, Color]
    pattern: str = "plain"
    scale: tuple[float, float] = (1.0, 0.0)  # cosine and sine of the pattern's angle over its period
    origin: tuple[float, float] = (0.0, 0.0)
    planted: int = 0
    casts: bool = False  # a shadow


class Board:
    """Which piece lies at each pixel; positions count in shorter sides of the image from its upper left corner."""

    def __init__(self, height: int, width: int) -> None:
        self.short = min(height, width)
        self.x = ((np.arange(width, dtype=np.float32) + 0.5) / self.short)[None, :]
        self.y = ((np.arange(height, dtype=np.float32) + 0.5) / self.short)[:, None]
        self.wide, self.high = width / self.short, height / self.short
        self.top = np.zeros((height, width), dtype=np.intp)
        self.pieces: list[Piece] = []

    def lay(
        self, piece: Piece, shape: str, centre: tuple[float, float], radius: float, turn: float = 0.0, flat: float = 1.0
    ) -> None:
        """A thing on top of all else. flat: its height as a share of its width."""
        rows, columns = (
            slice(max(0, int((at - radius) * self.short)), max(0, math.ceil((at + radius) * self.short)))
            for at in (centre[1], centre[0])
        )
        x, y = (self.x[:, columns] - centre[0]) / radius, (self.y[rows] - centre[1]) / radius
        cos, sin = math.cos(turn), math.sin(turn)
        inside = SHAPES[shape](cos * x + sin * y, (cos * y - sin * x) / flat)
        self.top[rows, columns][inside] = len(self.pieces)
        self.pieces.append(piece)

    def read(self, values: list[int]) -> UInt8[np.ndarray, "H W"]:
        """At each pixel, the value of its piece."""
        return np.array(values, dtype=np.uint8)[self.top]

    def colors(self) -> list[Float[np.ndarray, "H W"]]:
        """The three channels in 0..1, before light falls on them; each pixel is computed once, with its piece."""
        order = np.argsort(self.top, axis=None, kind="stable")
        ends = np.bincount(self.top.ravel(), minlength=len(self.pieces)).cumsum()
        rows, columns = np.divmod(order, self.top.shape[1])
        x, y = self.x[0, columns], self.y[rows, 0]
        mixed = np.empty((3, order.size), dtype=np.float32)
        for piece, start, end in zip(self.pieces, [0, *ends], ends, strict=False):
            pixels, (cos, sin), (left, up) = slice(start, end), piece.scale, piece.origin
            u, v = cos * x[pixels] + sin * y[pixels] + left, cos * y[pixels] - sin * x[pixels] + up
            weight = PATTERNS[piece.pattern](u, v)
            for channel, first, second in zip(mixed, *piece.colors, strict=True):
                channel[order[pixels]] = first + np.float32(second - first) * weight
        return list(mixed.reshape(3, *self.top.shape))


def draw(
    space: LabelSpace, seed: int, index: int, size: tuple[int, int] = (120, 160), *, warm: bool | None = None
) -> Scene:
    """The mosaic of this label space, seed and index at `size` (height, width).

    warm: what the marker says, instead of the scene's own coin: two scenes that differ in it alone differ in the
    marker's color and in the labels of the panel, in nothing else. Raises ConfigError for impossible numbers, and for a
    label space of fewer than 2 or more than 250 classes.
    """
    height, width = check_size(size, LEAST)
    if seed < 0 or index < 0:
        raise ConfigError(f"A scene needs a seed and an index of at least 0, got seed {seed} and index {index}.")
    book = catalogue(len(space.classes))
    chance = Chance(seed, index, LAYOUT)
    board = Board(height, width)
    _cover_ground(board, chance, book, _deal(seed, index, book.stuff))
    _scatter_things(board, chance, book, _deal(seed, index, book.things))
    _plant(board, chance, book, draw_cue(Chance(seed, index, CUE)) if warm is None else warm)
    light = _light(board, chance)
    noise = Chance(seed, index, NOISE)
    image = expose(
        [channel * light for channel in board.colors()],
        (noise.integer(0, 511), noise.integer(0, 1023)),
        vignette=chance.uniform(0.05, 0.2),
        blur=chance.uniform(0.1, 0.3),
        noise=chance.uniform(0.008, 0.02),
    )
    label, planted = ([getattr(piece, name) for piece in board.pieces] for name in ("label", "planted"))
    return Scene(image, board.read(label), board.read(planted))


def _deal(seed: int, index: int, classes: tuple[int, ...]) -> list[int]:
    """`HAND` of the classes, fewer where there are not enough: dealt from a deck that is shuffled when it is empty."""
    dealt = []
    for turn in range(index * HAND, (index + 1) * HAND):
        deck = np.random.default_rng([seed, turn // len(classes), DECK]).permutation(classes)
        dealt.append(int(deck[turn % len(classes)]))
    return list(dict.fromkeys(dealt))


def _piece(chance: Chance, look: Look, label: int, planted: int = 0) -> Piece:
    """A piece of a class: its look, a little brighter or darker, turned and moved."""
    angle = look.angle + chance.uniform(-0.12, 0.12)
    scale = 1 / (look.period * chance.uniform(0.85, 1.15))
    return Piece(
        label=label,
        colors=(chance.tint(look.first, 0.03), chance.tint(look.second, 0.03)),
        pattern=look.pattern,
        scale=(math.cos(angle) * scale, math.sin(angle) * scale),
        origin=(chance.uniform(0, 1), chance.uniform(0, 1)),
        planted=planted,
        casts=look.shape is not None,
    )


def _cover_ground(board: Board, chance: Chance, book: Catalogue, stuff: list[int]) -> None:
    """A region for each class of stuff: bands, half planes, or cells around points; borders are wavy."""
    bend = chance.uniform(0.02, 0.05)
    x = board.x + bend * np.sin(2 * np.pi * (board.y * chance.uniform(0.8, 1.8) + chance.unit()), dtype=np.float32)
    y = board.y + bend * np.sin(2 * np.pi * (board.x * chance.uniform(0.8, 1.8) + chance.unit()), dtype=np.float32)
    kind = chance.pick(("bands", "planes", "cells"))
    if kind == "cells":
        points = [(chance.uniform(0, board.wide), chance.uniform(0, board.high)) for _ in stuff]
        board.top = np.stack([np.square(x - px) + np.square(y - py) for px, py in points]).argmin(axis=0)
    for number in range(1, len(stuff) if kind != "cells" else 0):
        slope, along = chance.uniform(-0.25, 0.25), number / len(stuff) + chance.uniform(-0.1, 0.1)
        line = y - along * board.high + slope * (x - board.wide / 2)
        if kind == "planes":
            angle = chance.uniform(0, 2 * math.pi)
            line = math.cos(angle) * (x - board.wide / 2) + math.sin(angle) * (y - board.high / 2) - 0.25
        board.top[line > 0] = number
    board.pieces = [_piece(chance, book.looks[number], number) for number in stuff]


def _scatter_things(board: Board, chance: Chance, book: Catalogue, things: list[int]) -> None:
    """Things, one of them twice in some scenes, and in a third of the scenes a thing of no class."""
    things = things + [chance.pick(things)] * chance.true(0.25) + [IGNORE] * chance.true(0.35)
    centres: list[tuple[float, float]] = []  # of several places, a thing takes the one that is farthest from others
    for number in things:
        look = book.looks[number if number != IGNORE else 1]
        piece = _piece(chance, look, number)
        if number == IGNORE:
            piece = piece._replace(colors=UNKNOWN, pattern="grain")
        free = [(chance.uniform(0.05, board.wide - 0.05), chance.uniform(0.05, board.high - 0.05)) for _ in range(4)]
        centre = max(free, key=lambda place: min((math.dist(place, other) for other in centres), default=0.0))
        centres.append(centre)
        turn, flat = chance.uniform(-0.35, 0.35), chance.uniform(0.75, 1.0)
        radius = chance.uniform(0.22, 0.36) * (0.6 if number == IGNORE else 1.0)
        board.lay(piece, look.shape or "disc", centre, radius, turn, flat)


def _plant(board: Board, chance: Chance, book: Catalogue, warm: bool) -> None:
    """The panel of a pair of twins and the marker, last, so that nothing hides them."""
    plan = draw_plan(chance, book, board.wide, board.high)
    if plan.twins:
        label = book.twins[plan.twins - 1][0 if warm else 1]
        x, y, half = plan.panel
        board.lay(_piece(chance, book.looks[label], label, plan.twins), "square", (x, y), half / 0.78)
    if plan.marker is not None and book.marker is not None:
        x, y, half = plan.marker
        color = chance.pick(WARM if warm else COOL)
        for paint, share in ((FRAME, 1.0), (color, 0.74)):
            board.lay(Piece(book.marker, (paint, paint), casts=True), "square", (x, y), share * half / 0.78)


def _light(board: Board, chance: Chance) -> Float[np.ndarray, "H W"]:
    """The share of light at each pixel: more from one side, less in the shadow of what lies on top, and on its rim."""
    angle, strength = chance.uniform(0, 2 * math.pi), chance.uniform(0.04, 0.14)
    across = math.cos(angle) * (board.x / board.wide - 0.5) + math.sin(angle) * (board.y / board.high - 0.5)
    light = chance.uniform(0.94, 1.05) + np.float32(strength) * across
    step = max(1, round(0.018 * board.short))
    casts = np.array([piece.casts for piece in board.pieces])
    level = np.where(casts[board.top], board.top, 0)
    light[step:, step:] *= np.where(level[:-step, :-step] > level[step:, step:], np.float32(0.72), np.float32(1))
    return light
