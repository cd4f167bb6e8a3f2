"""Files as the authors and mmsegmentation publish them give their networks' logits on an RGB image, and go back."""

from pathlib import Path

import numpy as np
import published
import pytest
import torch
from safetensors.torch import save_file
from test_blocks import part, read

from annn.augment import normalise
from annn.blocks import AFNB, APNB
from annn.data.cityscapes import CITYSCAPES
from annn.efficiency.fold import fold
from annn.model import ANNN, ModelConfig
from annn.weights import export, load
from annn.weights.layouts import AUTHORS, MMSEGMENTATION, new_names

SIZE = (64, 96)  # of whose stem, 32x48, the two roundings of the max-pool make different grids
KINDS = {
    "authors": (published.authors_shapes, published.authors),
    "mmsegmentation": (published.mmseg_shapes, published.mmseg),
}
SMALL = {"depth": 50, "width": 4, "stem": (3, 3, 6), "classes": 5}


def picture(size=SIZE, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)


def logits(model, image):
    with torch.no_grad():
        return model(normalise(image)[None]).main


def reference(network, state, image, **settings):
    with torch.no_grad():
        return network(state, torch.from_numpy(image), **settings)


def assert_same(found, expected, tolerance=1e-4):
    torch.testing.assert_close(found, expected, rtol=0, atol=tolerance * expected.abs().max().item())


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_network_is_recognised_computes_the_same_and_goes_back_unchanged(kind, tmp_path: Path) -> None:
    shapes, network = KINDS[kind]
    state = published.random_state(shapes())
    assert len(state) == {"authors": 704, "mmsegmentation": 696}[kind]
    path, again = tmp_path / "published.pth", tmp_path / "exported.pth"
    torch.save({"state_dict": state, "meta": {"epoch": 1}}, path)

    found = load(path, classes=19)
    path.unlink()  # each is a quarter of a gigabyte
    config = found.model.config
    assert found.source == kind and found.classes is None and found.about["meta"] == {"epoch": 1}
    assert (config.depth, config.width, config.stem, config.key, config.value) == (101, 64, "deep", 256, 256)
    assert (config.fuse, config.context, config.sharing) == (((4, 5),), "apnb", "query=key")
    theirs = (
        config.stem_widths,
        config.ceil_mode,
        config.conv_bias,
        config.auxiliary,
        config.align_corners,
        config.dropout,
    )
    authors = ((64, 64, 128), True, True, 512, True, 0.05)
    assert theirs == (authors if kind == "authors" else ((32, 32, 64), False, False, 256, False, 0.1))

    image = picture()
    expected = reference(network, state, image)
    ours = logits(found.model, image)
    assert_same(ours, expected)
    without = dict(state)
    for name in state:
        if name.endswith((".W.weight", "out_project.weight")):
            without[name] = torch.zeros_like(state[name])
    assert (reference(network, without, image) - expected).abs().max() > 1e-2 * expected.abs().max()  # attention counts

    export(found.model, again, layout=kind)
    written = torch.load(again, weights_only=True)["state_dict"]
    assert written.keys() == state.keys()
    assert all(torch.equal(written[name], tensor) for name, tensor in state.items())
    assert torch.equal(logits(load(again).model, image), ours)
    again.unlink()


# What DataParallel, AveragedModel, torch.compile and training loops put before a name, and the backbone behind it.
WRAPPERS = {
    "module.": "backbone.",
    "_orig_mod.": "backbone.",
    "model.": "backbone.",
    "module._orig_mod.model.": "backbone.",
    "model.module._orig_mod.": "backbone._orig_mod.",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", [*WRAPPERS, "without 'state_dict'", "no counters", "old file", "safetensors", "half"])
def test_what_a_file_may_look_like(kind, form, tmp_path: Path) -> None:
    shapes, network = KINDS[kind]
    state = published.random_state(shapes(**SMALL))
    path, options, content = tmp_path / "weights.pth", {}, {"state_dict": state}
    if form in WRAPPERS:
        wrapped = {name.replace("backbone.", WRAPPERS[form], 1): tensor for name, tensor in state.items()}
        averaged = {"n_averaged": torch.tensor(3)} if form == "module." else {}
        content = {"state_dict": averaged | {f"{form}{name}": tensor for name, tensor in wrapped.items()}}
    elif form == "without 'state_dict'":
        content = state
    elif form == "no counters":
        content = {"state_dict": {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}}
    elif form == "old file":
        options = {"_use_new_zipfile_serialization": False}  # as torch wrote before 1.6
    elif form == "half":
        state = {name: tensor.half().float() for name, tensor in state.items()}
        content = {"state_dict": {name: tensor.half() for name, tensor in state.items()}}
    if form == "safetensors":
        save_file({name: tensor.clone() for name, tensor in state.items()}, path)
    else:
        torch.save(content, path, **options)
    found = load(path)
    assert (found.source, found.model.config.depth, found.model.config.classes) == (kind, 50, 5)
    assert {parameter.dtype for parameter in found.model.parameters()} == {torch.float32}
    assert not found.model.training
    image = picture()
    assert_same(logits(found.model, image), reference(network, state, image))


@pytest.mark.parametrize("kind", KINDS)
def test_query_and_key_that_differ_are_not_shared(kind, tmp_path: Path) -> None:
    shapes, network = KINDS[kind]
    state = published.random_state(shapes(**SMALL))
    name = {
        "authors": "context.2.stages.0.f_query.1.0",
        "mmsegmentation": "decode_head.context.stages.0.query_project.bn",
    }
    state[f"{name[kind]}.running_mean"] = state[f"{name[kind]}.running_mean"] + 1
    torch.save({"state_dict": state}, tmp_path / "weights.pth")
    found = load(tmp_path / "weights.pth")
    assert found.model.config.sharing == "none" and "sharing='none'" in " ".join(found.about["notes"])
    image = picture()
    assert_same(logits(found.model, image), reference(network, state, image))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_the_auxiliary_head_predicts_the_same_and_says_so(kind, tmp_path: Path) -> None:
    shapes, network = KINDS[kind]
    state = published.random_state(shapes(**SMALL))
    head = {"authors": "dsn.", "mmsegmentation": "auxiliary_head."}[kind]
    torch.save({name: tensor for name, tensor in state.items() if not name.startswith(head)}, tmp_path / "weights.pth")
    found = load(tmp_path / "weights.pth")
    assert "no auxiliary head, which only training uses; zeros" in " ".join(found.about["notes"])
    assert not any(tensor.any() for tensor in found.model.auxiliary.state_dict().values())
    image = picture()
    assert_same(logits(found.model, image), reference(network, state, image))


CONFIGURATION = """
norm_cfg = dict(type='SyncBN', requires_grad=True)
model = dict(
    type='EncoderDecoder',
    backbone=dict(type='ResNetV1c', depth=101, norm_cfg=norm_cfg),
    decode_head=dict(
        type='ANNHead',
        in_channels=[1024, 2048],
        key_pool_scales=(1, 3, 6, 8),
        dropout_ratio=0.2,
        norm_cfg=dict(type='SyncBN', requires_grad=True),
        align_corners=True),
    auxiliary_head=dict(type='FCNHead', align_corners=False))
launch = __import__('pathlib').Path('executed').touch()
"""


@pytest.mark.parametrize("version", [0, 1])
def test_mmsegmentations_configuration_and_class_names_are_read_not_run(version, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["road", "sidewalk", "building", "wall", "fence"]
    meta = {"config": CONFIGURATION, "CLASSES": tuple(names), "PALETTE": [[0, 0, 0]] * 5}
    if version == 1:
        meta = {"cfg": CONFIGURATION, "dataset_meta": {"classes": names, "palette": [[0, 0, 0]] * 5}}
    state = published.random_state(published.mmseg_shapes(**SMALL))
    torch.save({"state_dict": state, "meta": meta}, "weights.pth")
    found = load("weights.pth")
    config = found.model.config
    assert (config.align_corners, config.dropout, config.pyramid) == (True, 0.2, (1, 3, 6, 8))
    assert found.classes == tuple(names) and "notes" not in found.about
    assert not Path("executed").exists()
    image = picture()
    assert_same(logits(found.model, image), reference(published.mmseg, state, image, align_corners=True))
    overridden = load("weights.pth", align_corners=False)
    assert overridden.model.config.align_corners is False
    assert_same(logits(overridden.model, image), reference(published.mmseg, state, image))


def test_class_names_of_another_number_are_left_out_and_said(tmp_path: Path) -> None:
    state = published.random_state(published.mmseg_shapes(**SMALL))
    torch.save({"state_dict": state, "meta": {"CLASSES": ["a", "b"]}}, tmp_path / "weights.pth")
    found = load(tmp_path / "weights.pth")
    assert found.classes is None
    assert "names 2 classes but its network has 5" in " ".join(found.about["notes"])


def test_a_network_trained_here_goes_to_mmsegmentation_and_back(tmp_path: Path) -> None:
    plain = ModelConfig(
        classes=19, depth=50, width=8, conv_bias=False, dropout=0.1, pyramid=(1, 2, 4), value=64, key=64
    )
    deep = ModelConfig(
        classes=19, depth=50, width=8, conv_bias=False, stem="deep", stem_widths=(6, 6, 12), align_corners=False
    )
    for config in (plain, deep):
        model = ANNN(config).eval()
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(std=0.3)
        torch.nn.init.normal_(model.context.branch.W.weight)
        path = export(
            model,
            tmp_path / "new" / "a.pth",
            layout="mmsegmentation",
            classes=CITYSCAPES.classes,
            palette=CITYSCAPES.colors,
        )
        found = load(path)
        assert found.classes == CITYSCAPES.classes
        assert found.model.config == ModelConfig(**vars(config) | {"stem_widths": found.model.config.stem_widths})
        assert torch.equal(
            logits(found.model, picture()), logits(model.to(memory_format=torch.channels_last), picture())
        )
        meta = torch.load(path, weights_only=True)["meta"]
        assert meta["dataset_meta"]["palette"][0] == list(CITYSCAPES.colors[0])
        assert f"stem_channels={(8 if config is plain else 12)}" in meta["cfg"]
        assert [file.name for file in path.parent.iterdir()] == ["a.pth"]


@pytest.mark.parametrize("name", ["authors_afnb_11x13", "authors_afnb_6x7", "authors_apnb_11x13", "authors_apnb_6x7"])
def test_the_authors_blocks_through_the_key_map(name) -> None:
    tensors, said = read(name)
    afnb = "afnb" in name
    there, here = ("fusion.", "fusion.5.") if afnb else ("context.2.", "context.")
    weights = {f"{there}{key}": tensor for key, tensor in part(tensors, "weight/").items()}
    rows = new_names(weights, AUTHORS.to_ours())
    assert rows.keys() == weights.keys()
    state = {rows[key].removeprefix(here): tensor for key, tensor in weights.items() if "branch.query" not in rows[key]}
    inputs, widths = part(tensors, "input/"), {"key": int(said["key"]), "value": int(said["value"]), "dropout": 0.0}
    if afnb:
        block = AFNB(low=[int(said["low"])], high=int(said["high"]), out=int(said["out"]), **widths).double()
    else:
        block = APNB(channels=int(said["channels"]), **widths).double()
    block.load_state_dict(state)
    for mode in ("eval", "train"):
        block.train(mode == "train")
        out = block([inputs["low"]], inputs["high"]) if afnb else block(inputs["x"])
        torch.testing.assert_close(out.detach(), tensors[f"output/{mode}"], rtol=0, atol=1e-9)


def test_mmsegmentations_head_through_the_key_map() -> None:
    tensors, _ = read("mmseg_ann_head_11x13")
    weights = {key.replace("h.", "decode_head.", 1): tensor for key, tensor in part(tensors, "weight/").items()}
    rows = new_names(weights, MMSEGMENTATION.to_ours())
    assert rows.keys() == weights.keys()
    config = ModelConfig(classes=5, depth=18, width=3, head=16, key=12, value=12, conv_bias=False, dropout=0.0)
    model = ANNN(config).double()
    model.fusion["5"] = AFNB(low=[20], high=28, out=28, key=12, value=12, dropout=0.0, bias=False).double()
    model.reduce[0] = torch.nn.Conv2d(28, 16, 3, padding=1, bias=False).double()
    state = {rows[key]: tensor for key, tensor in weights.items() if "context.branch.query" not in rows[key]}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all(name.startswith(("backbone", "auxiliary")) for name in missing)
    for mode in ("eval", "train"):
        model.train(mode == "train")
        fused = model.fusion["5"]([tensors["input/low"]], tensors["input/high"])
        out = model.classifier(model.context(model.reduce(fused)))
        torch.testing.assert_close(out.detach(), tensors[f"output/{mode}"], rtol=0, atol=1e-9)


def test_folded_attention_and_other_consumers_see_the_same_network(tmp_path: Path) -> None:
    state = published.random_state(published.authors_shapes(**SMALL))
    torch.save(state, tmp_path / "weights.pth")
    model = load(tmp_path / "weights.pth").model
    image = picture()
    assert_same(logits(fold(model), image), reference(published.authors, state, image))
    with torch.no_grad():
        found = model.attention(normalise(image)[None])
    assert {name: attention.query_grid for name, attention in found.items()} == {"afnb 4&5": (9, 13), "apnb": (9, 13)}
