"""The command in the refusal of a pickle makes a file that loads, with what is plain beside the weights."""

import shlex
import subprocess
import sys
from collections import OrderedDict, deque
from pathlib import Path

import numpy as np
import published
import pytest
import torch

from annn.errors import WeightsError
from annn.weights import Pretrained, load

SMALL = {"depth": 50, "width": 4, "stem": (3, 3, 6), "classes": 5}


def converted(path: Path, content: object) -> Pretrained:
    """What a person gets who runs the command that the refusal of this content prints."""
    torch.save(content, path)
    with pytest.raises(WeightsError, match=r"asks for .*sandbox.*python -c") as refused:
        load(path)
    _, option, script = shlex.split(str(refused.value)[str(refused.value).index("python -c") :])
    subprocess.run([sys.executable, option, script], check=True)
    return load(path.with_name(f"{path.stem}-tensors.pth"))


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    return published.random_state(published.mmseg_shapes(**SMALL))


def test_what_training_leaves_beside_the_weights_is_named(state, tmp_path: Path) -> None:
    path = tmp_path / "it's new.pth"
    hub = {"loss": deque([np.float64(0.5)], maxlen=3)}
    assert converted(path, {"state_dict": state, "meta": {"CLASSES": list("abcde")}, "message_hub": hub}).classes
    with pytest.raises(WeightsError, match=r"collections\.deque.*numpy.*HistoryBuffer"):
        load(path)


def test_numpys_numbers_in_meta_become_plain_and_other_objects_null(state, tmp_path: Path) -> None:
    """mmcv 0.x stores hook messages in `meta`, with the best score as a number of NumPy's."""
    hook = {"best_score": np.float32(0.5), "last": np.int64(7), "ckpts": deque(), np.float64(0.25): 1, (1, 2): 3}
    palette = np.arange(15, dtype=np.uint8).reshape(5, 3)
    config = "model = dict(decode_head=dict(type='ANNHead', align_corners=True))"
    meta = {"CLASSES": tuple("abcde"), "PALETTE": palette, "config": config, "hook_msgs": hook, "epoch": 3}
    network = converted(tmp_path / "iter.pth", {"state_dict": OrderedDict(state), "meta": meta, "optimizer": hook})
    assert network.classes == tuple("abcde") and network.model.config.align_corners
    kept = network.about["meta"]
    assert kept["config"] == config and kept["epoch"] == 3 and kept["PALETTE"] == palette.tolist()
    assert kept["hook_msgs"] == {"best_score": 0.5, "last": 7, "ckpts": None, "0.25": 1}
    assert network.model.classifier[1].bias.tolist() == state["decode_head.conv_seg.bias"].tolist()


@pytest.mark.parametrize("form", ["without 'state_dict'", "numpy's arrays", "a whole module"])
def test_weights_in_other_forms_are_converted_too(form, state, tmp_path: Path) -> None:
    content = {
        "without 'state_dict'": state | {"epoch": np.int64(3)},
        "numpy's arrays": {"state_dict": {name: tensor.numpy() for name, tensor in state.items()}},
        "a whole module": module(state),
    }[form]
    network = converted(tmp_path / "weights.pth", content)
    assert network.source == "mmsegmentation"
    assert network.model.classifier[1].bias.tolist() == state["decode_head.conv_seg.bias"].tolist()


def module(state: dict[str, torch.Tensor]) -> torch.nn.Module:
    """A module with these tensors under their names."""
    root = torch.nn.Module()
    for name, tensor in state.items():
        *parts, leaf = name.split(".")
        inner = root
        for part in parts:
            if part not in dict(inner.named_children()):
                inner.add_module(part, torch.nn.Module())
            inner = inner.get_submodule(part)
        inner.register_buffer(leaf, tensor)
    return root
