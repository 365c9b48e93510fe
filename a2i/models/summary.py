"""What each part of a network gives, before it is trained."""

from collections.abc import Sequence

import torch
from torch import nn


@torch.no_grad()
def layers(network: nn.Module, example: torch.Tensor) -> list[tuple[str, Sequence[int], int]]:
    """Name, shape of the output without the batch, and parameters of each part of `network`, in the order they are used.

    example: one input, batch first. A part is a child, or a child of a sequence of them.
    """
    parts = {}
    for name, child in network.named_children():
        inner = child.named_children() if isinstance(child, nn.Sequential) else []
        parts |= {f"{name}.{number}": part for number, part in inner} or {name: child}
    shapes: dict[str, tuple[int, ...]] = {}
    hooks = [
        part.register_forward_hook(lambda _, __, output, name=name: shapes.update({name: tuple(output.shape[1:])}))
        for name, part in parts.items()
    ]
    training = network.training
    network.eval()(example)
    network.train(training)
    for hook in hooks:
        hook.remove()
    return [(name, shape, sum(p.numel() for p in parts[name].parameters())) for name, shape in shapes.items()]
