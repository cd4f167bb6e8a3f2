"""The published networks as plainly as they can be written: their keys, and their functions on those keys.

Nothing here is imported from annn. Names, shapes and functions follow the released code (annn.py, afnb.py, apnb.py) and
mmsegmentation (ann_head.py, self_attention_block.py); each network takes an ordinary RGB image.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
BN = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def authors_shapes(classes=19, depth=101, width=64, stem=(64, 64, 128)):
    """Name -> shape of an authors' checkpoint; 704 entries as published."""
    stage4, stage5, head, key = 16 * width, 32 * width, 8 * width, 4 * width
    shapes = {}
    channels = 3
    for i, out in enumerate(stem, start=1):
        conv(shapes, f"backbone.prefix.conv{i}", out, channels, 3)
        bn(shapes, f"backbone.prefix.bn{i}", out)
        channels = out
    layers(shapes, depth, width, channels)
    for block, low, high in (("fusion", stage4, stage5), ("context.2", head, head)):
        for name, source in (("f_key", low), ("f_query", high)):
            conv(shapes, f"{block}.stages.0.{name}.0", key, source, 1, bias=True)
            bn(shapes, f"{block}.stages.0.{name}.1.0", key)
        conv(shapes, f"{block}.stages.0.f_value", key, low, 1, bias=True)
        conv(shapes, f"{block}.stages.0.W", high, key, 1, bias=True)
        conv(shapes, f"{block}.conv_bn_dropout.0", high, 2 * high, 1, bias=True)
    bn(shapes, "fusion.conv_bn_dropout.1", stage5)
    bn(shapes, "context.2.conv_bn_dropout.1.0", head)
    conv(shapes, "context.0", head, stage5, 3, bias=True)
    bn(shapes, "context.1.0", head)
    conv(shapes, "cls", classes, head, 1, bias=True)
    conv(shapes, "dsn.0", head, stage4, 3, bias=True)
    bn(shapes, "dsn.1.0", head)
    conv(shapes, "dsn.3", classes, head, 1, bias=True)
    return shapes


def mmseg_shapes(classes=19, depth=101, width=64, stem=(32, 32, 64)):
    """Name -> shape of one of mmsegmentation's checkpoints; 696 entries as published."""
    stage4, stage5, head, key = 16 * width, 32 * width, 8 * width, 4 * width
    shapes = {}
    channels = 3
    for i, out in enumerate(stem):
        conv(shapes, f"backbone.stem.{3 * i}", out, channels, 3)
        bn(shapes, f"backbone.stem.{3 * i + 1}", out)
        channels = out
    layers(shapes, depth, width, channels)
    for block, low, high in (("decode_head.fusion", stage4, stage5), ("decode_head.context", head, head)):
        for name, source in (("key_project", low), ("query_project", high)):
            conv_bn(shapes, f"{block}.stages.0.{name}", key, source, 1)
        conv(shapes, f"{block}.stages.0.value_project", key, low, 1, bias=True)
        conv(shapes, f"{block}.stages.0.out_project", high, key, 1, bias=True)
        conv_bn(shapes, f"{block}.bottleneck", high, 2 * high, 1)
    conv_bn(shapes, "decode_head.bottleneck", head, stage5, 3)
    conv(shapes, "decode_head.conv_seg", classes, head, 1, bias=True)
    conv_bn(shapes, "auxiliary_head.convs.0", head // 2, stage4, 3)
    conv(shapes, "auxiliary_head.conv_seg", classes, head // 2, 1, bias=True)
    return shapes


def layers(shapes, depth, width, channels):
    for layer, blocks in enumerate(BLOCKS[depth], start=1):
        inner = width * 2 ** (layer - 1)
        for i in range(blocks):
            unit = f"backbone.layer{layer}.{i}"
            for j, (out, source, size) in enumerate(
                [(inner, channels, 1), (inner, inner, 3), (4 * inner, inner, 1)], 1
            ):
                conv(shapes, f"{unit}.conv{j}", out, source, size)
                bn(shapes, f"{unit}.bn{j}", out)
            if i == 0:
                conv(shapes, f"{unit}.downsample.0", 4 * inner, channels, 1)
                bn(shapes, f"{unit}.downsample.1", 4 * inner)
            channels = 4 * inner


def conv(shapes, name, out, channels, size, bias=False):
    shapes[f"{name}.weight"] = (out, channels, size, size)
    if bias:
        shapes[f"{name}.bias"] = (out,)


def bn(shapes, name, channels):
    shapes.update({f"{name}.{leaf}": () if leaf == "num_batches_tracked" else (channels,) for leaf in BN})


def conv_bn(shapes, name, out, channels, size):
    conv(shapes, f"{name}.conv", out, channels, size)
    bn(shapes, f"{name}.bn", out)


def random_state(shapes, seed=0):
    """Random weights of a size that keeps activations near one; the shared projection of APNB under both its names."""
    torch.manual_seed(seed)
    state = {}
    for name, shape in shapes.items():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(7)
        elif len(shape) == 4:
            state[name] = torch.randn(shape) * (2 / (shape[1] * shape[2] * shape[3])) ** 0.5
        elif name.endswith("running_var"):
            state[name] = torch.rand(shape) + 0.5
            if name.startswith("backbone.prefix.bn1"):
                state[name] *= 1e4  # the authors' input spans 256
        elif name.endswith(("bn3.weight", "downsample.1.weight")):
            state[name] = 0.3 + 0.2 * torch.rand(shape)  # so that the sum over the blocks does not grow
        else:
            state[name] = 0.3 * torch.randn(shape) + (1.0 if name.endswith("weight") else 0.0)
    for name in state:
        if name.startswith("context.2.stages.0.f_query"):
            state[name] = state[name.replace("f_query", "f_key")]
        if name.startswith("decode_head.context.stages.0.query"):
            state[name] = state[name.replace("query_project", "key_project")]
    return state


def authors(state, image):
    """The authors' trained network on an RGB image, uint8 H W 3: logits 1 K H W."""
    bgr = image.flip(2).to(torch.float32) - torch.tensor([102.9801, 115.9465, 122.7717])
    x = bgr.permute(2, 0, 1)[None]
    for i in (1, 2, 3):
        x = F.conv2d(x, state[f"backbone.prefix.conv{i}.weight"], stride=2 if i == 1 else 1, padding=1)
        x = F.relu(norm(state, f"backbone.prefix.bn{i}", x))
    stage4, stage5 = resnet(state, F.max_pool2d(x, 3, 2, 1, ceil_mode=True))
    names = ("f_query.0", "f_query.1.0", "f_key.0", "f_key.1.0", "f_value", "W")
    context = attend(state, "fusion.stages.0", names, stage4, stage5)
    x = convolve(state, "fusion.conv_bn_dropout.0", torch.cat([context, stage5], dim=1))
    x = norm(state, "fusion.conv_bn_dropout.1", x)
    x = F.relu(norm(state, "context.1.0", convolve(state, "context.0", x)))
    context = attend(state, "context.2.stages.0", names, x, x)
    x = convolve(state, "context.2.conv_bn_dropout.0", torch.cat([context, x], dim=1))
    x = convolve(state, "cls", F.relu(norm(state, "context.2.conv_bn_dropout.1.0", x)))
    return F.interpolate(x, image.shape[:2], mode="bilinear", align_corners=True)


def mmseg(state, image, align_corners=False):
    """mmsegmentation's network on an RGB image, uint8 H W 3: logits 1 K H W."""
    rgb = (image.to(torch.float32) - torch.tensor([123.675, 116.28, 103.53])) / torch.tensor([58.395, 57.12, 57.375])
    x = rgb.permute(2, 0, 1)[None]
    for i in (0, 3, 6):
        x = F.conv2d(x, state[f"backbone.stem.{i}.weight"], stride=2 if i == 0 else 1, padding=1)
        x = F.relu(norm(state, f"backbone.stem.{i + 1}", x))
    stage4, stage5 = resnet(state, F.max_pool2d(x, 3, 2, 1))
    names = ("query_project.conv", "query_project.bn", "key_project.conv", "key_project.bn")
    names += ("value_project", "out_project")
    head = "decode_head"
    context = attend(state, f"{head}.fusion.stages.0", names, stage4, stage5)
    x = convolve(state, f"{head}.fusion.bottleneck.conv", torch.cat([context, stage5], dim=1))
    x = norm(state, f"{head}.fusion.bottleneck.bn", x)
    x = F.relu(norm(state, f"{head}.bottleneck.bn", convolve(state, f"{head}.bottleneck.conv", x)))
    context = attend(state, f"{head}.context.stages.0", names, x, x)
    x = convolve(state, f"{head}.context.bottleneck.conv", torch.cat([context, x], dim=1))
    x = convolve(state, f"{head}.conv_seg", F.relu(norm(state, f"{head}.context.bottleneck.bn", x)))
    return F.interpolate(x, image.shape[:2], mode="bilinear", align_corners=align_corners)


def resnet(state, x) -> tuple[Tensor, Tensor]:
    """Stage4 and Stage5 of the dilated Bottleneck ResNet, from the pooled stem."""
    stages = []
    for layer, dilation in ((1, 1), (2, 1), (3, 2), (4, 4)):
        i = 0
        while f"backbone.layer{layer}.{i}.conv1.weight" in state:
            unit = f"backbone.layer{layer}.{i}"
            spacing = max(1, dilation // 2) if i == 0 else dilation
            stride = 2 if layer == 2 and i == 0 else 1
            y = F.relu(norm(state, f"{unit}.bn1", convolve(state, f"{unit}.conv1", x)))
            y = F.conv2d(y, state[f"{unit}.conv2.weight"], stride=stride, padding=spacing, dilation=spacing)
            y = norm(state, f"{unit}.bn3", convolve(state, f"{unit}.conv3", F.relu(norm(state, f"{unit}.bn2", y))))
            if i == 0:
                x = F.conv2d(x, state[f"{unit}.downsample.0.weight"], stride=stride)
                x = norm(state, f"{unit}.downsample.1", x)
            x = F.relu(x + y)
            i += 1
        stages.append(x)
    return stages[2], stages[3]


def attend(state, block, names, low, high):
    """W(A v): queries of the high map over the pyramid's anchors of the low one, projected first, pooled second."""
    query, query_bn, key, key_bn, value, out = (f"{block}.{name}" for name in names)
    queries = F.relu(norm(state, query_bn, convolve(state, query, high))).flatten(2).mT
    keys = anchors(F.relu(norm(state, key_bn, convolve(state, key, low))))
    values = anchors(convolve(state, value, low)).mT
    weights = torch.softmax(queries @ keys / keys.shape[1] ** 0.5, dim=2)
    return convolve(state, out, (weights @ values).mT.unflatten(2, high.shape[2:]))


def anchors(x):
    return torch.cat([F.adaptive_avg_pool2d(x, size).flatten(2) for size in (1, 3, 6, 8)], dim=2)


def convolve(state, name, x):
    weight = state[f"{name}.weight"]
    return F.conv2d(x, weight, state.get(f"{name}.bias"), padding=weight.shape[2] // 2)


def norm(state, name, x):
    mean, var, weight, bias = (state[f"{name}.{leaf}"] for leaf in ("running_mean", "running_var", "weight", "bias"))
    return F.batch_norm(x, mean, var, weight, bias)
