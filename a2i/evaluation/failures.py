"""Why pictures fail: for each evaluation clip, whether its sound, its picture or its data is the cause.

A generated picture fails where the judge sees another class in it than its sound's. The causes are told apart in this
order, so that each failure has one:

- `sound`: the encoder takes the sound for another class, so the generator was asked for the wrong thing;
- `data`: the judge does not know the class in the clip's own real frames either (out of view, or a judge's mistake);
- `picture`: sound and data are fine; the generator draws it unclearly, or as another class.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from a2i.evaluation.metrics import bootstrap, bootstrap_difference, wilson

CAUSES = ("sound", "data", "picture")


def clip_table(
    clips: pd.DataFrame, classes: list[str], sound: np.ndarray, real: np.ndarray, generated: np.ndarray
) -> pd.DataFrame:
    """One row an evaluation clip, with the class predicted from its sound, and those seen in its frames and pictures.

    `clips` has `clip_id` and `label`; `sound` are the encoder's probabilities (n, classes), `real` the judge's on the
    clip's frames (n, frames, classes), `generated` the judge's on its pictures (n, pictures, classes).
    Columns: clip_id, label, predicted, predicted_right, real_accuracy, accuracy, drawn (the class most often seen in its
    pictures), cause (`none` where at least half of the pictures are right).
    """
    target = clips["label"].map({name: i for i, name in enumerate(classes)}).to_numpy()
    predicted, seen, drawn = sound.argmax(1), real.argmax(2), generated.argmax(2)
    names = np.array(classes)
    votes = np.stack([(drawn == c).sum(1) for c in range(len(classes))], 1)
    table = pd.DataFrame(
        {
            "clip_id": clips["clip_id"].to_numpy(),
            "label": clips["label"].to_numpy(),
            "predicted": names[predicted],
            "predicted_right": predicted == target,
            "real_accuracy": (seen == target[:, None]).mean(1),
            "accuracy": (drawn == target[:, None]).mean(1),
            "drawn": names[votes.argmax(1)],
        }
    )
    table["cause"] = np.select(
        [table["accuracy"] >= 0.5, ~table["predicted_right"], table["real_accuracy"] < 0.5], ["none", "sound", "data"], "picture"
    )
    return table


def class_table(table: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """One row a class: n clips, accuracies of encoder, judge on real frames and on generated pictures with its 95 %
    interval over clips, and the share of clips that fail for each cause."""
    rows = []
    for name in classes:
        own = table[table["label"] == name]
        if own.empty:
            continue
        low, high = bootstrap(own["accuracy"].to_numpy())
        rows.append(
            {
                "label": name,
                "n": len(own),
                "encoder": own["predicted_right"].mean(),
                "real": own["real_accuracy"].mean(),
                "generated": own["accuracy"].mean(),
                "low": low,
                "high": high,
            }
            | {cause: (own["cause"] == cause).mean() for cause in CAUSES}
        )
    return pd.DataFrame(rows).set_index("label")


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


def group_difference(table: pd.DataFrame, column: str, one: list[str], other: list[str], seed: int = 0) -> dict[str, float]:
    """Mean of `column` over the clips of the classes `one`, of `other`, and their difference with its 95 % interval.

    Clips are resampled within each group.
    """
    a = table.loc[table["label"].isin(one), column].to_numpy(dtype=float)
    b = table.loc[table["label"].isin(other), column].to_numpy(dtype=float)
    if not len(a) or not len(b):
        return {"one": np.nan, "other": np.nan, "difference": np.nan, "low": np.nan, "high": np.nan, "n": 0}
    low, high = bootstrap_difference(a, b, seed)
    return {
        "one": a.mean(),
        "other": b.mean(),
        "difference": a.mean() - b.mean(),
        "low": low,
        "high": high,
        "n": len(a) + len(b),
    }
