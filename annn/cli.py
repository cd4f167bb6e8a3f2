"""The command line: `annn train | evaluate | predict | data ... | weights ... | reproduce | report`.

What a command needs is imported inside it, so that training starts without Jupyter and plots, which a machine that only
trains does not have.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from tyro.conf import FlagCreatePairsOff, OmitArgPrefixes, Positional, UseAppendAction, arg
from tyro.extras import SubcommandApp

from annn.errors import AnnnError, ConfigError

if TYPE_CHECKING:
    from annn.networks import Network
    from annn.recipes import Recipe

EXAMPLES = """Asymmetric Non-local Neural Networks: train, evaluate, predict, and reproduce the paper's tables.

Examples:
  annn reproduce                                 all notebooks, on generated data, into results/
  annn reproduce 2 -p preset standard            one notebook, with another preset
  annn train "4 & 5" --seed 1                    one row of Table 2; `annn train all` for the four
  annn train baseline --data camvid --data-root ../camvid
  annn evaluate runs/quick-stand-in-baseline-seed0-1a2b3c4d5e
  annn evaluate published.pth --data cityscapes --root ../cityscapes --scales 0.75 1 1.25 --flip --slide 864 576
  annn predict published.pth street.jpg -o out --attention
  annn weights show published.pth                whose file it is, which network, which classes
  annn data check camvid --root ../camvid        what is there, what is missing, where to get it
"""

app = SubcommandApp()
data_app = SubcommandApp()
app.command(data_app, name="data", help="Generate stand-in scenes, or look at what is there of a data set.")
weights_app = SubcommandApp()
app.command(weights_app, name="weights", help="Look into a file of weights, or write one for other code.")


@dataclass(frozen=True, kw_only=True)
class _Testing:
    """Options of `evaluate` and `predict`; what is not given is as the network's own recipe has it."""

    sides: tuple[int, int] | None = None
    """first resize images to this shorter side, but no longer than that longer one, such as 512 2048"""
    scales: tuple[float, ...] | None = None
    """resize images by each of these factors and average; by default the run's own, or 1"""
    flip: FlagCreatePairsOff[bool] = False
    """average with the mirror images, too"""
    slide: tuple[int, int] | None = None
    """crop and stride of sliding windows in pixels, such as 864 576; by default images whole"""
    style: str | None = None
    """how to resize and average: plain, authors or mmsegmentation; by default as the weights' source does"""
    precision: str | None = None
    """fp32, bf16 or fp16; by default the run's own, or fp32"""

    def of(self, network: Network) -> dict[str, Any]:
        """The protocol and the precision to test a network with."""
        own = network.protocol
        given = {"sides": self.sides, "flip": self.flip, "window": self.slide}
        protocol = replace(own, scales=self.scales or own.scales, style=self.style or own.style, **given)
        return {"protocol": protocol, "precision": self.precision or network.precision}


_DEFAULTS = _Testing()


@app.command
def train(
    row: Annotated[Positional[str], arg(metavar="ROW")],
    *,
    preset: str = "quick",
    data: str | None = None,
    seed: int = 0,
    data_root: Path | None = None,
    runs: Path | None = None,
    device: str = "auto",
    workers: int | None = None,
    iterations: int | None = None,
) -> int:
    """Train rows of Table 2, or load them where they are finished; an interrupted run goes on where it stopped.

    Args:
        row: a row such as "4 & 5", its recipe's name such as fuse-45, or all
        preset: quick (CPU, minutes), standard (one GPU) or paper (ResNet-101 on real Cityscapes)
        data: stand-in, cityscapes or camvid; by default what the preset is made for
        seed: fixes the initial weights, and every draw, crop and flip
        data_root: the data set's folder, by default data/NAME
        runs: where runs are kept; by default runs/ in the project
        device: auto, cpu, cuda or cuda:N
        workers: processes that load images; by default none on a CPU, eight beside a GPU
        iterations: steps, instead of the preset's
    """
    from annn.project import project_root
    from annn.runs import train_or_load

    runs = runs or project_root() / "runs"
    for recipe in _recipes(row, preset, data):
        if iterations is not None:
            recipe = replace(recipe, train=replace(recipe.train, iterations=iterations))
        run = train_or_load(recipe, seed, data_root=data_root, runs=runs, device=device, workers=workers)
        hardware = run.environment["hardware"]
        print(f"{run.folder}: mIoU {100 * run.scores.miou:.1f} %, {run.seconds / 60:.1f} min on {hardware}")
    return 0


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
    """Score a run or a file of weights on a data set: mIoU, accuracies, IoU per class, time and memory.

    Args:
        weights: a run's folder, or a file of weights (the authors', mmsegmentation's, or written here)
        data: data set, see annn data check; by default the one that a run was trained on
        root: the data set's folder, by default data/NAME
        split: by default the one that is tested on
        testing: what the network sees of an image
        save: folder for predictions, overlays and tables; the same command goes on there if it was interrupted
        device: auto, cpu, cuda or cuda:N
        workers: processes that load images
    """
    from annn.assessment import assess
    from annn.networks import open_network, open_test_data

    network = open_network(weights, device)
    dataset = open_test_data(network, data, root, split)
    print(assess(network, dataset, **testing.of(network), workers=workers, save=save))
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
    """Predict images: label ids as PNG, an overlay, and on request a page to explore the network's attention.

    Args:
        weights: a run's folder, or a file of weights (the authors', mmsegmentation's, or written here)
        images: image files and folders of images
        output: folder for NAME_labels.png, NAME_overlay.png and NAME_attention.html
        data: data set whose ids and colours to write; by default the one that fits the weights
        attention: write the attention page of each image, too (whole image; shrunk above 2048 pixels a side)
        testing: what the network sees of an image
        device: auto, cpu, cuda or cuda:N
    """
    from annn.networks import label_space, open_network
    from annn.own_images import predict_images

    network = open_network(weights, device)
    space = label_space(network, data)
    how = testing.of(network)
    written = predict_images(network, list(images), output, space=space, attention=attention, **how)
    print("\n".join(map(str, written)))
    print("\n".join([f"{network.title}; {how['protocol']}; ids and colours of {space.name}", *network.notes]))
    return 0


@data_app.command
def make(
    *,
    preset: str = "quick",
    train: int | None = None,
    val: int | None = None,
    size: tuple[int, int] | None = None,
    seed: int | None = None,
    root: Path | None = None,
    workers: int = os.cpu_count() or 1,
) -> int:
    """Generate street scenes in the layout of Cityscapes; the same scenes are not drawn twice.

    Args:
        preset: whose scenes to make: quick or standard
        train: training scenes, instead of the preset's
        val: validation scenes, instead of the preset's
        size: height and width, instead of the preset's
        seed: of the generator, instead of the preset's
        root: where to write them; by default where the preset looks for them, below data/stand_in
        workers: processes
    """
    from annn.recipes import table2
    from annn.runs import open_data
    from annn.scenes import write_cityscapes

    data = table2("Baseline", preset, "stand-in").data
    assert data.stand_in is not None
    given = {"train": train, "val": val, "size": size, "seed": seed}
    wanted = replace(data.stand_in, **{name: value for name, value in given.items() if value is not None})
    if root is None:
        root = open_data(replace(data, stand_in=wanted))[0].root
    else:
        write_cityscapes(root, wanted.train, wanted.val, wanted.size, wanted.seed, workers=workers)
    print(f"{root}: {wanted.train} training and {wanted.val} validation scenes of {wanted.size[0]}x{wanted.size[1]}")
    return 0


@data_app.command
def sheet(output: Annotated[Positional[Path], arg(metavar="FILE")], *, count: int = 12, seed: int = 0) -> int:
    """Draw generated street scenes, each above its labels in Cityscapes' colours, into one picture.

    Args:
        output: a PNG or JPEG file
        count: scenes
        seed: of the generator
    """
    from PIL import Image

    from annn.atomic import replacing
    from annn.scenes import contact_sheet

    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(output.suffix.lower())
    if kind is None:
        raise ConfigError(f"{output}: the picture's format is unknown; expected a name that ends in .png or .jpg.")
    with replacing(output) as temporary:
        Image.fromarray(contact_sheet(seed, count, (256, 512))).save(temporary, kind, quality=85)
    print(f"{output}: {count} scenes")
    return 0


@data_app.command
def check(name: Annotated[Positional[str], arg(metavar="NAME")] = "all", *, root: Path | None = None) -> int:
    """Say what is there of a data set, what is missing, and where to get it; status 1 where it cannot be used.

    Args:
        name: cityscapes, camvid, cocostuff10k, nyud, ade20k, pascal_context, or all
        root: the data set's folder, by default data/NAME
    """
    from annn.datasets import DATASETS, check
    from annn.project import project_root

    names = list(DATASETS) if name == "all" else [name]
    if root is not None and len(names) > 1:
        raise ConfigError(f"--root {root}: whose folder is this? Name one data set: {', '.join(DATASETS)}.")
    reports = [check(name, root or project_root() / "data" / name) for name in names]
    print("\n".join(map(str, reports)))
    return 0 if all(report.usable for report in reports) else 1


@weights_app.command
def show(weights: Annotated[Positional[Path], arg(metavar="FILE")]) -> int:
    """Say whose file of weights this is, which network and classes it holds, and what was stored beside them.

    Args:
        weights: a file of the authors, of mmsegmentation, or written here
    """
    from annn.weights import load
    from annn.weights.description import described

    print(f"{weights}: {described(load(weights))}")
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
        weights: a run's folder, or a file of weights
        output: the .pth file to write
        layout: authors or mmsegmentation
    """
    from annn.networks import label_space, open_network
    from annn.weights import export

    network = open_network(weights, "cpu")
    space = None if network.data is None else label_space(network, None)
    names, colors = (network.classes, None) if space is None else (space.classes, space.colors)
    written = export(network.model, output, layout=layout, classes=names, palette=colors)
    print(f"{written}: {written.stat().st_size / 1e6:.1f} MB in the layout of {layout}")
    return 0


@app.command
def reproduce(
    notebooks: Annotated[Positional[tuple[str, ...]], arg(metavar="[NOTEBOOK ...]")] = (),
    *,
    parameters: UseAppendAction[Annotated[tuple[tuple[str, str], ...], arg(aliases=["-p"], metavar="NAME VALUE")]] = (),
    results: Path = Path("results"),
    variant: str = "",
    force: FlagCreatePairsOff[bool] = False,
) -> int:
    """Execute notebooks into results/, skipping those that are up to date; status 1 where one failed.

    Args:
        notebooks: names or their beginnings, such as 2; by default all
        parameters: a notebook's parameter, such as -p preset standard; may be repeated
        results: where executed notebooks, tables and figures go
        variant: keeps the executed copy beside the ordinary one, as NAME-VARIANT.ipynb
        force: execute even what is up to date
    """
    from annn.reproduce import reproduce

    outcomes = reproduce(notebooks, dict(parameters), results=results, variant=variant, force=force)
    failed = [outcome.name for outcome in outcomes if outcome.status == "failed"]
    if failed:
        print(f"{len(failed)} of {len(outcomes)} notebooks failed: {', '.join(failed)}", file=sys.stderr)
        return 1
    return report(results=results)


@app.command
def report(*, results: Path = Path("results")) -> int:
    """Gather the executed notebooks, their tables and figures in one HTML page that needs no network.

    Args:
        results: where executed notebooks, tables and figures lie; the page is written there as report.html
    """
    from annn.report import write_report

    page = write_report(results)
    print(f"{page}: {page.stat().st_size / 1e6:.1f} MB")
    return 0


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command; exits with 2 for an `AnnnError`, which is printed as one paragraph, and with 130 for Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that nothing half-written stays
    try:
        status = app.cli(prog="annn", description=EXAMPLES, args=args)
    except AnnnError as error:
        print(f"annn: {error}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        print(
            "\nannn: interrupted; the same command goes on from the last checkpoint (an evaluation only with --save).",
            file=sys.stderr,
        )
        status = 130
    sys.exit(status)


def _recipes(row: str, preset: str, data: str | None) -> list[Recipe]:
    """The recipes meant by a row of Table 2, a recipe's name with or without what all have in common, or "all"."""
    from annn.recipes import TABLE2, table2

    recipes = {name: table2(name, preset, data) for name in TABLE2}
    common = recipes["Baseline"].name.removesuffix("baseline")
    short = {recipe.name.removeprefix(common): recipe for recipe in recipes.values()}
    named = recipes | {recipe.name: recipe for recipe in recipes.values()} | short
    if row == "all":
        return list(recipes.values())
    if row not in named:
        listed = ", ".join(f"'{name}' ({recipe.name.removeprefix(common)})" for name, recipe in recipes.items())
        raise ConfigError(f"'{row}' is no row of Table 2 and no recipe; use 'all', or one of: {listed}.")
    return [named[row]]


if __name__ == "__main__":
    main()
