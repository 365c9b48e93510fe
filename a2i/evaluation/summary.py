"""From the table of what was measured to one row a measure: value, 95 % interval, n, floor, ceiling, chance."""

import numpy as np
import pandas as pd

from a2i.evaluation.measures import GROUPED, MEASURES
from a2i.evaluation.metrics import interval


def by_class(table: pd.DataFrame, floor: pd.DataFrame) -> pd.DataFrame:
    """The mean of each measure in each class: index class, a column a measure; what is read as a share, as the share of
    the real frames' in `floor`, that function's table. "one sound" is the distance between two pictures of one sound as
    a share of that between two sounds'."""
    mean = with_shares(table, floor).pivot_table(values="value", index="class", columns="measure", sort=False)
    return mean.drop(columns="apart, features", errors="ignore")


def with_shares(table: pd.DataFrame, floor: pd.DataFrame) -> pd.DataFrame:
    """`table` with each value that is read as a share as the share of its class's mean in `floor`, and with "one sound"."""
    below = floor.groupby(["measure", "class"])["value"].mean()
    shares = table[table["measure"].map(lambda name: MEASURES[name].share)]
    apart = table[table["measure"] == "apart, features"].assign(measure="spread, features")
    spread = table.groupby(["measure", "class"])["value"].mean()
    parts = [
        table[~table.index.isin(shares.index)], _divided(shares, below), _divided(apart, spread).assign(measure="one sound"),
    ]  # fmt: skip
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _divided(rows: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    """`rows` with their values divided by that of their measure and class; without those where it is 0 or not known."""
    below = by.astype(float).replace(0, np.nan).reindex(pd.MultiIndex.from_frame(rows[["measure", "class"]])).to_numpy()
    return rows.assign(value=rows["value"].astype(float) / below).dropna(subset="value")


def clip_means(table: pd.DataFrame, measure: str) -> pd.Series:
    """The mean over samples of a measure, by (class, clip)."""
    return table[table["measure"] == measure].groupby(["class", "clip"])["value"].mean().astype(float)


def summary(
    table: pd.DataFrame, floor: pd.DataFrame, nothing: pd.DataFrame | None = None, *, classes: int | None = None, seed: int = 0
) -> pd.DataFrame:
    """A row a measure, in the order of `MEASURES`: what it says, value, its 95 % interval (low, high), the worst class and
    its value, floor or ceiling (what real frames have), chance, n. Classes count alike; n counts clips.

    nothing: the table of pictures that show nothing but a class's mean; its distances stand for chance.

    classes: how many a guess would choose among. A Frechet distance is not of single classes, and KID is: how far its
    pictures are from all real frames.
    """
    shared, real = with_shares(table, floor), with_shares(floor, floor)
    rows = {}
    for name, measure in MEASURES.items():
        clips, of_real = clip_means(shared, name), clip_means(real, name)
        if clips.empty or name == "apart, features":
            continue
        by_class = clips.groupby("class").mean()
        value = by_class.mean()
        low, high = _interval(shared, name, clips, seed)
        shift = value - clips.mean()  # of uneven classes the mean over classes is not that over clips: the interval moves along
        beside = of_real.groupby("class").mean().reindex(by_class.index).mean() if len(of_real) else np.nan
        worst = None if name in GROUPED else _worst(by_class, measure.better)
        chance = 1 / classes if name == "recognised" and classes else measure.chance
        if measure.better == "lower" and nothing is not None:
            chance = clip_means(nothing, name).groupby("class").mean().mean()
        rows[name] = {
            "what": measure.what, "value": value, "low": low + shift, "high": high + shift, "worst": worst,
            "its value": by_class.get(worst, np.nan), "floor": np.nan if measure.ceiling else beside,
            "ceiling": beside if measure.ceiling else np.nan, "chance": np.nan if chance is None else chance, "n": len(clips),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("measure")


def _worst(by_class: pd.Series, better: str) -> str:
    """The class that is worst off: of what should be as real frames have it, the one farthest from 1."""
    return {"lower": -by_class, "one": -(by_class - 1).abs()}.get(better, by_class).idxmin()


def _interval(table: pd.DataFrame, name: str, clips: pd.Series, seed: int) -> tuple[float, float]:
    """The 95 % interval over clips, or over the groups of clips that a distance is told by."""
    if name not in GROUPED:
        return interval(clips.to_numpy(), seed=seed)
    from scipy import stats

    groups = table[table["measure"] == name].groupby("sample")["value"].mean()
    half = stats.t.ppf(0.975, len(groups) - 1) * groups.std() / np.sqrt(len(groups))
    return groups.mean() - half, groups.mean() + half
