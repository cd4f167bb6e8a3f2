"""What all tests share: checked shapes, few threads, fixed seeds, real data where it is."""

import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook

ROOT = Path(__file__).parents[1]

# Every signature of annn, shapes included, is checked while tests run, and only then.
install_import_hook("annn", "typecheck.beartype")
import annn  # noqa: E402, F401  (before torchvision, which some tests import first: see annn/__init__.py)

# No deadline: machines differ. On CI the same examples every time, so that a red run is the change's doing.
settings.register_profile("annn", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("annn")

# The tests' tensors are small: more threads cost more than they bring. OMP_NUM_THREADS=1 still means one.
torch.set_num_threads(min(torch.get_num_threads(), 2))


@pytest.fixture(autouse=True)
def seeds() -> None:
    """Every test starts from the same random state, whichever tests ran before it."""
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def camvid_root() -> Path:
    """Real street images, where a copy of CamVid lies beside the repository."""
    root = ROOT / "../shared/camvid"
    if not (root / "train.txt").is_file():
        pytest.skip("no CamVid in ../shared/camvid (data/README.md says where to get it)")
    return root.resolve()
