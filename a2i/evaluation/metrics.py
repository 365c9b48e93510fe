"""Numbers that count: each with its n, its interval and the number of seeds, in the run's metrics.json."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from a2i.core import files

FILE = "metrics.json"


def record(run: Path | str, name: str, value: float, *, n: int, title: str, seeds: int = 1, **extra: Any) -> None:
    """Keeps one metric of the folder `run`; `extra` holds `low`, `high`, `unit`, `goal`, `floor`, `ceiling` where known."""
    path = Path(run) / FILE
    metrics = read(run)
    entry = {"value": float(value), "n": int(n), "seeds": int(seeds), "title": title, **extra}
    metrics[name] = {key: value.item() if isinstance(value, np.generic) else value for key, value in entry.items()}
    files.write_json(path, metrics)


def read(run: Path | str) -> dict[str, dict[str, Any]]:
    """All metrics of a run, empty where there are none yet."""
    path = Path(run) / FILE
    return json.loads(path.read_text()) if path.is_file() else {}


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share of independent trials (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def bootstrap(
    groups: np.ndarray, statistic: Callable[[np.ndarray], float] = np.mean, *, draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile interval over resampled rows of `groups`.

    `groups`: float (n, ...), a row an INDEPENDENT unit: pictures drawn from one sound are one row, not many.
    """
    groups = np.asarray(groups, dtype=float)
    generator = np.random.default_rng(seed)
    picks = generator.integers(0, len(groups), (draws, len(groups)))
    values = [statistic(groups[pick]) for pick in picks]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def bootstrap_ratio(hits: np.ndarray, of: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of sum(hits) / sum(of), both (n,), over resampled independent rows."""
    pairs = np.stack([hits, of], 1)
    return bootstrap(pairs, lambda rows: rows[:, 0].sum() / max(rows[:, 1].sum(), 1), seed=seed)


def verdict(what: str, value: float, goal: float) -> str:
    """A line that says whether `value` reaches `goal`; 0 is no goal. It quotes no trained number, which may differ in
    its last digits from machine to machine: that one is in metrics.json."""
    if not goal:
        return f"{what}: no goal was set"
    return f"{what}: the goal of {goal:.2f} was {'reached' if value >= goal else 'MISSED'}"
