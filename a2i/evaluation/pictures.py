"""What is measured of pictures, in one table: a row a clip, sample and measure.

The same function measures generated pictures and, as the floor, real evaluation frames.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation import diversity, manifold, texture, views
from a2i.evaluation.metrics import bootstrap

COLUMNS = ["clip", "class", "sample", "measure", "value"]
# What each measure says, and whether it is read as a share of what real frames have.
MEASURES = {
    "recognised": ("the judge sees the sound's class", False),
    "spread, pixels": ("mean distance to the pictures of the class's other sounds, pixels", True),
    "spread, features": ("mean distance to the pictures of the class's other sounds, the judge's features", True),
    "apart, features": ("distance to another picture of the same sound, the judge's features", False),
    "precision": ("lies where real frames of the class lie", False),
    "density": ("in how many real frames' surroundings it lies", False),
    "recall": ("a real frame lies where pictures of the class lie", False),
    "coverage": ("a real frame has a picture in its surroundings", False),
    "nearest, pixels": ("distance to the nearest training frame of the class, pixels", True),
    "checkerboard": ("share of the spectrum's energy at two pixels a cycle", True),
    "lattice": ("how far it repeats itself some pixels away", True),
    "top5": ("ImageNet's five likeliest classes hold the sound's", True),
}
SHARE = "distance between two pictures of one sound, as a share of that between two sounds' of its class"


@dataclass(frozen=True)
class Frames:
    """Real frames."""

    pictures: np.ndarray  # uint8 (n, 64, 64, 3)
    labels: np.ndarray  # str (n,)
    clips: np.ndarray  # str (n,)

    @classmethod
    def of(cls, store: Store, rows: np.ndarray, shown: np.ndarray | None = None, *, first: bool = False) -> "Frames":
        """The frames of the clips at `rows` with the source in view, or of each clip the `first` of them.

        shown: bool (n, frames) of those clips; None: wherever nothing is known, all count.
        """
        frames, ok = store.frames(rows), store.ok.iloc[rows]
        shown = np.ones(frames.shape[:2], bool) if shown is None else shown
        if first:
            shown = shown & (shown.cumsum(1) == 1)
        clip, frame = np.nonzero(shown)
        return cls(frames[clip, frame], ok["label"].to_numpy()[clip], ok["clip_id"].to_numpy()[clip])


def measure(
    pictures: np.ndarray,
    clips: pd.DataFrame,
    real: Frames,
    training: Frames,
    judge: views.JudgeView,
    imagenet: views.ImageNetView | None = None,
) -> pd.DataFrame:
    """The table `COLUMNS` of all `MEASURES`.

    pictures: uint8 (n, samples, 64, 64, 3) of n clips (clip_id, label). real: evaluation frames with the source in view,
    against which precision and recall are measured. training: what the generator learnt from.
    """
    n, samples = pictures.shape[:2]
    labels = clips["label"].to_numpy().astype(str)
    flat = pictures.reshape(n * samples, *pictures.shape[2:])
    every = labels.repeat(samples)
    seen = views.see(judge, flat)
    first, seen_first = pictures[:, 0], seen.reshape(n, samples, -1)[:, 0]
    of_pixels = diversity.pixels(first)
    found = {
        "recognised": (views.named(judge, seen) == every).reshape(n, samples),
        "spread, pixels": diversity.spread(of_pixels, labels),
        "spread, features": diversity.spread(seen_first, labels),
        "nearest, pixels": diversity.nearest(
            of_pixels, labels, diversity.pixels(training.pictures), training.labels.astype(str)
        ),
        "checkerboard": texture.checkerboard(first),
        "lattice": texture.lattice(first),
    }
    if samples > 1:
        apart = seen.reshape(n, samples, -1)[:, 1:] - seen_first[:, None]
        found["apart, features"] = np.linalg.norm(apart, axis=2)
    if imagenet is not None:
        found["top5"] = views.in_top5(imagenet, views.see(imagenet, first), labels)
    tables = [_long(name, value, clips["clip_id"], labels) for name, value in found.items()]
    return pd.concat([*tables, _manifold(seen_first, clips, real, judge)], ignore_index=True)


def floor(
    real: Frames, training: Frames, judge: views.JudgeView, imagenet: views.ImageNetView | None = None
) -> pd.DataFrame:
    """The same table of real frames: one evaluation frame a clip; where pictures lie is told of as many training frames."""
    table = measure(real.pictures[:, None], _clips(real), real, training, judge, imagenet)
    own = np.concatenate([np.flatnonzero(training.labels == c)[: (real.labels == c).sum()] for c in np.unique(real.labels)])
    other = _manifold(views.see(judge, training.pictures[own]), _clips(training).iloc[own], real, judge)
    return pd.concat([table[~table["measure"].isin(other["measure"])], other], ignore_index=True)


def _clips(frames: Frames) -> pd.DataFrame:
    return pd.DataFrame({"clip_id": frames.clips, "label": frames.labels})


def _manifold(seen: np.ndarray, clips: pd.DataFrame, real: Frames, judge: views.JudgeView) -> pd.DataFrame:
    """Precision and density of each picture, recall and coverage of each real frame, class by class."""
    of_real, labels = views.see(judge, real.pictures), clips["label"].to_numpy().astype(str)
    tables = []
    for label in np.unique(labels):
        own, theirs = labels == label, real.labels.astype(str) == label
        if min(own.sum(), theirs.sum()) < 3:
            continue
        plausible = manifold.plausible(seen[own], of_real[theirs])
        found = manifold.found(seen[own], of_real[theirs])
        for names, values, ids, rows in (
            (("precision", "density"), plausible, clips["clip_id"].to_numpy(), own),
            (("recall", "coverage"), found, real.clips, theirs),
        ):
            for name, value in zip(names, values):
                tables.append(_long(name, value, ids[rows], np.full(rows.sum(), label)))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _long(name: str, value: np.ndarray, clips, labels: np.ndarray) -> pd.DataFrame:
    """Values (n,) or (n, samples) as rows; those that are not known are left out."""
    value = np.asarray(value, float)
    value = value[:, None] if value.ndim == 1 else value
    n, samples = value.shape
    rows = {
        "clip": np.repeat(np.asarray(clips), samples), "class": labels.repeat(samples),
        "sample": np.tile(np.arange(samples), n), "measure": name, "value": value.ravel(),
    }  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).dropna(subset="value")


def by_class(table: pd.DataFrame, floor: pd.DataFrame) -> pd.DataFrame:
    """The mean of each measure in each class: index class, a column a measure; what is read as a share, as the share of
    the real frames' in `floor`, that function's table. "one sound" is the distance between two pictures of one sound as
    a share of that between two sounds'."""
    mean = table.pivot_table(values="value", index="class", columns="measure", sort=False)
    real = floor.pivot_table(values="value", index="class", columns="measure").reindex(mean.index)
    shares = [name for name in mean if MEASURES[name][1] and name in real]
    if {"apart, features", "spread, features"} <= set(mean):
        mean["one sound"] = mean["apart, features"] / mean["spread, features"].replace(0, np.nan)
    mean[shares] = mean[shares] / real[shares].replace(0, np.nan)
    return mean.drop(columns="apart, features", errors="ignore")


def summary(table: pd.DataFrame, floor: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """A row a measure: what it says, value, its 95 % interval over clips (low, high), the worst class and its value, the floor
    (what real frames have), n clips and seeds. Classes count alike. `table` may join several seeds, told apart by `seed`."""
    classes, real = by_class(table, floor), by_class(floor, floor)
    scale = floor.groupby(["measure", "class"])["value"].mean()
    rows = {}
    for name in classes.dropna(axis=1, how="all"):
        # Of the ratio "one sound" the numerator varies from clip to clip; its denominator is the class's.
        column = "apart, features" if name == "one sound" else name
        own = table[table["measure"] == column]
        per_clip = own.groupby(["class", "clip"])["value"].mean().astype(float)
        if name == "one sound":
            below = table[table["measure"] == "spread, features"].groupby("class")["value"].mean()
            per_clip = _share(per_clip, below)
        elif MEASURES[column][1] and column in scale:
            per_clip = _share(per_clip, scale[column])
        low, high = bootstrap(per_clip.to_numpy(), seed=seed)
        value = classes[name].mean()
        # Of uneven classes the mean over classes is not that over clips: the interval is moved, not widened.
        shift = value - per_clip.mean()
        worst = classes[name].idxmax() if name in ("one sound", "checkerboard", "lattice") else classes[name].idxmin()
        rows[name] = {
            "what": SHARE if name == "one sound" else MEASURES[name][0],
            "value": value, "low": low + shift, "high": high + shift, "worst": worst, "its value": classes.loc[worst, name],
            "real frames": real[name].mean() if name in real else np.nan, "n": len(per_clip), "seeds": table["seed"].nunique() if "seed" in table else 1,
        }  # fmt: skip
    return pd.DataFrame(rows).T.rename_axis("measure")


def _share(per_clip: pd.Series, of: pd.Series) -> pd.Series:
    """Values by (class, clip) as shares of `of`, by class; without the classes whose frames are all the same, where it is 0."""
    below = of.astype(float).replace(0, np.nan).reindex(per_clip.index.get_level_values(0)).to_numpy()
    return (per_clip / below).dropna()
