"""Several processes compute what one computes: weights, losses, scores, also after one of them has died."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import score_together
import torch
import train_together

from annn.errors import ConfigError
from annn.parallel import Rows

SCRIPT = Path(train_together.__file__)


def start(folder: Path, processes: int, *changes: str, script: Path = SCRIPT, restarts: int = 0, **environment: str):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    command += [f"--max-restarts={restarts}", str(script), str(folder), *changes]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(SCRIPT.parents[1]), **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)


def losses_in(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "log.jsonl").read_text().splitlines()]


def assert_same(folder: Path, alone: Path) -> None:
    """Equal but for the order of additions: losses at each step, weights relative to all of them, and the scores."""
    assert losses_in(folder) == pytest.approx(losses_in(alone), rel=1e-6)  # the log adds in float32
    end, expected = (torch.load(f / "end.pt", weights_only=True) for f in (folder, alone))
    assert list(end) == list(expected)  # names, too, are those of one process
    for name, tensor in expected.items():
        torch.testing.assert_close(end[name], tensor, rtol=0, atol=1e-10, msg=lambda text, name=name: f"{name}: {text}")
    assert (folder / "scores.json").read_text() == (alone / "scores.json").read_text()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    train_together.run(folder)
    return folder


@pytest.mark.slow(reason="starts processes that import torch")
@pytest.mark.parametrize("processes", [2, 3])
def test_processes_train_and_score_as_one(processes: int, alone: Path, tmp_path: Path) -> None:
    result = start(tmp_path, processes)
    assert result.returncode == 0, result.stderr
    assert_same(tmp_path, alone)


@pytest.mark.slow(reason="starts processes that import torch")
def test_a_run_goes_on_with_another_number_of_processes(alone: Path, tmp_path: Path) -> None:
    killed = start(tmp_path, 3, DIE_AT="1:9")
    assert killed.returncode != 0
    train_together.run(tmp_path)  # one process, from the checkpoint at step 8
    assert_same(tmp_path, alone)


@pytest.mark.slow(reason="starts processes that import torch")
def test_torchruns_restart_goes_on_from_the_checkpoint(alone: Path, tmp_path: Path) -> None:
    result = start(tmp_path, 2, restarts=1, DIE_AT="0:13")
    assert result.returncode == 0, result.stderr
    assert_same(tmp_path, alone)


@pytest.mark.slow(reason="starts processes that import torch")
def test_parts_of_a_step_are_those_of_several_processes(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    train_together.run(tmp_path / "one", accumulate=2, iterations=6)
    result = start(tmp_path / "three", 3, "accumulate=2", "iterations=6")
    assert result.returncode == 0, result.stderr
    # Each part has statistics of its own, and other rows form the parts: the same images, not the same numbers.
    losses, other = losses_in(tmp_path / "one"), losses_in(tmp_path / "three")
    assert len(losses) == len(other) == 6
    assert losses == pytest.approx(other, rel=0.2)


@pytest.mark.slow(reason="starts processes that import torch")
@pytest.mark.parametrize("then", [1, 3])
def test_an_evaluation_goes_on_with_another_number_of_processes(then: int, tmp_path: Path) -> None:
    alone, folder, script = tmp_path / "alone", tmp_path / "together", Path(score_together.__file__)
    alone.mkdir()
    score_together.score(alone)
    assert start(folder, 2, script=script, DIE_AT="1:9").returncode != 0
    assert 6 <= json.loads((folder / "progress.json").read_text())["done"] <= 8
    written = {path: path.stat().st_mtime_ns for path in (folder / "predictions").iterdir()}

    result = start(folder, then, script=script)
    assert result.returncode == 0, result.stderr
    assert (folder / "scores.json").read_text() == (alone / "scores.json").read_text()
    assert not (folder / "progress.json").exists()
    assert {path.name: path.read_bytes() for path in (folder / "predictions").iterdir()} == {
        path.name: path.read_bytes() for path in (alone / "predictions").iterdir()
    }
    again = [path.name for path, time in written.items() if path.stat().st_mtime_ns != time]
    assert len(again) <= 2  # only the round that was not counted is computed again


def test_a_batch_that_cannot_be_divided_is_refused_with_the_numbers_that_can() -> None:
    with pytest.raises(ConfigError, match=r"batch_size=6 .*accumulate=4.*divides it: none"):
        Rows(6, 4)
    rows = Rows(6, 3)
    assert [list(rows.of(part)) for part in range(3)] == [[0, 1], [2, 3], [4, 5]]
