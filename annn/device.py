"""Device, precision, memory and processes, and a record of the hardware and versions."""

from __future__ import annotations

import ctypes
import multiprocessing
import multiprocessing.connection
import os
import platform
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch.utils.data import DataLoader, Dataset, default_collate

import annn
from annn.errors import AnnnError, ConfigError, RunError

PRECISIONS = {"fp32": None, "tf32": None, "bf16": torch.bfloat16, "fp16": torch.float16}

MOST_WORKERS = 256
"""Processes at a time; more is a slip of the keyboard, and would take the machine down."""
_SHARED_MEMORY = ("shared memory", "Bus error", "unable to write to file", "No space left")
"""Signs of too small a /dev/shm in the errors of torch."""

# mallopt's parameters, malloc.h of the GNU C library
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4


def choose_device(name: str = "auto") -> torch.device:
    """The device `name`; "auto" takes that of ANNN_DEVICE, or else the GPU if there is one. Under torchrun "cuda" is
    each process's own.

    Raises ConfigError if the device is not available, or cannot compute.
    """
    given = f"device={name!r}"
    if name == "auto" and (name := os.environ.get("ANNN_DEVICE") or "auto") != "auto":
        given = f"ANNN_DEVICE={name!r}"
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and "LOCAL_RANK" in os.environ:  # of torchrun: each of its processes has a GPU of its own
        name = f"cuda:{os.environ['LOCAL_RANK']}"
    reason = "no such kind of device"
    if name.partition(":")[0] in ("cpu", "cuda", "mps"):
        try:
            device = torch.device(name)
            torch.empty(0, device=device)
            return device
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0]
    raise ConfigError(f"{given} cannot be used ({reason}); choose 'auto', 'cpu', 'cuda' or 'cuda:N'.")


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """The precision of a forward pass and of its backward pass; parameters stay float32.

    "bf16" and "fp16" use autocast, but a CPU without instructions for bfloat16 computes "bf16" as "fp32": emulated, it
    would be five times slower. "tf32" lets a GPU round the factors of float32 products to TensorFloat-32; "fp32"
    is IEEE float32 on a GPU too. A CPU has no TensorFloat-32 and computes "tf32" as "fp32".
    """
    if precision not in PRECISIONS:
        raise ConfigError(f"precision={precision!r} is not known; choose one of {', '.join(PRECISIONS)}.")
    if device.type == "cuda":
        # Not the newer `fp32_precision`: after it is set for products and convolutions, these two raise when read.
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    dtype = PRECISIONS[precision]
    if dtype is torch.bfloat16 and device.type == "cpu" and not has_bfloat16():
        dtype = None
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype)


@lru_cache
def has_bfloat16() -> bool:
    """Whether the processor has instructions for products in bfloat16: AVX-512 BF16 or AMX, or those of ARM."""
    if platform.machine() in ("arm64", "aarch64"):
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    checks = [getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")]
    return any(check is not None and check() for check in checks)


def keep_freed_memory() -> bool:
    """Keep freed memory in the process (GNU C library only); returns whether that worked.

    By default the C library returns large blocks to the system at once, and the next step has to fetch each page again.
    On two cores of an AMD EPYC this costs a quarter of the quick preset's training time on street scenes, more than
    half of it with 171 classes, and a third of the time of ResNet-101 on an image of 1024 x 2048. The results do not
    change. The peak memory grows, since all block sizes share one heap: 3.3 instead of 1.9 GiB for that image in
    float32, 1.8 instead of 1.4 in bfloat16.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    options = {_MMAP_MAX: 0, _TRIM_THRESHOLD: -1, _TOP_PAD: 64 * 1024**2}  # -1: never
    return all([mallopt(name, value) == 1 for name, value in options.items()])


def peak_memory(device: torch.device) -> int:
    """Peak memory in bytes: of the tensors on a GPU since the last reset, or of this process since its start."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows has no such count
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak  # macOS counts bytes, Linux KiB


def environment(device: torch.device) -> dict[str, str]:
    """Hardware and versions, to store with results."""
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    threads = torch.get_num_threads()
    return {
        "hardware": gpu or f"{threads} CPU thread{'s' if threads > 1 else ''}, {processor()}",
        "bfloat16": "computed" if gpu or has_bfloat16() else "computed as float32",
        "annn": annn.__version__,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
    }


def processor() -> str:
    """The name of the processor, or its architecture if the system does not give the name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def devices_of(name: str) -> list[str]:
    """The devices for runs side by side: every GPU, or the CPU once for each core; a GPU with a number alone."""
    device = choose_device(name)
    if device.type != "cuda":
        return [str(device)] * (cores() if device.type == "cpu" else 1)
    return [str(device)] if device.index is not None else [f"cuda:{i}" for i in range(torch.cuda.device_count())]


def loaders() -> int:
    """How many processes should load images for a GPU: up to eight, or this process's share of the cores."""
    return max(1, min(8, cores() // max(int(os.environ.get("LOCAL_WORLD_SIZE", "1")), torch.cuda.device_count())))


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def enough_memory(what: str, way_out: str) -> Iterator[None]:
    """Raise RunError where the block needs more memory than there is. what: that needs it, for the message."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        reason = (str(error) or "out of memory").splitlines()[0]
        raise RunError(f"{what}: there is not enough memory ({reason}). {way_out}") from error


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the machine or the GPU has too little memory."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "can't allocate memory" in str(error)


def check_workers(count: int, least: int = 0) -> int:
    """The number of processes itself; raises ConfigError if there cannot be so many."""
    if not least <= count <= MOST_WORKERS:
        without = " (0: none, the command's own process does the work)" if least == 0 else ""
        raise ConfigError(f"workers={count}; expected a number of processes from {least} to {MOST_WORKERS}{without}.")
    return count


def loading(dataset: Any, order: Iterable[Any], *, workers: int = 0, pin_memory: bool = False) -> Iterator[Any]:
    """The samples of a data set in an order, read by so many processes (0: by this one).

    order: indices, or lists of indices for batches of tensors. An error of the data set is raised as what it is,
    whichever process met it; `telling_of_processes` tells of processes that end. Raises ConfigError for an impossible
    number of them.
    """
    loader = DataLoader(
        _Errors(dataset),
        batch_size=None,
        sampler=order,
        collate_fn=_unchanged,
        num_workers=check_workers(workers),
        pin_memory=pin_memory,
        worker_init_fn=_keep_memory,
    )
    return _samples(loader)


def _samples(loader: DataLoader) -> Iterator[Any]:
    batches = None
    while True:
        try:
            batches = iter(loader) if batches is None else batches
            sample = next(batches)
        except StopIteration:
            return
        except (OSError, EOFError) as error:  # not of the data: so many processes are not allowed, or one hung up
            raise RuntimeError(f"DataLoader worker: {error or 'end of file'}") from error
        if isinstance(sample, Exception):
            batches = None  # ends its processes now; in the frames of a kept error they would live on
            raise sample
        yield sample


def _keep_memory(_: int) -> None:
    keep_freed_memory()


@contextmanager
def telling_of_processes() -> Iterator[None]:
    """Raise RunError where a process of `loading` was killed or its shared memory is too small.

    Around the whole loop over the samples: PyTorch watches its processes by a signal, so the error comes at any line.
    """
    try:
        yield
    except RuntimeError as error:
        text = str(error).strip()
        shared = any(sign in text for sign in _SHARED_MEMORY)
        if not text.startswith("DataLoader worker") and not (shared and "DataLoader worker" in text):
            raise
        _end_the_others(error)
        raise RunError(_ended("load images", text.splitlines()[-1], shared)) from error


def _end_the_others(error: BaseException | None) -> None:
    """End the loader of an error, which the error's own frames keep: its signal would raise the same again, anywhere.

    Meanwhile the signal is off, since each process that ends sends one.
    """
    heard = hasattr(signal, "SIGCHLD") and threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGCHLD, signal.SIG_DFL) if heard else None
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
    if heard:
        signal.signal(signal.SIGCHLD, handler)


class _Errors(Dataset):
    """A data set whose errors are samples: as errors, PyTorch would wrap them in the tracebacks of its processes."""

    def __init__(self, dataset: Any):
        self.dataset = dataset

    def __getitem__(self, index: Any) -> Any:
        try:
            if isinstance(index, list):
                return default_collate([self.dataset[place] for place in index])
            return self.dataset[index]
        except (AnnnError, OSError) as error:
            return error


def _unchanged(sample: Any) -> Any:
    return sample


def _ended(work: str, reason: str, shared: bool = False) -> str:
    memory = "enough shared memory (/dev/shm; docker run --shm-size=8g)" if shared else "enough memory"
    return (
        f"A process that should {work} ended before its work was done ({reason}); expected {memory} for all of them. "
        "Use fewer workers (0: none), or free memory, then run the command again to continue."
    )


@contextmanager
def processes(count: int, devices: Sequence[str] = ()) -> Iterator[ProcessPoolExecutor]:
    """Worker processes with one thread each. They end when this process ends, for any reason.

    devices: one for each process, which it takes for "auto".

    When the block ends, also by an error, waiting jobs are cancelled and running ones are stopped. Raises ConfigError
    for an impossible number, and RunError if a process was killed.
    """
    context = multiprocessing.get_context("spawn")  # a forked torch may hang
    before = set(multiprocessing.active_children())
    queue = context.SimpleQueue()
    for device in devices:
        queue.put(device)
    pool = ProcessPoolExecutor(check_workers(count, least=1), context, _begin, (queue if devices else None,))
    try:
        yield pool
    except BrokenProcessPool as error:
        raise RunError(_ended("share the work", "it was killed")) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()


def _begin(devices: Any = None) -> None:
    """Set up a worker process: one thread, a device of its own, and exit when the parent ends."""
    torch.set_num_threads(1)
    if devices is not None:
        os.environ["ANNN_DEVICE"] = devices.get()
    parent = multiprocessing.parent_process()
    assert parent is not None

    def exit_with_parent() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=exit_with_parent, daemon=True).start()
