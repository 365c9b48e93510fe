"""Does a picture follow THIS sound, beyond its class? The mini world's hidden attributes, read off pictures.

A small regressor trained on REAL training frames reads each attribute; what it reads in a generated picture is set
against the truth of the sound that the picture was drawn from. What it reads in real evaluation frames says how far its
readings can be trusted, and shuffled sounds what comes of nothing.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.core.files import file_sha256
from a2i.data.store import Store
from a2i.evaluation.ground_truth import in_view
from a2i.models.reader import Reader
from a2i.training import reader, stages
from a2i.training.reader import ReaderSettings


def truths(path: Path, clips: pd.DataFrame) -> pd.DataFrame:
    """The attributes of `clips` (clip_id, label), a row a clip, a column "class attribute" each; NaN where it is another
    class's. `path`: the mini world's truth."""
    known = pd.read_parquet(path).set_index("clip_id").reindex(clips["clip_id"])
    names = [column for column in known if column not in ("label", "split", "in_view", "sounding")]
    columns = {
        f"{label} {name}": known[name].where(known["label"] == label)
        for label in dict.fromkeys(known["label"].dropna())
        for name in names
        if known.loc[known["label"] == label, name].notna().any()
    }
    return pd.DataFrame(columns).set_axis(clips.index)


@dataclass(frozen=True)
class AttributeReader:
    """Reads the attributes off any picture; knows what they are in truth."""

    model: Reader
    truth: pd.DataFrame  # `truths` of all clips of the store, by clip_id

    @classmethod
    def of(
        cls, store: Store, path: Path, *, run: Path | None = None, settings: ReaderSettings = ReaderSettings()
    ) -> "AttributeReader":
        """Trained on the training frames of `store` with the source in view. path: the mini world's truth; run: the folder of a
        run, which keeps the trained reader and gives it back as long as nothing has changed."""
        known, _ = store.split_rows(sound=False)
        truth = truths(path, store.ok).set_axis(store.ok["clip_id"])
        if run is not None:
            stage = stages.open_stage(run, "reader", settings, {"store": store.fingerprint, "truth": file_sha256(path)})
            if stage.complete:
                return cls(reader.load(stage.folder), truth)
        clip, frame = np.nonzero(in_view(store, path).iloc[:, 1:].to_numpy()[known])
        model = reader.train(store.frames(known)[clip, frame], truth.to_numpy()[known][clip], settings)
        if run is not None:
            reader.save(model, stage.folder)
            stage.finish(reader.FILE)
        return cls(model, truth)

    def read(self, pictures: np.ndarray) -> np.ndarray:
        """uint8 pictures (..., 64, 64, 3) -> what it reads, float (..., attributes)."""
        return reader.read(self.model, pictures)

    def table(self, drawn: np.ndarray, clips: Sequence[str], real: np.ndarray, real_clips: Sequence[str]) -> pd.DataFrame:
        """`following` of pictures, uint8 (n, samples, 64, 64, 3), beside one real frame, uint8 (m, 64, 64, 3), of some of the
        clips."""
        place = {clip: i for i, clip in enumerate(real_clips)}
        shown = np.array([clip in place for clip in clips])
        frames = real[[place.get(clip, 0) for clip in clips]]
        return following(self.truth.loc[list(clips)], self.read(drawn), self.read(frames)[:, None], shown[:, None])

    def parts(self, pictures: np.ndarray, clips: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Each clip's part (n, samples) in the correlation and in the slope of what is read off its pictures, uint8
        (n, samples, 64, 64, 3), against the truth of its sound: over the clips of a class their mean is the mean over the
        class's attributes, their scatter its error. NaN where a clip has no attribute."""
        truth, read = self.truth.loc[list(clips)].to_numpy(), self.read(pictures)
        found = np.full((2, *read.shape), np.nan)
        for i in range(truth.shape[1]):
            own = np.flatnonzero(~np.isnan(truth[:, i]))
            if len(own) > 1 and np.ptp(truth[own, i]) > 0:
                found[..., i][:, own] = _influence(truth[own, i], read[own, :, i])
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Mean of empty slice")
            correlation, slope = np.nanmean(found, 3)
        return correlation, slope


def _influence(true: np.ndarray, read: np.ndarray) -> np.ndarray:
    """The statistic plus each clip's influence on it (2, n, samples), of correlation and slope: readings (n, samples)."""
    x = ((true - true.mean()) / true.std())[:, None]
    y, scale = read - read.mean(0), read.std(0)
    y = y / np.where(scale > 1e-9, scale, np.inf)
    correlation = (x * y).mean(0)
    slope = correlation * scale / true.std()
    moved = x * (y - correlation * x) * scale / true.std()
    return np.stack([x * y - correlation * (x**2 + y**2 - 2) / 2, slope + moved])


def following(truth: pd.DataFrame, read: np.ndarray, real: np.ndarray, shown: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """One row an attribute: r2 and correlation of the readings in real frames; correlation, its 95 % interval, and slope
    of those in generated pictures against the truth; the correlation with the sounds shuffled within the class; n sounds.

    truth: `truths` of n clips; read (n, samples, attributes) of generated pictures, real (n, frames, attributes) of the
    clips' own frames, shown (n, frames): whether the source is in view there. A slope of 1: a picture moves as far as it
    should.
    """
    generator = np.random.default_rng(seed)
    rows = {}
    for i, name in enumerate(truth):
        own = truth[name].notna().to_numpy()
        if own.sum() < 2:
            continue
        true = truth[name].to_numpy()[own]
        seen = shown[own]
        of_real = np.repeat(true[:, None], real.shape[1], 1)[seen]
        correlation, slope = _line(true, read[own, :, i])
        low, high = _interval(correlation, len(true))
        rows[name] = {
            "real r2": 1 - np.mean((real[own, :, i][seen] - of_real) ** 2) / of_real.var(),
            "real correlation": float(np.corrcoef(of_real, real[own, :, i][seen])[0, 1]),
            "correlation": correlation, "low": low, "high": high, "slope": slope,
            "shuffled": _line(generator.permutation(true), read[own, :, i])[0], "n": len(true),
        }  # fmt: skip
    return pd.DataFrame(rows).T.rename_axis("attribute")


def _line(true: np.ndarray, read: np.ndarray) -> tuple[float, float]:
    """Correlation and slope of readings (n, samples) against the truth (n,), the mean over samples."""
    deviation = true - true.mean()
    moved = read - read.mean(0)
    product = deviation @ moved
    scale = np.sqrt((deviation**2).sum() * (moved**2).sum(0)).clip(1e-12)
    return float((product / scale).mean()), float((product / (deviation**2).sum()).mean())


def _interval(correlation: float, n: int) -> tuple[float, float]:
    """Fisher's 95 % interval of a correlation."""
    if n < 4:
        return np.nan, np.nan
    centre, half = np.arctanh(np.clip(correlation, -0.999999, 0.999999)), 1.96 / np.sqrt(n - 3)
    return float(np.tanh(centre - half)), float(np.tanh(centre + half))
