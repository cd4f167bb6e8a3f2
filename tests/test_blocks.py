"""Our blocks are the authors' blocks: their vectors, the textbook formulation, and what the blocks must not do."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

from annn.attention import POOLINGS, Sampling, pyramid_matrix, tokens
from annn.blocks import AFNB, APNB, SHARING, NonLocal
from annn.efficiency import textbook
from annn.errors import ConfigError

VECTORS = Path(__file__).parent / "vectors"
AFNB_KEYS = {
    "stages.0.f_key.0": "branches.0.key.0",
    "stages.0.f_key.1.0": "branches.0.key.1",
    "stages.0.f_query.0": "branches.0.query.0",
    "stages.0.f_query.1.0": "branches.0.query.1",
    "stages.0.f_value": "branches.0.value",
    "stages.0.W": "branches.0.W",
    "conv_bn_dropout.0": "fuse",
    "conv_bn_dropout.1": "bn",
}
APNB_KEYS = {
    "stages.0.f_key.0": "branch.key.0",
    "stages.0.f_key.1.0": "branch.key.1",
    "stages.0.f_value": "branch.value",
    "stages.0.W": "branch.W",
    "conv_bn_dropout.0": "fuse",
    "conv_bn_dropout.1.0": "bn",
}


def read(name):
    with safe_open(VECTORS / f"{name}.safetensors", "pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (safe_open is no mapping)
        return tensors, {k: v for k, v in file.metadata().items() if k != "block"}


def part(tensors, prefix):
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def renamed(state, names):
    out = {}
    for key, tensor in state.items():
        stem, _, leaf = key.rpartition(".")
        if stem in names:
            out[f"{names[stem]}.{leaf}"] = tensor
    return out


def check(block, call, tensors, names):
    """Outputs in both modes, and every gradient, to 1e-9 in float64."""
    block.double().load_state_dict(renamed(part(tensors, "weight/"), names))
    inputs = {k: v.requires_grad_() for k, v in part(tensors, "input/").items()}
    close = {"rtol": 0, "atol": 1e-9}
    with torch.no_grad():
        torch.testing.assert_close(call(block.eval(), inputs), tensors["output/eval"], **close)
    out = call(block.train(), inputs)
    torch.testing.assert_close(out, tensors["output/train"], **close)
    (out * tensors["cotangent"]).sum().backward()
    for name, x in inputs.items():
        torch.testing.assert_close(x.grad, tensors[f"grad_input/{name}"], **close)
    expected = renamed(part(tensors, "grad_weight/"), names)
    ours = {name: p.grad for name, p in block.named_parameters()}
    assert ours.keys() == expected.keys()
    for name, grad in ours.items():
        torch.testing.assert_close(grad, expected[name], **close, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("name", ["authors_afnb_11x13", "authors_afnb_6x7", "authors_afnb_two_resolutions"])
def test_afnb_is_the_authors(name):
    tensors, said = read(name)
    block = AFNB(
        low=[int(said["low"])],
        high=int(said["high"]),
        out=int(said["out"]),
        key=int(said["key"]),
        value=int(said["value"]),
        sampling=Sampling(pyramid=tuple(int(s) for s in said["pyramid"].split(","))),
        dropout=0.0,
    )
    check(block, lambda block, inputs: block([inputs["low"]], inputs["high"]), tensors, AFNB_KEYS)


@pytest.mark.parametrize("name", ["authors_apnb_11x13", "authors_apnb_6x7"])
def test_apnb_is_the_authors(name):
    tensors, said = read(name)
    block = APNB(channels=int(said["channels"]), key=int(said["key"]), value=int(said["value"]), dropout=0.0)
    check(block, lambda block, inputs: block(inputs["x"]), tensors, APNB_KEYS)


def randomise(block):
    """Fresh blocks respond with zero; give W and the statistics something to get wrong."""
    for module in block.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.normal_(module.weight, std=module.in_channels**-0.5)
            if module.bias is not None:
                torch.nn.init.normal_(module.bias)
        elif isinstance(module, torch.nn.BatchNorm2d) and module.track_running_stats:
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return block


def assert_same_function(ours, textbook_form, inputs, block):
    """Equal outputs and gradients to 1e-5 of their size, in float32."""
    results = []
    for call in (ours, textbook_form):
        leaves = [x.clone().requires_grad_() for x in inputs]
        block.zero_grad()
        out = call(*leaves)
        out.square().mean().backward()
        results.append([out.detach(), *(x.grad for x in leaves), *(p.grad.clone() for p in block.parameters())])
    largest = max(t.abs().max().item() for t in results[1][1:])
    for mine, his in zip(*results, strict=True):
        scale = max(his.abs().max().item(), largest if mine is not results[0][0] else 0)
        torch.testing.assert_close(mine, his, rtol=0, atol=1e-5 * scale)


sizes = st.tuples(st.integers(2, 14), st.integers(2, 14))


@settings(max_examples=40)
@given(
    grid=sizes,
    lows=st.lists(st.tuples(st.integers(1, 9), sizes), min_size=1, max_size=3),
    layout=st.sampled_from([torch.contiguous_format, torch.channels_last]),
    bias=st.booleans(),
    pooling=st.sampled_from(POOLINGS),
    seed=st.integers(0, 2**31),
)
def test_regrouped_afnb_equals_the_textbook(grid, lows, layout, bias, pooling, seed):
    torch.manual_seed(seed)
    block = AFNB(
        low=[c for c, _ in lows], high=8, out=6, key=4, value=5,
        sampling=Sampling(pooling=pooling), dropout=0.0, bias=bias,
    )  # fmt: skip
    randomise(block).eval()
    maps = [torch.randn(2, c, *size).contiguous(memory_format=layout) for c, size in [*lows, (8, grid)]]
    assert_same_function(lambda *m: block(m[:-1], m[-1]), lambda *m: textbook.afnb(block, m[:-1], m[-1]), maps, block)


@settings(max_examples=40)
@given(
    grid=sizes,
    sharing=st.sampled_from(SHARING),
    pyramid=st.sampled_from([(1, 3, 6, 8), (1,), (2, 5), None]),
    pooling=st.sampled_from(POOLINGS),
    layout=st.sampled_from([torch.contiguous_format, torch.channels_last]),
    seed=st.integers(0, 2**31),
)
def test_regrouped_apnb_equals_the_textbook(grid, sharing, pyramid, pooling, layout, seed):
    torch.manual_seed(seed)
    sampling = Sampling(pyramid=pyramid, pooling=pooling, seed=1)
    block = APNB(channels=8, key=4, value=4, sampling=sampling, sharing=sharing, dropout=0.0)
    randomise(block).eval()
    x = torch.randn(2, 8, *grid).contiguous(memory_format=layout)
    assert_same_function(block, lambda x: textbook.apnb(block, x), [x], block)


def test_anchors_at_every_position_recover_the_dense_block():
    grid = (5, 5)
    asymmetric = randomise(APNB(channels=8, key=4, value=4, sampling=Sampling(pyramid=(5,)), dropout=0.0)).eval()
    dense = NonLocal(channels=8, key=4, value=4, dropout=0.0).eval()
    dense.load_state_dict(asymmetric.state_dict())
    torch.testing.assert_close(pyramid_matrix((5,), grid), torch.eye(25, dtype=torch.float64))
    x = torch.randn(2, 8, *grid)
    torch.testing.assert_close(asymmetric(x), dense(x))


def test_a_fresh_block_responds_with_nothing():
    block = APNB(channels=8, key=4, value=4).eval()
    x = torch.randn(1, 8, 9, 9)
    own = block.fuse.weight[:, 8:]
    expected = torch.relu(block.bn(torch.nn.functional.conv2d(x, own, block.fuse.bias)))
    torch.testing.assert_close(block(x), expected)


def test_a_block_that_starts_as_the_identity_passes_its_map_on():
    torch.manual_seed(0)
    low, high = torch.rand(2, 4, 7, 9), torch.rand(2, 6, 5, 5)  # not negative: APNB ends in a ReLU
    afnb, apnb = AFNB(low=[4], high=6, out=6, key=3, value=3).eval(), APNB(channels=6, key=3, value=3).eval()
    for block, inputs in ((afnb, ([low], high)), (apnb, (high,))):
        block.start_as_identity()
        torch.testing.assert_close(block(*inputs), high, rtol=1e-4, atol=0)  # the BN divides by sqrt(1 + 1e-5)
        torch.nn.init.ones_(block.get_submodule("branches.0" if block is afnb else "branch").W.bias)
        assert not torch.allclose(block(*inputs), high, rtol=1e-2)  # the context half is random: it can learn


def test_every_position_sees_the_whole_map():
    block = randomise(APNB(channels=8, key=4, value=4)).eval()
    x = torch.randn(1, 8, 12, 12, requires_grad=True)
    block(x)[0, :, 0, 0].sum().backward()
    assert x.grad.abs().sum(1).min() > 0


def test_responses_of_several_pairs_are_summed_before_the_fuse_convolution():
    both = randomise(AFNB(low=[4, 6], high=8, out=8, key=4, value=4, dropout=0.0)).eval()
    lows, high = [torch.randn(1, 4, 9, 9), torch.randn(1, 6, 9, 9)], torch.randn(1, 8, 9, 9)
    summed = sum(textbook.response(b, low, high)[0] for b, low in zip(both.branches, lows, strict=True))
    expected = both.bn(both.fuse(torch.cat([summed, high], dim=1)))
    torch.testing.assert_close(both(lows, high), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sharing", SHARING)
def test_reported_attention_is_the_textbooks(sharing):
    block = randomise(APNB(channels=8, key=4, value=4, sharing=sharing)).eval()
    x = torch.randn(2, 8, 10, 12)
    found = block.attention(x)
    torch.testing.assert_close(found.weights, textbook.response(block.branch, x, x)[1])
    torch.testing.assert_close(found.weights.sum(-1), torch.ones(2, 120))
    # and it is what forward multiplies with the anchors' values
    _, anchors = block.branch(x, x)
    context = (found.weights @ anchors).mT.unflatten(2, (10, 12))
    fused = torch.relu(block.bn(block.fuse(torch.cat([context, x], dim=1))))
    torch.testing.assert_close(block(x), fused, rtol=1e-4, atol=1e-4)
    assert tokens(x).shape[1] == found.weights.shape[1]


@pytest.mark.parametrize("pooling", ["average", "random"])
def test_reported_anchors_are_the_matrix_of_the_positions(pooling):
    block = randomise(APNB(channels=8, key=4, value=4, sampling=Sampling(pooling=pooling, seed=3))).eval()
    x = torch.randn(2, 8, 10, 12)
    pooled = block.attention(x).matrix().float() @ tokens(x)
    torch.testing.assert_close(block.sampling.pool(x), pooled)


def test_anchors_drawn_at_every_position_recover_the_dense_block():
    sampling = Sampling(pyramid=(5,), pooling="random")
    drawn = randomise(APNB(channels=8, key=4, value=4, sampling=sampling, dropout=0.0)).eval()
    dense = NonLocal(channels=8, key=4, value=4, dropout=0.0).eval()
    dense.load_state_dict(drawn.state_dict())
    x = torch.randn(2, 8, 5, 5)
    torch.testing.assert_close(drawn(x), dense(x))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"sharing": "all"}, "sharing='all'"),
        ({"sharing": "key=value", "key": 4, "value": 5}, "key=4 and value=5"),
    ],
)
def test_sharing_that_cannot_work_is_refused(settings, named):
    with pytest.raises(ConfigError, match=named):
        APNB(**{"channels": 8, "key": 4, "value": 4} | settings)
