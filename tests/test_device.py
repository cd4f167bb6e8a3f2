"""What a process frees stays its own, and says so."""

import os
import subprocess
import sys
import time

import pytest
import torch

from annn import device
from annn.device import choose_device, cores, devices_of, loaders, processes
from annn.errors import ConfigError

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
