"""What is counted is what the formulas say, and memory is what the tensors take."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from annn.attention import POOLINGS, Sampling, respond
from annn.blocks import AFNB, APNB, AsymmetricAttention
from annn.efficiency import cost, textbook
from annn.efficiency.case import Case
from annn.efficiency.fold import fold
from annn.efficiency.forms import forms, inputs
from annn.errors import ConfigError
from annn.model import ANNN, ModelConfig

grids = st.tuples(st.integers(3, 20), st.integers(3, 20))


def maps(channels, grid):
    return torch.empty(1, channels, *grid, device="meta")


@settings(max_examples=15)
@given(
    grid=grids,
    pyramid=st.sampled_from([(1, 3, 6, 8), (2,), (1, 4), None]),
    pooling=st.sampled_from(POOLINGS),
    shared=st.booleans(),
)
def test_the_formula_of_a_block_is_what_pytorch_counts(grid, pyramid, pooling, shared):
    sampling = Sampling(pyramid=pyramid, pooling=pooling)
    widths = {"low": 12, "high": 12, "out": 20, "key": 6, "value": 5}
    with torch.device("meta"):
        branch = AsymmetricAttention(**widths, sampling=sampling, sharing="query=key" if shared else "none")
        dense = AsymmetricAttention(
            **widths, sampling=Sampling(pyramid=None), sharing="query=key" if shared else "none"
        )
    x, y = maps(12, grid), maps(20, grid)
    known = {**widths, "sampling": sampling, "shared": shared}
    for form, call in {
        "ours": lambda: respond(*branch.eval()(x, x), y),
        "textbook": lambda: textbook.response(branch.eval(), x, x),
        "dense": lambda: textbook.response(dense.eval(), x, x),
    }.items():
        expected = sum(cost.attention_steps(form, grid, **known).values())
        assert cost.multiply_adds(call) == expected, form


@pytest.mark.parametrize("form", cost.FORMS)
@pytest.mark.parametrize("grid", [(9, 13), (24, 17)])
def test_the_formula_of_the_head_is_what_pytorch_counts(form, grid):
    case = Case(level="head", grid=grid, channels=256, forms=tuple({"textbook", form}))
    ways = forms(case, "meta")
    module = ways["textbook"].module
    counted = cost.multiply_adds(lambda: ways[form].function(*inputs(case, "meta")))
    assert isinstance(module, ANNN)
    assert sum(cost.head_steps(form, grid, module.config, {4: 128, 5: 256}).values()) == counted


def test_the_head_of_the_paper_costs_what_the_facts_say():
    config = ModelConfig(classes=19)
    stages = {4: 1024, 5: 2048}
    work = {form: cost.head_steps(form, (97, 97), config, stages) for form in cost.FORMS}
    assert work["textbook"]["AFNB fuse"] / 1e9 == pytest.approx(78.9, abs=0.05)
    assert work["textbook"]["3x3 convolution"] / 1e9 == pytest.approx(88.8, abs=0.05)
    assert work["dense"]["AFNB attention"] / 1e9 == pytest.approx(45.3, abs=0.05)
    assert sum(work["textbook"].values()) / 1e9 == pytest.approx(194, abs=1)
    assert sum(work["folded"].values()) / 1e9 == pytest.approx(106, abs=1.5)


@pytest.mark.parametrize(("grid", "printed"), [((96, 96), 58.0), ((128, 128), 163.3), ((128, 256), 601.4)])
def test_the_papers_accounting_gives_the_papers_numbers(grid, printed):
    assert cost.paper_accounting(grid) == pytest.approx(printed, abs=0.15)  # the script also counts biases and norms


def test_below_110_positions_the_asymmetric_block_is_the_dearer_one():
    known = {"low": 512, "high": 512, "out": 512, "key": 256, "value": 256, "sampling": Sampling(), "shared": True}
    attention = {
        (form, grid): cost.attention_steps(form, grid, **known)["attention"]
        for form in ("dense", "textbook")
        for grid in ((10, 10), (11, 11))
    }
    assert attention["textbook", (10, 10)] > attention["dense", (10, 10)]
    assert attention["textbook", (11, 11)] < attention["dense", (11, 11)]


def test_memory_follows_what_is_held_at_once():
    x = torch.ones(1000)  # 4000 bytes, there before

    def chain():
        y = x + 1
        y = y + 1  # two at once, then one
        return y[:10] * 1

    out, memory = cost.memory(chain)
    assert out.shape == (10,)
    assert memory == cost.Memory(peak=8000, temporary=8000)


def test_memory_knows_views_and_what_is_returned():
    x = torch.ones(1000)
    _, memory = cost.memory(lambda: (x + 1).view(10, 100))
    assert memory == cost.Memory(peak=4000, temporary=0)
    _, nothing = cost.memory(lambda: x.view(10, 100))
    assert nothing == cost.Memory(peak=0, temporary=0)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: F.scaled_dot_product_attention(*[x.flatten(2).mT] * 3),  # no dimension of heads: the plain products
        lambda x: F.interpolate(x, (40, 40), mode="bilinear", align_corners=True),
        lambda x: F.linear(x.mT, x[0, 0]) @ x,
    ],
)
def test_inference_mode_hides_nothing_that_an_operator_holds_inside(call):
    x = torch.randn(1, 8, 16, 16)
    with torch.no_grad():
        expected, memory = cost.memory(lambda: call(x))
    with torch.inference_mode():
        found, same = cost.memory(lambda: call(x))
    assert same == memory and torch.equal(found, expected)


def test_memory_counts_what_is_kept_for_the_backward_pass():
    x = torch.ones(1000, requires_grad=True)
    _, alone = cost.memory(lambda: x.detach().exp().exp())
    _, kept = cost.memory(lambda: x.exp().exp())
    assert alone.temporary == 4000  # the first exp is gone with the second
    assert kept.temporary == 4000  # still there afterwards
    (_, step) = cost.memory(lambda: x.exp().exp().sum().backward())
    assert step.peak >= 3 * 4000  # two kept, and at least one gradient


@pytest.mark.parametrize("block", [APNB(channels=16, key=8, value=8), AFNB(low=[8], high=16, out=16, key=8, value=8)])
def test_a_dry_run_on_meta_takes_the_memory_of_the_real_one(block):
    found = []
    for device in ("cpu", "meta"):
        block = block.to(device)
        arguments = [torch.zeros(2, c, 12, 10, device=device) for c in ([16] if isinstance(block, APNB) else [8, 16])]

        def step(block=block, arguments=arguments):
            out = block(*arguments) if len(arguments) == 1 else block(arguments[:1], arguments[1])
            out.sum().backward()
            block.zero_grad()

        step()  # what is kept from call to call, the pyramid's matrices, is made before
        found.append(cost.memory(step)[1])
    assert found[0] == found[1]


@pytest.mark.parametrize("context", cost.CONTEXTS)
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("form", ["textbook", "ours", "folded"])
def test_the_formula_of_each_context_block_is_what_pytorch_counts(context, pooling, form):
    config = ModelConfig(classes=5, depth=18, width=8, context=context, pooling=pooling)
    grid, stages = (9, 13), {4: 32, 5: 64}
    with torch.device("meta"):
        model = ANNN(config).eval()
    given = {4: maps(32, grid), 5: maps(64, grid)}
    scores = fold(model).scores if form == "folded" else model.scores
    counted = cost.multiply_adds(lambda: textbook.head(model, given) if form == "textbook" else scores(given))
    assert sum(cost.head_steps(form, grid, config, stages).values()) == counted


def test_a_context_block_without_a_formula_is_refused(monkeypatch):
    monkeypatch.setattr(cost, "CONTEXTS", {})
    with pytest.raises(ConfigError, match=r"context='apnb'.*Use `multiply_adds`"):
        cost.head_steps("ours", (9, 9), ModelConfig(classes=3), {4: 8, 5: 16})


def test_forms_without_a_formula_are_refused():
    with pytest.raises(ConfigError, match="closed forms"):
        cost.head_steps("ours", (9, 9), ModelConfig(classes=3, fuse=()), {4: 8, 5: 16})
    with pytest.raises(ConfigError, match="form='folded'"):
        cost.attention_steps("folded", (9, 9), low=8, high=8, out=8, key=4, value=4, sampling=Sampling(), shared=False)
