"""Every option of every command with impossible values: refused in one paragraph, before any long work.

The commands and their options are those of the parser, so a new option is tested without a line here. What takes long
(training, measuring, exporting, executing, drawing) is replaced by `Reached`: a value that gets so far was accepted.
"""

import contextlib
import io
import json
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
import tyro
from commands import call
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from own_folders import write_own
from PIL import Image
from tyro.extras import SubcommandApp

from annn.cli.app import app
from annn.data.cityscapes import CITYSCAPES
from annn.data.config import StandIn
from annn.data.open import open_data
from annn.data.scenes import write_cityscapes
from annn.metrics import Scores
from annn.model import ANNN, ModelConfig
from annn.recipes import Recipe, presets, table2
from annn.weights import save_checkpoint

LONG = {
    "annn.runs.together.train_and_score",
    "annn.parallel.launch",
    "annn.data.download.place.fetch",
    "annn.weights.resnets.fetch",
    "annn.efficiency.measure.run",
    "annn.efficiency.prove._equality",
    "annn.efficiency.onnx._write",
    "annn.reproduce._execute_whole_or_not",
    "annn.data.scenes.stand_in.Files._write_all",
    "annn.data.scenes.sheet.street.draw",
}
# A call of each command that works, as positional arguments and options. Capitals name what `places` makes.
CALLS: dict[str, tuple[list[str], dict[str, list[str]]]] = {
    "train": (["baseline"], {"--runs": ["runs"], "--data-root": ["stand-ins"], "--device": ["cpu"]}),
    "evaluate": (["WEIGHTS"], {"--data": ["cityscapes"], "--root": ["scenes"], "--device": ["cpu"]}),
    "predict": (["WEIGHTS", "image.png"], {"--output": ["out"], "--device": ["cpu"]}),
    "data make": (["cityscapes"], {"--root": ["made"], "--workers": ["1"]}),
    "data sheet": (["sheet.png"], {}),
    "data describe": (["pictures"], {}),
    "data check": (["cityscapes"], {"--root": ["scenes"]}),
    "data get": (["camvid"], {"--root": ["camvid"]}),
    "data convert": (["coco", "converted"], {"--all": ["coco.json", "."]}),
    "data cache": (["cityscapes"], {"--root": ["scenes"], "--workers": ["0"]}),
    "weights show": (["WEIGHTS"], {}),
    "weights export": (["WEIGHTS", "out.pth"], {"--layout": ["mmsegmentation"]}),
    "bench": ([], {"--device": ["cpu"]}),
    "prove": ([], {"--device": ["cpu"], "--out": ["proofs"]}),
    "export": (["WEIGHTS", "out.onnx"], {"--size": ["64", "64"]}),
    "reproduce": (["1"], {"--results": ["results"]}),
    "report": ([], {"--results": ["results"]}),
}
HUGE = str(10**23)
BAD = {
    "INT": {"wrong": "many", "number fraction": "1.5", "number negative": "-1", "number huge": HUGE},
    "FLOAT": {
        "wrong": "many", "number negative": "-1.0", "number nan": "nan", "number inf": "inf", "number huge": "1e308"
    },
    "PATH": {"nowhere": "no/where", "below a file": "image.png/below", "long": "x" * 5000, "dashed": "-1"},
    "STR": {"wrong": "nonsense", "dashed": "-1", "long": "x" * 5000, "device": "meta", "slash": "a/b"},
    "True": {"wrong": "perhaps", "dashed": "-1"},
}  # fmt: skip
# Impossible as they look, these mean something.
FINE = {
    ("reproduce", "--parallel", "number huge"),  # never more threads than notebooks
    ("reproduce", "--variant", "empty"),  # the ordinary copy
    ("evaluate", "--slide", "number huge"), ("predict", "--slide", "number huge"),  # takes the image whole
    ("data make", "--seed", "number huge"), ("data sheet", "--seed", "number huge"),  # NumPy's seeds have no end
    ("bench", "--seconds", "number huge"),  # there are at most 30 rounds
}  # fmt: skip


class Reached(SystemExit):
    """The command began its long work."""


def tiny() -> Recipe:
    """A recipe of two generated scenes and a small network, one that mmsegmentation runs, too."""
    quick = table2("Baseline", "quick")
    blocks: dict[str, Any] = {"stem": "deep", "stem_widths": (4, 4, 8), "conv_bias": False, "align_corners": False}
    data = replace(quick.data, stand_in=StandIn(train=1, val=1, size=(32, 64)))
    return replace(quick, model=ModelConfig(classes=19, depth=50, width=8, **blocks), data=data, start="nothing")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a network, an image, scenes, a notebook and its executed copy."""
    root, recipe = tmp_path_factory.mktemp("project"), tiny()
    (root / "pyproject.toml").touch()
    open_data(recipe.data, root / "stand-ins", progress=False)
    write_cityscapes(root / "scenes", train=1, val=1, size=(32, 64), progress=False)
    Image.fromarray(np.zeros((32, 48, 3), np.uint8)).save(root / "image.png")
    content = {"images": [{"id": 1, "file_name": "image.png", "height": 32, "width": 48}], "annotations": []}
    content["categories"] = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    (root / "coco.json").write_text(json.dumps(content))
    write_own(root / "pictures")
    (root / "pictures/classes.toml").unlink()
    for folder in ("notebooks", "results/notebooks"):
        (root / folder).mkdir(parents=True)
        parameters = new_code_cell('steps = 2  # x\nname = "a"  # x', metadata={"tags": ["parameters"]})
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = new_notebook(cells=[new_markdown_cell("# One"), parameters], metadata={"kernelspec": kernel})
        nbformat.write(notebook, root / folder / "1_one.ipynb")
    scores = Scores.of(torch.zeros(19, 19, dtype=torch.int64), CITYSCAPES.classes)
    metrics = {"scores": scores.to_dict(), "environment": {}}
    model = ANNN(recipe.model).eval()
    run: Any = SimpleNamespace(recipe=recipe, seed=0, metrics=metrics, model=lambda device: model)
    save_checkpoint(run, root / "network.safetensors")
    return root


@pytest.fixture
def project(places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project as the current folder, the quick preset made tiny, and long work replaced."""

    def reached(*_: Any, **__: Any) -> None:
        raise Reached(0)

    recipe = tiny()
    monkeypatch.setattr(presets, "quick", lambda kind, data: recipe)
    monkeypatch.setattr("annn.reproduce.check_kernel", lambda: None)
    for name in LONG:
        monkeypatch.setattr(name, reached)
    monkeypatch.chdir(shutil.copytree(places, tmp_path / "copy"))
    return Path.cwd()


def commands(group: SubcommandApp, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, spec in group._subcommands.items():
        if isinstance(spec.target, SubcommandApp):
            yield from commands(spec.target, f"{name} ")
        else:
            yield before + name, spec.target


def arguments(command: Any) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the only way to ask tyro for what it parses
        parser: Any = tyro.extras.get_parser(command)
    return [action for action in parser._actions if action.dest != "help"]


def variations(argument: Any) -> Iterator[tuple[str, list[str]]]:
    """What to put in an argument's place, by a name."""
    kinds = str(argument.metavar)
    if argument.nargs == 0:
        yield "a value too many", ["yes"]
        return
    if argument.option_strings or argument.required:
        yield "missing", []
    yield "empty", [""]
    kind = next((kind for kind in BAD if kind in kinds), "STR")
    for name, value in BAD[kind].items():
        if "INT INT" in kinds:
            yield from ((name, pair) for pair in ([value, "64"], ["64", value], [value, value]))
        elif "NAME VALUE" in kinds:
            yield name, ["steps", value]
            yield name, [value, "1"]
        else:
            yield name, [value]


COMMANDS = dict(commands(app))
CASES = [
    (name, max(argument.option_strings, key=len, default=place), kind, values)
    for name, command in COMMANDS.items()
    for place, argument in enumerate(arguments(command))
    for kind, values in variations(argument)
]


def line(command: str, place: str | int | None, values: list[str]) -> list[str]:
    """The call of a command that works, with other values in one place."""
    positional, options = CALLS[command]
    positional = list(positional)
    if isinstance(place, int):
        positional[place : place + 1] = values
    rest = {**options, place: values} if isinstance(place, str) else options
    words = [*command.split(), *positional, *(word for name, given in rest.items() for word in (name, *given))]
    return ["network.safetensors" if word == "WEIGHTS" else word for word in words]


def told(args: list[str]) -> tuple[int, str]:
    """The exit status, and what is said on standard error."""
    errors, output = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(output):
        status = call(*args)
    return status, errors.getvalue()


def test_every_command_has_a_call_that_works(project: Path) -> None:
    assert set(CALLS) == set(COMMANDS)
    for command in CALLS:
        status, said = told(line(command, None, []))
        assert status in (0, 1), (command, said)


def problem(command: str, place: str | int, kind: str, values: list[str]) -> str:
    """What is wrong with how a command takes the values; an empty text if nothing is."""
    args = line(command, place, values)
    status, said = told(args)
    paragraphs = [text for text in said.splitlines() if text.startswith("annn: ")]
    boxed = "For full helptext" in said  # tyro's, for what it cannot parse
    wrong = []
    if "Traceback" in said or status not in (0, 1, 2):
        wrong.append("not in one paragraph")
    if status == 2 and len(paragraphs) + boxed != 1:
        wrong.append(f"{len(paragraphs)} paragraphs")
    must = kind in ("missing", "empty", "a value too many") or kind.startswith("number")
    if must and status != 2 and (command, place, kind) not in FINE:
        wrong.append("not refused")
    called = " ".join(word[:40] for word in args)
    return f"annn {called} ({kind}): status {status}, {', '.join(wrong)}\n{said[-1500:]}" if wrong else ""


@pytest.mark.parametrize("command", COMMANDS)
def test_impossible_values_are_refused_in_one_paragraph(command: str, project: Path, capsys) -> None:
    cases = [case for case in CASES if case[0] == command]
    problems = [text for case in cases if (text := problem(*case))]
    with capsys.disabled():
        print(f" {len(cases)} of {len(CASES)} calls ", end="")
    assert not problems, f"{len(problems)} of {len(cases)}\n" + "\n".join(problems)
