"""What a result was computed on: hardware and versions, and how much of the processor this process may use."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch
import torchvision

import annn


def environment(device: torch.device) -> dict[str, str]:
    """Hardware and versions, for the record."""
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    threads = torch.get_num_threads()
    return {
        "hardware": gpu or f"{threads} CPU thread{'s' if threads > 1 else ''}, {processor()}",
        "annn": annn.__version__,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
    }


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
