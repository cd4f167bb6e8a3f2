"""`annn evaluate` and `annn predict`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import FlagCreatePairsOff, OmitArgPrefixes, Positional, arg

from annn.cli.app import app

if TYPE_CHECKING:
    from annn.runs.network import Network


@dataclass(frozen=True, kw_only=True)
class _Testing:
    """Options of `evaluate` and `predict`; the defaults are those of the network's recipe."""

    sides: tuple[int, int] | None = None
    """first resize images to this shorter side, but at most to this longer side, such as 512 2048"""
    scales: tuple[float, ...] | None = None
    """resize images by each of these factors and average; by default the run's own, or 1"""
    flip: FlagCreatePairsOff[bool] = False
    """average with the mirror images, too"""
    slide: tuple[int, int] | None = None
    """crop and stride of sliding windows in pixels, such as 864 576; by default whole images"""
    fit_stride: int = 1
    """pad images on the right and below to a multiple of so many pixels; with --style authors, theirs is 8"""
    style: str | None = None
    """how to resize and average: plain, authors or mmsegmentation; by default that of the weights' source"""
    precision: str | None = None
    """fp32, tf32, bf16 or fp16; by default the run's own, or fp32"""
    align_corners: bool | None = None
    """align_corners of the upsampling; by default the value in the file, or that of its source"""

    def of(self, network: Network) -> dict[str, Any]:
        """The protocol and the precision to test a network with."""
        own = network.protocol
        protocol = replace(
            own,
            sides=self.sides,
            scales=own.scales if self.scales is None else self.scales,
            flip=self.flip,
            window=self.slide,
            fit_stride=self.fit_stride,
            grid=own.grid if self.style in (None, own.style) else 1,
            style=self.style or own.style,
        )
        return {"protocol": protocol, "precision": self.precision or network.precision}


_DEFAULTS = _Testing()


@app.command
def evaluate(
    weights: Annotated[Positional[Path], arg(metavar="WEIGHTS")],
    *,
    data: str | None = None,
    root: Path | None = None,
    split: str | None = None,
    testing: OmitArgPrefixes[_Testing] = _DEFAULTS,
    save: Path | None = None,
    device: str = "auto",
    workers: int = 0,
) -> int:
    """Score a run or a weights file on a data set: mIoU, accuracies, IoU per class, time and memory.

    Args:
        weights: the folder of a run, or a weights file (the authors', mmsegmentation's, or ours)
        data: data set, see annn data check, or the path of a folder of your own; by default that of the run
        root: the data set's folder, by default data/NAME
        split: by default the one that the run was tested on, for another data set its split for tests
        testing: the test protocol
        save: folder for predictions, overlays and tables; the same command resumes there after an interruption
        device: auto, cpu, cuda or cuda:N
        workers: number of processes that load images
    """
    from annn.cli.scoring import assess
    from annn.device import choose_device
    from annn.parallel import join, rank
    from annn.runs.network import open_network, open_test_data

    join(choose_device(device))
    network = open_network(weights, device, testing.align_corners)
    dataset = open_test_data(network, data, root, split)
    assessment = assess(network, dataset, **testing.of(network), workers=workers, save=save)
    if rank() == 0:
        print(assessment)
    return 0


@app.command
def predict(
    weights: Annotated[Positional[Path], arg(metavar="WEIGHTS")],
    images: Annotated[Positional[tuple[Path, ...]], arg(metavar="IMAGE ...")],
    *,
    output: Annotated[Path, arg(aliases=["-o"])],
    data: str | None = None,
    attention: FlagCreatePairsOff[bool] = False,
    testing: OmitArgPrefixes[_Testing] = _DEFAULTS,
    device: str = "auto",
) -> int:
    """Predict images: label ids as PNG, an overlay, and optionally a page to explore the attention.

    Args:
        weights: the folder of a run, or a weights file (the authors', mmsegmentation's, or ours)
        images: image files and folders of images
        output: folder for NAME_labels.png, NAME_overlay.png and NAME_attention.html
        data: data set or folder of your own for ids and colours; by default the one that fits the weights
        attention: also write the attention page of each image (whole image, at most 2048 pixels a side)
        testing: the test protocol
        device: auto, cpu, cuda or cuda:N
    """
    from annn.cli.predicting import predict_images
    from annn.runs.network import label_space, open_network

    network = open_network(weights, device, testing.align_corners)
    space = label_space(network, data)
    how = testing.of(network)
    written = predict_images(network, list(images), output, space=space, attention=attention, **how)
    print("\n".join(map(str, written)))
    print("\n".join([f"{network.title}; {how['protocol']}; ids and colours of {space.name}", *network.notes]))
    return 0
