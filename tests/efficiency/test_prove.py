"""`annn prove` on the CPU: the code that a GPU will run, and that it notices what is wrong."""

import json

import pytest
import torch

from annn.efficiency import prove as module
from annn.efficiency.prove import prove, save_proof
from annn.errors import ConfigError


@pytest.mark.slow(reason="trains a small network a dozen times")
def test_the_cpu_proves_itself(tmp_path):
    told = []
    found = prove("cpu", steps=2, tell=told.append)
    verdicts = {name: check["passed"] for name, check in found["checks"].items()}
    assert verdicts == {"equality": True, "precisions": True, "repeat": True, "processes": True, "memory": None}
    assert len(told) == 5 and "not done; reason only a GPU" in told[-1]
    assert json.loads(save_proof(found, tmp_path / "gpu").read_text())["steps"] == 2


def test_what_is_wrong_is_noticed(monkeypatch):
    weights = {"w": torch.ones(3)}
    far = {"w": torch.ones(3) + 1e-3}
    outcomes = iter([([1.0, 1.0], weights), ([1.0, 1.1], far), ([1.0, 1.0], weights)])
    monkeypatch.setattr(module, "_run", lambda *_, **__: next(outcomes))
    assert not module._equality(torch.device("cpu"), 2)["passed"]  # far from the CPU, while the perturbed is not
    outcomes = iter([([1.0], weights), ([1.0], {"w": torch.ones(3) + 1e-7})])
    assert module._repeat(torch.device("cpu"), 2) == {"passed": False, "different tensors": 1}
    with pytest.raises(ConfigError, match="steps=1"):
        prove("cpu", steps=1)
