"""How far pictures lie from each other: within a class, of one sound, and from the frames that were learnt."""

import numpy as np


def pixels(pictures: np.ndarray) -> np.ndarray:
    """uint8 pictures (n, side, side, 3) -> float32 (n, side * side * 3) in 0..1, so that distances are of the pixels."""
    return pictures.reshape(len(pictures), -1).astype(np.float32) / 255


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean distances between the rows of `one` (n, d) and of `other` (m, d): float (n, m)."""
    from scipy.spatial.distance import cdist

    return cdist(one, other)


def spread(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean distance of each row (n, d) to the other rows of its label: float (n,); NaN where it is the only one.

    The mean over a class is the mean pairwise distance within it; 0 where its pictures are one picture.
    """
    found = np.full(len(features), np.nan)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        if len(own) > 1:
            found[own] = distances(features[own], features[own]).sum(1) / (len(own) - 1)
    return found


def nearest(features: np.ndarray, labels: np.ndarray, known: np.ndarray, known_labels: np.ndarray) -> np.ndarray:
    """Distance of each row (n, d) to the nearest `known` row (m, d) of its label: float (n,); NaN where there is none."""
    found = np.full(len(features), np.nan)
    for label in np.intersect1d(labels, known_labels):
        own = np.flatnonzero(labels == label)
        found[own] = distances(features[own], known[known_labels == label]).min(1)
    return found


def rank(features: np.ndarray, clips: np.ndarray, others: np.ndarray, other_clips: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Whose frames each picture resembles most: the share of all other clips whose frame is farther from the picture, features
    (n, d) of the clips (n,), than its own clip's frame is, `others` (m, d) of `other_clips` (m,), one each.

    1 where its own is the nearest, 0.5 by chance; NaN where its clip has no frame there. With `labels`, of the m frames,
    among the clips of its class alone: beyond its class.
    """
    place = {clip: i for i, clip in enumerate(other_clips)}
    own = np.array([place.get(clip, -1) for clip in clips])
    found = np.full(len(clips), np.nan)
    away = distances(features, others)
    for i in np.flatnonzero(own >= 0):
        rivals = np.ones(len(others), bool) if labels is None else labels == labels[own[i]]
        rivals[own[i]] = False
        if rivals.any():
            found[i] = np.mean((away[i, rivals] > away[i, own[i]]) + 0.5 * (away[i, rivals] == away[i, own[i]]))
    return found
