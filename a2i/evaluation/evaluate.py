"""Everything that is measured of a run's pictures, in one call: drawn pictures, controls and real frames by one yardstick."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from a2i.core.errors import A2IError
from a2i.core.files import write_text
from a2i.core.paths import resolve
from a2i.data.store import Store
from a2i.evaluation import controls, headline, metrics
from a2i.evaluation.coverage import Coverage, cover
from a2i.evaluation.measures import HEADLINE, MEASURES
from a2i.evaluation.summary import by_class, summary
from a2i.evaluation.yardstick import FEW, Yardstick
from a2i.models.classifier import Judge
from a2i.models.encoder import Encoder
from a2i.training import classifier, encoder, gan, stages

FILE = "evaluation.csv"
# The names of some metrics; the others are named as their measures.
KEYS = {
    "attributes, correlation": "attributes_correlation", "attributes, slope": "attributes_slope",
    "KID, ImageNet": "pictures_kid", "top5": "independent_judge",
}  # fmt: skip
DRAWN, REAL, MEAN = "generated", "real frames", "mean picture"
NAMED = (DRAWN, MEAN, "retrieval")  # the sets that ImageNet's judge sees, which is slow


@dataclass(frozen=True)
class Evaluation:
    """What was found: `table` has a row a clip, class, sample and measure of each set of pictures, named in `of`."""

    table: pd.DataFrame  # of, clip, class, sample, measure, value
    classes: int
    notes: tuple[str, ...]  # what could not be measured
    drawn: np.ndarray  # uint8 (n, samples, 64, 64, 3), in the order of the evaluation clips
    attributes: pd.DataFrame | None  # `attributes.following`: a row an attribute; None where none is known
    seed: int = 0

    def of(self, name: str) -> pd.DataFrame:
        """The table of one set of pictures: `generated`, `real frames` or a control's."""
        return self.table[self.table["of"] == name].drop(columns="of").reset_index(drop=True)

    def summary(self, name: str = DRAWN, label: str | None = None) -> pd.DataFrame:
        """A row a measure: value, interval, worst class, floor or ceiling, chance, n; with `label` of that class alone."""
        tables = [self.of(name), self.of(REAL), self.of(MEAN)]
        if label is not None:
            tables = [table[table["class"] == label].reset_index(drop=True) for table in tables]
        return summary(*tables, classes=self.classes, seed=self.seed)

    @property
    def controls(self) -> pd.DataFrame:
        """The mean of each measure, a column a set of pictures: the generator's, the controls', real frames'."""
        names, floor = self.table["of"].unique(), self.of(REAL)
        means = pd.DataFrame({name: by_class(self.of(name), floor).mean() for name in names})
        return means.reindex([name for name in MEASURES if name in means.index])

    @property
    def verdicts(self) -> list[str]:
        """What the numbers say, a sentence each: what fails, what retrieval does as well, what the sound adds."""
        return headline.verdicts(self)


@dataclass(frozen=True)
class Trained:
    """The parts of a run that an evaluation reads."""

    store: Store
    encoder: Encoder
    generator: torch.nn.Module
    judge: Judge
    evaluated: Coverage
    truth: Path

    @classmethod
    def of(cls, run: Path, data: Path | None = None, seed: int = 0) -> "Trained":
        """Of the folder `run`; its judge is trained where there is none. data: the store, else the one that the run names.

        Raises A2IError where a part is missing.
        """
        for stage, file in (("encoder", encoder.FILE), ("gan", gan.FILE)):
            if not (run / stage / file).is_file():
                raise A2IError(f"{run} holds no trained {stage}: finish that run first, or name another one")
        store = Store.open(data or store_of(run))
        evaluated = cover(store)
        heard = encoder.load(run / "encoder")
        if list(heard.classes) != list(store.classes):
            raise A2IError(f"{run} was trained on other classes than {store.folder} has: name its own store with --data")
        judge = _judge(run, store, seed)
        return cls(store, heard, gan.load(run / "gan"), judge, evaluated, Path(store.folder) / "world" / "truth.parquet")


def store_of(run: Path) -> Path:
    """The folder of the store that `run` was made from, as its parameters say, else the one of its name."""
    try:
        told = json.loads((run / "params.json").read_text(encoding="utf-8"))["parameters"].get("data")
    except (OSError, ValueError, KeyError):
        told = None
    return resolve(told or f"data/{run.resolve().name}")


def _judge(run: Path, store: Store, seed: int) -> Judge:
    """The run's judge, trained where there is none that is whole."""
    if not stages.fingerprint_of(run, "judge"):
        settings = classifier.JudgeSettings(seed=seed)
        stage = stages.open_stage(run, "judge", settings, {"store": store.fingerprint})
        classifier.train(store, stage.folder, settings)
        stage.finish(classifier.FILE)
    return classifier.load(run / "judge")


def evaluate(
    run: Path | str, data: Path | None = None, *, samples: int = 2, few: int = FEW, seed: int = 0, compare: bool = True
) -> Evaluation:
    """Measures `samples` pictures of each evaluation sound of the trained run; writes evaluation.csv and the metrics there.

    data: the store, where the run does not name it. few: clips a class at which ImageNet's judge looks, 0: none. compare:
    with the controls. 500 clips take under three minutes on two cores. Raises A2IError where a part of the run is missing.
    """
    run = Path(run)
    parts = Trained.of(run, data, seed)
    yardstick = Yardstick.of(parts.store, parts.evaluated, parts.judge, parts.truth, run=run, few=few, seed=seed)
    clips = parts.store.ok.iloc[parts.evaluated.rows][["clip_id", "label"]]
    heard = encoder.apply(parts.encoder, parts.store, parts.evaluated.rows)
    drawn = gan.draw_pictures(parts.generator, heard["description"], samples, seed)
    sets = {DRAWN: drawn, MEAN: controls.mean_pictures(yardstick.training, clips)}
    if compare:
        known = encoder.apply(parts.encoder, parts.store, parts.store.split_rows()[0])
        sets |= controls.pictures(parts.store, parts.generator, drawn, heard, known, parts.evaluated.target, seed=seed)
    tables = {
        name: yardstick.measure(made, clips, frechet=name == DRAWN, named=name in NAMED) for name, made in sets.items()
    } | {REAL: yardstick.floor}
    table = pd.concat(tables, names=["of"]).reset_index("of").reset_index(drop=True)
    reads, real = yardstick.attributes, yardstick.real
    follows = reads.table(drawn, clips["clip_id"], real.pictures, real.clips) if reads else None
    found = Evaluation(table, len(parts.evaluated.learned), _notes(yardstick, few), drawn, follows, seed)
    record(found, run)
    return found


def _notes(yardstick: Yardstick, few: int) -> tuple[str, ...]:
    notes = []
    if few and yardstick.imagenet is None:
        notes.append("ImageNet's judge was not asked: its extra is not installed (pip install a2i[imagenet])")
    if yardstick.attributes is None:
        notes.append("the sounds' attributes are not known: whether pictures follow the sound is told by ranks alone")
    return tuple(notes)


def record(found: Evaluation, run: Path) -> None:
    """Writes the table, and each measure of the generator's and of the controls' pictures as a metric of `run`."""
    write_text(run / FILE, found.table.to_csv(index=False))
    for name in found.table["of"].unique():
        if name == REAL:
            continue
        for measure, row in found.summary(name).iterrows():
            if name != DRAWN and measure not in (*HEADLINE, "recognised", "rank in class"):
                continue
            known = {column: row[column] for column in ("low", "high", "floor", "ceiling", "chance")}
            known |= {"better": MEASURES[measure].better}
            title = f"pictures: {row['what']}" if name == DRAWN else f"control {name}: {row['what']}"
            key = KEYS.get(measure, f"pictures_{measure}")
            metrics.record(run, _plain(key if name == DRAWN else f"control_{name}_{key}"), row["value"], n=row["n"], title=title, **known)


def _plain(text: str) -> str:
    """As a name: small letters, digits and underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower())
