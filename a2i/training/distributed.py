"""Several processes at one training, as torchrun starts them: each takes its part of every batch.

What is random is drawn for the whole batch by every process, gradients and batch norm's statistics are means over all
of them: two processes compute what one of the same batch does, within rounding.
"""

import os
from collections.abc import Iterable
from typing import Any

import torch
import torch.distributed as dist
from torch import nn


def join() -> None:
    """Joins the group that torchrun announces in the environment; without one, nothing happens."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized():
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def world() -> int:
    """How many processes train together; 1 without a group."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this is; 0 saves and prints."""
    return dist.get_rank() if dist.is_initialized() else 0


def wait() -> None:
    """Goes on when all processes have come so far."""
    if world() > 1:
        dist.barrier()


def own_part(batch: torch.Tensor) -> torch.Tensor:
    """This process's rows of a whole batch, whose length `world` must divide."""
    return batch.chunk(world())[rank()]


def of_all(part: torch.Tensor) -> torch.Tensor:
    """The whole batch of which each process has `part`; without gradients."""
    if world() == 1:
        return part
    parts = [torch.empty_like(part) for _ in range(world())]
    dist.all_gather(parts, part.contiguous())
    return torch.cat(parts)


def average(gradients: Iterable[torch.Tensor]) -> None:
    """Puts the mean over the processes into each of `gradients`."""
    if world() == 1:
        return
    gradients = list(gradients)
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    for gradient, part in zip(gradients, (flat / world()).split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


def mean_terms(terms: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The mean of each term over the processes."""
    if world() == 1:
        return terms
    values = torch.stack([value.detach().float() for value in terms.values()])
    dist.all_reduce(values)
    return dict(zip(terms, (values / world()).unbind(), strict=True))


class _Sum(torch.autograd.Function):
    """The sum over the processes, whose gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return _Sum.forward(ctx, gradient.contiguous())


class SyncedBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm over the batches of all processes. (torch's own SyncBatchNorm works on CUDA alone.)"""

    def _check_input_dim(self, input: torch.Tensor) -> None:
        pass

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return super().forward(x)
        axes = [0, *range(2, x.ndim)]
        shape = [1, -1] + [1] * (x.ndim - 2)
        wide = x.float()
        mean = _Sum.apply(wide.mean(axes)) / world()
        variance = _Sum.apply((wide - mean.view(shape)).square().mean(axes)) / world()
        self._follow(mean.detach(), variance.detach(), x.numel() // x.shape[1] * world())
        scale = (variance + self.eps).rsqrt()
        if self.affine:
            scale = scale * self.weight
        shift = -mean * scale + (self.bias if self.affine else 0)
        return (wide * scale.view(shape) + shift.view(shape)).to(x.dtype)

    @torch.no_grad()
    def _follow(self, mean: torch.Tensor, variance: torch.Tensor, count: int) -> None:
        """Moves the running statistics."""
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance * count / (count - 1), share)


class SharedDropout(nn.Dropout):
    """Dropout of this process's part of a batch, drawn for the whole of it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        kept = x.new_empty(len(x) * world(), *x.shape[1:]).bernoulli_(1 - self.p)
        return x * own_part(kept) / (1 - self.p)


def synced(network: nn.Module) -> nn.Module:
    """`network` with its batch norms synchronised and its dropout shared, where there are several processes."""
    if world() == 1:
        return network
    for name, child in network.named_children():
        if isinstance(child, nn.modules.batchnorm._BatchNorm):
            norm = SyncedBatchNorm(child.num_features, child.eps, child.momentum, child.affine)
            norm.load_state_dict(child.state_dict())
            setattr(network, name, norm)
        elif isinstance(child, nn.Dropout):
            setattr(network, name, SharedDropout(child.p))
        else:
            synced(child)
    return network
