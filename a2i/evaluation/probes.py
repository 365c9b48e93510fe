"""What an embedding keeps of what varies WITHIN a class: each hidden attribute of the mini world, read by a ridge.

A linear reading is what a generator's first layer can do at once: an attribute that it does not find is one that the
generator is not told. Beside the embedding stand simple numbers of the log-mel, which an embedding should not lose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation import metrics
from a2i.evaluation.attributes import truths
from a2i.evaluation.baselines import band_statistics

GOAL = 0.7  # of the mean R2 from the embedding
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
        drawn = np.zeros(metrics.DRAWS)
        for attribute, errors in self.errors[name].items():
            pick = generator.integers(len(errors), size=(metrics.DRAWS, len(errors)))
            drawn += 1 - errors[pick].mean(1) / self.truth[attribute].var()
        low, high = np.percentile(drawn / len(self.table), [2.5, 97.5])
        return float(self.table[name].mean()), float(low), float(high)

    def record(self, run: Path | str) -> None:
        """Records the mean R2 of each input in the metrics of `run`."""
        for name in self.table:
            value, low, high = self.mean(name)
            aim = {"goal": GOAL} if name == "embedding" else {}
            title = f"attributes of the sound read from the {name}: mean R2 of {len(self.table)}"
            metrics.record(run, f"probe_{name.split()[-1]}", value, n=int(self.n.sum()), low=low, high=high, title=title, **aim)

    def below(self, name: str, other: str) -> list[str]:
        """The attributes that `name` tells less of than `other`."""
        return self.table.index[self.table[name] < self.table[other]].tolist()


def of(
    store: Store, truth: Path, rows: np.ndarray, heard: Mapping[str, np.ndarray], asked: np.ndarray, found: Mapping[str, np.ndarray]
) -> Probes | None:
    """What `training.encoder.apply` gave of training clips at `rows` and of evaluation clips at `asked`, `heard` and `found`,
    beside the bands' statistics of both; None without `truth`, the mini world's, and where no attribute has enough clips."""
    if not truth.is_file():
        return None
    bands = [band_statistics(store, clips) for clips in (rows, asked)]
    inputs = {
        "embedding": (heard["embedding"], found["embedding"]), "band statistics": tuple(bands),
        "description": (heard["description"], found["description"]),
    }  # fmt: skip
    probes = probe(inputs, *(truths(truth, store.ok.iloc[clips]) for clips in (rows, asked)))
    return probes if len(probes.table) else None


def probe(inputs: Mapping[str, tuple[np.ndarray, np.ndarray]], known: pd.DataFrame, asked: pd.DataFrame) -> Probes:
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
    """An attribute of the evaluation clips that have it, as a ridge on the training clips that have it reads it.

    Inputs are scaled by ALL training clips: one that is all but always 0 within a class would else weigh hundredfold.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.preprocessing import StandardScaler

    own, there = known.notna().to_numpy(), asked.notna().to_numpy()
    scaler = StandardScaler().fit(train.astype(np.float64))
    ridge = RidgeCV(STRENGTHS).fit(scaler.transform(train[own]), known[own])
    return ridge.predict(scaler.transform(test[there]))
