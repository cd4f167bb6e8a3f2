"""torchvision's weights from a server on the loopback interface: in their place when the backbone takes them."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from commands import call
from loopback import Server, serving
from torchvision.models import resnet18

from annn.weights import resnets
from annn.weights.resnets import RESNETS


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        yield server


def test_torchvisions_weights_are_in_their_place_when_the_backbone_takes_them(server, tmp_path, capsys, monkeypatch):
    content = io.BytesIO()
    torch.save(resnet18().state_dict(), content)
    (remote,) = RESNETS["resnet18"].files
    server.files[remote.name] = content.getvalue()
    words = ("data", "get", "resnet18", "--root", tmp_path / "imagenet", "--mirror", server.url)
    assert call(*words) == 2 and "the SHA256" in (said := capsys.readouterr().err)
    assert "expected f37072fd..., as published (torchvision" in said
    digest = f"sha256:{hashlib.sha256(content.getvalue()).hexdigest()[:8]}"
    small = replace(RESNETS["resnet18"], files=(replace(remote, digest=digest),))
    monkeypatch.setattr(resnets, "RESNETS", {"resnet18": small})
    server.cut = [100_000]
    assert call(*words) == 0 and call(*words) == 0
    assert "with torchvision's ImageNet weights" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "imagenet").iterdir()] == [remote.name]


def test_weights_of_another_network_stay_out_of_their_place(server, tmp_path, capsys, monkeypatch) -> None:
    content = io.BytesIO()
    torch.save({"a": torch.zeros(1)}, content)
    (remote,) = RESNETS["resnet18"].files
    server.files[remote.name] = content.getvalue()
    small = replace(RESNETS["resnet18"], files=(replace(remote, digest=""),))
    monkeypatch.setattr(resnets, "RESNETS", {"resnet18": small})
    assert call("data", "get", "resnet18", "--root", tmp_path / "imagenet", "--mirror", server.url) == 2
    assert "cannot be loaded" in capsys.readouterr().err
    assert not [path for path in (tmp_path / "imagenet").iterdir() if not path.name.startswith(".")]
