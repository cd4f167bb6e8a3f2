"""Checking, counting and timing the forms of a case against each other."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from annn.device import PRECISIONS, choose_device, environment, keep_freed_memory, out_of_memory
from annn.efficiency import cost
from annn.efficiency.case import Case
from annn.efficiency.check import LOOSE, deviation, exact_differences, judge, refuse_unequal
from annn.efficiency.forms import Call, as_call, forms, inputs, unavailable
from annn.efficiency.presets import cases
from annn.efficiency.roof import peak_rates, wait
from annn.errors import ConfigError, RunError
from annn.files import delete, make_folder, write_text

_ROUNDS = (3, 30)  # at least and at most


@dataclass(kw_only=True)
class Row:
    """What one form of a case cost.

    seconds: one per round; ratio: to the textbook's of the same round.
    multiply_adds: counted, None where a compiled function hides them.
    peak, temporary: bytes, see `cost.Memory`; None for a compiled function on the CPU. On a GPU what its allocator gave
        out at once, beyond what it had before, which counts scratch space that PyTorch's operators ask of it, too.
    difference: from the textbook in float64, the norm of the deviation over the norm; the largest of all outputs and
        (for a step) gradients of inputs. Of the fused kernel: from the dense block.
    exact: the same where the form is in float64, too, on a smaller map (`check.exact_differences`), for cases in which
        the textbook's own `difference` is large; None in others.
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
    exact: float | None = None
    skipped: str = ""


def bench(
    preset: str | Sequence[Case] = "quick",
    *,
    precision: str = "fp32",
    device: str = "auto",
    seconds: float = 4.0,
    progress: bool = True,
    out: str | Path | None = None,
) -> dict[str, Any]:
    """Run the cases of a preset, or those given; machine, settings and rows come back as plain values, for `save`.

    precision: of a preset's cases; cases that are given have their own.
    seconds: how long the rounds of each case may take; there are at least 3 and at most 30 of them.
    out: a file for `save`. While it measures, <out>.partial holds the cases so far: minutes of work outlive a full disk
    or Ctrl-C, and a place that cannot be written is refused before anything is measured.
    On the CPU all forms have the memory of a training run (`allocator`): without it, pages that the system has to give
    again are up to two fifths of the time, from the first map on that the C library does not keep (32 MiB).
    Raises RunError where a form does not compute what the textbook computes, or the file cannot be written.
    """
    if not 0 <= seconds < math.inf:
        raise ConfigError(f"seconds={seconds}; expected the time for each comparison, a finite number of at least 0.")
    if out is not None and Path(out).is_dir():
        raise ConfigError(f"{out}: this is a folder; expected the name of a JSON file, such as {Path(out, 'b.json')}.")
    where = choose_device(device)
    kept = where.type == "cpu" and keep_freed_memory()
    name, chosen = (preset, cases(preset, precision)) if isinstance(preset, str) else ("given", preset)
    about = {"preset": name, "device": where.type, "precision": precision, "seconds_per_case": seconds}
    about |= {"keeps_freed_memory": kept, "machine": environment(where), "results": []}
    partial = None if out is None else save(about, f"{out}.partial")
    for case in (bar := tqdm(chosen, desc="bench", unit="case", disable=not progress)):
        bar.set_postfix_str(str(case))
        about["results"].append({"case": asdict(case), "rows": [asdict(row) for row in run(case, where, seconds)]})
        if partial is not None:
            save(about, partial)
    about["peak"] = peak_rates(where)
    if partial is not None and out is not None:
        save(about, out)
        delete(partial)
    return about


def save(results: dict[str, Any], path: str | Path) -> Path:
    """Write what `bench` returned as JSON, whole or not at all; raises RunError where that is not possible.

    The field `stand_in` is false: random maps stand in for no data set.
    """
    path = Path(path)
    make_folder(path.parent)
    write_text(path, json.dumps({**results, "stand_in": False}, indent=1) + "\n")
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
            seconds, ratio = statistics.median(row["seconds"]), statistics.median(row["ratio"] or [float("nan")])
            memory = "" if row["peak"] is None else f"  {row['peak'] / 1e6:8.0f} MB"
            lines.append(f"  {row['form']:20} {seconds:9.4f} s  {ratio:6.2f} x textbook{memory}")
    return "\n".join(lines)


def run(case: Case, device: torch.device, seconds: float = 4.0) -> list[Row]:
    """One case: every form is checked, its memory followed and its work counted; then all are timed in turn.

    A form that needs more memory than there is, or a kernel that the device does not have, is left out and says so.
    """
    rows = {form: Row(form=form) for form in _textbook_first(case)}
    ways, maps = forms(case, device), inputs(case, device)
    calls: dict[str, Call] = {}
    dense = expected = None
    with _left_out(*rows.values()):
        expected = judge(case, maps, device)
    for form, row in rows.items():
        row.parameters = cost.parameters(ways[form].module)
        row.skipped = row.skipped or unavailable(form) or _too_large(form, case, device)
        if row.skipped:
            continue
        with _left_out(row):
            call = as_call(ways[form], maps, case, device)
            found, memory = _watched(call, form, device)
            if form == "dense":  # another function: every position is an anchor
                dense = found
            reference = {"dense": None, "dense, fused kernel": dense}.get(form, expected)
            if reference is not None:
                row.difference = deviation(found, reference)
                refuse_unequal(case, form, row.difference, rows["textbook"].difference or 0.0)
            row.peak, row.temporary = (None, None) if memory is None else (memory.peak, memory.temporary)
            calls[form] = call
    del dense, expected
    for form, difference in _exactly(case, rows, device).items():
        rows[form].exact = difference
    _count(case, [rows[form] for form in calls])
    _time(rows, calls, device, seconds)
    return [rows[form] for form in case.forms]


def _textbook_first(case: Case) -> list[str]:
    return sorted(case.forms, key=lambda form: form != "textbook")


def _watched(call: Call, form: str, device: torch.device) -> tuple[list[Tensor], cost.Memory | None]:
    """The results of a call, and the memory that it took where that can be seen."""
    if device.type == "cuda":
        call()  # the first call makes workspaces and the pyramid's matrices, which stay
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


def _exactly(case: Case, rows: Mapping[str, Row], device: torch.device) -> dict[str, float]:
    """The check in float64, where agreement in the case's precision says little or where there was nothing to compare.

    That is a training step of the whole network, whose gradients pass many ReLUs, any case in which the textbook itself
    is more than `LOOSE` away from exact arithmetic, and a fused kernel whose dense block did not fit.
    """
    textbook = rows["textbook"].difference
    unknown = [row for row in rows.values() if not row.skipped and row.difference is None and row.form != "dense"]
    deep = case.level == "network" and case.mode == "step"
    return exact_differences(case, device) if deep or unknown or (textbook or 0.0) > LOOSE else {}


def _count(case: Case, rows: Sequence[Row]) -> None:
    """Multiply-adds by a dry run; a fused kernel hides its products, which are the dense block's."""
    counted = {row.form: "dense" if "kernel" in row.form else row.form for row in rows if "compiled" not in row.form}
    meta = torch.device("meta")
    dry = replace(case, forms=tuple(dict.fromkeys(["textbook", *counted.values()])))
    ways, maps = forms(dry, meta), inputs(dry, meta)
    for row in rows:
        if row.form in counted:
            row.multiply_adds = cost.multiply_adds(as_call(ways[counted[row.form]], maps, dry, meta))


@contextmanager
def _left_out(*rows: Row) -> Iterator[None]:
    """Say in the rows what a machine has too little of, or not at all, instead of ending everything."""
    try:
        yield
    except RuntimeError as error:  # of which running out of memory is a kind
        reason = str(error).splitlines()[0]
        if out_of_memory(error):
            reason = f"out of memory ({reason})"
        elif "No available kernel" in reason:
            reason = "PyTorch has no fused kernel for this device, precision and width"
        else:
            raise
        for row in rows:
            row.skipped = reason


def _too_large(form: str, case: Case, device: torch.device) -> str:
    """Why a dense form is left out: its N x N products and their softmax (and gradients) would not fit."""
    if form != "dense":
        return ""
    stride = case.output_stride if case.level == "network" else 1
    positions = -(-case.grid[0] // stride) * -(-case.grid[1] // stride)
    # Two in float32 at once; under autocast one in 16 bits beside the softmax, which is in float32. In a step, those
    # that are kept and their gradients.
    each = (8 if PRECISIONS[case.precision] is None else 10) * (1 if case.mode == "forward" else 2)
    needed = each * case.batch * positions**2
    free = _free(device)
    if free is None or needed < 0.9 * free:
        return ""
    return f"{positions} x {positions} weights need {needed / 1e9:.0f} GB, and {free / 1e9:.0f} GB are free"


def _free(device: torch.device) -> int | None:
    """Bytes that can still be allocated, as far as the system tells."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    info = Path("/proc/meminfo")
    if not info.exists():
        return None
    return next(int(line.split()[1]) * 1024 for line in info.read_text().splitlines() if "MemAvailable" in line)


def _time(rows: Mapping[str, Row], calls: Mapping[str, Call], device: torch.device, seconds: float) -> None:
    """Seconds of every call, round by round, all calls in each round; the first round warms up and is dropped."""
    times: dict[str, list[float]] = {form: [] for form in calls}
    started = time.perf_counter()
    for done in range(_ROUNDS[1] + 1):
        for form in list(times):
            with _left_out(rows[form]):
                wait(device)
                begin = time.perf_counter()
                calls[form]()
                wait(device)
                times[form].append(time.perf_counter() - begin)
            if rows[form].skipped:
                del times[form]
        if done >= _ROUNDS[0] and time.perf_counter() - started > seconds:
            break
    for form, values in times.items():
        rows[form].seconds = values[1:]
        if "textbook" in times:
            rows[form].ratio = [mine / his for mine, his in zip(values[1:], times["textbook"][1:], strict=True)]
