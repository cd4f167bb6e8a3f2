"""Execute notebooks into results/: one process each, whole or not at all, skipped where nothing changed.

In: notebooks and parameters. Out: executed copies in results/notebooks, with the tables and figures that they write;
`report` gathers them on one page. `parameters` checks what is passed, `worker` executes, `record` remembers what is
finished.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from annn.errors import AnnnError, ConfigError
from annn.files import make_folder, project_root
from annn.reproduce.parameters import Value, convert, declared
from annn.reproduce.record import Record
from annn.reproduce.worker import check_kernel, execute, interrupt_all

__all__ = ["Outcome", "Value", "convert", "declared", "reproduce", "select"]

Done = tuple["Outcome", Record, float]  # with the time when its execution started
Status = Literal["executed", "up to date", "failed"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one notebook; `output` is the executed copy, or for a failed one the copy that shows where."""

    name: str
    status: Status
    output: Path
    seconds: float = 0.0
    error: str = ""

    def __str__(self) -> str:
        took = "" if self.status == "up to date" else f" in {_duration(self.seconds)}"
        return f"{self.name}: {self.status}{took}, {self.output}" + (f"\n{self.error}" if self.error else "")


def print_to_stderr(line: str) -> None:
    """Where progress goes by default: stdout stays free for what a program may want to read."""
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
    """Execute notebooks, by default all of `folder` in the order of their names, but `0_*` last.

    Relative paths start at the root. The executed copy of a variant is kept beside the ordinary one, as
    `NAME-VARIANT.ipynb`; a notebook with a parameter `variant` is told, and names its tables and plots after it.

    A notebook is skipped where its executed copy and all that it wrote into `results` are still those of the same
    notebook, parameters, files that these name, and `annn` code. A failed one is kept as `NAME.failed.ipynb`, and the
    next one is executed.
    Every parameter must be declared by one of the notebooks and is passed to those that declare it; so is `results`,
    where it is not the default. Raises `ConfigError`, before anything runs, for an unknown notebook or parameter, a
    value of the wrong type, a variant that cannot be part of a file's name, or a kernel that is not this Python.

    parallel: notebooks at a time. Runs that two of them need are trained by one while the other waits; on two cores one
    notebook at a time, which trains on both, is the faster way.
    """
    if parallel < 1:
        raise ConfigError(f"parallel={parallel}; expected how many notebooks may be executed at a time, at least 1.")
    root = project_root()
    given = dict(parameters or {})
    results = root / str(given.setdefault("results", str(results)))
    if results == root / "results":
        del given["results"]
    variant = str(given.pop("variant", variant))
    if not re.fullmatch(r"[\w-]*", variant):
        raise ConfigError(
            f"variant={variant!r}; expected letters, digits, - and _ alone: it becomes part of file names."
        )
    plans = _plan(select(notebooks, root / folder), given, variant)
    check_kernel()

    def bring_up_to_date(source: Path, again: bool) -> tuple[Outcome, Record, float]:
        record, started = Record(source, plans[source], results, variant), time.time()
        name = record.executed.stem
        if record.is_finished() and not again:
            outcome = Outcome(name=name, status="up to date", output=_shown(record.executed))
        else:
            record.forget()
            settings = ", ".join(f"{name}={value}" for name, value in record.parameters.items())
            tell(f"{name}: executing with {settings or 'its default parameters'}")
            outcome = _execute_whole_or_not(source, record)
        tell(str(outcome))
        return outcome, record, started

    # The first notebook lists what the others found: it comes last, and again whenever one of them was executed.
    last = [source for source in plans if source.name.startswith("0_")]
    outcomes: list[Outcome] = []
    for done in _several(bring_up_to_date, [(source, force) for source in plans if source not in last], parallel):
        outcomes.append(_noted(*done))
    for source in last:
        outdated = any(outcome.status == "executed" for outcome in outcomes)
        outcomes.append(_noted(*bring_up_to_date(source, force or outdated)))
    return outcomes


def _several(work: Callable[..., Done], jobs: Sequence[tuple[Path, bool]], parallel: int) -> Iterator[Done]:
    """What `work` makes of every job, in order: one after the other, or so many at a time and all of them at the end.

    What a notebook wrote is told by the files' times, and can be noted only when no other one is still writing.
    """
    if parallel == 1:
        yield from (work(*job) for job in jobs)
        return
    with ThreadPoolExecutor(parallel) as pool:
        futures = [pool.submit(work, *job) for job in jobs]
        try:
            wait(futures)
        except BaseException:
            for future in futures:
                future.cancel()
            interrupt_all()
            raise
    yield from [future.result() for future in futures]


def _noted(outcome: Outcome, record: Record, started: float) -> Outcome:
    if outcome.status == "executed":
        record.write(outcome.seconds, started)
    return outcome


def select(notebooks: Sequence[str], folder: Path) -> list[Path]:
    """The notebooks meant by names (`.ipynb` or not), paths or beginnings such as `2`; all of them where none is named.

    Raises `ConfigError` with the list of notebooks for a name that fits none or several.
    """
    known = sorted(path for path in folder.glob("*.ipynb") if not path.name.endswith(".failed.ipynb"))
    if not known:
        raise ConfigError(f"{folder}: there is no notebook to execute; call `annn` from inside the project's folder.")
    chosen = []
    for name in notebooks:
        stem = Path(name).name.removesuffix(".ipynb")
        found = [path for path in known if path.stem == stem] or [path for path in known if path.stem.startswith(stem)]
        if len(found) != 1:
            problem = "fits no notebook" if not found else f"fits {' and '.join(path.stem for path in found)}"
            raise ConfigError(f"'{name}' {problem}; use one of: {', '.join(path.stem for path in known)}.")
        chosen.append(found[0])
    return list(dict.fromkeys(chosen)) or known


def _plan(sources: list[Path], given: Mapping[str, Value], variant: str) -> dict[Path, dict[str, Value]]:
    """What to pass to each notebook."""
    known = {source: declared(source) for source in sources}
    names = dict.fromkeys(name for defaults in known.values() for name in defaults)
    for name in given:
        if name not in names and name != "results":  # a notebook may write nothing but its executed copy
            which = " and ".join(source.stem for source in sources)
            raise ConfigError(f"Parameter '{name}' is not known to {which}; known are: {', '.join(names) or 'none'}.")
    passed = {**given, "variant": variant} if variant else given
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
        with tempfile.TemporaryDirectory(prefix=f".{name}-", suffix=".tmp", dir=output.parent) as scratch:
            executed = Path(scratch) / source.name
            error = execute(source, executed, record.parameters, named=(str(_shown(source)), str(_shown(output))))
            if executed.is_file():
                os.replace(executed, failed if error else output)
        seconds = time.time() - started
        if error:
            return Outcome(name=name, status="failed", output=_shown(failed), seconds=seconds, error=error)
        failed.unlink(missing_ok=True)
    except OSError as problem:
        raise AnnnError(
            f"{problem.filename or output}: the executed notebook cannot be written ({problem.strerror or problem}); "
            f"expected a folder with free space that you may write to. Make room, or choose another with --results."
        ) from problem
    return Outcome(name=name, status="executed", output=_shown(output), seconds=seconds)


def _shown(path: Path) -> Path:
    root = project_root()
    return path.relative_to(root) if path.is_relative_to(root) else path


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
