"""How far the encoder's probabilities can be believed, and when it should say "none of these".

Temperature scaling (Guo et al. 2017) makes a confidence of 0.8 right in eight of ten cases, on sounds like the training
clips. Of other sounds a classifier is as sure as of its own: they are told by their distance, as those whose embedding
is less like the nearest training clips' than nearly all clips that were held out (Sun et al. 2022).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.core import files
from a2i.evaluation import metrics
from a2i.evaluation.metrics import bootstrap, wilson

FILE = "calibration.npz"  # in the encoder's folder
NEAREST = 5  # training clips that a sound is compared with
REFUSED = 0.02  # share of the clips held out that may be called none of these
KEPT = 5000  # training clips whose embeddings are kept, at most


@dataclass(frozen=True)
class Calibration:
    """What an encoder's answers are corrected by."""

    temperature: float  # what logits are divided by
    least: float  # likeness to the nearest training clips (cosine) below which a sound is none of the classes
    known: np.ndarray  # float32 (n, embedding): directions of training clips

    def probability(self, logit: np.ndarray) -> np.ndarray:
        """Probabilities (n, classes) of logits (n, classes)."""
        from scipy.special import softmax

        return softmax(np.asarray(logit, np.float64) / self.temperature, axis=1)

    def likeness(self, embedding: np.ndarray) -> np.ndarray:
        """The cosine to the `NEAREST`th nearest training clip, of embeddings (n, embedding)."""
        cosine = _directions(embedding) @ self.known.T
        place = max(cosine.shape[1] - NEAREST, 0)
        return np.partition(cosine, place, axis=1)[:, place]

    def none(self, embedding: np.ndarray) -> np.ndarray:
        """Whether each of the sounds is none of the classes: bool (n,) of embeddings (n, embedding)."""
        return self.likeness(embedding) < self.least

    def save(self, folder: Path | str) -> None:
        """Writes it beside the encoder in `folder`."""
        with files.replacing(Path(folder) / FILE) as temporary, temporary.open("wb") as file:
            np.savez(file, temperature=self.temperature, least=self.least, known=self.known.astype(np.float16))


def fit(known: np.ndarray, embedding: np.ndarray, logit: np.ndarray, target: np.ndarray) -> Calibration:
    """The calibration of an encoder from training clips that it learnt from, `known` (n, embedding), and from others that it
    did not: their embeddings, logits (m, classes) and classes (m,), whole numbers. Of no others: none, and nothing is refused.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    def surprise(log_temperature: float) -> float:
        """Cross-entropy (nat)."""
        return -log_softmax(logit / np.exp(log_temperature), axis=1)[np.arange(len(target)), target].mean()

    spread = _directions(known)[:: -(-len(known) // KEPT)]
    if not len(target):
        return Calibration(1.0, -1.0, spread)
    temperature = float(np.exp(minimize_scalar(surprise, bounds=(-3, 3), method="bounded").x))
    rough = Calibration(temperature, -1.0, spread)
    return Calibration(temperature, float(np.quantile(rough.likeness(embedding), REFUSED)), spread)


def load(folder: Path | str) -> Calibration | None:
    """The calibration that `save` wrote into an encoder's `folder`; None where there is none."""
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    with np.load(path) as kept:
        return Calibration(float(kept["temperature"]), float(kept["least"]), kept["known"].astype(np.float32))


def reliability(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> pd.DataFrame:
    """A row for each of `bins` groups of as many clips, from the least sure to the surest: n, mean confidence, accuracy
    and its 95 % interval. confidence: float (n,), of the class predicted; right: bool (n,)."""
    rows = []
    for own in np.array_split(np.argsort(confidence, kind="stable"), min(bins, len(confidence))):
        interval = wilson(int(right[own].sum()), len(own))
        rows.append((len(own), confidence[own].mean(), right[own].mean(), *interval))
    return pd.DataFrame(rows, columns=["n", "confidence", "accuracy", "low", "high"])


def error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> tuple[float, float, float]:
    """The expected calibration error over the groups of `reliability`, and its 95 % bootstrap interval over clips.

    It cannot be negative, so that chance alone gives some: with 200 clips about 0.03.
    """

    def gap(sure: np.ndarray, hit: np.ndarray, axis: int = -1) -> np.ndarray:
        order = np.argsort(sure, axis=axis, kind="stable")
        over = np.take_along_axis(sure - hit, order, axis)
        return sum(np.abs(part.sum(axis)) for part in np.array_split(over, bins, axis)) / sure.shape[axis]

    low, high = bootstrap(confidence, right, statistic=gap, paired=True)
    return float(gap(np.asarray(confidence), np.asarray(right, float))), low, high


def record(run: Path | str, name: str, confidence: np.ndarray, right: np.ndarray) -> None:
    """Records the `error` of confidences in the metrics of `run`, under `name`."""
    value, low, high = error(confidence, right)
    metrics.record(run, f"calibration_{name.replace(' ', '_')}", value, n=len(right), low=low, high=high, better="lower",
                   title=f"encoder: expected calibration error, {name} (0 is best)")  # fmt: skip


def _directions(embedding: np.ndarray) -> np.ndarray:
    norm = np.linalg.norm(embedding, axis=1, keepdims=True)
    return (embedding / np.maximum(norm, 1e-9)).astype(np.float32)
