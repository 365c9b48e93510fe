"""Which classes are recognised, and what they are taken for."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from a2i.evaluation.metrics import wilson


def recall_table(target: np.ndarray, predicted: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    """One row a class that has clips: n, the share of them that was recognised and its 95 % interval.

    `target` and `predicted` are class names, (n,).
    """
    rows = []
    for name in classes:
        own = predicted[target == name] == name
        if len(own):
            rows.append((name, len(own), own.mean(), *wilson(int(own.sum()), len(own))))
    return pd.DataFrame(rows, columns=["label", "n", "recall", "low", "high"]).set_index("label")


def confusion(target: np.ndarray, predicted: np.ndarray, classes: list[str]) -> pd.DataFrame:
    """Counts, a row a true class, a column a predicted one; `target` and `predicted` are class names."""
    index = pd.Categorical(target, classes), pd.Categorical(predicted, classes)
    return pd.crosstab(*index, rownames=["true"], colnames=["predicted"], dropna=False)
