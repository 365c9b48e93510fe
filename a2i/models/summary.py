"""The layers of networks in the order in which they are used, in words."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from a2i.models.blocks import UpsampledConv

Rows = list[tuple[str, str, int]]
NAMES = {
    UpsampledConv: "double, conv 3x3", nn.Linear: "linear", nn.PixelShuffle: "interleave pixels", nn.Dropout: "dropout",
    nn.BatchNorm1d: "batch norm", nn.BatchNorm2d: "batch norm", nn.LeakyReLU: "leaky ReLU", nn.AvgPool2d: "average pool",
}  # fmt: skip


@torch.no_grad()
def layers(feed: Callable[[], Any], *networks: nn.Module) -> list[Rows]:
    """Of each of `networks` the layers that `feed()`, which uses them, goes through, in this order: name, shape of the
    output without the batch, parameters. Norms, activations and the like belong to the layer before them."""
    tables: list[Rows] = [[] for _ in networks]
    hooks = []
    for rows, network in zip(tables, networks, strict=True):
        hooks += [module.register_forward_hook(_noting(rows)) for name, module in network.named_modules() if _shown(name, module)]
    try:
        feed()
    finally:
        for hook in hooks:
            hook.remove()
    return tables


def _shown(name: str, module: nn.Module) -> bool:
    """Whether a module is a layer: it has weights of its own, or no parts."""
    own = any(True for _ in module.parameters(recurse=False)) or hasattr(module, "parametrizations")
    return "parametrizations" not in name and (own or not any(True for _ in module.children()))


def _noting(rows: Rows) -> Callable:
    """A hook that adds a layer's row at its first call."""
    seen = set()

    def note(module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        if module in seen or not isinstance(output, torch.Tensor):
            return
        seen.add(module)
        shape, parameters = " x ".join(map(str, output.shape[1:])), sum(p.numel() for p in module.parameters())
        if rows and not isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d | UpsampledConv):
            name, _, before = rows[-1]
            rows[-1] = f"{name}, {_named(module)}", shape, before + parameters
        else:
            rows.append((f"{len(rows) + 1}  {_named(module)}", shape, parameters))

    return note


def _named(module: nn.Module) -> str:
    """A layer in a few words."""
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        stride = f" / {module.stride[0]}" if module.stride[0] > 1 else ""
        return f"conv {'x'.join(map(str, module.kernel_size))}{stride}"
    return next((name for kind, name in NAMES.items() if isinstance(module, kind)), type(module).__name__)
