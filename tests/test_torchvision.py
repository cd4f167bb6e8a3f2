"""torchvision can be imported after annn, with its compiled operators and without them.

Each case is a fresh interpreter: operators, once declared, stay.
"""

import subprocess
import sys

SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

DEFINE = f"""
import torch
kept = []
def define():
    kept.append(torch.library.Library("torchvision", "DEF"))
    kept[0].define("nms{SCHEMA}")
    kept[0].define("qnms{SCHEMA}")
"""
# What torchvision's and our own attempt to load the compiled library meets beside a CPU-only torch.
CANNOT_LOAD = """
import torch
def cannot_load(path):
    raise OSError("libtorch_cuda.so: cannot open shared object file")
torch.ops.load_library = cannot_load
"""
USE = """
import torchvision
from torchvision.transforms import v2
torchvision.models.resnet18().eval()(torch.zeros(1, 3, 32, 32))
v2.functional.horizontal_flip(torch.zeros(3, 4, 4))
"""


def run(*parts: str) -> None:
    result = subprocess.run([sys.executable, "-c", "\n".join(parts)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_torchvision_works_as_installed() -> None:
    run("import torch, annn", USE)


def test_missing_operators_are_declared_once_and_not_implemented() -> None:
    check = """
assert len(annn._declared) == 1
assert not annn.declare_missing() and len(annn._declared) == 1
try:
    torchvision.ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
except (NotImplementedError, RuntimeError):
    pass
else:
    raise AssertionError("an operator without code ran")
"""
    run(CANNOT_LOAD, "import annn", USE, check)


def test_present_operators_are_left_alone() -> None:
    run(DEFINE, "define()", CANNOT_LOAD, "import annn", "assert not annn._declared", USE)


def test_operators_that_the_library_brings_are_left_alone() -> None:
    loads = "torch.ops.load_library = lambda path: kept or define()"
    run(DEFINE, loads, "import annn", "assert kept and not annn._declared")


def test_importing_annn_does_not_import_torchvision() -> None:
    run("import sys, annn", "assert 'torchvision' not in sys.modules")
