"""The one way to measure pictures: real frames, and the views through which pictures are compared with them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.core.errors import A2IError
from a2i.data.store import Store
from a2i.evaluation import pictures, views
from a2i.evaluation.attributes import AttributeReader
from a2i.evaluation.coverage import Coverage
from a2i.evaluation.ground_truth import in_view
from a2i.evaluation.pictures import Frames, long
from a2i.models.classifier import Judge
from a2i.training.reader import ReaderSettings

FEW = 20  # clips a class at which ImageNet's judge looks: 30 ms a picture and core


@dataclass(frozen=True)
class Yardstick:
    """What pictures are measured with; `measure` is the same for drawn pictures, for controls and for real frames."""

    real: Frames  # of each evaluation clip one frame with the source in view
    later: Frames  # another one, by which its pictures are told from other clips'
    training: Frames  # what the generator learnt from
    judge: views.JudgeView
    imagenet: views.ImageNetView | None = None
    attributes: AttributeReader | None = None
    few: int = FEW

    @classmethod
    def of(
        cls, store: Store, evaluated: Coverage, judge: Judge, truth: Path | None = None, *, run: Path | None = None,
        few: int = FEW, seed: int = 0,
    ) -> "Yardstick":  # fmt: skip
        """Of the clips `evaluated` of `store`; `truth`: the mini world's, where it is one; run: the folder of the run, where the
        reader of attributes is kept. few: 0 leaves ImageNet's judge out."""
        view = in_view(store, truth)
        taught, _ = store.split_rows(sound=False)
        seen = [None if view is None else view.iloc[rows, 1:].to_numpy() for rows in (evaluated.rows, taught)]
        reads = AttributeReader.of(store, truth, run=run, settings=ReaderSettings(seed=seed)) if view is not None else None
        return cls(
            Frames.of(store, evaluated.rows, seen[0], nth=1), Frames.of(store, evaluated.rows, seen[0], nth=2),
            Frames.of(store, taught, seen[1]), views.JudgeView(judge, store.classes), imagenet(few), reads, few,
        )  # fmt: skip

    def measure(self, drawn: np.ndarray, clips: pd.DataFrame, *, frechet: bool = True, named: bool = True) -> pd.DataFrame:
        """The table `measures.COLUMNS` of pictures uint8 (n, samples, 64, 64, 3), drawn from the sounds of n clips (clip_id,
        label). The first picture of each is compared with real frames; recognised and read are all.
        frechet: the Frechet distances too, which take seconds; named: ImageNet's judge too, which takes a tenth of a second a
        picture."""
        tables = [pictures.measure(drawn, clips, self.real, self.training, self.judge, self.later, frechet=frechet)]
        if self.attributes is not None:
            tables.append(self._read(drawn, clips))
        if named and self.imagenet is not None:
            tables.append(self._named(drawn[:, 0], clips, frechet))
        return pd.concat(tables, ignore_index=True)

    @cached_property
    def floor(self) -> pd.DataFrame:
        """The same table of real frames: of evaluation clips, and where distances to those are told, of training clips."""
        tables = [pictures.floor(self.real, self.training, self.judge, self.later)]
        if self.attributes is not None:
            tables.append(self._read(self.real.pictures[:, None], self.real.table))
        if self.imagenet is not None:
            alike = pictures.alike(self.real, self.training)
            tables.append(self._named(alike.pictures, alike.table).query("measure != 'top5'"))
            labels = self._chosen.labels.astype(str)
            tables.append(long("top5", views.in_top5(self.imagenet, self._seen, labels), self._chosen.clips, labels))
        return pd.concat(tables, ignore_index=True)

    def _read(self, drawn: np.ndarray, clips: pd.DataFrame) -> pd.DataFrame:
        """Correlation and slope of the attributes."""
        labels = clips["label"].to_numpy().astype(str)
        parts = zip(("correlation", "slope"), self.attributes.parts(drawn, clips["clip_id"]))
        return pd.concat([long(f"attributes, {name}", part, clips["clip_id"], labels) for name, part in parts])

    def _named(self, first: np.ndarray, clips: pd.DataFrame, frechet: bool = True) -> pd.DataFrame:
        """What ImageNet's judge says of one picture (n, 64, 64, 3) of each of the chosen clips."""
        there = clips["clip_id"].isin(self._chosen.clips).to_numpy()
        own = clips[there]
        labels = own["label"].to_numpy().astype(str)
        seen = views.see(self.imagenet, first[there])
        top5 = long("top5", views.in_top5(self.imagenet, seen, labels), own["clip_id"], labels)
        return pd.concat([top5, pictures.distances(seen, own, self._chosen, self._seen, "ImageNet", frechet)])

    @cached_property
    def _chosen(self) -> Frames:
        """The real frames of the first `few` clips of each class."""
        turn = self.real.table.groupby("label").cumcount().to_numpy()
        return Frames(*(part[turn < self.few] for part in (self.real.pictures, self.real.labels, self.real.clips)))

    @cached_property
    def _seen(self) -> np.ndarray:
        return views.see(self.imagenet, self._chosen.pictures)


def imagenet(few: int = FEW) -> views.ImageNetView | None:
    """ImageNet's judge; None where it is not asked for or its extra is not installed, which the caller may say."""
    try:
        return views.ImageNetView() if few else None
    except A2IError:
        return None
