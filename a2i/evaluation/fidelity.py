"""How far two sets of pictures are from each other: kernel and Frechet distance of their features, by torchmetrics."""

import numpy as np
import torch
from torch import nn

SUBSETS = 50


def kernel_distance(view: nn.Module, real: np.ndarray, drawn: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """KID (Binkowski et al. 2018) and its deviation over subsets; without bias, so that few pictures are enough.

    view: uint8 (n, 3, side, side) -> features, as a2i.evaluation.views has them; real, drawn: uint8 (n, side, side, 3).
    """
    from torchmetrics.image.kid import KernelInceptionDistance

    size = min(len(real), len(drawn), 100)
    metric = KernelInceptionDistance(feature=view, subsets=SUBSETS, subset_size=size)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        mean, deviation = _filled(metric, real, drawn).compute()
    return float(mean), float(deviation)


def frechet_distance(view: nn.Module, real: np.ndarray, drawn: np.ndarray) -> float:
    """The Frechet distance (Heusel et al. 2017); below a few thousand pictures it is biased upwards: read it beside the
    floor of real frames against real frames of the same number."""
    from torchmetrics.image.fid import FrechetInceptionDistance

    return float(_filled(FrechetInceptionDistance(feature=view), real, drawn).compute())


def _filled(metric, real: np.ndarray, drawn: np.ndarray):
    """The metric with both sets, batch by batch."""
    metric = metric.to(next(metric.inception.parameters()).device)
    for pictures, is_real in ((real, True), (drawn, False)):
        for part in torch.from_numpy(pictures).permute(0, 3, 1, 2).split(64):
            metric.update(part.to(metric.device), real=is_real)
    return metric
