"""Image and label stay aligned under every draw, and the crop is that of the whole image, resized."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from annn.augment import AugmentConfig, Draw, apply, augment, draw, normalise
from annn.data.camvid import CAMVID
from annn.data.space import IGNORE
from annn.errors import ConfigError

IDENTITY = Draw(scale=1.0, aspect=1.0, top=0.0, left=0.0, brightness=0, flip=False)
FIXED = AugmentConfig(scale=(1, 1), aspect=(1, 1), crop=(20, 30), brightness=0, flip=0)


def scene(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return image, rng.integers(0, 11, (height, width), dtype=np.uint8)


def to_bytes(image: torch.Tensor) -> np.ndarray:
    """Undo the normalisation: back to RGB in 0..255, not rounded."""
    mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
    return (255 * (image.permute(1, 2, 0) * std + mean)).numpy()


def test_normalise_gives_imagenet_statistics_zero_mean_and_unit_variance():
    grey = np.full((2, 3, 3), 128, dtype=np.uint8)
    expected = [(128 / 255 - mean) / std for mean, std in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))]
    out = normalise(grey)
    assert out.shape == (3, 2, 3) and out.dtype == torch.float32 and out.is_contiguous()
    np.testing.assert_allclose(out[:, 1, 2].numpy(), expected, rtol=1e-6)


def test_the_identity_gives_image_and_label_back_exactly():
    image, label = scene(20, 30)
    out, ids = augment(image, label, FIXED, np.random.default_rng(0))
    assert torch.equal(out, normalise(image))
    assert (ids.numpy() == label).all() and ids.dtype == torch.int64


def test_flipping_twice_is_the_identity():
    image, label = scene(20, 30)
    once = apply(image, label, IDENTITY._replace(flip=True), (20, 30))
    flipped = np.rint(to_bytes(once[0])).astype(np.uint8)
    twice = apply(flipped, once[1].numpy().astype(np.uint8), IDENTITY._replace(flip=True), (20, 30))
    assert torch.equal(twice[0], normalise(image)) and (twice[1].numpy() == label).all()
    assert not torch.equal(once[0], normalise(image))


def test_flipping_turns_padding_too():
    image, label = scene(20, 30)
    moved = IDENTITY._replace(left=0.9)
    plain, mirrored = (apply(image, label, moved._replace(flip=flip), (20, 50)) for flip in (False, True))
    assert torch.equal(mirrored[0], plain[0].flip(-1)) and torch.equal(mirrored[1], plain[1].flip(-1))


@settings(deadline=None)
@given(
    scale=st.floats(0.5, 2), aspect=st.floats(0.9, 1.1), top=st.floats(0, 0.999), left=st.floats(0, 0.999),
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
)  # fmt: skip
def test_the_crop_is_cut_from_the_resized_image(scale: float, aspect: float, top: float, left: float, size: tuple):
    image, label = scene(*size)
    crop = (24, 32)
    out, ids = apply(image, label, Draw(scale, aspect, top, left, 0, False), crop)

    shape = [
        max(1, int(n * s)) for n, s in zip(size, (scale / math.sqrt(aspect), scale * math.sqrt(aspect)), strict=True)
    ]
    whole = np.asarray(Image.fromarray(image).resize(shape[::-1], Image.Resampling.BILINEAR))
    start = [int(share * (abs(n - c) + 1)) for share, n, c in zip((top, left), shape, crop, strict=True)]
    cut = tuple(slice(s, s + c) if n > c else slice(None) for s, n, c in zip(start, shape, crop, strict=True))
    place = tuple(slice(s, s + n) if n <= c else slice(None) for s, n, c in zip(start, shape, crop, strict=True))

    difference = np.abs(to_bytes(out)[place] - whole[cut])
    # Pillow resamples in two passes and rounds to whole grey levels after each; a filter coefficient that the box
    # shifts by a rounding error may tip both: two levels at the worst.
    assert difference.max() <= 2.01
    outside = np.ones(crop, dtype=bool)
    outside[place] = False
    assert (ids.numpy()[outside] == IGNORE).all() and (ids.numpy()[~outside] != IGNORE).all()
    assert (out.numpy()[:, outside] == 0).all()


@settings(deadline=None)
@given(seed=st.integers(0, 10**6))
def test_label_and_an_image_painted_from_it_stay_aligned(seed: int):
    coarse = np.random.default_rng(seed).integers(0, 11, (4, 5), dtype=np.uint8)
    label = coarse.repeat(24, axis=0).repeat(24, axis=1)
    config = AugmentConfig(crop=(64, 80), brightness=0)
    out, ids = augment(CAMVID.colorize(label), label, config, np.random.default_rng(seed))
    counted = ids.numpy() != IGNORE
    painted = CAMVID.colorize(ids.numpy().astype(np.uint8))
    off = np.abs(to_bytes(out) - painted).max(axis=-1) > 1.5
    near_edge = np.zeros_like(
        counted
    )  # within two pixels of another class or the crop's border: there the image blends
    padded = np.pad(ids.numpy(), 2, constant_values=-1)
    for dy in range(5):
        for dx in range(5):
            near_edge |= padded[dy : dy + 64, dx : dx + 80] != ids.numpy()
    assert not (off & counted & ~near_edge).any()


def test_too_small_an_image_is_padded_with_the_mean_colour_and_ignore():
    image, label = scene(20, 30)
    out, ids = apply(image, label, IDENTITY._replace(top=0.5, left=0.999, brightness=10), (40, 50))
    assert torch.equal(out[:, :10], torch.zeros(3, 10, 50)) and torch.equal(out[:, 30:], torch.zeros(3, 10, 50))
    assert (ids[:, :20] == IGNORE).all() and (ids[:10] == IGNORE).all()
    assert (ids[10:30, 20:].numpy() == label).all()


def test_brightness_shifts_within_0_to_255():
    image, label = scene(20, 30)
    for shift in (-10, 7):
        out, _ = apply(image, label, IDENTITY._replace(brightness=shift), (20, 30))
        expected = np.clip(image.astype(int) + shift, 0, 255).astype(np.uint8)
        assert torch.equal(out, normalise(expected))


def test_equal_generators_give_equal_results_and_advance_alike_for_any_size():
    config = AugmentConfig(crop=(16, 16))
    first, second = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(5):
        a, b = augment(*scene(20, 30), config, first), augment(*scene(20, 30), config, second)
        assert torch.equal(a[0], b[0]) and torch.equal(a[1], b[1])
    augment(*scene(20, 30), config, first)
    augment(*scene(90, 7), config, second)
    assert first.random() == second.random()


def test_draws_cover_their_ranges_and_no_more():
    config = AugmentConfig()
    rng = np.random.default_rng(0)
    draws = [draw(config, rng) for _ in range(2000)]
    scales = np.array([d.scale for d in draws])
    assert scales.min() >= 0.5 and scales.max() <= 2 and abs(scales.mean() - 1.25) < 0.05  # uniform, not log-uniform
    assert {d.brightness for d in draws} == set(range(-10, 11))
    assert abs(np.mean([d.flip for d in draws]) - 0.5) < 0.05
    assert all(0.9 <= d.aspect <= 1.1 and 0 <= d.top < 1 and 0 <= d.left < 1 for d in draws)


def test_the_inputs_are_left_alone():
    image, label = scene(20, 30)
    before = image.copy(), label.copy()
    augment(image, label, AugmentConfig(crop=(16, 16)), np.random.default_rng(0))[0].add_(1)
    assert (image == before[0]).all() and (label == before[1]).all()
    normalise(image).add_(1)
    assert (image == before[0]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": (2.0, 0.5)},
        {"scale": (0.0, 1.0)},
        {"aspect": (1.1, 0.9)},
        {"crop": (0, 5)},
        {"brightness": -1},
        {"flip": 2},
    ],
)
def test_ranges_that_cannot_be_applied_are_refused(wrong: dict):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        AugmentConfig(**wrong)
