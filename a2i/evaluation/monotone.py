"""Does what is read rise when what is told rises? Over many courses, a sound or a pair of sounds each."""

import numpy as np
import pandas as pd

from a2i.evaluation.metrics import bootstrap


def rising(values: np.ndarray, readings: np.ndarray, seed: int = 0) -> dict[str, float]:
    """How surely `readings` (courses, n) rise with `values` (n,): the mean over courses of Spearman's rank correlation, its
    95 % interval over courses, the share of the way by which a course goes up (1: it never falls), and their number.

    A course whose readings are all the same has a correlation of 0: it does not rise.
    """
    from scipy import stats

    values, readings = np.asarray(values, float), np.asarray(readings, float)
    each = np.array([stats.spearmanr(values, course).statistic if np.ptp(course) > 0 else 0.0 for course in readings])
    step = np.diff(readings[:, np.argsort(values)])
    way = np.abs(step).sum(1)
    up = np.divide(step.clip(0).sum(1), way, out=np.zeros(len(way)), where=way > 0)
    low, high = bootstrap(each, seed=seed)
    return {"spearman": float(each.mean()), "low": low, "high": high, "upwards": float(up.mean()), "n": len(each)}


def table(courses: dict[str, tuple[np.ndarray, np.ndarray]], seed: int = 0) -> pd.DataFrame:
    """`rising` of each of several studies, a row a name; values (n,) and readings (courses, n) by name."""
    rows = {name: rising(values, readings, seed) for name, (values, readings) in courses.items()}
    return pd.DataFrame(rows).T.astype({"n": int}).rename_axis("what rises")
