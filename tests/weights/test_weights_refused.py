"""What is no complete network of a known layout is refused with what was found, and nothing in a file is executed."""

import pickle
from pathlib import Path

import published
import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from annn.efficiency.fold import fold
from annn.errors import ConfigError, WeightsError
from annn.model import ANNN, ModelConfig
from annn.weights import export, load
from annn.weights.architecture import their_names
from annn.weights.imagenet import AUTHORS_FILE, load_imagenet
from annn.weights.layouts import MMSEGMENTATION

SMALL = {"depth": 50, "width": 4, "stem": (3, 3, 6), "classes": 5}
SHAPES = {"authors": published.authors_shapes, "mmsegmentation": published.mmseg_shapes}


def saved(path: Path, kind: str, change=lambda state: None) -> Path:
    """A file of a small network in that layout, its entries changed."""
    state = published.random_state(SHAPES[kind](**SMALL))
    change(state)
    torch.save({"state_dict": state}, path)
    return path


def imagenet_state(stem: str) -> dict[str, torch.Tensor]:
    """A ResNet-50 for ImageNet with torchvision's names: torchvision's own, or with the authors' deep stem."""
    if stem == "plain":
        return models.resnet50(weights=None).state_dict()
    shapes = {name: shape for name, shape in published.authors_shapes(depth=50).items() if name.startswith("backbone.")}
    state = published.random_state(shapes)
    state = {name.removeprefix("backbone.").removeprefix("prefix."): tensor for name, tensor in state.items()}
    return state | {"fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.zeros(1000)}


class Payload:
    """Runs code as soon as an ordinary unpickling meets it."""

    def __init__(self, witness: Path):
        self.witness = witness

    def __reduce__(self):
        return (Path.touch, (self.witness,))


READERS = {"authors": load, "mmsegmentation": load, "torchvision": load_imagenet, "authors' ImageNet": load_imagenet}


def file_for(reader: str, path: Path) -> Path:
    if reader in SHAPES:
        return saved(path, reader)
    torch.save(imagenet_state("plain" if reader == "torchvision" else "deep"), path)
    return path


def read(reader: str, path: Path) -> object:
    return READERS[reader](path) if reader in SHAPES else load_imagenet(50, path)


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_reads_its_file_and_refuses_it_cut_off(reader, tmp_path: Path) -> None:
    path = file_for(reader, tmp_path / "weights.pth")
    read(reader, path)
    whole = path.read_bytes()
    for length in (1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(WeightsError, match=r"weights\.pth: cannot be loaded .*fetch it again"):
            read(reader, path)


@pytest.mark.parametrize("protocol", ["zip", "old", "pickle"])
@pytest.mark.parametrize("reader", READERS)
def test_a_payload_is_refused_and_not_run(reader, protocol, tmp_path: Path) -> None:
    path, witness = file_for(reader, tmp_path / "weights.pth"), tmp_path / "executed"
    content = torch.load(path, weights_only=True)
    content = content | {"extra": Payload(witness)}
    if protocol == "pickle":
        path.write_bytes(pickle.dumps(content, protocol=2))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=protocol == "zip")
    with pytest.raises(WeightsError, match=r"weights\.pth: asks for .* could run any code.*sandbox.*python -c"):
        read(reader, path)
    assert not witness.exists()
    # not an idle threat: the file does run its code where it is trusted
    with path.open("rb") as file:
        pickle.load(file) if protocol == "pickle" else torch.load(path, weights_only=False)
    assert witness.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>Sign in</html>", "is a web page"),
        (b"not weights at all", "begins like neither"),
        (b"PK\x03\x04 no zip", "cannot be loaded"),
        (b"\x10\0\0\0\0\0\0\0{no json", "cannot be loaded"),
    ],
)
def test_wrong_files_are_named(content, said, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"weights\.pth: .*{said}"):
        load(path)


def test_missing_files_folders_and_files_of_something_else_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nothing\.pth: there is no such file"):
        load(tmp_path / "nothing.pth")
    with pytest.raises(WeightsError, match="is a folder"):
        load(tmp_path)
    path = tmp_path / "weights.pth"
    for content, said in (
        (torch.zeros(3), "holds a single Tensor"),
        ({}, "holds no tensors"),
        ({"state_dict": {}}, "holds no tensors"),
        ({"model": {"a": torch.zeros(1)}, "epoch": 3}, "no plain tensors .model, epoch"),
        ({"a": torch.zeros(1), "b": torch.zeros(2)}, "holds no known network .2 tensors: a, b"),
        ({"a": torch.zeros(2, device="meta")}, "no plain tensors .a"),
        ({"a": torch.eye(2).to_sparse()}, "no plain tensors .a"),
    ):
        torch.save(content, path)
        with pytest.raises(WeightsError, match=said):
            load(path)


def names_of(model_of, **settings) -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        names = list(model_of(weights=None, **settings).state_dict())
    return {name: torch.zeros(1) for name in names}


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (lambda: names_of(models.resnet18), "a ResNet for ImageNet.*load_imagenet"),
        (lambda: names_of(models.segmentation.deeplabv3_resnet50, weights_backbone=None), "torchvision's DeepLabV3"),
        (lambda: names_of(models.segmentation.fcn_resnet50, weights_backbone=None), "torchvision's FCN"),
        (lambda: {"decode_head.psp_modules.0.1.conv.weight": torch.zeros(1)}, "PSPNet"),
        (lambda: {"decode_head.aspp_modules.0.conv.weight": torch.zeros(1)}, r"DeepLabV3 \(mmsegmentation"),
        (lambda: {"decode_head.nl_block.g.conv.weight": torch.zeros(1)}, "a non-local network"),
        (lambda: {"decode_head.convs.0.conv.weight": torch.zeros(1)}, "FCN"),
        (lambda: {"decode_head.lateral.weight": torch.zeros(1)}, "another head"),
        (lambda: {"backbone.prefix.conv1.weight": torch.zeros(1), "ppm.0.weight": torch.zeros(1)}, "PSPNet"),
    ],
)
def test_another_model_is_called_by_its_name(state, name, tmp_path: Path) -> None:
    torch.save({"state_dict": state()}, tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match=rf"is of another model, .*{name}.*expected the authors' checkpoint"):
        load(tmp_path / "weights.pth")


ONE_OF_EACH = {
    "authors": {
        "backbone": ("backbone.layer3.2.bn2.bias", "backbone.layer5.0.conv1.weight"),
        "fusion": ("fusion.stages.0.f_key.1.0.running_mean", "fusion.stages.1.W.weight"),
        "context": ("context.2.stages.0.f_query.0.weight", "context.3.weight"),
        "classifier": ("cls.weight", "cls.scale"),
        "auxiliary": ("dsn.0.bias", "dsn.2.weight"),
    },
    "mmsegmentation": {
        "backbone": ("backbone.stem.1.bias", "backbone.layer3.6.conv1.weight"),
        "fusion": ("decode_head.fusion.stages.0.out_project.bias", "decode_head.fusion.bottleneck.conv.bias"),
        "context": ("decode_head.bottleneck.bn.running_var", "decode_head.context.stages.1.W.weight"),
        "classifier": ("decode_head.conv_seg.bias", "decode_head.loss.weight"),
        "auxiliary": ("auxiliary_head.convs.0.conv.weight", "auxiliary_head.convs.1.conv.weight"),
    },
}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_missing_and_an_unexpected_entry_of_each_block_are_listed_with_the_block(kind, tmp_path: Path) -> None:
    for block, (lost, added) in ONE_OF_EACH[kind].items():
        path = saved(tmp_path / "weights.pth", kind, lambda state, lost=lost: state.pop(lost))
        with pytest.raises(WeightsError, match=rf"missing in {block}: {lost}") as refused:
            load(path)
        assert "unexpected in" not in str(refused.value) and "another shape" not in str(refused.value)
        path = saved(path, kind, lambda state, added=added: state.update({added: torch.zeros(1)}))
        with pytest.raises(WeightsError, match=rf"unexpected in {block}: {added}"):
            load(path)

    def change(state):
        for lost, added in ONE_OF_EACH[kind].values():
            del state[lost]
            state[added] = torch.zeros(1)
        state["something.else"] = torch.zeros(1)

    with pytest.raises(WeightsError) as refused:
        load(saved(tmp_path / "weights.pth", kind, change))
    for block in ONE_OF_EACH[kind]:
        assert f"missing in {block}" in str(refused.value) and f"unexpected in {block}" in str(refused.value)
    assert "unexpected elsewhere: something.else" in str(refused.value)


def test_a_whole_missing_block_does_not_fill_the_screen(tmp_path: Path) -> None:
    def change(state):
        for name in [name for name in state if name.startswith("backbone.layer3")]:
            del state[name]

    with pytest.raises(WeightsError, match=r"missing in backbone: .* more") as refused:
        load(saved(tmp_path / "weights.pth", "authors", change))
    assert len(str(refused.value)) < 2000


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes_that_do_not_fit_are_listed_with_both_sizes(kind, tmp_path: Path) -> None:
    auxiliary = {"authors": "dsn.3", "mmsegmentation": "auxiliary_head.conv_seg"}[kind]

    def change(state):
        for leaf in ("weight", "bias"):
            state[f"{auxiliary}.{leaf}"] = torch.cat([state[f"{auxiliary}.{leaf}"]] * 2)

    path = saved(tmp_path / "weights.pth", kind, change)
    with pytest.raises(
        WeightsError, match=rf"another shape in auxiliary: {auxiliary}.weight is 10x(\d+)x1x1 .* 5x\1x1x1"
    ):
        load(path)


@pytest.mark.parametrize("kind", SHAPES)
def test_another_number_of_classes_than_wanted_is_refused(kind, tmp_path: Path) -> None:
    path = saved(tmp_path / "weights.pth", kind)
    assert load(path, classes=5).model.config.classes == 5
    with pytest.raises(WeightsError, match="has 5 classes, expected 19"):
        load(path, classes=19)


def test_basic_blocks_in_a_foreign_layout_are_refused(tmp_path: Path) -> None:
    config = ModelConfig(classes=5, depth=18, width=8, conv_bias=False)
    torch.save(their_names(ANNN(config).state_dict(), config, MMSEGMENTATION), tmp_path / "weights.pth")
    with pytest.raises(WeightsError, match="is a ResNet-18, whose blocks mmsegmentation dilates differently"):
        load(tmp_path / "weights.pth")


def test_export_names_each_field_that_the_other_code_cannot_build(tmp_path: Path) -> None:
    path = tmp_path / "out.pth"
    model = ANNN(ModelConfig(classes=5, depth=18, width=8, fuse=((3, 5), (4, 5)), context=None))
    with pytest.raises(WeightsError) as refused:
        export(model, path, layout="authors")
    for part in (
        "depth is 18, expected 50 or 101", "width is 8, expected 64", "stem is 'plain', expected 'deep'",
        "fuse is ((3, 5), (4, 5)), expected ((4, 5),)", "context is None, expected 'apnb'",
        "input is 'imagenet', expected 'caffe-bgr'", "ceil_mode is False, expected True",
    ):  # fmt: skip
        assert part in str(refused.value)
    bent = ModelConfig(
        classes=5, depth=50, width=8, conv_bias=False, stem="deep", stem_widths=(4, 6, 8), key=8, value=4
    )
    for config, said in (
        (bent, r"value is 4, expected 8; stem_widths is \(4, 6, 8\), expected \(4, 4, 8\)"),
        (ModelConfig(classes=5, depth=50, width=8), "conv_bias is True, expected False"),
    ):
        with pytest.raises(WeightsError, match=said):
            export(ANNN(config), path, layout="mmsegmentation")
    fit = ANNN(ModelConfig(classes=5, depth=50, width=8, conv_bias=False))
    with pytest.raises(ConfigError, match="layout='onnx'"):
        export(fit, path, layout="onnx")
    with pytest.raises(ConfigError, match="classes has 2 entries; expected 5"):
        export(fit, path, layout="mmsegmentation", classes=["a", "b"])
    with pytest.raises(WeightsError, match="is folded for inference"):
        export(fold(fit), path, layout="mmsegmentation")
    assert not list(tmp_path.iterdir())


def test_a_file_with_our_names_but_no_recipe_says_so(tmp_path: Path) -> None:
    save_file(ANNN(ModelConfig(classes=5, depth=18, width=8)).state_dict(), tmp_path / "weights.safetensors")
    with pytest.raises(WeightsError, match="without the recipe"):
        load(tmp_path / "weights.safetensors")


def test_the_authors_imagenet_file_has_its_name() -> None:
    assert AUTHORS_FILE == "3x3resnet101-imagenet.pth"
