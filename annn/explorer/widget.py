"""AttentionExplorer: an anywidget with the whole attention of an image in the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

import anywidget
import traitlets
from matplotlib.figure import Figure

from annn.analysis.effects import Off
from annn.data.space import LabelSpace
from annn.errors import AnnnError, ConfigError
from annn.explorer import figures
from annn.explorer.page import STATIC, module, write_page
from annn.explorer.payload import at_most, fitted, pack
from annn.explorer.pictures import LONGEST, open_picture, open_pictures
from annn.explorer.readings import AnchorReading, Reading, head_in, read, read_anchor
from annn.explorer.rows import sentences
from annn.explorer.sessions import close_earlier, close_parts
from annn.explorer.settings import Settings, anchors_off, complete
from annn.explorer.views import View, choose_blocks, look, predict_without, space_of_all, view_key
from annn.model import ANNN

AT_ONCE = 4_000_000  # bytes; if all images and blocks take less, the page holds them from the start


class AttentionExplorer(anywidget.AnyWidget):
    """Hover over a position of an image to see what AFNB or APNB attends to from there.

    model: a network, or several by name (variants, checkpoints) to switch between and compare.
    images: one image or many, as `open_picture` takes them, or a mapping from names; samples of a data set, too.
    labels: train ids per image, or None. blocks: names as in `ANNN.attention`; all by default.
    space: names and colours of the classes; by default those of a data set with the same number (19: Cityscapes, 150:
    ADE20K). left, compare: the keys of the view to show and of a second one beside it. query: (row, column) in the
    query grid. anchor: an index into S, for mode="anchor". pins: up to four, queries as (row, column) or anchors as
    (index,). off: by view, the anchors that are switched off in it, see `analysis.effects.Off`; each view's class map
    is that of its network without them. settings: see `Settings`, `DEFAULTS` and `CHOICES` in `settings`.

    Views are named by keys, "model · block" or just "block". Traits that follow the page: `image`, `left`, `right`,
    `pins`, `off` (lists of anchors; another image clears them), `settings`; hovering changes none and needs no kernel,
    and of what is switched off only AFNB does. Raises ConfigError for an unknown block, setting or anchor, and for
    view="effect" of a view without a head.
    """

    # Texts and not paths: anywidget watches the files of paths, and its watcher keeps every closed widget alive.
    _esm = module()
    _css = (STATIC / "widget.css").read_text(encoding="utf-8")

    payload = traitlets.Bytes().tag(sync=True)
    image = traitlets.Int(0).tag(sync=True)
    left = traitlets.Unicode().tag(sync=True)
    right = traitlets.Unicode().tag(sync=True)
    query = traitlets.List(traitlets.Int()).tag(sync=True)
    anchor = traitlets.Int(-1).tag(sync=True)
    pins = traitlets.List(traitlets.List(traitlets.Int())).tag(sync=True)
    off = traitlets.Dict().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    kernel = traitlets.Bool(True).tag(sync=True)
    request = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
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
        off: Mapping[str, Off] | None = None,
        **settings: Unpack[Settings],
    ):
        self._models = {"": model} if isinstance(model, ANNN) else dict(model)
        self._blocks = blocks
        self._chosen = choose_blocks(self._models, blocks)
        self._pictures = open_pictures(images, labels)
        if not self._models or not self._pictures:
            raise ConfigError("AttentionExplorer: found no model or no image; expected at least one of each.")
        self._space = space_of_all(self._models, space)
        self._views: dict[tuple[int, str], View] = {}
        keys = self.view_keys
        for name, key in (("left", left), ("compare", compare)):
            if key and key not in keys:
                raise ConfigError(f"{name}={key!r} is not a view; choose one of {', '.join(map(repr, keys))}.")
        pins = [list(pin) for pin in pins]
        if len(pins) > 4 or any(len(pin) not in (1, 2) for pin in pins):
            raise ConfigError(f"pins: found {pins}; expected at most 4, each [row, column] of a query or [anchor].")
        chosen = complete(settings)
        close_earlier(self)
        super().__init__(
            left=left or self._first_key(compare, chosen["view"] == "effect"),
            right=compare,
            query=list(query or ()),
            anchor=anchor,
            pins=pins,
            settings=chosen,
        )
        try:
            if chosen["view"] == "effect":
                head_in(self.view())
            self.off = dict(off or {})
        except ConfigError:
            self.close()
            raise
        self._pack_shown()
        self.observe(self._chosen_changed, names=["image", "left", "right"])
        self.observe(self._requested, names="request")

    def _first_key(self, compare: str, effect: bool) -> str:
        """The view to show on the left by default: the first that is not on the right; one with effects, if asked."""
        contexts = [view_key(name, str(model.config.context)) for name, model in self._models.items()]
        wanted = [key for key in self.view_keys if not effect or key in contexts] or self.view_keys
        return next((key for key in wanted if key != compare), wanted[0])

    @property
    def view_keys(self) -> list[str]:
        """The keys of all views of an image."""
        return [view_key(name, block) for name, blocks in self._chosen.items() for block in blocks]

    def view(self, image: int | None = None, key: str | None = None) -> View:
        """A view; by default of the current picture and the view on the left."""
        place = (self.image if image is None else image, key or self.left)
        if place not in self._views:
            self._look(place)
        return self._views[place]

    def read(self, row: int, column: int, key: str | None = None) -> Reading:
        """The numbers in the page's text about a query of the current picture, without rounding."""
        return read(self.view(key=key), row, column, convention=self.settings["convention"])

    def read_anchor(self, index: int, key: str | None = None) -> AnchorReading:
        """The numbers in the page's text about an anchor of the current picture, without rounding."""
        return read_anchor(self.view(key=key), index)

    def add_image(self, image: Any, name: str = "", label: Any = None) -> int:
        """Add an image and show it; returns its number."""
        self._pictures.append(open_picture(image, name, label, LONGEST))
        self.pins = []
        self.image = len(self._pictures) - 1
        return self.image

    def add_model(self, model: ANNN, name: str) -> None:
        """Add a network (a variant, a checkpoint) of the same classes and show its last block on the left."""
        chosen = choose_blocks({name: model}, self._blocks)
        space_of_all({name: model}, self._space)
        self._models[name] = model
        self._chosen |= chosen
        self._views = {place: v for place, v in self._views.items() if v.model != name}
        self.left = view_key(name, chosen[name][-1])

    def save_html(
        self, path: str | Path, images: Sequence[int] | None = None, keys: Sequence[str] | None = None
    ) -> Path:
        """Write one HTML file that works without kernel and network.

        images: their numbers; keys: the keys of the views. By default the current image and views, or all if they are
        small. Raises RunError if the file cannot be written.
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
            "off": {key: anchors for key, anchors in self.off.items() if key in keys and self.image in images},
            "settings": self.settings,
            "message": "",
            "kernel": False,
            "request": {},
            "answer": {},
        }
        return write_page(path, payload, state, f"Attention: {self._pictures[images[state['image']]].name}")

    def close(self) -> None:
        """Close the widget and release the networks and their results, since a notebook's `Out` keeps the object."""
        if self.comm is not None:
            close_parts(self)
        super().close()
        self.unobserve_all()
        self._models, self._views, self.payload = {}, {}, b""

    def to_figure(self, colour: str = "") -> Figure:
        """The pins as a figure, or the anchor, the query or the centre without pins: a row per pin and view.

        colour: "effect" draws what each anchor does to the decision; by default what the page draws, where views
        without a head show their weights. Raises ConfigError for colour="effect" where the left view has no head.
        """
        views = [self.view(key=key) for key in (self.left, self.right) if key]
        settings = complete(self.settings | ({"view": colour} if colour else {}))
        if colour == "effect":
            head_in(views[0])
        return figures.pinned(self._pictures[self.image], views, self._shown(), self._space, settings)

    def summary(self) -> str:
        """The current views as text."""
        lines = [f"AttentionExplorer: {self._pictures[self.image].name} ({len(self._pictures)} in all)"]
        for key in (key for key in (self.left, self.right) if key):
            told = sentences(self.view(key=key), self.view(), self._shown(), self._space, self.settings)
            lines += [f"{key}:", *(f"  {sentence}" for sentence in told)]
            anchors: Any = self.off.get(key)
            if anchors:
                lines.append(f"  off: {len(anchors)} of {self.view(key=key).weights.shape[1]} anchors")
        return "\n".join(lines)

    def _shown(self) -> list[list[int]]:
        """The pins, or the anchor in anchor mode, or the query, or the centre."""
        height, width = self.view().attention.query_grid
        if not self.pins and self.settings["mode"] == "anchor":
            last = self.view().attention.levels()[-1]
            return [[self.anchor if 0 <= self.anchor < last.stop else last.start]]
        return list(self.pins) or [list(self.query) or [height // 2, width // 2]]

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget, with a picture and a text for pages without a kernel (GitHub, untrusted notebooks)."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        file = io.BytesIO()
        with figures.style():
            self.to_figure().savefig(file, format="png", dpi=100)
        data |= {"image/png": base64.b64encode(file.getvalue()).decode(), "text/plain": self.summary()}
        return data, metadata

    @traitlets.validate("off")
    def _valid_off(self, proposal: Any) -> dict[str, list[int]]:
        """Anchors that are off as lists of indices; raises ConfigError for views and anchors that are not there."""
        chosen = {key: anchors_off(self.view(key=key).attention, choice, key) for key, choice in proposal.value.items()}
        return {key: anchors for key, anchors in chosen.items() if anchors}

    def _requested(self, change: Any) -> None:
        """Answer the page with the class map of the whole network without some anchors, or with what is wrong."""
        asked = change.new
        if not asked:
            return
        answer: dict[str, Any] = {"number": asked["number"]}
        try:
            view = self.view(asked["image"], asked["view"])
            labels = predict_without(
                self._models[view.model], self._pictures[asked["image"]], view.block, asked["off"], asked["convention"]
            )
            answer["labels"] = fitted(labels).tobytes()
        except AnnnError as error:
            answer["error"] = str(error)
        self.answer = answer

    def _chosen_changed(self, change: Any) -> None:
        if change.name == "image":
            self.off = {}
        try:
            if not 0 <= self.image < len(self._pictures) or self.left not in self.view_keys:
                raise ConfigError(
                    f"image={self.image}, left={self.left!r}: expected one of {len(self._pictures)} images (from 0) "
                    f"and of the views {', '.join(map(repr, self.view_keys))}."
                )
            self._pack_shown()
            self.message = ""
        except AnnnError as error:  # show it in the page: users do not see the log of a callback
            self.message = str(error)

    def _all_at_once(self) -> bool:
        sizes = (at_most(model, self._chosen[name], self._pictures) for name, model in self._models.items())
        return sum(sizes) <= AT_ONCE

    def _pack_shown(self) -> None:
        """Pack the current views, or all views if they are small."""
        shown = [(self.image, key) for key in (self.left, self.right) if key]
        if self._all_at_once():
            shown = [(image, key) for image in range(len(self._pictures)) for key in self.view_keys]
        for place in shown:
            if place not in self._views:
                self._look(place)
        views = {place: self._views[place] for place in shown}
        self.payload = pack(self._pictures, views, self._space, self.view_keys)

    def _look(self, place: tuple[int, str]) -> None:
        """Run the network of a view and store the views of all its blocks; deletes large views of other pictures."""
        image, key = place
        if not self._all_at_once():
            self._views = {other: view for other, view in self._views.items() if other[0] == image}
        name = next((n for n, blocks in self._chosen.items() if key in [view_key(n, b) for b in blocks]), None)
        if name is None:
            raise ConfigError(f"key={key!r} is not a view; choose one of {', '.join(map(repr, self.view_keys))}.")
        for view in look(self._models[name], self._pictures[image], name, self._chosen[name]):
            self._views[image, view.key] = view
