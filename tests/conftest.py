"""What all tests share: checked shapes, few threads, fixed seeds, one browser, real data where it is."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:
    # The cores are shared already. Set before torch is imported, and for every process that a test starts.
    os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook

ROOT = Path(__file__).parents[1]
LONG = 20  # seconds: a test that takes longer carries the mark slow, with the reason

# Every signature of annn, shapes included, is checked while tests run, and only then.
install_import_hook("annn", "typecheck.beartype")
import annn  # noqa: E402, F401  (before torchvision, which some tests import first: see annn/__init__.py)

# No deadline: machines differ. On CI the same examples every time, so that a red run is the change's doing.
settings.register_profile("annn", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("annn")

# The tests' tensors are small: more threads cost more than they bring. OMP_NUM_THREADS=1 still means one.
torch.set_num_threads(min(torch.get_num_threads(), 2))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests say why, and run first: begun last, one of them would keep a single core busy at the end."""
    for item in items:
        for mark in item.iter_markers("slow"):
            if not mark.kwargs.get("reason"):
                raise pytest.UsageError(f'{item.nodeid}: say why, @pytest.mark.slow(reason="...")')
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the long tests that carry no mark. A remark, not a failure: machines differ."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and "slow" not in report.keywords:
                seconds[report.nodeid] += report.duration
    if long := [f"{taken:.0f} s {test}" for test, taken in seconds.most_common() if taken > LONG]:
        terminalreporter.section(f"longer than {LONG} s without the mark slow")
        terminalreporter.write_line("\n".join(long))


@pytest.fixture(autouse=True)
def seeds() -> None:
    """Every test starts from the same random state, whichever tests ran before it."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def own_data(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests draw their scenes in a folder of their own: real data in the project's would change what recipes train on.

    One folder for all tests of a process, so that scenes are drawn once.
    """
    monkeypatch.setenv("ANNN_DATA", str(tmp_path_factory.getbasetemp() / "data"))


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """Chromium, started once: each test opens and closes its own context, so that nothing is shared."""
    from browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def camvid_root() -> Path:
    """Real street images, where a copy of CamVid lies beside the repository."""
    root = ROOT / "../shared/camvid"
    if not (root / "train.txt").is_file():
        pytest.skip("no CamVid in ../shared/camvid (data/README.md says where to get it)")
    return root.resolve()


FACADE = (
    ("various", (0, 0, 0)), ("building", (128, 0, 0)), ("car", (128, 0, 128)), ("door", (128, 128, 0)),
    ("pavement", (128, 128, 128)), ("road", (128, 64, 0)), ("sky", (0, 128, 128)), ("vegetation", (0, 128, 0)),
    ("window", (0, 0, 128)),
)  # fmt: skip


@pytest.fixture
def facade(tmp_path: Path) -> Path:
    """Real photographs with coloured labels, where LabelMeFacade lies beside the repository; classes.toml beside "
    "them."""
    root = ROOT / "../shared/facade"
    if not (root / "train.txt").is_file():
        pytest.skip("no part of LabelMeFacade in ../shared/facade")
    folder = tmp_path / "facade"
    folder.mkdir()
    (folder / "data").symlink_to(root.resolve())
    entries = [
        f'[[class]]\nname = "{name}"\ncolor = {list(color)}\n' + "ignore = true\n" * (color == (0, 0, 0))
        for name, color in FACADE
    ]
    (folder / "classes.toml").write_text('[files]\nfolder = "data"\n' + "".join(entries))
    return folder / "data"
