"""Folded equals unfolded, to the border."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_blocks import randomise

from annn.blocks import CONTEXTS, SHARING, ContextBlock
from annn.efficiency import textbook
from annn.efficiency.fold import FoldedANNN, fold, fold_block
from annn.errors import ConfigError
from annn.model import ANNN, ModelConfig

FUSINGS = [(), ((4, 5),), ((3, 5), (4, 5)), ((2, 5), (3, 5), (4, 5)), ((1, 5), (3, 4), (4, 5))]


def built(seed=0, **config):
    torch.manual_seed(seed)
    return randomise(ANNN(ModelConfig(**{"classes": 5, "depth": 18, "width": 8} | config))).eval()


def assert_same_logits(model, images):
    with torch.no_grad():
        expected = model(images).main
        found = fold(model)(images).main
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4 * expected.abs().max().item())
    return expected


@settings(max_examples=25)
@given(
    fuse=st.sampled_from(FUSINGS),
    context=st.sampled_from([*CONTEXTS, None]),
    batch=st.integers(1, 3),
    size=st.tuples(st.integers(17, 70), st.integers(17, 70)),
    bias=st.booleans(),
    seed=st.integers(0, 100),
)
def test_every_variant_and_fusing_at_any_size(fuse, context, batch, size, bias, seed):
    model = built(seed, fuse=fuse, context=context, conv_bias=bias)
    assert_same_logits(model, torch.randn(batch, 3, *size))


@pytest.mark.parametrize("sharing", SHARING)
@pytest.mark.parametrize("stem", ["plain", "deep"])
def test_every_sharing_and_stem(sharing, stem):
    assert_same_logits(built(sharing=sharing, stem=stem), torch.randn(2, 3, 48, 64))


@pytest.mark.parametrize("pooling", ["average", "max", "random"])
def test_every_pooling(pooling):
    assert_same_logits(built(pooling=pooling), torch.randn(2, 3, 48, 64))


class Backwards(torch.nn.Sequential):
    """Runs its parts from the last to the first."""

    def forward(self, x):
        for part in reversed(self):
            x = part(x)
        return x


class Unknown(ContextBlock):
    """Convolutions and BN in every order: behind each other, by name, the other way round, and of a batch."""

    foldable = (("last", "norm"),)

    def __init__(self, *, channels, bias, **unused):
        super().__init__()
        conv, bn = torch.nn.Conv2d, torch.nn.BatchNorm2d
        self.behind = torch.nn.Sequential(conv(channels, 6, 3, padding=1, bias=bias), bn(6), torch.nn.ReLU())
        self.backwards = Backwards(conv(6, channels, 1), bn(6))
        self.batch = torch.nn.Sequential(conv(channels, channels, 1), bn(channels, track_running_stats=False))
        self.first = bn(channels)
        self.last, self.norm = conv(channels, channels, 1, bias=bias), bn(channels)

    def forward(self, x):
        y = self.batch(self.backwards(self.behind(self.first(x))))
        return x + self.norm(self.last(y))


@pytest.mark.parametrize("bias", [True, False])
def test_a_block_that_it_does_not_know_folds_to_the_same_function(monkeypatch, bias):
    monkeypatch.setitem(CONTEXTS, "unknown", Unknown)
    model = built(context="unknown", conv_bias=bias)
    images = torch.randn(2, 3, 48, 64)
    assert_same_logits(model, images)
    kinds = torch.nn.Identity, torch.nn.BatchNorm2d
    folded = fold_block(model.context)
    assert isinstance(folded.behind[1], kinds[0]) and isinstance(folded.norm, kinds[0])
    assert all(isinstance(part, kinds[1]) for part in (folded.first, folded.backwards[1], folded.batch[1]))
    assert list(model.attention(images)) == ["afnb 4&5"]
    with pytest.raises(ConfigError, match="no transcription of Unknown"):
        textbook.network(model, images)


def test_the_border_is_as_exact_as_the_middle():
    model = built(fuse=((3, 5), (4, 5)), context=None).double()
    images = torch.randn(1, 3, 64, 96, dtype=torch.float64)
    with torch.no_grad():
        stages = model.backbone(images)
        expected = model.reduce(model.fusion["5"]([stages[3], stages[4]], stages[5]))
        folded = fold(model)
        again = folded.backbone(images)
        found = folded.reduce([again[3], again[4]], again[5])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10 * expected.abs().max().item())


def test_a_bottleneck_network_folds_too():
    assert_same_logits(built(depth=50, width=8, stem="deep", ceil_mode=True), torch.randn(1, 3, 48, 64))


def test_channels_last_and_autocast_compute_the_same():
    model = built()
    images = torch.randn(2, 3, 64, 80)
    with torch.no_grad():
        expected = model(images).main
        folded = fold(model).to(memory_format=torch.channels_last)
        found = folded(images.contiguous(memory_format=torch.channels_last)).main
        with torch.autocast("cpu", torch.bfloat16):
            rough, unfolded = folded(images).main, model(images).main
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4 * expected.abs().max().item())
    # bfloat16 rounds either way; folding must not make it worse
    assert (rough - expected).square().mean() < 2 * (unfolded - expected).square().mean()


def test_no_batch_norm_and_no_fuse_convolution_of_the_last_afnb_is_left():
    folded = fold(built())
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in folded.modules())
    assert "5" not in folded.fusion
    assert sum(p.numel() for p in folded.parameters()) < sum(p.numel() for p in built().parameters())


def test_the_original_stays_as_it_was():
    model = built()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    fold(model)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    model.train()


def test_it_says_that_it_is_folded_refuses_to_train_and_survives_its_state_dict():
    folded = fold(built(seed=1))
    assert folded.folded and isinstance(folded, FoldedANNN)
    with pytest.raises(ConfigError, match="folded for inference"):
        folded.train()
    with pytest.raises(ConfigError, match="folded already"):
        fold(folded)
    other = fold(built(seed=2))
    other.load_state_dict(folded.state_dict())
    images = torch.randn(1, 3, 40, 56)
    assert torch.equal(other(images).main, folded(images).main)
