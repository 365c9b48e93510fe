"""What would help: from the causes of failing clips a ranked list a class, and one advice carried out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.classes import title
from a2i.evaluation import metrics
from a2i.evaluation.metrics import bootstrap, exact
from a2i.media.mel import SECONDS

ADVICE = {
    "frames": "frames at the sound: its own are not recognised",
    "labels": "cleaner labels: there is no sound",
    "ear": "a better ear: a right description mends it",
    "more": "more clips, longer training: heard, not drawn",
    "both": "a better ear: what sounds alike is not alike",
}
COLUMNS = ["label", "rank", "advice", "clips", "n", "share", "low", "high"]


def kind(table: pd.DataFrame) -> np.ndarray:
    """The key of `ADVICE` for each row of `causes.explain`'s table; "" where it does not fail."""
    rules = {
        "labels": (table["cause"] == "data") & ~table["audible"],
        "frames": table["cause"] == "data",
        "ear": table["cause"] == "sound",
        "more": table["cause"] == "picture",
        "both": table["cause"] == "unclear",
    }
    return np.select(list(rules.values()), list(rules), "")


def ranked(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The advice of each class in the order of the clips that it would help: `COLUMNS`, with the share of the class's n
    clips and its exact 95 % interval. Classes that fail most come first; one without failures has no advice."""
    kinds, rows = pd.Series(kind(table), table.index), []
    for name in classes:
        own = kinds[table["label"] == name]
        counts = own[own != ""].value_counts()
        for rank, (one, count) in enumerate(counts.items(), 1):
            rows.append((name, rank, ADVICE[one], count, len(own), count / len(own), *exact(int(count), len(own))))
    found = pd.DataFrame(rows, columns=COLUMNS)
    total = found.groupby("label")["share"].transform("sum")
    return found.assign(total=total).sort_values(["total", "label", "rank"], ascending=[False, True, True], ignore_index=True)[COLUMNS]


def at_sound(attention: np.ndarray, times: Sequence[Sequence[float]], recognised: np.ndarray) -> np.ndarray:
    """How much more often the frame shown where the sound is, is recognised than the clip's frames on average: float (n,).

    attention (n, steps) over the clip says where the sound is; times: of each clip's frames, s; recognised: (n, frames).
    """
    steps = attention.shape[1]
    moments = np.array([np.resize(list(own), recognised.shape[1]) for own in times])
    place = (moments / SECONDS * steps).astype(int).clip(0, steps - 1)
    # The attention is narrow: what a frame sees of it is what lies within a second.
    near = np.abs(np.arange(steps)[None] - np.arange(steps)[:, None]) / steps * SECONDS <= 1
    weight = np.take_along_axis(attention @ near, place, 1)
    return recognised[np.arange(len(recognised)), weight.argmax(1)] - recognised.mean(1)


def carried_out(labels: np.ndarray, recognised: np.ndarray, change: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    """A row a class of `labels` (n,), and one of all: n clips, the share recognised of all frames and of those at the sound,
    the change and its 95 % interval, clips resampled. change: `at_sound` of recognised (n, frames)."""
    rows = {}
    for name in ["all", *classes]:
        own = np.full(len(labels), True) if name == "all" else labels == name
        if own.any():
            low, high = _interval(change[own])
            before = recognised[own].mean()
            rows[name] = (int(own.sum()), before, before + change[own].mean(), change[own].mean(), low, high)
    columns = ["n", "any frame", "at the sound", "change", "low", "high"]
    return pd.DataFrame.from_dict(rows, "index", columns=columns).rename_axis("label")


def _interval(change: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of a mean change; where no clip changed, as far as so many clips can tell."""
    if change.any():
        return bootstrap(change)
    most = exact(0, len(change))[1]
    return -most, most


def record(run: Path | str, taken: pd.DataFrame) -> None:
    """Keeps what the advice changed, of `carried_out`'s table, among the run's metrics: over all classes, and in the one whose
    frames are recognised least."""
    least = taken.drop(index="all")["any frame"].idxmin()
    for key, name in (("frames_at_the_sound", "all"), ("frames_at_the_sound_worst", least)):
        told = taken.loc[name]
        where = "" if name == "all" else f"; {title(name)}, whose frames are recognised least"
        metrics.record(
            run, key, told["change"], n=told["n"], low=told["low"], high=told["high"],
            title=f"frames at the attention's peak, against any of a clip: how many more the judge recognises{where}",
        )  # fmt: skip
