"""Several processes that train or test one network together: torchrun's, one for each GPU.

The processes take the rows of the same global batches, so a step computes what one process would compute: statistics
of batch normalisation, dropout masks, the threshold of OHEM and the mean of the loss are those of the global batch.
One process is the special case in which every function here returns at once.
"""

from __future__ import annotations

import atexit
import inspect
import logging
import os
import sys
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from annn.device import cores
from annn.errors import ConfigError, RunError

_LOST = ("Connection closed by peer", "Connection reset by peer", "Broken pipe", "remote process exited", "gloo")
_TIMEOUT = timedelta(minutes=30)  # the first process may score or draw scenes while the others wait


def join(device: torch.device) -> None:
    """Join the other processes that torchrun has started, if it has started any: NCCL on GPUs, Gloo on CPUs."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    store, own_rank, count = next(iter(rendezvous("env://", timeout=_TIMEOUT)))
    # torchrun keeps its store when it restarts processes: without the prefix they would meet the addresses of the dead.
    store = PrefixStore(f"attempt{os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)}", store)
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, store=store, rank=own_rank, world_size=count, timeout=_TIMEOUT)
    atexit.register(leave)


def leave() -> None:
    """Leave the group of processes; one that ends without leaves the others waiting."""
    if dist.is_initialized():
        dist.destroy_process_group()


def size() -> int:
    """The number of processes that work together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0; process 0 writes files and messages."""
    return dist.get_rank() if dist.is_initialized() else 0


def total(value: Tensor) -> Tensor:
    """The sum of a tensor over all processes, without a gradient."""
    if size() == 1:
        return value.detach()
    value = value.detach().clone()
    dist.all_reduce(value)
    return value


def gathered(value: Tensor) -> Tensor:
    """The vectors of all processes, which are of one length, behind each other; without a gradient."""
    if size() == 1:
        return value.detach()
    parts = [torch.empty_like(value) for _ in range(size())]
    dist.all_gather(parts, value.detach().contiguous())
    return torch.cat(parts)


def told(value: Any) -> Any:
    """What process 0 has, in all processes."""
    if size() == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box)
    return box[0]


@contextmanager
def first_alone() -> Iterator[bool]:
    """A block whose value is true in process 0 alone; the others wait at its end until process 0 is there."""
    yield rank() == 0
    if size() > 1:
        dist.barrier()


def is_lost(error: BaseException) -> bool:
    """Whether an error says that another process has ended, which has its own message."""
    return size() > 1 and isinstance(error, RuntimeError) and any(sign in str(error) for sign in _LOST)


def check_processes(count: int) -> None:
    """Raises ConfigError for more processes than this machine has GPUs, or without any, processor cores."""
    gpus = torch.cuda.device_count()
    if not 1 <= count <= (gpus or cores()):
        there = f"{gpus} GPUs" if gpus else f"no GPU and {cores()} processor cores"
        raise ConfigError(f"gpus={count}: this machine has {there}; expected 1 to {gpus or cores()}.")


def launch(processes: int, arguments: Sequence[str]) -> None:
    """Run `python -m annn` with these arguments in so many processes of this machine, by torchrun's launcher.

    Raises RunError if one of them fails; it has printed the reason.
    """
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    config = LaunchConfig(
        min_nodes=1, max_nodes=1, nproc_per_node=processes, run_id=uuid.uuid4().hex, max_restarts=0,
        rdzv_backend="c10d", rdzv_endpoint="localhost:0",
    )  # fmt: skip
    # The error below says it in one paragraph.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores() // processes)))
    try:
        elastic_launch(config, sys.executable)("-m", "annn", *arguments)
    except ChildFailedError as error:
        first, failure = error.get_first_failure()
        raise RunError(
            f"process {first} of {processes} has ended ({failure.signal_name() if failure.exitcode < 0 else ''}"
            f"{f'status {failure.exitcode}' if failure.exitcode >= 0 else ''}), so the others were ended, too; its own "
            "message stands above, unless it was killed. The same command resumes from the last checkpoint."
        ) from error


@dataclass
class Rows:
    """The rows of the global batch that this process computes, in `parts` equal parts, one after the other.

    batch: rows of the global batch. first: the first row of the present part; see `select`. Raises ConfigError if the
    processes and parts cannot divide the batch.
    """

    batch: int
    parts: int = 1
    first: int = field(init=False)
    count: int = field(init=False)

    def __post_init__(self) -> None:
        if self.batch % (size() * self.parts):
            fitting = [n for n in range(1, self.batch + 1) if self.batch % (n * self.parts) == 0]
            numbers = ", ".join(map(str, fitting)) or "none"
            raise ConfigError(
                f"batch_size={self.batch} cannot be divided among {size()} processes"
                f"{f' in {self.parts} parts each (accumulate={self.parts})' if self.parts > 1 else ''}; expected a "
                f"number of processes that divides it: {numbers}. Start so many, or choose another batch_size."
            )
        self.count = self.batch // (size() * self.parts)
        self.select(0)

    def select(self, part: int) -> None:
        """Make this part the present one."""
        self.first = self.of(part).start

    def of(self, part: int) -> range:
        """The rows of a part."""
        first = (rank() * self.parts + part) * self.count
        return range(first, first + self.count)


@contextmanager
def shared(model: nn.Module, rows: Rows) -> Iterator[nn.Module]:
    """The model as one that all processes train: call it on the present rows of the global batch.

    Inside the block batch normalisation takes its statistics from all processes, dropout masks are rows of the global
    batch's, and DistributedDataParallel averages gradients while they are computed. The model keeps its parameters and
    their names, and has its own modules again after the block.
    """
    if size() == 1 and rows.parts == 1:
        yield model
        return
    kind = next(model.parameters()).device.type
    originals = [
        (parent, name, module)
        for parent in list(model.modules())
        for name, module in parent.named_children()
        if isinstance(module, nn.Dropout2d) or (size() > 1 and isinstance(module, nn.BatchNorm2d))
    ]
    for parent, name, module in originals:
        new = _RowsOfDropout(module, rows) if isinstance(module, nn.Dropout2d) else _synchronised(module, kind)
        setattr(parent, name, new)
    try:
        with warnings.catch_warnings():
            # Of 1x1 convolutions, whose strides mean the same in either memory format.
            warnings.filterwarnings("ignore", message="Grad strides do not match")
            yield model if size() == 1 else _distributed(model, kind)
    finally:
        for parent, name, module in originals:
            setattr(parent, name, module)


def without_exchange(model: nn.Module) -> AbstractContextManager:
    """Backward passes in this block add to the gradients of this process alone: all parts of a step but the last."""
    return model.no_sync() if isinstance(model, DistributedDataParallel) else nullcontext()


def _distributed(model: nn.Module, device: str) -> DistributedDataParallel:
    # The buffers are alike already; torch 2.13 calls this argument by another name.
    known = inspect.signature(DistributedDataParallel).parameters
    buffers = "forward_sync_buffers" if "forward_sync_buffers" in known else "broadcast_buffers"
    settings: dict[str, Any] = {buffers: False, "gradient_as_bucket_view": True}
    return DistributedDataParallel(model, None if device == "cpu" else [torch.cuda.current_device()], **settings)


class _RowsOfDropout(nn.Module):
    """Dropout2d whose mask is that of the global batch, of which the present rows are applied."""

    def __init__(self, original: nn.Dropout2d, rows: Rows):
        super().__init__()
        self.p, self.rows = original.p, rows

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        mask = x.new_empty(self.rows.batch, x.shape[1], 1, 1).bernoulli_(1 - self.p).div_(1 - self.p)
        return x * mask[self.rows.first : self.rows.first + len(x)]


class SyncBatchNorm(nn.BatchNorm2d):
    """Batch normalisation with the statistics of all processes, for CPUs: torch.nn.SyncBatchNorm refuses them.

    Every process has equally many positions. PyTorch's own kernels do the work on each process's part; one exchange in
    the forward pass and one in the backward pass join the parts.
    """

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return super().forward(input)
        assert self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None
        unused = torch.zeros_like(self.running_mean)
        with torch.no_grad():
            local = torch.stack(torch.batch_norm_update_stats(input, unused, unused.clone(), 0.0))
            means, variances = gathered(local.flatten()).unflatten(0, (size(), 2, -1)).unbind(1)
            mean = means.mean(0)
            variance = variances.mean(0) + (means - mean).square().mean(0)
            count = size() * input.numel() // input.shape[1]
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum or 0.1)
            self.running_var.lerp_(variance * (count / max(count - 1, 1)), self.momentum or 0.1)
        return _Normalise.apply(input, self.weight, self.bias, mean, variance, self.eps)


class _Normalise(torch.autograd.Function):
    """(x - mean) / sqrt(variance + eps) * weight + bias, where mean and variance are those of all processes.

    With m positions in all processes, x' the normalised x and g the gradient of the output, that of the input is
    weight / sqrt(variance + eps) * (g - sum(g) / m - x' sum(g x') / m); the sums are over all processes.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, eps: float
    ) -> Tensor:
        ctx.save_for_backward(x, weight, mean, variance)
        ctx.eps = eps
        return torch.batch_norm(x, weight, bias, mean, variance, False, 0.0, eps, False)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, variance = ctx.saved_tensors
        # Without "training", the kernel takes the statistics for constants: g * weight / sqrt(...), sum(g x'), sum(g).
        own, for_weight, for_bias = torch.ops.aten.native_batch_norm_backward(
            gradients[0], x, weight, mean, variance, None, None, False, ctx.eps, [True, True, True]
        )
        product_sum, plain_sum = total(torch.stack([for_weight, for_bias]))
        share = weight * (variance + ctx.eps).rsqrt() / (size() * x.numel() // x.shape[1])
        # share * (sum(g) + x' sum(g x')) is an affine function of x, so the same kernel computes it.
        through = torch.batch_norm(
            x, share * product_sum, share * plain_sum, mean, variance, False, 0.0, ctx.eps, False
        )
        return own.sub_(through), for_weight, for_bias, None, None, None


def _synchronised(bn: nn.BatchNorm2d, device: str) -> nn.Module:
    """Batch normalisation over all processes with the parameters and statistics of `bn` itself."""
    kind = nn.SyncBatchNorm if device == "cuda" else SyncBatchNorm
    new = kind(bn.num_features, bn.eps, bn.momentum).train(bn.training)
    new.weight, new.bias = bn.weight, bn.bias
    new.running_mean, new.running_var = bn.running_mean, bn.running_var
    new.num_batches_tracked = bn.num_batches_tracked
    if isinstance(act := getattr(bn, "act", None), nn.Module):  # timm's layer goes on with an activation
        new.register_forward_hook(lambda _, __, out: act(out))
    return new
