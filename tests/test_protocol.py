"""Test protocols against slow, obvious loops: every window, scale and mirror image written out, pixel by pixel."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from annn.augment import normalise
from annn.backbone import MEAN, STD, CaffeBGR, ResNet
from annn.device import autocast
from annn.errors import ConfigError, RunError
from annn.evaluate import predict
from annn.model import ANNN, ModelConfig
from annn.protocol import STYLES, WHOLE, Protocol, fit, logits, pad, rescale, rescale_normalised, spans

K = 5


@pytest.fixture(scope="module", params=[True, False], ids=["align_corners", "half_pixels"])
def model(request):
    torch.manual_seed(0)
    model = ANNN(ModelConfig(classes=K, depth=18, width=8, align_corners=request.param))
    for module in model.modules():  # so that the context blocks say something
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.normal_(module.weight, std=1 / math.sqrt(module.weight[0].numel()))
    return model.eval()


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def seen(model, view, size=None):
    """The network's logits of one view, bytes h x w x 3 or normalised 3 x h x w, as a float64 array K x h x w."""
    normalised = normalise(np.ascontiguousarray(view)) if view.dtype == np.uint8 else torch.from_numpy(view.copy())
    with torch.no_grad():
        return model(normalised.float()[None], size).main[0].double().numpy()


def sample(line, place, kernel):
    """The value of a sequence of numbers or arrays at a fractional place, what lies outside repeats the border."""
    first = math.floor(place)
    near = range(first - 1, first + 3)
    return sum(kernel(abs(place - i)) * line[min(max(i, 0), len(line) - 1)] for i in near)


def linear(x):
    return max(0.0, 1 - x)


def cubic(x, a=-0.75):  # OpenCV's and torch's
    if x < 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0.0


def resized(array, size, kernel=linear, corners=False):
    """Resample C x h x w to `size` (H, W), one axis after the other, one position after the other."""
    for axis, length in ((1, size[0]), (2, size[1])):
        line = list(np.moveaxis(array, axis, 0))
        if corners:
            places = [i * (len(line) - 1) / max(length - 1, 1) for i in range(length)]
        else:
            places = [(i + 0.5) * len(line) / length - 0.5 for i in range(length)]
        array = np.moveaxis(np.stack([sample(line, place, kernel) for place in places]), 0, axis)
    return array


def opencv(image, size):
    """OpenCV's INTER_LINEAR of bytes h x w x 3 as its fixed-point arithmetic, one pixel after the other."""
    array = image.astype(np.int64)

    def weights(length, old):
        for i in range(length):
            place = np.float32((i + 0.5) * (old / length) - 0.5)
            first = math.floor(place)
            yield first, np.float32(place - first)

    columns = []
    for first, share in weights(size[1], image.shape[1]):
        share = share if 0 <= first < image.shape[1] - 1 else np.float32(0)  # outside: the border's column alone
        left, right = (min(max(i, 0), image.shape[1] - 1) for i in (first, first + 1))
        columns.append(array[:, left] * int(np.rint((1 - share) * 2048)) + array[:, right] * int(np.rint(share * 2048)))
    lines = []
    for first, share in weights(size[0], image.shape[0]):  # outside: the border's row twice, each part rounded
        above, below = (np.stack(columns, axis=1)[min(max(i, 0), image.shape[0] - 1)] >> 4 for i in (first, first + 1))
        parts = (above * int(np.rint((1 - share) * 2048)) >> 16) + (below * int(np.rint(share * 2048)) >> 16)
        lines.append((parts + 2) >> 2)
    return np.stack(lines).clip(0, 255).astype(np.uint8)


def scaled(image, scale, style):
    """One view: bytes, or for the authors the normalised image, as 3 x h x w in float64."""
    height, width = image.shape[:2]
    if style == "authors":
        size = (max(1, int(height * scale)), max(1, int(width * scale)))
        return resized(normalise(image).double().numpy(), size, corners=True)
    if scale == 1:
        return image
    if style == "plain":
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
    wanted = int(height * scale + 0.5), int(width * scale + 0.5)
    factor = min(max(wanted) / max(height, width), min(wanted) / min(height, width))
    return opencv(image, (max(1, int(height * factor + 0.5)), max(1, int(width * factor + 0.5))))


def brought_to(image, sides, style):
    height, width = image.shape[:2]
    scale = min(sides[0] / min(height, width), sides[1] / max(height, width))
    if style == "mmsegmentation":
        return opencv(image, (int(height * scale + 0.5), int(width * scale + 0.5)))
    size = (round(height * scale), round(width * scale))
    if style == "plain":
        return np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR))
    return opencv(image, size)


def slow(model, image, sides=None, scales=(1.0,), flip=False, window=None, fit_stride=1, style="plain"):
    """What `logits` promises, as a loop without any cleverness."""
    height, width = image.shape[:2]
    image = image if sides is None else brought_to(image, sides, style)
    corners = model.config.align_corners
    views = []
    for scale in scales:
        for mirrored in (False, True) if flip else (False,):
            view = scaled(image, scale, style)
            if style == "authors":
                view = view[:, :, ::-1] if mirrored else view
                border = view.shape[1:]
                sides_up = [fit_stride * math.ceil(side / fit_stride) for side in border]
                padded = np.zeros((3, *sides_up)) + np.array(model.backbone.zero)[:, None, None]
                padded[:, : border[0], : border[1]] = view
                view, (h, w) = padded, sides_up
            else:
                view = view[:, ::-1] if mirrored else view
                border = h, w = view.shape[:2]
            small = window is not None and (h < window[0] or w < window[0])
            if window is None or (style == "authors" and small):
                found = seen(model, view, (height, width) if style == "plain" else None)
            else:
                crop, stride = window
                total, counts = np.zeros((K, h, w)), np.zeros((h, w))
                tops = [*range(0, max(h - crop, 0), stride), max(h - crop, 0)]
                lefts = [*range(0, max(w - crop, 0), stride), max(w - crop, 0)]
                for top, left in itertools.product(tops, lefts):
                    rows, columns = slice(top, top + crop), slice(left, left + crop)
                    part = seen(model, view[:, rows, columns] if style == "authors" else view[rows, columns])
                    for row, column in itertools.product(range(part.shape[1]), range(part.shape[2])):
                        total[:, top + row, left + column] += part[:, row, column]
                        counts[top + row, left + column] += 1
                found = total / counts
            found = found[:, : border[0], : border[1]] if style == "authors" else found
            found = found[:, :, ::-1] if mirrored else found
            if found.shape[1:] != (height, width):
                if style == "authors":
                    found = resized(found, (height, width), cubic)
                else:
                    found = resized(found, (height, width), linear, corners and style == "mmsegmentation")
            views.append(found)
    if style != "mmsegmentation" or len(views) == 1:
        return sum(views) / len(views)
    shares = [np.exp(view - view.max(0)) for view in views]
    return np.log(sum(share / share.sum(0) for share in shares) / len(shares))


def assert_agrees(model, image, **settings):
    ours = logits(model, image, protocol=Protocol(**settings))
    assert ours.dtype == torch.float32 and ours.shape == (K, *image.shape[:2])
    right = slow(model, image, **settings)
    assert np.abs(ours.numpy() - right).max() <= 1e-5 * np.abs(right).max()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"flip": True},
        {"scales": (0.5, 1.0, 1.3)},
        {"scales": (0.75,), "flip": True},
        {"window": (16, 16)},  # divides the image
        {"window": (17, 11)},  # does not
        {"window": (100, 60)},  # larger than the image
        {"window": (40, 30)},  # higher than the image, but not wider
        {"window": (24, 15), "scales": (0.6, 1.0), "flip": True},
        {"sides": (20, 100)},  # the shorter side decides
        {"sides": (40, 44), "scales": (0.5, 1.0)},  # the longer one does
    ],
    ids=str,
)
def test_every_protocol_is_the_obvious_loop(model, style, settings):
    assert_agrees(model, picture(32, 48), style=style, **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"scales": (0.5, 1.0, 1.3), "flip": True},
        {"window": (24, 15), "scales": (0.6, 1.0), "flip": True},
        {"sides": (20, 100), "scales": (0.75,)},
    ],
    ids=str,
)
def test_the_authors_padding_is_the_obvious_loop(model, settings):
    assert_agrees(model, picture(33, 47), style="authors", fit_stride=8, **settings)


@pytest.mark.parametrize("input", ["imagenet", "caffe-bgr"])
def test_what_is_padded_reads_as_zeros(input):
    backbone = ResNet(depth=18, width=8, input=input, stem="plain")
    padded = pad(torch.zeros(1, 3, 3, 4), 8, backbone.zero)
    assert padded.shape == (1, 3, 8, 8) and not padded[:, :, :3, :4].any()
    read = CaffeBGR()(padded) if input == "caffe-bgr" else padded
    torch.testing.assert_close(read[:, :, 3:], torch.zeros(1, 3, 5, 8), rtol=0, atol=2e-5)


def views(style):
    """The images of the vectors with a scale, and what the other code makes of them."""
    with safe_open(Path(__file__).parent / "vectors/view_resizing.safetensors", "pt") as file:
        for name in file.keys():  # noqa: SIM118 (safe_open is no mapping)
            if name.startswith(style):
                image = file.get_tensor(f"image_{name.split('_')[1]}").numpy()
                yield image, float(name.split("_")[2]), file.get_tensor(name)


def test_mmsegmentations_views_are_its_own_to_the_byte():
    for image, scale, right in views("mmsegmentation"):
        np.testing.assert_array_equal(rescale(image, scale, "mmsegmentation"), right.numpy())
        np.testing.assert_array_equal(opencv(image, right.shape[:2]), right.numpy())  # so is the slow loop's


def test_the_authors_views_are_their_own():
    to_bgr = CaffeBGR()
    zero = ResNet(depth=18, width=8, input="caffe-bgr").zero
    mean, std = torch.tensor([MEAN, STD], dtype=torch.float64)
    for image, scale, right in views("authors"):
        exact = ((torch.from_numpy(image).double() - mean) / std).permute(2, 0, 1)[None]
        view = to_bgr(pad(rescale_normalised(exact, scale), 8, zero))
        torch.testing.assert_close(view[0], right, rtol=0, atol=1e-9)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (5, 3)])
def test_the_smallest_images_work(model, style, size):
    assert_agrees(model, picture(*size), style=style)
    assert_agrees(model, picture(*size), style=style, window=(4, 2), scales=(0.3, 1.0, 2.0), flip=True)


def test_the_default_is_the_network_on_the_whole_image(model):
    image = picture(40, 56)
    with torch.inference_mode():
        plain = model(normalise(image)[None].to(memory_format=torch.channels_last)).main[0]
    assert Protocol() == WHOLE
    assert torch.equal(logits(model, image), plain)
    for style in STYLES:  # at scale 1 on the whole image, all do the same
        assert torch.equal(logits(model, image, protocol=Protocol(style=style)), plain)
    np.testing.assert_array_equal(predict(model, image), plain.argmax(0).numpy())


def test_mirroring_the_image_mirrors_what_a_flipping_protocol_says(model):
    image = picture(24, 40)
    for style in STYLES:
        protocol = Protocol(scales=(0.5, 1.0), flip=True, style=style)
        mirrored = logits(model, np.ascontiguousarray(image[:, ::-1]), protocol=protocol)
        torch.testing.assert_close(mirrored.flip(2), logits(model, image, protocol=protocol), rtol=1e-4, atol=1e-4)


def test_softmax_of_averaged_probabilities_sums_to_one(model):
    found = logits(model, picture(24, 40), protocol=Protocol(flip=True, style="mmsegmentation"))
    assert torch.isfinite(found).all()
    torch.testing.assert_close(found.exp().sum(0), torch.ones(24, 40))


@pytest.mark.parametrize(
    "length, crop, stride, starts",
    [
        (2048, 864, 576, [0, 576, 1152, 1184]),  # the authors' test on Cityscapes at scale 1
        (1024, 864, 576, [0, 160]),
        (2049, 769, 513, [0, 513, 1026, 1280]),  # mmsegmentation's 769 models
        (1025, 769, 513, [0, 256]),
        (864, 864, 576, [0]),
        (865, 864, 576, [0, 1]),
        (1440, 864, 576, [0, 576]),
    ],
)
def test_windows_lie_where_both_code_bases_put_them(length, crop, stride, starts):
    assert [span.start for span in spans(length, crop, stride)] == starts
    assert all(span.stop - span.start == crop for span in spans(length, crop, stride))
    authors = [i * stride for i in range((length - crop) // stride + 1)]  # _decide_intersection
    authors += [length - crop] if length - authors[-1] > crop else []
    mmsegmentation = []  # slide_inference
    for i in range(max(length - crop + stride - 1, 0) // stride + 1):
        end = min(i * stride + crop, length)
        mmsegmentation.append(max(end - crop, 0))
    assert authors == mmsegmentation == starts


def test_mmsegmentation_resizes_cityscapes_to_2049_by_1025():
    assert rescale(np.zeros((1024, 2048, 3), np.uint8), 2049 / 2048, "mmsegmentation").shape == (1025, 2049, 3)


def test_ade20k_is_brought_to_the_sides_of_either_code_base():
    wide, narrow = np.zeros((300, 1500, 3), np.uint8), np.zeros((683, 512, 3), np.uint8)
    assert fit(wide, (520, 1040), "authors").shape == (208, 1040, 3)
    assert fit(narrow, (520, 1040), "authors").shape == (694, 520, 3)
    assert fit(wide, (512, 2048), "mmsegmentation").shape == (410, 2048, 3)
    assert fit(narrow, (512, 2048), "mmsegmentation") is narrow


def test_shrinking_filters_in_the_plain_style_alone():
    stripes = np.zeros((8, 64, 3), dtype=np.uint8)
    stripes[:, ::4] = 255  # between the pixels that a quarter's bilinear looks at
    assert (rescale(stripes, 0.25, "plain") > 30).all()
    assert (rescale(stripes, 0.25, "mmsegmentation") == 0).all()


@pytest.mark.parametrize(
    ("size", "scale", "seen"),
    [
        ((360, 480), 1.6, (577, 769)),
        ((360, 480), 1.25, (449, 593)),
        ((1, 1), 1.0, (17, 17)),
        ((33, 17), 1.0, (33, 17)),
    ],
)
def test_a_grid_makes_each_side_the_nearest_multiple_plus_one(model, size, scale, seen):
    protocol, image = Protocol(scales=(scale,), grid=16), picture(*size)
    assert protocol.view(image).shape[:2] == seen
    direct = model(normalise(protocol.view(image))[None], size).main[0]
    torch.testing.assert_close(logits(model, image, protocol=protocol), direct)


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"sides": (512, 500)}, "short <= long"),
        ({"scales": ()}, "scales is empty"),
        ({"scales": (0.0,)}, "scales holds 0"),
        ({"scales": (1.0, math.inf)}, "scales holds inf"),
        ({"window": (100, 101)}, "stride"),
        ({"window": (100, 0)}, "stride"),
        ({"style": "openmmlab"}, "style='openmmlab'"),
        ({"fit_stride": 0, "style": "authors"}, "fit_stride is 0"),
        ({"fit_stride": 8}, "only their code pads"),
        ({"grid": 0}, "grid is 0"),
        ({"grid": 16, "style": "authors"}, "grid is 16 in the style 'authors'"),
    ],
)
def test_what_cannot_be_applied_is_refused(settings, said):
    with pytest.raises(ConfigError, match=said):
        Protocol(**settings)


def test_a_protocol_says_what_it_is():
    assert str(WHOLE) == "whole images, scale 1, plain style"
    tested = Protocol(scales=(0.75, 1.0, 1.25), flip=True, window=(864, 576), style="authors")
    assert str(tested) == "windows of 864 every 576 pixels, scales 0.75, 1, 1.25, mirrored too, authors style"
    assert str(Protocol(scales=(1.6,), grid=16)) == "whole images, scale 1.6, sides of 16 k + 1 pixels, plain style"
    sized = Protocol(sides=(512, 2048), style="mmsegmentation")
    assert str(sized) == "whole images, sides of 512 to 2048 pixels, scale 1, mmsegmentation style"


@pytest.mark.parametrize(("precision", "allowed"), [("tf32", True), ("fp32", False)])
def test_tensorfloat_is_used_where_it_is_asked_for_and_every_flag_stays_readable(precision, allowed):
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    try:
        autocast(precision, torch.device("cuda"))
        assert torch.backends.cuda.matmul.allow_tf32 is torch.backends.cudnn.allow_tf32 is allowed
        assert torch.get_float32_matmul_precision() == ("high" if allowed else "highest")
        with torch.backends.cudnn.flags(enabled=True):
            pass
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("settings", [{"scales": (100.0,)}, {"sides": (60_000, 60_000)}])
def test_a_view_that_no_machine_holds_is_refused_before_it_is_made(model, style, settings):
    with pytest.raises(ConfigError, match=r"would become \d+x\d+ pixels; expected at most 268,435,456 in all"):
        logits(model, picture(400, 400), protocol=Protocol(style=style, **settings))


@pytest.mark.parametrize(
    "settings",
    [{"scales": (value,)} for value in (0.0, -1.0, float("nan"), float("inf"), 1e308)]
    + [{"sides": (1, 10**400)}, {"fit_stride": 10**23, "style": "authors"}, {"window": (8, -1)}],
    ids=str,
)
def test_numbers_without_a_meaning_are_refused(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        Protocol(**settings)


def test_too_little_memory_for_an_image_has_its_way_out(model, monkeypatch):
    def fails(*_):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:128] DefaultCPUAllocator: can't allocate memory: 9 bytes.")

    monkeypatch.setattr("annn.protocol._forward", fails)
    with pytest.raises(RunError, match=r"not enough memory .*--slide") as error:
        logits(model, picture(8, 8))
    assert "\n" not in str(error.value)
