"""Does a picture follow THIS sound, beyond its class? The mini world's hidden attributes, read off pictures.

A small regressor trained on REAL training frames reads each attribute; what it reads in a generated picture is set
against the truth of the sound that the picture was drawn from. What it reads in real evaluation frames says how far its
readings can be trusted, and shuffled sounds what comes of nothing.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation.ground_truth import in_view
from a2i.training import reader


def truths(path: Path, clips: pd.DataFrame) -> pd.DataFrame:
    """The attributes of `clips` (clip_id, label), a row a clip, a column "class attribute" each; NaN where it is another
    class's. `path`: the mini world's truth."""
    known = pd.read_parquet(path).set_index("clip_id").reindex(clips["clip_id"])
    names = [column for column in known if column not in ("label", "split", "in_view", "sounding")]
    columns = {
        f"{label} {name}": known[name].where(known["label"] == label)
        for label in dict.fromkeys(known["label"].dropna())
        for name in names
        if known.loc[known["label"] == label, name].notna().any()
    }
    return pd.DataFrame(columns).set_axis(clips.index)


def follow(
    store: Store, path: Path, rows: np.ndarray, drawn: np.ndarray, *, epochs: int = 40, seed: int = 0
) -> pd.DataFrame:
    """`following` of pictures, uint8 (n, samples, 64, 64, 3), drawn from the sounds of the clips at `rows`.

    The reader is trained on the training frames of `store` with the source in view. path: the mini world's truth.
    """
    known, _ = store.split_rows(sound=False)
    shown = in_view(store, path).iloc[:, 1:].to_numpy()
    taught, values = store.frames(known), truths(path, store.ok.iloc[known])
    clip, frame = np.nonzero(shown[known])
    model = reader.train(taught[clip, frame], values.to_numpy()[clip], epochs=epochs, seed=seed)
    truth = truths(path, store.ok.iloc[rows]).reindex(columns=values.columns)
    return following(truth, reader.read(model, drawn), reader.read(model, store.frames(rows)), shown[rows], seed)


def following(truth: pd.DataFrame, read: np.ndarray, real: np.ndarray, shown: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """One row an attribute: r2 and correlation of the readings in real frames; correlation, its 95 % interval, and slope
    of those in generated pictures against the truth; the correlation with the sounds shuffled within the class; n sounds.

    truth: `truths` of n clips; read (n, samples, attributes) of generated pictures, real (n, frames, attributes) of the
    clips' own frames, shown (n, frames): whether the source is in view there. A slope of 1: a picture moves as far as it
    should.
    """
    generator = np.random.default_rng(seed)
    rows = {}
    for i, name in enumerate(truth):
        own = truth[name].notna().to_numpy()
        if own.sum() < 2:
            continue
        true = truth[name].to_numpy()[own]
        seen = shown[own]
        of_real = np.repeat(true[:, None], real.shape[1], 1)[seen]
        correlation, slope = _line(true, read[own, :, i])
        low, high = _interval(correlation, len(true))
        rows[name] = {
            "real r2": 1 - np.mean((real[own, :, i][seen] - of_real) ** 2) / of_real.var(),
            "real correlation": float(np.corrcoef(of_real, real[own, :, i][seen])[0, 1]),
            "correlation": correlation, "low": low, "high": high, "slope": slope,
            "shuffled": _line(generator.permutation(true), read[own, :, i])[0], "n": len(true),
        }  # fmt: skip
    return pd.DataFrame(rows).T.rename_axis("attribute")


def _line(true: np.ndarray, read: np.ndarray) -> tuple[float, float]:
    """Correlation and slope of readings (n, samples) against the truth (n,), the mean over samples."""
    deviation = true - true.mean()
    moved = read - read.mean(0)
    product = deviation @ moved
    scale = np.sqrt((deviation**2).sum() * (moved**2).sum(0)).clip(1e-12)
    return float((product / scale).mean()), float((product / (deviation**2).sum()).mean())


def _interval(correlation: float, n: int) -> tuple[float, float]:
    """Fisher's 95 % interval of a correlation."""
    if n < 4:
        return np.nan, np.nan
    centre, half = np.arctanh(np.clip(correlation, -0.999999, 0.999999)), 1.96 / np.sqrt(n - 3)
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))
