"""What is measured of pictures, in one table: a row a clip, sample and measure.

The same function measures generated pictures and, as the floor, real evaluation frames.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation import diversity, fidelity, manifold, texture, views
from a2i.evaluation.measures import COLUMNS


@dataclass(frozen=True)
class Frames:
    """Real frames."""

    pictures: np.ndarray  # uint8 (n, 64, 64, 3)
    labels: np.ndarray  # str (n,)
    clips: np.ndarray  # str (n,)

    @classmethod
    def of(cls, store: Store, rows: np.ndarray, shown: np.ndarray | None = None, *, nth: int | None = None) -> "Frames":
        """The frames of the clips at `rows` with the source in view, or of each clip the `nth` of them alone, from 1 on.

        shown: bool (n, frames) of those clips; None: wherever nothing is known, all count.
        """
        frames, ok = store.frames(rows), store.ok.iloc[rows]
        shown = np.ones(frames.shape[:2], bool) if shown is None else shown
        if nth is not None:
            shown = shown & (shown.cumsum(1) == nth)
        clip, frame = np.nonzero(shown)
        return cls(frames[clip, frame], ok["label"].to_numpy()[clip], ok["clip_id"].to_numpy()[clip])

    @property
    def table(self) -> pd.DataFrame:
        """The clip_id and label of each."""
        return pd.DataFrame({"clip_id": self.clips, "label": self.labels})


def measure(
    pictures: np.ndarray, clips: pd.DataFrame, real: Frames, training: Frames, judge: views.JudgeView, later: Frames | None = None,
    *, frechet: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """The table `COLUMNS` of what the judge, the pixels and the training frames say.

    pictures: uint8 (n, samples, 64, 64, 3) of n clips (clip_id, label). real: an evaluation frame with the source in view of
    each clip that has one. training: what the generator learnt from. later: another frame of each clip, to be told by.
    frechet: the Frechet distances too, which take seconds.
    """
    n, samples = pictures.shape[:2]
    labels = clips["label"].to_numpy().astype(str)
    seen = views.see(judge, pictures.reshape(n * samples, *pictures.shape[2:]))
    named = views.named(judge, seen).reshape(n, samples)
    seen = seen.reshape(n, samples, -1)
    first, seen_first = pictures[:, 0], seen[:, 0]
    of_pixels = diversity.pixels(first)
    learnt = diversity.pixels(training.pictures), training.labels.astype(str)
    found = {
        "recognised": named == labels[:, None],
        "spread, pixels": diversity.spread(of_pixels, labels),
        "spread, features": diversity.spread(seen_first, labels),
        "nearest, pixels": diversity.nearest(of_pixels, labels, *learnt),
        "checkerboard": texture.checkerboard(first),
        "lattice": texture.lattice(first),
    }
    if samples > 1:
        found["apart, features"] = np.linalg.norm(seen[:, 1:] - seen_first[:, None], axis=2)
    if later is not None:
        told = seen_first, clips["clip_id"].to_numpy(), views.see(judge, later.pictures), later.clips
        found |= {"rank": diversity.rank(*told), "rank in class": diversity.rank(*told, later.labels)}
    tables = [long(name, value, clips["clip_id"], labels) for name, value in found.items()]
    return pd.concat([*tables, _against(seen_first, clips, real, views.see(judge, real.pictures), frechet)], ignore_index=True)


def floor(real: Frames, training: Frames, judge: views.JudgeView, later: Frames | None = None) -> pd.DataFrame:
    """The same table of real frames: one evaluation frame a clip; against them, as many training frames."""
    table = measure(real.pictures[:, None], real.table, real, training, judge, later)
    seen = views.see(judge, alike(real, training).pictures)
    other = _against(seen, real.table, real, views.see(judge, real.pictures))
    return pd.concat([table[~table["measure"].isin(other["measure"])], other], ignore_index=True)


def alike(real: Frames, training: Frames) -> Frames:
    """For each frame of `real` a training frame of its class, each of another clip as far as there are so many."""
    _, first = np.unique(training.clips, return_index=True)
    chosen = np.zeros(len(real.labels), int)
    for label in np.unique(real.labels):
        own, theirs = np.flatnonzero(real.labels == label), first[training.labels[first] == label]
        chosen[own] = np.resize(theirs if len(theirs) else first, len(own))
    return Frames(training.pictures[chosen], real.labels, real.clips)


def _against(seen: np.ndarray, clips: pd.DataFrame, real: Frames, of_real: np.ndarray, frechet: bool = True) -> pd.DataFrame:
    """How pictures, features (n, d), lie to the real frames, features (m, d): all at once, then class by class."""
    labels, ids = clips["label"].to_numpy().astype(str), clips["clip_id"].to_numpy()
    tables = [distances(seen, clips, real, of_real, "judge", frechet)]
    for label in np.unique(labels):
        own, theirs = labels == label, real.labels.astype(str) == label
        if min(own.sum(), theirs.sum()) < 3:
            continue
        plausible = manifold.plausible(seen[own], of_real[theirs])
        found = manifold.found(seen[own], of_real[theirs])
        for names, values, of_clips, rows in (
            (("precision", "density"), plausible, ids, own),
            (("recall", "coverage"), found, real.clips, theirs),
        ):
            tables += [long(name, value, of_clips[rows], np.full(rows.sum(), label)) for name, value in zip(names, values)]
    return pd.concat(tables, ignore_index=True)


def distances(
    seen: np.ndarray, clips: pd.DataFrame, real: Frames, of_real: np.ndarray, view: str, frechet: bool = True
) -> pd.DataFrame:
    """KID and, where it is asked for, Frechet distance, by clip, of the pictures of those clips that have a real frame: features (n, d), (m, d)."""
    place = {clip: i for i, clip in enumerate(real.clips)}
    there = clips["clip_id"].isin(place).to_numpy()
    if there.sum() < 2 * fidelity.GROUPS:
        return pd.DataFrame(columns=COLUMNS)
    own = clips[there]
    seen, of_real = seen[there], of_real[[place[clip] for clip in own["clip_id"]]]
    labels = own["label"].to_numpy().astype(str)
    kernel = long(f"KID, {view}", fidelity.kernel_parts(of_real, seen), own["clip_id"], labels)
    if not frechet:
        return kernel
    parts, group = fidelity.frechet_parts(of_real, seen)
    return pd.concat([kernel, long(f"Frechet, {view}", parts, own["clip_id"], labels).assign(sample=group)])


def long(name: str, value: np.ndarray, clips, labels: np.ndarray) -> pd.DataFrame:
    """Values (n,) or (n, samples) as rows; those that are not known are left out."""
    value = np.asarray(value, float)
    value = value[:, None] if value.ndim == 1 else value
    n, samples = value.shape
    rows = {
        "clip": np.repeat(np.asarray(clips), samples), "class": labels.repeat(samples),
        "sample": np.tile(np.arange(samples), n), "measure": name, "value": value.ravel(),
    }  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).dropna(subset="value")
