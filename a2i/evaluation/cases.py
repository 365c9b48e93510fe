"""Single clips to look at and to listen to: the best, the median and the worst of each class."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

RANKS = ("best", "median", "worst")


def picked(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """The rows of `causes.explain`'s table that stand for their class, with `rank` (of `RANKS`) and `place`, their position
    in it: the clips whose pictures are most often, middling and least often right; of equal ones the first by id. In the order of `classes`."""
    ordered = table.assign(place=np.arange(len(table))).sort_values(["accuracy", "clip_id"], ascending=[False, True])
    by_class = {name: own for name, own in ordered.groupby("label", sort=False)}
    parts = []
    for rank, share in zip(RANKS, (0, 0.5, 1)):
        own = [by_class[name].iloc[[round(share * (len(by_class[name]) - 1))]] for name in classes if name in by_class]
        parts.append(pd.concat(own).assign(rank=rank))
    return pd.concat(parts)
