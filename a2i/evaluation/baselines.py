"""What simple numbers of a log-mel already tell: the floor under any encoder."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation.coverage import Coverage
from a2i.evaluation.metrics import wilson

BATCH = 64  # clips read at a time


@dataclass(frozen=True)
class Score:
    """Accuracy on evaluation clips, with its 95 % interval."""

    name: str
    title: str
    accuracy: float
    n: int
    low: float
    high: float

    def row(self) -> dict[str, str | float]:
        """For a table."""
        return {"baseline": self.title, "accuracy": self.accuracy, "low": self.low, "high": self.high, "n": self.n}


def mean_spectra(store: Store, rows: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    """Mean level, dB, of each mel band over the clips at `rows`: index band, a column a class that has any."""
    bands = _over_batches(store, rows, lambda mels: mels.mean(2))
    return pd.DataFrame({store.classes[i]: bands[labels == i].mean(0) for i in np.unique(labels)})


def loud_share(store: Store, rows: np.ndarray, within: float = 20.0) -> pd.DataFrame:
    """A row a clip: label; the share of its frames within `within` dB of its peak; the spectral flatness of those."""

    def measure(mels: np.ndarray) -> np.ndarray:
        level = mels.max(1)
        loud = level >= level.max(1, keepdims=True) - within
        power = 10 ** (mels / 10)
        flat = 10 ** (mels.mean(1) / 10) / power.mean(1)
        return np.stack([loud.mean(1), (flat * loud).sum(1) / loud.sum(1)], 1)

    table = pd.DataFrame(_over_batches(store, rows, measure), columns=["share of time", "flatness"])
    table.insert(0, "label", store.ok["label"].to_numpy()[rows])
    return table


def band_statistics(store: Store, rows: np.ndarray) -> np.ndarray:
    """Mean, deviation and 95th percentile of each mel band over time: float32 (n, 384)."""
    return _over_batches(
        store, rows, lambda mels: np.concatenate([mels.mean(2), mels.std(2), np.percentile(mels, 95, axis=2)], 1)
    )


def score(store: Store, evaluated: Coverage, seed: int = 0) -> list[Score]:
    """Accuracies on the clips `evaluated` of a decision stump with as many leaves as classes on the best single number,
    and of a logistic regression on all of `band_statistics`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train_rows, train_labels = store.split_rows(picture=False)
    train, test = band_statistics(store, train_rows), band_statistics(store, evaluated.rows)
    regression = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, random_state=seed))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The number of unique classes")  # where a class has few clips
        single = _stump(train, train_labels, test, seed)
        predicted = regression.fit(train, train_labels).predict(test)
    return [
        _scored("single_number", "best single number", single == evaluated.target),
        _scored("regression", "regression on band statistics", predicted == evaluated.target),
    ]


def _stump(train: np.ndarray, labels: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
    """Predictions of a small tree on the column that does best on the TRAINING clips."""
    from sklearn.tree import DecisionTreeClassifier

    def tree(column: int) -> DecisionTreeClassifier:
        leaves = max(2, len(np.unique(labels)))
        return DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=seed).fit(train[:, [column]], labels)

    best = max(range(train.shape[1]), key=lambda column: tree(column).score(train[:, [column]], labels))
    return tree(best).predict(test[:, [best]])


def _scored(name: str, title: str, right: np.ndarray) -> Score:
    low, high = wilson(int(right.sum()), len(right))
    return Score(name, title, float(right.mean()), len(right), low, high)


def _over_batches(store: Store, rows: np.ndarray, measure) -> np.ndarray:
    """`measure` of the log-mels (n, 128, 431) at `rows`, a batch at a time."""
    return np.concatenate([measure(store.log_mel(rows[i : i + BATCH])) for i in range(0, len(rows), BATCH)])
