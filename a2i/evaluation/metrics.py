"""Numbers that count: each with its n, its interval and the number of seeds, in the run's metrics.json."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from a2i.core import files

FILE = "metrics.json"
DRAWS = 2000  # of a bootstrap


def record(run: Path | str, name: str, value: float, *, n: int, title: str, seeds: int = 1, **extra: Any) -> None:
    """Keeps one metric of the folder `run`; `extra` holds `low`, `high`, `unit`, `goal`, `floor`, `ceiling` where known.

    What is NaN, as the interval of a single clip, is not known and not kept; without a value nothing of it is.
    """
    path = Path(run) / FILE
    metrics = read(run)
    entry = {"value": float(value), "n": int(n), "seeds": int(seeds), "title": title, **extra}
    plain = {key: value.item() if isinstance(value, np.generic) else value for key, value in entry.items()}
    metrics[name] = {key: value for key, value in plain.items() if not _unknown(value)}
    if "value" not in metrics[name]:
        del metrics[name]
    files.write_json(path, metrics)


def _unknown(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def read(run: Path | str) -> dict[str, dict[str, Any]]:
    """All metrics of a run, empty where there are none yet."""
    path = Path(run) / FILE
    return json.loads(path.read_text()) if path.is_file() else {}


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of independent trials (Wilson 1927); of no trial, all that a share can be."""
    from scipy import stats

    if n == 0:
        return 0.0, 1.0
    interval = stats.binomtest(hits, n).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def exact(hits: int, n: int) -> tuple[float, float]:
    """The exact 95 % interval of such a share (Clopper and Pearson 1934): never narrower than it says, also near 0 and 1."""
    from scipy import stats

    if n == 0:
        return 0.0, 1.0
    interval = stats.binomtest(hits, n).proportion_ci()
    return float(interval.low), float(interval.high)


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the mean of independent values (n,): by the bootstrap; `exact` of
    those that are all 0 or 1, also where all are the same and a bootstrap would have no width."""
    values = np.asarray(values, float)
    if len(values) and np.isin(values, (0, 1)).all():
        return exact(int(values.sum()), len(values))
    return bootstrap(values, seed=seed)


def clustered(right: np.ndarray, groups: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the share of `right` (n,) where those of one group, int (n,), are no evidence of their own: over
    resampled groups; Wilson's where each is a group of its own."""
    hits, size = np.bincount(groups, right), np.bincount(groups)
    hits, size = hits[size > 0], size[size > 0]
    if len(size) == len(right):
        return wilson(int(hits.sum()), len(right))
    return bootstrap(hits, size, statistic=lambda h, s, axis: h.sum(axis) / s.sum(axis), paired=True, seed=seed)


def bootstrap(
    *samples: np.ndarray, statistic: Callable[..., np.ndarray] = np.mean, paired: bool = False, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile interval of `statistic(*samples, axis=...)` over resampled entries; NaN where a sample is one.

    samples: float (n,) each, an entry an INDEPENDENT unit: pictures drawn from one sound are one entry, not many. `paired`
    samples are resampled together.
    """
    from scipy import stats

    data = [np.asarray(sample, dtype=float) for sample in samples]
    if min(map(len, data)) < 2:
        return math.nan, math.nan
    how = {"n_resamples": DRAWS, "method": "percentile", "vectorized": True, "paired": paired}
    interval = stats.bootstrap(data, statistic, rng=np.random.default_rng(seed), **how).confidence_interval
    return float(interval.low), float(interval.high)


def told(run: Path | str, *names: str) -> str:
    """The metrics of these names that the run has, a line each: title, value, 95 % interval where one is known, n."""
    found = read(run)
    return "\n".join(_line(found[name]) for name in names if name in found)


def _line(metric: dict[str, Any]) -> str:
    interval = f"95 % interval {metric['low']:.2f} to {metric['high']:.2f}, " if {"low", "high"} <= set(metric) else ""
    return f"{metric['title']}: {metric['value']:.2f} ({interval}n = {metric['n']})"


def verdict(what: str, value: float, goal: float) -> str:
    """A line that says whether `value` reaches `goal`; 0 is no goal. It quotes no trained number, which may differ in
    its last digits from machine to machine: that one is in metrics.json."""
    if not goal:
        return f"{what}: no goal was set"
    return f"{what}: the goal of {goal:.2f} was {'reached' if value >= goal else 'MISSED'}"
