"""Execute notebooks into results/: one process each, whole or not at all; unchanged ones are skipped.

In: notebooks and parameters. Out: executed copies in results/notebooks, with their tables and figures; `report` writes
all of them to one page. `parameters` checks parameters, `worker` executes, `record` stores which notebooks are
finished.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from annn.errors import AnnnError, ConfigError
from annn.files import TEMPORARY, make_folder, project_root, sweep
from annn.reproduce.parameters import Value, convert, declared
from annn.reproduce.record import Record
from annn.reproduce.worker import check_kernel, execute, interrupt_all

__all__ = ["Outcome", "Value", "convert", "declared", "reproduce", "select"]

_TRAINS_NOTHING = ("5_", "6_")
Status = Literal["executed", "up to date", "failed"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one notebook; `output` is the executed copy, or after a failure the copy with the error."""

    name: str
    status: Status
    output: Path
    seconds: float = 0.0
    error: str = ""

    def __str__(self) -> str:
        took = "" if self.status == "up to date" else f" in {_duration(self.seconds)}"
        return f"{self.name}: {self.status}{took}, {self.output}" + (f"\n{self.error}" if self.error else "")


def print_to_stderr(line: str) -> None:
    """Print progress to stderr, so that stdout has only results."""
    print(line, file=sys.stderr, flush=True)


def reproduce(
    notebooks: Sequence[str] = (),
    parameters: Mapping[str, Value] | None = None,
    *,
    folder: str | Path = "notebooks",
    results: str | Path = "results",
    variant: str = "",
    force: bool = False,
    parallel: int = 1,
    tell: Callable[[str], None] = print_to_stderr,
) -> list[Outcome]:
    """Execute notebooks, by default all of `folder` in the order of their names, but those that train nothing first.

    So there is a table to look at within minutes. `0_*` comes last.

    Relative paths start at the root. The executed copy of a variant is `NAME-VARIANT.ipynb`, beside the
    ordinary one; a notebook with a parameter `variant` gets it and adds it to the names of its tables and plots.

    A notebook is skipped if its executed copy and all its files in `results` belong to the same notebook, parameters,
    files that the parameters name, and `annn` code. A failed copy is saved as `NAME.failed.ipynb`, and the next
    notebook is executed.
    One of the notebooks must declare each parameter; all notebooks that declare it get it. The same holds for
    `results`, if it is not the default. Raises `ConfigError`, before anything runs, for an unknown notebook or
    parameter, a value of the wrong type, a variant that cannot be part of a file's name, or a kernel that is not this
    Python.

    parallel: the number of notebooks at a time. If two notebooks need the same run, one trains it and the other waits.
    On two cores, one notebook at a time is faster, since it trains on both cores.
    """
    if parallel < 1:
        raise ConfigError(f"parallel={parallel}; expected the number of notebooks to execute at a time, at least 1.")
    root = project_root()
    values = dict(parameters or {})
    results = root / str(values.setdefault("results", str(results)))
    if results == root / "results":
        del values["results"]
    variant = str(values.pop("variant", variant))
    if not re.fullmatch(r"[\w-]*", variant):
        raise ConfigError(
            f"variant={variant!r}; expected only letters, digits, - and _: it becomes part of file names."
        )
    chosen = sorted(select(notebooks, root / folder), key=lambda source: not source.name.startswith(_TRAINS_NOTHING))
    plans = _plan(chosen, values, variant)
    check_kernel()

    def bring_up_to_date(source: Path, again: bool) -> Outcome:
        record = Record(source, plans[source], results, variant)
        name = record.executed.stem
        if record.is_finished() and not again:
            outcome = Outcome(name=name, status="up to date", output=_relative(record.executed))
        else:
            record.forget()
            settings = ", ".join(f"{name}={value}" for name, value in record.parameters.items())
            tell(f"{name}: executing with {settings or 'its default parameters'}")
            outcome = _execute_whole_or_not(source, record)
            if outcome.status == "executed":
                record.write(outcome.seconds)
        tell(str(outcome))
        return outcome

    # The first notebook lists the results of all others: it comes last, and again whenever one of them was executed.
    last = [source for source in plans if source.name.startswith("0_")]
    outcomes = _run_jobs(bring_up_to_date, [(source, force) for source in plans if source not in last], parallel)
    for source in last:
        outdated = any(outcome.status == "executed" for outcome in outcomes)
        outcomes.append(bring_up_to_date(source, force or outdated))
    return outcomes


def _run_jobs(work: Callable[[Path, bool], Outcome], jobs: Sequence[tuple[Path, bool]], parallel: int) -> list[Outcome]:
    """The results of `work` for all jobs, in order."""
    if parallel == 1:
        return [work(*job) for job in jobs]
    with ThreadPoolExecutor(parallel) as pool:
        futures = [pool.submit(work, *job) for job in jobs]
        try:
            wait(futures)
        except BaseException:
            for future in futures:
                future.cancel()
            interrupt_all()
            raise
    return [future.result() for future in futures]


def select(notebooks: Sequence[str], folder: Path) -> list[Path]:
    """The notebooks with these names (with or without `.ipynb`), paths or prefixes such as `2`; all by default.

    Raises `ConfigError`, with all notebooks, for a name that matches none or several.
    """
    known = sorted(path for path in folder.glob("[!.]*.ipynb") if not path.name.endswith(".failed.ipynb"))
    if not known:
        raise ConfigError(f"{folder}: there is no notebook to execute; run `annn` in the project's folder.")
    chosen = []
    for name in notebooks:
        stem = Path(name).name.removesuffix(".ipynb")
        hits = [path for path in known if path.stem == stem] or [path for path in known if path.stem.startswith(stem)]
        if len(hits) != 1:
            problem = "matches no notebook" if not hits else f"matches {' and '.join(path.stem for path in hits)}"
            raise ConfigError(f"'{name}' {problem}; use one of: {', '.join(path.stem for path in known)}.")
        chosen.append(hits[0])
    return list(dict.fromkeys(chosen)) or known


def _plan(sources: list[Path], values: Mapping[str, Value], variant: str) -> dict[Path, dict[str, Value]]:
    """The parameters for each notebook."""
    known = {source: declared(source) for source in sources}
    names = dict.fromkeys(name for defaults in known.values() for name in defaults)
    for name in values:
        if name not in names and name != "results":  # a notebook may write only its executed copy
            which = " and ".join(source.stem for source in sources)
            raise ConfigError(f"Parameter '{name}' is not known to {which}; known are: {', '.join(names) or 'none'}.")
    passed = {**values, "variant": variant} if variant else values
    return {
        source: {name: convert(name, value, defaults[name]) for name, value in passed.items() if name in defaults}
        for source, defaults in known.items()
    }


def _execute_whole_or_not(source: Path, record: Record) -> Outcome:
    output, name = record.executed, record.executed.stem
    failed = output.with_name(f"{name}.failed.ipynb")
    started = time.time()
    try:
        make_folder(output.parent)
        sweep(output.parent)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", suffix=TEMPORARY, dir=output.parent) as scratch:
            executed, named = Path(scratch) / source.name, (str(_relative(source)), str(_relative(output)))
            error, record.written = execute(source, executed, record.parameters, named)
            if executed.is_file():
                os.replace(executed, failed if error else output)
        seconds = time.time() - started
        if error:
            return Outcome(name=name, status="failed", output=_relative(failed), seconds=seconds, error=error)
        failed.unlink(missing_ok=True)
    except OSError as problem:
        raise AnnnError(
            f"{problem.filename or output}: the executed notebook cannot be written ({problem.strerror or problem}); "
            f"expected a writable folder with free space. Free some space, or choose another folder with --results."
        ) from problem
    return Outcome(name=name, status="executed", output=_relative(output), seconds=seconds)


def _relative(path: Path) -> Path:
    root = project_root()
    return path.relative_to(root) if path.is_relative_to(root) else path


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
