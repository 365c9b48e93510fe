"""What simple numbers of a log-mel already tell: the floor under any encoder."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from a2i.data.store import Store
from a2i.evaluation.coverage import Coverage
from a2i.evaluation.metrics import wilson
from a2i.media.mel import FRAMES, SECONDS

BATCH = 64  # clips read at a time
SHARE = 0.35  # chosen on training clips of the mini world, whose true times are known
TITLES = {
    "single_number": "best single number",
    "descriptors": "regression on the descriptors",
    "regression": "regression on band statistics",
}
DESCRIPTORS = ("share of time", "events", "seconds an event", "flatness", "dynamic range (dB)", "level (dB)")


@dataclass(frozen=True)
class Score:
    """Accuracy on evaluation clips, with its 95 % interval."""

    name: str
    title: str
    accuracy: float
    n: int
    low: float
    high: float
    predicted: np.ndarray  # int64 (n,): the class of each clip

    def row(self) -> dict[str, str | float]:
        """For a table."""
        return {"baseline": self.title, "accuracy": self.accuracy, "low": self.low, "high": self.high, "n": self.n}


def mean_spectra(store: Store, rows: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    """Mean level, dB, of each mel band over the clips at `rows`: index band, a column a class that has any."""
    bands = _over_batches(store, rows, lambda mels: mels.mean(2))
    return pd.DataFrame({store.classes[i]: bands[labels == i].mean(0) for i in np.unique(labels)})


def descriptors(store: Store, rows: np.ndarray, pause: float = 0.2) -> pd.DataFrame:
    """What can be measured of each clip's sound, a row a clip: label, then a column a number.

    An event is a stretch of what `_standing_out` finds; less than `pause` s apart they are one. Flatness is that of the
    spectrum during events (1 is white noise); the dynamic range is the peak above the quietest tenth of the time.
    """
    gap = round(pause * FRAMES / SECONDS)

    def measure(mels: np.ndarray) -> np.ndarray:
        level, power, loud = mels.max(1), 10 ** (mels / 10), _standing_out(mels)
        before = sliding_window_view(np.pad(loud, ((0, 0), (gap, 0)))[:, :-1], gap, axis=1).any(2)
        events = np.maximum((loud & ~before).sum(1), 1)
        flat = 10 ** (mels.mean(1) / 10) / power.mean(1)
        return np.stack(
            [
                loud.mean(1),
                events,
                loud.mean(1) * SECONDS / events,
                (flat * loud).sum(1) / np.maximum(loud.sum(1), 1),
                level.max(1) - np.percentile(level, 10, axis=1),
                10 * np.log10(power.sum(1).mean(1)),
            ],
            1,
        )

    table = pd.DataFrame(_over_batches(store, rows, measure), columns=DESCRIPTORS)
    table.insert(0, "label", store.ok["label"].to_numpy()[rows])
    return table


def _standing_out(mels: np.ndarray) -> np.ndarray:
    """When something stands out of what is always there: bool (n, frames) of log-mels (n, 128, frames).

    Each band's own floor is its quietest fifth; a moment counts where its 16 bands furthest above theirs are, on average,
    `SHARE` of the way from the clip's quiet moments to its loudest. A clip's peak alone would not do: what hums low and
    loud hides a call that is high and faint.
    """
    from scipy.ndimage import uniform_filter1d

    above = np.maximum(mels - np.percentile(mels, 20, axis=2, keepdims=True), 0)
    excess = uniform_filter1d(np.partition(above, -16, axis=1)[:, -16:].mean(1), 5, axis=1)
    quiet, loudest = np.percentile(excess, [20, 99], axis=1)[..., None]
    return excess > quiet + SHARE * (loudest - quiet)


def band_statistics(store: Store, rows: np.ndarray) -> np.ndarray:
    """Mean, deviation and 95th percentile of each mel band over time: float32 (n, 384)."""
    return _over_batches(
        store, rows, lambda mels: np.concatenate([mels.mean(2), mels.std(2), np.percentile(mels, 95, axis=2)], 1)
    )


def score(store: Store, evaluated: Coverage, seed: int = 0) -> list[Score]:
    """Accuracies on the clips `evaluated` of a decision stump with as many leaves as classes on the best single number,
    and of logistic regressions on `descriptors` and on all of `band_statistics`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_rows, labels = store.split_rows(picture=False)
    inputs = {
        "descriptors": [descriptors(store, rows)[list(DESCRIPTORS)].to_numpy() for rows in (train_rows, evaluated.rows)],
        "regression": [band_statistics(store, rows) for rows in (train_rows, evaluated.rows)],
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The number of unique classes")  # where a class has few clips
        found = {"single_number": _stump(*inputs["regression"], labels, seed)}
        for name, (train, test) in inputs.items():
            regression = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, random_state=seed))
            found[name] = regression.fit(train, labels).predict(test)
    return [_scored(name, predicted, evaluated.target) for name, predicted in found.items()]


def _stump(train: np.ndarray, test: np.ndarray, labels: np.ndarray, seed: int) -> np.ndarray:
    """Predictions of a small tree on the column that does best on the TRAINING clips."""
    from sklearn.tree import DecisionTreeClassifier

    def tree(column: int) -> DecisionTreeClassifier:
        leaves = max(2, len(np.unique(labels)))
        return DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=seed).fit(train[:, [column]], labels)

    best = max(range(train.shape[1]), key=lambda column: tree(column).score(train[:, [column]], labels))
    return tree(best).predict(test[:, [best]])


def _scored(name: str, predicted: np.ndarray, target: np.ndarray) -> Score:
    right = predicted == target
    low, high = wilson(int(right.sum()), len(right))
    return Score(name, TITLES[name], float(right.mean()), len(right), low, high, predicted)


def clip_map(features: np.ndarray, seed: int = 0) -> np.ndarray:
    """Places on a plane where similar clips lie close: float (n, features) -> (n, 2), by t-SNE; of few clips all at 0."""
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler

    if len(features) < 5:
        return np.zeros((len(features), 2))
    scaled = StandardScaler().fit_transform(features)
    return TSNE(perplexity=min(30, (len(features) - 1) / 3), init="random", random_state=seed).fit_transform(scaled)


def _over_batches(store: Store, rows: np.ndarray, measure) -> np.ndarray:
    """`measure` of the log-mels (n, 128, 431) at `rows`, a batch at a time."""
    return np.concatenate([measure(store.log_mel(rows[i : i + BATCH])) for i in range(0, len(rows), BATCH)])
