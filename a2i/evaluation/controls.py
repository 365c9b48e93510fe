"""What a generator must be compared with: pictures of which it is known what they do not know.

Each is measured by the same yardstick as the generator's own, clip by clip, so that differences have intervals.
"""

import numpy as np
import pandas as pd
import torch

from a2i.data.store import Store
from a2i.evaluation.pictures import Frames
from a2i.training import gan

CONTROLS = {
    "mean picture": "the mean of the class's training frames",
    "shuffled": "drawn from the sound of a clip of another class",
    "another of the class": "drawn from another sound of the class: what the class alone gives",
    "class label": "drawn from the mean of the class's training sounds",
    "no condition": "drawn from the mean of all training sounds",
    "another noise": "drawn from the same sound again",
    "retrieval": "real frames of the training clip with the nearest sound",
}


def pictures(
    store: Store, generator: torch.nn.Module, drawn: np.ndarray, heard: dict[str, np.ndarray], known: dict[str, np.ndarray],
    target: np.ndarray, *, seed: int = 0,
) -> dict[str, np.ndarray]:
    """The pictures of each control, uint8 (n, samples, 64, 64, 3) as `drawn` has them, by name.

    heard, known: what `training.encoder.apply` says of the n evaluation clips and of the training clips; target int (n,):
    the class of each evaluation clip. Of a single clip, or of a single one of its class, there is no other: its own stays.
    """
    taught, labels = store.split_rows()
    count, randomness = drawn.shape[1], np.random.default_rng(seed)
    own, other = (_partners(target, randomness, same=same) for same in (True, False))
    mean = {name: known["description"][labels == name].mean(0) for name in np.unique(labels)}
    anyone = known["description"].mean(0)
    told = {
        "class label": np.stack([mean.get(name, anyone) for name in target]),
        "no condition": np.repeat(anyone[None], len(target), 0),
        "another noise": heard["description"],
    }
    seeds = {name: seed + i for i, name in enumerate(told, 1)}
    made = {name: gan.draw_pictures(generator, sounds, count, seeds[name]) for name, sounds in told.items()}
    nearest = taught[(unit(heard["embedding"]) @ unit(known["embedding"]).T).argmax(1)]
    frames = store.frames(nearest)
    retrieved = frames[:, np.arange(count) % frames.shape[1]]
    return {"shuffled": drawn[other], "another of the class": drawn[own], **made, "retrieval": retrieved}


def mean_pictures(training: Frames, clips: pd.DataFrame) -> np.ndarray:
    """For each clip (label) the mean of its class's training frames, uint8 (n, 1, 64, 64, 3): what an average draws."""
    means = {label: training.pictures[training.labels == label].mean(0) for label in np.unique(training.labels)}
    anything = training.pictures.mean(0)
    return np.stack([means.get(label, anything) for label in clips["label"]]).round().astype(np.uint8)[:, None]


def _partners(target: np.ndarray, randomness: np.random.Generator, *, same: bool) -> np.ndarray:
    """For each clip another one of the same class, or of another class; itself where there is none."""
    order, partner = np.arange(len(target)), np.arange(len(target))
    for i in order:
        those = order[(target == target[i]) & (order != i)] if same else order[target != target[i]]
        if len(those):
            partner[i] = randomness.choice(those)
    return partner


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (n, d) of length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
