"""Whether pictures lie where real ones lie, and everywhere where real ones lie.

Precision and recall after Kynkäänniemi et al. (2019), density and coverage after Naeem et al. (2020): a real picture's
surroundings reach to its k-th nearest real neighbour, a generated one's to its k-th nearest generated neighbour.
"""

import numpy as np

from a2i.evaluation.diversity import distances

NEIGHBOURS = 5


def plausible(drawn: np.ndarray, real: np.ndarray, k: int = NEIGHBOURS) -> tuple[np.ndarray, np.ndarray]:
    """Of each drawn picture, features (n, d) against real ones (m, d): whether it lies in the surroundings of a real one
    (n,) (the mean is precision), and in how many of them against k (n,) (the mean is density)."""
    inside = distances(drawn, real) <= _reach(real, k)
    return inside.any(1), inside.sum(1) / min(k, len(real) - 1)


def found(drawn: np.ndarray, real: np.ndarray, k: int = NEIGHBOURS) -> tuple[np.ndarray, np.ndarray]:
    """Of each REAL picture: whether it lies in the surroundings of a drawn one (m,) (the mean is recall), and whether a
    drawn one lies in its own (m,) (the mean is coverage)."""
    between = distances(drawn, real)
    return (between <= _reach(drawn, k)[:, None]).any(0), (between <= _reach(real, k)).any(0)


def _reach(features: np.ndarray, k: int) -> np.ndarray:
    """Distance of each row to its k-th nearest other row; of fewer rows, to the farthest."""
    own = distances(features, features)
    return np.sort(own, 1)[:, min(k, len(features) - 1)]
