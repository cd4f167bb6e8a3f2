"""Upsampling by matrices is bilinear interpolation."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from annn.upsample import interpolation_matrix, upsample

lengths = st.integers(1, 20)


@given(grid=st.tuples(lengths, lengths), size=st.tuples(lengths, lengths), align_corners=st.booleans())
def test_it_is_bilinear_interpolation_of_any_size(grid, size, align_corners):
    x = torch.randn(2, 3, *grid, dtype=torch.float64)
    expected = F.interpolate(x, size, mode="bilinear", align_corners=align_corners)
    torch.testing.assert_close(upsample(x, size, align_corners), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("align_corners", [True, False])
def test_gradients_are_interpolations_too(align_corners):
    x = torch.randn(1, 2, 5, 7, dtype=torch.float64, requires_grad=True)
    y = x.detach().clone().requires_grad_()
    weight = torch.randn(1, 2, 33, 49, dtype=torch.float64)
    (upsample(x, (33, 49), align_corners) * weight).sum().backward()
    (F.interpolate(y, (33, 49), mode="bilinear", align_corners=align_corners) * weight).sum().backward()
    torch.testing.assert_close(x.grad, y.grad)


@given(length=lengths, size=lengths, align_corners=st.booleans())
def test_weights_of_a_position_sum_to_one(length, size, align_corners):
    matrix = interpolation_matrix(length, size, align_corners)
    torch.testing.assert_close(matrix.sum(1), torch.ones(size, dtype=torch.float64))


def test_logits_stay_float32_under_autocast():
    x = torch.randn(1, 3, 4, 6)
    with torch.autocast("cpu", torch.bfloat16):
        out = upsample(x, (16, 24))
    torch.testing.assert_close(out, F.interpolate(x, (16, 24), mode="bilinear", align_corners=True))
