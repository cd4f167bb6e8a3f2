"""What a process frees stays its own, and says so."""

import subprocess
import sys

import pytest
import torch

from annn.device import choose_device
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
