"""`annn weights show | export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from annn.cli.app import weights_app


@weights_app.command
def show(weights: Annotated[Positional[Path], arg(metavar="FILE")]) -> int:
    """Show the source, the network and the classes of a weights file, and what else it holds.

    Args:
        weights: a file of the authors, of mmsegmentation, or of this package
    """
    from annn.weights import load
    from annn.weights.description import describe

    print(f"{weights}: {describe(load(weights))}")
    return 0


@weights_app.command
def export(
    weights: Annotated[Positional[Path], arg(metavar="WEIGHTS")],
    output: Annotated[Positional[Path], arg(metavar="OUT")],
    *,
    layout: str,
) -> int:
    """Write a network as a file that the authors' code or mmsegmentation loads.

    Args:
        weights: the folder of a run, or a weights file
        output: the .pth file to write
        layout: authors or mmsegmentation
    """
    from annn.runs.network import label_space, open_network
    from annn.weights import export

    network = open_network(weights, "cpu")
    space = None if network.data is None else label_space(network, None)
    names, colors = (network.classes, None) if space is None else (space.classes, space.colors)
    written = export(network.model, output, layout=layout, classes=names, palette=colors)
    said = f"{written}: {written.stat().st_size / 1e6:.1f} MB in the layout of {layout}"
    print("\n".join([said, *(f"note: {note}" for note in network.notes)]))
    return 0
