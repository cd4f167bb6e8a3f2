"""Effects of single anchors: equal to forward passes of the network without them."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import softmax

from annn.analysis.effects import CONVENTIONS, Rectangle, anchors_of, effects, head, inside, without
from annn.attention import Sampling
from annn.efficiency.fold import fold_block
from annn.errors import ConfigError
from annn.model import ANNN, ModelConfig

CONFIG = ModelConfig(
    classes=5, depth=18, width=8, fuse=((3, 5), (4, 5)), pyramid=(1, 2, 3), head=16, auxiliary=8, key=8, value=8
)
BOUND = {torch.float64: 1e-9, torch.float32: 1e-5}


def network(dtype: torch.dtype = torch.float64, **changes) -> ANNN:
    """Random weights everywhere, the zeros at which W and BN start as well, so that every term counts."""
    torch.manual_seed(0)
    model = ANNN(replace(CONFIG, **changes)).eval()
    for name, tensor in model.state_dict().items():
        if name.startswith(("fusion", "context")) and tensor.is_floating_point():
            torch.nn.init.uniform_(tensor, 0.5, 1.5) if "running_var" in name else torch.nn.init.normal_(
                tensor, std=0.5
            )
    return model.to(dtype)


def pictures(dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(2, 3, 40, 56, generator=torch.Generator().manual_seed(1)).to(dtype)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(
    "changes",
    [
        {"sharing": "none"},
        {"sharing": "query=key"},
        {"sharing": "key=value"},
        {"pooling": "max"},
        {"pooling": "random"},
        {"context": "nonlocal"},
        {"fuse": (), "conv_bias": False},
    ],
    ids=lambda changes: " ".join(f"{key} {value}" for key, value in changes.items()),
)
def test_effects_are_those_of_forward_passes_without_each_anchor(changes, dtype, convention):
    model, images = network(dtype, **changes), pictures(dtype)
    block = str(model.config.context)
    grid = model.attention(images)[block].query_grid
    queries = torch.tensor([0, 7, grid[0] * grid[1] - 1])
    found = effects(model, images, queries, convention)
    scores = model(images, grid).main.flatten(2).mT
    count = model.samplings()[block].count(grid)
    assert found.shape == (2, 3, count, 5)
    assert found.abs().amax() > 0.01
    for anchor in range(count):
        masked = without(model, images, {block: [anchor]}, convention, grid).flatten(2).mT
        difference = (scores - masked)[:, queries]
        assert (found[:, :, anchor] - difference).abs().max() <= BOUND[dtype] * scores.abs().max().clamp_min(1)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_sets_of_anchors_recomputed_from_the_head_are_those_of_forward_passes(convention):
    model, images = network(), pictures()
    found = head(model, images)
    for off in ([], [0], [1, 4, 9], list(range(1, 14)), list(range(14))):
        expected = without(model, images, {"apnb": off}, convention, (5, 7)).flatten(2).mT
        torch.testing.assert_close(found.scores(torch.tensor(off, dtype=torch.long), convention), expected)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_without_nothing_nothing_changes_and_without_all_a_position_is_left_with_its_own(convention):
    model, images = network(), pictures()
    nothing: dict = {name: [] for name in model.samplings()}
    torch.testing.assert_close(without(model, images, nothing, convention), model(images).main)

    x = model.reduce(model.features(images))
    own = torch.relu(model.context.terms(x).own)
    scores = (own @ model.classifier[1].weight.flatten(1).T + model.classifier[1].bias).mT
    alone = without(model, images, {"apnb": "all"}, convention, (5, 7)).flatten(2)
    torch.testing.assert_close(alone, scores)


def test_the_only_anchor_leaves_nothing_to_scale_up():
    model, images = network(pyramid=(1,)), pictures()
    both = [effects(model, images, None, convention) for convention in CONVENTIONS]
    torch.testing.assert_close(*both)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("block", ["afnb 3&5", "afnb 4&5", "apnb"])
def test_a_level_is_its_anchors_and_the_whole_rectangle_is_all_of_them(block, convention):
    model, images = network(), pictures()
    level = without(model, images, {block: "2x2"}, convention)
    torch.testing.assert_close(level, without(model, images, {block: [1, 2, 3, 4]}, convention))
    every = without(model, images, {block: "all"}, convention)
    assert (every - model(images).main).abs().max() > 1e-3
    whole = Rectangle(top=0, left=0, bottom=1, right=1)
    torch.testing.assert_close(without(model, images, {block: whole}, convention), every)


@pytest.mark.parametrize("changes", [{}, {"sharing": "key=value"}, {"pooling": "random"}], ids=str)
def test_a_rectangle_takes_its_positions_out_of_every_anchor(changes):
    """Judged by the dense form: weights on positions, of which those inside are zero."""
    model, images = network(**changes), pictures()
    rectangle = Rectangle(top=0.2, left=0, bottom=0.8, right=3 / 7)  # rows 1 to 3, columns 0 to 2 of 5 x 7
    inside_it = torch.zeros(5, 7, dtype=torch.bool)
    inside_it[1:4, :3] = True
    x = model.reduce(model.features(images))
    branch, terms = model.context.branch, model.context.terms(x)
    values = branch.key(x) if branch.value is None else branch.value(x)
    context = model.context.fuse.weight[:, :16].flatten(1)
    scale = model.context.bn.weight / (model.context.bn.running_var + model.context.bn.eps).sqrt()
    answers = (branch.W(values).flatten(2).mT @ context.T) * scale
    weights = model.attention(images)["apnb"].on_positions().flatten(2)
    for convention in CONVENTIONS:
        kept = weights.masked_fill(inside_it.flatten(), 0)
        kept = kept if convention == "removed" else kept / kept.sum(2, keepdim=True)
        hidden = torch.relu(terms.own + kept @ answers)
        scores = hidden @ model.classifier[1].weight.flatten(1).T + model.classifier[1].bias
        found = without(model, images, {"apnb": rectangle}, convention, (5, 7)).flatten(2).mT
        torch.testing.assert_close(found, scores)


def test_anchors_inside_a_rectangle_lie_in_it_by_half_at_least():
    attention = network().attention(pictures())["apnb"]
    left = inside(attention, Rectangle(top=0, left=0, bottom=1, right=0.5))
    assert left == [0, 1, 3, 5, 6, 8, 9, 11, 12]  # exactly half of the image and of the middle column of 3x3
    assert inside(attention, Rectangle(top=0, left=0, bottom=0.1, right=0.1)) == []


def test_a_folded_block_has_the_same_terms():
    model, images = network(), pictures()
    x = model.reduce(model.features(images))
    for ours, folded in zip(model.context.terms(x), fold_block(model.context).terms(x), strict=True):
        torch.testing.assert_close(ours, folded)


def test_the_network_is_as_before_afterwards_and_after_an_error():
    model, images = network(), pictures()
    before = model(images).main
    without(model, images, {"apnb": "all"})
    with pytest.raises(ConfigError):
        without(model, images, {"afnb 4&5": [0], "apnb": [99]})
    torch.testing.assert_close(model(images).main, before, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x: effects(m, x, convention="softly"), r"convention='softly' is not known; choose one of 'removed'"),
        (lambda m, x: without(m, x, {"apnb": [0]}, "softly"), r"convention='softly'"),
        (lambda m, x: without(m, x, {"afnb 2&5": [0]}), r"no block 'afnb 2&5'; expected 'afnb 3&5' or 'afnb 4&5'"),
        (lambda m, x: without(m, x, {"apnb": "8x8"}), r"'8x8' is no level of this block; expected 'all', '1x1', '2x2'"),
        (lambda m, x: without(m, x, {"apnb": [14]}), r"no anchor 14; this block has 14, counted from 0"),
        (lambda m, x: effects(network(context=None), x), r"context=None: effects are those of the anchors of APNB"),
        (
            lambda m, x: without(network(pooling="max"), x, {"apnb": Rectangle(top=0, left=0, bottom=1, right=1)}),
            r"pooling='max'",
        ),
        (lambda m, x: Rectangle(top=0, left=0.5, bottom=1, right=0.5), r"Rectangle: found .* left=0.5, .* right=0.5"),
        (lambda m, x: m.train().context.terms(torch.zeros(1, 16, 4, 4)), r"training mode, where BN is not linear"),
    ],
)
def test_what_is_not_there_is_refused_by_name(call, message):
    with pytest.raises(ConfigError, match=message):
        call(network(), pictures())


def test_a_level_of_drawn_anchors_is_refused():
    with pytest.raises(ConfigError, match="no level"):
        anchors_of("3x3", Sampling(pooling="random"), (4, 4))


def test_effects_of_scores_add_up_where_the_relu_is_linear():
    """With a ReLU that is open everywhere, removing all anchors one by one removes their whole response."""
    model, images = network(), pictures()
    model.context.bn.bias.data += 100
    found = head(model, images)
    total = found.effects(None, "removed").sum(2)
    torch.testing.assert_close(total, found.scores() - found.scores(torch.arange(14)))


def test_weights_sum_to_one_again_when_renormalised():
    from annn.analysis.effects import kept_weights

    weights = softmax(torch.randn(1, 6, 5, dtype=torch.float64), 2)
    keep = torch.tensor([True, False, True, True, False])
    kept = kept_weights(weights, keep, "renormalised")
    torch.testing.assert_close(kept.sum(2), torch.ones(1, 6, dtype=torch.float64))
    assert (kept[..., ~keep] == 0).all()
