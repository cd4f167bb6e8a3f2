"""Checking, counting and timing the forms of a case against each other."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils._pytree import tree_leaves
from tqdm import tqdm

from annn import cost
from annn.allocator import keep_freed_memory
from annn.atomic import write_text
from annn.bench.case import Case
from annn.bench.forms import Form, forms, inputs, unavailable
from annn.bench.presets import cases
from annn.errors import RunError
from annn.evaluate import autocast, choose_device
from annn.runs import environment

TOLERANCE = 1e-5
"""How far from the textbook in float64 any form may be, relative to its size; or twice as far as the textbook itself is
in the case's precision, where that is more (gradients through a ReLU jump where rounding changes a sign)."""
_ROUNDS = (3, 30)  # at least and at most
Call = Callable[[], list[Tensor]]


@dataclass(kw_only=True)
class Row:
    """What one form of a case cost.

    seconds: one per round; ratio: to the textbook's of the same round.
    multiply_adds: counted, None where a compiled function hides them. peak, temporary: bytes, see `cost.Memory`.
    difference: from the textbook in float64, the norm of the deviation over the norm; the largest of all outputs and
        (for a step) gradients of inputs. Of the fused kernel: from the dense block.
    skipped: why there is nothing else.
    """

    form: str
    seconds: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    multiply_adds: int | None = None
    parameters: int | None = None
    peak: int | None = None
    temporary: int | None = None
    difference: float | None = None
    skipped: str = ""


def bench(
    preset: str | Sequence[Case] = "quick",
    *,
    precision: str = "fp32",
    device: str = "auto",
    seconds: float = 4.0,
    progress: bool = True,
) -> dict[str, Any]:
    """Run the cases of a preset, or those given; machine, settings and rows come back as plain values, for `save`.

    precision: of a preset's cases; cases that are given have their own.
    seconds: how long the rounds of each case may take; there are at least 3 and at most 30 of them.
    On the CPU all forms have the memory of a training run (`allocator`): without it, pages that the system has to give
    again are up to two fifths of the time, from the first map on that the C library does not keep (32 MiB).
    Raises RunError where a form does not compute what the textbook computes.
    """
    where = choose_device(device)
    kept = where.type == "cpu" and keep_freed_memory()
    name, chosen = (preset, cases(preset, precision)) if isinstance(preset, str) else ("given", preset)
    results = []
    for case in (bar := tqdm(chosen, desc="bench", unit="case", disable=not progress)):
        bar.set_postfix_str(str(case))
        results.append({"case": asdict(case), "rows": [asdict(row) for row in run(case, where, seconds)]})
    about = {"preset": name, "device": where.type, "precision": precision, "seconds_per_case": seconds}
    about["keeps_freed_memory"] = kept
    return {**about, "machine": environment(where), "peak": peak_rates(where), "results": results}


def save(results: dict[str, Any], path: str | Path) -> Path:
    """Write what `bench` returned as JSON, whole or not at all."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(results, indent=1) + "\n")
    return path


def read(path: str | Path) -> dict[str, Any]:
    """What `save` wrote; raises RunError for anything else."""
    try:
        content = json.loads(Path(path).read_text())
        missing = {"preset", "device", "precision", "machine", "peak", "results"} - content.keys()
    except (OSError, ValueError, AttributeError) as error:
        raise RunError(f"{path}: cannot be read ({error}); expected the JSON file of `annn bench`.") from error
    if missing:
        raise RunError(f"{path}: holds no {', '.join(sorted(missing))}; expected the JSON file of `annn bench`.")
    return content


def summary(results: dict[str, Any]) -> str:
    """The results as text: a line per form, median seconds, and the median ratio to the textbook."""
    lines = []
    for result in results["results"]:
        case = {**result["case"], "grid": tuple(result["case"]["grid"]), "forms": tuple(result["case"]["forms"])}
        lines.append(str(Case(**case)))
        for row in result["rows"]:
            if row["skipped"]:
                lines.append(f"  {row['form']:20}  left out: {row['skipped']}")
                continue
            seconds, ratio = statistics.median(row["seconds"]), statistics.median(row["ratio"])
            memory = "" if row["peak"] is None else f"  {row['peak'] / 1e6:8.0f} MB"
            lines.append(f"  {row['form']:20} {seconds:9.4f} s  {ratio:6.2f} x textbook{memory}")
    return "\n".join(lines)


def run(case: Case, device: torch.device, seconds: float = 4.0) -> list[Row]:
    """One case: every form is checked, its memory followed and its work counted; then all are timed in turn."""
    ways, maps = forms(case, device), inputs(case, device)
    dry, dry_maps = forms(_uncompiled(case), "meta"), inputs(case, "meta")
    expected: Sequence[Tensor] = _exact(case, maps, device)
    rows = {form: Row(form=form, parameters=cost.parameters(ways[form].module)) for form in _textbook_first(case)}
    calls: dict[str, Call] = {}
    dense = None
    for form, row in rows.items():
        row.skipped = unavailable(form, device) or _too_large(form, case, device)
        if row.skipped:
            continue
        calls[form] = as_call(ways[form], maps, case, device)
        found, memory = _watched(calls[form], form, device)
        if form == "dense":  # another function: every position is an anchor
            dense = found
        reference = {"dense": None, "dense, fused kernel": dense}.get(form, expected)
        if reference is not None:
            row.difference = _difference(found, reference)
            _refuse_unequal(row, rows["textbook"], case)
        row.peak, row.temporary = (None, None) if memory is None else (memory.peak, memory.temporary)
        if form in dry:
            # A fused kernel hides its products, which are the dense block's.
            counted = dry.get("dense", dry[form]) if "kernel" in form else dry[form]
            row.multiply_adds = cost.multiply_adds(as_call(counted, dry_maps, case, torch.device("meta")))
    for form, times in _timed(calls, device, seconds).items():
        rows[form].seconds = times
        rows[form].ratio = [mine / his for mine, his in zip(times, rows["textbook"].seconds, strict=True)]
    return [rows[form] for form in case.forms]


def peak_rates(device: torch.device, size: int = 2048) -> dict[str, float]:
    """Multiply-adds per second by precision, the roof that shares refer to: the faster of a large square matrix product
    and a 1x1 convolution of the same size, since they are different libraries' on many machines.
    """
    rates = {}
    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        a = torch.randn(size, size, device=device, dtype=dtype)
        x = a.view(1, size, size // 32, 32)
        products: dict[str, Call] = {
            "product": lambda a=a: [a @ a],
            "convolution": lambda a=a, x=x: [F.conv2d(x, a[:, :, None, None])],
        }
        with torch.inference_mode():
            times = _timed(products, device, 1.0)
        rates[precision] = size**3 / min(map(statistics.median, times.values()))
    return rates


def _textbook_first(case: Case) -> list[str]:
    return sorted(case.forms, key=lambda form: form != "textbook")


def _uncompiled(case: Case) -> Case:
    return replace(case, forms=tuple(form for form in case.forms if not form.endswith("compiled")))


def as_call(form: Form, maps: Sequence[Tensor], case: Case, device: torch.device) -> Call:
    """The outputs; for a step the outputs and the gradients of all inputs, backwards from fixed random cotangents."""
    # Tensors on meta have no autocast of their own: a dry run is one in float32.
    arithmetic = (lambda: autocast(case.precision, device)) if device.type != "meta" else nullcontext
    if case.mode == "forward":

        def forward() -> list[Tensor]:
            with torch.inference_mode(), arithmetic():
                return tree_leaves(form.function(*maps))

        return forward
    leaves = [x.detach().requires_grad_() for x in maps]
    layout = torch.channels_last if case.channels_last else torch.contiguous_format
    with torch.no_grad(), arithmetic(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        outputs = tree_leaves(form.function(*maps))
        # Drawn in one order whatever an output's layout, so that all forms get the same.
        cotangents = [torch.randn(out.shape).to(out).to(memory_format=layout) for out in outputs]

    def step() -> list[Tensor]:
        form.module.zero_grad(set_to_none=True)
        for leaf in leaves:
            leaf.grad = None
        with arithmetic():
            outputs = tree_leaves(form.function(*leaves))
        torch.autograd.backward(outputs, cotangents)
        return [*(out.detach() for out in outputs), *(leaf.grad for leaf in leaves if leaf.grad is not None)]

    return step


def _watched(call: Call, form: str, device: torch.device) -> tuple[list[Tensor], cost.Memory | None]:
    """The results of a call, and the memory that it took where that can be seen."""
    if device.type == "cuda":
        call()  # a first call may keep workspaces
        torch.cuda.synchronize(device)
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        found = call()
        torch.cuda.synchronize(device)
        peak = torch.cuda.max_memory_allocated(device) - before
        return found, cost.Memory(peak=peak, temporary=max(0, peak - sum(x.nbytes for x in found)))
    if form.endswith("compiled"):
        return call(), None
    return cost.memory(call)


def _exact(case: Case, maps: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """What the textbook gives in float64."""
    exactly = replace(case, forms=("textbook",), precision="fp32")
    form = forms(exactly, device)["textbook"]
    form.module.double()
    return as_call(form, [x.double() for x in maps], exactly, device)()


def _difference(found: Sequence[Tensor], expected: Sequence[Tensor]) -> float:
    pairs = zip(found, expected, strict=True)
    return max(((mine.double() - his).norm() / his.norm()).item() for mine, his in pairs)


def _refuse_unequal(row: Row, textbook: Row, case: Case) -> None:
    allowed = max(TOLERANCE, 2 * (textbook.difference or 0.0))
    if row is not textbook and row.difference is not None and not row.difference <= allowed:
        raise RunError(
            f"{case}: '{row.form}' is {row.difference:.1e} away from the textbook in float64, relative to its size; "
            f"expected at most {allowed:.0e}, as the textbook itself is {textbook.difference:.1e} away in this "
            f"precision. What is not equal is not timed: please report this with your machine and versions."
        )


def _too_large(form: str, case: Case, device: torch.device) -> str:
    """Why a dense form is left out: its N x N products and their softmax (and gradients) would not fit."""
    if form != "dense" or case.level == "network":
        return ""
    copies = 2 if case.mode == "forward" else 4
    needed = copies * case.batch * case.positions**2 * (4 if case.precision == "fp32" else 2)
    free = _free(device)
    if free is None or needed < 0.9 * free:
        return ""
    return f"{case.positions} x {case.positions} weights need {needed / 1e9:.0f} GB, and {free / 1e9:.0f} GB are free"


def _free(device: torch.device) -> int | None:
    """Bytes that can still be allocated, as far as the system tells."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    info = Path("/proc/meminfo")
    if not info.exists():
        return None
    return next(int(line.split()[1]) * 1024 for line in info.read_text().splitlines() if "MemAvailable" in line)


def _timed(calls: dict[str, Call], device: torch.device, seconds: float) -> dict[str, list[float]]:
    """Seconds of every call, round by round, all calls in each round; the first round warms up and is dropped."""
    times: dict[str, list[float]] = {form: [] for form in calls}
    started = time.perf_counter()
    for done in range(_ROUNDS[1] + 1):
        for form, call in calls.items():
            _wait(device)
            begin = time.perf_counter()
            call()
            _wait(device)
            times[form].append(time.perf_counter() - begin)
        if done >= _ROUNDS[0] and time.perf_counter() - started > seconds:
            break
    return {form: values[1:] for form, values in times.items()}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
