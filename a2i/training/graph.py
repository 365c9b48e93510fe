"""A training step as one CUDA graph: at 64x64 launching the kernels one by one takes longer than they run."""

from collections.abc import Callable, Iterable

import torch
from torch import nn

WARM_UP = 3  # plain calls before the capture: libraries choose their kernels, optimisers make their state


class Captured:
    """`function` captured whole; a call replays it and returns the tensors that it returned, with new values in them.

    All its randomness comes from `generator`, as seeded before the call. The warm-up leaves no trace in `networks` and
    `optimisers`.
    """

    def __init__(
        self,
        function: Callable[[], dict[str, torch.Tensor]],
        generator: torch.Generator,
        networks: Iterable[nn.Module],
        optimisers: Iterable[torch.optim.Optimizer],
    ):
        networks, optimisers = list(networks), list(optimisers)
        kept = [(t, t.detach().clone()) for net in networks for t in (*net.parameters(), *net.buffers())]
        moments = {t: t.clone() for t in _state(optimisers)}
        torch.backends.cudnn.benchmark = True  # shapes never change here
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                function()
        torch.cuda.current_stream().wait_stream(stream)
        self.graph = torch.cuda.CUDAGraph()
        self.graph.register_generator_state(generator)
        with torch.cuda.graph(self.graph, stream=stream):
            self.result = function()
        with torch.no_grad():
            for tensor, value in kept:
                tensor.copy_(value)
            for tensor in _state(optimisers):  # what the warm-up made starts at zero, as in a new optimiser
                tensor.copy_(moments[tensor]) if tensor in moments else tensor.zero_()

    def __call__(self) -> dict[str, torch.Tensor]:
        self.graph.replay()
        return self.result


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Sets the learning rate, in place where a graph reads it."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def _state(optimisers: Iterable[torch.optim.Optimizer]) -> list[torch.Tensor]:
    """The moments and counts of optimisers."""
    return [t for o in optimisers for state in o.state.values() for t in state.values() if isinstance(t, torch.Tensor)]
