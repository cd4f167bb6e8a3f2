"""The network as a whole: what its variants contain, what reaches what, and what it refuses."""

from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from test_blocks import VECTORS, part, randomise

from annn.attention import tokens
from annn.blocks import AFNB, CONTEXTS
from annn.errors import ConfigError
from annn.model import ANNN, VARIANTS, ModelConfig, variant

SMALL = ModelConfig(classes=5, depth=18, width=8)
FUSINGS = [(), ((4, 5),), ((3, 5), (4, 5)), ((2, 5), (3, 5), (4, 5)), ((1, 5), (3, 4), (4, 5))]


@pytest.mark.parametrize("fuse", FUSINGS)
@pytest.mark.parametrize("context", [*CONTEXTS, None])
def test_any_fusing_trains_and_predicts_at_the_input_size(fuse, context):
    model = ANNN(ModelConfig(classes=5, depth=18, width=8, fuse=fuse, context=context))
    images = torch.randn(2, 3, 65, 97)
    main, auxiliary = model.train()(images)
    assert main.shape == auxiliary.shape == (2, 5, 65, 97)
    (main.sum() + auxiliary.sum()).backward()
    # W starts at zero, so in the first step the projections behind it get exact zeros, and W itself a gradient.
    assert all(p.grad is not None for p in model.parameters())
    assert model.eval()(images).auxiliary is None


def test_logits_come_at_the_size_asked_for():
    model = ANNN(SMALL).eval()
    images = torch.randn(1, 3, 64, 96)
    assert model(images, (100, 30)).main.shape == (1, 5, 100, 30)
    assert torch.equal(model(images, (64, 96)).main, model(images).main)


def test_defaults_are_the_published_widths():
    config = ModelConfig(classes=19)
    assert (config.head, config.auxiliary, config.key, config.value) == (512, 512, 256, 256)
    with torch.device("meta"):
        model = ANNN(config)
    assert model.fusion["5"].fuse.weight.shape == (2048, 4096, 1, 1)
    assert model.reduce[0].weight.shape == (512, 2048, 3, 3)
    assert model.fusion["5"].branches[0].key[0].weight.shape == (256, 1024, 1, 1)


def test_variants_differ_only_by_their_blocks():
    names = {v: {n for n, _ in ANNN(variant(SMALL, v)).named_parameters()} for v in VARIANTS}
    fusion = {n for n in names["Full"] if n.startswith("fusion")}
    context = {n for n in names["Full"] if n.startswith("context")}
    assert names["+AFNB"] == names["Baseline"] | fusion
    assert names["+APNB"] == names["Baseline"] | context
    assert names["Full"] == names["Baseline"] | fusion | context
    assert fusion and context


def test_attention_is_what_the_network_computed():
    config = ModelConfig(classes=5, depth=18, width=8, fuse=((2, 5), (3, 4), (4, 5)))
    model = randomise(ANNN(config)).eval()
    images = torch.randn(2, 3, 64, 96)
    computed = {}

    def record(name):
        return lambda module, args, out: computed.__setitem__(name, out[0])

    model.fusion["4"].branches[0].register_forward_hook(record("afnb 3&4"))
    model.fusion["5"].branches[0].register_forward_hook(record("afnb 2&5"))
    model.fusion["5"].branches[1].register_forward_hook(record("afnb 4&5"))
    model.context.branch.register_forward_hook(record("apnb"))
    with torch.no_grad():
        model(images)
        used = dict(computed)
        found = model.attention(images)
    assert found.keys() == used.keys()
    for name, attention in found.items():
        torch.testing.assert_close(attention.weights, used[name], rtol=0, atol=1e-6)
        assert attention.query_grid == (8, 12)
        assert attention.value_grid == ((16, 24) if name == "afnb 2&5" else (8, 12))
        assert attention.weights.shape == (2, 96, 110)


@pytest.mark.parametrize("context", [*CONTEXTS, None])
def test_samplings_are_those_of_the_attention(context):
    model = ANNN(replace(SMALL, fuse=((2, 5), (3, 4), (4, 5)), context=context, pyramid=(1, 2))).eval()
    found = model.attention(torch.randn(1, 3, 64, 96))
    samplings = model.samplings()
    assert list(found) == list(samplings)
    for name, attention in found.items():
        assert attention.sampling == samplings[name]
        assert attention.weights.shape[2] == samplings[name].count(attention.value_grid)


def test_attention_under_autocast_is_that_of_the_autocast_forward():
    model = randomise(ANNN(SMALL)).eval()
    images = torch.randn(1, 3, 64, 96)
    computed = {}
    model.context.branch.register_forward_hook(lambda module, args, out: computed.__setitem__("apnb", out[0]))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        model(images)
        used = computed["apnb"]
        found = model.attention(images)["apnb"].weights
    torch.testing.assert_close(found, used, rtol=0, atol=1e-6)


def test_channels_last_computes_the_same():
    model = randomise(ANNN(SMALL)).eval()
    images = torch.randn(2, 3, 64, 80)
    with torch.no_grad():
        expected = model(images).main
        found = model.to(memory_format=torch.channels_last)(images.contiguous(memory_format=torch.channels_last)).main
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4 * expected.abs().max().item())


def test_the_head_is_mmsegmentations():
    """Its ANNHead, fed two maps: AFNB, 3x3, APNB and classifier in our modules, outputs and input gradients to 1e-9."""
    with safe_open(VECTORS / "mmseg_ann_head_11x13.safetensors", "pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    config = ModelConfig(
        classes=5, depth=18, width=3, head=16, key=12, value=12, conv_bias=False, dropout=0.0, align_corners=False
    )
    model = ANNN(config).double()
    # The vectors' maps have 20 and 28 channels, which no backbone here gives; only the head is under test.
    model.fusion["5"] = AFNB(low=[20], high=28, out=28, key=12, value=12, dropout=0.0, bias=False).double()
    model.reduce[0] = torch.nn.Conv2d(28, 16, 3, padding=1, bias=False).double()
    names = {
        "h.fusion.stages.0.key_project.conv": "fusion.5.branches.0.key.0",
        "h.fusion.stages.0.key_project.bn": "fusion.5.branches.0.key.1",
        "h.fusion.stages.0.query_project.conv": "fusion.5.branches.0.query.0",
        "h.fusion.stages.0.query_project.bn": "fusion.5.branches.0.query.1",
        "h.fusion.stages.0.value_project": "fusion.5.branches.0.value",
        "h.fusion.stages.0.out_project": "fusion.5.branches.0.W",
        "h.fusion.bottleneck.conv": "fusion.5.fuse",
        "h.fusion.bottleneck.bn": "fusion.5.bn",
        "h.bottleneck.conv": "reduce.0",
        "h.bottleneck.bn": "reduce.1",
        "h.context.stages.0.key_project.conv": "context.branch.key.0",
        "h.context.stages.0.key_project.bn": "context.branch.key.1",
        "h.context.stages.0.value_project": "context.branch.value",
        "h.context.stages.0.out_project": "context.branch.W",
        "h.context.bottleneck.conv": "context.fuse",
        "h.context.bottleneck.bn": "context.bn",
        "h.conv_seg": "classifier.1",
    }
    state = {}
    for key, tensor in part(tensors, "weight/").items():
        stem, _, leaf = key.rpartition(".")
        if stem in names:
            state[f"{names[stem]}.{leaf}"] = tensor
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected
    assert all(name.startswith(("backbone", "auxiliary")) for name in missing)

    def head(low, high):
        return model.classifier(model.context(model.reduce(model.fusion["5"]([low], high))))

    low, high = tensors["input/low"].requires_grad_(), tensors["input/high"].requires_grad_()
    close = {"rtol": 0, "atol": 1e-9}
    model.eval()
    with torch.no_grad():
        torch.testing.assert_close(head(low, high), tensors["output/eval"], **close)
    model.train()
    out = head(low, high)
    torch.testing.assert_close(out, tensors["output/train"], **close)
    (out * tensors["cotangent"]).sum().backward()
    torch.testing.assert_close(low.grad, tensors["grad_input/low"], **close)
    torch.testing.assert_close(high.grad, tensors["grad_input/high"], **close)
    ours = {name: p.grad for name, p in model.named_parameters()}
    for key, grad in part(tensors, "grad_weight/").items():
        stem, _, leaf = key.rpartition(".")
        torch.testing.assert_close(ours[f"{names[stem]}.{leaf}"], grad, **close)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"fuse": ((5, 4),)}, "5 & 4 does not exist"),
        ({"fuse": ((6, 5),)}, "6 & 5 does not exist"),
        ({"fuse": ((4, 5), (4, 5))}, "given twice"),
        ({"fuse": ((3, 4),)}, "changes Stage4"),
        ({"context": "dense"}, "context='dense'"),
        ({"pyramid": ()}, "pyramid"),
        ({"pooling": "median"}, "pooling='median'"),
        ({"classes": 0}, "classes=0"),
    ],
)
def test_impossible_networks_are_refused_by_name(settings, named):
    with pytest.raises(ConfigError, match=named):
        ModelConfig(**{"classes": 5, "depth": 18} | settings)


def test_an_unknown_depth_is_refused():
    with pytest.raises(ConfigError, match="depth=19"):
        ANNN(ModelConfig(classes=5, depth=19))


def test_an_unknown_variant_is_refused():
    with pytest.raises(ConfigError, match=r"\+Both"):
        variant(SMALL, "+Both")


def test_positions_of_a_map_are_row_major():
    x = torch.arange(6.0).view(1, 1, 2, 3)
    assert tokens(x).flatten().tolist() == [0, 1, 2, 3, 4, 5]


def test_features_classified_are_the_prediction():
    model = ANNN(ModelConfig(classes=5, depth=18, width=8)).eval()
    images = torch.randn(1, 3, 48, 64)
    expected = model(images).main
    torch.testing.assert_close(model.classify(model.features(images), (48, 64)), expected)
