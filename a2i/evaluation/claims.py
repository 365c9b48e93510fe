"""The claims of the paper's discussion as differences with intervals, and the controls of notebook 05."""

import math

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation.failures import group_difference
from a2i.evaluation.metrics import DRAWS, bootstrap
from a2i.training import classifier
from a2i.training.encoder import Encoder, apply

CALLS = ("cat", "dog", "rooster", "baby")
NOISE = ("ocean", "helicopter")
STEADY = ("guitar", "fireworks")
ALIKE = ("train", "race_car", "fireworks")
VARIED = ("cat", "dog", "baby")
LONG = ("train", "guitar", "fireworks", "race_car")

# number, claim, the column it is measured on, the group that does better if it holds, the group that does worse;
# None: all other classes.
CLAIMS = (
    (2, "long, steady sounds are easier for the encoder", "predicted_right", STEADY, None),
    (3, "noise-like sounds train worse than other long ones", "accuracy", LONG, NOISE),
    (4, "animals' short sounds are missed", "predicted_right", None, CALLS),
    (5, "classes whose pictures resemble each other are clearer", "accuracy", ALIKE, None),
    (6, "classes that vary in view are less clear", "accuracy", None, VARIED),
)


def tested(table: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """One row a claim that the classes at hand can test: claim, groups, difference, low, high, n.

    `table` is `failures.clip_table`'s. A positive difference speaks for the claim. Claim 1, that quality depends on the
    class, is measured against 2,000 random regroupings of the clips.
    """
    rows = [(1, "quality depends on the class", "between classes", *_between(table), len(table))]
    for number, claim, column, better, worse in CLAIMS:
        one = [c for c in classes if (c in better if better else c not in worse)]
        other = [c for c in classes if (c in worse if worse else c not in better)]
        result = group_difference(table, column, one, other)
        if result["n"]:
            groups = f"{', '.join(one)} against {', '.join(other)}"
            rows.append((number, claim, groups, result["difference"], result["low"], result["high"], result["n"]))
    columns = ["number", "claim", "groups", "difference", "low", "high", "n"]
    return pd.DataFrame(rows, columns=columns).set_index("number")


def _between(table: pd.DataFrame, seed: int = 0) -> tuple[float, float, float]:
    """How much more the class means of the accuracy deviate than those of clips grouped at random, and its interval."""
    from scipy import stats

    value, group = table["accuracy"].to_numpy(), pd.factorize(table["label"])[0]
    size = np.bincount(group)
    if len(value) < 2:
        return math.nan, math.nan, math.nan

    def deviation(values: np.ndarray) -> float:
        return float((np.bincount(group, values) / size).std())

    result = stats.permutation_test(
        (value,), deviation, permutation_type="pairings", n_resamples=DRAWS, rng=np.random.default_rng(seed)
    )
    low, high = np.percentile(result.null_distribution, [2.5, 97.5])
    excess = result.statistic - result.null_distribution
    return float(excess.mean()), float(result.statistic - high), float(result.statistic - low)


def controls(
    store: Store,
    encoder: Encoder,
    judge: classifier.Judge,
    embedding: np.ndarray,
    verdicts: np.ndarray,
    target: np.ndarray,
    seed: int = 0,
) -> dict[str, tuple[float, float, float, int]]:
    """Accuracy, its 95 % interval and n of what the generator must be compared with.

    `shuffled`: the generated pictures against the label of another clip's sound, drawn without fixed points; of a single
    clip there is no other, and it is left out.
    `retrieval`: the real frames of the training clip whose embedding is nearest, shown to the judge.
    embedding (n, embedding), verdicts (n, pictures, classes) and target (n,) belong to the evaluation clips.
    """
    train_rows, _ = store.split_rows()
    known = apply(encoder, store, train_rows)["embedding"]
    cosine = _unit(embedding) @ _unit(known).T
    nearest = classifier.probabilities(judge, store.frames(train_rows[cosine.argmax(1)]))
    found = {"retrieval": nearest.argmax(2) == target[:, None]}
    if len(target) > 1:
        found = {"shuffled": verdicts.argmax(2) == target[_partners(len(target), seed)][:, None]} | found
    return {
        name: (float(hits.mean()), *bootstrap(hits.mean(1), seed=seed), hits.size) for name, hits in found.items()
    }


def _partners(n: int, seed: int) -> np.ndarray:
    """For each of `n` clips another one."""
    generator = np.random.default_rng(seed)
    shift = int(generator.integers(1, n))
    order = generator.permutation(n)
    partner = np.empty_like(order)
    partner[order] = np.roll(order, shift)
    return partner


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
