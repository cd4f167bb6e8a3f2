"""The pyramid is a matrix, and attention over it is exact."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from annn.attention import (
    POOLINGS,
    PYRAMID,
    Attention,
    Sampling,
    add_response,
    attention_weights,
    averaging_matrix,
    max_anchors,
    pool_anchors,
    pyramid_matrix,
    random_matrix,
    random_positions,
    respond,
    tokens,
)
from annn.errors import ConfigError

grids = st.tuples(st.integers(1, 20), st.integers(1, 20))


def adaptive(x, sizes):
    return torch.cat([F.adaptive_avg_pool2d(x, s).flatten(2) for s in sizes], dim=2).mT


@given(grid=grids)
def test_the_matrix_is_adaptive_average_pooling(grid):
    x = torch.randn(2, 3, *grid, dtype=torch.float64)
    torch.testing.assert_close(pyramid_matrix(PYRAMID, grid) @ tokens(x), adaptive(x, PYRAMID), rtol=0, atol=1e-13)


@given(grid=grids, channels_last=st.booleans(), channels=st.integers(1, 5))
def test_pooling_axis_by_axis_is_the_matrix_in_both_layouts(grid, channels_last, channels):
    x = torch.randn(2, channels, *grid, dtype=torch.float64)
    x = x.contiguous(memory_format=torch.channels_last if channels_last else torch.contiguous_format)
    expected = pyramid_matrix(PYRAMID, grid) @ tokens(x)
    torch.testing.assert_close(pool_anchors(x, PYRAMID), expected, rtol=0, atol=1e-13)


def test_one_anchor_is_the_mean():
    x = torch.randn(2, 4, 5, 7, dtype=torch.float64)
    torch.testing.assert_close(pool_anchors(x, (1,))[:, 0], x.mean((2, 3)))


@given(grid=grids)
def test_rows_of_the_matrix_sum_to_one(grid):
    matrix = pyramid_matrix(PYRAMID, grid)
    assert matrix.shape == (110, grid[0] * grid[1])
    torch.testing.assert_close(matrix.sum(1), torch.ones(110, dtype=torch.float64), rtol=0, atol=1e-13)


@given(grid=grids)
def test_max_anchors_are_the_largest_values_of_their_cells(grid):
    x = torch.randn(2, 3, *grid)
    cells = pyramid_matrix((1, 3), grid) > 0
    expected = torch.stack([tokens(x)[:, cell].amax(1) for cell in cells], dim=1)
    torch.testing.assert_close(max_anchors(x, (1, 3)), expected, rtol=0, atol=0)


@given(grid=grids, anchors=st.integers(1, 120), seed=st.integers(0, 3))
def test_drawn_anchors_are_a_fixed_draw_that_spreads_over_all_positions(grid, anchors, seed):
    chosen = random_positions(anchors, grid, seed)
    assert chosen.shape == (anchors,)
    torch.testing.assert_close(chosen, random_positions.__wrapped__(anchors, grid, seed))
    times = torch.bincount(chosen, minlength=grid[0] * grid[1])
    assert times.max() - times.min() <= 1
    matrix = random_matrix(anchors, grid, seed)
    torch.testing.assert_close(matrix @ torch.arange(grid[0] * grid[1]).double(), chosen.double())


def test_another_seed_draws_other_anchors():
    assert not random_positions(110, (16, 32), 0).equal(random_positions(110, (16, 32), 1))


@given(
    grid=grids,
    pyramid=st.sampled_from([PYRAMID, (1,), (2, 5), None]),
    pooling=st.sampled_from(POOLINGS),
    seed=st.integers(0, 3),
)
def test_sampling_is_its_matrix_wherever_it_is_linear(grid, pyramid, pooling, seed):
    sampling = Sampling(pyramid=pyramid, pooling=pooling, seed=seed)
    x = torch.randn(2, 3, *grid, dtype=torch.float64)
    anchors = sampling.pool(x)
    assert anchors.shape == (2, sampling.count(grid), 3)
    assert torch.equal(torch.cat([anchors[:, level] for level in sampling.levels(grid)], dim=1), anchors)
    assert sampling.linear == (pyramid is None or pooling != "max")
    if sampling.linear:
        torch.testing.assert_close(sampling.matrix(grid) @ tokens(x), anchors, rtol=0, atol=1e-13)
    else:
        torch.testing.assert_close(anchors, max_anchors(x, pyramid), rtol=0, atol=0)


def test_without_a_pyramid_every_position_is_an_anchor():
    for pooling in POOLINGS:
        dense = Sampling(pyramid=None, pooling=pooling)
        x = torch.randn(1, 3, 4, 5)
        assert torch.equal(dense.pool(x), tokens(x))
        assert (dense.count((4, 5)), dense.levels((4, 5))) == (20, [slice(0, 20)])
        assert dense.dense and not dense.drawn


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"pooling": "median"}, r"pooling='median' is not known; choose one of 'average', 'max', 'random'"),
        ({"pyramid": ()}, r"pyramid=\(\); expected grid sizes of at least 1"),
        ({"pyramid": (1, 0)}, r"pyramid=\(1, 0\)"),
    ],
)
def test_a_sampling_that_does_not_exist_is_refused(fields, named):
    with pytest.raises(ConfigError, match=named):
        Sampling(**fields)


def test_max_pooled_anchors_have_no_weights_on_positions():
    weights = torch.softmax(torch.randn(1, 6, 110), dim=-1)
    found = Attention(weights=weights, query_grid=(2, 3), value_grid=(7, 9), sampling=Sampling(pooling="max"))
    with pytest.raises(ConfigError, match=r"pooling='max'.*expected 'average' or 'random'"):
        found.on_positions()
    assert len(found.levels()) == 4


def test_drawn_anchors_on_positions():
    weights = torch.softmax(torch.randn(1, 6, 10), dim=-1)
    sampling = Sampling(pyramid=(1, 3), pooling="random")
    found = Attention(weights=weights, query_grid=(2, 3), value_grid=(7, 9), sampling=sampling)
    spread = found.on_positions()
    torch.testing.assert_close(spread.flatten(2)[..., random_positions(10, (7, 9))], weights)
    assert found.levels() == [slice(0, 10)]


def test_pooling_can_be_trained_through_after_inference_mode():
    with torch.inference_mode():
        pool_anchors(torch.randn(1, 2, 9, 9), PYRAMID)
    x = torch.randn(1, 2, 9, 9, requires_grad=True)
    pool_anchors(x, PYRAMID).sum().backward()
    assert x.grad is not None


def test_attention_does_not_depend_on_the_order_of_anchors():
    query, key, value = torch.randn(1, 6, 4), torch.randn(1, 5, 4), torch.randn(1, 5, 3)
    order = torch.tensor([3, 0, 4, 1, 2])
    shuffled = attention_weights(query, key[:, order]) @ value[:, order]
    torch.testing.assert_close(attention_weights(query, key) @ value, shuffled)


def test_equal_keys_attend_evenly():
    weights = attention_weights(torch.randn(2, 7, 4), torch.ones(2, 5, 4))
    torch.testing.assert_close(weights, torch.full((2, 7, 5), 0.2))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_respond_is_the_product_laid_out_like_the_map(layout):
    weights, anchors = torch.rand(2, 12, 5), torch.randn(2, 5, 6)
    like = torch.empty(2, 6, 3, 4).contiguous(memory_format=layout)
    out = respond(weights, anchors, like)
    torch.testing.assert_close(tokens(out), weights @ anchors)
    assert out.is_contiguous(memory_format=layout)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_add_response_is_the_sum_in_the_maps_layout(layout):
    weights, anchors = torch.rand(2, 12, 5), torch.randn(2, 5, 6)
    x = torch.randn(2, 6, 3, 4).contiguous(memory_format=layout)
    before = x.clone()
    out = add_response(x, weights, anchors)
    torch.testing.assert_close(out, x + respond(weights, anchors, x))
    assert out.is_contiguous(memory_format=layout)
    assert torch.equal(x, before)


def test_weights_on_positions_are_the_anchors_spread_by_the_matrix():
    weights = torch.softmax(torch.randn(2, 6, 110, dtype=torch.float64), dim=-1)
    found = Attention(weights=weights, query_grid=(2, 3), value_grid=(7, 9), sampling=Sampling())
    x = torch.randn(2, 4, 7, 9, dtype=torch.float64)
    through_anchors = weights @ adaptive(x, PYRAMID)
    through_positions = torch.einsum("bqhw,bchw->bqc", found.on_positions(), x)
    torch.testing.assert_close(through_positions, through_anchors)
    torch.testing.assert_close(found.on_positions(torch.tensor([4]))[:, 0], found.on_positions()[:, 4])
    assert [s.stop - s.start for s in found.levels()] == [1, 9, 36, 64]


@settings(max_examples=20)
@given(cells=st.integers(-2, 0), length=st.integers(-2, 3))
def test_an_empty_grid_is_refused(cells, length):
    with pytest.raises(ConfigError, match="at least 1"):
        averaging_matrix(cells, length)
