"""Execute one notebook in its own process, with a kernel of the same Python.

`execute` starts the process `python -m annn.reproduce JOB`, which calls `run`.
"""

import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annn.errors import ConfigError, RunError
from annn.files import make_folder, project_root, write_text
from annn.reproduce.parameters import Value

PACKAGE = Path(__file__).parents[1]
KERNEL = "python3"
_running: set[subprocess.Popen] = set()
_FULL = 74  # exit status of a worker that could not write; EX_IOERR of sysexits.h
_PATIENCE = 20.0  # seconds for an interrupted notebook to stop its kernel
_NOT_OURS = ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "MPLBACKEND", "PYTHONHOME", "PYTHONSTARTUP")
"""Variables of a person's own work that would change a notebook's."""

_ASK_FOR_KERNEL = f"""
from jupyter_client.kernelspec import get_kernel_spec
spec = get_kernel_spec({KERNEL!r})
print(spec.argv[0], spec.resource_dir, sep="\\n")
"""


_PROFILE = """
c.HistoryManager.enabled = False
c.InlineBackend.figure_formats = {"png"}  # also against settings of the whole machine
"""
_NOTE_WRITTEN = """
def note_written(listing):
    # Every file that the kernel opens for writing, or renames to; an error in here would be one of the notebook.
    import os, sys

    file, known = os.open(listing, os.O_WRONLY | os.O_CREAT), set()

    def note(event, args):
        if event == "os.rename":
            path = args[1]
        elif event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR):
            path = args[0]
        else:
            return
        if isinstance(path, (str, os.PathLike)) and (path := os.path.abspath(path)) not in known:
            known.add(path)
            os.write(file, os.fsencode(path) + bytes(1))

    sys.addaudithook(note)

note_written({listing!r})
del note_written
"""


def execute(
    source: Path, executed: Path, parameters: Mapping[str, Value], named: tuple[str, str]
) -> tuple[str, set[Path]]:
    """Execute `source` into `executed`; returns the last lines of the error, or an empty text, and the files written.

    named: the paths of source and copy to store in the copy. Temporary files are written beside `executed`. The files
    are all that the notebook's own process opened for writing, or renamed to. Raises OSError if the disk is full.
    """
    job, listing = executed.with_name("job.json"), executed.with_name("written")
    own_settings = _own_settings(executed.with_name("settings"), listing)
    error = executed.with_name("error.txt")
    content = {"source": str(source), "executed": str(executed), "error": str(error), "cwd": str(project_root())}
    job.write_text(json.dumps(content | {"parameters": dict(parameters), "named": named}))
    command = [sys.executable, "-m", "annn.reproduce", str(job)]
    # With its own process group, the worker gets Ctrl-C only from here, and has time to stop its kernel.
    worker = subprocess.Popen(command, env=_environment() | own_settings, process_group=0)
    _running.add(worker)
    try:
        status = worker.wait()
    except BaseException:
        _interrupt(worker)
        raise
    finally:
        _running.discard(worker)
    written = {Path(os.fsdecode(path)) for path in listing.read_bytes().split(b"\0")} if listing.is_file() else set()
    if status == 0:
        return "", written
    if status == _FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    reason = error.read_text() if error.is_file() else ""
    return reason or f"  the process that executed it ended with status {status}", written


def _own_settings(folder: Path, listing: Path) -> dict[str, str]:
    """Settings of IPython, Jupyter and matplotlib for one notebook, in place of the person's own.

    Those may leave out all figures, need LaTeX, or run other code first. matplotlib's folder stays the person's, since
    it holds the cache of fonts, which takes seconds to make; its matplotlibrc is not read. listing: where the kernel
    notes the files that it writes.
    """
    start = folder / "profile_default" / "startup"
    make_folder(start)
    (start.parent / "ipython_config.py").write_text(_PROFILE)
    (start / "note_written.py").write_text(_NOTE_WRITTEN.format(listing=str(listing)))
    (folder / "matplotlibrc").touch()
    return {
        "IPYTHONDIR": str(folder),
        "JUPYTER_CONFIG_DIR": str(folder),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
    }


def interrupt_all() -> None:
    """Stop all running notebooks, and wait until each has stopped its kernel."""
    for worker in list(_running):
        _interrupt(worker)


def _interrupt(worker: subprocess.Popen) -> None:
    worker.send_signal(signal.SIGINT)
    try:
        worker.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def check_kernel() -> None:
    """Raise `ConfigError` if the kernel python3 is not this Python."""
    answer = subprocess.run([sys.executable, "-c", _ASK_FOR_KERNEL], env=_environment(), capture_output=True, text=True)
    way_out = f"Install it with `{sys.executable} -m ipykernel install --sys-prefix`."
    if answer.returncode != 0:
        problem = answer.stderr.strip().splitlines()[-1]
        raise ConfigError(f"Jupyter finds no kernel '{KERNEL}' for {sys.executable} ({problem}). {way_out}")
    python, folder = answer.stdout.splitlines()
    # A bare name means the Python that runs jupyter_client.
    if os.sep in python and Path(python).resolve() != Path(sys.executable).resolve():
        raise ConfigError(f"{folder}: the kernel '{KERNEL}' starts {python}, expected {sys.executable}. {way_out}")


def _environment() -> dict[str, str]:
    """The worker's environment: the kernel of this Python, and the same `annn` as here."""
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    code = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return kept | {"JUPYTER_PREFER_ENV_PATH": "1", "PYTHONPATH": os.pathsep.join(code)}


def run(job: Mapping[str, Any]) -> int:
    """Execute a notebook; writes the executed copy (status 0), the end of the error (1), or neither (`_FULL`)."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

    try:
        notebook = papermill.execute_notebook(
            job["source"],
            job["executed"],
            parameters=job["parameters"],
            kernel_name=KERNEL,
            cwd=job["cwd"],
            stderr_file=sys.stderr,  # progress bars of long cells
            coalesce_streams=True,  # the executed copy keeps only their last state
            store_widget_state=False,
            config=Config(KernelManager={"transport_encryption": "auto"}),  # kernels warn about plain TCP
        )
        # papermill stores absolute paths, which are useless on another machine.
        notebook.metadata["papermill"].update(zip(("input_path", "output_path"), job["named"], strict=True))
        nbformat.write(notebook, job["executed"])
    except PapermillExecutionError as error:
        text = "\n".join(error.traceback) or f"{error.ename}: {error.evalue}"
        lines = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines() if line.strip()]
        return _explain(job, "\n  ".join([f"  cell {error.cell_index + 1}:", *lines[-6:]]))
    except KeyboardInterrupt:  # sent by `execute`; its caller prints a message
        return 130
    except Exception as error:  # a kernel that died or never started, or a full disk
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        return _FULL if full else _explain(job, f"  {type(error).__name__}: {error}")
    return 0


def _explain(job: Mapping[str, Any], text: str) -> int:
    """Write why a notebook failed, for `execute`; returns the exit status."""
    try:
        write_text(Path(job["error"]), text)
    except RunError:
        return _FULL
    return 1
