"""What an embedding keeps of what varies WITHIN a class: each hidden attribute of the mini world, read by a ridge.

A linear reading is what a generator's first layer can do at once: an attribute that it does not find is one that the
generator is not told. Beside the embedding stand simple numbers of the log-mel, which an embedding should not lose.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from a2i.evaluation.metrics import DRAWS

STRENGTHS = np.logspace(-1, 6, 15)  # of the ridge, chosen on training clips by leaving one out


@dataclass(frozen=True)
class Probes:
    """R2 on evaluation clips, a row an attribute ("class attribute"), a column an input; and the clips behind them."""

    table: pd.DataFrame  # float (attributes, inputs)
    n: pd.Series  # evaluation clips of each attribute
    errors: dict[str, dict[str, np.ndarray]]  # input -> attribute -> squared errors (n,)
    truth: dict[str, np.ndarray]  # attribute -> its true values (n,)

    def mean(self, name: str, seed: int = 0) -> tuple[float, float, float]:
        """The mean R2 of an input over the attributes, and its 95 % interval over resampled evaluation clips."""
        generator = np.random.default_rng(seed)
        drawn = np.zeros(DRAWS)
        for attribute, errors in self.errors[name].items():
            pick = generator.integers(len(errors), size=(DRAWS, len(errors)))
            drawn += 1 - errors[pick].mean(1) / self.truth[attribute].var()
        low, high = np.percentile(drawn / len(self.table), [2.5, 97.5])
        return float(self.table[name].mean()), float(low), float(high)

    def below(self, name: str, other: str) -> list[str]:
        """The attributes that `name` tells less of than `other`."""
        return self.table.index[self.table[name] < self.table[other]].tolist()


def probe(
    inputs: Mapping[str, tuple[np.ndarray, np.ndarray]], known: pd.DataFrame, asked: pd.DataFrame
) -> Probes:
    """How much of each attribute a ridge reads from each of `inputs`.

    inputs: by name, float (n, size) of the training and of the evaluation clips. known, asked: `attributes.truths` of the
    same clips. A ridge is fitted on the training clips of the attribute's class; its R2 is that on the evaluation clips
    (1: all of it; 0: no more than the class's mean; below: worse than that). Attributes of fewer than five training or two
    evaluation clips are left out.
    """
    asked = asked.reindex(columns=known.columns)
    names = [name for name in known if known[name].count() >= 5 and asked[name].nunique() >= 2]
    truth = {name: asked[name].dropna().to_numpy() for name in names}
    errors = {
        title: {name: np.square(_read(train, test, known[name], asked[name]) - truth[name]) for name in names}
        for title, (train, test) in inputs.items()
    }
    table = pd.DataFrame(
        {title: {name: 1 - found[name].mean() / truth[name].var() for name in names} for title, found in errors.items()}
    ).reindex(names)
    return Probes(table.rename_axis("attribute"), pd.Series({name: len(truth[name]) for name in names}), errors, truth)


def _read(train: np.ndarray, test: np.ndarray, known: pd.Series, asked: pd.Series) -> np.ndarray:
    """An attribute of the evaluation clips that have it, as a ridge on the training clips that have it reads it."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    own, there = known.notna().to_numpy(), asked.notna().to_numpy()
    ridge = make_pipeline(StandardScaler(), RidgeCV(STRENGTHS))
    return ridge.fit(train[own].astype(np.float64), known[own]).predict(test[there].astype(np.float64))
