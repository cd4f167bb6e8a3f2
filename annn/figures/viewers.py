"""Widgets that step through images (predictions, channels of stages) or through costs. They need a kernel.

Each shows a PNG that the kernel draws; the notebooks put a static figure beside them for readers without one.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import numpy as np
from jaxtyping import Float, UInt8
from matplotlib import colormaps
from PIL import Image as Picture
from torch import Tensor, nn

from annn.analysis.stages import STAGES, stage_maps
from annn.data.files import FileDataset, Sample
from annn.data.space import IGNORE
from annn.efficiency import GPU_ITSELF, predict
from annn.figures import Labels, photographs

_WIDTH = 760  # pixels on the page

Image = UInt8[np.ndarray, "H W 3"]


def variant_viewer(
    samples: Sequence[Sample], predictions: Mapping[str, Sequence[Labels]], data: FileDataset
) -> ipywidgets.VBox:
    """Predictions laid over their images: choose the image, what lies over it (a variant or the truth), the opacity.

    data: the data set of the images, whose source stands below photographs (`photographs`); so in `channel_browser`.
    """
    layers = {"truth": [sample.label for sample in samples], **predictions}
    image = ipywidgets.IntSlider(description="image", min=0, max=len(samples) - 1)
    layer = ipywidgets.ToggleButtons(options=list(layers), value=list(layers)[-1], description="over it")
    layer.style.button_width = "auto"  # pyright: ignore[reportAttributeAccessIssue]
    opacity = ipywidgets.FloatSlider(description="opacity", min=0, max=1, step=0.05, value=0.6)
    wrong = ipywidgets.Checkbox(description="mistakes only", value=False)

    def draw() -> Image:
        sample, labels = samples[image.value], layers[layer.value][image.value]
        shown = overlay(sample.image, data.space.colorize(labels), opacity.value)
        if wrong.value:
            mistaken = (sample.label != IGNORE) & (labels != sample.label)
            shown = np.where(mistaken[..., None], shown, sample.image)
        return shown

    return _redrawn(draw, [image, layer, opacity, wrong], [ipywidgets.HBox([image, opacity, wrong]), layer], data)


def channel_browser(images: Sequence[Image], backbones: Mapping[str, nn.Module], data: FileDataset) -> ipywidgets.VBox:
    """Single channels of the stages of several networks, one above the other, each channel in its own range of values.

    Channel numbers run over each network's own channels: equal numbers are not the same feature.
    """
    image = ipywidgets.IntSlider(description="image", min=0, max=len(images) - 1)
    stage = ipywidgets.ToggleButtons(options=[(f"Stage{s}", s) for s in STAGES], description="stage")
    stage.style.button_width = "auto"  # pyright: ignore[reportAttributeAccessIssue]
    channel = ipywidgets.IntSlider(description="channel", min=0, max=0)
    known: dict[tuple[str, int], dict[int, Tensor]] = {}  # of the image shown

    def maps(name: str) -> Float[Tensor, "C h w"]:
        key = (name, image.value)
        if key not in known:
            for old in [old for old in known if old[1] != image.value]:
                del known[old]
            known[key] = stage_maps(backbones[name], images[image.value])
        return known[key][stage.value]

    def draw() -> Image:
        shown = [maps(name) for name in backbones]
        channel.max = max(len(m) for m in shown) - 1
        size = images[image.value].shape[1::-1]
        pictures = [channel_picture(m[min(channel.value, len(m) - 1)].numpy(), size) for m in shown]
        return np.concatenate([images[image.value], *pictures])

    title = ipywidgets.Label("From above: the image; " + "; ".join(backbones))
    return _redrawn(draw, [image, stage, channel], [title, ipywidgets.HBox([image, channel]), stage], data)


class _Panel(ipywidgets.VBox):
    """Controls above what they show; as text, where a page has no kernel, it says what is missing."""

    def __repr__(self) -> str:
        return "(A widget, which needs a running kernel: open this notebook in JupyterLab.)"


def cost_browser() -> ipywidgets.VBox:
    """What a network costs at a size of image, before it is run: choose, and read multiply-adds and memory."""
    network = ipywidgets.Dropdown(description="ResNet", options=[18, 34, 50, 101], value=101)
    form = ipywidgets.Dropdown(description="blocks", options=["ours", "textbook", "dense", "folded"], value="ours")
    mode = ipywidgets.ToggleButtons(options=[("training", "step"), ("inference", "forward")], value="step")
    height = ipywidgets.BoundedIntText(description="height", min=8, max=4096, value=769)
    width = ipywidgets.BoundedIntText(description="width", min=8, max=4096, value=769)
    batch = ipywidgets.BoundedIntText(description="images", min=1, max=64, value=1)
    gpu = ipywidgets.BoundedFloatText(description="GPU, GB", min=1, max=1000, value=24)
    said = ipywidgets.HTML()
    controls = [network, form, mode, height, width, batch, gpu]

    def redraw(_: object = None) -> None:
        if form.value == "folded" and mode.value == "step":
            said.value = "A folded network is for inference."
            return
        size = (height.value, width.value)
        found = predict(size, depth=network.value, batch=batch.value, mode=mode.value, form=form.value)
        training = mode.value == "step"
        held = "activations, loss and gradients" if training else "activations"
        kept = "weights and momentum" if training else "weights"
        fits = "fits" if found.total / 1e9 + GPU_ITSELF < gpu.value else "does not fit"
        said.value = (
            f"<b>{found.multiply_adds / 1e9:,.0f} G multiply-adds</b>, {found.parameters / 1e6:.1f} M parameters; "
            f"float32: {held} {found.activations / 1e9:.2f} GB + {kept} {found.weights / 1e9:.2f} GB "
            f"(+ {GPU_ITSELF} GB for the GPU's own): <b>{fits}</b> into {gpu.value:g} GB, "
            "without the scratch space of convolutions"
        )

    for control in controls:
        control.observe(redraw, names="value")
    redraw()
    boxes = [ipywidgets.HBox([network, form, mode]), ipywidgets.HBox([height, width]), ipywidgets.HBox([batch, gpu])]
    return _Panel([*boxes, said])


def overlay(image: Image, colors: Image, opacity: float) -> Image:
    """Colours laid over an image: 0 shows the image, 1 the colours."""
    return np.round((1 - opacity) * image + opacity * colors.astype(float)).astype(np.uint8)


def channel_picture(channel: Float[np.ndarray, "h w"], size: tuple[int, int]) -> Image:
    """One channel from its lowest to its highest value in a colour map, enlarged to `size` (width, height)."""
    low, high = float(channel.min()), float(channel.max())
    colors = colormaps["viridis"]((channel - low) / max(high - low, 1e-12))[..., :3]
    picture = Picture.fromarray(np.round(255 * colors).astype(np.uint8))
    return np.asarray(picture.resize(size, Picture.Resampling.NEAREST))


def _redrawn(
    draw: Callable[[], Image],
    controls: list[ipywidgets.Widget],
    rows: list[ipywidgets.Widget],
    data: FileDataset,
) -> ipywidgets.VBox:
    """The controls above a picture that is drawn again whenever one of them changes; photographs small, with source."""
    widest = photographs.WIDEST if data.credit else _WIDTH
    picture = ipywidgets.Image(format="png", layout=ipywidgets.Layout(width=f"{widest}px"))

    def redraw(_: object = None) -> None:
        file = io.BytesIO()
        drawn = Picture.fromarray(draw())
        if data.credit:
            drawn.thumbnail((widest, drawn.height))  # no wider, and in proportion
        drawn.save(file, "png")
        picture.value = file.getvalue()

    for control in controls:
        control.observe(redraw, names="value")
    redraw()
    source = [ipywidgets.Label(photographs.source_of(data))] if data.credit else []
    return _Panel([*rows, picture, *source])
