"""Two runs side by side: their pictures, and how far their numbers differ, with intervals."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from a2i.core.errors import A2IError
from a2i.core.files import write_text
from a2i.core.paths import report_folder, root
from a2i.core.settings import nearest
from a2i.evaluation import metrics
from a2i.evaluation.seeds import difference
from a2i.runner import article, html
from a2i.runner.numbers import HEADLINE, digits

# What clips.csv has of each clip, by the metric that is its mean.
COLUMNS = {"generated_accuracy": "accuracy", "encoder_accuracy": "predicted_right"}


@dataclass(frozen=True)
class Difference:
    """A metric of two runs: the second's value minus the first's, and its 95 % interval where one is known."""

    title: str
    one: float
    other: float
    difference: float
    low: float | None
    high: float | None
    clips: int | None  # the clips that both runs drew from, where the interval is over their differences
    verdict: str

    @property
    def interval(self) -> str:
        return "" if self.low is None or self.high is None else f"{digits(self.low)} to {digits(self.high)}"


def find(name: str) -> Path:
    """The folder of the run of that name, or at that place. Raises A2IError where there is none, or no numbers in it."""
    for folder in (Path(name), report_folder(name)):
        if (folder / metrics.FILE).is_file():
            return folder.resolve()
    known = sorted(path.parent.name for path in (root() / "reports").glob(f"*/{metrics.FILE}"))
    raise A2IError(f"there is no run '{name}'{nearest(name, known)}: the runs are {', '.join(known) or 'none yet'}")


def differences(one: Path, other: Path) -> list[Difference]:
    """Every metric that both runs have, the headline first."""
    a, b = metrics.read(one), metrics.read(other)
    clips = _by_clip(one), _by_clip(other)
    names = [name for name in HEADLINE if name in a] + [name for name in a if name not in HEADLINE]
    return [_difference(name, a[name], b[name], *clips) for name in names if name in b]


def _difference(
    name: str, a: dict[str, Any], b: dict[str, Any], clips_a: dict[str, pd.Series], clips_b: dict[str, pd.Series]
) -> Difference:
    pair = _paired(clips_a.get(name), clips_b.get(name), a["value"], b["value"])
    value, (low, high) = b["value"] - a["value"], (None, None)
    if pair is not None:
        low, high = metrics.bootstrap(pair)
    elif all(entry.get(end) is not None for entry in (a, b) for end in ("low", "high")):
        _, low, high = difference(b, a)
    verdict = _verdict(value, low, high, a.get("better", "higher"))
    return Difference(
        a["title"], a["value"], b["value"], value, low, high, None if pair is None else len(pair), verdict
    )


def _paired(one: pd.Series | None, other: pd.Series | None, a: float, b: float) -> np.ndarray | None:
    """Differences clip by clip, where both runs have the same clips and the metric is the mean over them."""
    if one is None or other is None or len(one) < 2 or set(one.index) != set(other.index):
        return None
    found = (other - one).to_numpy()
    return found if np.allclose([one.mean(), other.mean()], [a, b], atol=1e-6) else None


def _by_clip(run: Path) -> dict[str, pd.Series]:
    """What was measured of each clip, by the name of the metric that is its mean."""
    found = {}
    if (run / "clips.csv").is_file():
        table = pd.read_csv(run / "clips.csv").set_index("clip_id")
        found |= {name: table[column].astype(float) for name, column in COLUMNS.items() if column in table}
    if (run / "evaluation.csv").is_file():
        table = pd.read_csv(run / "evaluation.csv")
        own = table[table["of"] == "generated"]
        means = own.groupby(["measure", "clip"])["value"].mean()
        found |= {f"pictures_{name}": means[name] for name in means.index.unique("measure")}
    return found


def _verdict(value: float, low: float | None, high: float | None, better: str) -> str:
    """Which run is better, or that it cannot be told."""
    if low is None or high is None or low <= 0 <= high:
        return "" if low is None and value == 0 else "cannot be told"
    if better not in ("higher", "lower"):
        return "they differ"
    return "the second is better" if (low > 0) == (better == "higher") else "the first is better"


def table(found: list[Difference]) -> str:
    """The differences as text."""
    rows = [(d.title, digits(d.one), digits(d.other), digits(d.difference), d.interval, d.verdict) for d in found]
    heads = ("", "first", "second", "difference", "95 % interval", "")
    return pd.DataFrame(rows, columns=heads).to_string(index=False, justify="left")


def write(one: Path, other: Path, out: Path) -> Path:
    """Writes the page that shows the runs side by side to `out`, which needs nothing beside it."""
    set_ups = [article.read(run / "params.json").get("parameters", {}) for run in (one, other)]
    names = [name for name in {**set_ups[0], **set_ups[1]} if name not in ("run", "data")]
    changed = [(name, *(set_up.get(name, "") for set_up in set_ups)) for name in names if all(set_ups)]
    grids = [(run.name, article.grid(run)) for run in (one, other)]
    text = html.render(
        "compare.html",
        title=f"{one.name} and {other.name}",
        names=(one.name, other.name),
        changed=[row for row in changed if row[1] != row[2]],
        grids=[(name, grid) for name, grid in grids if grid["columns"]],
        differences=differences(one, other),
    )
    write_text(out, text)
    return out
