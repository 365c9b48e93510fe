"""The seven claims of the paper's discussion, each a test on measured descriptors with effect, interval, power and verdict.

Claims 2 to 6 are rank correlations of an outcome (is the sound heard, are its pictures right) with what is measured of the
sound or of the real frames: across the classes, whose means are the units, and within them, where clips are. Claim 1 is
the deviation of the class means beyond that of random groups, claim 7 how often the surroundings alone of a picture tell
its class, beyond chance.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation import baselines, causes, diversity, metrics
from a2i.evaluation.ground_truth import in_view
from a2i.evaluation.metrics import DRAWS, bootstrap

SMALL = 0.2  # a correlation below it speaks for no claim; where the interval ends below, the claim does not hold
SLIGHT = 0.05  # the same of claims 1 and 7, which are shares
LEVEL = 0.05  # of the tests, all taken together
SEEN = 1.96 + 0.84  # standard errors that an effect must be away from 0 to be seen four times in five
COARSE, RIM = 16, 3  # cells of a picture's side, and how many of them from its edge are surroundings
VERDICTS = ("holds", "does not hold", "cannot be told")


@dataclass(frozen=True)
class Claim:
    """A claim of which a correlation speaks."""

    number: int
    claim: str
    outcome: str  # column of `facts`
    descriptor: str  # column of `facts`
    sign: int  # 1: the claim says that the outcome rises with the descriptor; -1: that it falls
    levels: tuple[str, ...] = ("across", "within")
    given: str = ""  # a descriptor that is held fixed


CLAIMS = (
    Claim(2, "long, steady sounds are heard better", "heard right", "share of time", 1),
    Claim(3, "noise-like sounds, even long, give worse pictures", "accuracy", "flatness", -1, given="share of time"),
    Claim(4, "short calls are missed", "heard right", "seconds an event", 1),
    Claim(5, "classes whose pictures are alike are clearer", "accuracy", "diversity", -1, ("across",)),
    Claim(6, "classes out of view are less clear", "accuracy", "in view", 1, ("across",)),
)


def facts(store: Store, rows: np.ndarray, table: pd.DataFrame, truth: Path | None = None) -> pd.DataFrame:
    """A row a clip at `rows`: label, heard right and accuracy (from `causes.explain`'s `table` of the same clips), the
    descriptors of its sound, `diversity` (mean distance of its first frame to those of its class) and `in view`.

    truth: the mini world's, which says whether the source is in view; without it what the judge recognises stands for it.
    """
    sounds = baselines.descriptors(store, rows).drop(columns="label").reset_index(drop=True)
    view = in_view(store, truth)
    labels = table["label"].to_numpy()
    spread = diversity.spread(diversity.pixels(store.frames(rows)[:, 0, ::2, ::2]), labels.astype(str))
    return pd.DataFrame({
        "label": labels, "heard right": (table["heard"] == table["label"]).to_numpy(float), "accuracy": table["accuracy"].to_numpy(),
        "diversity": spread, "in view": table["real"].to_numpy() if view is None else view.iloc[rows, 1:].mean(axis=1).to_numpy(),
    }).join(sounds)  # fmt: skip


def tested(facts: pd.DataFrame, surroundings: np.ndarray | None = None, chance: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """A row a test: number, claim, level, effect (positive where it speaks for the claim), low, high (95 %), n units,
    smallest (the effect that n units show four times in five), p, corrected (for all tests: Benjamini and Hochberg 1995),
    verdict.

    surroundings: of each clip whether the rim of its picture tells its class (`told_by_rim`), and how often that would
    be by `chance`.
    """
    rows = [(1, "quality depends on the class", "across", *_between(facts, seed))]
    for claim in CLAIMS:
        for level in claim.levels:
            rows.append((claim.number, claim.claim, level, *_correlation(facts, claim, level)))
    if surroundings is not None:
        rows.append((7, "what surrounds the source is drawn along", "within", *_beyond(surroundings, chance, seed)))
    table = pd.DataFrame(rows, columns=["number", "claim", "level", "effect", "low", "high", "n", "smallest", "p"])
    return table.assign(corrected=_corrected(table["p"].to_numpy())).assign(verdict=lambda t: _verdicts(t))


def of_run(run: Path | str, data: Path | None = None, *, pictures: int = 4, seed: int = 0) -> pd.DataFrame:
    """`tested` of any finished run, recorded among its metrics. data: the store, where the run does not name it; pictures: of
    each evaluation sound. Raises A2IError where a part of the run is missing."""
    from a2i.evaluation.evaluate import Trained
    from a2i.training import classifier, encoder, gan

    parts = Trained.of(Path(run), data, seed)
    store, rows, target = parts.store, parts.evaluated.rows, parts.evaluated.target
    outputs = encoder.apply(parts.encoder, store, rows)
    drawn = gan.draw_pictures(parts.generator, outputs["description"], pictures, seed)
    judged = classifier.probabilities(parts.judge, drawn).argmax(2)
    chain = causes.Chain(parts.encoder, parts.generator, parts.judge, pictures, seed)
    table = causes.explain(store, rows, target, chain, causes.Known.of(parts.encoder, store), outputs, judged)
    taught, labels = store.split_rows()
    rim = told_by_rim(drawn[:, 0], target, store.frames(taught)[:, 0], labels)
    found = tested(facts(store, rows, table, parts.truth), rim, parts.evaluated.chance, seed)
    record(run, found)
    return found


def overall(table: pd.DataFrame) -> pd.DataFrame:
    """A row a claim: the claim and its verdict over all its tests. It holds where one test says so and none speaks against."""
    order = {"holds": 1, "does not hold": -1, "cannot be told": 0}
    total = table.assign(vote=table["verdict"].map(order)).groupby("number").agg(
        claim=("claim", "first"), most=("vote", "max"), least=("vote", "min")
    )  # fmt: skip
    names = {1: "holds", -1: "does not hold", 0: "cannot be told"}
    return total.assign(verdict=(total["most"] + total["least"]).clip(-1, 1).map(names))[["claim", "verdict"]]


def record(run: Path | str, table: pd.DataFrame) -> None:
    """Keeps each claim's verdict over all its tests among the run's metrics, and of the tests that say so the one with the
    smallest p; of a claim without any effect nothing."""
    verdicts = overall(table)["verdict"]
    for number, own in table.groupby("number"):
        known = own[own["effect"].notna()]
        if known.empty:
            continue
        known = known[known["verdict"] == verdicts[number]] if verdicts[number] in set(known["verdict"]) else known
        best = known.loc[known["p"].idxmin()] if known["p"].notna().any() else known.iloc[0]
        metrics.record(
            run, f"claim_{number}", best["effect"], n=best["n"], low=best["low"], high=best["high"],
            title=f"claim {number}: {best['claim']}", verdict=verdicts[number], smallest=best["smallest"], better="nothing",
        )  # fmt: skip


def _between(facts: pd.DataFrame, seed: int) -> tuple[float, ...]:
    """How much more the class means of the accuracy deviate than those of clips grouped at random."""
    from scipy import stats

    value, group = facts["accuracy"].to_numpy(), pd.factorize(facts["label"])[0]
    size = np.bincount(group)
    if len(size) < 2 or len(value) < 4:
        return math.nan, math.nan, math.nan, len(size), math.nan, math.nan

    def deviation(values: np.ndarray) -> float:
        return float((np.bincount(group, values) / size).std())

    result = stats.permutation_test(
        (value,), deviation, permutation_type="pairings", n_resamples=DRAWS, alternative="greater",
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    null = result.null_distribution
    low, high = np.percentile(null, [2.5, 97.5])
    effect = result.statistic - null.mean()
    smallest = np.percentile(null, 95) - null.mean() + 0.84 * null.std()
    return effect, result.statistic - high, result.statistic - low, len(size), smallest, float(result.pvalue)


def _correlation(facts: pd.DataFrame, claim: Claim, level: str) -> tuple[float, ...]:
    """The rank correlation of a claim's outcome and descriptor, its sign so that positive speaks for the claim."""
    columns = [claim.outcome, claim.descriptor, *([claim.given] if claim.given else [])]
    known = facts[["label", *columns]].dropna()
    if level == "across":
        ranks = known.groupby("label")[columns].mean().rank()
        lost = len(columns) - 2
    else:
        # Classes in which the outcome never varies say nothing.
        known = known[known.groupby("label")[claim.outcome].transform("nunique") > 1]
        by_class = known.groupby("label")[columns]
        ranks = by_class.rank(pct=True) - by_class.rank(pct=True).groupby(known["label"]).transform("mean")
        lost = len(columns) - 2 + max(known["label"].nunique() - 1, 0)
    n, free = len(ranks), len(ranks) - lost
    one, other = (_without(ranks[c].to_numpy(), ranks[columns[2:]].to_numpy()) for c in columns[:2])
    if free < 5 or min(one.std(), other.std()) < 1e-9:
        return math.nan, math.nan, math.nan, n, math.nan, math.nan
    return _fisher(claim.sign * float(np.corrcoef(one, other)[0, 1]), n, free)


def _fisher(correlation: float, n: int, free: int) -> tuple[float, ...]:
    """Effect, interval, n, smallest and p of a rank correlation (Fieller et al. 1957) with so many units `free`."""
    from scipy import stats

    error = math.sqrt(1.06 / (free - 3))
    centre = math.atanh(min(max(correlation, -0.999999), 0.999999))
    p = 2 * stats.norm.sf(abs(centre) / error)
    return correlation, math.tanh(centre - 1.96 * error), math.tanh(centre + 1.96 * error), n, math.tanh(SEEN * error), float(p)


def _without(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    """What of `values` (n,) a straight line through `given` (n, k) does not explain."""
    if not len(values):
        return values
    lines = np.column_stack([np.ones(len(values)), given])
    return values - lines @ np.linalg.lstsq(lines, values, rcond=None)[0]


def _beyond(hits: np.ndarray, chance: float, seed: int) -> tuple[float, ...]:
    """How far the mean of `hits` (n,) lies beyond chance."""
    from scipy import stats

    if len(hits) < 4 or hits.std() == 0:
        return float(hits.mean()) - chance if len(hits) else math.nan, math.nan, math.nan, len(hits), math.nan, math.nan
    low, high = bootstrap(hits, seed=seed)
    smallest = SEEN * math.sqrt(chance * (1 - chance) / len(hits))
    p = stats.ttest_1samp(hits, chance).pvalue
    return float(hits.mean()) - chance, low - chance, high - chance, len(hits), smallest, float(p)


def told_by_rim(pictures: np.ndarray, target: np.ndarray, frames: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of each picture uint8 (n, 64, 64, 3) whether the training frame (m, 64, 64, 3) with the most similar rim is of its
    class: float (n,). target (n,) and labels (m,) are classes."""
    nearest = diversity.distances(_rim(pictures), _rim(frames)).argmin(1)
    return (labels[nearest] == target).astype(float)


def _rim(pictures: np.ndarray) -> np.ndarray:
    """The outer cells of each picture, as rows."""
    n, side = len(pictures), pictures.shape[1] // COARSE
    cells = pictures.reshape(n, COARSE, side, COARSE, side, 3).mean((2, 4), dtype=np.float32)
    inner = np.zeros((COARSE, COARSE), bool)
    inner[RIM:-RIM, RIM:-RIM] = True
    return cells[:, ~inner].reshape(n, -1)


def _corrected(p: np.ndarray) -> np.ndarray:
    """The p values corrected for their number; those not known are no tests."""
    from scipy import stats

    found = np.full(len(p), math.nan)
    known = ~np.isnan(p)
    if known.any():
        found[known] = stats.false_discovery_control(p[known])
    return found


def _verdicts(table: pd.DataFrame) -> np.ndarray:
    significant = table["corrected"] < LEVEL
    small = np.where(table["number"].isin([1, 7]), SLIGHT, SMALL)
    rules = [significant & (table["effect"] > 0), (significant & (table["effect"] < 0)) | (table["high"] < small)]
    return np.select(rules, VERDICTS[:2], VERDICTS[2])
