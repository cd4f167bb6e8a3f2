"""Devices, memory and processes: what is not there, or ends too early, is told in one paragraph."""

import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from annn import device
from annn.device import (
    choose_device,
    cores,
    devices_of,
    enough_memory,
    loaders,
    loading,
    processes,
    telling_of_processes,
)
from annn.errors import ConfigError, DataError, RunError

PROGRAM = """
import resource, torch
from annn.device import keep_freed_memory
told = {told}
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(10_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(told, faults())
"""


def page_faults(told: str) -> tuple[str, int]:
    program = PROGRAM.replace("{told}", told)
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    return out[0], int(out[1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the GNU C library's allocator")
def test_large_blocks_are_not_paid_for_again():
    told, kept = page_faults("keep_freed_memory()")
    if told != "True":
        pytest.skip("another C library")
    assert kept < page_faults("None")[1] / 10


def test_auto_is_what_the_environment_says(monkeypatch):
    monkeypatch.setenv("ANNN_DEVICE", "cpu")
    assert choose_device() == choose_device("auto") == torch.device("cpu")
    monkeypatch.setenv("ANNN_DEVICE", "nothing")
    assert choose_device("cpu") == torch.device("cpu")
    with pytest.raises(ConfigError, match="ANNN_DEVICE='nothing' cannot be used"):
        choose_device("auto")


def test_every_process_has_a_device_of_its_own():
    with processes(2, ["cuda:0", "cuda:1"]) as pool:
        begun = [pool.submit(time.sleep, 1.0) for _ in range(2)]  # so that each process takes one
        named = [pool.submit(os.getenv, "ANNN_DEVICE") for _ in range(20)]
        assert {future.result() for future in named} <= {"cuda:0", "cuda:1"}
        assert all(future.result() is None for future in begun)


def test_runs_side_by_side_take_every_gpu_or_core(monkeypatch):
    assert devices_of("cpu") == ["cpu"] * cores()
    monkeypatch.setattr(device, "choose_device", torch.device)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    assert devices_of("cuda") == [f"cuda:{number}" for number in range(8)]
    assert devices_of("cuda:3") == ["cuda:3"]
    assert loaders() == max(1, min(8, cores() // 8))


@pytest.mark.parametrize(
    "name", ["meta", "cpu:-1", "cuda:-1", "cuda:" + "9" * 23, "mkldnn", "hpu", "gpu", "", "x" * 99]
)
def test_what_cannot_compute_is_no_device(name):
    with pytest.raises(ConfigError, match=r"cannot be used .*choose 'auto', 'cpu', 'cuda' or 'cuda:N'\.$"):
        choose_device(name)


@pytest.mark.parametrize("count", [-1, 257, 10**23])
def test_an_impossible_number_of_processes_is_refused(count):
    with pytest.raises(ConfigError, match=f"workers={count}; expected a number of processes from 0 to 256"):
        loading([], [], workers=count)
    with pytest.raises(ConfigError, match="from 1 to 256"), processes(count):
        pass


class Numbers:
    """Numbers; the third raises, or ends the process that asks for it."""

    def __init__(self, third):
        self.third, self.parent = third, os.getpid()

    def __getitem__(self, index):
        if index == 2:
            if isinstance(self.third, Exception):
                raise self.third
            if os.getpid() != self.parent:
                os.kill(os.getpid(), self.third)
        return torch.tensor(index)


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("order", [range(4), [[0, 1], [2, 3]]])
def test_an_error_of_the_data_is_the_same_whoever_reads(workers, order):
    error = DataError("a.png: cannot be read; expected an image. Fetch it again.")
    with pytest.raises(DataError) as caught:
        list(loading(Numbers(error), order, workers=workers))
    assert str(caught.value) == str(error)
    with pytest.raises(PermissionError, match=r"a\.png"):
        list(loading(Numbers(PermissionError(13, "Permission denied", "a.png")), order, workers=workers))


def test_an_error_of_the_code_keeps_its_traceback():
    with pytest.raises(RuntimeError, match="shapes"), telling_of_processes():
        list(loading(Numbers(RuntimeError("shapes do not fit")), range(4), workers=1))


# The signal of its end may reach PyTorch while it opens temporary files, to see whether too many are open.
@pytest.mark.filterwarnings("ignore:.*unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore:Exception ignored in. <_io:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_process_is_told_in_one_paragraph(workers):
    with (
        pytest.raises(RunError, match=r"process that should load images ended .*workers") as error,
        telling_of_processes(),
    ):
        list(loading(Numbers(signal.SIGKILL), range(4), workers=workers))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "DataLoader worker (pid 9) is killed by signal: Bus error. It is possible that dataloader's workers are out of "
        "shared memory. Please try to raise your shared memory limit.",
        "Caught RuntimeError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n  File\n"
        "RuntimeError: unable to allocate shared memory(shm) for file </torch_1_2_0>: No space left on device (28)",
    ],
)
def test_too_small_a_shared_memory_has_its_way_out(text):
    with pytest.raises(RunError, match=r"enough shared memory .*--shm-size") as error, telling_of_processes():
        raise RuntimeError(text)
    assert "\n" not in str(error.value)


def test_a_killed_process_of_a_pool_is_told_in_one_paragraph():
    with pytest.raises(RunError, match=r"share the work ended .*killed") as error, processes(1) as pool:
        pool.submit(os._exit, 9).result()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "error",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("x: can't allocate memory: 9 bytes.")],
)
def test_too_little_memory_is_told_in_one_paragraph(error):
    with (
        pytest.raises(RunError, match=r"a step: there is not enough memory \(.+\)\. Less\."),
        enough_memory("a step", "Less."),
    ):
        raise error
    with pytest.raises(RuntimeError, match="shapes"), enough_memory("a step", "Less."):
        raise RuntimeError("shapes do not fit")
