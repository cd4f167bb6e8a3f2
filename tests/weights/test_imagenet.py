"""torchvision's weights give torchvision's features, as far as nothing is dilated."""

from pathlib import Path

import pytest
import torch
from torchvision import models

from annn.errors import WeightsError
from annn.weights.imagenet import FILES, imagenet_file, load_imagenet


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as torchvision publishes it, of a ResNet-18 with random weights."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("imagenet") / FILES[18]
    torch.save(models.resnet18(weights=None).state_dict(), path)
    return path


def test_the_first_three_stages_are_torchvisions(file: Path) -> None:
    theirs = models.resnet18(weights=None)
    theirs.load_state_dict(torch.load(file, weights_only=True))
    theirs.eval()
    ours = load_imagenet(18, file)
    images = torch.randn(1, 3, 65, 97)
    with torch.no_grad():
        stages = ours(images)
        stem = theirs.relu(theirs.bn1(theirs.conv1(images)))
        layer2 = theirs.layer2(theirs.layer1(theirs.maxpool(stem)))
    torch.testing.assert_close(stages[1], stem)
    torch.testing.assert_close(stages[3], layer2)
    assert stages[5].shape[2:] == stages[3].shape[2:]  # dilated, where torchvision's has stride 32
    for name, weights in theirs.layer4.state_dict().items():
        assert torch.equal(ours.layer4.state_dict()[name], weights)


def test_names_are_torchvisions_own() -> None:
    weights = {
        18: models.ResNet18_Weights, 34: models.ResNet34_Weights,
        50: models.ResNet50_Weights, 101: models.ResNet101_Weights,
    }  # fmt: skip
    assert {depth: Path(kind.IMAGENET1K_V1.url).name for depth, kind in weights.items()} == FILES


def test_a_missing_file_says_where_to_get_it_and_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nothing\.pth: there is no such file.*resnet101-63fe2227\.pth"):
        load_imagenet(101, tmp_path / "nothing.pth")
    assert imagenet_file(50).parts[-3:] == ("data", "imagenet", "resnet50-0676ba61.pth")
    with pytest.raises(WeightsError, match="depth=19"):
        imagenet_file(19)


def test_another_network_and_damage_are_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"cannot be loaded.*ResNet-34"):
        load_imagenet(34, file)
    damaged = tmp_path / "damaged.pth"
    damaged.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(WeightsError, match=r"damaged\.pth: cannot be loaded"):
        load_imagenet(18, damaged)
    damaged.write_bytes(b"no weights at all")
    with pytest.raises(WeightsError, match=r"damaged\.pth: cannot be loaded"):
        load_imagenet(18, damaged)
