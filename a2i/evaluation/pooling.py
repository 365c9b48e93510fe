"""`mean` pooling, the paper's, against `attention`: the same clips, the same epochs, the same seeds, and what differs.

Each evaluation clip is heard by both; the difference is taken clip by clip, and its interval is over clips AND seeds,
because a training differs from the next as clips do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation import metrics
from a2i.training import encoder
from a2i.training.device import Device

WAYS = ("mean", "attention")
LENGTHS = (0.0, 0.3, 0.6, 1.2, 9.0)  # s: borders between lengths of one event; the last group fills the clip


def heard(
    store: Store, folder: Path, settings: encoder.EncoderSettings, seeds: Sequence[int], device: Device | None = None
) -> dict[str, np.ndarray]:
    """Trains an encoder a way and a seed in `folder`, those that are not there yet, and says which evaluation clips each
    hears right: by way, bool (clips, seeds)."""
    rows, target = store.split_rows("eval", picture=False)
    right = {way: np.zeros((len(rows), len(seeds)), bool) for way in WAYS}
    for column, seed in enumerate(seeds):
        for way in WAYS:
            trained = folder / f"{way}-{seed}"
            if not (trained / encoder.FILE).is_file():
                encoder.train(store, trained, replace(settings, pooling=way, seed=seed), device)
            model = encoder.load(trained, device)
            found = encoder.apply(model, store, rows)["probability"].argmax(1)
            right[way][:, column] = found == target
    return right


def compared(right: Mapping[str, np.ndarray], groups: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """A row a group of clips: n clips, seeds, the recall of each way, how much more `attention` has, and the 95 % interval of
    that difference over clips and seeds. right: `heard`'s; groups: bool (clips,) by name; an empty one is left out."""
    more = right["attention"].astype(float) - right["mean"]
    rows = [
        (name, int(own.sum()), more.shape[1], right["mean"][own].mean(), right["attention"][own].mean(), more[own].mean(),
         *interval(more[own]))
        for name, own in groups.items() if own.any()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["clips", "n", "seeds", *WAYS, "difference", "low", "high"]).set_index("clips")


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the mean of `values` (clips, seeds) where both clips and seeds are a sample."""
    generator, (clips, seeds) = np.random.default_rng(seed), values.shape
    drawn = np.zeros(metrics.DRAWS)
    for i in range(metrics.DRAWS):
        by_seed = values[generator.integers(clips, size=clips)].mean(0)
        drawn[i] = by_seed[generator.integers(seeds, size=seeds)].mean()
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def by_length(events: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Clips by the mean length of their events (`ground_truth.events`): bool (clips,) by name."""
    length = np.array([np.diff(spans).mean() for spans in events])
    names = [f"events of {low:g} to {high:g} s" for low, high in zip(LENGTHS[:-1], LENGTHS[1:])]
    groups = {name: (low <= length) & (length < high) for name, low, high in zip(names, LENGTHS[:-1], LENGTHS[1:])}
    return groups | {"a sound that fills the clip": length >= LENGTHS[-1]}
