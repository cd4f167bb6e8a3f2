"""AttentionExplorer: an anywidget that holds the whole attention of an image in the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from matplotlib.figure import Figure
from PIL import Image

from annn.datasets import Sample
from annn.errors import AnnnError, ConfigError
from annn.explorer import figures
from annn.explorer.page import STATIC, write_page
from annn.explorer.payload import COLORMAPS, pack
from annn.explorer.pictures import Picture, open_picture
from annn.explorer.sessions import close_earlier
from annn.explorer.views import Reading, View, choose_blocks, look, read, view_key
from annn.labels import CAMVID, CITYSCAPES, LabelSpace
from annn.model import ANNN
from annn.scenes import Scene

AT_ONCE = 3_000_000  # bytes of attention up to which all images and blocks go into the page from the start
LONGEST = 2048  # pixels: larger images are shrunk


class AttentionExplorer(anywidget.AnyWidget):
    """Hover over a position of an image and see what AFNB or APNB attends to from there.

    model: a network, or several by name (variants, checkpoints) to switch between and compare.
    images: one image or many, as `open_picture` takes them, or a mapping from names; samples of a data set, too.
    labels: train ids per image, or None. blocks: names as in `ANNN.attention`; all by default.
    space: names and colours of the classes; by the number of classes, Cityscapes (19) or CamVid (11), if not given.
    left, compare: the keys of the view to show and of a second one beside it. query, pins: (row, column) in the query
    grid. anchor: an index into S, for mode="anchor". Further settings: `DEFAULTS` and `CHOICES` in this module.

    Views are named by keys, "model · block" or just "block". Traits that follow the page: `image`, `left`, `right`,
    `pins`, `settings`; hovering changes none, it needs no kernel. Raises ConfigError where a block is not there.
    """

    _esm = STATIC / "widget.js"
    _css = STATIC / "widget.css"

    payload = traitlets.Bytes().tag(sync=True)
    image = traitlets.Int(0).tag(sync=True)
    left = traitlets.Unicode().tag(sync=True)
    right = traitlets.Unicode().tag(sync=True)
    query = traitlets.List(traitlets.Int()).tag(sync=True)
    anchor = traitlets.Int(-1).tag(sync=True)
    pins = traitlets.List(traitlets.List(traitlets.Int())).tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        model: ANNN | Mapping[str, ANNN],
        images: Any,
        labels: Sequence[Any] | None = None,
        blocks: Sequence[str] | None = None,
        *,
        space: LabelSpace | None = None,
        left: str = "",
        compare: str = "",
        query: Sequence[int] | None = None,
        anchor: int = -1,
        pins: Sequence[Sequence[int]] = (),
        **settings: Any,
    ):
        self._models = {"": model} if isinstance(model, ANNN) else dict(model)
        self._blocks = blocks
        self._chosen = choose_blocks(self._models, blocks)
        self._pictures = _open_all(images, labels)
        if not self._models or not self._pictures:
            raise ConfigError("AttentionExplorer: found no model or no image; expected at least one of each.")
        self._space = space or _space_of(self._models)
        self._views: dict[tuple[int, str], View] = {}
        keys = self.view_keys
        for name, key in (("left", left), ("compare", compare)):
            if key and key not in keys:
                raise ConfigError(f"{name}={key!r} is not a view; choose one of {', '.join(map(repr, keys))}.")
        if len(pins) > 4:
            raise ConfigError(f"pins: found {len(pins)}, expected at most 4.")
        close_earlier(self)
        super().__init__(
            left=left or next((key for key in keys if key != compare), keys[0]),
            right=compare,
            query=list(query or ()),
            anchor=anchor,
            pins=[list(pin) for pin in pins],
            settings=_settings(settings),
        )
        self._pack_shown()
        self.observe(self._chosen_changed, names=["image", "left", "right"])

    @property
    def view_keys(self) -> list[str]:
        """The views that can be shown of every image."""
        return [view_key(name, block) for name, blocks in self._chosen.items() for block in blocks]

    def view(self, image: int | None = None, key: str | None = None) -> View:
        """A view; of the picture and the block on the left that are being shown if nothing is given."""
        place = (self.image if image is None else image, key or self.left)
        if place not in self._views:
            self._look(place)
        return self._views[place]

    def read(self, row: int, column: int, key: str | None = None) -> Reading:
        """What the page's text says about a query of the shown picture, in exact numbers."""
        return read(self.view(key=key), row, column)

    def add_image(self, image: Any, name: str = "", label: Any = None) -> int:
        """Add an image and show it; returns its number."""
        self._pictures.append(open_picture(image, name, label, LONGEST))
        self.pins = []
        self.image = len(self._pictures) - 1
        return self.image

    def add_model(self, model: ANNN, name: str) -> None:
        """Add a network (a variant, a checkpoint) under a name and show its last block on the left."""
        chosen = choose_blocks({name: model}, self._blocks)
        if "" in self._models:
            raise ConfigError(
                "add_model: the first model has no name; pass {name: model} to AttentionExplorer instead."
            )
        self._models[name] = model
        self._chosen |= chosen
        self._views = {place: v for place, v in self._views.items() if v.model != name}
        self.left = view_key(name, chosen[name][-1])

    def save_html(
        self, path: str | Path, images: Sequence[int] | None = None, keys: Sequence[str] | None = None
    ) -> Path:
        """Write one HTML file that works by itself: no kernel, no network, the same module.

        images: their numbers, the shown one by default; "everything that the page holds" if that is small. keys: the
        views to take along, those shown by default or, if that is small, all. Raises RunError where it cannot be
        written.
        """
        shown = [key for key in (self.left, self.right) if key]
        if images is None and keys is None and self._all_at_once():
            images, keys = range(len(self._pictures)), self.view_keys
        images, keys = list(images or [self.image]), list(keys or shown)
        views = {
            (place, i): self.view(number, key) for place, number in enumerate(images) for i, key in enumerate(keys)
        }
        named = {(place, keys[i]): view for (place, i), view in views.items()}
        payload = pack([self._pictures[number] for number in images], named, self._space, keys)
        state = {
            "image": images.index(self.image) if self.image in images else 0,
            "left": self.left if self.left in keys else keys[0],
            "right": self.right if self.right in keys else "",
            "pins": self.pins,
            "query": self.query,
            "anchor": self.anchor,
            "settings": self.settings,
            "message": "",
        }
        return write_page(path, payload, state, f"Attention: {self._pictures[images[state['image']]].name}")

    def to_figure(self) -> Figure:
        """The pinned queries (else the query, else the centre) as a matplotlib figure: one row per query and view."""
        views = [self.view(key=key) for key in (self.left, self.right) if key]
        return figures.pinned(self._pictures[self.image], views, self._queries(), self._space, self.settings)

    def summary(self) -> str:
        """What is shown, as text."""
        lines = [f"AttentionExplorer: {self._pictures[self.image].name} ({len(self._pictures)} in all)"]
        for key in (key for key in (self.left, self.right) if key):
            view = self.view(key=key)
            lines += [f"{key}:"] + [
                "  " + figures.sentence(read(view, r, c), view, self._space) for r, c in self._queries()
            ]
        return "\n".join(lines)

    def _queries(self) -> list[tuple[int, int]]:
        height, width = self.view().attention.query_grid
        chosen = self.pins or [self.query or [height // 2, width // 2]]
        return [(row, column) for row, column in chosen]

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, and for pages without a kernel (GitHub, untrusted notebooks) a picture and a text."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        file = io.BytesIO()
        with figures.style():
            self.to_figure().savefig(file, format="png", dpi=100)
        data |= {"image/png": base64.b64encode(file.getvalue()).decode(), "text/plain": self.summary()}
        return data, metadata

    def _chosen_changed(self, change: Any) -> None:
        try:
            if not 0 <= self.image < len(self._pictures) or self.left not in self.view_keys:
                raise ConfigError(
                    f"image={self.image}, left={self.left!r}: expected one of {len(self._pictures)} images (from 0) "
                    f"and of the views {', '.join(map(repr, self.view_keys))}."
                )
            self._pack_shown()
            self.message = ""
        except AnnnError as error:  # shown in the page: nobody looks at the log of a callback
            self.message = str(error)

    def _all_at_once(self) -> bool:
        positions = sum(p.image.shape[0] * p.image.shape[1] / 64 for p in self._pictures)
        return positions * 126 * len(self.view_keys) <= AT_ONCE

    def _pack_shown(self) -> None:
        """Pack what is shown; everything, if that is little."""
        shown = [(self.image, key) for key in (self.left, self.right) if key]
        if self._all_at_once():
            shown = [(image, key) for image in range(len(self._pictures)) for key in self.view_keys]
        for place in shown:
            if place not in self._views:
                self._look(place)
        views = {place: self._views[place] for place in shown}
        self.payload = pack(self._pictures, views, self._space, self.view_keys)

    def _look(self, place: tuple[int, str]) -> None:
        """Run the network that a view belongs to and keep the views of all its blocks; forget other large pictures."""
        image, key = place
        if not self._all_at_once():
            self._views = {other: view for other, view in self._views.items() if other[0] == image}
        name = next((n for n, blocks in self._chosen.items() if key in [view_key(n, b) for b in blocks]), None)
        if name is None:
            raise ConfigError(f"key={key!r} is not a view; choose one of {', '.join(map(repr, self.view_keys))}.")
        for view in look(self._models[name], self._pictures[image], name, self._chosen[name]):
            self._views[image, view.key] = view


def _open_all(images: Any, labels: Sequence[Any] | None) -> list[Picture]:
    if isinstance(images, Mapping):
        named = [(str(name), source) for name, source in images.items()]
    else:
        single = (
            isinstance(images, str | Path | Picture | Image.Image | Sample | Scene) or getattr(images, "ndim", 4) < 4
        )
        sources: list[Any] = [images] if single else list(images)  # pyright: ignore[reportArgumentType]
        named = [("", source) for source in sources]
    if labels is not None and len(labels) != len(named):
        raise ConfigError(f"labels: found {len(labels)} for {len(named)} images; expected one (or None) per image.")
    opened = []
    for i, (name, source) in enumerate(named):
        label = None if labels is None else labels[i]
        if isinstance(source, Sample):
            name, label, source = name or source.name, source.label if label is None else label, source.image
        elif isinstance(source, Scene):  # its labels are file ids
            source = source.image
        named_file = isinstance(source, str | Path | Picture)
        opened.append(open_picture(source, name or ("" if named_file else f"image {i}"), label, LONGEST))
    return opened


def _space_of(models: Mapping[str, ANNN]) -> LabelSpace:
    """The label space that the number of classes suggests; one with numbers for names where none is known."""
    counts = {model.config.classes for model in models.values()}
    if len(counts) > 1:
        raise ConfigError(f"models: found networks of {sorted(counts)} classes; expected one label space for all.")
    (count,) = counts
    known = {len(space.classes): space for space in (CITYSCAPES, CAMVID)}
    if count in known:
        return known[count]
    colors = tuple((37 * i % 256, 91 * i % 256, (150 + 59 * i) % 256) for i in range(count))
    names = tuple(f"class {i}" for i in range(count))
    return LabelSpace(
        name="numbered", classes=names, colors=colors, train_ids={i: i for i in range(count)}, void_id=255
    )


DEFAULTS: dict[str, Any] = {
    "mode": "query", "view": "pixels", "scale": "query", "colors": "viridis", "base": "image", "opacity": 0.6,
    "level": 3,
}  # fmt: skip
CHOICES: dict[str, tuple[str, ...]] = {
    "mode": ("query", "anchor"),
    "view": ("pixels", "cells"),
    "scale": ("query", "absolute"),
    "colors": tuple(COLORMAPS),
    "base": ("image", "prediction", "truth"),
}


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The page's settings, as given or by default; raises ConfigError for unknown names or values."""
    for name, value in given.items():
        if name not in DEFAULTS or value not in CHOICES.get(name, (value,)):
            raise ConfigError(
                f"{name}={value!r} is not a setting; expected "
                + ", ".join(f"{n}={' | '.join(values)}" for n, values in CHOICES.items())
                + ", opacity=0..1 or level=0..3."
            )
    return DEFAULTS | dict(given)
