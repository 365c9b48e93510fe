"""What the numbers say in sentences: which measures of the headline fail, whether retrieval does as well, what the sound adds."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from a2i.evaluation.measures import HEADLINE, MEASURES
from a2i.evaluation.metrics import bootstrap
from a2i.evaluation.summary import clip_means, with_shares

if TYPE_CHECKING:
    from a2i.evaluation.evaluate import Evaluation

ADDED = ("recognised", "attributes, correlation", "attributes, slope", "rank in class")  # by the sound, beyond its class


def failed(summary: pd.DataFrame) -> list[str]:
    """The measures of the headline in which pictures are nearer to nothing than to real frames, of `summary`'s table."""
    return [name for name in HEADLINE if name in summary.index and _fails(name, summary.loc[name])]


def _fails(name: str, row: pd.Series) -> bool:
    """Whether the value is nearer to chance, 0 where it is not known, than to what real frames have."""
    measure = MEASURES[name]
    real = 1.0 if measure.share else row["ceiling"] if measure.ceiling else row["floor"]
    chance = 0.0 if np.isnan(row["chance"]) and measure.better == "higher" else row["chance"]
    return abs(row["value"] - chance) < abs(row["value"] - real) and real != chance


def difference(found: "Evaluation", one: str, other: str, measure: str) -> tuple[float, float, float, int]:
    """How much better the pictures `one` are than `other` in a measure, its 95 % interval over clips, and n: of clips that
    both have."""
    floor = found.of("real frames")
    a, b = (clip_means(with_shares(found.of(name), floor), measure) for name in (one, other))
    both = a.index.intersection(b.index)
    gain = (a[both] - b[both]).to_numpy()
    if MEASURES[measure].better == "lower":
        gain = -gain
    elif MEASURES[measure].better == "one":
        gain = ((b[both] - 1).abs() - (a[both] - 1).abs()).to_numpy()
    low, high = bootstrap(gain, seed=found.seed)
    return float(gain.mean()) if len(gain) else np.nan, low, high, len(gain)


def verdicts(found: "Evaluation") -> list[str]:
    """A sentence for each thing that must be said."""
    summary, sets = found.summary(), set(found.table["of"])
    said = [f"the headline fails in {name}: nearer to nothing than to real frames" for name in failed(summary)]
    judge = summary.loc["recognised"] if "recognised" in summary.index else None
    if judge is not None and judge["value"] > judge["ceiling"]:
        said.append(
            f"the judge recognises more of the pictures ({judge['value']:.3f}) than of real frames ({judge['ceiling']:.3f}): "
            "there it is no measure"
        )
    if "retrieval" in sets:
        said += [line for name in HEADLINE if name in summary.index and (line := _against_retrieval(found, name))]
    if "another of the class" in sets:
        said += [line for name in ADDED if name in summary.index and (line := _added(found, name))]
    return said


def _against_retrieval(found: "Evaluation", measure: str) -> str:
    _, low, high, n = difference(found, "generated", "retrieval", measure)
    if low > 0 or n < 2:
        return ""
    own, other = found.controls.loc[measure, ["generated", "retrieval"]]
    return f"{measure}: does not beat retrieval, {own:.3f} against {other:.3f} (gain {low:.3f} to {high:.3f}, n = {n})"


def _added(found: "Evaluation", measure: str) -> str:
    gain, low, high, n = difference(found, "generated", "another of the class", measure)
    if n < 2:
        return ""
    what = f"adds {gain:.3f}" if low > 0 else "adds nothing that can be told"
    return f"{measure}: beyond its class the sound {what} ({low:.3f} to {high:.3f}, n = {n})"
