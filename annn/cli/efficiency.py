"""`annn bench | export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from annn.cli.app import app
from annn.errors import ConfigError


@app.command
def bench(
    *,
    preset: str = "quick",
    precision: str = "fp32",
    device: str = "auto",
    seconds: float = 4.0,
    out: Path | None = None,
) -> int:
    """Compare the time of the forms of the blocks on this machine: dense, textbook, ours, folded and compiled.

    Args:
        preset: quick (a minute or two on two cores) or full (a quarter of an hour there)
        precision: fp32, tf32, bf16 or fp16
        device: auto, cpu, cuda or cuda:N
        seconds: time for each comparison, with 3 to 30 rounds
        out: a JSON file; by default bench-PRESET-DEVICE-PRECISION.json in this folder
    """
    from annn.device import choose_device
    from annn.efficiency import bench, summary

    where = choose_device(device)
    out = out or Path(f"bench-{preset}-{where.type}-{precision}.json")
    results = bench(preset, precision=precision, device=device, seconds=seconds, out=out)
    print(f"{summary(results)}\n{out}")
    return 0


@app.command
def export(
    weights: Annotated[Positional[Path], arg(metavar="WEIGHTS")],
    output: Annotated[Positional[Path], arg(metavar="OUT")],
    *,
    size: tuple[int, int],
) -> int:
    """Write the folded network as ONNX for images of one size, and compare its logits in onnxruntime.

    Args:
        weights: the folder of a run, or a weights file
        output: the .onnx file to write; takes an RGB image as 1 x 3 x H x W numbers of 0 to 255
        size: height and width of the images; the file is for this size alone
    """
    from annn.efficiency.onnx import export
    from annn.runs.network import open_network

    if output.suffix != ".onnx":
        raise ConfigError(f"{output}: the file's format is unknown; expected a name that ends in .onnx.")
    network = open_network(weights, "cpu")
    difference = export(network.model, output, size, classes=network.classes or ())
    megabytes = output.stat().st_size / 1e6
    print(
        f"{output}: {megabytes:.1f} MB, for images of {size[0]}x{size[1]}; onnxruntime's logits within {difference:.0e}"
    )
    return 0


@app.command
def prove(*, device: str = "auto", steps: int = 20, out: Path = Path("results/gpu")) -> int:
    """Prove on this machine what training promises: the CPU's numbers, repetition, processes; status 1 if one fails.

    Args:
        device: auto, cpu, cuda or cuda:N
        steps: of each training
        out: folder for a JSON file named after the hardware
    """
    from annn.efficiency.prove import prove as prove_it
    from annn.efficiency.prove import save_proof

    found = prove_it(device, steps=steps)
    print(save_proof(found, out))
    return 1 if any(check["passed"] is False for check in found["checks"].values()) else 0
