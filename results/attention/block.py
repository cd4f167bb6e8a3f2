"""Draw block.png, the picture of the README: one query of AFNB, its weights on the 110 anchors and on positions.

Prints, for 16 scenes, the weight of a query on the banner: python results/attention/block.py (less than a minute).
The network is results/checkpoint/full-street.safetensors.
"""

from pathlib import Path

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch.nn.functional import adaptive_avg_pool2d

from annn.analysis.attention import centres
from annn.analysis.cue import CueScene, cue_scenes
from annn.attention import Attention
from annn.augment import normalise
from annn.data.cityscapes import CITYSCAPES
from annn.figures import style
from annn.model import ANNN
from annn.weights import load

HERE = Path(__file__).parent
# Scenes of seed 1 that hold a barrier or a vehicle body, and the banner that decides its class.
SCENES = 16  # are measured
SCENE = 5  # is drawn
BLOCK = "afnb 4&5"
ORANGE = "#e8590c"
WIDE, TALL = 4.28, 5.5  # inches


def main() -> None:
    model = load(HERE.parent / "checkpoint" / "full-street.safetensors").model.eval()
    for number, scene in enumerate(cue_scenes(1, (128, 256), SCENES)):
        attention, place, weights = look(model, scene)
        rows, columns = centres(attention.query_grid, scene.label.shape)
        name = CITYSCAPES.classes[scene.label[rows, columns].reshape(attention.query_grid)[place]]
        times = on_banner(scene, weights)
        print(f"scene {number}: weight of a query on a {name} on the banner: {times:.1f} times uniform")
        if number == SCENE:
            draw(scene, attention, place, weights).savefig(HERE / "block.png", dpi=180, facecolor="white")


def look(model: ANNN, scene: CueScene) -> tuple[Attention, tuple[int, int], np.ndarray]:
    """AFNB's attention in a scene, a query on the planted surface (row, column), and its weight on each position."""
    with torch.inference_mode():
        attention = model.attention(normalise(scene.image)[None])[BLOCK]
    row, column = place = scene.query(attention.query_grid)
    query = torch.tensor([row * attention.query_grid[1] + column])
    return attention, place, attention.on_positions(query)[0, 0].float().numpy()


def on_banner(scene: CueScene, weights: np.ndarray) -> float:
    """The weight on the banner as a multiple of uniform weights."""
    banner = adaptive_avg_pool2d(torch.from_numpy(scene.banner).double()[None], weights.shape)[0].numpy()
    return float((weights * banner).sum() / banner.mean() / weights.sum())


def draw(scene: CueScene, attention: Attention, place: tuple[int, int], on_positions: np.ndarray) -> Figure:
    """The query at `place` (row, column), its weights on the anchors of each level, and those on the positions."""
    rows, columns = attention.query_grid
    weights = attention.weights[0, place[0] * columns + place[1]].float()
    pale = np.repeat(scene.image.mean(axis=2, keepdims=True) / 255 * 0.5 + 0.45, 3, axis=2)
    with style():
        figure = Figure(figsize=(WIDE, TALL))
        top = panel(figure, 0.05, 3.2, WIDE - 0.1, f"1  a query: one of N = {rows * columns} positions")
        top.imshow(scene.image, extent=(0, 256, 128, 0))
        marked(top, attention.query_grid, place)
        titles = ["2  what it takes from each of the 110 anchors", "", "", ""]
        for k, part in enumerate(attention.levels()):
            size = round((part.stop - part.start) ** 0.5)
            axes = panel(figure, 0.05 + k * 1.06, 2.44, 1.0, titles[k])
            axes.imshow(pale, extent=(0, 256, 128, 0))
            overlay(axes, weights[part].reshape(size, size).numpy(), float(weights.max()))
            for line in range(1, size):
                axes.axvline(256 * line / size, color="white", linewidth=0.5)
                axes.axhline(128 * line / size, color="white", linewidth=0.5)
            share = 100 * float(weights[part].sum())
            axes.text(128, 146, f"{size} x {size}: {share:.0f} %", ha="center", va="center", fontsize=8)
        bottom = panel(figure, 0.05, 0.03, WIDE - 0.1, "3  the same weights on the positions of Stage4")
        bottom.imshow(pale, extent=(0, 256, 128, 0))
        overlay(bottom, on_positions, float(on_positions.max()))
        marked(bottom, attention.query_grid, place)
    return figure


def panel(figure: Figure, left: float, bottom: float, width: float, title: str) -> Axes:
    """Axes for a picture twice as wide as high; all lengths in inches."""
    axes = figure.add_axes((left / WIDE, bottom / TALL, width / WIDE, width / 2 / TALL))
    axes.set(xlim=(0, 256), ylim=(128, 0))
    axes.axis("off")
    axes.annotate(
        title, (0, 0), (0, 4), textcoords="offset points", fontsize=9, fontweight="bold", annotation_clip=False
    )
    return axes


def overlay(axes: Axes, weights: np.ndarray, largest: float) -> None:
    """Orange; its opacity is the square root of the weight, so that small weights can be seen, too."""
    colors = np.empty((*weights.shape, 4))
    colors[:] = (*to_rgb(ORANGE), 1)
    colors[..., 3] = np.sqrt(weights / largest) * 0.75
    axes.imshow(colors, extent=(0, 256, 128, 0), interpolation="nearest")


def marked(axes: Axes, grid: tuple[int, int], place: tuple[int, int]) -> None:
    """A frame around the query at `place` (row, column) of the grid."""
    height, width = 128 / grid[0], 256 / grid[1]
    for color, line in (("white", 3.2), (ORANGE, 1.6)):
        axes.add_patch(
            Rectangle((place[1] * width, place[0] * height), width, height, fill=False, edgecolor=color, linewidth=line)
        )


if __name__ == "__main__":
    main()
