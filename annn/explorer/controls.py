"""Controls for the explorer that need a kernel: upload an image, load another network, save the page."""

from __future__ import annotations

import io
from typing import Any

import ipywidgets

from annn.errors import AnnnError
from annn.explorer.sessions import close_earlier, close_parts
from annn.explorer.widget import AttentionExplorer
from annn.files import project_root
from annn.weights import load


def with_controls(explorer: AttentionExplorer) -> ipywidgets.VBox:
    """The explorer with an upload button for images, a field for other weights, and a field to save the page.

    The weights are any file that `annn.weights.load` reads, with the same classes. Relative paths start at
    the project's root.
    """
    upload = ipywidgets.FileUpload(accept="image/*", description="Your image")
    weights = ipywidgets.Text(placeholder="path/to/weights.safetensors", description="Weights", continuous_update=False)
    page = ipywidgets.Text(placeholder="attention.html", description="Save as", continuous_update=False)
    message = ipywidgets.Label()

    def take_image(change: Any) -> None:
        for file in change["new"]:
            explorer.add_image(io.BytesIO(file["content"]), file["name"])

    def take_weights(change: Any) -> None:
        if change["new"]:
            path = project_root() / change["new"]
            explorer.add_model(load(path).model, path.stem)

    def save(change: Any) -> None:
        if change["new"]:
            message.value = f"written: {explorer.save_html(project_root() / change['new'])}"

    def safely(handler: Any) -> Any:
        def handle(change: Any) -> None:
            message.value = ""
            try:
                handler(change)
            except (AnnnError, OSError) as error:
                message.value = str(error)

        return handle

    for control, handler in ((upload, take_image), (weights, take_weights), (page, save)):
        control.observe(safely(handler), names="value")
    return Workbench(explorer, [ipywidgets.HBox([upload, weights, page]), message, explorer])


class Workbench(ipywidgets.VBox):
    """Controls around an explorer; without a kernel, the explorer's picture and text."""

    def __init__(self, explorer: AttentionExplorer, children: list[ipywidgets.Widget]):
        close_earlier(self)
        self._explorer = explorer
        super().__init__(children)

    def close(self) -> None:
        """Close the controls, but not the explorer, which may belong to another cell."""
        if self.comm is not None:
            self.children = [child for child in self.children if child is not self._explorer]
            close_parts(self)
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, metadata = self._explorer._repr_mimebundle_(**kwargs)
        return {**data, **(super()._repr_mimebundle_(**kwargs) or {}), "text/plain": data["text/plain"]}, metadata
