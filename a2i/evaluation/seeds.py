"""What several runs that differ by their seed say together: means over seeds, with intervals that hold seeds AND clips."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Entry = Mapping[str, Any]


def merge(runs: Sequence[Mapping[str, Entry]]) -> dict[str, dict[str, Any]]:
    """The metrics (`metrics.read`) of runs with different seeds as one: those that all have.

    value, floor, ceiling and chance are means over seeds, `values` those of each, `seeds` how many, n that of one seed.
    The 95 % interval joins two sources of chance: the clips, whose share does not shrink with more seeds because all are
    measured on the same kind and number of clips, and the seeds, whose few values spread as Student's t says.
    """
    names = [name for name in runs[0] if all(name in run for run in runs)] if runs else []
    return {name: _merged([run[name] for run in runs]) for name in names}


def _merged(entries: Sequence[Entry]) -> dict[str, Any]:
    """One metric of all seeds."""
    found = dict(entries[0])
    for key in ("value", "floor", "ceiling", "chance"):
        values = [entry[key] for entry in entries if key in entry]
        if values:
            found[key] = float(np.mean(values))
    found["values"] = [float(entry["value"]) for entry in entries]
    found["seeds"] = sum(int(entry.get("seeds", 1)) for entry in entries)
    if all({"low", "high"} <= set(entry) for entry in entries):
        found["low"], found["high"] = _interval(entries, found["values"])
    return found


def _interval(entries: Sequence[Entry], values: Sequence[float]) -> tuple[float, float]:
    """The interval of the mean: on either side the clips' reach and the seeds', as independent errors."""
    from scipy import stats

    low = np.array([value - entry["low"] for value, entry in zip(values, entries)])
    high = np.array([entry["high"] - value for value, entry in zip(values, entries)])
    seeds = len(values)
    spread = stats.t.ppf(0.975, seeds - 1) * np.std(values, ddof=1) / np.sqrt(seeds) if seeds > 1 else 0.0
    below, above = (float(np.hypot(np.sqrt((side**2).mean()), spread)) for side in (low, high))
    ends = np.mean(values) - below, np.mean(values) + above
    share = all(0 <= entry["low"] and entry["high"] <= 1 for entry in entries)
    return tuple(float(end) for end in (np.clip(ends, 0, 1) if share else ends))


def difference(one: Entry, other: Entry) -> tuple[float, float, float]:
    """`one` minus `other` of a metric of two runs, and its 95 % interval, as of independent clips; NaN where one has none."""
    gain = one["value"] - other["value"]
    if not all({"low", "high"} <= set(entry) for entry in (one, other)):
        return gain, np.nan, np.nan
    below = np.hypot(one["value"] - one["low"], other["high"] - other["value"])
    above = np.hypot(one["high"] - one["value"], other["value"] - other["low"])
    return gain, float(gain - below), float(gain + above)
