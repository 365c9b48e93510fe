"""How far a set of pictures is from the real frames of the same clips: kernel and Frechet distance of their features.

Both are told as parts, one a clip, whose mean is the distance and whose scatter is its error, so that a distance stands in
the same table as everything else that is measured. Features: `a2i.evaluation.views.see`.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

GROUPS = 5  # of clips, each left out once: how sure a Frechet distance is


def kernel_parts(real: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The parts (n,) of KID (Binkowski et al. 2018), torchmetrics' cubic kernel: features (n, d) of a real frame and of a
    drawn picture of each of n clips.

    The mean is the estimate without bias over PAIRS of clips (Gretton et al. 2012, lemma 6): a picture is never compared with
    the frame of its own clip, so that to follow the sound is no distance. NaN for a single clip.
    """
    from torchmetrics.image.kid import poly_kernel

    x, y = torch.from_numpy(real).double(), torch.from_numpy(drawn).double()
    if len(x) < 2:
        return np.full(len(x), np.nan)
    across = poly_kernel(x, y)
    pairs = (poly_kernel(x, x) + poly_kernel(y, y) - across - across.T).fill_diagonal_(0).numpy()
    by_clip = pairs.sum(1) / (len(x) - 1)
    return 2 * by_clip - by_clip.mean()


def frechet_distance(real: np.ndarray, drawn: np.ndarray) -> float:
    """The Frechet distance (Heusel et al. 2017) of features (n, d) and (m, d); below a few thousand it is biased upwards: read
    it beside that of real frames against real frames of the same number."""
    from torchmetrics.image.fid import FrechetInceptionDistance

    both = torch.from_numpy(np.concatenate([real, drawn])).double()
    if len(both) < both.shape[1]:  # few pictures lie in a plane: there the distance is the same, and cheaper
        both = both @ torch.linalg.qr(both.T).Q
    metric = FrechetInceptionDistance(feature=_Seen(both.shape[1]))
    metric.update(both[: len(real)], real=True)
    metric.update(both[len(real) :], real=False)
    return float(metric.compute())


def frechet_parts(real: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The parts (n,) of the Frechet distance of features (n, d) of n clips, and the group (n,) that each clip belongs to.

    A group's clips share one part, by the jackknife: how far the distance moves without them.
    """
    group = np.arange(len(real)) % GROUPS
    return _jackknife(frechet_distance, real, drawn, group)[group], group


def _jackknife(distance: Callable[[np.ndarray, np.ndarray], float], real: np.ndarray, drawn: np.ndarray, group: np.ndarray) -> np.ndarray:
    """A value for each group: their mean is the distance, their scatter that of its pseudo-values (Tukey 1958)."""
    without = np.array([distance(real[group != g], drawn[group != g]) for g in range(group.max() + 1)])
    return distance(real, drawn) - (len(without) - 1) * (without - without.mean())


class _Seen(nn.Module):
    """Features that are there already, in place of the network that torchmetrics asks for."""

    def __init__(self, size: int):
        super().__init__()
        self.num_features = size

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features
